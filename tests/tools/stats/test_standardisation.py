"""Gaps in like strata: published figures, Kitagawa's parts, and how often chance is taken for a finding."""

from __future__ import annotations

import numpy as np
import pytest

from tools.stats.counts import Counts
from tools.stats.decomposition import kitagawa
from tools.stats.multiplicity import holm
from tools.stats.standardisation import standardised_gap

# Freedman, Pisani & Purves (2007), Statistics, 4th edition, chapter 2, tables 2 and 3: Berkeley's six largest majors.
MEN, WOMEN = [825, 560, 325, 417, 191, 373], [108, 25, 593, 375, 393, 341]
ADMITTED_MEN, ADMITTED_WOMEN = [62, 63, 37, 33, 28, 6], [82, 68, 34, 35, 24, 7]


def of_counts(cells: list[Counts]) -> tuple[list[float], list[float], list[float]]:
    """Sizes, means and variances of one answer, the latter with the pseudo-answers of the NPS's interval."""
    return (
        [cell.n for cell in cells],
        [cell.nps or 0.0 for cell in cells],
        [1e4 * (cell.adjusted().variance or 0.0) for cell in cells],
    )


def test_berkeley_held_to_all_applicants() -> None:
    spread = [[2500.0] * 6] * 2
    both = [m + w for m, w in zip(MEN, WOMEN, strict=True)]
    found = standardised_gap([MEN, WOMEN], [ADMITTED_MEN, ADMITTED_WOMEN], spread, standard=both)
    assert [round(mean) for mean in found.means] == [39, 43]  # the book's weighted averages
    assert round(found.crude) == 14  # 44 % of the men, 30 % of the women
    assert found.crude == pytest.approx(found.standardised.estimate + found.removed.estimate)


def test_without_a_standard_the_parts_and_errors_are_kitagawas() -> None:
    before = {"a": Counts(300, 400, 300), "b": Counts(1350, 600, 50), "c": Counts(40, 20, 60)}
    after = {"a": Counts(700, 800, 500), "b": Counts(720, 270, 10), "c": Counts(5, 2, 3)}
    split = kitagawa(before, after)
    found = standardised_gap(*zip(of_counts([*after.values()]), of_counts([*before.values()]), strict=True))
    for own, theirs in ((found.standardised, split.within), (found.removed, split.mix)):
        assert own.estimate == pytest.approx(theirs.estimate)
        assert (own.low, own.high) == pytest.approx((theirs.low, theirs.high))
        assert own.p_value == pytest.approx(theirs.p_value)


def test_by_hand() -> None:
    # Shares 0.9/0.1 and 0.1/0.9, gaps of 4 and 8: standard 0.5/0.5, gap 6; crude 0.9·14 + 0.1·28 − (0.1·10 + 0.9·20).
    found = standardised_gap([[90, 10], [10, 90]], [[14, 28], [10, 20]], [[1.0, 1.0], [1.0, 1.0]])
    assert found.standardised.estimate == pytest.approx(6)
    assert found.crude == pytest.approx(15.4 - 19)
    # Σ s² v/n = 0.25·(1/90 + 1/10)·2; Var_w(d/2) = 0.09·(2 − 4)² in each group of 100.
    variance = 0.25 * (1 / 90 + 1 / 10) * 2 + 2 * 0.09 * 4 / 100
    assert (found.standardised.high - 6) / 1.959964 == pytest.approx(variance**0.5, rel=1e-5)


def test_strata_of_one_group_do_not_count() -> None:
    found = standardised_gap([[50, 50, 0], [60, 0, 40]], [[10, 90, 0], [0, 0, 70]], [[100.0] * 3] * 2)
    assert (found.standardised.estimate, found.crude) == (10, 10)
    assert (found.removed.estimate, found.removed.p_value) == (0, None)
    assert found.covered == pytest.approx((0.5, 0.6))


def test_a_design_effect_widens_all() -> None:
    sizes, means, spread = [[90, 10], [10, 90]], [[14, 28], [10, 20]], [[1.0, 1.0], [1.0, 1.0]]
    plain, wide = (standardised_gap(sizes, means, spread, design_effect=deff) for deff in (1.0, 4.0))
    assert wide.standardised.high - 6 == pytest.approx(2 * (plain.standardised.high - 6))
    assert wide.removed.high - wide.removed.estimate == pytest.approx(2 * (plain.removed.high - plain.removed.estimate))


@pytest.mark.parametrize(
    ("sizes", "means", "standard", "why"),
    [
        ([[5, 0], [0, 5]], [[1, 1], [1, 1]], None, "No stratum"),
        ([[5, 5]], [[1, 1]], None, "2 x k"),
        ([[5, 5], [5, 5]], [[1, 1], [1, 1]], [0, 0], "standard"),
        ([[5, 5], [5, 5]], [[1, 1], [1, 1]], [1], "standard"),
    ],
)
def test_what_cannot_be_standardised_is_refused(sizes: object, means: object, standard: object, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        standardised_gap(sizes, means, means, standard=standard)  # type: ignore[arg-type]


def test_intervals_cover_and_chance_is_hardly_taken_for_a_finding() -> None:
    """Groups of 400 and 600 in four strata with levels far apart, shared by both groups at random."""
    draw, reach, alarms, rounds = np.random.default_rng(5), 0, 0, 2_000
    level, shares = np.array([-0.4, 0.0, 0.3, 0.6]), np.array([0.4, 0.3, 0.2, 0.1])
    for _round in range(rounds):
        chances = []
        for _dimension in range(4):
            n = np.array([draw.multinomial(size, shares) for size in (400, 600)])
            promoters = draw.binomial(n, (1 + level) / 2)
            mean = (2 * promoters - n) / n
            found = standardised_gap(n, mean, 1 - mean**2)
            chances.append(found.removed.p_value or 1.0)
        reach += found.standardised.low <= 0 <= found.standardised.high
        alarms += min(holm(chances)) < 0.05
    assert 0.93 < reach / rounds < 0.965
    assert alarms / rounds < 0.06
