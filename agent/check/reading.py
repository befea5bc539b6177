"""A text read against what it may rest on: its sentences with the names, periods and figures in them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from agent.check.complements import complements
from agent.check.evidence import Evidence, Span
from agent.check.figures import Figure, find_figures
from agent.check.filling import Reference
from agent.check.names import Mention, Names, lower
from agent.check.page import Page, Sentence, blank
from agent.check.periods import Named, find_periods
from warehouse.catalog import Catalog

COMPARED = re.compile(
    r"(?:\bthan|\bbelow|\babove|\bbehind|\bahead of|\bbeyond|\bversus|\bvs\.?|\bagainst|"
    r"\bcompared (?:with|to)|\brelative to|"
    r"\bbeats?|\btrails?|\bleads?|\bexceeds?|\bover|\bunder|\b(?:apart|differ\w*|distance|"
    r"distinct|distinguish\w*|far) from|\bdifference (?:to|with)|\bgap (?:to|with))"
    r"(?:[\s(]+(?:that|those|the|of|for|in|on|among|customers|users|accounts|its|their|"
    r"our|nps|all|other))*(?:\s+[\w-]+)?[\s(]*$",
    re.IGNORECASE,
)


@dataclass
class Line:
    """A sentence with what was found in it."""

    sentence: Sentence
    said: str
    mentions: list[Mention] = field(default_factory=list)
    compared: set[int] = field(default_factory=set)
    """Beginnings of the mentions that something is held against: "below Growth"."""
    periods: list[Named] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)

    def strong(self, axis: str | None = None) -> list[Mention]:
        """The mentions that bind."""
        return [m for m in self.mentions if m.strong and (axis is None or axis in m.axes())]


@dataclass
class Reading:
    """The whole text."""

    page: Page
    evidence: Evidence
    names: Names
    catalog: Catalog
    lines: list[Line]
    by_start: dict[int, Line]
    asked: Line
    """The question, as far as it names cells and periods."""
    asked_spans: set[Span]
    accords: dict[tuple[str, int, int], Mapping[int, frozenset[str]] | None] = field(default_factory=dict)
    """Axis, line and number of its figures → the reading of the line in which all of them stand right."""

    def over(self, line: Line) -> list[Line]:
        """The lines that a line stands under, nearest first."""
        return [self.by_start[s.start] for s in line.sentence.over if s.start in self.by_start]

    def before(self, line: Line) -> list[Line]:
        """The lines before a line, nearest first."""
        return [self.by_start[s.start] for s in line.sentence.before if s.start in self.by_start]

    def around(self, line: Line) -> list[Line]:
        """Where a line's silence is filled in from: what it stands under, what came before, the question."""
        return [*self.over(line), *self.before(line), self.asked]


def read_lines(
    page: Page,
    references: Iterable[Reference],
    evidence: Evidence,
    names: Names,
    catalog: Catalog,
    question: Page,
    quoted: list[tuple[int, int]],
) -> Reading:
    """Find everything in every sentence."""
    asked = _asked(question, evidence, names, catalog)
    plain = page.plain
    for start, end in quoted:
        plain = blank(plain, start, end)
    for start, end in _odd_names(page.text, names):
        plain = blank(plain, start, end)
    periods = find_periods(Page(page.text, plain, page.sentences), evidence, catalog)
    mentions = _with_complements(names.find(plain), plain, asked.said, evidence, names, catalog)
    masked = plain
    for mention in mentions:
        if any(sign.isdigit() for sign in plain[mention.start : mention.end]):
            masked = blank(masked, mention.start, mention.end)
    low = lower(page.text)
    for name in (name for name in names.columns if any(sign.isdigit() for sign in name)):
        for at in [found.start() for found in re.finditer(re.escape(name), low)][:200]:
            masked = blank(masked, at, at + len(name))
    held = sorted(references, key=lambda reference: reference.start)
    lines = []
    for sentence in page.sentences:
        line = Line(sentence, plain[sentence.start : sentence.end])
        dated = periods.get(sentence.start, [])
        line.mentions = [m for m in _within(mentions, sentence) if not _part_of_date(m, dated, plain)]
        own = [r for r in held if sentence.start <= r.start < sentence.end]
        line.periods = _clear(periods.get(sentence.start, []), line.mentions, own)
        piece = masked[sentence.start : sentence.end]
        for period in line.periods:
            piece = blank(piece, period.start - sentence.start, period.end - sentence.start)
        piece = _without_code(piece)
        line.figures = find_figures(page, sentence, piece, own, catalog.scale)
        line.compared = _compared(plain, line)
        lines.append(line)
    return Reading(
        page, evidence, names, catalog, lines, {line.sentence.start: line for line in lines}, asked, _spans(asked)
    )


