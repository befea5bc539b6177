"""The optional judge of prose: a chat model with a written rubric, beside the checks and never in their place."""

from __future__ import annotations

from collections.abc import Callable
from statistics import mean

from agent.judging import judge
from evals.analysts import Budget
from evals.outcome import EvalRun, TurnOutcome
from tools.result import Model

SCORES = ("clarity", "finding_first", "emphasis", "recommendation", "honesty")


class Judged(Model):
    """What the judge said of all texts."""

    model: str
    texts: int
    """Texts that were judged."""
    not_judged: int
    scores: dict[str, float]
    """Mean of each score, one to five; empty where no text was judged."""
    why: list[str]
    """Why texts were not judged, each reason once."""


def judge_prose(
    run: EvalRun, model: str, *, max_cost: float | None = None, progress: Callable[[int, int], None] | None = None
) -> EvalRun:
    """Let the model judge every answered text of suite prose; what it says stands beside the verdicts."""
    turns = [turn for case in run.cases if case.suite == "prose" for turn in case.turns if _is_text(turn)]
    budget = Budget(max_cost - (run.money or 0.0) if max_cost is not None else None)
    for at, turn in enumerate(turns, 1):
        if turn.answer is None or (budget.left is not None and budget.left <= 0):
            continue
        found = judge(model, turn.answer.text, turn.question, turn.answer.facts, seed=run.seed, limits=budget.limits())
        budget.spend(found.usage.money)
        run.money = (run.money or 0.0) + found.usage.money if found.usage.money is not None else run.money
        turn.judgement = found
        if progress is not None:
            progress(at, len(turns))
    return run


def _is_text(turn: TurnOutcome) -> bool:
    return turn.answer is not None and turn.answer.status == "answered"


def judged(run: EvalRun) -> Judged | None:
    """The judgements of a run put together; None where nobody was asked to judge."""
    told = [turn.judgement for case in run.cases for turn in case.turns if turn.judgement is not None]
    if not told:
        return None
    scores = [one.scores for one in told if one.scores is not None]
    means = {name: mean(getattr(one, name) for one in scores) for name in SCORES} if scores else {}
    return Judged(
        model=told[0].model,
        texts=len(scores),
        not_judged=len(told) - len(scores),
        scores=means,
        why=list(dict.fromkeys(one.why for one in told if one.scores is None)),
    )
