"""Who was exposed to what and when: the event, the two groups and the two windows of an impact study."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from tools.scope import MISSING, PERIOD, Axis, Scope, Where, axis, beside_calendar, limit, need_dates, period_of, scope
from tools.shown import where_text
from warehouse.catalog import BusinessEvent
from warehouse.errors import MissingDataError, NpsError, UnknownNameError
from warehouse.periods import Period, PeriodError, previous, shift_months, span
from warehouse.workspace import Warehouse

EXPOSED, CONTROL = "exposed", "control"
EARLIER, BEFORE, AFTER = "earlier", "before", "after"
DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Event:
    """What happened when."""

    date: dt.date
    name: str | None = None
    affects: dict[str, list[str]] | None = None
    spares: dict[str, list[str]] | None = None


@dataclass(frozen=True)
class Design:
    """The rows of a study and how they fall into groups and windows."""

    event: Event
    rows: Scope
    """The filter that holds for everybody."""
    exposed: Scope
    control: Scope | None
    """None where everybody was exposed, or nobody knows who."""
    before: Period
    after: Period
    chosen: bool
    """True when npsight chose the windows."""
    span: tuple[dt.date, dt.date]
    """First and last day with answers."""

    @property
    def group(self) -> Axis:
        """The answer's group; NULL for those in neither."""
        cases = [(EXPOSED, self.exposed), *([(CONTROL, self.control)] if self.control else [])]
        sql = " ".join(f"WHEN {_all(side)} THEN '{name}'" for name, side in cases)
        columns = [column for _name, side in cases for column in side.columns]
        return Axis("group", f"CASE {sql} END", tuple(dict.fromkeys(columns)))

    @property
    def window(self) -> Axis:
        """Before or after the event."""
        sql = f"CASE WHEN responded_at < TIMESTAMP '{self.event.date} 00:00:00' THEN '{BEFORE}' ELSE '{AFTER}' END"
        return Axis("window", sql, ("responded_at",))

    @property
    def scope(self) -> Scope:
        """All answers of either group in either window."""
        return self._in(self.before, self.after)

    @property
    def study_scope(self) -> Scope:
        """The same with the time before the window before, which tells whether the groups moved alike."""
        return self._in(self.past, self.after)

    @property
    def history(self) -> Period | None:
        """Up to two windows more before the window before, where npsight chose that."""
        start, _end = self.before.closed()
        if not self.chosen or start <= self.span[0]:
            return None
        try:
            earliest = previous(previous(self.before)).closed()[0]
        except PeriodError:
            earliest = self.span[0]
        return span(max(earliest, self.span[0]), start - DAY)

    @property
    def past(self) -> Period:
        """All the time before the event that is looked at."""
        return span(self.history.start, self.before.end) if self.history else self.before

    def _in(self, *periods: Period) -> Scope:
        windows = " OR ".join(f"({_within(period)})" for period in periods)
        sides = " OR ".join(_all(side) for side in (self.exposed, self.control) if side)
        return Scope(
            [*self.rows.conditions, f"({windows})", f"({sides})"],
            [*self.rows.columns, "responded_at", *self.group.columns],
            dict(self.rows.where),
        )

    def where(self, group: str, period: Period | None = None) -> dict[str, str]:
        """A cell as facts show it."""
        side = self.control if group == CONTROL and self.control else self.exposed
        own = {**self.rows.where, **side.where}
        return own if period is None else {**own, PERIOD: period.label}

    def contrast_where(self) -> dict[str, str]:
        """The whole comparison as facts show it."""
        against = {"control": self.words(CONTROL)} if self.control else {}
        return {**self.where(EXPOSED, self.after), "before": self.before.label, **against, **self.dated}

    @property
    def dated(self) -> dict[str, str]:
        """The event's date as facts show it."""
        return {"event_date": str(self.event.date)}

    def words(self, group: str) -> str:
        """A group in words."""
        side = self.control if group == CONTROL else self.exposed
        return where_text(side.where) if side is not None else ""

    def widened(self) -> Design:
        """The same with all the data before and after the event."""
        before, after = span(self.span[0], self.event.date - DAY), span(self.event.date, self.span[1])
        return replace(self, before=before, after=after)


def _all(side: Scope) -> str:
    return f"({' AND '.join(side.conditions) or 'TRUE'})"


def _within(period: Period) -> str:
    start, end = period.closed()
    return f"responded_at >= TIMESTAMP '{start} 00:00:00' AND responded_at < TIMESTAMP '{end + DAY} 00:00:00'"


def make_design(
    warehouse: Warehouse,
    event_date: str | None,
    exposed: Where,
    control: Where,
    before: str | None,
    after: str | None,
    where: Where,
) -> Design:
    """Read the arguments; whatever contradicts itself or the data is refused."""
    first, last = data_span(warehouse)
    event = find_event(warehouse, event_date, after)
    if event.date > last:
        raise NpsError(
            f"The event of {event.date} lies after the last answer ({last}); there is nothing after it to look at yet."
        )
    if event.date <= first:
        raise NpsError(f"The event of {event.date} lies before the first answers ({first}); there is no before to it.")
    windows = _windows(warehouse, event.date, before, after, (first, last))
    rows = scope(warehouse, where)
    beside_calendar(rows)
    by_catalog = not exposed and not control
    spared: Where = {name: [*values] for name, values in (event.spares or {}).items()} if by_catalog else {}
    one, other = _groups(warehouse, exposed or _affected(event, control), control or spared)
    return Design(event, rows, one, other, *windows, before is None and after is None, (first, last))


