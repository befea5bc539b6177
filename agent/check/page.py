"""The filled text as sentences, each with what stands over it: headings, list introductions, table heads.

Nothing is moved: `plain` has the length of the text, with Markdown's signs blanked out, so that places stay the same.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["prose", "item", "cell", "heading", "quote"]
MAX_SENTENCE = 700
"""Longer ones are cut: a text without full stops must not cost more than its length."""
_NOISE = re.compile(r"\*{1,3}|(?<!\w)_{1,2}(?=\w)|(?<=\w)_{1,2}(?!\w)|~~")
_HEADING = re.compile(r" {0,3}#{1,6}\s+")
_ITEM = re.compile(r"(\s*)(?:[-*+•·–]|\(?[0-9]{1,2}[.)])\s+")
_RULE = re.compile(r"\s*\|?(?:\s*:?-{2,}:?\s*\|)*\s*:?-{2,}:?\s*\|?\s*")
_END = re.compile(
    r"(?<!\bvs)(?<!\be\.g)(?<!\bi\.e)(?<!\bcf)(?<!\bapprox)(?<!\bca)(?<!\bno)[.!?…]+[\"”’)\]]*(?=\s+\S|\s*$)"
)
_BOLD_LINE = re.compile(r"\s*(?:\*\*[^*\n]{1,90}\*\*|__[^_\n]{1,90}__):?\s*")


@dataclass(eq=False)
class Sentence:
    """A sentence, a list item's part, or a table cell."""

    start: int
    end: int
    kind: Kind
    over: list[Sentence] = field(default_factory=list)
    """What it stands under: table heads and row names, the list's introduction, headings; nearest first."""
    before: list[Sentence] = field(default_factory=list)
    """The sentences before it, nearest first."""


@dataclass(frozen=True)
class Page:
    """The text, read."""

    text: str
    plain: str
    sentences: list[Sentence]

    def said(self, sentence: Sentence) -> str:
        """The sentence as plain text."""
        return self.plain[sentence.start : sentence.end]


def blank(text: str, start: int, end: int) -> str:
    """The text with a stretch of it blanked out."""
    return text[:start] + " " * (end - start) + text[end:]


def read(text: str) -> Page:
    """Split a text into sentences."""
    reader = _Reader(text)
    at = 0
    for line in text.split("\n"):
        reader.line(at, at + len(line))
        at += len(line) + 1
    reader.flush()
    return Page(text, reader.plain, reader.sentences)


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.plain = _NOISE.sub(lambda match: " " * len(match.group()), text)
        self.sentences: list[Sentence] = []
        self.headings: list[Sentence] = []
        self.items: list[tuple[int, Sentence]] = []
        self.heads: list[Sentence] | None = None
        self.pending: tuple[int, int] | None = None
        self.last: Sentence | None = None
        """The last sentence outside of lists and tables: it may introduce one."""

    def line(self, start: int, end: int) -> None:
        line = self.text[start:end]
        stripped = line.strip()
        if "|" in line and (stripped.startswith("|") or self.heads is not None):
            self.flush()
            self._row(start, end)
            return
        self.heads = None
        if not stripped:
            self.flush()
        elif _HEADING.match(line):
            self.flush()
            self.items = []
            self.headings = [self._add(start, end, "heading")]
        elif _BOLD_LINE.fullmatch(line) and not _ITEM.match(line):
            self.flush()
            self.items = []
            self.headings = [self._add(start, end, "heading"), *self.headings[-1:]]
        elif item := _ITEM.match(line):
            self.flush()
            self._item(start + item.end(), end, len(item[1].expandtabs(4)))
        elif stripped.startswith(">"):
            self.flush()
            self._add(start, end, "quote")
        elif self.pending is not None:
            self.pending = (self.pending[0], end)
        elif self.items and line.startswith((" ", "\t")):
            self._sentences(start, end, "item", [self.items[-1][1], *self._intro()])
        else:
            self.items = []
            self.pending = (start, end)

    def flush(self) -> None:
        """End the paragraph."""
        if self.pending is not None:
            start, end = self.pending
            self.pending = None
            self._sentences(start, end, "prose", list(self.headings))

    def _intro(self) -> list[Sentence]:
        return ([self.last] if self.last is not None else []) + self.headings

    def _item(self, start: int, end: int, depth: int) -> None:
        self.items = [(indent, item) for indent, item in self.items if indent < depth]
        over = [item for _indent, item in reversed(self.items)] + self._intro()
        first = len(self.sentences)
        self._sentences(start, end, "item", over)
        if len(self.sentences) > first:
            self.items.append((depth, self.sentences[first]))

    def _row(self, start: int, end: int) -> None:
        line = self.text[start:end]
        if _RULE.fullmatch(line):
            return
        cells = self._cells(start, end)
        if self.heads is None:
            self.heads = [self._add(a, b, "heading", over=self._intro()) for a, b in cells]
            return
        row: list[Sentence] = []
        for at, (a, b) in enumerate(cells):
            head = self.heads[at : at + 1]
            row.append(self._add(a, b, "cell", over=[*head, *row, *self._intro()]))

    def _cells(self, start: int, end: int) -> list[tuple[int, int]]:
        cuts = [start + at for at, sign in enumerate(self.text[start:end]) if sign == "|"]
        edges = [start, *[cut + 1 for cut in cuts]]
        found = list(zip(edges, [*cuts, end], strict=True))
        return [(a, b) for at, (a, b) in enumerate(found) if self.text[a:b].strip() or 0 < at < len(found) - 1][:40]

    def _sentences(self, start: int, end: int, kind: Kind, over: list[Sentence]) -> None:
        at = start
        while at < end:
            found = _END.search(self.plain, at, min(end, at + MAX_SENTENCE))
            stop = found.end() if found else min(end, at + MAX_SENTENCE)
            if not found and stop < end:
                space = self.plain.rfind(" ", at + 1, stop)
                stop = space if space > at else stop
            if self.plain[at:stop].strip():
                self._add(at, stop, kind, over=over)
            at = stop
        if kind == "prose" and self.sentences:
            self.last = self.sentences[-1]

    def _add(self, start: int, end: int, kind: Kind, over: list[Sentence] | None = None) -> Sentence:
        while start < end and self.text[start].isspace():
            start += 1
        made = Sentence(start, end, kind, list(over or [])[:60])
        made.before = list(reversed(self.sentences[-6:]))
        self.sentences.append(made)
        return made
