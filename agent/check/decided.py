"""Whether a claimed direction holds: a test of that cell and period was decided that way."""

from __future__ import annotations

import re

from agent.check.binding import misfit
from agent.check.directions import Word
from agent.check.evidence import LEVEL, Known, Way
from agent.check.figures import Figure
from agent.check.matching import candidates
from agent.check.misfit import told
from agent.check.orient import is_turned, oriented
from agent.check.reading import Line, Reading
from agent.check.strata import other_strata
from agent.check.tested import BECOMING, TEMPORAL, WHOLE, as_test, nearest, of_line, over_time

_UNTESTED = "no tested difference of this cell and period is among the facts; get one from compare, or leave it out"
_UNCLEAR = "its test is not clear: say that there is no clear change or difference"


def unfounded(word: Word, line: Line, reading: Reading) -> str | None:
    """Why a claimed direction does not hold; None when a test bears it out."""
    if word.claim == "equal":
        return "a test cannot show equality; say that there is no clear change or difference"
    if word.claim in ("clear", "unclear", "flat"):
        return _certainty(word, line, reading)
    if word.weak:
        return _sign_against(word, line, reading)
    if (moved := _share_moved(word, line, reading)) is not None:
        return None if moved == word.claim else f"the shares told beside it say the opposite of {word.text!r}"
    near = nearest(word, line, reading)
    temporal = bool(TEMPORAL.match(word.text)) or bool(BECOMING.search(line.said[: word.start - line.sentence.start]))
    if near is not None and temporal and not over_time(near):
        others = [known for figure in line.figures for known in candidates(figure, reading.evidence)[:1]]
        if any(known.tested == word.claim and over_time(known) for known in others):
            return None
        return f"{told(near)}: a difference between groups, not a change over time"
    if near is not None:
        return other_strata(near, word.start, line, reading) or _against(word, near, line, reading)
    found = [known for known in of_line(word, line, reading) if not temporal or over_time(known)]
    ways = {oriented(known, word, line, reading) for known in found}
    if word.claim in ways:
        return None
    if not found and _of_counts(line, reading):
        return None
    if not found:
        return None if borne_out_near(word, line, reading, temporal) else _UNTESTED
    known = found[0]
    if oriented(known, word, line, reading) == "none":
        return f"{told(known)}, and {_UNCLEAR}"
    return f"{told(known)} and says the opposite"


def _of_counts(line: Line, reading: Reading) -> bool:
    """ "comes first with 3,950 customers, far ahead of the others": how many there are needs no test."""
    held = [known for figure in line.figures for known in candidates(figure, reading.evidence)[:1]]
    return bool(held) and all(k.fact.unit in ("customers", "responses", "rows") for k in held)


def _sign_against(word: Word, line: Line, reading: Reading) -> str | None:
    """What is taken back must still go the way that its figure goes."""
    near = nearest(word, line, reading)
    if near is None or near.number is None or word.claim not in ("up", "down") or near.tested is None:
        return None
    up = (near.number > (1.0 if "ratio" in near.fact.name else 0.0)) != is_turned(near, word, line, reading)
    return None if up == (word.claim == "up") else f"{told(near)} and says the opposite"


def borne_out_near(word: Word, line: Line, reading: Reading, temporal: bool) -> bool:
    """Whether any test of what the sentence or its neighbours speak of went that way, on whichever outcome."""
    near = [line, *reading.over(line)[:2], *reading.before(line)[:2], *_after(line, reading), reading.asked]
    named = {option for other in near for mention in other.mentions for option in mention.options}
    strong = {
        axis: {v for m in line.strong(axis) for a, v in m.options if a == axis}
        for m in line.strong()
        for axis in m.axes()
    }
    axes = (*reading.catalog.dimensions, "theme", "driver", "variant")
    for known in reading.evidence.known:
        if known.tested not in ("up", "down") or (temporal and not over_time(known)):
            continue
        cell = [(axis, value) for axis, value in known.cell.items() if axis in axes]
        sides = {value for _axis, value in cell} | {known.cell.get("against", "")}
        if any(
            not (sides >= values if len(values) > 1 else sides & values)
            for axis, values in strong.items()
            if axis in axes
        ):
            continue
        if any(pair not in named and (pair[0], known.cell.get("against", "")) not in named for pair in cell):
            continue
        if (
            oriented(known, word, line, reading) == word.claim
            and other_strata(known, word.start, line, reading) is None
        ):
            return True
    return False


def _after(line: Line, reading: Reading) -> list[Line]:
    at = reading.lines.index(line)
    return reading.lines[at + 1 : at + 9]


def _share_moved(word: Word, line: Line, reading: Reading) -> Way | None:
    """ "makes up 55.0 % of the answers, up from 40.7 %": shares of a decomposition are counts of the same answers."""
    held = [(figure, known) for figure in line.figures for known in candidates(figure, reading.evidence)[:1]]
    before = [known for figure, known in held if figure.end <= word.start and known.fact.name in _SHARES]
    after = [known for figure, known in held if figure.start >= word.end and known.fact.name in _SHARES]
    if (
        len(after) > 1
        and not before
        and TEMPORAL.match(word.text)
        and re.search(r"\bfrom\W", line.said[word.end - line.sentence.start :][:12])
    ):
        before, after = after[1:2], after[:1]  # "did grow, from 55.1% to 58.7%"
    elif not before or not after or not re.match(r"up|down", word.text, re.IGNORECASE):
        return None
    now, then = before[-1].number or 0.0, after[0].number or 0.0
    return "up" if now > then else "down"