def data_span(warehouse: Warehouse) -> tuple[dt.date, dt.date]:
    """First and last day with answers."""
    as_of = need_dates(warehouse, "The impact of an event")
    dates = warehouse.catalog.times["responded_at"]
    return dates.first or as_of, dates.last or as_of


def refuse_empty_period(warehouse: Warehouse, text: str) -> None:
    """A stretch of time without a single answer is a slip, whatever the filter."""
    period = period_of(warehouse, text)
    rows = Scope()
    limit(rows, period)
    if not warehouse.run(f"SELECT count(*) FROM responses{rows.sql()}").rows[0][0]:
        first, last = data_span(warehouse)
        raise MissingDataError(f"The period {text!r} holds no answers; this data has answers from {first} to {last}.")


def find_event(warehouse: Warehouse, text: str | None, after: str | None) -> Event:
    """A date, the name of a business event, the only one there is, or the start of the window after."""
    events = warehouse.catalog.events
    if text is None and after is not None:
        start = period_of(warehouse, after).start
        if start is not None:
            return Event(start)
    if text is None:
        if len(events) == 1:
            ((name, only),) = events.items()
            return _event(name, only)
        known = f" or one of the events {', '.join(events)}" if events else ""
        raise NpsError(f"impact needs to know when it happened: give event_date, a date such as 2025-07-01{known}.")
    wanted = _folded(text)
    for name, known_event in events.items():
        if wanted in {_folded(name), *(_folded(word) for word in known_event.synonyms)}:
            return _event(name, known_event)
    for name, known_event in events.items():
        if text.strip() == str(known_event.date) and sum(e.date == known_event.date for e in events.values()) == 1:
            return _event(name, known_event)
    try:
        start = period_of(warehouse, text).start
    except PeriodError:
        raise UnknownNameError("event", text, events, "A date such as 2025-07-01 will do as well") from None
    if start is None:
        raise NpsError(f"The event date {text!r} has no first day; give one, such as 2025-07-01.")
    return Event(start)


def _event(name: str, event: BusinessEvent) -> Event:
    return Event(event.date, name, dict(event.affects), dict(event.spares))


def _folded(text: str) -> str:
    return " ".join(text.replace("_", " ").casefold().split())


def _affected(event: Event, control: Where) -> Where:
    """Whom the catalog says the event touched; a control group of the caller's own leaves that to them."""
    return {} if control else {name: [*values] for name, values in (event.affects or {}).items()}


def _groups(warehouse: Warehouse, exposed: Where, control: Where) -> tuple[Scope, Scope | None]:
    if not exposed and not control:
        return Scope(), None
    one = scope(warehouse, exposed) if exposed else everybody_else(warehouse, control)
    other = scope(warehouse, control) if control else everybody_else(warehouse, exposed)
    for side in (one, other):
        beside_calendar(side)
    return one, other


def everybody_else(warehouse: Warehouse, group: Where) -> Scope:
    """All but a group; those of whom it is not known (a missing value) belong to neither side."""
    own = scope(warehouse, group)
    known = [f"{axis(warehouse, name).sql} <> '{MISSING}'" for name in group if MISSING not in _named(own, name)]
    where = {name: f"not {value}" for name, value in own.where.items()}
    return Scope([f"NOT ({' AND '.join(own.conditions)})", *known], list(own.columns), where)


def _named(own: Scope, name: str) -> str:
    return next((value for key, value in own.where.items() if key.casefold() == name.casefold()), "")


def _windows(
    warehouse: Warehouse, event: dt.date, before: str | None, after: str | None, data: tuple[dt.date, dt.date]
) -> tuple[Period, Period]:
    first, last = data
    earlier, later = default_windows(event, first, last)
    if before is not None:
        asked = period_of(warehouse, before)
        start, end = max(asked.start or first, first), asked.end or event - DAY
        if end >= event:
            raise NpsError(f"The window before ({before}) reaches to or past the event of {event}; end it sooner.")
        if start > end:
            raise MissingDataError(f"The window before ({before}) lies before the first answers ({first}).")
        earlier = span(start, end)
    if after is not None:
        asked = period_of(warehouse, after)
        start, end = asked.start or event, min(asked.end or last, last)
        if start < event:
            raise NpsError(f"The window after ({after}) begins before the event of {event}; begin it there or later.")
        if start > end:
            raise MissingDataError(f"The window after ({after}) lies after the last answers ({last}).")
        later = span(start, end)
    return earlier, later


def default_windows(event: dt.date, first: dt.date, last: dt.date) -> tuple[Period, Period]:
    """As long before as after, within the data; whole months where the longest such window is made of them."""
    after = span(event, last)
    try:
        before = previous(after)
    except PeriodError:
        before = span(first, event - DAY)
    if before.start is not None and before.start >= first:
        return before, after
    before = span(first, event - DAY)
    months = (event.year - first.year) * 12 + event.month - first.month
    whole = shift_months(first, months) == event
    end = shift_months(event, months) - DAY if whole else event + (event - first) - DAY
    return before, span(event, min(end, last))


def names_of(sides: Sequence[Scope | None]) -> set[str]:
    """The dimensions that define the groups."""
    return {name for side in sides if side is not None for name in side.where}
