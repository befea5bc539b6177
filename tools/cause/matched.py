"""The effect of something that some had and others had not, with the others made like them in what is known."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from tools.cause.covariates import (
    TOO_MANY,
    Covariates,
    Design,
    Groups,
    Table,
    about,
    common_values,
    fetch_table,
    find_covariates,
    find_groups,
    make_design,
    pool_rare,
)
from tools.cause.experiment_effects import difference_unit
from tools.cause.matched_methods import BALANCED, Agreement, Method, Methods, run_methods
from tools.charts import SCHEMA
from tools.measure.compare import LEVEL
from tools.moments import Moments, cell_moments
from tools.outcome import Outcome, asked_outcome
from tools.result import Cell as Value
from tools.result import Column, FactSheet, Model, Result
from tools.result import Table as Figures
from tools.scope import Where
from tools.stats.contrasts import Contrast
from tools.stats.propensity import Estimand
from tools.stats.sensitivity import EValue, e_value_for_difference
from warehouse.errors import MissingDataError, NpsError
from warehouse.workspace import Warehouse

FEWEST = 20
ANSWERS_PER_COLUMN = 5
SHOWN = 8


class MatchedMethod(Model):
    """One way of making the groups alike; ids of facts."""

    method: Literal["entropy balancing", "propensity weighting", "matching"]
    difference: str = Field(description="Treated minus adjusted control.")
    p_value: str
    effective_controls: str = Field(description="So many equally weighted controls would be as precise.")
    worst_imbalance: str = Field(description="Largest standardised difference that is left.")
    balanced: bool = Field(description="True when no covariate differs by more than a tenth of a standard deviation.")


class Balance(Model):
    """How unlike the groups are in one covariate, in standard deviations; ids of facts."""

    covariate: str
    before: str
    after: dict[str, str] = Field(description="By method.")


class MatchedEffectResult(Result):
    """Naive and adjusted differences between treated and controls, and what they rest on."""

    treated: str = Field(description="Who counts as treated, in words.")
    control: str = Field(description="Who counts as control, in words.")
    outcome: str
    estimand: Estimand = Field(description="att: effect on those treated; ate: on everybody.")
    treated_level: str = Field(description="Id of the level of the treated.")
    control_level: str = Field(description="Id of the level of the controls as they are.")
    naive: str = Field(description="Id of the difference before anything is made alike.")
    naive_p: str
    methods: list[MatchedMethod]
    agreement: Agreement = Field(description="Whether methods that balance the groups give one answer.")
    headline: str | None = Field(description="Id of the adjusted difference to tell; None when there is not one.")
    headline_p: str | None
    headline_method: str | None
    verdict: Literal["higher", "lower", "no clear difference", "the methods disagree", "not comparable"]
    e_value: str | None = Field(
        description="Id: how strongly (a risk ratio) something unmeasured must go with both to explain all away."
    )
    e_value_limit: str | None = Field(description="Id: the same for the interval's nearer end.")
    balance: list[Balance] = Field(description="The covariates that differed most before.")
    worst_before: str = Field(description="Id of the largest standardised difference before.")
    without_neighbour: str = Field(description="Id of the share of answers with nobody like them in the other group.")
    covariates: list[str] = Field(description="What the groups were made alike on.")
    dropped: list[str] = Field(description="Covariates that carry nothing here: constant, or told by others.")
    covariates_chosen: bool = Field(description="True when npsight took all there are.")


def matched_effect(
    warehouse: Warehouse,
    *,
    treatment: Annotated[Where, Field(description='Who had it: {"onboarding": "guided"}.')],
    control: Annotated[Where, Field(description="Who they are compared with; empty means everybody else.")] = {},
    covariates: Annotated[
        list[str],
        Field(description="What to make the groups alike on, known before; empty takes all."),
    ] = [],
    outcome: Annotated[
        str | None, Field(description="NPS when left out; or a number, a yes/no column, or column=value.")
    ] = None,
    where: Annotated[Where, Field(description='Filter for both groups: {"country": "Germany"}.')] = {},
    period: Annotated[str | None, Field(description="Only answers from this stretch of time.")] = None,
    estimand: Annotated[Estimand, Field(description="att: effect on those who had it; ate: on everybody.")] = "att",
) -> MatchedEffectResult:
    """The effect of something not assigned at random, after making treated and controls alike in what is known.

    Use it for "does guided onboarding help" without an experiment. Propensity weighting, matching and entropy balancing
    stand side by side, with balance before and after and how strong something unmeasured would have to be; one figure
    is told only when the methods agree. It cannot adjust for what nobody measured, nor know what was measured after
    the treatment. Use `experiment` where assignment was random, `compare` for a plain difference.
    """
    measure = asked_outcome(warehouse, outcome)
    groups = find_groups(warehouse, treatment, control, where, period, measure)
    used = find_covariates(warehouse, covariates, groups, measure)
    plain = _plain(warehouse, groups, measure)
    fetched = pool_rare(fetch_table(warehouse, groups, measure, used, estimand))
    _refuse_few(fetched, groups)
    table = common_values(fetched, estimand)
    _refuse_few(table, groups)
    design, dropped = make_design(table)
    _refuse_thin(table, design)
    methods = run_methods(table, design, estimand)
    sheet = FactSheet("matched_effect")
    cell = {**groups.rows.where, **groups.treated.where}
    levels, naive, naive_p = _naive(sheet, plain, groups, cell)
    sheet.statement = len(plain.sql) + len(table.sql)
    told = [_add_method(sheet, method, measure, table, cell) for method in methods.found]
    head = methods.headline if methods.agreement == "agree" else None
    mine = next((item for item in told if head is not None and item.method == head.name), None)
    strength = _e_value(head, table) if head else None
    balance = _balance(sheet, methods, design, cell)
    n = len(table.y)
    most = round(max(map(abs, methods.before)), 4)
    worst = sheet.add("worst_imbalance", most, "number", n=n, where=cell | {"method": "none"})
    outside = sheet.add("without_neighbour", methods.outside, "share", n=n, where=cell)
    sheet.add("weight_of_heaviest_controls", methods.heaviest, "share", n=int((~table.treated).sum()), where=cell)
    names = list(dict.fromkeys(design.owners))
    return MatchedEffectResult(
        facts=sheet.facts,
        caveats=[*_caveats(table, methods, used, names, dropped), *_counted(warehouse, measure)],
        sql=[*plain.sql, *table.sql, *used.apart.sql],
        table=_figures(sheet, balance, methods),
        chart=_love_plot(design, methods),
        treated=about(groups)[0],
        control=about(groups)[1],
        outcome=measure.name,
        estimand=estimand,
        treated_level=levels[0],
        control_level=levels[1],
        naive=naive,
        naive_p=naive_p,
        methods=told,
        agreement=methods.agreement,
        headline=mine.difference if mine else None,
        headline_p=mine.p_value if mine else None,
        headline_method=mine.method if mine else None,
        verdict=_verdict(methods, head),
        e_value=sheet.add("e_value", strength.estimate, "number", n=n, where=cell).id if strength else None,
        e_value_limit=sheet.add("e_value_limit", strength.limit, "number", n=n, where=cell).id if strength else None,
        balance=balance,
        worst_before=worst.id,
        without_neighbour=outside.id,
        covariates=names,
        dropped=dropped,
        covariates_chosen=used.chosen,
    )


def _plain(warehouse: Warehouse, groups: Groups, measure: Outcome) -> Moments:
    """Levels of both groups from all answers."""
    return cell_moments(warehouse, [groups.arm], groups.both, measure)


def _refuse_few(table: Table, groups: Groups) -> None:
    for side, name in ((table.treated, about(groups)[0]), (~table.treated, about(groups)[1])):
        if len(np.unique(table.customers[side])) < FEWEST:
            raise MissingDataError(
                f"There are fewer than {FEWEST} customers with the outcome for {name}; both groups need as many, so "
                "widen the filter or the period."
            )
        if float(np.ptp(table.y[side])) == 0:
            raise MissingDataError(
                f"All answers of {name} are the same, so that nothing can be said of their spread; widen the filter."
            )


def _refuse_thin(table: Table, design: Design) -> None:
    smaller = min(int(table.treated.sum()), int((~table.treated).sum()))
    if not design.names:
        many = next((said for said in table.caveats if TOO_MANY in said), None)
        raise NpsError(
            many
            or "Every covariate is the same for everybody here, so there is nothing to make the groups alike on; name "
            "others with covariates."
        )
    if len(design.names) * ANSWERS_PER_COLUMN > smaller:
        names = list(dict.fromkeys(design.owners))
        raise NpsError(
            f"{len(design.names)} columns of {len(names)} covariates are too many for {smaller:,} answers in the "
            f"smaller group; name fewer with covariates, the weightiest of: {', '.join(names)}."
        )


def _naive(sheet: FactSheet, plain: Moments, groups: Groups, cell: dict[str, str]) -> tuple[tuple[str, str], str, str]:
    one, other = plain.at("1"), plain.at("0")
    if one is None or other is None:
        missing = about(groups)[0 if one is None else 1]
        raise MissingDataError(f"There is no answer with the outcome for {missing}; widen the filter or the period.")
    control = {**groups.rows.where, **groups.control.where}
    name = "nps" if plain.outcome.is_nps else "mean"
    levels = []
    for at, place in ((one, cell), (other, control)):
        level = _contrast(plain, {at: 1})
        ends = (0.0, 1.0) if plain.outcome.unit == "share" else (-math.inf, math.inf)
        low, high, n = max(level.low, ends[0]), min(level.high, ends[1]), int(plain.n[at])
        fact = sheet.add(name, level.estimate, plain.outcome.unit, n=n, low=low, high=high, where=place)
        levels.append(fact.id)
    test, n = _contrast(plain, {one: 1, other: -1}), int(plain.n[[one, other]].sum())
    where, unit = cell | {"method": "none"}, difference_unit(plain.outcome)
    naive = sheet.add("naive_difference", test.estimate, unit, n=n, low=test.low, high=test.high, where=where)
    p_value = sheet.add("p_value", test.p_value, "p-value", n=n, where=where)
    return (levels[0], levels[1]), naive.id, p_value.id


def _contrast(plain: Moments, weights: dict[int, float]) -> Contrast:
    try:
        return plain.contrast(weights)
    except ValueError:
        raise MissingDataError(
            "One of the groups rests on a single customer; widen the filter or the period."
        ) from None


def _add_method(
    sheet: FactSheet, method: Method, measure: Outcome, table: Table, cell: dict[str, str]
) -> MatchedMethod:
    effect, n, where = method.effect, len(table.y), cell | {"method": method.name}
    unit = difference_unit(measure)
    difference = sheet.add(
        "adjusted_difference", effect.estimate, unit, n=n, low=effect.low, high=effect.high, where=where
    )
    return MatchedMethod(
        method=method.name,
        difference=difference.id,
        p_value=sheet.add("p_value", effect.p_value, "p-value", n=n, where=where).id,
        effective_controls=sheet.add("effective_controls", round(effect.ess_control), "number", where=where).id,
        worst_imbalance=sheet.add("worst_imbalance", round(method.worst, 4), "number", n=n, where=where).id,
        balanced=method.balanced,
    )


def _e_value(head: Method, table: Table) -> EValue:
    """On the scale of the outcome's standard deviation within groups."""
    spread = math.sqrt(sum(float(table.y[side].var(ddof=1)) for side in (table.treated, ~table.treated)) / 2)
    return e_value_for_difference(head.effect.estimate / spread, head.effect.standard_error / spread)