_SHARES = ("share_before", "share_after")


def _certainty(word: Word, line: Line, reading: Reading) -> str | None:
    """ "clearly differ", "no clear change", "level with": what the test beside it decided, else those of the cell."""
    near = _test_beside(word, line, reading)
    if near is not None:
        clear = _decided(near) != "none" or (word.claim == "flat" and not _spans_zero(near))
        if word.claim == "clear":
            return None if clear else f"{told(near)}, and {_UNCLEAR}"
        return f"{told(near)}, and its test is clear" if clear else None
    found = [known for known in of_line(word, line, reading) if _of_these(known, line)]
    if re.search(r"differ|told|distinguish|separat|chance", word.text):
        found = [k for k in found if "against" in k.cell or (k.other and "segment" not in k.fact.name)]
        found = [k for k in found if k.tool != "key_drivers"]
    if word.claim == "flat":
        moved = bool(_STILL.search(word.text))
        found = [known for known in found if _spans_zero(known) and (over_time(known) or not moved)]
    ways = {_decided(known) for known in found}
    if word.claim == "unclear":
        return f"{told(found[0])}, and its test is clear" if ways and "none" not in ways else None
    if word.claim == "flat":
        return None if "none" in ways else "no tested difference of this cell stays unclear; say only what was tested"
    if ways == {"none"}:
        return f"{told(found[0])}, and {_UNCLEAR}"
    return (
        None
        if ways or not re.search(r"differ|told apart|distinguish", word.text) or _any_chance(reading)
        else _UNTESTED
    )


def _decided(known: Known) -> Way | None:
    """How a test came out; a p-value tells whether, not which way."""
    if known.fact.unit == "p-value" and known.number is not None:
        return "none" if known.number >= LEVEL else "up"
    return known.tested


_STILL = re.compile(
    r"\b(?:flat|stable|unchanged|stead|plateau|stagnat|held|stay|mov|went|going|chang|"
    r"budg|remained|unaltered|constant|drift)",
    re.IGNORECASE,
)


def _spans_zero(known: Known) -> bool:
    """What a search through many cells does not call clear may still be too far from zero to be called alike."""
    low, high = known.fact.low, known.fact.high
    null = 1.0 if "ratio" in known.fact.name else 0.0
    return low is None or high is None or low <= null <= high


def _any_chance(reading: Reading) -> bool:
    return any(known.fact.unit == "p-value" and _decided(known) == "up" for known in reading.evidence.known)


def _test_beside(word: Word, line: Line, reading: Reading) -> Known | None:
    """The test whose figure stands nearest in the sentence, within the same part of it."""
    found: list[tuple[int, Known]] = []
    for figure in line.figures:
        if figure.role not in ("value", "interval", "loose interval", "p"):
            continue
        low, high = min(word.end, figure.end) - line.sentence.start, max(word.start, figure.start) - line.sentence.start
        between = line.said[low:high]
        if (
            re.search(r";|\b(?:while|whereas|but|although|yet|though)\b|\. ", between)
            or (", and" in between and WHOLE.search(between))
            or (figure.start < word.start and " test" in line.said[word.end - line.sentence.start :])
        ):
            continue
        known = as_test(figure, line, reading) if figure.role != "p" else _as_chance(figure, reading)
        if known is not None and not (known.tool == "key_drivers" and "told apart" in line.said):
            ahead = figure.start >= word.start
            outside = not ahead and figure.role == "p" and between.strip(" )")[:1] in (",", ".")
            found.append((len(between) + (40 if outside else 0) + (0 if ahead else 6), known))
    return min(found, key=lambda item: item[0])[1] if found else None


def _as_chance(figure: Figure, reading: Reading) -> Known | None:
    held = [known for known in candidates(figure, reading.evidence) if known.fact.unit == "p-value"]
    if len({_decided(known) for known in held}) == 1:
        return held[0]
    return held[0] if figure.fact and held else None


def _of_these(known: Known, line: Line) -> bool:
    """ "A and B are level" needs a test of A against B; "A and the rest" one against the rest."""
    axes = {axis for mention in line.strong() for axis in mention.axes()}
    several = len(line.strong()) > 1 or bool(_REST.search(line.said))
    if axes and several and "against" in known.cell and not axes & set(known.cell):
        return False
    for axis in axes & set(known.cell):
        named = {value for m in line.strong() for one, value in m.options if one == axis}
        against = known.cell.get("against", "")
        if len([m for m in line.strong() if axis in m.axes()]) > 1 and against and known.fact.unit != "p-value":
            if not _REST.search(line.said) and not {known.cell[axis], against} <= named:
                return False
        elif _REST.search(line.said) and against and against != "rest" and not against.startswith("not "):
            return False
    return True


_REST = re.compile(r"\b(?:the|all|every) ?(?:rest|others?|other \w+|body else|one else|remaining)\b", re.IGNORECASE)


def _against(word: Word, known: Known, line: Line, reading: Reading) -> str | None:
    way = oriented(known, word, line, reading)
    if way == word.claim:
        return None
    if way == "none":
        return f"{told(known)}, and {_UNCLEAR}"
    if way is None:
        return f"{told(known)} was not tested; get a test from compare, or leave the direction out"
    return f"{told(known)} and says the opposite"
