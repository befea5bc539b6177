"""The tests that a word of direction may speak of: that of the figure beside it, those of the cell it is said of."""

from __future__ import annotations

import re
from collections.abc import Callable

from agent.check.binding import misfit
from agent.check.counts import is_count
from agent.check.directions import Word
from agent.check.directionwords import COMPARATIVE, TRANSITIVE
from agent.check.evidence import Known
from agent.check.figures import Figure
from agent.check.matching import candidates, same, scaled
from agent.check.outcomes import of_another
from agent.check.reading import Line, Reading
from agent.check.strata import other_strata


def nearest(word: Word, line: Line, reading: Reading) -> Known | None:
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
        known = as_test(figure, line, reading)
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
                else 60
                if figure.end <= word.start and _NEXT.fullmatch(between)
                else 12
                if figure.end <= word.start
                else 25
            )
            tests.append((distance + penalty, known))
    return min(tests, key=lambda item: item[0])[1] if tests else None


_NEXT = re.compile(r"(?:\s*points?)?(?:\s*\([^()]*\)|\s*\[[^\[\]]*\])*,?\s*(?:and|or) ", re.IGNORECASE)
"""Between a figure and the verb of what is said next: "lowered it by x and raised it by y"."""
BECOMING = re.compile(
    r"\b(?:get|gets|getting|got|becom\w+|became|grow|grows|growing|grew|grown|turn\w*|"
    r"increasingly|ever|continu\w+ to be|keeps?) (?:\w+ly |ever )?$",
    re.IGNORECASE,
)
TEMPORAL = re.compile(
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


def over_time(known: Known) -> bool:
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
    told = {known.fact.id for one in line.figures if (known := as_test(one, line, reading)) and one.role == "value"}
    return figure.start > line.sentence.start and len(told) > 1


def as_test(figure: Figure, line: Line, reading: Reading) -> Known | None:
    """The tested difference that a figure is."""
    found = [known for known in candidates(figure, reading.evidence) if known.tested and figure.fact != ""]
    if figure.fact is not None:
        return found[0] if found else None
    found.sort(key=lambda known: not same(figure.numbers[0], scaled(known.number or 0.0, known.fact.unit)))
    return next((known for known in found if misfit(known, figure, line, reading) is None), None)


def of_line(word: Word, line: Line, reading: Reading) -> list[Known]:
    """The tested facts of the cell that the word speaks of, the nearest to what the line names."""
    place = _place(word, line)
    figure = Figure(place, place, "value", ())
    family = family_of(line.said)
    found = [
        known
        for known in reading.evidence.known
        if known.tested
        and family(known)
        and not of_another(known, line.said)
        and not _other_contrast(known, word, line)
        and misfit(known, figure, line, reading) is None
        and other_strata(known, word.start, line, reading) is None
    ]
    if any(known.fact.name in _SHARED for one in line.figures for known in candidates(one, reading.evidence)[:1]):
        found = [known for known in found if known.fact.name == "weight_difference"]
    if not WHOLE.search(line.said[: word.start - line.sentence.start].rpartition(",")[2]):
        return found
    named = {axis for mention in line.mentions for axis in mention.axes()}
    unsaid = {id(known): len(set(known.cell) & set(reading.catalog.dimensions) - named) for known in found}
    fewest = min(unsaid.values(), default=0)
    return [known for known in found if unsaid[id(known)] == fewest]


_SHARED = frozenset(["importance", "weight"])
"""Shares that drivers have in what they explain: one is above another by these, whichever way it goes with NPS."""

WHOLE = re.compile(
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


def family_of(said: str) -> Callable[[Known], bool]:
    """Which tests a text speaks of: of rates of answering, of sentiment, of retention, else of levels."""
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
