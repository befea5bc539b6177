"""Changes: why did it move, did it move, before and after an event, who moved."""

from __future__ import annotations

import re
from typing import Literal

from agent.builtin.frame import Claim, Frame, Refusal
from agent.builtin.places import Places
from agent.builtin.reading import Reading
from agent.builtin.when import When, alone_before, levels_since, recent_pairs
from agent.builtin.wordings.blame import asks_part, blamed, column_of_blamed, told_among
from warehouse.catalog import Catalog
from warehouse.periods import parse_period

_ASKS_WHICH = re.compile(
    r"^\W*(?:so |and |now |in |on |by |for |of |please )*(?:which|who|whom|whose|what|where)\b|[:,;–-]\s*(?:which|who"
    r"|what|where)\b|^\W*(?:is|was) it\b[^?]*\bor\b",
    re.IGNORECASE,
)


_ALL = (
    r"\b(?:did|has|have|are|is|was|were|does|do|in|for|with) (?:nps (?:\w+ )?in )?(?:everybody|everyone|every"
    r"|each|all|all of)\b"
    r"|\b(?:in|for|across) (?:every|each|all)\b|\beverywhere\b"
)


def change(reading: Reading, catalog: Catalog, when: When, places: Places) -> Frame | None:
    """Why, did it change, before and after."""
    refuse_open_change(reading, catalog, when, places)
    frame = _change(reading, catalog, when, places)
    if frame is not None and frame.op in ("why", "event"):
        everybody = re.search(_ALL, reading.question, re.IGNORECASE) is not None
        frame.whom = "all" if everybody else "who" if frame.by or reading.has("whom") else ""
        if asks_part(reading) and not frame.used_by and frame.op == "why":
            frame.whom, frame.claim = "", Claim("part", name=frame.by[0] if len(frame.by) == 1 else "")
    return frame


def _change(reading: Reading, catalog: Catalog, when: When, places: Places) -> Frame | None:
    two = when.before is not None and when.after is not None
    found = _of_event(reading, catalog, when, places, two=two)
    if found is not None:
        return found
    premise, why = premise_of(reading), reading.has("why")
    if why and (behind := blamed(reading, when, places)) is not None:
        return behind
    if why and places.group:
        return Frame(
            "compare_groups",
            group=places.group,
            against=places.against,
            where=places.where,
            period=when.period,
            premise=claim_of(reading),
            why=True,
        )
    moved = premise in ("fell", "rose") or reading.has("moved", "trend")
    if why and not two:
        when.need_pair(catalog, premise)
    if why:
        return _between(when, places, premise, op="why", why=True)
    if two and not places.by and not places.group:
        op: Literal["why", "compare_periods"] = "why" if reading.has("whom") else "compare_periods"
        return _between(when, places, premise, op=op)
    if two and places.by:
        return _between(when, places, premise, op="why")
    if moved and when.period and not when.grain and not reading.has("trend", "outliers"):
        if not places.by and reading.has("split"):
            return None
        when.need_pair(catalog, premise)
        return _between(when, places, premise, op="why" if places.by or reading.has("whom") else "compare_periods")
    return None


def _between(
    when: When,
    places: Places,
    premise: Literal["fell", "rose", "higher", "lower"] | None,
    *,
    op: Literal["why", "compare_periods"],
    why: bool = False,
) -> Frame:
    return Frame(
        op,
        by=places.by if op == "why" else [],
        where=places.where,
        before=when.before,
        after=when.after,
        premise=premise,
        why=why,
    )


def _of_event(reading: Reading, catalog: Catalog, when: When, places: Places, *, two: bool) -> Frame | None:
    """What changed with an event; where the question names two periods itself, what changed between these."""
    event = places.event or when.event
    premise = premise_of(reading)
    moved = premise in ("fell", "rose") or reading.has("moved", "trend")
    asked = reading.has("impact", "why", "moved", "whom", "compare") or moved
    if (
        event is None
        or not asked
        or (two and places.group)
        or (places.group and (alone_before(reading) or levels_since(reading)))
    ):
        return None
    if two and when.event is None:
        return _beside_event(event, catalog, when, places, premise)
    if _cause_of_a_stretch(reading, catalog, when, places, premise):
        when.need_pair(catalog, premise)
        return _beside_event(event, catalog, when, places, premise)
    if alone_before(reading, compared=True):
        when.period = None
    before, after = when.around(event, catalog)
    frame = Frame(
        "event",
        by=places.by,
        where=places.where,
        before=before,
        after=after,
        event=event,
        premise=premise,
        why=reading.has("why"),
    )
    behind = column_of_blamed(reading, places)
    return frame if behind is None else told_among(frame, *behind, places)


