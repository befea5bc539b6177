"""What an answer claims, read from its words. (being written)"""

from __future__ import annotations

from agent.answer import Answer
from evals.cases import Turn
from evals.codes import Failure


def wrong_claims(turn: Turn, answer: Answer) -> list[Failure]:
    return []