def _balance(sheet: FactSheet, methods: Methods, design: Design, cell: dict[str, str]) -> list[Balance]:
    order = sorted(range(len(design.names)), key=lambda at: (-abs(methods.before[at]), at))
    states: dict[str, list[float]] = {"none": methods.before}
    states |= {method.name: method.differences for method in methods.found}
    rows = []
    for at in order[:SHOWN]:
        told = {
            state: sheet.add(
                "standardised_difference",
                round(values[at], 4) + 0.0,
                "number",
                where=cell | {"covariate": design.names[at], "method": state},
            ).id
            for state, values in states.items()
        }
        rows.append(Balance(covariate=design.names[at], before=told.pop("none"), after=told))
    return rows


def _verdict(
    methods: Methods, head: Method | None
) -> Literal["higher", "lower", "no clear difference", "the methods disagree", "not comparable"]:
    if head is None:
        return "the methods disagree" if methods.agreement == "disagree" else "not comparable"
    if head.effect.p_value >= LEVEL:
        return "no clear difference"
    return "higher" if head.effect.estimate > 0 else "lower"


def _caveats(table: Table, methods: Methods, used: Covariates, names: list[str], dropped: list[str]) -> list[str]:
    said = [
        "The groups were made alike in what is known; what nobody measured may still differ between them, and no "
        "figure here can exclude it. Only random assignment could.",
        f"Adjusted for: {', '.join(names)}. npsight cannot know which of these were measured before the treatment; one "
        "that the treatment itself changed hides part of the effect"
        + ("; name those known before with covariates." if used.chosen else "."),
    ]
    if used.apart.reasons:
        said.append(
            f"Left out, as they may be given with the answer or be results of it ({used.apart.words}); name what was "
            "known before with covariates."
        )
    if dropped:
        said.append(f"These covariates carry nothing here (constant, or told by others): {', '.join(dropped)}.")
    unbalanced = [method.name for method in methods.found if not method.balanced]
    if unbalanced:
        said.append(
            f"Not balanced (a difference above {BALANCED} standard deviations is left), so without a say: "
            f"{', '.join(unbalanced)}."
        )
    if methods.outside > 0.05:
        said.append("Matching leaves out the answers with nobody like them in the other group.")
    if methods.heaviest > 0.2:
        said.append("A few controls carry much of the weight; the weighted figures rest on them.")
    if len(np.unique(table.customers)) < len(table.customers):
        said.append("Customers who answered several times are counted as such (clustered).")
    return [*said, *methods.caveats, *table.caveats]


