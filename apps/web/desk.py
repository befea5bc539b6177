"""Answers questions in threads: one at a time in a conversation, few at once in all, none for who went away."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from agent.answer import Answer, Audience
from agent.ask import ask, fit_question
from agent.conversation import Conversation
from agent.events import Event
from apps.web.shown import shown
from warehouse.errors import NpsError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from warehouse.workspace import Warehouse

MOST_AT_ONCE = 4
_PATIENCE = 5.0
"""Seconds that a thread has to end when the server ends."""
_DEFECT = "This is a defect of npsight, not of your data; the server's own output says more."
_STOPPING = "The server is being stopped."

Piece = dict[str, Any]


class BusyError(NpsError):
    """There is no room for a further question now."""


class StoppedError(Exception):
    """Nobody waits for this answer any more."""


class _Talk(Conversation):
    """A conversation to which a turn is added only while somebody waits for it; it may go on before the work ends."""

    def __init__(self, folder: Path, name: str | None) -> None:
        super().__init__(folder, name)
        self.stopped = threading.Event()

    def add(self, turn: Sequence[Any]) -> None:
        """Write a finished turn, unless it was stopped."""
        if self.stopped.is_set():
            raise StoppedError
        super().add(turn)


@dataclass(eq=False)
class Asked:
    """A question on its way to an answer; what happens comes out of `pieces`."""

    question: str
    talk: _Talk
    audience: Audience | None
    loop: asyncio.AbstractEventLoop
    queue: asyncio.Queue[Piece | None] = field(default_factory=asyncio.Queue)
    thread: threading.Thread | None = None

    @property
    def stopped(self) -> threading.Event:
        """Set once nobody waits."""
        return self.talk.stopped

    def tell(self, event: Event) -> None:
        """Called by the agent, in its thread; ends its work when nobody waits."""
        if self.stopped.is_set():
            raise StoppedError
        if event.kind == "answer" and event.answer is not None:
            self.put({"kind": "shown", "shown": shown(Answer.model_validate(event.answer))})
        self.put(event.model_dump(mode="json"))

    def put(self, piece: Piece | None) -> None:
        """Hand a piece to the loop; None is the end."""
        try:
            self.loop.call_soon_threadsafe(self.queue.put_nowait, piece)
        except RuntimeError:  # the loop is closed, so nobody listens
            self.stopped.set()

    async def pieces(self, pulse: float) -> AsyncIterator[Piece | None]:
        """What happens, until the end; None where nothing did for `pulse` seconds."""
        try:
            while True:
                try:
                    piece = await asyncio.wait_for(self.queue.get(), pulse)
                except TimeoutError:
                    yield None
                    continue
                if piece is None:
                    return
                yield piece
        finally:  # also when the browser went away
            self.stopped.set()


class Desk:
    """Takes questions about one workspace."""

    def __init__(self, warehouse: Warehouse, chosen: dict[str, Any], audience: Audience | None) -> None:
        self.warehouse, self.chosen, self.audience = warehouse, chosen, audience
        self._lock = threading.Lock()
        self._open: list[Asked] = []

    @property
    def model(self) -> str:
        """Who answers."""
        model = self.chosen.get("model", "builtin")
        return model if isinstance(model, str) else type(model).__name__

    def begin(
        self, question: str, name: str | None, audience: Audience | None, loop: asyncio.AbstractEventLoop
    ) -> Asked:
        """Take a question; the answer is made in a thread.

        Raises BusyError, UnknownNameError for a conversation that is not there, NpsError for an unfit question.
        """
        question = fit_question(question)
        with self._lock:
            if any(asked.talk.id == name and not asked.stopped.is_set() for asked in self._open):
                raise BusyError("This conversation waits for an answer already; wait for it, or stop it.")
            if len(self._open) >= MOST_AT_ONCE:
                raise BusyError(f"{MOST_AT_ONCE} questions are being answered; try again in a moment.")
            asked = Asked(question, _Talk(self.warehouse.folder, name), audience, loop)
            asked.thread = threading.Thread(target=self._work, args=[asked], name="npsight-answer", daemon=True)
            self._open.append(asked)
        asked.thread.start()
        return asked

    def stop(self) -> None:
        """End everything that is being worked on; called when the server is told to stop."""
        for asked in list(self._open):
            asked.put({"kind": "error", "why": _STOPPING})
            asked.put(None)
            asked.stopped.set()
        self.warehouse.engine.interrupt()

    def close(self) -> None:
        """Wait for the threads, so that nothing is half written, and let the data go."""
        for asked in list(self._open):
            if asked.thread is not None:
                asked.thread.join(_PATIENCE)
        self.warehouse.close()

    def _work(self, asked: Asked) -> None:
        try:
            with asked.talk as talk:
                ask(
                    asked.question,
                    self.warehouse,
                    **self.chosen,
                    audience=asked.audience,
                    conversation=talk,
                    watch=asked.tell,
                    stream=True,
                )
        except StoppedError:
            pass
        except NpsError as error:
            asked.put({"kind": "error", "why": str(error)})
        except Exception as error:  # noqa: BLE001 a face shows no traceback
            print(f"npsight: {type(error).__name__}: {error}", file=sys.stderr)
            asked.put({"kind": "error", "why": _DEFECT})
        finally:
            with self._lock:
                self._open.remove(asked)
            asked.put(None)
