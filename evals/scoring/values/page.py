"""A page: all figures of an answer's text and tables, each with what it is told of."""

from __future__ import annotations

from dataclasses import dataclass

from agent.answer import Answer
from evals.scoring.values.bind import Shown, Value, of_passage
from evals.scoring.values.grids import of_grid, under_text
from evals.scoring.values.names import Directory, Mention
from evals.scoring.values.reading import Grid, Passage, passages


@dataclass
class Page:
    """All that a person sees of an answer."""

    passages: list[Passage]
    grids: list[Grid]
    shown: list[Shown]
    mentions: list[list[Mention]]
    """Of each passage."""
    rows: dict[tuple[int, int], dict[str, tuple[Value, ...]]]
    """Table and row → what the row is of."""


def read_page(answer: Answer, book: Directory) -> Page:
    """The figures of an answer's text and tables, each with what it is told of."""
    texts, written = passages(answer.text, (value for values in book.names.of.values() for value in values))
    mentions = [book.mentions(passage.text) for passage in texts]
    shown: list[Shown] = []
    for at, passage in enumerate(texts):
        shown += of_passage(passage, at, mentions[at], book)
    grids = [*written, *under_text(answer)]
    rows: dict[tuple[int, int], dict[str, tuple[Value, ...]]] = {}
    for at, grid in enumerate(grids):
        found, told = of_grid(grid, at, book)
        shown += found
        rows |= told
    return Page(texts, grids, shown, mentions, rows)
