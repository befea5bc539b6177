"""Quotations: what stands in quotation marks as a customer's words is word for word a quote of the run."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from agent.check.names import lower
from agent.check.page import Page
from agent.check.reading import Line
from agent.check.said import clause_before
from agent.check.words import words

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


def find_quotations(page: Page, quotes: Iterable[str], known: Iterable[str], asked: str = "") -> Iterator[Quoted]:
    """The quotations; `known` are names, and words `asked` may be repeated where no customer is to have said them."""
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
        if not genuine and plain and not attributed and plain in _plain(asked):
            continue  # the asker's words, given as nobody else's
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


_REPORTED = re.compile(
    r"\b(?:(?:one|another|a third|two|three|some|many|most|several|few|our|the|these|those|"
    r"unhappy|happy|\w+) )?(?:of (?:them|our customers) )?(?:customers?|users?|"
    r"respondents?|detractors?|promoters?|passives?|guests?|students?|clients?|people|"
    r"members?|subscribers?|they|one|many|some|others) (?:\w+ly |often |also |"
    r"told us )?(?:said|say|says|saying|wrote|write|writes|told us|tell us|complain(?:s|"
    r"ed)?|report(?:s|ed)?|stated?|states|noted?|remark(?:s|ed)?|felt|feels?|"
    r"think|thinks|thought|believe[sd]?|wish(?:es|ed)?|want(?:s|ed)?|prais(?:e|es|ed)|"
    r"criticis(?:e|es|ed)|criticiz(?:e|es|ed)|blam(?:e|es|ed)|dislike[sd]?|love[sd]?|hate[sd]?|"
    r"like[sd]? (?=(?:the|our|that)\b)|describe[sd]?|call(?:s|ed)? (?:it|us|the))"
    r"(?P<told>[^.;\n]{8,200})|\b(?:in (?:their|his|her|customers'|the customers?'s?) "
    r"(?:own )?words|as one (?:customer )?(?:put|puts|wrote|said)(?: it)?|to quote (?:one|"
    r"a)[^,:]*|"
    r"according to (?:one|some|many|several|most)? ?(?:customers?|users?|respondents?|"
    r"detractors?|promoters?|guests?|students?))[,:]?(?P<told2>[^.;\n]{8,200})",
    re.IGNORECASE,
)
_SPEECH_ASIDE = re.compile(
    r"\b(?:(?:most|mostly|mainly|more|less|often|chiefly) (?:often )?about|"
    r"nothing|what|why|whether|how|who|something|a comment|comments|more|less|different "
    r"things|an? \w+ comment|in (?:\w+ )?comments?|it)\b",
    re.IGNORECASE,
)


def reported(line: Line, quotes: list[str], held: frozenset[str]) -> Iterator[tuple[int, int, str, str]]:
    """What customers are said to have said, without quotation marks: (start, end, phrase, why)."""
    said = line.said
    if said.rstrip().endswith("?"):
        return
    texts = [set(re.findall(r"[^\W\d_]{4,}", lower(quote))) for quote in quotes]
    for match in _REPORTED.finditer(said):
        told = match["told"] or match["told2"] or ""
        content = {word for word in re.findall(r"[^\W\d_]{4,}", lower(told)) if word not in _LITTLE}
        if (
            len(content) < 2
            or re.search(r"[\"“”„«»]", told)
            or re.match(r"\W*$", told.replace("\x00", ""))
            or _SPEECH_ASIDE.match(told.strip(" ,:"))
        ):
            continue
        if _HEDGED.search(clause_before(said, match.start())) or re.search(
            r"\bnot|n't|\d", match.group()[: -len(told)]
        ):
            continue
        known = {word for word in content if any(word.startswith(stem) for stem in held if len(stem) > 3)}
        if len(known) >= 0.6 * len(content) or any(len(content & text) >= 0.6 * len(content) for text in texts):
            continue
        start = line.sentence.start
        why = "nobody is known to have said that; quote a fact of the tool quotes word for word"
        yield start + match.start(), start + match.end(), match.group(), why


_HEDGED = re.compile(r"\b(?:if|whether|ask|what|why|those who|who|that)\b", re.IGNORECASE)
_LITTLE = words("little")
