"""What a driver analysis says: facts of each driver, its table, its chart, and what must be said beside them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from pydantic import Field

from tools.charts import SCHEMA
from tools.explain.driver_columns import Kind, LeftOut, follows_from_the_opinion
from tools.explain.driver_data import HALF, Column, DriverData, Missing
from tools.explain.driver_model import DriverFit, Step
from tools.result import Cell, FactSheet, Model, Table
from tools.result import Column as TableColumn
from tools.stats.driver_intervals import Interval
from tools.stats.multiplicity import holm
from warehouse.workspace import Warehouse

LEVEL = 0.05
INFLATED = 5.0
TIED = 10.0
"""Variance inflation above which a driver's own direction is not told."""
ALIKE = 0.85
EVERYTHING = 0.02
"""An interval from below this share to above the rest tells nothing."""
ENOUGH = 200
"""Answers from which the intervals' coverage was seen to be 93-98 %."""

Direction = Literal["higher", "lower", "values differ", "no clear association", "tied to other drivers"]


class DriverStep(Model):
    """One coefficient of a driver."""

    value: str | None = Field(description="For a category: the value compared with its most frequent one.")
    odds_ratio: str = Field(description="Id of the fact with the odds ratio of a higher class.")
    nps_effect: str | None = Field(
        description="Id of the fact with the points of NPS that go with a step; None for a category."
    )


class Driver(Model):
    """One driver, everything about it given the others."""

    name: str
    kind: Kind
    coding: str | None = Field(description="How texts were numbered, or which value stands against which.")
    step: str = Field(description="What an odds ratio is for: a step of the scale, a standard deviation, one value.")
    importance: str = Field(description="Id of the fact with its share of the explained variation.")
    weight: str = Field(description="Id of the fact with its share of the variation of NPS.")
    clear: bool = Field(description="True when its weight is clearly above 0.")
    steps: list[DriverStep]
    p_holm: str = Field(description="Id of the p-value of no association given the others, adjusted after Holm.")
    direction: Direction = Field(
        description="What a step up goes with, the other drivers held equal; not told where it hardly varies by itself."
    )
    turned: bool = Field(description="True when the direction is the opposite of what the driver alone goes with.")
    mean: str | None = Field(description="Id of the fact with its mean; None for a category.")
    performance: str | None = Field(description="Id of the fact with a rating's mean as a share of its scale.")
    inflation: str = Field(description="Id of the fact with its variance inflation factor.")
    difference: str | None = Field(description="Id of the fact with its weight minus the next driver's.")
    above_next: bool = Field(description="True when it can be told apart from the next driver in the ranking.")
    told: bool = Field(description="False where the interval of its importance spans everything: do not rank it.")


def add_drivers(sheet: FactSheet, data: DriverData, fit: DriverFit, where: dict[str, str]) -> list[Driver]:
    """The drivers with their facts, the most important first."""
    weights = fit.intervals.weights
    order = sorted(range(len(data.columns)), key=lambda at: (-weights[at].estimate, data.columns[at].candidate.name))
    gaps = [fit.difference(a, b) for a, b in pairwise(order)]
    chances = holm([gap.p_value for gap in gaps]) if gaps else []
    drivers = []
    for place, at in enumerate(order):
        own = {**where, "driver": data.columns[at].candidate.name}
        made = _driver(sheet, data, fit, at, own)
        if place < len(gaps):
            gap = gaps[place]
            beside = own | {"against": data.columns[order[place + 1]].candidate.name}
            n = len(data.nps)
            told = sheet.add(
                "weight_difference", gap.estimate, "share difference", n=n, low=gap.low, high=gap.high, where=beside
            )
            sheet.add("weight_difference_p", chances[place], "p-value", n=n, where=beside)
            made.difference = told.id
            made.above_next = chances[place] < LEVEL and made.clear and made.told
        drivers.append(made)
    return drivers


def _is_told(fit: DriverFit, at: int) -> bool:
    """False where the interval of a driver's share spans nearly everything: then no place in a ranking can be said."""
    shares = fit.intervals.shares
    return shares is not None and not (shares[at].low < EVERYTHING and shares[at].high > 1 - EVERYTHING)


