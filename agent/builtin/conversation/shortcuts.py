"""Follow-ups that say everything by themselves: "why?", "who is behind it?", "and before that?"."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Callable

from agent.builtin.conversation.merging import changed, refuse_timeless
from agent.builtin.conversation.returning import returning
from agent.builtin.conversation.talk import Focus, Talk, focus, need_frame
from agent.builtin.frame import Frame, Refusal
from agent.builtin.when import When, recent_pairs
from tools.measure.trend import TrendResult
from warehouse.catalog import Catalog
from warehouse.periods import Period, Unit, a_year_before, holding, parse_period, previous, shift

Shortcut = Callable[[Talk, re.Match[str]], Frame]

_IT = r"(?:it|that|this|they|them|those|these|the (?:drop|fall|rise|change|difference|decline|increase|gap|result))"
_WHY = (
    rf"(?:but )?(?:why|how come|why not|why so(?: \w+)?|why (?:is|was|are|were) {_IT}(?: so)?(?: \w+)?"
    r"|why (?:the|this|that) (?:drop|fall|rise|change|difference|decline|increase|gap)"
    rf"|why (?:did|does|do|has|have) {_IT} \w+(?: \w+)?|what (?:drove|drives|caused|causes|explains"
    rf"|made) {_IT}(?: happen)?"
    rf"|what(?:'s| is| was| lies)? behind {_IT}|what led to {_IT}|(?:for )?what(?:'s| is"
    rf"| are)? the reasons?(?: for {_IT})?"
    r"|(?:for )?what reasons?|any (?:idea|reason) why|what happened(?: there)?)"
)
_WHO = (
    rf"(?:and )?who(?:'s| is| was) behind {_IT}|who (?:drove|caused|moved|made) {_IT}|who moved|who (?:has )?changed"
    rf"|which (?:segments?|customers?|groups?) (?:are|is|were|was) behind {_IT}|which (?:segments?"
    rf"|groups?) (?:moved|changed"
    rf"|drove {_IT})|where does {_IT} come from"
)
_SURE = (
    rf"(?:is|was|are) {_IT}(?: difference| change| drop| rise| gap)? (?:even |really |actually |statistically |just )*"
    r"(?:significant|real|reliable|certain|clear|noise|chance|luck|enough|trustworthy|true)"
    rf"|how (?:sure|certain|confident|reliable|solid|safe|significant) (?:are you|are we"
    rf"|is {_IT})(?: (?:of|about) {_IT})?"
    rf"|are you (?:really )?(?:sure|certain)(?: about {_IT})?|can (?:i|we) (?:trust|rely on|believe) {_IT}|really"
    rf"|could {_IT} be (?:just )?(?:chance|noise|luck)|is it (?:just )?(?:chance|noise|luck)"
)
_SAY = (
    r"(?:(?:can you )?(?:show|tell|let|give|read) (?:me |us )?)?(?:hear )?what (?:they|these|those)(?: \w+)? "
    r"(?:say|said|write|wrote|are saying)|what do (?:they|these|those)(?: \w+)? (?:say|write)|in their own words"
    r"|(?:show|give|read) (?:me |us )?(?:some |a few |their )?(?:examples|their (?:comments|words|quotes))"
    r"|(?:any|some) examples|for example|like what"
)
_WHEN = rf"since when|when did {_IT} (?:start|begin|happen|change)|from when on|when was (?:that|it|this)"
_LOW = r"(?:at the bottom|worst|lowest|weakest|poorest|least happy|unhappiest|bottom)"
_HIGH = r"(?:on top|at the top|best|highest|strongest|happiest|most happy|top)"
_END = (
    rf"(?:and |but |so )*(?:what about |how about |who(?:'s| is| are) |(?:which|what|who) (?:one |ones )?(?:of "
    r"(?:these|those|them|the "
    r"(?:two|three|four|\w+s)) )?(?:is|was|are|has|had|have|gets|got) )?(?:the )?"
    rf"(?:(?P<low>{_LOW})|(?P<high>{_HIGH}))(?: (?:one|ones|performer|of (?:them|these|those|all)|nps|score"
    r"|figure|value|result))*"
)
_TOP = (
    r"(?:and )?(?:what about |show me |give me )?(?:the )?"
    rf"(?:(?P<low>bottom|{_LOW})|(?P<high>top|{_HIGH})) (?P<n>[2-9]|10)"
)
_TURNED = r"(?:and )?(?:the )?(?:other way (?:a)?round|other end|opposite|reverse|vice versa|conversely)"
_BEFORE = (
    r"(?:and |what about |how about )*"
    r"(?:(?P<back>before(?: (?:that|then|it))?|earlier(?: than that)?)|(?P<on>after(?: (?:that|then|it))?))"
)
_UNIT = (
    r"(?:and |what about |how about |in |for |during )*(?:(?:the )?(?:(?P<pre>previous|prior"
    r"|preceding) (?P<unit>day|week"
    r"|month|quarter|year)|(?P<unit2>day|week|month|quarter|year) (?:before(?: that)?|earlier|prior))"
    r"|one (?P<unit3>day|week|month|quarter|year) (?:before|earlier)"
    r"|(?:the )?(?:(?:next|following) (?P<next>day|week|month|quarter|year)|(?P<next2>day|week|month"
    r"|quarter|year) after"
    r"(?: that)?))"
)
_AGO = (
    r"(?:and |what about |how about |in |for )*(?:a year (?:ago|earlier|before)"
    r"|(?:the )?same (?:period|time|month|quarter|week)"
    r"(?:,? (?:of )?last year| a year (?:ago|earlier|before)|,? the year before| the previous year))"
)
_WHOLE = (
    r"(?:and |but |what about |how about )*(?:overall|in total|as a whole|altogether|(?:for |of "
    r"|with )?(?:everyone|everybody|all"
    r"(?: (?:of them|customers|answers|segments))?|the whole(?: base)?)(?: together)?"
    r"|without (?:the |any |that )?"
    r"filters?|(?:drop|remove|lift) (?:the|that|all) filters?)"
)
_EVER = (
    r"(?:and |but |what about )*(?:(?:over|for|of) all (?:the )?time|all time"
    r"|(?:over |for )?the whole (?:period|time)|since the beginning)"
)


def why(talk: Talk, found: re.Match[str]) -> Frame:
    """After a change: who made it; after a group's figure: that group against the rest, and what it writes."""
    frame, text = need_frame(talk), found.string.lower()
    fell = re.search(r"\b(?:drop\w*|f[ae]ll\w*|decline\w*|down|worse|decreas\w*)\b", text)
    rose = re.search(r"\b(?:ris\w*|rose|increas\w*|up|better|improv\w*|grow\w*|grew)\b", text)
    low, high = (
        re.search(rf"\b(?:{words})\b", text) for words in ("low|bad|poor|weak|unhappy", "high|good|strong|happy")
    )
    moved = "fell" if fell else "rose" if rose else None
    pair = _pair(talk, frame)
    if pair is not None:
        before, after = pair
        return changed(frame, op="why", before=before, after=after, period=None, grain=None, premise=moved, why=True)
    if frame.op == "level" and not (low or high) and (step := _step(talk, frame)) is not None:
        return changed(frame, op="why", before=step[0], after=step[1], period=None, premise=moved, why=True)
    if frame.op == "level" and (moved or re.search(r"\bchange\b", text)):
        when = When(period=frame.period)
        when.need_pair(talk.catalog, moved)
        return changed(frame, op="why", before=when.before, after=when.after, period=None, premise=moved, why=True)
    if frame.op == "level" and not frame.where:
        return Frame("tool", tool="key_drivers", period=frame.period)
    if frame.op in ("level", "rank", "split", "outliers") or (frame.op == "compare_groups" and not frame.against):
        whom = focus(talk)
        return _why_group(whom, "lower" if low else "higher" if high else None, talk.catalog)
    if frame.op == "compare_groups" and _has_comments(talk.catalog) and set(frame.group) == set(frame.against):
        name = next(iter(frame.group))
        both = {**frame.where, name: [*frame.group[name], *frame.against[name]]}
        return Frame("tool", tool="themes", where=both, by=[name], period=frame.period)
    return _no_reason(talk, frame)


