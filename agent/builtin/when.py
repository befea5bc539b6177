"""The time of a question: a period, two periods to compare, a grain."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from dataclasses import dataclass, field

from agent.builtin.frame import Refusal
from agent.builtin.reading import Reading
from agent.builtin.timewords import TimeMention
from warehouse.catalog import Catalog
from warehouse.periods import Grain, Period, a_year_before, last_complete, parse_period, previous, span

_ONE_PERIOD = [
    "ask_breaks",
    "ask_season",
    "ask_quotes",
    "ask_themes",
    "ask_reasons",
    "ask_sentiment",
    "ask_cost",
    "ask_retention",
    "ask_distribution",
    "ask_nonresponse",
    "ask_cohorts",
    "ask_experiment",
    "ask_matched",
    "records",
]
"""What is told of one stretch of time, so that "between March and May" is one."""


_COMPARING = ("why", "fell", "rose", "moved", "compare", "higher", "lower", "impact")
_TOGETHER = re.compile(
    r"\b(?:together|combined|altogether|jointly|pooled|taken as one|as one|in (?:total|all)|put together)\b",
    re.IGNORECASE,
)


@dataclass
class When:
    """Time as a question gives it; periods are in the argument convention."""

    period: str | None = None
    before: str | None = None
    after: str | None = None
    grain: Grain | None = None
    event: str | None = None
    versus: TimeMention | None = None
    read_as: list[str] = field(default_factory=list)

    def around(self, event: str, catalog: Catalog) -> tuple[str, str]:
        """Equally long stretches before and after an event, up to the as-of date."""
        as_of, date = catalog.as_of, catalog.events[event].date
        dates = catalog.times.get("responded_at")
        if as_of is None or dates is None or dates.first is None:
            raise Refusal("declined", "The answers carry no dates, so nothing can be compared before and after.")
        if date > as_of or date <= dates.first:
            raise Refusal(
                "declined", f"{event} ({date}) lies outside the data, which runs from {dates.first} to {as_of}."
            )
        after = self._after(event, date, as_of)
        before = previous(span(date, after.end))
        if before.start is not None and before.start < dates.first:
            before = span(dates.first, date - dt.timedelta(days=1))
        return before.label, after.label

    def _after(self, event: str, date: dt.date, as_of: dt.date) -> Period:
        """From the event on; a period that the question names after it, from its own first day."""
        if self.period is None:
            return span(date, as_of)
        named = parse_period(self.period, as_of=as_of)
        start, end = named.start or date, named.end or as_of
        if start <= date <= end or (named.end is None and start <= date):
            return span(date, as_of)
        raise Refusal(
            "declined",
            f"I tell what {event.replace('_', ' ')} ({date}) did from that day on, not in {named.label} alone.",
        )

    def need_pair(self, catalog: Catalog, premise: str | None) -> None:
        """Two periods for a change: the named one against the one before it."""
        if self.period is None or catalog.as_of is None:
            moved = {"fell": "fall", "rose": "rise"}.get(premise or "", "change")
            raise Refusal(
                "clarify",
                f"Between which two periods did NPS {moved}? For example: from one quarter to another.",
                recent_pairs(catalog),
            )
        named = parse_period(self.period, as_of=catalog.as_of)
        dates = catalog.times["responded_at"]
        if named.start is None or (dates.first is not None and named.start <= dates.first):
            raise Refusal(
                "clarify", f"{named.label} starts with the data, so there is nothing before it to compare with.", []
            )
        earlier = previous(_closed(named, catalog))
        if dates.first is not None and earlier.end is not None and earlier.end < dates.first:
            raise Refusal("clarify", f"There are no answers before {named.label} to compare with.", [])
        self.before, self.after = earlier.label, self.period
        self.read_as.append(f"{named.label} is compared with {earlier.label}, the period before it")


def _closed(period: Period, catalog: Catalog) -> Period:
    return period if period.end is not None else span(period.start, catalog.as_of)


def recent_pairs(catalog: Catalog) -> list[str]:
    """The newest complete quarter against the one before, and against the same a year before."""
    if catalog.as_of is None:
        return []
    last = parse_period("last quarter", as_of=catalog.as_of)
    return [f"from {previous(last).label} to {last.label}", f"from {a_year_before(last).label} to {last.label}"]


def find_when(reading: Reading, catalog: Catalog) -> When:
    """Sort the time mentions into period, pair and grain; Refusal where one cannot be used."""
    when = When()
    periods: list[TimeMention] = []
    for mention in reading.of("when"):
        time = mention.time
        if time is None:
            continue
        if time.kind == "ambiguous":
            raise Refusal("clarify", f"{time.read_as or mention.text}: which one do you mean?", list(time.alternatives))
        if time.kind == "outside":
            raise Refusal("declined", f"I have no answers for that: {time.read_as}.")
        if time.kind == "grain" and mention.clash:
            entry = mention.clash[0]
            other = f"for {entry.name} {entry.value}" if entry.kind == "value" else f"by the column {entry.name}"
            raise Refusal(
                "clarify",
                f"{mention.text!r} can be a calendar period or {entry.name} of the data. Which?",
                [f"by calendar {time.grain}", other],
            )
        if time.kind == "grain":
            when.grain = time.grain
        elif time.kind == "versus_previous" and re.search(r"\b(?:over|on|by)\b", mention.text.lower()):
            when.grain = time.grain  # "month over month" asks for all months, not for the last two
        elif time.kind in ("versus_previous", "versus_year_ago"):
            when.versus = time
        else:
            periods.append(time)
    when.event = next((time.event for time in periods if time.event), None)
    _place(when, periods, reading, catalog)
    if when.versus is not None:
        _against_earlier(when, catalog)
    when.read_as += [time.read_as for time in periods if _worth_saying(time)]
    return when


def _worth_saying(time: TimeMention) -> bool:
    """Say how a word was read when the reader could have meant another stretch of time."""
    return time.period is not None and not re.search(r"\d{4}", time.read_as.split(", read as")[0])


def _place(when: When, periods: list[TimeMention], reading: Reading, catalog: Catalog) -> None:
    periods = _without_repeats(periods, catalog)
    ends = {time.role for time in periods} == {"from", "to"}
    if len(periods) > 1 and not ends and _TOGETHER.search(reading.question) and not reading.has(*_COMPARING):
        when.period = _put_together(periods, catalog)
        return
    if len(periods) > 2:
        raise Refusal("clarify", "That names more than two periods; ask about one, or compare two.", [])
    if len(periods) == 1:
        when.period = periods[0].period
        return
    if not periods or catalog.as_of is None:
        return
    first, second = (parse_period(time.period or "", as_of=catalog.as_of) for time in periods)
    if first == second and any("last" in time.read_as.lower() for time in periods):
        second = a_year_before(first)  # "this August against last August"
    earlier, later = sorted((first, second), key=lambda p: (p.start or dt.date.min, p.end or dt.date.max))
    comparing = reading.has(*_COMPARING) or ({time.role for time in periods} == {"before", "after"})
    cabinet = reading.has(*_ONE_PERIOD)
    if {time.role for time in periods} == {"from", "to"} and (cabinet or not comparing):
        when.period = span(earlier.start, later.end).label
        return
    if earlier.end is not None and later.start is not None and earlier.end >= later.start:
        inside = later if _within(later, earlier) else earlier if _within(earlier, later) else None
        if inside is None or comparing:
            raise Refusal(
                "clarify", f"{earlier.label} and {later.label} overlap; which stretch of time do you mean?", []
            )
        when.period = inside.label
        return
    dates = catalog.times["responded_at"]
    if earlier.start is None:  # "before the price rise" begins with the data
        earlier = span(dates.first, earlier.end)
    when.before, when.after = earlier.label, _closed(later, catalog).label


def _without_repeats(periods: list[TimeMention], catalog: Catalog) -> list[TimeMention]:
    """ "Since the new design came on 10 March 2025" names one moment twice."""
    days = {str(catalog.events[time.event].date) for time in periods if time.event in catalog.events}
    return [time for time in periods if time.event or time.period not in days]


def _put_together(periods: list[TimeMention], catalog: Catalog) -> str:
    """ "November and December together": one stretch, where each begins as the one before it ends."""
    if catalog.as_of is None:
        raise Refusal("declined", "The answers carry no dates, so no stretch of time can be told.")
    found = sorted(
        (parse_period(time.period or "", as_of=catalog.as_of) for time in periods),
        key=lambda p: (p.start or dt.date.min, p.end or dt.date.max),
    )
    for one, other in itertools.pairwise(found):
        if one.end is None or other.start is None or other.start > one.end + dt.timedelta(days=1):
            raise Refusal(
                "clarify",
                f"{one.label} and {other.label} do not adjoin; I can give each of them.",
                [one.label, other.label],
            )
    return span(found[0].start, max(p.end or dt.date.max for p in found)).label


def _within(inner: Period, outer: Period) -> bool:
    return (inner.start or dt.date.min) >= (outer.start or dt.date.min) and (inner.end or dt.date.max) <= (
        outer.end or dt.date.max
    )


def _against_earlier(when: When, catalog: Catalog) -> None:
    if catalog.as_of is None:
        raise Refusal("declined", "The answers carry no dates, so no two periods can be compared.")
    grain = when.versus.grain if when.versus is not None and when.versus.grain else "month"
    year_ago = when.versus is not None and when.versus.kind == "versus_year_ago"
    if when.period is None and when.versus is not None and re.search(r"\bhalf\b", when.versus.read_as):
        when.period = last_complete(catalog.as_of, "half").label
    if when.period is None:
        grain = "quarter" if year_ago and (when.versus is None or when.versus.grain in (None, "year")) else grain
        when.period = parse_period(f"last {grain}", as_of=catalog.as_of).label
    named = _closed(parse_period(when.period, as_of=catalog.as_of), catalog)
    earlier = a_year_before(named) if year_ago else previous(named)
    when.before, when.after, when.period = earlier.label, named.label, None
    when.read_as.append(f"{named.label} is compared with {earlier.label}")


def levels_since(reading: Reading) -> bool:
    """ "Are A happier than B since the relaunch": two groups side by side in that stretch, no change."""
    times = [m.time for m in reading.of("when") if m.time is not None and m.time.kind != "grain"]
    if len(times) != 1 or times[0].role != "after" or times[0].event is None:
        return False
    moved = reading.has("impact", "moved", "why", "whom", "fell", "rose", "trend", "ask_did", "ask_matched")
    return (
        not moved and re.search(r"\bthan\b(?! (?:before|until|earlier)\b)", reading.question, re.IGNORECASE) is not None
    )


def alone_before(reading: Reading, *, compared: bool = False) -> bool:
    """True where the one time is "before the price rise": a stretch to look at; `compared`: "than before it"."""
    times = [m.time for m in reading.of("when") if m.time is not None and m.time.kind != "grain"]
    if len(times) != 1 or times[0].role != "before" or times[0].event is None:
        return False
    than = re.search(r"\b(?:than|as|from|like|what it was)\s*$", reading.question[: times[0].start], re.IGNORECASE)
    return (than is not None) is compared
