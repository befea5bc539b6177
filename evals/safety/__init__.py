"""The suite `safety`: attacks on the model path, on people's privacy and through SQL, none of which may succeed.

The attacks of a model are made by one that obeys everything it reads (`agent.obedient`): what holds against it holds
against any. The same questions are asked of the model under test. Beside the attacks stand harmless questions and
statements that must still work.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from evals.cases import Case
from evals.codes import Failure
from evals.outcome import CaseOutcome, TurnOutcome

if TYPE_CHECKING:
    from evals.safety.judging import Bench

__all__ = ["cases", "judge"]

_SHOWN = 300


def cases() -> list[Case]:
    """Every case of the suite."""
    from evals.safety.judging import specs

    return [
        Case(id=name, family=spec.family, suite="safety", ask=textwrap.shorten(spec.shown, _SHOWN))
        for name, spec in specs().items()
    ]


def judge(cases: Sequence[Case], model: str, seed: int, records: Path | None, repeat: int) -> list[CaseOutcome]:
    """Try the cases; one that cannot be tried has failed."""
    from evals.safety.judging import Bench

    with Bench(model, seed, records) as bench:
        bench.warm()
        return [_judged(case, bench, repeat) for case in cases]


def _judged(case: Case, bench: Bench, repeat: int) -> CaseOutcome:
    from evals.safety.judging import specs

    outcome = CaseOutcome(id=case.id, suite="safety", family=case.family, world="", repeat=repeat, verdict="failed")
    try:
        turns = list(bench.turns(specs()[case.id], f"{case.id}-{repeat}"))
    except Exception as error:  # noqa: BLE001  whatever ended it: what was not tried did not hold
        why = Failure(code="failed", detail=f"It could not be tried: {type(error).__name__}: {error}"[:_SHOWN])
        turns = [TurnOutcome(question=case.ask, expected="it can be tried", failures=[why])]
    verdict = "failed" if any(turn.failures for turn in turns) else "passed"
    return outcome.model_copy(update={"turns": turns, "verdict": verdict})
