"""Who answers the questions of a run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from agent.answer import Answer
from agent.ask import ask
from agent.conversation import Conversation
from agent.limits import Limits
from agent.models import BUILTIN
from evals.cases import Case, Turn

if TYPE_CHECKING:
    from warehouse.workspace import Warehouse


class Asked(Protocol):
    """One conversation with an analyst about a case."""

    def __call__(self, turn: Turn, at: int) -> Answer:
        """The answer to the case's turn number `at` (from 0)."""
        ...


@contextmanager
def npsight(
    case: Case, warehouse: Warehouse, scratch: Path, *, model: str = BUILTIN, seed: int = 7, money: float | None = None
) -> Iterator[Asked]:
    """npsight itself, with the built-in planner or a chat model; `money` is what the whole case may cost."""
    left = Budget(money)
    with Conversation(scratch) as conversation:

        def asked(turn: Turn, at: int) -> Answer:
            del at
            answer = ask(
                turn.ask,
                warehouse,
                model=model,
                seed=seed,
                audience=case.audience,
                conversation=conversation if case.then else None,
                limits=left.limits(),
            )
            left.spend(answer.usage.money)
            return answer

        yield asked


@dataclass
class Budget:
    """Money that is left."""

    left: float | None

    def limits(self) -> Limits:
        """The limits of the next answer."""
        usual = Limits.from_environment()
        if self.left is None:
            return usual
        least = min(self.left, usual.money) if usual.money is not None else self.left
        return replace(usual, money=max(least, 1e-9))

    def spend(self, money: float | None) -> None:
        """An answer was paid for."""
        if self.left is not None:
            self.left -= money or 0.0
