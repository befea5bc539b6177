"""Right answers made wrong, as analysts go wrong; and the same answers said otherwise, which stay right."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from evals.cases import Claim
from evals.mutations.claims import Known
from evals.mutations.claims_pairs import pairs, replaced, reverse, reworded
from evals.scoring.claims.words import common_names

_INVENTED = Path(__file__).parent / "claims_invented.yaml"

_POINTS_BACK = re.compile(r"(?:that|this|it|we|das|no se)\b", re.IGNORECASE)
"""An answer that begins so would take back what is put before it."""
_ACCEPTED = "Here is what I found."
_YES = {"en": "Yes, NPS fell.", "de": "Ja, der NPS ist gefallen.", "es": "Sí, el NPS bajó."}
_HARMLESS = {
    "a question at the end": "Would you like me to look at what customers write?",
    "a count": "In all, 4,112 answers carry a score.",
    "a hedged cause": "Prices may have played a part, but the data cannot show whether they are the cause.",
    "a quoted cause": "One customer writes: “I left because of the price rise, it made everything worse.”",
    "a question of cause": "Was it the price rise?",
    "a cause denied": "That the price rise caused this is not shown.",
    "an assumption": "If prices were the cause, we should see it among new customers first.",
}


@dataclass(frozen=True)
class Changed:
    """A text made from a right answer."""

    operator: str
    text: str


def corrupted(known: Known) -> Iterator[Changed]:
    """Every way in which this answer can be spoilt so that its claims are no longer right.

    An answer that was really given is spoilt by added and exchanged sentences only: the replacements are made for the
    answers by hand, and would leave some of its doubts and warnings in place.
    """
    seen = {known.text}
    for operator, texts in _OPERATORS.items():
        for text in texts(known) if not known.facts or operator not in _BY_HAND else ():
            if text not in seen:
                seen.add(text)
                yield Changed(operator, text)


def _reversed(known: Known) -> Iterator[str]:
    if any(claim.direction and claim.claim in ("change", "difference") for claim in known.must):
        yield reverse(known.text)


def _by_pairs(name: str, kind: str) -> Callable[[Known], Iterator[str]]:
    """Wordings of one kind of claim replaced, where the answer needs that claim."""

    def changed(known: Known) -> Iterator[str]:
        if any(claim.claim == kind and not claim.or_claim for claim in known.must):
            yield replaced(known.text, pairs(name))

    return changed


@cache
def _invented() -> dict[str, dict[str, list[str]]]:
    """Sentences that nothing supports, by what they claim and by language."""
    listed: dict[str, dict[str, list[str]]] = yaml.safe_load(_INVENTED.read_text(encoding="utf-8"))
    return listed


def _inserted(key: str) -> Callable[[Known], Iterator[str]]:
    """Sentences that a `never` of the answer forbids, at the beginning and at the end."""

    def changed(known: Known) -> Iterator[str]:
        for at, who in enumerate(_forbidden(known, key)):
            for index, sentence in enumerate(_invented()[key][known.language]):
                said = sentence.format(who=who)
                said = said[0].upper() + said[1:]
                first = (index + at) % 2 and not _POINTS_BACK.match(known.text)
                if not _needs_words(known, key) or _says_them(known, said):
                    yield f"{said}\n\n{known.text}" if first else f"{known.text.rstrip()}\n\n{said}\n"

    return changed


def _needs_words(known: Known, key: str) -> bool:
    return key == "cause" and all(claim.words for claim in known.never if claim.claim == "cause")


def _says_them(known: Known, sentence: str) -> bool:
    words = [word for claim in known.never if claim.claim == "cause" for word in claim.words]
    return any(re.search(word, sentence, re.IGNORECASE) for word in words)


def _forbidden(known: Known, key: str) -> list[str]:
    """Whom the answer must not say this of."""
    kind, _, direction = key.partition(" ")
    wrong = [claim for claim in known.never if claim.claim == kind and claim.direction in (None, direction or None)]
    found = [_called(claim, known) for claim in wrong if not claim.words or kind == "cause"]
    return list(dict.fromkeys(found))


def _called(claim: Claim, known: Known) -> str:
    if not isinstance(claim.of, dict):
        return {"de": "Der NPS", "es": "El NPS"}.get(known.language, "NPS")
    column, value = next(iter(claim.of.items()))
    return f"{column} {value}" if value.lower() in common_names() | {"yes", "no"} else value


def _swapped(known: Known) -> Iterator[str]:
    """Two segments change places, where the claims tell them apart."""
    for claim in known.must:
        if isinstance(claim.of, dict) and claim.claim in ("change", "difference"):
            column, value = next(iter(claim.of.items()))
            for other in known.names[column]:
                if other != value and other in known.text and not _alike(known, column, value, other):
                    yield _exchange(known.text, value, other)


def _alike(known: Known, column: str, one: str, other: str) -> bool:
    """True where the same is claimed of both."""
    claims = [{(c.claim, c.direction) for c in known.must if c.of == {column: value}} for value in (one, other)]
    return claims[0] == claims[1]


def _exchange(text: str, one: str, other: str) -> str:
    both = {one.lower(): other, other.lower(): one}
    return re.sub(
        rf"\b(?:{re.escape(one)}|{re.escape(other)})\b", lambda match: both[match[0].lower()], text, flags=re.IGNORECASE
    )


def _to_whole(known: Known) -> Iterator[str]:
    """What is true of a segment is said of the whole."""
    for claim in known.must:
        if isinstance(claim.of, dict) and claim.claim == "change":
            value = next(iter(claim.of.values()))
            yield re.sub(
                rf"\b{re.escape(value)}\b(?: customers)?", "the company as a whole", known.text, flags=re.IGNORECASE
            )


def _without_warning(known: Known) -> Iterator[str]:
    for claim in known.must:
        if claim.claim == "warning" and claim.words:
            kept = [
                part
                for part in _sentences(known.text)
                if not any(re.search(word, part, re.IGNORECASE) for word in claim.words)
            ]
            yield " ".join(kept)


def _sentences(text: str) -> list[str]:
    return re.split(r"(?<=[.!?])\s+", text.strip())


def _premise(known: Known) -> Iterator[str]:
    """The question's own claim is taken over."""
    if any(claim.claim == "change" and claim.direction is None and claim.of is None for claim in known.never):
        yield f"{_YES[known.language]}\n\n{known.text}"


