"""Our NPS against a figure that the user brings: an industry's, a competitor's, a target."""

from __future__ import annotations

import math
from typing import Annotated, Any

from pydantic import Field

from tools.cells import Cell, count_cells
from tools.charts import bars
from tools.measure.compare import Verdict, verdict
from tools.measure.score import refuse_empty
from tools.result import Column, Fact, FactSheet, Result, Table
from tools.scope import Where, scope
from tools.shown import NpsCell, add_cell, base_caveats
from tools.stats.benchmark import Figure, answers_for_figure, nps_against_figure, published_figure
from tools.stats.score import Difference
from warehouse.errors import MissingDataError, NpsError
from warehouse.workspace import Warehouse

CLOSE = 1.0
"""Points within which nobody asks how many answers would tell two figures apart."""


class BenchmarkResult(Result):
    """Our NPS, the figure, their difference and what can be said of it."""

    ours: NpsCell
    figure: str = Field(description="Id of the fact with the figure as it was given.")
    exact: bool = Field(description="True when the figure is taken as exact, for want of its n or interval.")
    difference: str = Field(description="Id of the fact with our NPS minus the figure.")
    p_value: str = Field(description="Id of the two-sided p-value that the two are equal.")
    smallest_detectable: str = Field(description="Id of the smallest difference that would show four times in five.")
    verdict: Verdict = Field(description="Whether our NPS is higher than the figure, at 5 %.")
    answers_needed: str | None = Field(description="Id of the number of our answers that would tell; None: not asked.")
    source: str | None = Field(description="Where the figure comes from, as given.")


def benchmark(
    warehouse: Warehouse,
    *,
    figure: Annotated[
        float | None, Field(description="The NPS to compare with, in points from -100 to 100. npsight has none itself.")
    ] = None,
    n: Annotated[int | None, Field(ge=1, description="How many answers the figure rests on, if known.")] = None,
    low: Annotated[float | None, Field(description="Lower end of the figure's 95 % interval, if published.")] = None,
    high: Annotated[float | None, Field(description="Upper end of the figure's 95 % interval, if published.")] = None,
    source: Annotated[str | None, Field(max_length=200, description="Where the figure comes from.")] = None,
    where: Annotated[Where, Field(description='Filter of our answers: {"country": "Germany"}.')] = {},
    period: Annotated[str | None, Field(description="Our answers of this stretch of time only.")] = None,
) -> BenchmarkResult:
    """Compare our NPS with a figure that the user gives: a benchmark, a competitor's published NPS, a target.

    Use it for "are we better than the industry's 32" once the figure is known; npsight knows no industry figures and
    makes none up. The figure's own uncertainty counts when its n or interval is given. For two groups of our own
    answers use `compare`.
    """
    given = _checked(figure, n, low, high)
    rows = scope(warehouse, where, period)
    found = count_cells(warehouse, [], rows)
    small = 0 < found.total.n < warehouse.catalog.minimum_base.cell
    refuse_empty(warehouse, found, [] if small else [found.total], rows)
    test = nps_against_figure(found.total.counts, given, design_effect=found.total.design_effect)
    sheet = FactSheet("benchmark")
    ours = add_cell(sheet, found.total, dict(rows.where))
    theirs = sheet.add(
        "benchmark_figure", given.value, "points", n=n, low=given.low, high=given.high, where={"source": _name(source)}
    )
    against = dict(rows.where) | {"against": _name(source)}
    base = found.total.n
    difference = sheet.add(
        "nps_difference", test.estimate, "points", n=base, low=test.low, high=test.high, where=against
    )
    p_value = sheet.add("p_value", test.p_value, "p-value", n=base, where=against)
    detectable = sheet.add("smallest_detectable_difference", test.smallest_detectable, "points", n=base, where=against)
    said = verdict(test)
    needed = _needed(sheet, found.total, test, given, against) if said == "no clear difference" else None
    return BenchmarkResult(
        facts=sheet.facts,
        caveats=[*_caveats(given, n, low), *base_caveats(warehouse, found.total, [], found.sampled)],
        sql=found.sql,
        table=_table(ours, theirs, difference),
        chart=_chart(ours, theirs),
        ours=ours,
        figure=theirs.id,
        exact=given.low is None,
        difference=difference.id,
        p_value=p_value.id,
        smallest_detectable=detectable.id,
        verdict=said,
        answers_needed=needed.id if needed else None,
        source=_name(source) if source else None,
    )