def _driver(sheet: FactSheet, data: DriverData, fit: DriverFit, at: int, where: dict[str, str]) -> Driver:
    column, n = data.columns[at], len(data.nps)
    candidate = column.candidate
    weight, shares = fit.intervals.weights[at], fit.intervals.shares
    if shares is None:
        reason = "the drivers together do not clearly explain anything, so there is nothing to share out"
        importance = sheet.add("importance", None, "share", n=n, where=where, reason=reason)
    else:
        importance = _add_share(sheet, "importance", shares[at], n, where)
    told = _add_share(sheet, "weight", weight, n, where)
    steps = [_step(sheet, column, step, n, where) for step in fit.steps[at]]
    p_holm = sheet.add("association_p", fit.p_values[at], "p-value", n=n, where=where)
    sheet.add("answered_share", column.answered, "share", n=data.scored, where=where)
    inflation = sheet.add("variance_inflation", fit.inflation[at], "number", n=n, where=where)
    mean, performance = _level(sheet, data, column, where)
    return Driver(
        name=candidate.name,
        kind=candidate.kind,
        coding=candidate.coding,
        step=_step_text(column),
        importance=importance.id,
        weight=told.id,
        clear=weight.low > 0,
        steps=steps,
        p_holm=p_holm.id,
        direction=_direction(fit, at),
        turned=_turned(fit, at),
        mean=mean,
        performance=performance,
        inflation=inflation.id,
        difference=None,
        above_next=False,
        told=_is_told(fit, at),
    )


def _add_share(sheet: FactSheet, name: str, interval: Interval, n: int, where: dict[str, str]) -> Any:
    return sheet.add(name, interval.estimate, "share", n=n, low=interval.low, high=interval.high, where=where)


def _step(sheet: FactSheet, column: Column, step: Step, n: int, where: dict[str, str]) -> DriverStep:
    own = where | ({"value": step.value, "against": column.values[-1]} if step.value else {"step": _step_text(column)})
    ratio = step.odds
    odds = sheet.add("odds_ratio", ratio.estimate, "number", n=n, low=ratio.low, high=ratio.high, where=own)
    effect = None
    if step.nps is not None:
        effect = sheet.add(
            "nps_effect", step.nps.estimate, "points", n=n, low=step.nps.low, high=step.nps.high, where=own
        ).id
    return DriverStep(value=step.value, odds_ratio=odds.id, nps_effect=effect)


def _step_text(column: Column) -> str:
    kind = column.candidate.kind
    if kind == "rating":
        return "one step of its scale"
    if kind == "measure":
        return "one standard deviation"
    return column.candidate.coding or "each value against its most frequent one"


def _level(sheet: FactSheet, data: DriverData, column: Column, where: dict[str, str]) -> tuple[str | None, str | None]:
    """Mean with its clustered interval, over the answers that have the driver."""
    kind, candidate = column.candidate.kind, column.candidate
    if kind == "category":
        return None, None
    there = ~np.isnan(column.parts[:, 0])
    x, who = column.parts[there, 0], data.customers[there]
    residuals = np.bincount(np.unique(who, return_inverse=True)[1], weights=x - x.mean())
    groups = len(residuals)
    error = float(np.sqrt(groups / (groups - 1) * np.sum(residuals**2))) / len(x) if groups > 1 else float("nan")
    value, margin, n = float(x.mean()), 1.959963984540054 * error, len(x)
    unit: Literal["share", "score"] = "share" if kind == "two values" else "score"
    name = "share_of_value" if kind == "two values" else "mean"
    low, high = value - margin, value + margin
    ends = (max(low, 0.0), min(high, 1.0)) if kind == "two values" else (low, high)
    mean = sheet.add(name, value, unit, n=n, low=ends[0], high=ends[1], where=where)
    if kind == "measure":
        sheet.add("standard_deviation", float(x.std()), "number", n=n, where=where)
    if kind != "rating" or candidate.low is None or candidate.high is None:
        return mean.id, None
    width = candidate.high - candidate.low
    low, high = (min(max((end - candidate.low) / width, 0.0), 1.0) for end in (low, high))
    done = sheet.add("performance", (value - candidate.low) / width, "share", n=n, low=low, high=high, where=where)
    return mean.id, done.id


def _turned(fit: DriverFit, at: int) -> bool:
    """A direction that only holds with the other drivers held equal."""
    return _direction(fit, at) in ("higher", "lower") and (fit.steps[at][0].odds.estimate - 1) * fit.alone[at] < 0


def _direction(fit: DriverFit, at: int) -> Direction:
    if fit.inflation[at] > TIED:
        return "tied to other drivers"
    if fit.p_values[at] >= LEVEL:
        return "no clear association"
    if len(fit.steps[at]) > 1 or fit.steps[at][0].value is not None:
        return "values differ"
    return "higher" if fit.steps[at][0].odds.estimate > 1 else "lower"


