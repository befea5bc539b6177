from __future__ import annotations

import csv
import math
import os
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.stats.counts import Counts, count_scores
from tools.stats.decomposition import Decomposition, class_effects, kitagawa
from tools.stats.score import nps_difference

Spec = dict[str, tuple[float, float, float, float]]
cells = st.builds(Counts, *[st.integers(0, 200)] * 3)
periods = st.dictionaries(st.sampled_from("abcdef"), cells, max_size=6)
pairs = st.tuples(periods, periods).filter(
    lambda p: any(c.n and p[1].get(k, Counts(0, 0, 0)).n for k, c in p[0].items())
)
Z = 1.959963984540054


def pooled(period: dict[str, Counts]) -> Counts:
    return sum(period.values(), Counts(0, 0, 0))


@given(pairs)
def test_the_parts_add_up_to_the_change(pair: tuple[dict[str, Counts], dict[str, Counts]]) -> None:
    change = kitagawa(*pair)
    total = (pooled(pair[1]).nps or 0) - (pooled(pair[0]).nps or 0)
    parts = (change.mix, change.within, change.entering, change.leaving)
    assert change.total.estimate == pytest.approx(total, abs=1e-9)
    assert sum(part.estimate for part in parts) == pytest.approx(total, abs=1e-9)
    assert sum(s.contribution for s in change.segments) == pytest.approx(total, abs=1e-9)
    common = [s for s in change.segments if s.kind == "common"]
    assert sum(s.mix or 0 for s in common) == pytest.approx(change.mix.estimate, abs=1e-9)
    assert sum(s.within or 0 for s in common) == pytest.approx(change.within.estimate, abs=1e-9)
    assert sum(s.share_before for s in common) == pytest.approx(1)
    assert sum(s.share_after for s in common) == pytest.approx(1)


@given(pairs)
def test_every_part_lies_in_its_interval(pair: tuple[dict[str, Counts], dict[str, Counts]]) -> None:
    change = kitagawa(*pair)
    for effect in (change.total, change.mix, change.within, change.entering, change.leaving):
        assert -200 - 1e-9 <= effect.low <= effect.estimate <= effect.high <= 200 + 1e-9
        assert effect.p_value is None or 0 <= effect.p_value <= 1
    for s in change.segments:
        if s.kind == "common":
            assert None not in (s.mix, s.within, s.within_low, s.within_high, s.within_p)
            assert (s.within_low or 0) <= (s.within or 0) <= (s.within_high or 0)
        else:
            assert (s.mix, s.within, s.within_low, s.within_high, s.within_p) == (None,) * 5


@given(pairs)
def test_going_back_in_time_negates_every_part(pair: tuple[dict[str, Counts], dict[str, Counts]]) -> None:
    forth, back = kitagawa(pair[0], pair[1]), kitagawa(pair[1], pair[0])

    def parts(d: Decomposition) -> list[float]:
        return [d.total.estimate, d.mix.estimate, d.within.estimate, d.entering.estimate, d.leaving.estimate]

    total, mix, within, entering, leaving = parts(back)
    assert parts(forth) == pytest.approx([-total, -mix, -within, -leaving, -entering], abs=1e-9)
    assert (back.within.low, back.within.high) == pytest.approx((-forth.within.high, -forth.within.low))
    assert back.simpson == forth.simpson


@given(pairs, st.randoms())
def test_the_order_of_the_segments_does_not_matter(
    pair: tuple[dict[str, Counts], dict[str, Counts]], random: Random
) -> None:
    keys = list(pair[0])
    random.shuffle(keys)
    shuffled = kitagawa({k: pair[0][k] for k in keys}, pair[1])
    change = kitagawa(*pair)
    assert shuffled.mix.estimate == pytest.approx(change.mix.estimate, abs=1e-9)
    assert shuffled.within.high == pytest.approx(change.within.high, abs=1e-9)
    assert {s.segment for s in shuffled.segments} == {s.segment for s in change.segments}