def _counted(warehouse: Warehouse, measure: Outcome) -> list[str]:
    if measure.is_nps or "customers" not in warehouse.catalog.tables:
        return []
    return [f"{measure.name!r} is counted once for each row of the survey, not for each customer."]


def _figures(sheet: FactSheet, balance: list[Balance], methods: Methods) -> Figures:
    facts = {fact.id: fact.value for fact in sheet.facts}
    names = [method.name for method in methods.found]
    rows: list[list[Value]] = [
        [row.covariate, facts[row.before], *(facts[row.after[name]] for name in names)] for row in balance
    ]
    columns = [Column(name="covariate"), Column(name="before", unit="number")]
    columns += [Column(name=f"after {name}", unit="number") for name in names]
    return Figures(title="Standardised differences, treated minus control", columns=columns, rows=rows)


def _love_plot(design: Design, methods: Methods) -> dict[str, Any]:
    """Absolute standardised differences before and after; everything left of the line is alike enough."""
    states = [("before", methods.before), *((method.name, method.differences) for method in methods.found)]
    order = sorted(range(len(design.names)), key=lambda at: (-abs(methods.before[at]), at))[:40]
    data = [
        {"covariate": design.names[at], "state": state, "difference": round(abs(values[at]), 4)}
        for at in order
        for state, values in states
    ]
    x = {"type": "quantitative", "title": "standardised difference"}
    points = {
        "mark": {"type": "point", "filled": True},
        "encoding": {
            "y": {"field": "covariate", "type": "nominal", "sort": None, "title": None},
            "x": {"field": "difference", **x},
            "color": {"field": "state", "type": "nominal", "title": None},
        },
    }
    line = {"data": {"values": [{"limit": BALANCED}]}, "mark": "rule", "encoding": {"x": {"field": "limit", **x}}}
    return {"$schema": SCHEMA, "data": {"values": data}, "layer": [points, line]}
