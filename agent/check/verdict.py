"""The check as a whole: fill in, read, and let every rule have its say."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from agent.check import MAX_REFUSED, Checked, Code, Ground, Refused
from agent.check.bare import bare
from agent.check.causes import causes
from agent.check.decided import unfounded
from agent.check.directions import directions
from agent.check.everyone import everyone
from agent.check.evidence import Evidence, gather
from agent.check.filling import DraftError, Filled, fill, raw_ids
from agent.check.gloss import Gloss, gloss, gloss_question
from agent.check.kinds import other_kind
from agent.check.languages import foreign_best, foreign_words, unread
from agent.check.names import Names, collect
from agent.check.numbers import findings
from agent.check.numberwords import RATIO
from agent.check.page import Page, read
from agent.check.proofs import proofs
from agent.check.quotations import Quoted, find_quotations, reported
from agent.check.ranking import rankings, unranked
from agent.check.reading import Line, Reading, read_lines
from agent.check.said import hedged
from agent.check.strangers import foreign_dates, strangers
from agent.check.superlatives import majorities, superlatives, unfounded_best
from agent.check.suppressed import give_aways, withheld
from agent.check.topics import absent, vocabulary
from tools.result import Fact

Finding = tuple[Code, int, int, str]
SENTENCE_SHOWN = 200
MAX_FIGURES, MAX_SENTENCES, MAX_FOUND, MAX_WORDS = 600, 900, 40, 16
_FIGURE = re.compile(r"\d[\d.,]*")


def judge(draft: str, ground: Ground) -> Checked:
    """The draft filled in, and what of it was refused."""
    facts: dict[str, Fact] = {fact.id: fact for fact in ground.earlier}
    facts |= {fact.id: fact for result in ground.results for fact in result.facts}
    try:
        filled = fill(draft, facts)
    except DraftError as error:
        return Checked("", [Refused("draft", draft[:60], draft[:SENTENCE_SHOWN], str(error))])
    used = list(dict.fromkeys(reference.fact for reference in filled.references))
    evidence = gather(list(ground.results), list(ground.calls), ground.catalog, list(ground.earlier))
    names = collect(ground.catalog, evidence)
    raw = [
        Refused("draft", name, name, f"{name} is the id of a fact; write {{{{ {name} }}}}")
        for name in raw_ids(_unnamed(draft_text(draft), names), facts)
    ]
    if why := _too_much(read(filled.text), filled) or unread(filled.text):
        return Checked(filled.text, [*raw, Refused("draft", draft[:60], draft[:SENTENCE_SHOWN], why)], used)
    told = gloss(filled, names, ground.question)
    page = read(told.filled.text)
    quotes = list(
        find_quotations(page, _quotes(facts.values()), _may_be_quoted(ground, evidence, names), ground.question)
    )
    reading = _reading(page, told, ground, evidence, names, quotes)
    found = [*_quotation_faults(quotes), *islice(_faults(reading), MAX_FOUND)]
    refused = [*raw, *_refused(page, found, told)]
    return Checked(filled.text, refused[:MAX_REFUSED], used)


def _unnamed(text: str, names: Names) -> str:
    """The text without the names of the data: what looks like a fact's id in one is none."""
    for mention in names.find(text):
        text = text[: mention.start] + " " * (mention.end - mention.start) + text[mention.end :]
    return text


def _too_much(page: Page, filled: Filled) -> str | None:
    """Why a text cannot be an answer for people; the check's time is bounded by this."""
    figures = max(len(filled.references), len(_FIGURE.findall(filled.text)))
    if figures > MAX_FIGURES:
        return f"the draft has {figures} figures; {MAX_FIGURES} are the most that anybody reads"
    if len(page.sentences) > MAX_SENTENCES:
        return f"the draft has {len(page.sentences)} sentences and cells; {MAX_SENTENCES} are the most"
    return None


def draft_text(draft: str) -> str:
    """The draft without its references."""
    pieces = draft.split("{{")
    return " ".join([pieces[0], *[piece.partition("}}")[2] for piece in pieces[1:]]])


def _quotes(facts: Iterable[Fact]) -> list[str]:
    return [
        str(fact.value) for fact in facts if fact.unit == "text" and fact.value is not None and fact.name != "priority"
    ]