def driver_table(sheet: FactSheet, drivers: Sequence[Driver]) -> Table:
    """One row a driver; a category's odds ratios are facts only."""
    facts = {fact.id: fact for fact in sheet.facts}
    rows: list[list[Cell]] = []
    for driver in drivers:
        share, weight = facts[driver.importance], facts[driver.weight]
        one = len(driver.steps) == 1 and driver.steps[0].value is None and driver.direction != "tied to other drivers"
        ratio = facts[driver.steps[0].odds_ratio] if one else None
        effect = facts[driver.steps[0].nps_effect] if one and driver.steps[0].nps_effect else None
        mean = facts[driver.mean].value if driver.mean else None
        estimates = (share.value, share.low, share.high, weight.value)
        sizes = (ratio.value if ratio else None, effect.value if effect else None, facts[driver.p_holm].value)
        rows.append([driver.name, *estimates, *sizes, driver.direction, mean, driver.step])
    columns = [
        TableColumn(name="driver"),
        TableColumn(name="importance", unit="share"),
        TableColumn(name="95% low", unit="share"),
        TableColumn(name="95% high", unit="share"),
        TableColumn(name="of NPS variation", unit="share"),
        TableColumn(name="odds ratio", unit="number"),
        TableColumn(name="NPS points", unit="points"),
        TableColumn(name="p (Holm)", unit="p-value"),
        TableColumn(name="goes with"),
        TableColumn(name="mean", unit="score"),
        TableColumn(name="for"),
    ]
    return Table(title="Key drivers of NPS", columns=columns, rows=rows)


def driver_chart(sheet: FactSheet, drivers: Sequence[Driver]) -> dict[str, Any] | None:
    """Importance against performance where two ratings or more have both, else importance with its intervals."""
    facts = {fact.id: fact for fact in sheet.facts}
    data = []
    for driver in drivers:
        shown = facts[driver.importance]
        shown = facts[driver.weight] if shown.value is None else shown
        row: dict[str, Any] = {"driver": driver.name, "importance": shown.value, "low": shown.low, "high": shown.high}
        row["performance"] = facts[driver.performance].value if driver.performance else None
        data.append(row)
    if len(data) < 2:
        return None
    rated = [row for row in data if row["performance"] is not None]
    along = {"field": "importance", "type": "quantitative", "title": "importance", "axis": {"format": "%"}}
    tips = [{"field": name} for name in data[0]]
    if len(rated) < 2:
        line = {"mark": "rule", "encoding": {"x": {**along, "field": "low"}, "x2": {"field": "high"}}}
        point = {"mark": {"type": "point", "filled": True}, "encoding": {"x": along}}
        rows = {"field": "driver", "type": "nominal", "sort": "-x", "title": None}
        return {
            "$schema": SCHEMA,
            "data": {"values": data},
            "encoding": {"y": rows, "tooltip": tips},
            "layer": [line, point],
        }
    across = {"field": "performance", "type": "quantitative", "title": "performance (mean, share of its scale)"}
    where = {"x": {**across, "axis": {"format": "%"}, "scale": {"zero": False}}, "tooltip": tips}
    line = {"mark": "rule", "encoding": {"y": {**along, "field": "low"}, "y2": {"field": "high"}}}
    point = {"mark": {"type": "point", "filled": True, "size": 70}, "encoding": {"y": along}}
    names = {"mark": {"type": "text", "dx": 8, "align": "left"}, "encoding": {"y": along, "text": {"field": "driver"}}}
    return {"$schema": SCHEMA, "data": {"values": rated}, "encoding": where, "layer": [line, point, names]}


def driver_caveats(
    warehouse: Warehouse, data: DriverData, fit: DriverFit, missing: Missing, drivers: Sequence[Driver]
) -> list[str]:
    """What a careful statistician adds."""
    caveats = [
        "These are associations among answers given together: they rank where to look and do not show that improving a "
        "driver would raise NPS; an experiment, or a change made for some customers first, would.",
        *_about_fit(fit, len(data.nps)),
        *_about_missing(data, missing),
        *data.rows.caveat(),
        *_about_columns(data, fit),
    ]
    codings: dict[str, list[str]] = {}
    for column in data.columns:
        if column.candidate.kind == "rating" and column.candidate.coding is not None:
            codings.setdefault(column.candidate.coding, []).append(column.candidate.name)
    if codings:
        told = "; ".join(f"{coding} ({_some(names)})" for coding, names in codings.items())
        caveats.append(f"Answers in words are taken as equally spaced numbers: {told}.")
    if data.left_out:
        caveats.append(f"Left out: {'; '.join(_grouped(data.left_out))}.")
    if warehouse.catalog.repeated_customers and len(np.unique(data.customers)) < len(data.customers):
        caveats.append("Some customers answered more than once; customers, not answers, are resampled and summed over.")
    scale = warehouse.catalog.scale
    if scale != type(scale)():
        caveats.append(
            f"The scale is {scale.low} to {scale.high} with promoters from {scale.promoter_from} and detractors to "
            f"{scale.detractor_to}, not the 0-10 standard: do not compare with other NPS figures."
        )
    tied = [driver.name for driver in drivers[:-1] if not driver.above_next]
    if len(drivers) > 1 and tied:
        caveats.append("Neighbours in the ranking that cannot be told apart may stand in the other order.")
    return caveats


