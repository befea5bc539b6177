"""Whether a claimed direction holds: a test of that cell and period was decided that way."""

from __future__ import annotations

import re
from collections.abc import Callable

from agent.check.binding import misfit
from agent.check.counts import is_count
from agent.check.directions import Word
from agent.check.directionwords import COMPARATIVE, TRANSITIVE
from agent.check.evidence import LEVEL, Known, Way
from agent.check.figures import Figure
from agent.check.matching import candidates, same, scaled
from agent.check.misfit import told
from agent.check.orient import is_turned, oriented
from agent.check.reading import Line, Reading
from agent.check.strata import other_strata

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
    near = _nearest(word, line, reading)
    temporal = bool(_TEMPORAL.match(word.text)) or bool(_BECOMING.search(line.said[: word.start - line.sentence.start]))
    if near is not None and temporal and not _over_time(near):
        others = [known for figure in line.figures for known in candidates(figure, reading.evidence)[:1]]
        if any(known.tested == word.claim and _over_time(known) for known in others):
            return None
        return f"{told(near)}: a difference between groups, not a change over time"
    if near is not None:
        return other_strata(near, word.start, line, reading) or _against(word, near, line, reading)
    found = [known for known in _of_line(word, line, reading) if not temporal or _over_time(known)]
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
    near = _nearest(word, line, reading)
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
        if known.tested not in ("up", "down") or (temporal and not _over_time(known)):
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
        and _TEMPORAL.match(word.text)
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
    found = [known for known in _of_line(word, line, reading) if _of_these(known, line)]
    if re.search(r"differ|told|distinguish|separat|chance", word.text):
        found = [k for k in found if "against" in k.cell or (k.other and "segment" not in k.fact.name)]
        found = [k for k in found if k.tool != "key_drivers"]
    if word.claim == "flat":
        moved = bool(_STILL.search(word.text))
        found = [known for known in found if _spans_zero(known) and (_over_time(known) or not moved)]
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
            or (", and" in between and _WHOLE.search(between))
            or (figure.start < word.start and " test" in line.said[word.end - line.sentence.start :])
        ):
            continue
        known = _as_test(figure, line, reading) if figure.role != "p" else _as_chance(figure, reading)
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


def _nearest(word: Word, line: Line, reading: Reading) -> Known | None:
    """The tested difference whose figure the direction speaks of: "fell by 14.6", "41.2 points below"."""
    tests: list[tuple[int, Known]] = []
    for figure in line.figures:
        if figure.role not in ("value", "interval", "loose interval") or figure.head is not None:
            continue
        if (
            figure.words
            and figure.unit == "plain"
            and figure.numbers[0].value <= 12
            and is_count(figure, line, reading)
        ):
            continue
        known = _as_test(figure, line, reading)
        distance = figure.start - word.end if figure.start >= word.start else word.start - figure.end
        between = line.said[
            min(word.end, figure.end) - line.sentence.start : max(word.start, figure.start) - line.sentence.start
        ]
        outside = (
            between.count(")") != between.count("(")
            and between.find(")") < (between.find("(") if "(" in between else 999)
            and ")" in between
        )
        if (
            known is not None
            and distance < 90
            and not (":" in between and _several_after(figure, line, reading))
            and not outside
            and not re.search(r";|\bwhile\b|\bwhereas\b|\bbut\b|\. ", between)
        ):
            penalty = (
                0
                if figure.start >= word.start and not re.search(r"[,(]", between)
                else 12
                if figure.end <= word.start
                else 25
            )
            tests.append((distance + penalty, known))
    return min(tests, key=lambda item: item[0])[1] if tests else None


_BECOMING = re.compile(
    r"\b(?:get|gets|getting|got|becom\w+|became|grow|grows|growing|grew|grown|turn\w*|"
    r"increasingly|ever|continu\w+ to be|keeps?) (?:\w+ly |ever )?$",
    re.IGNORECASE,
)
_TEMPORAL = re.compile(
    r"(?:rose|ris|increas|grew|grow|improv|gain|climb|jump|rebound|recover|surg|soar|strengthen|"
    r"upt|fell|fall|drop|declin|decreas|worsen|deterior|slip|slid|"
    r"sank|sunk|lost|loses|losing|shr|dip|plung|tumbl|weaken|eroded|flat|stable|unchanged|"
    r"stead|constant|plateau|little changed|stagnat|held|went|is (?:up|down)|"
    r"gestieg|stieg|steig|gefallen|fiel|fällt|sank|sink|gesunk|verbesser|verschlechter|"
    r"zugenomm|abgenomm|zunahm|unveränd|"
    r"subi|sube|baj[aóo]|aument|cay|caído|mejor[óa]|empeor|crec|disminu|augment|baiss|"
    r"chut|progress|dimin|recul|grimp|inchang)",
    re.IGNORECASE,
)