def _has_comments(catalog: Catalog) -> bool:
    return any(column.role == "comment" for table in catalog.tables.values() for column in table.columns.values())


def _pair(talk: Talk, frame: Frame) -> tuple[str, str] | None:
    if frame.op == "compare_periods" and frame.before and frame.after:
        return frame.before, frame.after
    if frame.op != "trend":
        return None
    found = talk.result(TrendResult)
    complete = [cell.where["period"] for cell in found.cells if cell.complete] if found is not None else []
    if found is None or len(complete) < 2:
        raise Refusal("clarify", "Which change do you mean? Name two periods.", recent_pairs(talk.catalog))
    if found.direction != "no clear trend" and complete[0] != found.latest:
        return complete[0], found.latest
    return found.previous, found.latest


def _step(talk: Talk, frame: Frame) -> tuple[str, str] | None:
    """The two periods, where the last two answers told the same figure of one and then of the other."""
    old, as_of = talk.earlier, talk.catalog.as_of
    if old is None or as_of is None or old.op != "level" or old.where != frame.where:
        return None
    if not old.period or not frame.period or old.period == frame.period:
        return None
    one, other = (parse_period(text, as_of=as_of) for text in (old.period, frame.period))
    if one.end is None or other.end is None or one.start is None or other.start is None:
        return None
    earlier, later = sorted((one, other), key=lambda period: period.closed())
    return (earlier.label, later.label) if earlier.closed()[1] < later.closed()[0] else None


