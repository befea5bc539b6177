"""Scorers: what is wrong with an answer, by a closed list of reasons.

They read what a person would see (the text and the tables) and hold it against the gold; they share no code with the
answer check, for a judge must not have the eyes of the one that is judged.
"""

from __future__ import annotations

from agent.answer import Answer
from evals.cases import Case, Turn
from evals.codes import Failure
from evals.gold import GoldRows
from evals.scoring.calls import wrong_calls
from evals.scoring.claims import wrong_claims
from evals.scoring.forms import wrong_form
from evals.scoring.status import wrong_status
from evals.scoring.values import ungrounded, wrong_lead, wrong_values

_FIGURES = frozenset(["answers", "judgement", "prose"])
"""Suites whose answers are held to their figures also where a case has no gold."""


def score(case: Case, turn: Turn, answer: Answer, gold: GoldRows | None) -> list[Failure]:
    """Everything that is wrong with the answer; nothing where it is right."""
    status = wrong_status(turn, answer)
    if status:
        return status
    found = wrong_claims(turn, answer)
    if answer.status == "answered":
        found += wrong_values(gold, answer, turn.ignore) if gold is not None else []
        found += wrong_lead(turn, answer)
        found += ungrounded(answer, gold) if gold is not None or case.suite in _FIGURES else []
        found += wrong_calls(turn, answer)
        found += wrong_form(case.form, answer) if case.form is not None else []
    return found
