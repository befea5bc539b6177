"""Questions about what goes with the score, when it changed, and whether it follows the calendar."""

from __future__ import annotations

import re

from agent.builtin.cabinet.asked import Asked, using
from agent.builtin.frame import Claim, Frame, Refusal
from agent.builtin.wordings.afterwards import REASON, is_afterwards

_WEEKDAY = r"\b(?:week ?days?|days? of the week|week[- ]?ends?|(?:mon|tues|wednes|thurs|fri|satur|sun)days?)\b"
_WISHED = frozenset(["improve", "lift", "raise", "boost", "increase", "grow", "gain", "get better", "improving"])
_PULLED = r"\b(?:driv|drag|pull|push|bring|keep|weigh|hold)\w*\b.{0,30}\b(?:down|up|back)\b"
_DRIVES = (
    r"^\W*(?:do|does|did|is|are|was)\b.*\b(?:driv\w+|determin\w+|influenc\w+|affects?|makes?|reasons?|causes?"
    r"|explain\w*)\b"
)
_YEARLY = (
    r"\b(?:always|usually|typically|every|each|regularly|tend|tends|generally|normally|again and again|seasonal\w*)\b"
)


def drivers(asked: Asked) -> Frame | None:
    """What goes with the score."""
    moved = [m for m in asked.reading.mentions if {"fell", "rose"} & set(m.signs) and m.text.lower() not in _WISHED]
    if asked.says(_PULLED):
        return Frame("outliers", by=asked.places.by, where=asked.places.where, period=asked.when.period)
    if moved or asked.when.before is not None:
        return None
    if (blamed := _value_blamed(asked)) is not None:
        return blamed
    named = [*asked.places.by, *asked.places.measures, *asked.places.group, *asked.places.against]
    if asked.places.group:
        return None
    values = list(asked.places.where)
    if not named and len(values) == 1 and asked.says(_DRIVES) and not asked.places.negated:
        named = values  # "does the upgrade drive NPS?": the column that it is a value of
    told = len(named) > 1 or any(name in asked.catalog.measures for name in named)
    after = [name for name in named if is_afterwards(asked.catalog, name)]
    frame = asked.frame("key_drivers", drivers=named if told and not after else None)
    alone = len(named) == 1 and asked.says(_DRIVES)
    if after:
        frame.claim = Claim("afterwards", name=after[0])
    elif alone and not told:
        frame.claim = Claim("driver", name=named[0])
    if alone and not after and not told:
        frame.arguments["drivers"] = list(dict.fromkeys([*named, *_others(asked)]))
    frame.where = {name: wanted for name, wanted in frame.where.items() if name not in named}
    return using(frame, asked, by=named if told or after or alone else [])


def _value_blamed(asked: Asked) -> Frame | None:
    """ "Is Retail the reason for the low NPS?": Retail against the others, which says no cause."""
    places = asked.places
    alone = len(places.where) == 1 and not places.by and not places.group and not places.negated and not places.measures
    if not alone or not REASON.search(asked.reading.question):
        return None
    low = asked.says(r"\b(?:low|bad|poor|weak|disappointing)\b")
    places.group, places.where = dict(places.where), {}  # it stands against all others, and is no filter
    return Frame(
        "compare_groups", group=places.group, period=asked.when.period, premise="lower" if low else "higher", why=True
    )


def _others(asked: Asked) -> list[str]:
    """What else may go with the score, for one column alone is always all that is explained."""
    known = [*asked.catalog.measures, *asked.catalog.dimensions]
    return [name for name in known if not is_afterwards(asked.catalog, name)][:11]


def wish(asked: Asked) -> Frame | None:
    """ "How can we raise NPS?" asks what goes with it, not how it moved."""
    how = r"\b(?:how|what) (?:can|could|should|might|do|would) (?:we|i|you|one)\b"
    return drivers(asked) if asked.says(how) and asked.when.before is None else None


def influence(asked: Asked) -> Frame | None:
    """ "Do sessions and messages influence the score?": numbers as drivers."""
    rated = any(name in asked.catalog.measures for name in asked.places.by)
    number = bool(asked.places.measures) or rated or len(asked.places.by) > 1
    plain = (
        not asked.places.event and not asked.when.event and not asked.places.group and not asked.reading.has("average")
    )
    if not number or not plain or asked.when.before is not None or asked.reading.has("split", "fell", "rose"):
        return None
    return drivers(asked)


def mattering(asked: Asked) -> Frame | None:
    """ "Does design taste even matter?", "does it count?": numbers and ratings as drivers; a plan is a split."""
    if not asked.says(r"^\W*(?:do|does|did)\b.*\b(?:matters?|counts?)\b"):
        return None
    places = asked.places
    rated = places.by or places.measures
    if rated and all(name in asked.catalog.measures for name in places.by):
        return influence(asked)
    if asked.reading.has("count") and not asked.says(r"\bhow many\b"):
        raise Refusal("declined", "I do not know what is to count here; ask how NPS differs by it.")
    return None


def breaks(asked: Asked) -> Frame | None:
    """When the level changed."""
    alone = asked.places.group and not asked.places.against and not asked.reading.has("rest")
    frame = asked.narrowed("find_change_points") if alone else asked.side_by_side("find_change_points")
    frame.grain = asked.when.grain
    if frame.arguments.get("grain") is None and frame.grain:
        frame.arguments["grain"] = frame.grain
    return frame


def turned(asked: Asked) -> Frame | None:
    """ "In which week did NPS drop?", "since when are they so unhappy?"."""
    if asked.when.before is not None or asked.reading.has("best", "rank", "most", "count", "share"):
        return None
    since = asked.says(r"\bsince when\b|\bhow long (?:have|has|had)\b")
    asked_when = asked.says(
        r"\b(?:on|in|at|from|during|around)? ?(?:which|what) (?:week|month|quarter|day|point|moment|time)\b"
        r"|^when\b|\bwhen (?:exactly )?did\b"
    )
    turning = asked.says(r"\b(?:get|got|getting|become|became|turn|turned|start|started)\b.*\b(?:un)?happ|worse|better")
    moved = asked.reading.has("fell", "rose", "moved") or (asked.reading.has("lower", "higher") and turning)
    if not (since or (asked_when and moved)):
        return None
    if asked.reading.has("worst") and not since:
        return None
    return breaks(asked)


def season(asked: Asked) -> Frame | None:
    """Whether the score follows the calendar."""
    if asked.says(_WEEKDAY):
        grain: str | None = "weekday"
    else:
        grain = asked.when.grain if asked.when.grain in ("month", "quarter") else None
    _forget_bare_month(asked)
    frame = asked.frame("seasonality", grain=grain)
    frame.grain = asked.when.grain if asked.when.grain in ("month", "quarter") or grain == "weekday" else None
    return frame


def yearly(asked: Asked) -> Frame | None:
    """ "Do scores always dip in December?": a month of every year."""
    times = [m for m in asked.reading.of("when") if m.time is not None and m.time.kind != "grain"]
    bare = [m for m in times if not re.search(r"\d", m.text)]
    return season(asked) if len(bare) == 1 and len(times) == 1 else None


def _forget_bare_month(asked: Asked) -> None:
    """ "always in December" is a month of every year, which the tool sets beside the others."""
    times = [m for m in asked.reading.of("when") if m.time is not None and m.time.kind != "grain"]
    if (
        len(times) == 1
        and asked.says(_YEARLY)
        and not re.search(r"\d|last|this|since|past", times[0].text, re.IGNORECASE)
    ):
        asked.when.period = None
        asked.when.read_as.clear()