@given(cells.filter(lambda c: c.n > 0), cells.filter(lambda c: c.n > 0))
def test_with_one_segment_everything_is_within(before: Counts, after: Counts) -> None:
    change = kitagawa({"all": before}, {"all": after})
    assert (change.mix.estimate, change.mix.p_value) == (0, None)
    assert change.within.estimate == pytest.approx(change.total.estimate, abs=1e-9)
    assert not change.simpson
    assert change.reversal.direction in ("rose", "fell", "unchanged")


def test_with_nothing_but_promoters_nothing_changed_but_something_could_have() -> None:
    change = kitagawa({"a": Counts(50, 0, 0), "b": Counts(10, 0, 0)}, {"a": Counts(20, 0, 0), "b": Counts(40, 0, 0)})
    assert (change.total.estimate, change.mix.estimate, change.within.estimate) == (0, 0, 0)
    assert change.within.low < 0 < change.within.high
    assert change.within.p_value == 1
    assert change.reversal.direction == "unchanged"


def test_parts_that_cannot_occur_have_no_p_value() -> None:
    change = kitagawa({"a": Counts(5, 3, 2), "b": Counts(4, 4, 4)}, {"a": Counts(6, 3, 1), "b": Counts(3, 4, 5)})
    assert change.entering == change.leaving
    assert (change.entering.estimate, change.entering.low, change.entering.p_value) == (0, 0, None)


def test_only_shares_moving_is_all_mix() -> None:
    """By hand: NPS 80 and 20 throughout, shares 1/2 to 1/4 and 1/2 to 3/4, average NPS of the two periods 42.5."""
    before = {"happier": Counts(85, 10, 5), "happy": Counts(45, 30, 25)}
    after = {"happier": Counts(85, 10, 5), "happy": Counts(135, 90, 75)}
    change = kitagawa(before, after)
    assert change.within.estimate == pytest.approx(0, abs=1e-9)
    assert change.mix.estimate == pytest.approx(change.total.estimate)
    assert [s.mix for s in change.segments] == pytest.approx([-0.25 * 37.5, -0.25 * 22.5])
    assert change.simpson, "the total fell and no segment did"
    assert change.reversal.still == ("happier", "happy")


def test_only_opinions_moving_is_all_within() -> None:
    before = {"a": Counts(50, 30, 20), "b": Counts(10, 30, 60)}
    after = {"a": Counts(40, 30, 30), "b": Counts(20, 40, 40)}
    change = kitagawa(before, after)
    assert change.mix.estimate == pytest.approx(0, abs=1e-9)
    assert [s.within for s in change.segments] == pytest.approx([-10, 15])


def test_new_and_lost_segments_are_measured_against_the_others() -> None:
    """By hand: the common segment stays at 40; 50 of 150 answers are lost detractors, 100 of 200 new promoters."""
    before = {"stays": Counts(60, 20, 20), "lost": Counts(0, 0, 50)}
    after = {"stays": Counts(60, 20, 20), "new": Counts(100, 0, 0)}
    change = kitagawa(before, after)
    assert change.entering.estimate == pytest.approx(0.5 * (100 - 40))
    assert change.leaving.estimate == pytest.approx(-(1 / 3) * (-100 - 40))
    assert (change.mix.estimate, change.within.estimate) == pytest.approx((0, 0))
    kinds = {s.segment: (s.kind, s.share_before, s.share_after) for s in change.segments}
    assert kinds["new"] == ("entering", 0, 0.5)
    assert kinds["lost"][0] == "leaving"


def test_simpsons_paradox_needs_every_large_segment_against_the_total() -> None:
    before = {"cheap": Counts(30, 40, 30), "dear": Counts(600, 250, 50)}
    after = {"cheap": Counts(330, 360, 210), "dear": Counts(70, 27, 3)}
    change = kitagawa(before, after)
    assert change.total.estimate < 0
    assert change.simpson
    assert change.within_opposes_total
    assert change.reversal.direction == "fell"
    assert change.reversal.against == ("cheap", "dear")
    assert change.reversal.composition < change.total.estimate
    falling = kitagawa({**before, "third": Counts(40, 30, 30)}, {**after, "third": Counts(30, 30, 40)})
    assert not falling.simpson
    tiny = kitagawa({**before, "third": Counts(4, 3, 3)}, {**after, "third": Counts(3, 3, 4)})
    assert tiny.simpson, "ten answers are too few to speak against it"