_ODD = re.compile(r"[^\w\s.,:/()&%'+-]")


def _odd_names(text: str, names: Names) -> Iterable[tuple[int, int]]:
    """Where the name of a column or an event stands that reads like anything but a name."""
    low = lower(text)
    for name in {*names.columns, *names.events}:
        if len(name) > 3 and _ODD.search(name):
            yield from ((found.start(), found.end()) for found in re.finditer(re.escape(name), low))


def _with_complements(
    found: list[Mention], plain: str, asked: str, evidence: Evidence, names: Names, catalog: Catalog
) -> list[Mention]:
    made = list(found)
    own = list(complements(plain, asked, evidence, names, catalog))
    known = sorted([*found, *own], key=lambda mention: mention.start)
    spoken = [m for m in complements(plain, asked, evidence, names, catalog, known) if m not in own]
    for one in (*own, *spoken):
        over = [m for m in made if m.start < one.end and one.start < m.end]
        if (one in spoken or any(value.startswith("not ") for _axis, value in one.options)) and COMPARED.search(
            plain[max(0, one.start - 60) : one.start]
        ):
            continue  # "below everybody else": of a difference, whose fact is against the rest
        if any(m.strong and m.end - m.start >= one.end - one.start for m in over):
            continue
        if any(m.strong and not m.axes() & one.axes() for m in over):
            continue
        made = [m for m in made if m not in over] + [one]
    return sorted(made, key=lambda mention: mention.start)


def _without_code(piece: str) -> str:
    return re.sub(
        r"`[^`\n]{1,80}`",
        lambda match: " " * len(match.group()) if re.search(r"[A-Za-z_]", match.group()) else match.group(),
        piece,
    )


def _asked(page: Page, evidence: Evidence, names: Names, catalog: Catalog) -> Line:
    periods = [period for found in find_periods(page, evidence, catalog).values() for period in found]
    sentence = page.sentences[0] if page.sentences else Sentence(0, len(page.text), "prose")
    said = lower(page.plain)
    return Line(
        sentence,
        said,
        _with_complements(names.find(page.plain), page.plain, said, evidence, names, catalog),
        set(),
        periods,
    )


def _spans(asked: Line) -> set[Span]:
    return {span for period in asked.periods for span in ({period.span} | period.spans) if span}


def _part_of_date(mention: Mention, dated: list[Named], plain: str) -> bool:
    """The "Q1" of "2018-Q1", where a column has such values."""
    short = mention.end - mention.start <= 4
    return short and any(
        p.start <= mention.start and mention.end <= p.end and re.search(r"\d{4}", plain[p.start : p.end]) for p in dated
    )


def _within(mentions: list[Mention], sentence: Sentence) -> list[Mention]:
    return [mention for mention in mentions if sentence.start <= mention.start < sentence.end]


def _clear(periods: list[Named], mentions: list[Mention], references: list[Reference]) -> list[Named]:
    """Periods that are no part of a name ("3 to 12 months") and no figure."""
    taken = [(m.start, m.end) for m in mentions if m.strong] + [(r.start, r.end) for r in references]
    return [p for p in periods if not any(a < p.end and p.start < b for a, b in taken)]


def _compared(plain: str, line: Line) -> set[int]:
    return {m.start for m in line.mentions if COMPARED.search(plain[max(line.sentence.start, m.start - 60) : m.start])}
