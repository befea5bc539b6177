"""Whether a claimed direction holds: a test of that cell and period was decided that way."""

from __future__ import annotations

import re

from agent.check.directions import Word
from agent.check.evidence import LEVEL, Known, Way
from agent.check.figures import Figure
from agent.check.matching import candidates
from agent.check.misfit import told
from agent.check.orient import is_turned, oriented
from agent.check.outcomes import of_another
from agent.check.reading import Line, Reading
from agent.check.strata import other_strata
from agent.check.tested import BECOMING, TEMPORAL, WHOLE, as_test, family_of, nearest, of_line, over_time

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
    if line.sentence.kind == "heading" and not line.strong() and (below := _below(line, reading)):
        return None if word.claim in below else f"no test below this heading says {word.text!r}"
    found = [known for known in of_line(word, line, reading) if not temporal or over_time(known)]
    ways = {oriented(known, word, line, reading) for known in found}
    if word.claim in ways:
        return None
    if not found and _of_counts(line, reading):
        return None
    if not found:
        return None if borne_out_near(word, line, reading, temporal) else _UNTESTED
    if _of_subject(word, line, reading, temporal):
        return None
    known = found[0]
    if oriented(known, word, line, reading) == "none":
        return f"{told(known)}, and {_UNCLEAR}"
    return f"{told(known)} and says the opposite"


def _of_subject(word: Word, line: Line, reading: Reading, temporal: bool) -> bool:
    """ "parents fell": a common word right before the verb is the segment after all, where its test says so."""
    before = [m for m in line.mentions if m.end <= word.start]
    link = line.said[before[-1].end - line.sentence.start : word.start - line.sentence.start] if before else "-"
    if not before or before[-1].strong or not re.fullmatch(r"\s+(?:\w+ly |has |have |also |both )*", link):
        return False
    return any(
        known.tested == word.claim
        and before[-1].options & set(known.cell.items())
        and (not temporal or over_time(known))
        for known in reading.evidence.known
    )


def _below(line: Line, reading: Reading) -> set[Way]:
    """How the tests came out that are told below a heading, up to the next one."""
    found: set[Way] = set()
    for other in reading.lines[reading.lines.index(line) + 1 :]:
        if other.sentence.kind == "heading":
            break
        held = [k for f in other.figures if f.role == "value" and (k := as_test(f, other, reading))]
        found |= {k.tested for k in held if k.tested}
    return found


def _of_counts(line: Line, reading: Reading) -> bool:
    """ "comes first with 3,950 customers, far ahead of the others": how many there are needs no test."""
    held = [known for figure in line.figures for known in candidates(figure, reading.evidence)[:1]]
    return bool(held) and all(k.fact.unit in ("customers", "responses", "rows") for k in held)


def _levels_against(word: Word, line: Line, reading: Reading) -> str | None:
    """ "stands at x, below the y of Q2": the two levels must be so."""
    if word.text.lower() not in ("above", "below", "higher than", "lower than", "ahead of", "behind"):
        return None
    heads = [f for f in line.figures if f.role == "value" and f.head is None]
    before, after = [f for f in heads if f.end <= word.start][-1:], [f for f in heads if f.start >= word.end][:1]
    if not before or not after or after[0].start - word.end > 8:
        return None
    one, other = (next(iter(candidates(f, reading.evidence)), None) for f in (*before, *after))
    if not one or not other or one.fact.name != other.fact.name or one.tested or None in (one.number, other.number):
        return None
    up = (one.number or 0.0) > (other.number or 0.0)
    return None if up == (word.claim == "up") else f"{told(one)} and {told(other)}: they say the opposite"


