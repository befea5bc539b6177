"""What to look at first: segments ranked by what they cost the whole, whether they get worse, and the effort given."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from tools.disclosure import Listing
from tools.explain.outliers import Judged
from tools.explain.priorities_cost import Costed, costs
from tools.explain.priorities_overlap import MOST, Carrier, Relation
from tools.explain.priorities_search import Find, dimensions
from tools.explain.priorities_shown import (
    Effort,
    Efforts,
    assumptions,
    chart,
    effort_of,
    efforts,
    table,
    unused_efforts,
)
from tools.explain.priorities_time import Change, Stretches, Values, find_time
from tools.explain.traits import ratings_caveat
from tools.measure.compare import LEVEL, Verdict
from tools.result import FactSheet, Model, Result
from tools.scope import PERIOD, Where, scope
from tools.shown import add_cell, base_caveats, where_text
from tools.stats.counts import observed
from tools.stats.power import PSEUDO_ANSWERS, smallest_detectable
from tools.stats.priorities import smallest_cost
from warehouse.workspace import Warehouse

LARGE = 1.0
"""Points of the whole that a cost has to reach, at the low end of its interval, to be called large."""
QUARTER = 0.25
"""The share of answers for which the smallest cost that could be found is told."""
Impact = Literal["clear and large", "clear", "not clear", "none now"]
Urgency = Literal["worsening", "no clear change", "improving", "not known"]
_IMPACTS: tuple[Impact, ...] = ("clear and large", "clear", "not clear", "none now")
_URGENCIES = {"worsening": 0, "no clear change": 1, "not known": 1, "improving": 2}
_EFFORTS = {"low": 0, "medium": 1, "not known": 1, "high": 2}


class Covered(Model):
    """A segment that is not listed by itself, because another one carries its finding."""

    segment: str
    relation: Relation = Field(description="Where it lies: inside the listed one, around it, or overlapping it.")


class Priority(Model):
    """A segment worth looking at."""

    rank: int = Field(description="1 is first; segments that cannot be told apart share a rank.")
    segment: str
    where: dict[str, str]
    impact: Impact = Field(description="clear after Holm's adjustment; large from one point of the whole on.")
    cost: str = Field(description="Id: points that the whole would gain if the segment stood where the rest stands.")
    nps: str = Field(description="Id of its NPS.")
    difference: str = Field(description="Id of its difference from all other answers.")
    p_holm: float = Field(description="p-value of that difference, adjusted for every cell looked at.")
    share: str = Field(description="Id of its share of the answers: a hint of its size, not of the effort.")
    urgency: Urgency = Field(description="Its own change between the two stretches, after Holm's adjustment.")
    change: str | None = Field(description="Id of that change; None where a stretch has too few answers of it.")
    change_p_holm: float | None
    effort: Effort = Field(description="As the caller gave it; never guessed.")
    tied: bool = Field(description="True when it cannot be told apart from the one before it.")
    covered: list[Covered] = Field(description="Segments that show the same finding.")
    experiment: str = Field(
        description="Id: the smallest difference that an experiment on as many answers shows, half in either arm."
    )
    experiment_shows_gap: bool = Field(description="True when that is no larger than the gap itself.")


class PrioritiesResult(Result):
    """What to look at first."""

    verdict: str = Field(description="The order in words, or that nothing stands out.")
    priorities: list[Priority]
    left_out: int = Field(description="Further segments that were found and are not listed.")
    nps: str = Field(description="Id of the NPS of the whole that is looked at.")
    cuts_tried: str = Field(description="Id of the number of cells tested.")
    planned_share: str = Field(description="Id of the share of the answers that the smallest cost is told for.")
    smallest_cost: str = Field(
        description="Id: what a quarter of the answers would have to cost to be found 4 times in 5."
    )
    after: str | None = Field(description="The later stretch; None where urgency is not known.")
    before: str | None
    whole_change: str | None = Field(description="Id of the whole's change between the stretches.")
    whole_verdict: Verdict | None
    urgency_unknown: str = Field(description="Why urgency is not known; empty where it is.")
    effort_given: bool
    assumed: list[str] = Field(description="What was assumed.")


def priorities(
    warehouse: Warehouse,
    *,
    by: Annotated[list[str], Field(description="Dimensions to look at; empty looks at all of them.")] = [],
    where: Annotated[Where, Field(description='Filter: {"country": "Germany"}.')] = {},
    period: Annotated[
        str | None,
        Field(description="The stretch looked at; by default the last complete quarter and the one before it."),
    ] = None,
    before: Annotated[
        str | None, Field(description="The stretch that period is compared with; by default the one before it.")
    ] = None,
    effort: Annotated[
        dict[str, Literal["low", "medium", "high"]],
        Field(
            description='What you know of the effort: {"plan=Starter": "low", "plan=Growth, billing=monthly": "high"}.'
        ),
    ] = {},
    top: Annotated[int, Field(ge=1, le=MOST, description="Most segments to list.")] = 5,
) -> PrioritiesResult:
    """Rank what to look at first by impact, urgency and effort: segments that cost the whole most and get worse.

    Use it for "what should we look at first", "where do we lose most points", "what is most urgent". Impact is what the
    whole would gain if a segment stood where the rest stands: an upper mark, not a forecast. Effort is never guessed.
    """
    time = find_time(warehouse, scope(warehouse, where), period, before)
    known = efforts(warehouse, effort)
    found = Find(warehouse, time, dimensions(warehouse, by, time.rows, where))
    cell = dict(time.rows.where)
    sheet = FactSheet("priorities")
    tried = sheet.add("cuts_tried", found.tested, "cells", n=found.total.n, where=cell)
    whole = add_cell(sheet, found.total, cell)
    planned, could = _smallest_cost(sheet, found, cell)
    ranked = _ranked(found, known)
    told, withheld = _told(found, ranked, top)
    listed = _priorities(sheet, found, told)
    moved, moved_verdict = _whole_change(sheet, found)
    shown = [item.values for item in told]
    notes = [*time.notes, *_caveats(found, by, withheld), *unused_efforts(known, shown)]
    pair = time.stretches
    return PrioritiesResult(
        facts=sheet.facts,
        caveats=[*base_caveats(warehouse, found.total, [], found.search.whole.sampled), *notes],
        sql=found.search.sql,
        table=table(sheet, listed),
        chart=chart(sheet, listed),
        verdict=_verdict(listed),
        priorities=listed,
        left_out=max(len(ranked) - len(listed) - len(withheld), 0),
        nps=whole.fact,
        cuts_tried=tried.id,
        planned_share=planned,
        smallest_cost=could,
        after=pair.after.label if pair else None,
        before=pair.before.label if pair else None,
        whole_change=moved,
        whole_verdict=moved_verdict,
        urgency_unknown=time.unknown,
        effort_given=bool(known),
        assumed=assumptions(time, known, shown),
    )


@dataclass(frozen=True)
class Candidate:
    """A finding with what it is ranked by."""

    carrier: Carrier
    costed: Costed
    statement: int
    impact: Impact
    urgency: Urgency
    change: Change | None
    effort: Effort

    @property
    def values(self) -> Values:
        """The segment."""
        return self.carrier.item.values

    @property
    def place(self) -> tuple[int, int, int]:
        """What decides before the size of the cost does."""
        return _IMPACTS.index(self.impact), _URGENCIES[self.urgency], _EFFORTS[self.effort]


def _ranked(found: Find, known: Efforts) -> list[Candidate]:
    """All findings in their order."""
    segments = [(carrier.item.values, carrier.item.cell) for carrier in found.carriers]
    statement = len(found.search.sql) + 1
    made = costs(found.warehouse, found.time.rows, segments, found.total, found.search.sql)
    own = statement if len(found.search.sql) >= statement else None
    candidates = []
    for carrier, costed in zip(found.carriers, made, strict=True):
        change = found.changes.of(carrier.item.values) if found.changes else None
        candidates.append(
            Candidate(
                carrier,
                costed,
                own or found.search.statements[tuple(carrier.item.values)],
                _impact(carrier.item, costed),
                _urgency(change),
                change,
                effort_of(known, carrier.item.values),
            )
        )
    return sorted(candidates, key=lambda item: (item.place, -item.costed.cost.estimate))


def _impact(item: Judged, costed: Costed) -> Impact:
    if costed.cost.estimate <= 0:
        return "none now"
    if item.p_holm >= LEVEL or costed.cost.low <= 0:
        return "not clear"
    return "clear and large" if costed.cost.low >= LARGE else "clear"


def _urgency(change: Change | None) -> Urgency:
    if change is None:
        return "not known"
    if change.p_holm >= LEVEL:
        return "no clear change"
    return "worsening" if change.contrast.estimate < 0 else "improving"


def _told(found: Find, ranked: list[Candidate], top: int) -> tuple[list[Candidate], list[str]]:
    """The first that may stand beside each other, and those from which a small cell could be computed."""
    listing = Listing(found.search.singles, found.search.joint, found.warehouse.catalog.minimum_base.cell, pairs=True)
    told: list[Candidate] = []
    withheld = []
    for item in ranked:
        if len(told) == top:
            break
        if listing.add(item.values):
            told.append(item)
        else:
            withheld.append(where_text(item.values))
    return told, withheld


def _priorities(sheet: FactSheet, found: Find, told: list[Candidate]) -> list[Priority]:
    listed: list[Priority] = []
    first = 0
    for at, item in enumerate(told):
        head = told[first]
        tied = at > 0 and item.place == head.place and item.costed.cost.high >= head.costed.cost.low
        first = first if tied else at
        listed.append(_priority(sheet, found, item, first + 1, tied))
    return listed


def _priority(sheet: FactSheet, found: Find, item: Candidate, rank: int, tied: bool) -> Priority:
    judged = item.carrier.item
    where, test = judged.cells.where(judged.cell, found.time.rows), judged.test
    n, against = judged.cell.n, where | {"against": "rest"}
    sheet.statement = found.search.statements[tuple(item.values)]
    level = add_cell(sheet, judged.cell, where)
    gap = sheet.add("nps_difference", test.estimate, "points", n=n, low=test.low, high=test.high, where=against)
    sheet.add("p_value_holm", judged.p_holm, "p-value", n=n, where=against)
    sheet.statement = item.statement
    cost, share = item.costed.cost, item.costed.share
    lost = sheet.add(
        "cost_to_whole", cost.estimate, "points", n=found.total.n, low=cost.low, high=cost.high, where=against
    )
    part = sheet.add(
        "share_of_answers", share.estimate, "share", n=found.total.n, low=share.low, high=share.high, where=where
    )
    trial = sheet.add(
        "smallest_detectable_difference", _trial(judged), "points", n=n, where=where | {"test": "experiment"}
    )
    change = _change(sheet, found, item)
    sheet.add(
        "priority", f"rank {rank}: impact {item.impact}, {item.urgency}, effort {item.effort}", "text", where=where
    )
    return Priority(
        rank=rank,
        segment=where_text(item.values),
        where=where,
        impact=item.impact,
        cost=lost.id,
        nps=level.fact,
        difference=gap.id,
        p_holm=judged.p_holm,
        share=part.id,
        urgency=item.urgency,
        change=change,
        change_p_holm=item.change.p_holm if item.change else None,
        effort=item.effort,
        tied=tied,
        covered=[Covered(segment=where_text(values), relation=kind) for kind, values in item.carrier.covered],
        experiment=trial.id,
        experiment_shows_gap=_trial(judged) <= abs(test.estimate),
    )


def _change(sheet: FactSheet, found: Find, item: Candidate) -> str | None:
    """The change and its p-value as facts."""
    if item.change is None or found.time.stretches is None:
        return None
    sheet.statement = item.change.statement
    cell = {**found.time.unlimited.where, **item.values}
    return _change_fact(sheet, item.change, found.time.stretches, cell, "p_value_holm", item.change.p_holm)


def _change_fact(sheet: FactSheet, change: Change, pair: Stretches, cell: Values, name: str, p_value: float) -> str:
    where = {**cell, PERIOD: pair.after.label, "against": pair.before.label}
    told, n = change.contrast, change.n
    low, high = max(told.low, -200.0), min(told.high, 200.0)
    fact = sheet.add("nps_difference", told.estimate, "points", n=n, low=low, high=high, where=where)
    sheet.add(name, p_value, "p-value", n=n, where=where)
    return fact.id


def _whole_change(sheet: FactSheet, found: Find) -> tuple[str | None, Verdict | None]:
    if found.changes is None or found.changes.whole is None or found.time.stretches is None:
        return None, None
    change, cell = found.changes.whole, dict(found.time.unlimited.where)
    sheet.statement = change.statement
    fact = _change_fact(sheet, change, found.time.stretches, cell, "p_value", change.contrast.p_value)
    if change.contrast.p_value >= LEVEL:
        return fact, "no clear difference"
    return fact, "higher" if change.contrast.estimate > 0 else "lower"


def _trial(judged: Judged) -> float:
    """What an experiment within the segment shows, with as many answers as there are now, half in either arm."""
    cell = judged.cell
    _level, variance = observed(cell.counts.adjusted(design_effect=cell.design_effect))
    arm = cell.n / 2 / cell.design_effect + PSEUDO_ANSWERS
    return min(smallest_detectable(100 * math.sqrt(2 * variance / arm)), 200.0)


def _smallest_cost(sheet: FactSheet, found: Find, where: Values) -> tuple[str, str]:
    total, cell = found.total, where | {"test": "smallest cost"}
    _level, variance = observed(total.counts.adjusted(design_effect=total.design_effect))
    points = smallest_cost(variance, QUARTER, total.n, tests=found.tested, design_effect=total.design_effect)
    share = sheet.add("share_of_answers", QUARTER, "share", n=total.n, where=cell)
    return share.id, sheet.add("smallest_detectable_cost", points, "points", n=total.n, where=cell).id


def _verdict(listed: list[Priority]) -> str:
    if not listed:
        return "nothing stands out"
    told = [f"{item.rank}. {item.segment} ({item.impact}, {item.urgency}, effort {item.effort})" for item in listed]
    return "; ".join(told) + ("; equal ranks cannot be told apart" if any(item.tied for item in listed) else "")


def _caveats(found: Find, by: list[str], withheld: list[str]) -> list[str]:
    base, small = found.base, found.warehouse.catalog.minimum_base.cell
    said = [
        f"{found.tested:,} cells with at least {base} answers were tested; impact is called clear after Holm's "
        "adjustment for all of them, the others are only worth a look (Benjamini-Hochberg, 5 %)."
    ]
    if found.skipped_pairs:
        said.append(f"{found.skipped_pairs} pairs of dimensions were not looked at; name fewer with by for others.")
    if not by:
        said += ratings_caveat(found.warehouse.catalog, found.names)
    if withheld:
        named = "; ".join(withheld[:3]) + (" and others" if len(withheld) > 3 else "")
        said.append(f"Not listed, because a cell with fewer than {small} answers could be computed from it: {named}.")
    return said
