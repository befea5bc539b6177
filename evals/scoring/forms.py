"""Whether a text keeps the form that it claims to have. (being written)"""

from __future__ import annotations

from agent.answer import Answer
from evals.codes import Failure


def wrong_form(form: str, answer: Answer) -> list[Failure]:
    return []