def _why_group(whom: Focus, premise: str | None, catalog: Catalog) -> Frame:
    written = _has_comments(catalog)
    names = list(whom.where)
    of = names[-1 if whom.taken else 0]
    group = {of: whom.where[of]}
    rest = {name: wanted for name, wanted in whom.where.items() if name not in group}
    frame = Frame("compare_groups", group=group, where=rest, period=whom.period, why=True, themes=written)
    frame.premise = premise  # type: ignore[assignment]
    return frame


def _no_reason(talk: Talk, frame: Frame) -> Frame:
    written = _has_comments(talk.catalog)
    options = ["What drives NPS?", *(["What do detractors complain about?"] if written else []), "Where are we weak?"]
    cause = frame.op in ("why", "event", "compare_groups")
    text = "The figures tell who differs or who moved, not the cause." if cause else "Why what?"
    raise Refusal("clarify", f"{text} What shall I look at?", options)


def who(talk: Talk, found: re.Match[str]) -> Frame:
    """Who made a change; the segments that stand out where there is none."""
    frame = need_frame(talk)
    if frame.op in ("compare_periods", "trend"):
        return why(talk, found)
    if frame.op in ("level", "split"):
        return changed(frame, op="outliers", by=list(frame.by), grain=None)
    if frame.op == "why":
        return changed(frame, by=[])
    return _no_reason(talk, frame)


def sure(talk: Talk, found: re.Match[str]) -> Frame:
    """The same again, led by how sure it is."""
    del found
    frame = need_frame(talk)
    if frame.op in ("columns", "span", "rows", "quality", "customers", "commented"):
        raise Refusal("clarify", "That is counted, not estimated, so there is nothing to test in it.", [])
    return changed(frame, sure=True, premise=frame.premise, claim=frame.claim)