def _cause_of_a_stretch(
    reading: Reading,
    catalog: Catalog,
    when: When,
    places: Places,
    premise: Literal["fell", "rose", "higher", "lower"] | None,
) -> bool:
    """ "January looks terrible. It must be the returns policy": that month, where the event left nobody out."""
    blamed = reading.has("why") or _IT_IS.search(reading.question) is not None
    open_end = any(m.time is not None and m.time.role in ("after", "from", "before") for m in reading.of("when"))
    if places.event is None or when.event is not None or when.period is None or when.grain or open_end:
        return False
    return blamed and premise in ("fell", "rose") and not catalog.events[places.event].affects


_IT_IS = re.compile(
    r"\b(?:it|that|this)(?: is|['’]s| was| must be| has to be| must have been| can only be| could be| might be)"
    r"(?: (?:surely|obviously|clearly|all|just|only|because of|due to|down to))* (?:the|our|that)\b"
    r"|\b(?:is|was) (?:it|that|this) (?:(?:because of|due to|down to) )?(?:the|our)\b",
    re.IGNORECASE,
)


def _beside_event(
    event: str,
    catalog: Catalog,
    when: When,
    places: Places,
    premise: Literal["fell", "rose", "higher", "lower"] | None,
) -> Frame:
    """ "NPS rose from January to February. Was it the returns policy?": these two months, and what is known of it."""
    frame = _between(when, places, premise, op="why", why=True)
    frame.event = event
    date, name = catalog.events[event].date, event.replace("_", " ")
    if catalog.as_of is None:
        return frame
    first, last = (parse_period(text or "", as_of=catalog.as_of) for text in (when.before, when.after))
    within = (first.start is None or first.start <= date) and (last.end is None or date <= last.end)
    beside = f"the {name} was on {date}" if within else f"the {name} was on {date}, which lies in neither of the two"
    frame.read_as.append(f"compared are {when.before} and {when.after}; {beside}")
    return frame


def claim_of(reading: Reading) -> Literal["fell", "rose", "higher", "lower"] | None:
    """What a comparison takes for granted; "our worst lane" claims that it is lower than the others."""
    premise = premise_of(reading)
    if premise in ("higher", "lower") and not reading.has("why") and _ASKS_WHICH.search(reading.question):
        return None  # "which has the higher NPS" takes nothing for granted
    return premise or ("lower" if reading.has("worst") else "higher" if reading.has("best") else None)


def premise_of(reading: Reading) -> Literal["fell", "rose", "higher", "lower"] | None:
    """What the question takes for granted of a change or a difference."""
    signs: tuple[Literal["fell", "rose", "lower", "higher"], ...] = ("fell", "rose", "lower", "higher")
    for sign in signs:
        if reading.has(sign) and not (sign == "fell" and reading.has("split") and not reading.has("why", "moved")):
            return sign
    if any(m.time and re.match(r"up (?!to\b|until\b|till\b)", m.text.lower()) for m in reading.mentions):
        return "rose"
    return "fell" if reading.has("impact") and re.search(r"\bh(?:ur|ar|i)", reading.question.lower()) else None


_THE_CHANGE = re.compile(
    r"\b(?:before|after|since|following|before and after)\s+(?:the|that|this|our|it'?s?)\s+"
    r"(?:change|event|switch|incident|measure|decision|news|thing|move|changeover|intervention)\b(?!\s+(?:of|in"
    r"|from|to)\b)",
    re.IGNORECASE,
)


def refuse_open_change(reading: Reading, catalog: Catalog, when: When, places: Places) -> None:
    """ "Before and after the change", "are we better?": asked back, for nothing says which or than what."""
    named = places.event or when.event or when.period or when.before or when.grain
    if _THE_CHANGE.search(reading.question) and not named:
        known = [f"{name.replace('_', ' ')} ({event.date})" for name, event in catalog.events.items()]
        text = f"Which change do you mean? The data knows {' and '.join(known)}." if known else "When was that change?"
        raise Refusal("clarify", text, [f"before and after the {name.replace('_', ' ')}" for name in catalog.events])
    if _AS_BEFORE.search(reading.question) and not named and not reading.of("when"):
        raise Refusal("clarify", "Before what? Name the two stretches of time to compare.", recent_pairs(catalog))
    alone = not (named or places.group or places.where or places.by or reading.of("number"))
    told = [m for m in reading.of("sign") if {"higher", "lower"} & set(m.signs)]
    if (
        alone
        and told
        and _WE.search(reading.question)
        and not reading.has("compare", "why", "average", "share", "count")
    ):
        raise Refusal(
            "clarify",
            f"{told[0].text.capitalize()} than what: than in an earlier period, or than another group?",
            recent_pairs(catalog),
        )


_WE = re.compile(
    r"^\W*(?:so |and )?(?:are|is|were|was|do|did|have) (?:we|things|it|customers|people|our \w+)\b", re.IGNORECASE
)
_AS_BEFORE = re.compile(
    r"\b(?:as|than|like)(?: (?:it|they|we|things) (?:was|were|used to be))? (?:before|earlier|ever|in the past"
    r"|previously"
    r"|used to be|it was|they were|we were)\W*$",
    re.IGNORECASE,
)