def _about_fit(fit: DriverFit, n: int) -> list[str]:
    caveats = []
    if fit.intervals.shares is None:
        caveats.append("Together the drivers do not clearly explain any of the variation in NPS; do not rank them.")
    if n < ENOUGH:
        caveats.append(f"Intervals of importance are reliable from about {ENOUGH} answers; here there are {n:,}.")
    if fit.method == "johnson":
        caveats.append("With so many drivers Johnson's relative weights stand in for Shapley's; the two hardly differ.")
    if fit.halo and fit.halo.mean_correlation > 0.5 and fit.halo.first_component > 0.6:
        caveats.append(
            f"The ratings move together (average correlation {fit.halo.mean_correlation:.2f}, "
            f"{100 * fit.halo.first_component:.0f} % on one component): a general impression colours them all, and "
            "their separate weights say little."
        )
    return caveats


def _about_missing(data: DriverData, missing: Missing) -> list[str]:
    lost = data.scored - len(data.nps)
    if missing == "impute":
        gaps = [column for column in data.columns if column.answered < 1]
        if not gaps:
            return []
        share = 1 - min(column.answered for column in gaps)
        n = len(data.nps)
        return [
            f"Missing values (up to {100 * share:.0f} % of a driver; {n - data.gaps:,} of {n:,} "
            "answers have every driver) were imputed 20 times from the other drivers and the score and pooled by "
            "Rubin's rules; that supposes that these say why a value is missing."
        ]
    if not lost:
        return []
    most = min(data.columns, key=lambda column: column.answered)
    hint = ""
    if lost > 0.05 * data.scored:
        keep = "; missing='impute' would keep them" if most.answered >= HALF else ""
        hint = f", most often in {most.candidate.name}{keep}"
    return [
        f"{lost:,} of {data.scored:,} scored answers ({100 * lost / data.scored:.0f} %) lack a value in some driver "
        f"and are left out{hint}."
    ]


def _about_columns(data: DriverData, fit: DriverFit) -> list[str]:
    names = [column.candidate.name for column in data.columns]
    caveats = []
    inflated = [name for name, value in zip(names, fit.inflation, strict=True) if value > INFLATED]
    if inflated:
        caveats.append(
            f"Strongly tied to other drivers (variance inflation above {INFLATED:.0f}): {_some(inflated)}; their odds "
            "ratios are unstable, their importance is shared out among those that move together."
        )
    alike = [column.candidate.name for column in data.columns if column.most_alike > ALIKE]
    if alike:
        caveats.append(f"Nearly everybody has the same value of {_some(alike)}; it can hardly show what it goes with.")
    turned = [name for at, name in enumerate(names) if _turned(fit, at)]
    if turned:
        caveats.append(f"On its own the direction is the opposite for {_some(turned)}: read it with the other drivers.")
    if fit.not_parallel:
        differ = _some([names[at] for at in fit.not_parallel])
        caveats.append(
            f"For {differ} the odds of not being a detractor and of being a promoter differ (Brant's test); one odds "
            "ratio is their average."
        )
    said = [column.candidate.name for column in data.columns if follows_from_the_opinion(column.candidate.name)]
    if said:
        caveats.append(f"{_some(said)} may follow from the opinion, or ask for it again, rather than shape it.")
    parameters, effective = sum(len(steps) for steps in fit.steps), effective_base(data.nps)
    if effective < 10 * parameters:
        caveats.append(
            f"Few answers for so many drivers: the classes are worth {effective:,.0f} events for {parameters} "
            "coefficients, and ten for each are the rule of thumb."
        )
    return caveats


def effective_base(nps: np.ndarray[Any, np.dtype[np.float64]]) -> float:
    """Events of an ordered outcome, n − Σ n_j³/n² (Harrell 2015): what a rule of events per variable counts."""
    sizes = np.unique(nps, return_counts=True)[1].astype(float)
    return float(len(nps) - np.sum(sizes**3) / len(nps) ** 2)


def _grouped(left_out: Sequence[LeftOut]) -> list[str]:
    reasons: dict[str, list[str]] = {}
    for item in left_out:
        reasons.setdefault(item.reason, []).append(item.column)
    return [f"{_some(columns)} ({reason})" for reason, columns in reasons.items()]


def _some(names: Sequence[str], shown: int = 4) -> str:
    more = f" and {len(names) - shown} more" if len(names) > shown else ""
    return ", ".join(names[:shown]) + more
