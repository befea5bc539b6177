"""NPS with and without a theme: by hand, beside other themes, and against those who wrote nothing."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from typing import Any

import pytest

from tools.comments.codebook import Codebook, Theme, write_codebook
from tools.comments.theme_impact import ThemeImpactResult, theme_impact
from tools.stats.multiplicity import holm
from warehouse.errors import MissingDataError, NpsError
from warehouse.workspace import Warehouse

Row = dict[str, Any]
BOOK = Codebook(
    themes=[
        Theme(name="outage", words={"en": ["outage"]}),
        Theme(name="hotline", words={"en": ["hotline"]}),
        Theme(name="design", words={"en": ["design"]}),
        Theme(name="rare", words={"en": ["rare"]}),
    ]
)
FILLER = itertools.cycle(["once", "again", "still", "often", "here"])


def answer(score: int | None, *topics: str, **values: Any) -> Row:
    return {"nps_score": score, "comment": " ".join([*topics, next(FILLER)]) if topics else None, **values}


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    """Outages go with low scores; the hotline only comes with them, and changes nothing by itself."""
    draw = random.Random(3)
    found = []
    for _ in range(900):
        outage = draw.random() < 0.3
        topics = ["outage"] * outage + ["hotline"] * (draw.random() < (0.7 if outage else 0.1))
        topics += ["design"] * (draw.random() < 0.25)
        low = 0.7 if outage else 0.2
        score = draw.choices([3, 8, 10], [low, 0.2, 0.8 - low])[0]
        found.append(answer(score, *(topics or ["else"]), customer_id=f"c{draw.randrange(500)}"))
    found += [answer(draw.choice([6, 9, 10]), customer_id=f"s{at}") for at in range(300)]
    found += [answer(None, "outage", customer_id="none"), answer(9, "rare", customer_id="few")]
    draw.shuffle(found)
    return found


@pytest.fixture(scope="module")
def opened(load: Callable[..., Warehouse], rows: list[Row]) -> Warehouse:
    warehouse = load(rows)
    write_codebook(warehouse.folder, BOOK)
    return warehouse


@pytest.fixture(scope="module")
def result(opened: Warehouse) -> ThemeImpactResult:
    return theme_impact(opened)


def with_theme(rows: list[Row], theme: str, told: bool = True) -> list[Row]:
    wrote = [row for row in rows if row["comment"] and row["nps_score"] is not None]
    return [row for row in wrote if (theme in row["comment"]) is told]


def test_levels_differences_and_p_values_by_hand(
    result: ThemeImpactResult, rows: list[Row], fact: Callable[..., Any], by_hand: Any
) -> None:
    chances = []
    for theme in ("outage", "hotline", "design"):
        mine, others = with_theme(rows, theme), with_theme(rows, theme, told=False)
        level = fact(result, "nps", theme=theme)
        assert (level.value, level.n) == (pytest.approx(by_hand.nps(mine)), len(mine))
        assert (level.low, level.high) == pytest.approx(by_hand.interval(mine))
        assert fact(result, "nps", theme=f"not {theme}").value == pytest.approx(by_hand.nps(others))
        expected = by_hand.difference(mine, others)
        found = fact(result, "nps_difference", theme=theme, against=f"not {theme}")
        assert (found.value, found.low, found.high) == pytest.approx((expected.estimate, expected.low, expected.high))
        chances.append(expected.p_value)
    found_p = {effect.theme: effect.p_holm for effect in result.effects}
    assert [found_p[name] for name in ("outage", "hotline", "design")] == pytest.approx(holm(chances))
    assert result.tested == 3


def test_a_theme_that_only_comes_with_another_takes_nothing_of_it(
    result: ThemeImpactResult, by_id: Callable[..., Any]
) -> None:
    effects = {effect.theme: effect for effect in result.effects}
    assert effects["hotline"].verdict == "lower"
    assert effects["hotline"].adjusted_verdict == "no clear difference"
    assert effects["outage"].verdict == effects["outage"].adjusted_verdict == "lower"
    assert effects["design"].verdict == "no clear difference"
    told = by_id(result, effects["outage"].adjusted)
    assert told.low <= -100 <= told.high  # planted: 0.7 against 0.2 detractors, 0.1 against 0.6 promoters
    together = by_id(result, effects["hotline"].together[0])
    assert together.where["with"] == "outage" and together.value > 0.5


def test_what_lies_in_a_theme_is_the_nps_of_the_others_minus_that_of_all(
    result: ThemeImpactResult, rows: list[Row], fact: Callable[..., Any], by_hand: Any
) -> None:
    everybody = [row for row in rows if row["comment"] and row["nps_score"] is not None]
    others = with_theme(rows, "outage", told=False)
    found = fact(result, "nps_change_if_alike", theme="outage")
    assert found.value == pytest.approx(by_hand.nps(others) - by_hand.nps(everybody))
    assert result.effects[0].theme == "outage"
    # the interval against a bootstrap of customers; 500 resamples leave about 3 % of noise in a standard error
    draw, groups = random.Random(1), by_hand.split(everybody, "customer_id")
    keys, changes = list(groups), []
    for _ in range(500):
        sample = [row for key in draw.choices(keys, k=len(keys)) for row in groups[key]]
        calm = [row for row in sample if "outage" not in row["comment"]]
        changes.append(by_hand.nps(calm) - by_hand.nps(sample))
    mean = sum(changes) / len(changes)
    spread = (sum((change - mean) ** 2 for change in changes) / (len(changes) - 1)) ** 0.5
    assert (found.high - found.low) / (2 * 1.96) == pytest.approx(spread, rel=0.1)


def test_those_who_wrote_stand_beside_those_who_did_not(
    result: ThemeImpactResult, rows: list[Row], fact: Callable[..., Any], by_hand: Any
) -> None:
    scored = [row for row in rows if row["nps_score"] is not None]
    wrote = [row for row in scored if row["comment"]]
    silent = [row for row in scored if not row["comment"]]
    assert fact(result, "nps", comment="written").value == pytest.approx(by_hand.nps(wrote))
    gap = fact(result, "nps_difference", comment="written", against="not written")
    assert gap.value == pytest.approx(by_hand.nps(wrote) - by_hand.nps(silent))
    assert result.gap_verdict == "lower"


def test_one_theme_keeps_the_p_value_that_it_has_among_all(result: ThemeImpactResult, opened: Warehouse) -> None:
    (one,) = theme_impact(opened, theme="OUTAGE").effects
    (among,) = [effect for effect in result.effects if effect.theme == "outage"]
    assert (one.p_holm, one.adjusted_p_holm) == (among.p_holm, among.adjusted_p_holm)


def test_themes_of_too_few_comments_are_not_told(result: ThemeImpactResult, opened: Warehouse) -> None:
    assert "rare" not in {effect.theme for effect in result.effects}
    with pytest.raises(MissingDataError, match="'rare' is mentioned in fewer than 8"):
        theme_impact(opened, theme="rare")
    with pytest.raises(NpsError, match="There is no theme 'weather' in the codebook"):
        theme_impact(opened, theme="weather")


def test_a_survey_in_which_everybody_wrote_has_no_gap(load: Callable[..., Warehouse], rows: list[Row]) -> None:
    warehouse = load([row for row in rows if row["comment"]])
    write_codebook(warehouse.folder, BOOK)
    found = theme_impact(warehouse)
    assert (found.written, found.silent, found.gap, found.gap_verdict) == (None, None, None, None)


def test_themes_that_always_come_together_are_not_told_apart(
    load: Callable[..., Warehouse], rows: list[Row], fact: Callable[..., Any]
) -> None:
    warehouse = load(rows)
    twin = Theme(name="twin", words={"en": ["outage"]})
    write_codebook(warehouse.folder, Codebook(themes=[*BOOK.themes[:3], twin]))
    found = theme_impact(warehouse)
    adjusted = {effect.theme: effect.adjusted_verdict for effect in found.effects}
    assert adjusted["outage"] is None and adjusted["twin"] is None and adjusted["design"] is not None
    told = fact(
        found, "nps_difference_adjusted", **{"theme": "twin", "against": "not twin", "held equal": "other themes"}
    )
    assert told.value is None and told.reason


def test_all_scores_alike_keep_an_interval(load: Callable[..., Warehouse], fact: Callable[..., Any]) -> None:
    drawn = [answer(2, "outage") for _ in range(30)] + [answer([3, 8, 10][at % 3], "design") for at in range(90)]
    warehouse = load(drawn)
    write_codebook(warehouse.folder, BOOK)
    found = theme_impact(warehouse)
    level = fact(found, "nps", theme="outage")
    assert level.value == -100 and level.high > -100
    effects = {effect.theme: effect for effect in found.effects}
    assert effects["outage"].adjusted_verdict is None


def test_statements_of_the_facts_exist_and_all_figures_are_finite(pricing: Warehouse) -> None:
    found = theme_impact(pricing, period="2025-Q4")
    for item in found.facts:
        assert 1 <= int(item.source.split("#")[1]) <= len(found.sql)
        assert item.value is not None or item.reason
        assert item.low is None or item.low <= item.value <= item.high
    price = next(effect for effect in found.effects if effect.theme == "price and value")
    assert price.verdict == price.adjusted_verdict == "lower"