def test_one_judged_segment_is_no_pattern() -> None:
    before = {"cheap": Counts(30, 40, 30), "dear": Counts(600, 250, 50)}
    change = kitagawa(before, {"cheap": Counts(330, 360, 210), "dear": Counts(20, 5, 0)})
    assert change.reversal.judged == ("cheap",)
    assert change.within_opposes_total
    assert not change.simpson


def test_segments_are_judged_from_the_minimum_base_upward() -> None:
    before = {"a": Counts(10, 10, 10), "b": Counts(10, 10, 9), "c": Counts(10, 10, 10)}
    after = {"a": Counts(10, 10, 10), "b": Counts(10, 10, 10), "c": Counts(10, 10, 9)}
    assert kitagawa(before, after).reversal.judged == ("a",)
    assert kitagawa(before, after, minimum_base=29).reversal.judged == ("a", "b", "c")


def test_a_fall_in_many_small_segments_is_no_paradox() -> None:
    before = {"x": Counts(50, 30, 20), "y": Counts(60, 30, 10)} | {str(k): Counts(20, 0, 0) for k in range(30)}
    after = {"x": Counts(51, 30, 19), "y": Counts(61, 30, 9)} | {str(k): Counts(0, 0, 20) for k in range(30)}
    change = kitagawa(before, after)
    assert change.reversal.against == change.reversal.judged == ("x", "y")
    assert change.within.estimate < 0
    assert not change.simpson


def test_a_clear_mix_effect_against_an_unclear_total_is_no_paradox() -> None:
    """New promoters just outweigh a worse mix and worse opinions; the total rises within its noise."""
    before = {"a": Counts(400, 80, 20), "b": Counts(150, 150, 200)}
    after = {"a": Counts(155, 35, 10), "b": Counts(235, 240, 325), "new": Counts(420, 0, 0)}
    change = kitagawa(before, after)
    assert change.total.estimate > 0
    assert change.total.p_value is not None
    assert change.total.p_value > 0.05
    assert change.mix.high < 0
    assert change.reversal.against == ("a", "b")
    assert not change.simpson


def test_a_reversal_within_the_noise_is_no_paradox() -> None:
    before = {"a": Counts(11, 12, 10), "b": Counts(18, 12, 10)}
    after = {"a": Counts(15, 16, 12), "b": Counts(16, 10, 8)}
    change = kitagawa(before, after)
    assert not change.simpson


def test_the_total_is_tested_as_any_other_difference() -> None:
    before, after = {"a": Counts(50, 30, 20), "b": Counts(5, 5, 5)}, {"a": Counts(40, 30, 30), "c": Counts(1, 2, 3)}
    difference = nps_difference(pooled(after), pooled(before), design_effects=(2, 2), confidence=0.9)
    total = kitagawa(before, after, design_effect=2, confidence=0.9).total
    assert (total.low, total.high, total.p_value) == (difference.low, difference.high, difference.p_value)


def test_a_design_effect_widens_every_interval_by_its_square_root() -> None:
    before = {"a": Counts(500, 300, 200), "b": Counts(100, 300, 600)}
    after = {"a": Counts(400, 300, 300), "b": Counts(400, 800, 800)}
    plain, clustered = kitagawa(before, after), kitagawa(before, after, design_effect=4)
    for name in ("mix", "within"):
        narrow, wide = getattr(plain, name), getattr(clustered, name)
        assert wide.high - wide.low == pytest.approx(2 * (narrow.high - narrow.low), rel=0.01)