def _over_time(known: Known) -> bool:
    """Whether a difference is one between times, and not between groups."""
    if known.tool in (
        "impact",
        "matched_effect",
        "experiment",
        "decompose_change",
        "find_change_points",
        "cohort_nps",
        "run_sql",
    ):
        return True
    return bool(known.other) or bool(re.search(r"_per_|slope|step|drift", known.fact.name))


def _several_after(figure: Figure, line: Line, reading: Reading) -> bool:
    """ "They stay longer: by x than these and by y than those": the word before the colon speaks of all of it."""
    told = {known.fact.id for one in line.figures if (known := _as_test(one, line, reading)) and one.role == "value"}
    return figure.start > line.sentence.start and len(told) > 1


def _as_test(figure: Figure, line: Line, reading: Reading) -> Known | None:
    found = [known for known in candidates(figure, reading.evidence) if known.tested and figure.fact != ""]
    if figure.fact is not None:
        return found[0] if found else None
    found.sort(key=lambda known: not same(figure.numbers[0], scaled(known.number or 0.0, known.fact.unit)))
    return next((known for known in found if misfit(known, figure, line, reading) is None), None)


def _of_line(word: Word, line: Line, reading: Reading) -> list[Known]:
    """The tested facts of the cell that the word speaks of, the nearest to what the line names."""
    place = _place(word, line)
    figure = Figure(place, place, "value", ())
    family = _family(line.said)
    found = [
        known
        for known in reading.evidence.known
        if known.tested
        and family(known)
        and not _other_contrast(known, word, line)
        and misfit(known, figure, line, reading) is None
        and other_strata(known, word.start, line, reading) is None
    ]
    if not _WHOLE.search(line.said[: word.start - line.sentence.start].rpartition(",")[2]):
        return found
    named = {axis for mention in line.mentions for axis in mention.axes()}
    unsaid = {id(known): len(set(known.cell) & set(reading.catalog.dimensions) - named) for known in found}
    fewest = min(unsaid.values(), default=0)
    return [known for known in found if unsaid[id(known)] == fewest]


_WHOLE = re.compile(
    r"^\W*(?:the |our |overall |total )*(?:nps|net promoter score|score|satisfaction|loyalty)\b|"
    r"\b(?:overall|in total|as a whole|on the whole|on "
    r"balance|altogether|everybody|everyone|all customers)\b",
    re.IGNORECASE,
)


def _place(word: Word, line: Line) -> int:
    """Where the cell is named: after "hurt" and "helped", what they are done to."""
    if not TRANSITIVE.match(word.text):
        return word.start
    after = [m for m in line.strong() if 0 <= m.start - word.end < 30]
    between = line.said[word.end - line.sentence.start : after[0].start - line.sentence.start] if after else ","
    return after[0].end if not re.search(r"[,;.]|\b(?:and|but|by|from|in|between)\b", between) else word.start


def _other_contrast(known: Known, word: Word, line: Line) -> bool:
    """ "A is ahead of B" is about levels: what an event did to A as against B says nothing of that."""
    control = known.cell.get("control", "").partition(" ")[2].removeprefix("not ")
    if known.tool != "impact" or not control or not COMPARATIVE.match(word.text):
        return False
    return any(m.start in line.compared and control in {value for _axis, value in m.options} for m in line.mentions)


def _family(said: str) -> Callable[[Known], bool]:
    low = said.lower()
    if "response rate" in low or "response rates" in low:
        return lambda known: "response_rate" in known.fact.name
    if re.search(
        r"\b(?:number|count|volume) of (?:the |scored )?(?:answers|responses|comments|replies)\b|"
        r"\banswers (?:grew|rose|fell|dropped)",
        low,
    ):
        return lambda known: bool(re.search(r"answers|responses|growth|ratio", known.fact.name))
    if "sentiment" in low or "positive" in low:
        return lambda known: "sentiment" in known.fact.name or "theme" in known.fact.name
    if re.search(
        r"\b(?:share|proportion|percentage|portion) of (?:the )?(?:promoter|detractor|passive)|"
        r"\b(?:more|fewer|less) (?:promoter|detractor|passive)",
        low,
    ):
        return lambda known: known.fact.unit == "share difference" and "nps_class" in known.cell
    if re.search(r"\b(?:retention|churn\w*|leaves? (?:sooner|earlier|faster)|stays? longer)\b", low):
        return lambda known: "retention" in known.fact.name or known.tool in ("retention", "run_sql")
    return lambda known: known.fact.unit != "number" or "odds" in known.fact.name or known.tool == "run_sql"
