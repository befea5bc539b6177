"""benchmark: the difference from a given figure by hand, its uncertainty, and figures that are refused."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from tools.measure.benchmark import BenchmarkResult, benchmark
from warehouse.errors import MissingDataError, NpsError
from warehouse.workspace import Warehouse

Load = Callable[..., Warehouse]
Z = 1.959963984540054


def value(result: BenchmarkResult, key: str | None) -> Any:
    return next(fact for fact in result.facts if fact.id == key)


@pytest.fixture(scope="module")
def survey(load: Load, answers: Any) -> Warehouse:
    """NPS +20 of 400 answers; +50 in Spain."""
    return load([*answers(120, 80, 100, country="France"), *answers(60, 30, 10, country="Spain")])


def adjusted(p: int, q: int, d: int) -> tuple[float, float]:
    n = p + q + d + 3
    mean = (p - d) / n
    return 100 * mean, 100 * math.sqrt(((p + d + 1.5) / n - mean**2) / n)


def test_against_an_exact_figure_only_our_own_uncertainty_counts(survey: Warehouse) -> None:
    result = benchmark(survey, figure=30, source="Report 2024")
    mean, error = adjusted(180, 110, 110)
    difference = value(result, result.difference)
    assert difference.value == pytest.approx(17.5 - 30)
    centre = max(mean - 30, -12.5)
    assert (difference.low, difference.high) == pytest.approx((centre - Z * error, centre + Z * error))
    assert value(result, result.p_value).value == pytest.approx(math.erfc(abs(centre) / error / math.sqrt(2)))
    assert (result.verdict, result.exact, result.answers_needed) == ("lower", True, None)
    figure = value(result, result.figure)
    assert (figure.value, figure.low, figure.where) == (30, None, {"source": "Report 2024"})
    assert any("taken as exact" in caveat for caveat in result.caveats)


def test_an_interval_or_an_n_makes_the_difference_less_sure(survey: Warehouse) -> None:
    _mean, error = adjusted(180, 110, 110)
    exact = benchmark(survey, figure=26)
    published, counted = benchmark(survey, figure=26, low=20, high=32), benchmark(survey, figure=26, n=300)
    widths = [value(one, one.difference).high - value(one, one.difference).low for one in (exact, published, counted)]
    assert widths[0] == pytest.approx(2 * Z * error)
    assert widths[1] == pytest.approx(2 * Z * math.hypot(error, 6 / Z))
    no_passives = adjusted(189, 0, 111)[1]
    assert widths[2] == pytest.approx(2 * Z * math.hypot(error, no_passives))
    assert not published.exact and value(published, published.figure).low == 20
    assert value(counted, counted.figure).n == 300
    assert any("no passives" in caveat for caveat in counted.caveats)


def test_what_it_would_take_to_tell_is_said_where_nothing_is_clear(survey: Warehouse) -> None:
    result = benchmark(survey, figure=22)
    assert result.verdict == "no clear difference"
    needed = value(result, result.answers_needed)
    variance = 290 / 400 - (70 / 400) ** 2
    assert needed.value == math.ceil(variance * ((Z + 0.8416212) * 100 / 4.5) ** 2 - 3)
    unsure = benchmark(survey, figure=22, n=100)
    assert value(unsure, unsure.answers_needed).value is None
    assert benchmark(survey, figure=17.6).answers_needed is None


def test_a_filter_compares_that_part_of_our_answers(survey: Warehouse) -> None:
    result = benchmark(survey, figure=30, where={"country": "Spain"})
    assert result.verdict == "higher" and result.ours.nps == pytest.approx(50)
    assert value(result, result.difference).where == {"country": "Spain", "against": "the figure given"}


def test_no_figure_is_made_up(survey: Warehouse) -> None:
    with pytest.raises(MissingDataError, match="has no industry or competitor figures"):
        benchmark(survey)


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ({"figure": 101}, "between -100 and 100"),
        ({"figure": math.nan}, "between -100 and 100"),
        ({"figure": 30, "low": 20}, "both ends"),
        ({"figure": 30, "low": 31, "high": 40}, "does not hold the figure 30"),
        ({"figure": 30, "low": 30, "high": 30}, "does not hold the figure 30"),
    ],
)
def test_impossible_figures_are_refused(survey: Warehouse, arguments: dict[str, Any], why: str) -> None:
    with pytest.raises(NpsError, match=why):
        benchmark(survey, **arguments)


def test_too_few_answers_are_refused(load: Load, answers: Any) -> None:
    with pytest.raises(MissingDataError, match="fewer than 5"):
        benchmark(load(answers(2, 1, 1)), figure=30)


def test_a_source_is_a_text_and_never_a_template(survey: Warehouse) -> None:
    result = benchmark(survey, figure=30, source="  {{ evil }}\n report ")
    assert value(result, result.figure).where == {"source": "(( evil )) report"}


def test_a_share_taken_for_points_is_pointed_out(survey: Warehouse) -> None:
    assert any("read as points" in caveat for caveat in benchmark(survey, figure=0.32).caveats)
    assert not any("read as points" in caveat for caveat in benchmark(survey, figure=32).caveats)


def test_repeated_answers_are_clustered_by_customer(load: Load, by_hand: Any) -> None:
    rows = [{"customer_id": f"c{i}", "nps_score": score} for i in range(60) for score in ([9, 10] if i % 2 else [3, 8])]
    result = benchmark(load(rows), figure=10)
    difference = value(result, result.difference)
    mean, variance = by_hand._adjusted(rows, by_hand.design_effect(rows))
    centre = min(max(100 * mean - 10, 0), by_hand.nps(rows) - 10)
    assert difference.low == pytest.approx(centre - Z * 100 * math.sqrt(variance))
