"""Whether the figures of an answer are the right ones, row by row. (being written)"""

from __future__ import annotations

from collections.abc import Sequence

from agent.answer import Answer
from evals.cases import Ignored, Turn
from evals.codes import Failure
from evals.gold import GoldRows


def wrong_values(gold: GoldRows, answer: Answer, ignore: Sequence[Ignored] = ()) -> list[Failure]:
    return []


def wrong_lead(turn: Turn, answer: Answer) -> list[Failure]:
    return []


def ungrounded(answer: Answer, gold: GoldRows | None) -> list[Failure]:
    return []
