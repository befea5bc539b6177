"""Whether the figures of an answer are the right ones, row by row, and all of them come from somewhere.

They are read as a person reads them: from the text and from the tables under it, each with the segment and the period
that it is told of.
"""

from __future__ import annotations

from collections.abc import Sequence

from agent.answer import Answer
from evals.cases import Ignored, Turn
from evals.codes import Failure
from evals.gold import GoldRows
from evals.scoring.values.grounds import Grounds, unfounded
from evals.scoring.values.known import known_figures
from evals.scoring.values.lead import misled
from evals.scoring.values.names import directory
from evals.scoring.values.page import read_page
from evals.scoring.values.rows import row_failures
from evals.scoring.values.sought import Sought

__all__ = ["ungrounded", "wrong_lead", "wrong_values"]


def wrong_values(gold: GoldRows, answer: Answer, ignore: Sequence[Ignored] = ()) -> list[Failure]:
    """Gold rows that are not shown, shown wrongly, or shown under another name; rows that should not be there."""
    book = directory(gold, answer)
    return row_failures(
        Sought(gold, answer, frozenset(ignore), book, read_page(answer, book), known_figures(gold, answer, book))
    )


def wrong_lead(turn: Turn, answer: Answer) -> list[Failure]:
    """The names that the text gives as its finding are others than they should be, or in another order."""
    return misled(turn.lead, turn.ask, answer) if turn.lead else []


def ungrounded(answer: Answer, gold: GoldRows | None) -> list[Failure]:
    """Numbers in the text that are neither gold nor a fact, a figure of a table, of the question or of a date."""
    book = directory(gold, answer)
    return unfounded(Grounds(answer, gold, book, read_page(answer, book), known_figures(gold, answer, book)))
