"""Who answers and who does not: response rates, and the NPS with the answers weighted to everybody who could have."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from tools.cells import Cell
from tools.charts import SCHEMA
from tools.measure.compare import LEVEL, Verdict
from tools.measure.response_base import OTHER, Base, Kind, count_unheard, find_base, pooled
from tools.measure.response_weights import Weighted, weigh
from tools.result import Column, Fact, FactSheet, Model, Result, Table, Unit
from tools.scope import Where
from tools.shown import base_caveats, where_text
from tools.stats.multiplicity import holm
from tools.stats.nonresponse import RateComparison, nonresponse_bounds, rate_against_rest
from tools.stats.proportions import wilson_interval
from tools.stats.score import nps_interval
from tools.stats.tails import critical_value
from tools.stats.weighting import Weighting
from warehouse.errors import MissingDataError
from warehouse.workspace import Warehouse

Z = critical_value(0.95)
CHARTED = 40
Answers = Literal["answers more", "answers less", "no clear difference"]
SAME: Answers = "no clear difference"
UNHEARD: Literal["part of the base is not heard"] = "part of the base is not heard"
AS_CAME, ONCE = "answers as they came", "each customer once"


class ResponseCell(Model):
    """How many of a category answered."""

    dimension: str
    value: str
    where: dict[str, str]
    base: int = Field(description="Customers (or invitations) in the category.")
    answered: int = Field(description="How many of them answered with a score.")
    rate: str = Field(description="Id of the fact with the response rate.")
    difference: str | None = Field(description="Id of the fact with its difference from everybody else's rate.")
    p_holm: float | None = Field(description="p-value after Holm's adjustment for all categories; None: too few.")
    verdict: Answers


class ResponseBiasResult(Result):
    """Response rates by category, and the NPS weighted to the base beside the plain one."""

    base: Kind = Field(description="What the answers are held against.")
    everybody: bool = Field(description="True when everybody in the base answered: nothing is weighted then.")
    base_size: str = Field(description="Id of the fact with the number of customers (or invitations).")
    answered: str = Field(description="Id of the fact with how many of them answered.")
    rate: str = Field(description="Id of the fact with the response rate.")
    cells: list[ResponseCell] = Field(description="Every category, dimension by dimension.")
    weighted_on: list[str] = Field(description="Dimensions that the answers were weighted on; empty: not weighted.")
    nps: str = Field(description="Id of the NPS of the answers as they came.")
    nps_once: str | None = Field(
        description="Id of the NPS with each customer counted once, where some answered often."
    )
    nps_weighted: str | None = Field(description="Id of the NPS weighted to the base.")
    difference: str | None = Field(description="Id of what weighting changes: nps_weighted minus nps_once (or nps).")
    p_value: str | None = Field(description="Id of the p-value of that difference.")
    counting: str | None = Field(description="Id of nps_once minus nps, where some answered often.")
    total: str | None = Field(description="Id of nps_weighted minus nps, where some answered often.")
    effective_n: str | None = Field(description="Id of Kish's effective number of customers after weighting.")
    largest_weight: str | None = Field(description="Id of the largest weight, as a multiple of the mean.")
    trimmed: str | None = Field(description="Id of the fact with how many weights were cut off; None: none was.")
    verdict: Verdict | Literal["part of the base is not heard"] | None = Field(
        description="Whether weighting changes the NPS, at 5 %; not told where nobody of a category answered."
    )
    unheard: str | None = Field(description="Id of the fact with how many are in categories of which nobody answered.")
    unheard_groups: list[dict[str, str]] = Field(description="Those categories.")
    if_detractors: str = Field(description="Id of the base's NPS if all who did not answer were detractors.")
    if_passives: str = Field(description="Id of the base's NPS if they were all passives.")
    if_promoters: str = Field(description="Id of the base's NPS if they were all promoters.")


def response_bias(
    warehouse: Warehouse,
    *,
    by: Annotated[
        list[str], Field(description="Dimensions known of everybody, also of those silent; empty takes all.")
    ] = [],
    where: Annotated[Where, Field(description='Filter on such dimensions: {"plan": "Starter"}.')] = {},
    period: Annotated[str | None, Field(description="Only answers of this stretch of time.")] = None,
    base: Annotated[
        Kind | None,
        Field(description="Hold answers against the customers table or the unanswered rows; chosen if empty."),
    ] = None,
    cap: Annotated[float, Field(gt=1, le=100, description="Largest weight allowed, as a multiple of the mean.")] = 5.0,
) -> ResponseBiasResult:
    """Who answers the survey and who does not, and what the NPS is when answers are weighted to the whole base.

    Use it for "is our survey representative", "response rate", "non-response bias", "weighted NPS". Rates by category
    are tested against everybody else's; raking then makes those who answered look like the base. It mends only what the
    dimensions tell: those silent may differ in ways that no column shows, for which bounds are given.
    """
    found = find_base(warehouse, by, where, period, base)
    _refuse_too_few(warehouse, found)
    weighted = weigh(warehouse, found, chosen=bool(by), cap=cap)
    sheet = FactSheet("response_bias")
    sheet.statement = found.counted
    cells = _rates(warehouse, sheet, found)
    level = _levels(sheet, found, weighted)
    rest = found.size - found.answered
    bounds = nonresponse_bounds(weighted.once_counts, rest)
    extremes = [
        sheet.add(f"nps_if_silent_were_{name}", value, "points", n=found.size, where=dict(found.rows.where)).id
        for name, value in (
            ("detractors", bounds.all_detractors),
            ("passives", bounds.all_passives),
            ("promoters", bounds.all_promoters),
        )
    ]
    unheard, groups = _unheard(warehouse, sheet, found)
    return ResponseBiasResult(
        facts=sheet.facts,
        caveats=_caveats(warehouse, found, weighted, cap),
        sql=found.sql,
        table=_table(sheet, found, cells),
        chart=_chart(sheet, cells),
        base=found.kind,
        everybody=found.answered == found.size,
        cells=cells,
        weighted_on=weighted.names,
        verdict=UNHEARD if unheard else weighted.verdict,
        unheard=unheard,
        unheard_groups=groups,
        if_detractors=extremes[0],
        if_passives=extremes[1],
        if_promoters=extremes[2],
        **level,
    )


def _unheard(warehouse: Warehouse, sheet: FactSheet, found: Base) -> tuple[str | None, list[dict[str, str]]]:
    """How much of the base no answer speaks for, whatever the weights."""
    silent = found.unheard()
    if not silent:
        return None, []
    sheet.statement = len(found.sql) + 1
    size, where = count_unheard(warehouse, found, silent), dict(found.rows.where)
    fact = sheet.add("base_not_heard", size, _unit(found), n=found.size, where=where)
    sheet.add("share_of_base_not_heard", size / found.size, "share", n=found.size, where=where)
    return fact.id, [{found.axes[at].name: value} for at, values in silent.items() for value in values]


def _refuse_too_few(warehouse: Warehouse, found: Base) -> None:
    least = warehouse.catalog.minimum_base.cell
    if found.answered >= least:
        return
    dates = warehouse.catalog.times.get("responded_at")
    span = f"the data runs from {dates.first} to {dates.last}" if dates else "the data carries no dates"
    few = f"fewer than {least} answers" if found.answered else "no answer"
    hint = "check that customer_id is spelt alike in both files" if found.scored >= least else span
    raise MissingDataError(
        f"There is {few} of the base for {where_text(found.rows.where)}; a response rate needs {least} or more "
        f"({hint})."
    )


def _rates(warehouse: Warehouse, sheet: FactSheet, found: Base) -> list[ResponseCell]:
    """The rate of every category that is large enough to be shown, small ones pooled."""
    where = dict(found.rows.where)
    sheet.add("base", found.size, _unit(found), n=found.size, where=where)
    sheet.add("answered", found.answered, _unit(found), n=found.size, where=where)
    _rate(sheet, found.answered, found.size, found.rate_effect, where)
    least, testable = warehouse.catalog.minimum_base.cell, warehouse.catalog.minimum_base.ranking
    shown = []
    for at in found.telling:
        for value, (size, answered) in _pool(found.margins[at], least).items():
            compared = None
            if min(size, found.size - size) >= testable:
                compared = rate_against_rest(
                    answered, size, found.answered, found.size, design_effect=found.rate_effect
                )
            shown.append((found.axes[at].name, value, size, answered, compared))
    adjusted = iter(holm([item[4].p_value for item in shown if item[4] is not None]))
    return [_cell(sheet, found, *item, next(adjusted) if item[4] is not None else None) for item in shown]


def _pool(margin: dict[str, tuple[int, int]], least: int) -> dict[str, tuple[int, int]]:
    kept = pooled(margin, least, 0)
    shown = {value: margin[value] for value in sorted(kept)}
    others = [pair for value, pair in margin.items() if value not in kept]
    if others:
        shown[OTHER] = (sum(size for size, _answered in others), sum(answered for _size, answered in others))
    return shown


def _rate(sheet: FactSheet, answered: int, size: int, effect: float, where: dict[str, str]) -> Fact:
    interval = wilson_interval(answered / effect, size / effect)
    return sheet.add(
        "response_rate", answered / size, "share", n=size, low=interval.low, high=interval.high, where=where
    )


def _cell(
    sheet: FactSheet,
    found: Base,
    dimension: str,
    value: str,
    size: int,
    answered: int,
    compared: RateComparison | None,
    p_holm: float | None,
) -> ResponseCell:
    where = {**found.rows.where, dimension: value}
    rate = _rate(sheet, answered, size, found.rate_effect, where)
    difference, verdict = None, SAME
    if compared is not None and p_holm is not None:
        difference = sheet.add(
            "response_rate_difference",
            compared.difference,
            "share difference",
            n=size,
            low=compared.low,
            high=compared.high,
            where=where | {"against": "rest"},
        ).id
        if p_holm < LEVEL:
            verdict = "answers more" if compared.difference > 0 else "answers less"
    return ResponseCell(
        dimension=dimension,
        value=value,
        where=where,
        base=size,
        answered=answered,
        rate=rate.id,
        difference=difference,
        p_holm=p_holm,
        verdict=verdict,
    )


def _levels(sheet: FactSheet, found: Base, weighted: Weighted) -> dict[str, Any]:
    """The NPS as the answers came, and with each customer once; ids by the names that the result has for them."""
    where = dict(found.rows.where)
    plain, once = nps_interval(found.counts, design_effect=found.effect), weighted.once.interval
    first = {fact.name: fact.id for fact in sheet.facts if fact.where == where}
    ids: dict[str, Any] = {"base_size": first["base"], "answered": first["answered"], "rate": first["response_rate"]}
    ids["nps"] = _points(sheet, "nps", plain.estimate, plain.low, plain.high, found.answers, where)
    sheet.statement = len(found.sql)
    ids |= {"nps_once": None, "counting": None}
    if found.repeated:
        named = "nps_each_customer_once"
        ids["nps_once"] = _points(sheet, named, once.estimate, once.low, once.high, found.answered, where)
        ids["counting"] = _change(sheet, weighted.once, found, where | {"of": ONCE, "against": AS_CAME})
    return ids | _weighted_levels(sheet, found, weighted, where)


def _weighted_levels(sheet: FactSheet, found: Base, weighted: Weighted, where: dict[str, str]) -> dict[str, Any]:
    names = ("nps_weighted", "difference", "p_value", "total", "effective_n", "largest_weight", "trimmed")
    ids: dict[str, Any] = dict.fromkeys(names)
    if weighted.effect is None or weighted.total is None:
        return ids
    n, best = found.answered, weighted.effect.interval
    ids["nps_weighted"] = _points(sheet, "nps_weighted", best.estimate, best.low, best.high, n, where)
    against = where | {"of": "weighted", "against": ONCE if found.repeated else AS_CAME}
    ids["difference"] = _change(sheet, weighted.effect, found, against)
    ids["p_value"] = sheet.add("p_value", weighted.p_value, "p-value", n=n, where=against).id
    if found.repeated:
        ids["total"] = _change(sheet, weighted.total, found, where | {"of": "weighted", "against": AS_CAME})
    ids["effective_n"] = sheet.add("effective_n", round(weighted.effective_n or 0), "number", n=n, where=where).id
    ids["largest_weight"] = sheet.add("largest_weight", weighted.largest, "number", n=n, where=where).id
    if weighted.trimmed:
        ids["trimmed"] = sheet.add("trimmed_weights", weighted.trimmed, _unit(found), n=n, where=where).id
    return ids


def _change(sheet: FactSheet, effect: Weighting, found: Base, where: dict[str, str]) -> str:
    value, margin = 100 * effect.difference, 100 * Z * effect.difference_variance**0.5
    low, high = max(value - margin, -200.0), min(value + margin, 200.0)
    return _points(sheet, "nps_difference", value, low, high, found.answered, where)


def _points(sheet: FactSheet, name: str, value: float, low: float, high: float, n: int, where: dict[str, str]) -> str:
    return sheet.add(name, value, "points", n=n, low=low, high=high, where=where).id


def _unit(found: Base) -> Unit:
    return "customers" if found.kind == "customers" else "responses"


def _caveats(warehouse: Warehouse, found: Base, weighted: Weighted, cap: float) -> list[str]:
    caveats = list(found.notes)
    if found.answered == found.size:
        caveats.append(
            "Everybody in the base answered, so there is nobody to weight for; a shorter period may show more."
        )
    elif weighted.effect is None:
        caveats.append(
            "The answers were not weighted: no dimension known of everybody has two categories with "
            f"{warehouse.catalog.minimum_base.ranking} answers each."
        )
    else:
        on = ", ".join(weighted.names)
        caveats.append(
            f"Weighting mends differences by {on} and no others: within a category those who answered stand for those "
            "who did not, who may be happier or unhappier for reasons that no column shows."
        )
        caveats.append("Intervals take the base's make-up as known and who answered within a category as chance.")
    if found.kind == "customers" and weighted.effect is not None:
        caveats.append("Customers count with their attributes as they stand in the customers table now.")
    if found.repeated:
        caveats.append(
            "Some customers answered more than once: the plain NPS counts every answer, the weighted one every "
            "customer once; what weighting changes is told apart from what that counting changes."
        )
    if weighted.trimmed:
        caveats.append(
            f"{weighted.trimmed:,} weights above {cap:g} times the mean were cut off and spread over the others; "
            f"the base's shares are met to within {100 * weighted.gap:.1f} percentage points."
        )
    if weighted.pooled_on:
        least = warehouse.catalog.minimum_base.ranking
        on = ", ".join(weighted.pooled_on)
        caveats.append(f"Categories with fewer than {least} answers were pooled before weighting on {on}.")
    if weighted.left_out:
        left = "; ".join(f"{name} ({why})" for name, why in weighted.left_out.items())
        caveats.append(f"Not weighted on: {left}.")
    if found.unheard():
        caveats.append(
            "Of some categories nobody answered: no weight makes up for answers that are not there, and the NPS speaks "
            "for the other categories only, weighted or not."
        )
    total = Cell((), found.counts, found.answers, found.effect)
    return [*caveats, *base_caveats(warehouse, total, [], False)]


def _table(sheet: FactSheet, found: Base, cells: list[ResponseCell]) -> Table:
    facts = {fact.id: fact for fact in sheet.facts}
    rows = []
    for cell in cells:
        rate, difference = facts[cell.rate], facts[cell.difference] if cell.difference else None
        against = [difference.value, difference.low, difference.high] if difference else [None] * 3
        place = [cell.dimension, cell.value, cell.base, cell.answered, rate.value, rate.low, rate.high]
        rows.append([*place, *against, cell.p_holm, cell.verdict])
    unit, gap = _unit(found), "share difference"
    columns = [("dimension", "text"), ("value", "text"), ("base", unit), ("answered", unit), ("response rate", "share")]
    columns += [("95% low", "share"), ("95% high", "share"), ("against the rest", gap), ("low", gap), ("high", gap)]
    columns += [("p (Holm)", "p-value"), ("answers", "text")]
    made = [Column(name=name, unit=of) for name, of in columns]
    return Table(title="Response rate by category", columns=made, rows=rows)


def _chart(sheet: FactSheet, cells: list[ResponseCell]) -> dict[str, Any] | None:
    if not 1 < len(cells) <= CHARTED:
        return None
    facts = {fact.id: fact for fact in sheet.facts}
    data = [
        {
            "category": f"{cell.dimension}: {cell.value}",
            "rate": facts[cell.rate].value,
            "low": facts[cell.rate].low,
            "high": facts[cell.rate].high,
            "base": cell.base,
            "answers": cell.verdict,
        }
        for cell in cells
    ]
    along = {"type": "quantitative", "title": "response rate", "axis": {"format": "%"}}
    interval = {"mark": {"type": "rule"}, "encoding": {"x": {"field": "low", **along}, "x2": {"field": "high"}}}
    points = {
        "mark": {"type": "point", "filled": True, "size": 60},
        "encoding": {"x": {"field": "rate", **along}, "color": {"field": "answers", "type": "nominal"}},
    }
    return {
        "$schema": SCHEMA,
        "data": {"values": data},
        "encoding": {"y": {"field": "category", "type": "nominal", "sort": None, "title": None}},
        "layer": [interval, points],
    }