def _sign_against(word: Word, line: Line, reading: Reading) -> str | None:
    """What is taken back must still go the way that its figure goes."""
    if why := _levels_against(word, line, reading):
        return why
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
        if known.tested not in ("up", "down") or (temporal and not over_time(known)) or of_another(known, line.said):
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
    listed = _of_list(line, reading) if near is None and word.claim == "clear" else []
    if listed:
        return next((f"{told(known)}, and {_UNCLEAR}" for known in listed if _decided(known) == "none"), None)
    if near is not None:
        clear = _decided(near) != "none" or (word.claim == "flat" and not _spans_zero(near))
        if word.claim == "clear":
            return None if clear else f"{told(near)}, and {_UNCLEAR}"
        return f"{told(near)}, and its test is clear" if clear else None
    found = [known for known in of_line(word, line, reading) if _of_these(known, line)]
    found = _of_dimension(line, reading) or found
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
    if not ways and _nothing_tested(reading) and not re.search(r"\bwhether\b|tested", line.said):
        return _UNTESTED
    return (
        None
        if ways or not re.search(r"differ|told apart|distinguish", word.text) or _any_chance(reading)
        else _UNTESTED
    )


def _of_dimension(line: Line, reading: Reading) -> list[Known]:
    """ "By city there is no clear difference": the facts of that dimension."""
    low = line.said.lower()
    named = {
        axis
        for called, axis in reading.names.columns.items()
        if re.search(rf"\b(?:by|between|across|among) (?:the |our )?{re.escape(called)}\b", low)
    }
    if not named or line.strong():
        return []
    family = family_of(line.said)
    return [k for k in reading.evidence.known if k.tested and named & set(k.cell) and family(k)]


_ALL = re.compile(
    r"\W*(?:all|both|each)(?: of (?:them|these|those))?(?: (?:two|three|four|five|six|\d))?"
    r"(?: (?:effects|differences|changes|gaps|of them))? ",
    re.IGNORECASE,
)


def _of_list(line: Line, reading: Reading) -> list[Known]:
    """ "All three are clear" below a list: the tests of its items."""
    if not _ALL.match(line.said) or line.strong():
        return []
    found: list[Known] = []
    for other in reversed(reading.lines[: reading.lines.index(line)]):
        if other.sentence.kind not in ("item", "cell"):
            break
        found += [k for f in other.figures if f.role == "value" and (k := as_test(f, other, reading))]
    return found


def _decided(known: Known) -> Way | None:
    """How a test came out; a p-value tells whether, not which way."""
    if known.fact.unit == "p-value" and known.number is not None:
        return "none" if known.number >= LEVEL else "up"
    return known.tested


def _nothing_tested(reading: Reading) -> bool:
    """Whether the run has figures and not one test: those of run_sql are counted only."""
    known = reading.evidence.known
    return bool(known) and not any(k.tested or k.fact.unit == "p-value" for k in known)


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
            or (figure.words and figure.fact is None)
            or _own_subject(known_cells(figure, reading), figure, word, line)
            or (figure.start < word.start and " test" in line.said[word.end - line.sentence.start :])
        ):
            continue
        known = as_test(figure, line, reading) if figure.role != "p" else _as_chance(figure, reading)
        if known is not None and not (known.tool == "key_drivers" and "told apart" in line.said):
            ahead = figure.start >= word.start
            outside = not ahead and figure.role == "p" and between.strip(" )")[:1] in (",", ".")
            found.append((len(between) + (40 if outside else 0) + (0 if ahead else 6), known))
    return min(found, key=lambda item: item[0])[1] if found else None


def known_cells(figure: Figure, reading: Reading) -> set[tuple[str, str]]:
    """The cells of the facts that a figure may be, on either side."""
    held = candidates(figure, reading.evidence)
    return {pair for k in held for pair in k.cell.items()} | {
        (a, k.cell.get("against", "")) for k in held for a in k.cell
    }


def _own_subject(cells: set[tuple[str, str]], figure: Figure, word: Word, line: Line) -> bool:
    """ "A fell by x, and B shows no clear change": the figure before is of A, the words are of B."""
    if figure.end > word.start:
        return False
    between = line.said[figure.end - line.sentence.start : word.start - line.sentence.start]
    breaks = [figure.end + match.end() for match in _NEXT_CLAUSE.finditer(between)]
    own = [m for m in line.strong() if breaks and breaks[-1] <= m.start < word.start and m.start not in line.compared]
    return bool(own) and not any(m.options & cells for m in own)


_NEXT_CLAUSE = re.compile(r", and\b|\band\b|;|, ", re.IGNORECASE)


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
