"""The two stretches of time whose change says what is urgent, and the tested changes of segments between them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

from tools.cells import count_cells
from tools.moments import Moments, cell_moments
from tools.outcome import find_outcome
from tools.scope import Axis, Scope, axis, limit, period_of
from tools.stats.contrasts import Contrast
from tools.stats.multiplicity import holm
from warehouse.engine import quoted
from warehouse.errors import NpsError
from warehouse.periods import Period, last_complete, previous, span
from warehouse.workspace import Warehouse

AFTER, BEFORE = "after", "before"
ENOUGH = 200
"""Answers in each of the two quarters; with fewer the halves of the whole span are compared."""
SHORTEST = 14
"""Days that a span needs to be halved."""
Values = dict[str, str]


@dataclass(frozen=True)
class Stretches:
    """The later and the earlier stretch."""

    after: Period
    before: Period

    @property
    def axis(self) -> Axis:
        """Which of the two an answer was given in."""
        told = f"CASE WHEN {_within(self.after)} THEN '{AFTER}' WHEN {_within(self.before)} THEN '{BEFORE}' END"
        return Axis("stretch", told, ("responded_at",))

    def limited(self, rows: Scope) -> Scope:
        """The answers of either stretch."""
        either = f"({_within(self.after)} OR {_within(self.before)})"
        return Scope([*rows.conditions, either], [*rows.columns, "responded_at"], dict(rows.where))


@dataclass
class Time:
    """What is looked at, and what is compared."""

    rows: Scope
    """The answers whose whole would gain."""
    unlimited: Scope
    """The same filter without a period."""
    stretches: Stretches | None
    unknown: str = ""
    """Why there is nothing to compare."""
    notes: list[str] = field(default_factory=list)


def find_time(warehouse: Warehouse, rows: Scope, period: str | None, before: str | None) -> Time:
    """The stretches: those asked for, else the last complete quarter and the one before, else halves of the span."""
    unlimited = Scope(list(rows.conditions), list(rows.columns), dict(rows.where))
    if before is not None and period is None:
        raise NpsError(f"before = {before!r} needs the period that it comes before; give period too.")
    if period is not None:
        asked = period_of(warehouse, period)
        limit(rows, asked)
        earlier = period_of(warehouse, before) if before is not None else None
        return Time(rows, unlimited, *_beside(warehouse, asked, earlier))
    dates = warehouse.catalog.times.get("responded_at")
    as_of = warehouse.catalog.as_of
    if dates is None or dates.first is None or dates.last is None or as_of is None:
        return Time(rows, unlimited, None, "the answers carry no dates")
    after = last_complete(as_of, "quarter")
    pair = Stretches(after, previous(after))
    if _covered(pair.before, dates.first) and _enough(warehouse, pair, rows):
        window = span(pair.before.start, after.end)
        limit(rows, window)
        newer = after.end is not None and after.end < dates.last
        left = f"Answers after {after.label} are not looked at: their quarter is not complete."
        return Time(rows, unlimited, pair, notes=[left] if newer else [])
    return Time(rows, unlimited, *_halves(dates.first, dates.last))


def _beside(warehouse: Warehouse, asked: Period, earlier: Period | None) -> tuple[Stretches | None, str]:
    """A period with the one before it, where the data reaches so far back, else its halves."""
    dates = warehouse.catalog.times["responded_at"]
    first, last = dates.first, dates.last
    if first is None or last is None:
        return None, "the answers carry no dates"
    after = span(max(asked.start or first, first), min(asked.end or last, last)) if asked.start or asked.end else asked
    whole = asked if asked.start and asked.end else span(asked.start or first, asked.end or last)
    if earlier is not None:
        closed = span(earlier.start or first, earlier.end or last)
        if whole.start is None or closed.end is None or closed.end >= whole.start:
            raise NpsError(f"before = {earlier.label!r} must end before the period {asked.label!r} begins.")
        return Stretches(whole, closed), ""
    try:
        closed = previous(whole)
    except NpsError:
        return _halves(first, last)
    if _covered(closed, first):
        return Stretches(whole, closed), ""
    start, end = after.start or first, after.end or last
    return _halves(start, end)


def _covered(period: Period, first: dt.date) -> bool:
    """True where the data misses no more than a tenth of the period."""
    start, end = period.closed()
    return (first - start).days <= 0.1 * ((end - start).days + 1)


def _enough(warehouse: Warehouse, pair: Stretches, rows: Scope) -> bool:
    found = count_cells(warehouse, [pair.axis], pair.limited(rows))
    return len(found.cells) == 2 and all(cell.n >= ENOUGH for cell in found.cells)


def _halves(start: dt.date, end: dt.date) -> tuple[Stretches | None, str]:
    days = (end - start).days + 1
    if days < SHORTEST:
        return None, f"the answers span fewer than {SHORTEST} days"
    middle = start + dt.timedelta(days=days // 2)
    return Stretches(span(middle, end), span(start, middle - dt.timedelta(days=1))), ""


def _within(period: Period) -> str:
    start, end = period.closed()
    until = end + dt.timedelta(days=1)
    return f"(responded_at >= TIMESTAMP '{start} 00:00:00' AND responded_at < TIMESTAMP '{until} 00:00:00')"


@dataclass(frozen=True)
class Change:
    """A segment's change between the stretches."""

    contrast: Contrast
    n: int
    statement: int
    p_holm: float = 1.0
    relative: Contrast | None = None
    """The change beyond that of the rest."""
    relative_p: float = 1.0


