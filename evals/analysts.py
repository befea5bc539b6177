"""Who answers the questions of a run: npsight itself, the recorded runs of a model, or a scarecrow."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from agent.answer import Answer
from agent.ask import ask
from agent.conversation import Conversation
from agent.limits import Limits
from agent.models import BUILTIN
from agent.replay import replay
from evals.cases import Case, Turn
from warehouse.errors import NpsError, UnknownNameError

if TYPE_CHECKING:
    from warehouse.workspace import Warehouse

CASSETTES = Path(__file__).parent / "cassettes"
_CASSETTES, _SCARECROW = "cassettes:", "scarecrow:"


class Asked(Protocol):
    """One conversation with an analyst about a case."""

    def __call__(self, turn: Turn, at: int) -> Answer:
        """The answer to the case's turn number `at` (from 0)."""
        ...


class Analyst(Protocol):
    """Opens a conversation about a case."""

    def __call__(
        self, case: Case, warehouse: Warehouse, scratch: Path, *, repeat: int, money: float | None
    ) -> AbstractContextManager[Asked]:
        """`scratch` is an empty folder; `money` is what the whole case may cost, None for no limit."""
        ...


def analyst(name: str, seed: int) -> Analyst:
    """Who is called so: builtin, openai:NAME, PROVIDER:NAME, cassettes:FOLDER, scarecrow:confident or :timid.

    Raises NpsError where there is none of that name.
    """
    if name.startswith(_CASSETTES):
        return Recorded(cassettes(name))
    if name.startswith(_SCARECROW):
        return _scarecrow(name.removeprefix(_SCARECROW))
    return Npsight(name, seed)


def cassettes(name: str) -> Path | None:
    """The folder of the records that `name` means; None where it means none.

    Raises UnknownNameError for a folder that is not there.
    """
    if not name.startswith(_CASSETTES):
        return None
    place = name.removeprefix(_CASSETTES)
    for folder in (CASSETTES / place, Path(place)):
        if place and folder.is_dir():
            return folder
    known = sorted(path.name for path in CASSETTES.glob("*/")) if CASSETTES.is_dir() else []
    raise UnknownNameError("folder of cassettes", place, known)


def record_name(case: Case, repeat: int, turn: int) -> str:
    """How the record of a turn (from 0) is called."""
    return f"{case.id}.{turn + 1}.{repeat}.json"


@dataclass(frozen=True)
class Npsight:
    """npsight itself, with the built-in planner or a chat model."""

    model: str = BUILTIN
    seed: int = 7

    @contextmanager
    def __call__(
        self, case: Case, warehouse: Warehouse, scratch: Path, *, repeat: int, money: float | None
    ) -> Iterator[Asked]:
        """Ask `agent.ask`, in one conversation where the case is one."""
        del repeat
        budget = Budget(money)
        with Conversation(scratch) as conversation:

            def asked(turn: Turn, at: int) -> Answer:
                del at
                answer = ask(
                    turn.ask,
                    warehouse,
                    model=self.model,
                    seed=self.seed,
                    audience=case.audience,
                    conversation=conversation if case.then else None,
                    limits=budget.limits(),
                )
                budget.spend(answer.usage.money)
                return answer

            yield asked


@dataclass(frozen=True)
class Recorded:
    """A model's recorded replies, played to today's prompts, tools and checks; nobody is asked."""

    folder: Path | None

    @contextmanager
    def __call__(
        self, case: Case, warehouse: Warehouse, scratch: Path, *, repeat: int, money: float | None
    ) -> Iterator[Asked]:
        """Replay the records of the case, whose tools' results are those of the record."""
        del warehouse, scratch, money
        folder = self.folder or CASSETTES

        def asked(turn: Turn, at: int) -> Answer:
            del turn
            path = folder / record_name(case, repeat, at)
            try:
                record = json.loads(path.read_text(encoding="utf-8"))
            except (OSError, ValueError):
                raise NpsError(f"{path} cannot be read; record the case again.") from None
            return replay(record).answer

        yield asked


def _scarecrow(name: str) -> Analyst:
    from evals.scarecrows import SCARECROWS

    if name not in SCARECROWS:
        raise UnknownNameError("scarecrow", name, sorted(SCARECROWS))
    return SCARECROWS[name]


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