def since_when(talk: Talk, found: re.Match[str]) -> Frame:
    """When what was just told began."""
    del found
    need_frame(talk)
    return Frame("tool", tool="find_change_points", where=focus(talk).where)


def say(talk: Talk, found: re.Match[str]) -> Frame:
    """Comments of those whom the last answer was about."""
    del found
    frame = need_frame(talk)
    if not _has_comments(talk.catalog):
        raise Refusal("declined", "There are no comments in this data, so I cannot show what they say.")
    whom = focus(talk)
    classes = frame.classes if len(frame.classes) == 1 else []
    given = {"nps_class": classes[0] if classes else frame.arguments.get("nps_class"), "theme": frame.theme}
    arguments = {name: value for name, value in given.items() if value}
    return Frame("tool", tool="quotes", where=whom.where, period=whom.period, arguments=arguments, classes=classes)


def end(talk: Talk, found: re.Match[str]) -> Frame:
    """The worst or best of what was ranked or split."""
    frame = need_frame(talk)
    side = "lowest" if found["low"] else "highest"
    if frame.op in ("rank", "outliers"):
        return changed(frame, end=side, top=None, listed=False)
    if (frame.op == "split" and len(frame.by) == 1 and not frame.grain) or (frame.op == "trend" and not frame.by):
        return changed(frame, op="rank", end=side)
    options = [f"Which {name} has the {side} NPS?" for name in list(talk.catalog.dimensions)[:6]]
    raise Refusal("clarify", f"The {side} of what?", options)


def top(talk: Talk, found: re.Match[str]) -> Frame:
    """The first few of a ranking."""
    frame = end(talk, found)
    if frame.op != "rank":
        raise Refusal("clarify", "The first few of what? Name a dimension.", list(talk.catalog.dimensions)[:8])
    return dataclasses.replace(frame, top=int(found["n"]))


def turned(talk: Talk, found: re.Match[str]) -> Frame:
    """The other end, or the comparison seen from the other side."""
    del found
    frame = need_frame(talk)
    if frame.op in ("rank", "outliers") and frame.end:
        return changed(frame, end="highest" if frame.end == "lowest" else "lowest")
    if frame.op == "compare_groups" and frame.against:
        return changed(frame, group=dict(frame.against), against=dict(frame.group))
    raise Refusal("clarify", "The other way round of what? Please ask the whole question.", [])


def beside_time(talk: Talk, found: re.Match[str]) -> Frame:
    """The period just before or after the one that was told."""
    return _moved(talk, back=found["back"] is not None, unit=None)


def unit_before(talk: Talk, found: re.Match[str]) -> Frame:
    """ "The month before", "the following quarter"."""
    later = found["next"] or found["next2"]
    return _moved(talk, back=later is None, unit=later or found["unit"] or found["unit2"] or found["unit3"])


def year_ago(talk: Talk, found: re.Match[str]) -> Frame:
    """The same stretch a year earlier."""
    del found
    frame = need_frame(talk)
    return _at(frame, a_year_before(_told(talk, frame)), talk.catalog)


def _moved(talk: Talk, *, back: bool, unit: str | None) -> Frame:
    frame = need_frame(talk)
    if frame.before and frame.after and unit is None and frame.op in ("compare_periods", "why") and back:
        first = parse_period(frame.before, as_of=_as_of(talk.catalog))
        return _inside(changed(frame, before=previous(first).label, after=frame.before), previous(first), talk.catalog)
    told = _told(talk, frame)
    own = unit is None or holding(told.closed()[0], unit) == told  # type: ignore[arg-type]
    if back:
        other = previous(told) if own else holding(shift(told.closed()[0], -1, "day"), unit)  # type: ignore[arg-type]
    else:
        after = shift(told.closed()[1], 1, "day")
        other = _as_long(told, after) if own else holding(after, unit)  # type: ignore[arg-type]
    if unit == "year" and not own:
        choices = [a_year_before(told).label, other.label] if back else [other.label]
        raise Refusal("clarify", "Which stretch of time do you mean?", choices)
    if other.closed()[0] <= told.closed()[1] and told.closed()[0] <= other.closed()[1]:  # the quarter of that month
        raise Refusal("clarify", "Which stretch of time do you mean?", [previous(other).label if back else other.label])
    return _at(frame, other, talk.catalog)