_OPERATORS: dict[str, Callable[[Known], Iterator[str]]] = {
    "direction reversed": _reversed,
    "doubt called a finding": _by_pairs("cleared", "unclear"),
    "finding put on top of a doubt": _inserted("change down"),
    "rise put on top": _inserted("change up"),
    "cause invented": _inserted("cause"),
    "limit dropped": _by_pairs("affirmed", "no_cause"),
    "mix called a real change": _by_pairs("real", "mix"),
    "real change beside the mix": _inserted("within"),
    "segments swapped": _swapped,
    "segment to whole": _to_whole,
    "warning dropped": _without_warning,
    "warning turned round": _by_pairs("trusted", "warning"),
    "steady instead of unclear": _by_pairs("steadied", "unclear"),
    "steady put on top": _inserted("steady"),
    "superlative invented": _inserted("difference down"),
    "premise taken over": _premise,
}


_BY_HAND = frozenset(
    (
        "doubt called a finding",
        "limit dropped",
        "mix called a real change",
        "warning dropped",
        "warning turned round",
        "steady instead of unclear",
    )
)


def equivalents(known: Known) -> Iterator[Changed]:
    """The same answer in other dress: it stays right."""
    for name, those in reworded().items():
        text = known.text
        for before, after in those:
            changed = re.sub(before.replace(" ", r"\s+"), after, text)
            text = changed if changed != text and text == known.text else text
        if text != known.text:
            yield Changed(name, text)
    names = [value for values in known.names.values() for value in values]
    bold = re.sub(rf"(?<!\*)\b({'|'.join(map(re.escape, names))})\b(?!\*)", r"**\1**", known.text)
    yield Changed("bold names", bold)
    blocks = [block if block.startswith("- ") else " ".join(block.split()) for block in known.text.split("\n\n")]
    yield Changed("one line", "\n\n".join(blocks) if "\n- " not in known.text else known.text.replace("\n- ", "\n* "))
    if "\n- " not in known.text:
        yield Changed("as a list", "\n".join(f"- {part}" for part in _sentences(known.text)))
        yield Changed("wrapped", re.sub(r"((?:\S+\s+){9}\S+)\s+", r"\1\n", " ".join(known.text.split())))
    yield Changed("a heading", f"## What the data says\n\n{known.text}")
    yield Changed("a greeting", f"{_ACCEPTED if known.language == 'en' else ''}\n\n{known.text}")
    yield Changed("a table", f"{known.text}\n\n| segment | NPS |\n|---|---|\n| all | +20.8 |\n")
    if known.language == "en":
        for name, sentence in _HARMLESS.items():
            if not (name in ("a hedged cause", "a cause denied") and any(c.claim == "no_cause" for c in known.never)):
                yield Changed(name, f"{known.text.rstrip()}\n\n{sentence}\n")
