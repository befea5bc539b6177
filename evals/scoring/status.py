"""Whether the answer is of the right kind: answered, asked back, declined."""

from __future__ import annotations

from agent.answer import Answer
from evals.cases import Turn
from evals.codes import Code, Failure


def wrong_status(turn: Turn, answer: Answer) -> list[Failure]:
    """A failure where the answer's status is none of those that are right."""
    if answer.status in turn.status:
        return []
    wanted = " or ".join(turn.status)
    return [Failure(code=_code(turn, answer), detail=f"It should be {wanted} and is {answer.status}.")]


def _code(turn: Turn, answer: Answer) -> Code:
    if answer.status == "failed":
        return "failed"
    if "answered" in turn.status:
        return "wrongly declined"
    return "should have asked" if turn.status[0] == "clarify" else "should have declined"
