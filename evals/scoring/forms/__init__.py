"""Whether a text keeps the form that it claims to have; the rules of the forms stand in forms.yaml."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence

from agent.answer import Answer
from evals.codes import Failure
from evals.scoring.forms import common, kinds
from evals.scoring.forms.claims import swapped, wrong_causes, wrong_directions
from evals.scoring.forms.reading import ease
from evals.scoring.forms.rules import Form, Rules, Section, rules
from evals.scoring.forms.text import Part, Sentence, bare, fits, parts, rows, sentences, tongue, words
from warehouse.errors import UnknownNameError

_QUOTED = re.compile(r"[\"“„«][^\"“”„«»]{3,}[\"”“»]")


def form_names() -> list[str]:
    """The forms that there are rules for."""
    return list(rules().forms)


def wrong_form(form: str, answer: Answer) -> list[Failure]:
    """Everything that is wrong with the form of the answer's text, each thing once.

    Raises UnknownNameError for a form that there are no rules for.
    """
    known = rules()
    if form not in known.forms:
        raise UnknownNameError("form", form, form_names())
    kept = known.forms[form]
    found = parts(answer.text, kept.titles)
    told = _told(kept, found)
    failures = [
        *common.wrong_slots(answer.text, known),
        *common.wrong_ids(answer.text, answer, kept),
        *common.wrong_repeats(told),
        *common.wrong_emptiness(found, kept),
        *_wrong_length(answer.text, kept),
        *_wrong_reading(told, kept, answer.text),
        *_wrong_sections(kept, found, known),
        *_checked(kept, answer, found, told, known),
    ]
    return list({(failure.code, failure.detail, failure.about): failure for failure in failures}.values())


def _told(form: Form, found: Sequence[Part]) -> list[Sentence]:
    """The sentences without what is quoted, each with the section and the segment it stands under."""
    told, subject = list[Sentence](), ""
    for part in found:
        if form.repeats and _section_of(part.title, form) is None:
            subject = part.title
        told += sentences(_QUOTED.sub("…", part.body), part.title, subject)
    return told


def _wrong_length(text: str, form: Form) -> Iterator[Failure]:
    prose = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("|"))
    count = len(words(prose))
    if count > form.most_words:
        yield common.form_failure(f"It has {count} words; {form.most_words} are the most.")
    if count < form.least_words:
        yield common.form_failure(f"It has {count} words; {form.least_words} are the least.")


def _wrong_reading(told: Sequence[Sentence], form: Form, text: str) -> Iterator[Failure]:
    language = tongue(text)
    found = ease(told, language)
    limit = form.reading.get(language)
    if found is not None and limit is not None and found.too_hard(limit):
        yield common.form_failure(f"It is hard to read: {found.scale} {found.value:g}, the limit is {limit:g}.")


def _checked(form: Form, answer: Answer, found: list[Part], told: list[Sentence], known: Rules) -> Iterator[Failure]:
    checks = set(form.checks)
    if "finding first" in checks:
        yield from kinds.not_finding_first(answer.text, told, answer, known)
    if "headings" in checks:
        yield from kinds.needless_headings(answer.text, found, form)
    if "intervals" in checks:
        yield from kinds.missing_intervals(answer.text, told, answer)
    if "jargon" in checks:
        yield from common.wrong_jargon(answer.text, answer, form)
    if "statistics explained" in checks:
        yield from common.wrong_statistics(told, known)
    if "attributes" in checks:
        yield from kinds.invented_traits(told, answer, known)
        yield from kinds.invented_people(answer.text, known, answer)
    if "quotations" in checks:
        yield from kinds.untrue_quotations(answer.text, answer.facts)
    if "evidence" in checks:
        for section, part in _matched(form, found):
            yield from kinds.wrong_evidence(part, answer) if section.each else ()
    yield from _claims(form, answer, found, told)


def _claims(form: Form, answer: Answer, found: list[Part], told: list[Sentence]) -> Iterator[Failure]:
    for sentence in told:
        section = _section_of(sentence.title, form)
        plans, reasons = bool(section and section.plans), bool(section and section.reasons)
        if "numbers" in form.checks:
            yield from common.wrong_numbers(sentence.text, answer, plans)
            yield from swapped(sentence, answer.facts)
        if "directions" in form.checks:
            yield from wrong_directions(sentence, answer.facts, plans or reasons)
        if "causes" in form.checks and not reasons:
            yield from wrong_causes(sentence, answer.facts)
    if "numbers" in form.checks:
        for row in rows(answer.text):
            yield from common.wrong_numbers(bare(row), answer, False)
            yield from swapped(Sentence(bare(row), ""), answer.facts)
        for part in found:
            yield from common.wrong_numbers(part.title, answer, False)


def _section_of(title: str, form: Form) -> Section | None:
    return next(
        (section for section in form.sections if section.titles and title and fits(title, section.titles)), None
    )


def _wrong_sections(form: Form, found: list[Part], known: Rules) -> Iterator[Failure]:
    if not form.sections:
        return
    blocks = _blocks(form, found) if form.repeats else [("", found)]
    if not blocks:
        yield common.form_failure("It has none of the sections of its form.")
    for title, block in blocks:
        yield from _wrong_block(form, block, known, f" of {title!r}" if title else "")


def _wrong_block(form: Form, found: list[Part], known: Rules, where: str) -> Iterator[Failure]:
    matched = _matched(form, found)
    whole = "\n".join(part.body for part in found)
    for section in form.sections:
        own = [part for one, part in matched if one.name == section.name]
        if own:
            joined = Part(own[0].title, own[0].level, "\n\n".join(part.body for part in own))
            yield from kinds.wrong_section(section, joined, known, where)
        elif not section.optional and not _told_why(section, whole, known):
            yield common.form_failure(f"The section {section.name!r}{where} is missing.")
    if form.ordered:
        order = [form.sections.index(section) for section, _ in matched if not section.anywhere]
        late = next((b for a, b in itertools.pairwise(order) if b < a), None)
        if late is not None:
            yield common.form_failure(f"The section {form.sections[late].name!r}{where} stands too late.")


def _told_why(section: Section, text: str, known: Rules) -> bool:
    """Whether a line says why a section is missing."""
    for sentence in sentences(text):
        opening = " ".join(sentence.text.split()[:5])
        named = any(re.search(rf"\b(?:{title})", opening, re.I) for title in [re.escape(section.name), *section.titles])
        if (
            named
            and any(re.search(pattern, sentence.text, re.I) for pattern in known.left_out)
            and len(words(sentence.text)) >= 6
        ):
            return bool(re.search(r"because|since|:|\bas\b|weil|da\b", sentence.text, re.I))
    return False


def _matched(form: Form, found: Sequence[Part]) -> list[tuple[Section, Part]]:
    """The sections in the order in which they stand; what stands deeper under one belongs to it."""
    matched: list[tuple[Section, Part]] = []
    opening = next((section for section in form.sections if not section.titles), None)
    for part in found:
        section = _section_of(part.title, form)
        if section is None and opening is not None and not any(one is not opening for one, _ in matched):
            section = opening
            part = Part(part.title, part.level, f"{part.title}\n{part.body}".strip())
        if section is not None:
            matched.append((section, part))
        elif matched and part.title and part.level > matched[-1][1].level > 0:
            above, own = matched[-1]
            matched[-1] = above, Part(own.title, own.level, f"{own.body}\n\n### {part.title}\n{part.body}".strip())
    return matched


def _blocks(form: Form, found: Sequence[Part]) -> list[tuple[str, list[Part]]]:
    """The parts by segment: each begins with a heading that is no section of the form."""
    blocks: list[tuple[str, list[Part]]] = []
    for part in found:
        if _section_of(part.title, form) is None or not blocks:
            blocks.append((part.title, []))
        blocks[-1][1].append(part)
    return [(title, block) for title, block in blocks if any(_section_of(part.title, form) for part in block)]