BEFORE: Spec = {
    "a": (0.5, 0.5, 0.3, 0.2),
    "b": (0.2, 0.7, 0.2, 0.1),
    "c": (0.2, 0.2, 0.3, 0.5),
    "d": (0.1, 0.6, 0.1, 0.3),
}
AFTER: Spec = {
    "a": (0.3, 0.4, 0.3, 0.3),
    "b": (0.4, 0.75, 0.15, 0.1),
    "c": (0.15, 0.2, 0.4, 0.4),
    "e": (0.15, 0.9, 0.05, 0.05),
}


OPPOSITE_BEFORE: Spec = {"a": (0.4, 0.90, 0.05, 0.05), "b": (0.35, 0.05, 0.05, 0.90), "c": (0.25, 0.1, 0.8, 0.1)}
OPPOSITE_AFTER: Spec = {"a": (0.3, 0.05, 0.05, 0.90), "b": (0.3, 0.90, 0.05, 0.05), "c": (0.40, 0.1, 0.8, 0.1)}


def simulate(spec: Spec, n: int, rng: np.random.Generator, repetitions: int) -> tuple[np.ndarray, np.ndarray]:
    """Answers and summed x of each segment in each repetition; `spec` is (share, promoters, passives, detractors)."""
    shares = np.array([[share * p for p in classes] for share, *classes in spec.values()])
    draws = rng.multinomial(n, shares.ravel(), size=repetitions).reshape(repetitions, len(spec), 3)
    return draws.sum(2).astype(float), (draws[:, :, 0] - draws[:, :, 2]).astype(float)


@pytest.mark.parametrize(
    ("before", "after"),
    [(BEFORE, AFTER), (OPPOSITE_BEFORE, OPPOSITE_AFTER)],
    ids=["segments come and go", "segments move in opposite directions"],
)
def test_standard_errors_are_those_of_repeated_surveys(before: Spec, after: Spec) -> None:
    """20 000 simulated surveys of each period, decomposed by other code; their standard deviation has an error of
    0.5 %. The tolerance of 5 % is the one asked of the delta method at some hundred answers a segment."""
    rng, repetitions, n_before, n_after = np.random.default_rng(19550101), 20_000, 900, 1200
    n0, s0 = simulate(before, n_before, rng, repetitions)
    n1, s1 = simulate(after, n_after, rng, repetitions)
    w0, w1 = (n[:, :3] / n[:, :3].sum(1, keepdims=True) for n in (n0, n1))
    r0, r1 = 100 * s0[:, :3] / n0[:, :3], 100 * s1[:, :3] / n1[:, :3]
    all_0, all_1 = 100 * s0.sum(1) / n_before, 100 * s1.sum(1) / n_after
    simulated = {
        "total": all_1 - all_0,
        "mix": ((w1 - w0) * (r0 + r1) / 2).sum(1),
        "within": ((w0 + w1) / 2 * (r1 - r0)).sum(1),
        "entering": all_1 - (w1 * r1).sum(1),
        "leaving": (w0 * r0).sum(1) - all_0,
    }
    expected = [
        {k: Counts(*(n * share * p for p in classes)) for k, (share, *classes) in spec.items()}
        for spec, n in ((before, n_before), (after, n_after))
    ]
    change = kitagawa(*expected)
    for name, values in simulated.items():
        effect = getattr(change, name)
        if effect.p_value is None:
            assert values == pytest.approx(0, abs=1e-9)
            continue
        assert (effect.high - effect.low) / 2 / Z == pytest.approx(values.std(), rel=0.05), name
        assert effect.estimate == pytest.approx(values.mean(), abs=0.1), name
    segments = {s.segment: s for s in change.segments}
    for place, name in enumerate("abc"):
        values = (w0 + w1)[:, place] / 2 * (r1 - r0)[:, place]
        low, high = segments[name].within_low, segments[name].within_high
        assert low is not None
        assert high is not None
        assert (high - low) / 2 / Z == pytest.approx(values.std(), rel=0.05), name


