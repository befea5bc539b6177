"""Right answers made wrong, as analysts go wrong; and the same answers said otherwise, which stay right."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from evals.cases import Claim
from evals.mutations.claims import Known
from evals.mutations.claims_pairs import AFFIRMED, CLEARED, REAL, REVERSED, REWORDED, STEADIED, TRUSTED

Pairs = list[tuple[str, str]]
INVENTED = {
    "cause": {
        "en": [
            "This was caused by the new price list.",
            "The reason is the poor support of the last weeks.",
            "All of this happened because of the new app.",
            "It was the price increase that led to the drop in NPS.",
            "The change is a direct result of our cost cutting.",
            "Slow deliveries are behind the lower score.",
            "NPS moved thanks to the new onboarding.",
            "Price, service and delivery cost us points.",
        ],
        "de": ["Der Grund ist die Preiserhöhung.", "Der NPS fiel wegen des schlechten Supports."],
        "es": ["El NPS bajó debido a la subida de precios.", "La causa es el mal servicio de soporte."],
    },
    "within": {
        "en": [
            "Customers themselves became less satisfied in every plan.",
            "This is a real decline in loyalty within each group.",
            "Customers have become unhappier.",
        ],
        "de": ["Die Kunden selbst wurden unzufriedener."],
        "es": ["Los clientes mismos están más descontentos."],
    },
    "steady": {
        "en": ["{who} remained unchanged.", "{who} has not changed at all.", "{who} is stable."],
        "de": ["{who} hat sich nicht verändert.", "{who} blieb stabil."],
        "es": ["{who} no ha cambiado.", "{who} se mantuvo estable."],
    },
    "change down": {
        "en": ["{who} fell by 6 points.", "There was a clear drop in {who}.", "{who} has deteriorated.", "{who} is down 6 points since then."],
        "de": ["{who} ist um 6 Punkte gefallen.", "{who} hat sich verschlechtert."],
        "es": ["{who} bajó 6 puntos.", "{who} ha empeorado."],
    },
    "change up": {
        "en": ["{who} rose by 6 points.", "{who} has improved markedly.", "{who} went up by 6 points."],
        "de": ["{who} ist um 6 Punkte gestiegen."],
        "es": ["{who} subió 6 puntos."],
    },
    "difference down": {
        "en": ["{who} is clearly the worst of all.", "{who} lies well below the others.", "{who} has the lowest score by far."],
        "de": ["{who} ist klar am schlechtesten.", "{who} liegt deutlich unter den anderen."],
        "es": ["{who} es el peor de todos.", "{who} está por debajo de los demás."],
    },
}  # fmt: skip
"""Sentences that nothing supports, by what they claim."""
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
    """Every way in which this answer can be spoilt so that its claims are no longer right."""
    seen = {known.text}
    for operator, texts in _OPERATORS.items():
        for text in texts(known):
            if text not in seen:
                seen.add(text)
                yield Changed(operator, text)


def _reversed(known: Known) -> Iterator[str]:
    if any(claim.direction and claim.claim in ("change", "difference") for claim in known.must):
        both = {**dict(REVERSED), **{after: before for before, after in REVERSED}}
        pattern = re.compile(rf"\b(?:{'|'.join(sorted(both, key=len, reverse=True))})\b")
        yield pattern.sub(lambda match: both[match[0]], known.text)


def _by_pairs(pairs: Pairs, wanted: Callable[[Claim], bool]) -> Callable[[Known], Iterator[str]]:
    def changed(known: Known) -> Iterator[str]:
        if any(wanted(claim) for claim in known.must):
            text = replaced(known.text, pairs)
            if text != known.text:
                yield text

    return changed


def replaced(text: str, pairs: Pairs) -> str:
    """The text with every wording of the pairs replaced."""
    for before, after in pairs:
        text = re.sub(before.replace(" ", r"\s+"), after, text, flags=re.IGNORECASE)
    return text


def _inserted(key: str) -> Callable[[Known], Iterator[str]]:
    """Sentences that a `never` of the answer forbids, at the beginning and at the end."""

    def changed(known: Known) -> Iterator[str]:
        for at, who in enumerate(_forbidden(known, key)):
            for index, sentence in enumerate(INVENTED[key][known.language]):
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
    found = []
    for claim in known.never:
        if claim.claim == kind and claim.direction in (None, direction or None) and not claim.words:
            of = claim.of or "whole"
            found.append(
                next(iter(of.values()))
                if isinstance(of, dict)
                else {"de": "Der NPS", "es": "El NPS"}.get(known.language, "NPS")
            )
    if key == "cause" and any(claim.claim == "cause" and claim.words for claim in known.never):
        found.append("")
    return list(dict.fromkeys(found))


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
    "doubt called a finding": _by_pairs(CLEARED, lambda claim: claim.claim == "unclear"),
    "finding put on top of a doubt": _inserted("change down"),
    "rise put on top": _inserted("change up"),
    "cause invented": _inserted("cause"),
    "limit dropped": _by_pairs(AFFIRMED, lambda claim: claim.claim == "no_cause"),
    "mix called a real change": _by_pairs(REAL, lambda claim: claim.claim == "mix"),
    "real change beside the mix": _inserted("within"),
    "segments swapped": _swapped,
    "segment to whole": _to_whole,
    "warning dropped": _without_warning,
    "warning turned round": _by_pairs(TRUSTED, lambda claim: claim.claim == "warning"),
    "steady instead of unclear": _by_pairs(STEADIED, lambda claim: claim.claim == "unclear"),
    "steady put on top": _inserted("steady"),
    "superlative invented": _inserted("difference down"),
    "premise taken over": _premise,
}


def equivalents(known: Known) -> Iterator[Changed]:
    """The same answer in other dress: it stays right."""
    for name, pairs in REWORDED.items():
        text = known.text
        for before, after in pairs:
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