def _may_be_quoted(ground: Ground, evidence: Evidence, names: Names) -> list[str]:
    known = [*names.columns, *names.events]
    known += [value for dimension in ground.catalog.dimensions.values() for value in dimension.values]
    return known + [value for item in evidence.known for value in item.fact.where.values()]


def _reading(
    page: Page, told: Gloss, ground: Ground, evidence: Evidence, names: Names, quotes: list[Quoted]
) -> Reading:
    hidden = [(quote.start, quote.end) for quote in quotes if quote.genuine or quote.claimed]
    asked = read(gloss_question(ground.question, names, told.written))
    return read_lines(page, told.filled.references, evidence, names, ground.catalog, asked, hidden)


def _quotation_faults(quotes: list[Quoted]) -> Iterator[Finding]:
    for quote in quotes:
        if quote.claimed and not quote.genuine:
            yield (
                "quotation",
                quote.start,
                quote.end,
                "nobody is known to have said that; quote a fact of the tool quotes word for word",
            )


def _faults(reading: Reading) -> Iterator[Finding]:
    shown = proofs(reading.evidence, reading.names.events, reading.names.heads)
    cells = withheld(reading)
    texts = _quotes(known.fact for known in reading.evidence.known)
    held = vocabulary(reading)
    for line in reading.lines:
        yield from _figures(line, reading)
        yield from _ways(line, reading)
        for start, end, _phrase, why in causes(line, reading, shown):
            yield "cause", start, end, why
        for start, end, _phrase, why in strangers(line, reading):
            yield "name", start, end, why
        for start, end, _phrase, why in reported(line, texts, held):
            yield "quotation", start, end, why
        for start, end, _phrase, why in bare(line, reading):
            yield "bare", start, end, why
        for start, end, _phrase, why in absent(line, held):
            yield "name", start, end, why
        for start, end, _phrase, why in foreign_dates(line, reading):
            yield "date", start, end, why
        for start, end, _phrase, why in give_aways(line, reading, cells):
            yield "suppressed", start, end, why


def _figures(line: Line, reading: Reading) -> Iterator[Finding]:
    for code, start, end, why in findings(line, reading):
        yield code, start, end, why  # type: ignore[misc]
    for start, end, _phrase, why in other_kind(line, reading):
        yield "number", start, end, why
    for match in RATIO.finditer(line.said):
        start, end = line.sentence.start + match.start(), line.sentence.start + match.end()
        if any(f.fact and f.start < end and start < f.end for f in line.figures):
            continue
        if not hedged(line.said, match.start(), match.end()) and not line.said.rstrip().endswith("?"):
            yield "arithmetic", start, end, "a ratio is arithmetic, and no fact says it"


def _ways(line: Line, reading: Reading) -> Iterator[Finding]:
    for word in islice([*directions(line, reading), *foreign_words(line)], MAX_WORDS):
        if why := unfounded(word, line, reading):
            yield "direction", word.start, word.end, why
    for best in [*superlatives(line), *foreign_best(line)]:
        if why := unfounded_best(best, line, reading) or unranked(best, line, reading):
            yield "direction", best.start, best.end, why
    for start, end, _phrase, why in (*majorities(line, reading), *everyone(line, reading), *rankings(line, reading)):
        yield "direction", start, end, why


def _refused(page: Page, found: Iterable[Finding], told: Gloss) -> Iterator[Refused]:
    seen: set[tuple[str, int]] = set()
    for code, start, end, why in sorted(found, key=lambda finding: finding[1]):
        if (code, start) in seen:
            continue
        seen.add((code, start))
        first, last = told.back(start, end)
        yield Refused(code, told.written[first:last].strip(), _sentence(page, start, told), why)


def _sentence(page: Page, at: int, told: Gloss) -> str:
    for sentence in reversed(page.sentences):
        if sentence.start <= at < max(sentence.end, sentence.start + 1):
            first, last = told.back(sentence.start, sentence.end)
            return told.written[first:last].strip()[:SENTENCE_SHOWN]
    first, _last = told.back(at, at)
    return told.written[max(0, first - 80) : first + 80].strip()
