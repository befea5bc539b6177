"""Reading a text as a person does: its figures, its sentences, list items and tables.

Nothing here is shared with the answer check of npsight: a judge has eyes of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

Unit = Literal["percent", "points", "count", "plain"]
Role = Literal["main", "interval", "n", "p", "difference", "level"]

_SPACES = "\u00a0\u2009\u202f\u2007"
_FIGURE = re.compile(rf"(?<![\w])(?:\d{{1,3}}(?:[.,'’{_SPACES}]\d{{3}})+(?:[.,]\d+)?(?![.,]?\d)|\d+(?:[.,]\d+)?)")
_PERCENT = re.compile(
    r"\s?(?:%|per\s?cent\b|pct\b|pp\b|p\.\s?p\.|prozent|percentage|puntos? porcentual|por ciento)", re.I
)
_POINTS = re.compile(r"\s?(?:nps[- ])?(?:points?\b|pts?\b|punkte?n?\b|puntos?\b)", re.IGNORECASE)
_PEOPLE = (
    r"(?:scored |valid |gültige[n]? |bewertete[n]? |of the |of |the |our |in |all |de los |de las )*"
    r"(?:answers?|responses?|respondents?|customers?|guests?|people|reviews?|surveys?|ratings?|participants?|"
    r"users?|members?|"
    r"patients?|students?|passengers?|employees?|clients?|promoters?|detractors?|passives?|rows?|records?|"
    r"antworten|antwort|kund\w*|gäste\w*|befragte\w*|bewertung\w*|rückmeldung\w*|teilnehm\w*|promotor\w*|"
    r"detraktor\w*|"
    r"kritiker\w*|passive\w*|indifferente\w*|zeilen|respuestas?|clientes?|encuestas?|personas?|valoracion\w*|"
    r"filas|pasivos?)\b"
)
_COUNTED = re.compile(r"\s?" + _PEOPLE, re.IGNORECASE)
_N = re.compile(r"(?:(?<!\w)(?:n|base|basis|base de)\s*(?:=|:|of|von|de|\s)|(?<!\w)N\s*=|[(\[,;]\s*N\s*:)\s*$")
_FROM = re.compile(
    r"(?:based on|on the basis of|auf basis von|basierend auf|basad[ao]s? en|aus|from|out of|über)\s+$", re.IGNORECASE
)
_P = re.compile(r"(?<!\w)p(?:[- ]?(?:value|wert|valor))?\s*(?:is|of|von|de|[=<>≤≈])?\s*[=<>≤≈]?\s*$", re.IGNORECASE)
_LESS = re.compile(r"[<≤]\s*$")
BOUNDS = (0.0001, 0.001, 0.01)
"""A p-value below one of these is often told so, with or without its letter."""
_INTERVAL = re.compile(
    r"\b(?:interval|intervall|intervalo|ci|ki|ic|conf\w*|konf\w*|between|zwischen|entre|rang\w*|reicht|"
    r"runs?|va)\b",
    re.IGNORECASE,
)
_LEVEL = re.compile(
    r"^[-\s%.*_a-zäöüé]{0,22}\b(?:ci|interval|intervalls?|intervalo|ki|ic|konf\w*|conf\w*|sicher\w*)\b", re.IGNORECASE
)
_LEVEL_BEFORE = re.compile(
    r"\b(?:interval|intervall|intervalo|ci|ki|ic|conf\w*|konf\w*)[\s:(]*(?:(?:of|von|del?|al|at|zu|"
    r"level)\s*)*[*_(]*$",
    re.IGNORECASE,
)
_PAIR = re.compile(r"^\s*(?:to|bis|a|and|und|y|–|—|-|…|\.\.\.?|,|;|through|hasta)\s*[+−–-]?$", re.IGNORECASE)
_SIGNS = "+-−–"
_AFTER_WORD = re.compile(r"\w$")


@dataclass(frozen=True)
class Figure:
    """A number that a text shows."""

    readings: tuple[tuple[float, int], ...]
    """What it may be, with its decimals: "1.234" is one thing in English and another in German."""
    unit: Unit
    role: Role
    start: int
    end: int
    said: str
    signed: bool = False
    """It has a plus or a minus."""

    @property
    def value(self) -> float:
        """Its likelier reading."""
        return self.readings[0][0]


@dataclass
class Passage:
    """A sentence or a list item, and what stands over it."""

    text: str
    kind: Literal["sentence", "item"] = "sentence"
    above: tuple[str, ...] = ()
    """Headings, the line that a list begins with, the items above: what they name holds here too."""
    before: str = ""
    """The sentences before it in the same paragraph."""
    block: int = 0
    """Passages of one list or paragraph have the same number."""


@dataclass
class Grid:
    """A table that a person sees."""

    title: str
    columns: list[str]
    rows: list[list[str]]
    units: list[str] = field(default_factory=list)
    written: bool = False
    """Written in the text, not shown under it."""


def figures(text: str, taken: list[tuple[int, int]] | None = None) -> list[Figure]:
    """The numbers in a text, but for the places that are `taken` by names and dates."""
    found: list[Figure] = []
    for match in _FIGURE.finditer(text):
        start, end = match.span()
        if any(start < last and first < end for first, last in taken or []) or _is_part(text, start, end):
            continue
        sign, begins = _sign(text, start)
        readings = tuple((-value if sign < 0 else value, places) for value, places in _readings(match.group()))
        unit, after = _unit(text, end)
        found.append(Figure(readings, unit, "main", begins, after, text[begins:after], begins < start))
    return _with_roles(text, found)


def _is_part(text: str, start: int, end: int) -> bool:
    """It is a part of a word, an ordinal, a version or the number of a list item."""
    rest = text[end : end + 2]
    if re.match(r"(?:st|nd|rd|th)\b", text[end : end + 3]) or re.match(r"[A-Za-zäöüß]", rest):
        return not re.match(r"(?:pp|pts?|k)\b", text[end : end + 4])
    if start and text[start - 1] in ".," and start > 1 and text[start - 2].isdigit():
        return True
    return bool(re.match(r"[.)]\s", text[end : end + 2]) and re.fullmatch(r"\s*(?:#+\s*)?", text[:start]))


def _sign(text: str, start: int) -> tuple[int, int]:
    at = start
    if at and text[at - 1] in " €$" and at > 1 and text[at - 2] in "+−":
        at -= 1
    if at and text[at - 1] in _SIGNS:
        alone = at == 1 or not (text[at - 2].isalnum() or text[at - 2] in ".)%")
        if alone:
            return (1 if text[at - 1] == "+" else -1), at - 1
    word = re.search(r"(?:\bminus|\bmenos|\bnegative|\bnegativ)\s+$", text[:start], re.IGNORECASE)
    if word and not re.search(r"\d\s*%?\s*(?:\w+\s+)?$", text[: word.start()]):
        return -1, word.start()
    return 1, start


def _readings(spoken: str) -> list[tuple[float, int]]:
    plain = re.sub(rf"['’{_SPACES}]", "", spoken)
    marks = [mark for mark in plain if mark in ".,"]
    if not marks:
        return [(float(plain), 0)]
    whole, _, rest = plain.rpartition(marks[-1])
    grouped = (float(re.sub(r"[.,]", "", plain)), 0)
    if len(set(marks)) == 2 or plain != spoken:
        return [(float(re.sub(r"[.,]", "", whole) + "." + rest), len(rest))]
    if len(marks) > 1:
        return [grouped]
    decimal = (float(f"{whole}.{rest}"), len(rest))
    if len(rest) == 3 and 1 <= len(whole) <= 3 and whole != "0":
        return [grouped, decimal]
    return [decimal]


def _unit(text: str, end: int) -> tuple[Unit, int]:
    rest = text[end : end + 60]
    bare = rest.lstrip("*_")
    skipped = len(rest) - len(bare)
    if found := _PERCENT.match(bare):
        return "percent", end + skipped + found.end()
    if found := _POINTS.match(bare):
        return "points", end + skipped + found.end()
    return ("count", end) if _COUNTED.match(bare) else ("plain", end)


def _with_roles(text: str, found: list[Figure]) -> list[Figure]:
    made: list[Figure] = []
    for at, figure in enumerate(found):
        before, role = text[max(0, figure.start - 40) : figure.start].rstrip("*_ ") + " ", figure.role
        unit = figure.unit
        if _N.search(before.rstrip() + " ") or (unit == "count" and _FROM.search(before)):
            role, unit = "n", "count"
        elif figure.value in (80, 90, 95, 99) and (
            _LEVEL.match(_bare_after(text, figure)) or _LEVEL_BEFORE.search(before)
        ):
            role = "level"
        elif figure.unit == "plain" and (_P.search(before) or (_LESS.search(before) and figure.value in BOUNDS)):
            role = "p"
        elif _is_end(text, found, at, made):
            role = "interval"
        made.append(Figure(figure.readings, unit, role, figure.start, figure.end, figure.said, figure.signed))
    return made


def _is_end(text: str, found: list[Figure], at: int, made: list[Figure]) -> bool:
    """It is an end of an interval."""
    if _is_bracketed(text, found, at) or (made and _ends_pair(text, made[-1], found[at])):
        return True
    return at + 1 < len(found) and _begins_pair(text, found[at], found[at + 1], _end_before(found, at))


def _bare_after(text: str, figure: Figure) -> str:
    return text[figure.end : figure.end + 40]


def _is_bracketed(text: str, found: list[Figure], at: int) -> bool:
    """Between square brackets with one other figure, or after ±."""
    figure = found[at]
    if text[max(0, figure.start - 2) : figure.start].strip().endswith("±"):
        return True
    opened = text.rfind("[", 0, figure.start)
    closed = text.find("]", figure.end)
    if opened < 0 or closed < 0 or "]" in text[opened : figure.start]:
        return False
    return sum(opened < other.start < closed for other in found) == 2


def _end_before(found: list[Figure], at: int) -> int:
    """Where the figure before ends, the level of an interval left out."""
    earlier = [one.end for one in found[:at] if one.value not in (80, 90, 95, 99)]
    return earlier[-1] if earlier else 0


def _begins_pair(text: str, figure: Figure, following: Figure, since: int) -> bool:
    before = text[max(since, figure.start - 45) : figure.start]
    cut = max(before.rfind(". "), before.rfind(";"))
    gap = text[figure.end : following.start]
    return bool(
        _INTERVAL.search(before[cut + 1 :]) and _PAIR.match(gap) and not re.search(r"\d[^%]*$", before[cut + 1 :])
    )


def _ends_pair(text: str, previous: Figure, figure: Figure) -> bool:
    return previous.role == "interval" and bool(_PAIR.match(text[previous.end : figure.start]))


_ITEM = re.compile(r"^(\s*)(?:[-*•+]|\d{1,2}[.)])\s+(?=\S)")
_HEADING = re.compile(r"^\s*(?:#{1,6}\s+(?P<a>.+)|\*\*(?P<b>[^*]+)\*\*:?)\s*$")
_RULE = re.compile(r"^\s*\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)*\|?\s*$")


def passages(text: str, names: Iterable[str] = ()) -> tuple[list[Passage], list[Grid]]:
    """A Markdown text as sentences and list items with what stands over them, and its tables.

    `names`: those that hold a full stop, which ends no sentence.
    """
    dotted = tuple(name.lower() for name in names if ". " in name)
    found: list[Passage] = []
    grids: list[Grid] = []
    lines = text.splitlines()
    heading, lead, items, block, at = "", "", list[tuple[int, str]](), 0, 0
    while at < len(lines):
        line = lines[at]
        if "|" in line and at + 1 < len(lines) and _RULE.match(lines[at + 1]) and "|" in lines[at + 1]:
            grid, at = _grid(lines, at, " ".join(part for part in (heading, lead) if part))
            grids.append(grid)
            continue
        at += 1
        if not line.strip():
            block, lead = block + 1, lead if lead.rstrip("* ").endswith(":") else ""
            continue
        if item := _ITEM.match(line):
            depth = len(item.group(1))
            items = [(indent, said) for indent, said in items if indent < depth]
            over = tuple(part for part in (heading, lead, *(said for _, said in items)) if part)
            found += _split(line[item.end() :], "item", over, block, dotted)
            items.append((depth, line[item.end() :]))
        elif named := _HEADING.match(line):
            heading, lead, items, block = named.group("a") or named.group("b"), "", [], block + 1
            found += _split(line, "sentence", (), block, dotted)
        elif items and line.startswith("  "):
            found += _split(line, "item", tuple(said for _, said in items), block, dotted)
        else:
            items = []
            found += _split(line, "sentence", (heading,) if heading else (), block, dotted)
            lead = sentences(line)[-1] if line.rstrip("* ").endswith(":") else ""
    return found, grids


def _split(
    line: str, kind: Literal["sentence", "item"], above: tuple[str, ...], block: int, dotted: tuple[str, ...]
) -> Iterator[Passage]:
    parts = sentences(line, dotted)
    for at, part in enumerate(parts):
        over = (*above, parts[0]) if kind == "item" and at else above
        yield Passage(part, kind, over, " ".join(parts[:at]) if kind == "sentence" else "", block)


_END = re.compile(r"(?<=[.!?])[*_)\]\"”]*\s+(?=[*_(\[\"“¿¡]*[A-ZÄÖÜÁÉÍÓÚÑ\d])")
_NOT_END = re.compile(
    r"(?:\b(?:vs|ca|approx|z\.\s?B|p\.\s?ej|e\.g|i\.e|d\.h|St|No|Nr|núm|bzw|inkl|Mr|Dr|aprox)\.|\b[a-z]\.|"
    r"(?<![\d.,])\d{1,2}\.)$"
)


def sentences(line: str, dotted: tuple[str, ...] = ()) -> list[str]:
    """The sentences of a line; `dotted`: names with a full stop in them."""
    parts: list[str] = []
    begin = 0
    for match in _END.finditer(line):
        if _NOT_END.search(line[begin : match.start()]) and not re.search(
            r"=\s*\d{1,2}\.$", line[begin : match.start()]
        ):
            continue
        if any(_runs_over(line.lower(), name, match.start()) for name in dotted):
            continue
        parts.append(line[begin : match.start()].strip())
        begin = match.end()
    parts.append(line[begin:].strip())
    return [part for part in parts if part]


def _runs_over(line: str, name: str, place: int) -> bool:
    at = line.find(name, max(0, place - len(name)))
    return 0 <= at < place < at + len(name)


def _grid(lines: list[str], at: int, title: str) -> tuple[Grid, int]:
    columns = _cells(lines[at])
    at += 2
    rows: list[list[str]] = []
    while at < len(lines) and "|" in lines[at] and lines[at].strip():
        cells = _cells(lines[at])
        rows.append((cells + [""] * len(columns))[: len(columns)])
        at += 1
    return Grid(title, columns, rows, ["text"] * len(columns), written=True), at


def _cells(line: str) -> list[str]:
    inner = line.strip().removeprefix("|").removesuffix("|")
    return [cell.strip().strip("*_").strip() for cell in re.split(r"(?<!\\)\|", inner)]
