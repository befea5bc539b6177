"""The windows of an impact study cut into calendar periods, each with enough answers of both groups."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from tools.cause.impact_design import AFTER, BEFORE, CONTROL, DAY, EARLIER, EXPOSED, Design
from tools.outcome import Outcome
from tools.scope import Axis, Scope
from tools.shown import where_text
from warehouse.errors import MissingDataError, NpsError
from warehouse.periods import Grain, Period, bucket_end, buckets_between, span
from warehouse.workspace import Warehouse

MAX_BLOCKS = 120
DAYS: dict[Grain, float] = {"day": 1, "week": 7, "month": 30.4375, "quarter": 91.3125, "year": 365.25}


@dataclass(frozen=True)
class Block:
    """A stretch of one window with the answers of either group in it."""

    start: dt.date
    end: dt.date
    side: str
    """earlier, before or after."""
    n: dict[str, int]

    @property
    def label(self) -> str:
        """Its name in the calendar, or its two days."""
        return span(self.start, self.end).label

    @property
    def middle(self) -> float:
        """Its middle as a day number."""
        return (self.start.toordinal() + self.end.toordinal()) / 2

    def with_(self, other: Block) -> Block:
        """Both together."""
        n = {group: self.n[group] + other.n[group] for group in self.n}
        return Block(min(self.start, other.start), max(self.end, other.end), self.side, n)


@dataclass(frozen=True)
class Blocks:
    """All stretches in order of time, and the answers of the four cells."""

    grain: Grain
    blocks: list[Block]
    n: dict[tuple[str, str], int]
    """(group, before or after) → answers with the outcome."""
    sql: str

    def within(self, rows: Scope) -> Scope:
        """The rows that lie in a block: what was too small at the far end is in none."""
        since = f"responded_at >= TIMESTAMP '{self.blocks[0].start} 00:00:00'"
        return Scope([*rows.conditions, since], [*rows.columns, "responded_at"], dict(rows.where), rows.period)

    @property
    def before(self) -> list[Block]:
        """Those before the event, earlier ones included."""
        return [block for block in self.blocks if block.side != AFTER]

    def axis(self) -> Axis:
        """Which block an answer lies in, as b000, b001, …"""
        return _axis([(block.start, block.end) for block in self.blocks])

    def key(self, at: int) -> str:
        """The label of a block on that axis."""
        return f"b{at:03}"


def _axis(stretches: Sequence[tuple[dt.date, dt.date]]) -> Axis:
    cases = [
        f"WHEN responded_at < TIMESTAMP '{end + DAY} 00:00:00' THEN 'b{at:03}'"
        for at, (_start, end) in enumerate(stretches)
    ]
    return Axis("block", f"CASE {' '.join(cases)} END", ("responded_at",))


def choose_grain(design: Design) -> Grain:
    """Months for half a year to three years, quarters beyond, weeks and days for less."""
    days = sum((end - start).days + 1 for start, end in (design.before.closed(), design.after.closed()))
    return "quarter" if days > 1200 else "month" if days >= 120 else "week" if days >= 35 else "day"


def count_blocks(warehouse: Warehouse, design: Design, outcome: Outcome, grain: Grain | None) -> Blocks:
    """Count each group in each calendar period; periods with too few answers are joined with their neighbours."""
    unit = grain or choose_grain(design)
    stretches = [(side, part) for side, window in _windows(design) for part in _cut(window, unit)]
    if len(stretches) > MAX_BLOCKS:
        raise NpsError(f"That is {len(stretches)} periods of one {unit}; choose a coarser grain or shorter windows.")
    block, rows = _axis([part for _side, part in stretches]), design.study_scope
    columns = [*rows.columns, *outcome.columns, *design.group.columns, "responded_at"]
    sql = (
        f"SELECT {design.group.sql} AS a0, {block.sql} AS a1, count(*) AS n FROM {warehouse.relation(columns)}"
        f"{rows.sql(f'({outcome.sql}) IS NOT NULL')} GROUP BY 1, 2"
    )
    found = {(row[0], row[1]): int(row[2]) for row in warehouse.run(sql).rows}
    groups = [EXPOSED, CONTROL] if design.control else [EXPOSED]
    cut = [
        Block(*part, side, {group: found.get((group, f"b{at:03}"), 0) for group in groups})
        for at, (side, part) in enumerate(stretches)
    ]
    n = {(group, side): sum(b.n[group] for b in cut if b.side == side) for group in groups for side in (BEFORE, AFTER)}
    minimum = warehouse.catalog.minimum_base
    base = minimum.cell if grain else max(minimum.cell, minimum.ranking)
    earlier, *sides = [
        _joined([b for b in cut if b.side == side], base, DAYS[unit] / 2, outwards=side != AFTER)
        for side in (EARLIER, BEFORE, AFTER)
    ]
    if earlier and min(earlier[0].n.values()) < base:
        small, earlier, before = earlier[0], earlier[1:], sides[0]
        if not earlier and min(before[0].n.values()) < base:  # both too small: together
            sides[0] = [before[0].with_(small), *before[1:]]
    return Blocks(unit, [block for side in (earlier, *sides) for block in side], n, sql)


def _windows(design: Design) -> list[tuple[str, Period]]:
    earlier = [(EARLIER, design.history)] if design.history else []
    return [*earlier, (BEFORE, design.before), (AFTER, design.after)]


def _cut(window: Period, grain: Grain) -> list[tuple[dt.date, dt.date]]:
    """The calendar periods of a window, the first and last as far as they lie in it."""
    start, end = window.closed()
    parts = []
    for label in buckets_between(start, end, grain):
        last = min(bucket_end(label), end)
        parts.append((start, last))
        start = last + DAY
    return parts


def _joined(blocks: list[Block], base: int, days: float, *, outwards: bool) -> list[Block]:
    """From the event outwards; what is left at the far end joins the last one.

    The first days of a month before an event would be a poor reference for all the others: a part of a period that is
    shorter than `days` joins its neighbour too.
    """
    ordered = blocks[::-1] if outwards else blocks
    done: list[Block] = []
    open_: Block | None = None
    for block in ordered:
        open_ = block if open_ is None else open_.with_(block)
        if min(open_.n.values()) >= base and (open_.end - open_.start).days + 1 >= days:
            done, open_ = [*done, open_], None
    if open_ is not None:
        done = [*done[:-1], done[-1].with_(open_)] if done else [open_]
    return done[::-1] if outwards else done


def refuse_small(warehouse: Warehouse, design: Design, blocks: Blocks, outcome: Outcome) -> None:
    """Every cell of the comparison needs the minimum base."""
    base = warehouse.catalog.minimum_base.cell
    periods = dict(_windows(design))
    if not any(blocks.n.values()):
        raise MissingDataError(
            f"No answer from {design.before.label} or {design.after.label} that fits has the outcome {outcome.name!r}; "
            "choose another outcome, filter or window."
        )
    for (group, side), n in blocks.n.items():
        if n < base:
            few = "no answers" if n == 0 else f"fewer than {base} answers"
            raise MissingDataError(
                f"There are {few} for {where_text(design.where(group, periods[side]))}; an impact needs at least "
                f"{base} in each group before and after the event."
            )


def empty_side(blocks: Blocks) -> bool:
    """True when one of the windows holds no answer of any group."""
    return any(sum(n for (_group, at), n in blocks.n.items() if at == side) == 0 for side in (BEFORE, AFTER))