def _checked(figure: float | None, n: int | None, low: float | None, high: float | None) -> Figure:
    if figure is None:
        raise MissingDataError(
            "npsight has no industry or competitor figures and makes none up; give the NPS to compare with and where "
            "it comes from, e.g. figure = 32, source = the report's name, and n or its interval if published."
        )
    if not (math.isfinite(figure) and -100 <= figure <= 100):
        raise NpsError(f"An NPS lies between -100 and 100 points and the figure is {figure:g}; give it in points.")
    if (low is None) != (high is None):
        raise NpsError("The figure's interval needs both ends; give low and high, or neither.")
    if low is not None and high is not None and not (-100 <= low <= figure <= high <= 100 and low < high):
        raise NpsError(f"The interval from {low:g} to {high:g} does not hold the figure {figure:g} within -100 to 100.")
    return published_figure(figure, n=n, low=low, high=high)


def _name(source: str | None) -> str:
    """The source on one line, and never a template of its own."""
    told = " ".join((source or "").replace("{", "(").replace("}", ")").split())
    return told or "the figure given"


def _needed(sheet: FactSheet, total: Cell, test: Difference, given: Figure, where: dict[str, str]) -> Fact | None:
    """How many answers of ours would show a true difference as large as the one seen."""
    if abs(test.estimate) < CLOSE:
        return None
    answers = answers_for_figure(
        total.counts.variance or 1.0,
        abs(test.estimate),
        figure_standard_error=given.standard_error,
        design_effect=total.design_effect,
    )
    reason = None if answers else "the figure itself is too unsure for any number of answers"
    return sheet.add("answers_needed", answers, "responses", n=total.n, where=where, reason=reason)


def _caveats(given: Figure, n: int | None, low: float | None) -> list[str]:
    caveats = [
        "Figures of different surveys differ for reasons other than loyalty: who is asked and when, by which channel, "
        "the wording and scale of the question, and who answers; read it with the source's method beside it."
    ]
    if low is not None:
        caveats.append("The figure's own interval, taken as one of 95 %, is part of the difference's interval.")
    elif n is not None:
        caveats.append(
            "The figure's uncertainty follows from its n; its class shares are unknown, so the widest spread that its "
            "NPS allows was taken (no passives)."
        )
    else:
        caveats.append(
            "Neither n nor interval of the figure is known: it is taken as exact, so the interval is narrower and the "
            "p-value smaller than they should be."
        )
    if 0 < abs(given.value) < CLOSE:
        caveats.append(
            f"The figure {given.value:g} was read as points; if a share was meant, {100 * given.value:g} is it."
        )
    return caveats


def _table(ours: NpsCell, theirs: Fact, difference: Fact) -> Table:
    columns = [Column(name="NPS of"), *(Column(name=name, unit="points") for name in ("NPS", "95% low", "95% high"))]
    rows = [
        ["our answers", ours.nps, ours.low, ours.high, ours.n],
        [theirs.where["source"], theirs.value, theirs.low, theirs.high, theirs.n],
        ["difference", difference.value, difference.low, difference.high, None],
    ]
    return Table(title="NPS against a figure", columns=[*columns, Column(name="n", unit="responses")], rows=rows)


def _chart(ours: NpsCell, theirs: Fact) -> dict[str, Any]:
    data = [
        {"survey": "our answers", "nps": ours.nps, "low": ours.low, "high": ours.high, "n": ours.n},
        {
            "survey": theirs.where["source"],
            "nps": theirs.value,
            "low": theirs.low if theirs.low is not None else theirs.value,
            "high": theirs.high if theirs.high is not None else theirs.value,
            "n": theirs.n,
        },
    ]
    return bars(data, ["survey"])