def test_class_effects_add_up_and_carry_opposite_signs_for_detractors() -> None:
    effects = class_effects(Counts(50, 30, 20), Counts(40, 30, 30))
    assert (effects.promoters.estimate, effects.detractors.estimate) == pytest.approx((-10, -10))
    assert effects.total.estimate == pytest.approx(-20)
    for effect in (effects.total, effects.promoters, effects.detractors):
        assert effect.low <= effect.estimate <= effect.high


@given(cells.filter(lambda c: c.n > 0), cells.filter(lambda c: c.n > 0), st.floats(1, 5))
def test_class_effects_are_exact_and_bounded(before: Counts, after: Counts, design_effect: float) -> None:
    effects = class_effects(before, after, design_effect=design_effect)
    assert effects.promoters.estimate + effects.detractors.estimate == pytest.approx(effects.total.estimate, abs=1e-9)
    for effect in (effects.promoters, effects.detractors):
        assert -100 <= effect.low <= effect.estimate <= effect.high <= 100


def test_segments_without_answers_are_ignored() -> None:
    before = {"a": Counts(5, 3, 2), "gone": Counts(0, 0, 0)}
    after = {"a": Counts(6, 3, 1), "gone": Counts(0, 0, 0)}
    assert [s.segment for s in kitagawa(before, after).segments] == ["a"]


def test_changes_that_cannot_be_split_are_refused() -> None:
    a, empty = Counts(5, 3, 2), Counts(0, 0, 0)
    with pytest.raises(ValueError, match=r"No segment has answers in both periods \(before: x; after: y\)"):
        kitagawa({"x": a}, {"y": a})
    with pytest.raises(ValueError, match="and 3 more"):
        kitagawa({str(k): a for k in range(8)}, {"y": a})
    with pytest.raises(ValueError, match="period before holds no answers"):
        kitagawa({"x": empty}, {"x": a})
    with pytest.raises(ValueError, match="period after holds no answers"):
        kitagawa({"x": a}, {})
    with pytest.raises(ValueError, match="positive number"):
        kitagawa({"x": a}, {"x": a}, design_effect=0)
    with pytest.raises(ValueError, match="hold no answers"):
        class_effects(a, empty)
    with pytest.raises(ValueError, match=r"write 0\.95"):
        kitagawa({"x": a}, {"x": a}, confidence=math.inf)


@pytest.mark.skipif("NPSIGHT_DATA" not in os.environ, reason="NPSIGHT_DATA does not name the folder of survey files")
def test_the_mix_shift_of_a_published_survey_is_recognised() -> None:
    """saas-nps-mixshift, first against last survey quarter, as stated with the file: 13.53 to 9.51, administrators from
    35.48 to 40.54, others from -8.05 to -2.55; the share of administrators falls from .496 to .280."""
    path = Path(os.environ["NPSIGHT_DATA"]) / "saas-nps-mixshift" / "nps_survey.csv"
    scores: dict[str, dict[str, list[int]]] = {"2017Q1": {"0": [], "1": []}, "2018Q3": {"0": [], "1": []}}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            quarter = f"{row['surveyed_at'][:4]}Q{(int(row['surveyed_at'][5:7]) + 2) // 3}"
            if row["score"] and quarter in scores:
                scores[quarter][row["is_admin"]].append(int(float(row["score"])))
    before, after = ({k: count_scores(v) for k, v in cells.items()} for cells in scores.values())
    change = kitagawa(before, after)
    assert change.total.estimate == pytest.approx(9.51 - 13.53, abs=0.011)
    admins = next(s for s in change.segments if s.segment == "1")
    assert (admins.share_before, admins.share_after) == pytest.approx((0.496, 0.280), abs=5e-4)
    assert (admins.nps_before, admins.nps_after) == pytest.approx((35.48, 40.54), abs=0.006)
    assert change.simpson
    assert change.total.low < 0 < change.total.high, "the fall alone is within the noise"
    assert change.mix.high < 0, "the shift of the mix is not"
