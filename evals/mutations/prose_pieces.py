"""A text cut into the pieces that the corruptions move about; it knows the styles of the corpus only."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass

from evals.prose.texts import Text
from tools.result import Fact

Spoilt = Iterator[str]
_HASH = re.compile(r"^(#{1,6}) (.+)$")
_LABEL = re.compile(r"^(?:- )?\*\*([A-ZÄÖÜ4][^*\d]{2,60}?)[:.]?\*\*[:.]?")
_PLAIN = re.compile(r"^(Size|Score|Over time|Drivers|What they say|Risk|Next): ")
_MARK = re.compile(r"^\s*(?:- |\d\. )?(?:(?:\*\*[^*]+[:.]\*\*|\*\*[^*]+\*\*:) )?")
_OPTIONAL = {
    "executive": r"worth|at stake|wert ist",
    "segment": r"value",
    "persona": r"goal|jobs|aufgaben|come for|they need|channel|when and where|where and when|may lose|risks?$|fairness",
}
FIGURE = re.compile(r"(?<![\w.,/-])[+-]?\d+(?:[.,]\d+)*(?![\w-])")
SENTENCE = re.compile(r"[^.!?\n]+(?:[.!?](?!\s|$|\*)[^.!?\n]*)*[.!?](?=\s|$|\*)")


@dataclass(frozen=True)
class Piece:
    """A section as it stands: its heading lines (or its label) and what follows."""

    title: str
    level: int
    head: str
    body: str

    @property
    def whole(self) -> str:
        """Head and body."""
        return self.head + self.body


def pieces(text: str) -> list[Piece]:
    """The pieces in order; joined they give the text."""
    lines, found = text.splitlines(keepends=True), [Piece("", 0, "", "")]
    at = 0
    while at < len(lines):
        line, under = lines[at], lines[at + 1] if at + 1 < len(lines) else ""
        took = 1
        if match := _HASH.match(line.rstrip()):
            found.append(Piece(match[2], len(match[1]), line, ""))
        elif re.fullmatch(r"=+|-{3,}", under.strip()) and line.strip():
            found.append(Piece(line.strip(), 1 if "=" in under else 2, line + under, ""))
            took = 2
        elif (match := _LABEL.match(line) or _PLAIN.match(line)) and len(match[1].split()) <= 6:
            found.append(Piece(match[1].strip(" :."), 0, line[: match.end()], line[match.end() :]))
        else:
            last = found[-1]
            found[-1] = Piece(last.title, last.level, last.head, last.body + line)
        at += took
    return found


def join(found: list[Piece]) -> str:
    """The text again."""
    return "".join(piece.whole for piece in found)


def sections(text: Text, *, needed: bool = False) -> list[int]:
    """Which pieces are sections of the form; with `needed` only those that may not be missing."""
    found = pieces(text.text)
    optional = _OPTIONAL.get(text.form, "^$")
    headed = text.form != "segment" and any(piece.level >= 2 for piece in found)
    deep = text.form == "4a" and any(piece.level == 2 for piece in found)
    return [
        at
        for at, piece in enumerate(found)
        if piece.title
        and len(re.findall(r"\w", piece.body)) > 3
        and not (deep and piece.level == 3)
        and not (headed and piece.level == 0)
        and not (needed and re.search(optional, piece.title, re.I))
    ]


def told_facts(text: Text) -> list[Fact]:
    """The facts of a text."""
    return text.answer().facts


def known_figures(text: Text) -> set[str]:
    """All figures that a text may tell, without sign and marks."""
    found = {digits(figure) for figure in FIGURE.findall(text.text + text.facts + text.ask)}
    for fact in told_facts(text):
        for value in (fact.value, fact.low, fact.high, fact.n):
            if isinstance(value, int | float):
                for scale in (1, 100):
                    found |= {digits(f"{value * scale:.{places}f}") for places in (0, 1, 2)}
    return found


def digits(figure: str) -> str:
    """A figure without sign, marks and closing zeros."""
    return re.sub(r"[^\d]", "", figure).lstrip("0")


def replace(text: str, start: int, end: int, new: str) -> str:
    """The text with another text in a place."""
    return text[:start] + new + text[end:]


def german(text: Text) -> bool:
    """Whether a text is German."""
    return text.id.endswith("-de")


def unmarked(sentence: str) -> str:
    """A sentence without the list mark or the label before it."""
    told = _MARK.sub("", sentence.strip())
    told = _PLAIN.sub("", told)
    return told[:1].upper() + told[1:]


def is_prose(sentence: str) -> bool:
    """Whether a match is a sentence of running text, not of a table, a heading or a quotation."""
    return (
        len(sentence.split()) >= 5
        and not re.match(r"\s*[|#>]", sentence)
        and '"' not in sentence
        and "„" not in sentence
    )


def prose(text: str) -> list[re.Match[str]]:
    """The sentences of running text."""
    heads = {line.strip() for line in text.splitlines() if line.startswith(("#", "|", ">"))}
    return [match for match in SENTENCE.finditer(text) if is_prose(match[0]) and match[0].strip() not in heads]


def after_a_sentence(text: str, new: str, draw: random.Random, pattern: str = "") -> Spoilt:
    """The text with a sentence more behind one that fits the pattern."""
    places = [match for match in prose(text) if re.search(pattern, match[0])]
    places = [match for match in places if not re.search(r"^\s*(?:#|\|)", match[0])]
    if places:
        at = draw.choice(places).end()
        yield text[:at] + " " + new + text[at:]
