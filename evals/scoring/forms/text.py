"""A text as its reader meets it: sections, sentences, list items, table rows; headings may be written in any style."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

_HEADING = re.compile(r"^\s{0,3}(#{1,6})\s+(.*?)\s*#*\s*$")
_BOLD_LINE = re.compile(r"^\s*(?:\*\*|__)([^*_]{2,90}?)[:.]?(?:\*\*|__):?\s*$")
_RUN_IN = re.compile(
    r"^\s*(?:[-*•]\s+)?(?:\*\*|__)?(?:\d{1,2}[.)]\s+)?([^*_:.,|]{2,60}?)(?:[:.]\s*(?:\*\*|__)|(?:\*\*|__)\s*[:.–—]?|:)\s*(.*)$"
)
_ALONE = re.compile(r"^([^\W\d][^.!?:|]{1,70}):\s*$")
_NUMBERED = re.compile(r"^(?:[A-Z]?\d{1,2}[.):]|[A-Da-d][.)]|[IVX]{1,4}\.)\s+")
_MARKER = re.compile(r"^\s*(?:[-*•–]|\d{1,2}[.)])\s+")
_ROW = re.compile(r"^\s*\|")
_RULE = re.compile(r"^[\s|:=-]+$")
_STOP = re.compile(r"(?<=[.!?])[\"”“»)\]*]*\s+(?=[\"„“«(\[*+\-−]?[A-ZÄÖÜ0-9])")
_ABBREVIATIONS = re.compile(
    r"\b(e\.g|i\.e|vs|approx|ca|Nr|No|bzw|etc|z\. ?B|d\. ?h|u\. ?a|St|Dr|resp|inkl|ggf)\.\s", re.I
)
_GERMAN = re.compile(
    r"\b(?:der|die|das|und|ist|nicht|mit|von|für|sind|ein|eine|auf|wir|bei|den|dem|zu|als|wird|werden)\b", re.I
)
_ENGLISH = re.compile(r"\b(?:the|and|is|are|not|with|of|for|a|an|on|we|by|to|as|was|were|in|that|this)\b", re.I)
_ROW_ID = re.compile(r"(\((?:row|Zeile) \d+\)) (?=[A-ZÄÖÜ])")
"""What closes a quotation, and with it the sentence."""
_HELD = "\ue000"
"""Stands for a blank behind an abbreviation while sentences are cut."""
Tongue = Literal["en", "de"]


@dataclass(frozen=True)
class Part:
    """A section: its title, its depth (0 for a label that stands at the head of a line) and what stands in it."""

    title: str
    level: int
    body: str

    @property
    def words(self) -> int:
        """Words of the body."""
        return len(words(self.body))


@dataclass(frozen=True)
class Sentence:
    """A sentence without marks of form."""

    text: str
    title: str
    """Of the section that it stands in; empty before the first."""
    subject: str = ""
    """The segment that all of this part is about, as its heading names it."""


def tongue(text: str) -> Tongue:
    """The language a text is written in, as far as the rules care: German or English."""
    return "de" if len(_GERMAN.findall(text)) > len(_ENGLISH.findall(text)) else "en"


def bare(text: str) -> str:
    """The text without marks of emphasis, code and links."""
    text = re.sub(r"\[([^\]]*)\]\(([^)]*)\)", r"\1", text)
    return re.sub(r"\*\*|__|`|(?<!\w)[*_](?=\w)|(?<=\w)[*_](?!\w)", "", text)


def words(text: str) -> list[str]:
    """The words of a text; figures are words too."""
    return re.findall(r"[^\W_]+(?:['’.,-][^\W_]+)*", bare(text))


def _plain_title(text: str) -> str:
    return _NUMBERED.sub("", bare(text).strip()).strip(" :.")


def fits(title: str, patterns: Sequence[str]) -> bool:
    """Whether a title is one of those that the patterns describe."""
    return any(re.search(rf"^(?:(?:the|our|unsere?|die|der|das) )?(?:{pattern})", title, re.I) for pattern in patterns)


def parts(text: str, labels: Sequence[str] = ()) -> list[Part]:
    """The sections in order; the first has no title and holds what stands before any heading.

    `labels` are the titles (patterns) that may also stand at the head of a line, as in "**Risk:** three of …".
    """
    found: list[tuple[str, int, list[str]]] = [("", 0, [])]
    lines = text.splitlines()
    for at, line in enumerate(lines):
        under = lines[at + 1].strip() if at + 1 < len(lines) else ""
        if re.fullmatch(r"=+|-{3,}", line.strip()) and at and lines[at - 1].strip() and not _ROW.match(lines[at - 1]):
            continue
        head = _head(line, under, labels)
        if head is None:
            found[-1][2].append(line)
        else:
            title, level, rest = head
            found.append((title, level, [rest] if rest else []))
    return [Part(title, level, "\n".join(body).strip()) for title, level, body in found]


def _head(line: str, under: str, labels: Sequence[str]) -> tuple[str, int, str] | None:
    if match := _HEADING.match(line):
        return _plain_title(match[2]), len(match[1]), ""
    if line.strip() and re.fullmatch(r"=+|-{3,}", under) and not _ROW.match(line):
        return _plain_title(line), 1 if under[0] == "=" else 2, ""
    if match := _BOLD_LINE.match(line) or _ALONE.match(line):
        title = _plain_title(match[1])
        if not labels or fits(title, labels):
            return title, 3, ""
    if (match := _RUN_IN.match(line)) and fits(_plain_title(match[1]), labels):
        return _plain_title(match[1]), 0, match[2]
    return None


def sentences(text: str, title: str = "", subject: str = "") -> list[Sentence]:
    """The sentences of a body; list items end one, rows of tables are none."""
    found: list[Sentence] = []
    for block in _blocks(text):
        kept = _ABBREVIATIONS.sub(lambda match: match[0].replace(". ", f".{_HELD}"), _ROW_ID.sub(r"\1. ", bare(block)))
        found += [
            Sentence(one.replace(_HELD, " ").strip(), title, subject)
            for one in _STOP.split(kept)
            if re.search(r"\w", one)
        ]
    return found


def _blocks(text: str) -> list[str]:
    """Paragraphs and list items, each on one line."""
    blocks: list[str] = []
    open_block = False
    for line in text.splitlines():
        if not line.strip() or _ROW.match(line) or _RULE.match(line) or _HEADING.match(line):
            open_block = False
            continue
        fresh = _MARKER.match(line) is not None or line.lstrip().startswith(">")
        if open_block and not fresh:
            blocks[-1] += " " + line.strip()
        else:
            blocks.append(_MARKER.sub("", line).strip().lstrip("> "))
        open_block = True
    return blocks


def items(body: str) -> list[str]:
    """The items of a section: list items with what is indented under them; else subsections; else paragraphs."""
    lines = body.splitlines()
    for opens in (r"^(?:[-*•]|\d{1,2}[.)])\s+", r"^\s{0,3}(?:#{2,6}\s|(?:\*\*|__)[^*_]+(?:\*\*|__))"):
        starts = [at for at, line in enumerate(lines) if re.match(opens, line)]
        if starts:
            ends = [*starts[1:], len(lines)]
            return [bare("\n".join(lines[a:b])).strip() for a, b in zip(starts, ends, strict=True)]
    return [bare(block).strip() for block in re.split(r"\n\s*\n", body) if block.strip()]


def rows(text: str) -> list[str]:
    """The rows of Markdown tables."""
    return [line for line in text.splitlines() if _ROW.match(line) and not _RULE.match(line)]