@dataclass
class Changes:
    """The changes of all single values and of the pairs that are candidates, adjusted together."""

    warehouse: Warehouse
    rows: Scope
    stretches: Stretches
    base: int
    sql: list[str]
    whole: Change | None = None
    found: dict[tuple[tuple[str, str], ...], Change] = field(default_factory=dict)

    def of(self, values: Values) -> Change | None:
        """The change of a segment, None where a stretch has too few answers of it."""
        return self.found.get(tuple(values.items()))

    def measure(self, names: Iterable[str], pairs: Iterable[Values]) -> None:
        """All changes, then Holm's adjustment over the segments."""
        self.whole = self._one(self._moments([]), ())
        for name in names:
            moments = self._moments([axis(self.warehouse, name)])
            for value in dict.fromkeys(key[0] for key in moments.keys):
                self._keep({name: value}, self._one(moments, (value,)))
        for values in pairs:
            self._keep(values, self._one(self._moments([_flag(self.warehouse, values)]), ("in",)))
        adjusted = holm([change.contrast.p_value for change in self.found.values()])
        beyond = holm([change.relative.p_value if change.relative else 1.0 for change in self.found.values()])
        for (key, change), p_holm, relative_p in zip(list(self.found.items()), adjusted, beyond, strict=True):
            self.found[key] = Change(change.contrast, change.n, change.statement, p_holm, change.relative, relative_p)

    def _keep(self, values: Values, change: Change | None) -> None:
        if change is not None:
            self.found[tuple(values.items())] = change

    def _moments(self, split: list[Axis]) -> Moments:
        axes = [*split, self.stretches.axis]
        moments = cell_moments(self.warehouse, axes, self.stretches.limited(self.rows), find_outcome(self.warehouse))
        self.sql += moments.sql
        return moments

    def _one(self, moments: Moments, value: tuple[str, ...]) -> Change | None:
        """After minus before, by t with the customers of the smaller cell less one as degrees of freedom."""
        ends = [moments.at(*value, label) for label in (AFTER, BEFORE)]
        if None in ends or not all(moments.n[at] >= self.base and moments.customers[at] > 2 for at in ends):
            return None
        after, before = (int(at) for at in ends if at is not None)
        df = float(min(moments.customers[after], moments.customers[before]) - 1)
        statement = len(self.sql) - len(moments.sql) + 1
        change = moments.contrast({after: 1.0, before: -1.0}, df)
        n = int(moments.n[after] + moments.n[before])
        return Change(change, n, statement, relative=_beyond(moments, value, after, before, df))


def _beyond(moments: Moments, value: tuple[str, ...], after: int, before: int, df: float) -> Contrast | None:
    """The change less that of everybody else; a cell of one customer says nothing and is left out."""
    weights = {after: 1.0, before: -1.0}
    for label, sign in ((AFTER, -1.0), (BEFORE, 1.0)):
        rest = [
            i
            for i, key in enumerate(moments.keys)
            if key[-1] == label and key[:-1] != value and moments.customers[i] > 1
        ]
        answers = float(sum(moments.n[i] for i in rest))
        if not answers:
            return None
        weights |= {i: sign * float(moments.n[i]) / answers for i in rest}
    return moments.contrast(weights, df)


def _flag(warehouse: Warehouse, values: Values) -> Axis:
    """In the segment or out of it."""
    told, columns = condition(warehouse, values)
    return Axis("segment", f"CASE WHEN {told} THEN 'in' ELSE 'out' END", columns)


def condition(warehouse: Warehouse, values: Values) -> tuple[str, tuple[str, ...]]:
    """A segment as SQL, with the columns that it reads."""
    split = [(axis(warehouse, name), value) for name, value in values.items()]
    told = " AND ".join(f"{on.sql} = {quoted(value)}" for on, value in split)
    return told, tuple(column for on, _value in split for column in on.columns)