def _as_long(told: Period, start: dt.date) -> Period:
    """The stretch after a period of which that period is the one before."""
    units: tuple[Unit, ...] = ("day", "week", "month", "quarter", "year")
    for unit in units:
        if holding(told.closed()[0], unit) == told:
            return holding(start, unit)
    raise Refusal("clarify", "Which stretch of time after it do you mean?", [])


def _told(talk: Talk, frame: Frame) -> Period:
    if not frame.period:
        raise Refusal("clarify", "Which stretch of time do you mean? Name a month, a quarter or a year.", [])
    period = parse_period(frame.period, as_of=_as_of(talk.catalog))
    if period.start is None or period.end is None:
        raise Refusal("clarify", f"Which stretch of time do you mean, beside {frame.period}?", [])
    return period


def _at(frame: Frame, period: Period, catalog: Catalog) -> Frame:
    refuse_timeless(frame, period.label)
    return _inside(changed(frame, period=period.label), period, catalog)


def _inside(frame: Frame, period: Period, catalog: Catalog) -> Frame:
    dates = catalog.times.get("responded_at")
    first, last = (dates.first if dates else None), catalog.as_of
    early = first is not None and period.end is not None and period.end < first
    late = last is not None and period.start is not None and period.start > last
    if early or late:
        raise Refusal("declined", f"I have no answers for {period.label}; the data runs from {first} to {last}.")
    return frame


def _as_of(catalog: Catalog) -> dt.date:
    if catalog.as_of is None:
        raise Refusal("declined", "The answers carry no dates, so no other stretch of time can be told.")
    return catalog.as_of


def whole(talk: Talk, found: re.Match[str]) -> Frame:
    """Without the filters."""
    del found
    frame = need_frame(talk)
    if frame.op == "compare_groups":
        return Frame("level", period=frame.period)
    return changed(frame, where={})


def ever(talk: Talk, found: re.Match[str]) -> Frame:
    """Without the period."""
    del found
    frame = need_frame(talk)
    if frame.before:
        raise Refusal("clarify", "Over time, or between which two periods?", ["How has NPS developed over time?"])
    return changed(frame, period=None)


_SHORT: tuple[tuple[str, Shortcut], ...] = (
    (_WHY, why), (_WHO, who), (_SURE, sure), (_WHEN, since_when), (_SAY, say), (_TOP, top), (_END, end),
    (_TURNED, turned), (_BEFORE, beside_time), (_UNIT, unit_before), (_AGO, year_ago), (_WHOLE, whole), (_EVER, ever),
)  # fmt: skip
_SOFT = re.compile(
    r"^(?:(?:and|but|so|ok|okay|now|well|hm+|then|please)[\s,]+)+|(?:[\s,]+(?:please|pls|then|thanks|thank you"
    r"|for me|for now|exactly))+$",
    re.IGNORECASE,
)
_COMPILED = tuple((re.compile(pattern, re.IGNORECASE), shortcut) for pattern, shortcut in _SHORT)


def shortcut(text: str, talk: Talk) -> Frame | None:
    """The frame of a follow-up that says everything by itself; None when it is none."""
    plain = re.sub(r"[\s?!.,;:]+$", "", text.strip()).replace("’", "'")
    return _made(plain, talk) or (_made(short, talk) if (short := _SOFT.sub("", plain)) != plain and short else None)


def _made(plain: str, talk: Talk) -> Frame | None:
    for pattern, made in _COMPILED:
        found = pattern.fullmatch(plain)
        if found:
            return made(talk, found)
    return returning(plain, talk)
