"""Quotations: what stands in quotation marks as a customer's words is word for word a quote of the run."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from agent.check.names import lower
from agent.check.page import Page

_PAIRS = re.compile(
    r"“(?P<a>[^“”\n]{1,1200})”|„(?P<b>[^„“”\n]{1,1200})[“”]|«(?P<c>[^«»\n]{1,1200})»|(?<![\w\"])\"(?P<d>[^\"\n]{1,1200})\"(?![\w\"])|"
    r"(?<![\w'‘])[‘'](?P<e>(?:[^'‘’\n]|(?<=\w)['’](?=\w)){1,1200})['’](?!\w)"
)
_ATTRIBUTED = re.compile(
    r"\b(?:said|says|saying|wrote|writes|written|writing|told|put it|puts it|commented?|"
    r"comments?|quot\w+|verbatim|words|customers?|respondents?|detractors?|promoters?|"
    r"complain\w*|feedback|mention\w*|described?|call(?:s|ed) (?:it|us)|voice)\b[^.]{0,60}$",
    re.IGNORECASE,
)
_LATER = re.compile(
    r"^[\s,—-]{0,4}(?:said|says|wrote|writes|as one|according to|one customer|a customer|\()", re.IGNORECASE
)
_EDGE = " \t\"'“”„«»‘’*_.,;:!?…-–—()[]>"
_SPLIT = re.compile(r"\s*(?:\[?(?:…|\.\.\.)\]?)\s*")


@dataclass(frozen=True)
class Quoted:
    """Text in quotation marks."""

    start: int
    end: int
    text: str
    genuine: bool
    """Word for word a quote of the run."""
    claimed: bool
    """It is given as somebody's words."""


def find_quotations(page: Page, quotes: Iterable[str], known: Iterable[str]) -> Iterator[Quoted]:
    """The quotations of a text; `known` are names and the question, which may be repeated in quotation marks."""
    said = [_plain(quote) for quote in quotes]
    held = [_plain(text) for text in known]
    for start, end, text in [*_marked(page), *_blocks(page)]:
        genuine = _is_quote(text, said)
        plain = _plain(text)
        few = len(plain.split()) < 4
        before = page.plain[max(0, start - 90) : start]
        attributed = bool(_ATTRIBUTED.search(before) or _LATER.match(page.plain[end : end + 30]))
        if not genuine and plain and any(plain in one for one in held):
            continue
        yield Quoted(start, end, text, genuine, not few or attributed)


def _marked(page: Page) -> Iterator[tuple[int, int, str]]:
    for match in _PAIRS.finditer(page.plain):
        yield match.start(), match.end(), next(text for text in match.groups() if text is not None)


def _blocks(page: Page) -> Iterator[tuple[int, int, str]]:
    for sentence in page.sentences:
        if sentence.kind == "quote":
            text = page.plain[sentence.start : sentence.end]
            body = re.split(r"\s[—–-]{1,2}\s", text.lstrip("> "))[0].strip()
            if body and not _PAIRS.search(body) and len(body.split()) >= 4:
                yield sentence.start, sentence.end, body


def _plain(text: str) -> str:
    text = lower(text).replace("\u2019", "'")
    return " ".join(re.sub(r"[\"“”„«»*_]", "", text).split()).strip(_EDGE)


def _is_quote(text: str, quotes: list[str]) -> bool:
    parts = [part for part in (_plain(piece) for piece in _SPLIT.split(text)) if part]
    if not parts:
        return False
    return any(
        all(re.search(rf"(?<!\w){re.escape(part)}(?!\w)", quote) for part in parts)
        for quote in quotes
        if all(part in quote for part in parts)
    )
