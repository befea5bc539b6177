"""What only some forms ask for: the finding first, evidence for advice, no invented traits, true quotations."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from agent.answer import Answer
from evals.codes import Failure
from evals.scoring.forms.common import base_shown, form_failure, interval_shown
from evals.scoring.forms.facts import figures, is_change, is_end, is_value, names_in
from evals.scoring.forms.rules import Form, Rules, Section
from evals.scoring.forms.text import Part, Sentence, bare, items, words
from tools.result import Fact

_QUOTED = re.compile(r"[\"“„«]([^\"“”„«»]{12,})[\"”“»]")
_SAYS = re.compile(
    r"\d|\b(?:no|not|yes|nobody|all|most|best|worst|clear\w*|cannot|differ\w*|same|nein|ja|kein\w*|nicht|alle)\b", re.I
)
_DENIED = re.compile(
    r"\b(?:not|no|nothing|cannot|unknown|without|neither|nor|never|whether|how (?:old|many|much|large)|nicht|ob|"
    r"wie (?:alt|viele|groß)|kein\w*|unbekannt|weder)\b|n['’]t\b",
    re.I,
)
_NAMED_PERSON = (
    r"(?:\bnamed|\bcalled|\bmeet|\bthis is|heißt|namens|,? (?:is|was|has|loves|works|lives|wants|\d\d)\b|"
    r", (?:\d\d|a |an |the )|['’]s\b)"
)


def not_finding_first(text: str, told: Sequence[Sentence], answer: Answer, known: Rules) -> Iterator[Failure]:
    """An answer that does not begin with its finding."""
    lines = [line for line in text.splitlines() if line.strip()]
    if lines and re.match(r"\s*(?:#|\||```)", lines[0]):
        yield form_failure("It does not begin with the finding but with a heading or a table.", lines[0])
    if not told:
        yield form_failure("There is no sentence in it.")
        return
    first = told[0].text
    if any(re.match(pattern, first, re.I) for pattern in known.preambles):
        yield form_failure("It begins with a preamble, not with the finding.", first)
    elif not _SAYS.search(first) and not names_in(first, answer.facts):
        yield form_failure("Its first sentence holds no finding: no figure, no segment, no verdict.", first)


def needless_headings(text: str, found: Sequence[Part], form: Form) -> Iterator[Failure]:
    """Headings on a short answer."""
    if len(words(text)) <= form.short:
        for part in found:
            if part.level in (1, 2) or (part.level > 2 and re.search(rf"^\s*#+\s*{re.escape(part.title)}", text, re.M)):
                yield form_failure("A short answer has a heading.", part.title)


def missing_intervals(text: str, told: Sequence[Sentence], answer: Answer) -> Iterator[Failure]:
    """Figures in points without their interval, or an NPS without its base, in the text and in the tables."""
    seen: set[str] = set()
    for sentence in told:
        for figure in figures(sentence.text):
            behind = [
                fact
                for fact in answer.facts
                if fact.unit == "points" and fact.low is not None and is_value(figure, fact)
            ]
            without = any(
                is_end(figure, fact) or (fact.low is None and is_value(figure, fact)) for fact in answer.facts
            )
            if not behind or figure.told in seen or without:
                continue
            seen.add(figure.told)
            if not any(interval_shown(fact, text, answer) for fact in behind):
                yield form_failure(f"{figure.told} has no interval.", sentence.text)
            levels = [fact for fact in behind if not is_change(fact) and fact.n is not None]
            if levels and len(levels) == len(behind) and not any(base_shown(fact, text, answer) for fact in levels):
                yield form_failure(f"{figure.told} has no base (n).", sentence.text)


def wrong_section(section: Section, part: Part, known: Rules, where: str) -> Iterator[Failure]:
    """What a section lacks."""
    name = f"{section.name!r}{where}"
    body, excused = bare(f"{part.title}\n{part.body}"), _says_why(part, known)
    if part.words < section.words and not excused:
        yield form_failure(f"The section {name} is as good as empty.", part.body)
    for need in section.holds:
        if not _holds(need, body, known) and not (excused and need != "unknown" and not re.search(r"\d", part.body)):
            yield form_failure(f"The section {name} holds no {need}.", body)
    if any(re.search(pattern, body, re.I) for pattern in known.no_action):
        return
    points = items(part.body)
    if section.items and not section.items <= len(points) <= section.most_items and not excused:
        yield form_failure(f"The section {name} has {len(points)} points, not {section.items}.", body)
    for at, point in enumerate(_with_opening_dropped(points, section), 1):
        for need in section.each:
            if not _holds(need, point, known):
                yield form_failure(f"Point {at} of {name} has no {need}.", point)


def _with_opening_dropped(points: list[str], section: Section) -> list[str]:
    """Without a sentence that only introduces the points."""
    return [point for point in points if not (len(points) > 1 and section.each and len(words(point)) < 12)] or points


def _says_why(part: Part, known: Rules) -> bool:
    """Whether a section is only the line that says why it is missing."""
    listed = re.search(r"^\s*(?:[-*•]|\d{1,2}[.)])\s", part.body, re.M)
    return not listed and part.words <= 40 and any(re.search(pattern, part.body, re.I) for pattern in known.left_out)


def _holds(need: str, text: str, known: Rules) -> bool:
    return any(re.search(pattern, text, re.I) for pattern in known.holds[need])


def wrong_evidence(part: Part, answer: Answer) -> Iterator[Failure]:
    """Recommendations whose evidence is not there, or whose expected points are not those of the evidence."""
    facts = {fact.id: fact for fact in answer.facts}
    for point in items(part.body):
        cited = [facts[name] for name in dict.fromkeys(re.findall(r"\bF\d+\b", point)) if name in facts]
        match = re.search(r"\b(?:expect\w*|erwart\w*)\b[^\n]*", point, re.I)
        if not cited or match is None:
            continue
        told = figures(match[0])
        if told and not any(is_value(figure, fact) for figure in told[:2] for fact in cited):
            yield form_failure("What is expected is no figure of the evidence that is named.", match[0])


def invented_traits(found: Sequence[Sentence], answer: Answer, known: Rules) -> Iterator[Failure]:
    """Traits of people that no dimension and no value of the data backs."""
    backing = " ".join(
        [*(key for fact in answer.facts for key in fact.where)]
        + [value for fact in answer.facts for value in fact.where.values()]
        + [str(fact.value) for fact in answer.facts if isinstance(fact.value, str)]
    ).lower()
    for sentence in found:
        if _DENIED.search(sentence.text):
            continue
        told = _QUOTED.sub(" ", sentence.text)
        for name, trait in known.attributes.items():
            match = next((m for pattern in trait.words if (m := re.search(pattern, told, re.I))), None)
            if match and not any(_tells_of(word, backing) for word in trait.backed_by):
                yield form_failure(f"{match[0].strip()!r}: nothing in the data tells their {name}.", sentence.text)


def _tells_of(word: str, backing: str) -> bool:
    """Whether a name of the data begins with the word; short ones must stand alone, for "age" is in "package"."""
    end = r"(?![a-zäöü])" if len(word) <= 4 else ""
    return re.search(rf"(?<![a-zäöü]){word}{end}", backing) is not None


def invented_people(text: str, known: Rules, answer: Answer) -> Iterator[Failure]:
    """A persona with the name of a person."""
    own = {word for fact in answer.facts for value in fact.where.values() for word in value.split()}
    names = "|".join(name for name in known.first_names if name not in own)
    for line in text.splitlines():
        head = re.match(r"\s*(?:#+|\*\*|__)\s*(?:Persona:?\s*)?(.*)", line)
        match = re.search(rf"\b(?:{names})\b", bare(head[1])) if head else None
        match = match or re.search(
            rf"\b(?:{names})\b(?={_NAMED_PERSON})|\b(?:named|[Mm]eet|[Tt]his is|[Dd]as ist|heißt) (?:{names})\b",
            bare(line),
        )
        if match:
            yield form_failure(f"{match[0]!r} is the name of a person; a persona is named by role or job.", line)
            return


def untrue_quotations(text: str, facts: Sequence[Fact]) -> Iterator[Failure]:
    """Quotations that no fact holds; omissions marked by dots or brackets are allowed."""
    known = [_letters(str(fact.value)) for fact in facts if isinstance(fact.value, str)]
    for match in _QUOTED.finditer(bare(text)):
        pieces = [_letters(piece) for piece in re.split(r"…|\.\.\.|\[[^\]]*\]", match[1])]
        if len(words(match[1])) >= 3 and not any(all(piece in value for piece in pieces) for value in known):
            yield form_failure("It quotes what nobody is known to have said.", match[0])


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", " ", text).strip().lower()
