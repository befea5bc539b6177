"""One model call as one good reply: tried again where that helps, checked to be whole, and ended at the limits."""

from __future__ import annotations

import contextlib
import contextvars
import datetime as dt
import json
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import wait as wait_for
from typing import TYPE_CHECKING, Any

from langchain.agents.middleware import AgentMiddleware
from langchain.agents.middleware.types import ModelRequest, ModelResponse
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage

from agent.events import Event, Watch, nobody
from agent.limits import LimitReached, Meter
from agent.models import without
from agent.recording import as_sent
from agent.replies import MOST_CALLS, MOST_CHARACTERS, mended, size_of, trouble_in, whole
from agent.trouble import ModelUnusable, Trouble, trouble_of

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.runnables import Runnable

    from agent.recording import Journal

__all__ = ["Calling", "LimitReached", "ModelUnusable"]

REPLY_CHECK = "reply-check"
"""The name under which a broken reply is answered: it is not the user's question."""
_SIGN_OF_LIFE = 1.0
_GLANCE = 0.1
"""Seconds between two looks at how far the model has written."""


class _Heard:
    """How much of a reply has come, told by the thread that listens to the one that waits."""

    def __init__(self) -> None:
        self.characters = 0
        self.calls: set[object] = set()
        self.abandoned = False

    def add(self, piece: BaseMessage) -> bool:
        """Count a piece; False when it is enough or nobody waits any more."""
        self.characters += size_of(piece)
        if isinstance(piece, AIMessageChunk):
            self.calls |= {chunk["index"] for chunk in piece.tool_call_chunks}
        return not self.abandoned and self.characters <= MOST_CHARACTERS and len(self.calls) <= MOST_CALLS


class Calling(AgentMiddleware[Any, Any]):
    """Makes one good reply of each model call or raises ModelUnusable or LimitReached.

    It stands last in the list of middleware and speaks to the model itself, in a thread that is left behind at the
    deadline: no server can hold the answer up, whatever it does or leaves undone.
    """

    def __init__(
        self,
        meter: Meter,
        *,
        watch: Watch = nobody,
        stream: bool = False,
        seed: int = 7,
        journal: Journal | None = None,
    ) -> None:
        super().__init__()
        self.journal = journal
        self.meter, self.watch, self.stream = meter, watch, stream
        self._random = random.Random(seed)
        self._dropped: list[str] = []

    def wrap_model_call(self, request: ModelRequest[Any], handler: Callable[..., Any]) -> ModelResponse[Any]:
        """One good reply."""
        del handler
        return ModelResponse(result=[self._reply(request)])

    def _reply(self, request: ModelRequest[Any]) -> AIMessage:
        system = [request.system_message] if request.system_message else []
        messages: list[BaseMessage] = [*system, *request.messages, *self._last_call()]
        failures, repaired = 0, False
        while True:
            reply, trouble = self._try(request, messages)
            if reply is not None:
                return reply
            assert trouble is not None
            if trouble.drop and trouble.drop not in self._dropped:
                self._dropped.append(trouble.drop)
            elif trouble.mistake and not repaired:
                repaired = True
                messages = [*messages, _repair(trouble.mistake)]
                self._tell_retry(trouble.why, 0.0)
            else:
                failures += 1
                self._wait(trouble, failures)

    def _last_call(self) -> list[BaseMessage]:
        """A word to the model before its last call, so that the work done does not end without an answer."""
        allowed = self.meter.limits.model_calls
        if not 0 < self.meter.model_calls == allowed - 1:
            return []
        self.meter.notes.append(
            f"The model was told to finish at the limit of {allowed} model calls; the answer may leave something out."
        )
        text = "This is your last call: write the answer from the facts you have and say what it leaves out."
        return [HumanMessage(text, name=REPLY_CHECK)]

    def _try(self, request: ModelRequest[Any], messages: list[BaseMessage]) -> tuple[AIMessage | None, Trouble | None]:
        """Send a request once: a good reply, or what was wrong."""
        sent = sum(map(size_of, messages)) + _size_of_tools(request.tools)
        self.meter.before_model(sent)
        model, heard = self._bound(request), _Heard()
        reply: AIMessage | None = None
        trouble: Trouble | None = None
        if self.journal:
            self.journal.ask(as_sent(messages, request.tools, request.model_settings))
        try:
            done = self._listened(lambda: _speak(model, messages, self.stream, heard), heard)
            reply, trouble = self._read(done, sent, heard)
        except LimitReached as reached:
            self.meter.add_reply(None, sent, heard.characters)
            trouble = Trouble("timeout", str(reached))
            raise
        finally:
            if self.journal:
                self.journal.reply(reply, trouble.why if trouble else None)
        return (None, trouble) if trouble else (reply, None)

    def _bound(self, request: ModelRequest[Any]) -> Runnable[Any, Any]:
        model: BaseChatModel = request.model
        for parameter in self._dropped:
            model = without(model, parameter)
        if request.tools:
            return model.bind_tools(request.tools, tool_choice=request.tool_choice, **request.model_settings)
        return model.bind(**request.model_settings)

    def _listened(self, work: Callable[[], Any], heard: _Heard) -> Future[Any]:
        """The work, done in another thread; LimitReached at the deadline, whatever the work is at."""
        done: Future[Any] = Future()
        context = contextvars.copy_context()

        def carry() -> None:
            try:
                done.set_result(context.run(work))
            except BaseException as error:  # noqa: BLE001 it is handed to the thread that waits
                done.set_exception(error)

        threading.Thread(target=carry, name="npsight-model", daemon=True).start()
        call, told, last = self.meter.model_calls + 1, 0, time.monotonic()
        try:
            while not done.done():
                self.meter.in_time("while the model was at work")
                wait_for([done], timeout=min(_GLANCE, max(0.0, self.meter.left)))
                # Whoever watches may end the work, so it hears of a silent model too.
                if heard.characters > told or time.monotonic() - last >= _SIGN_OF_LIFE:
                    told, last = heard.characters, time.monotonic()
                    self.watch(Event(kind="writing", characters=told, call=call))
        finally:
            heard.abandoned = True
        return done

    def _read(self, done: Future[Any], sent: int, heard: _Heard) -> tuple[AIMessage | None, Trouble | None]:
        error = done.exception()
        if error is not None:
            trouble = trouble_of(error, dt.datetime.now(dt.UTC))
            if trouble is None:
                raise error
            if heard.characters or trouble.kind in ("timeout", "reply"):  # the server has worked, and counts it
                self.meter.add_reply(None, sent, heard.characters)
            return None, trouble
        message, written = done.result()
        size = max(size_of(message), heard.characters)
        self.meter.add_reply(message.usage_metadata, sent, size)
        message = mended(message)
        trouble = trouble_in(message, size=size, written=written, streamed=self.stream)
        return (message if size <= MOST_CHARACTERS else None), trouble

    def _wait(self, trouble: Trouble, failures: int) -> None:
        """Wait before the next try; raise when there is none."""
        limits = self.meter.limits
        if not trouble.again or failures >= limits.tries:
            tries = f", in {failures} tries" if failures > 1 else ""
            raise ModelUnusable(f"{trouble.why.removesuffix('.')}{tries}.", trouble.kind)
        wait = trouble.wait
        if wait is None:
            wait = limits.wait * 2 ** (failures - 1) * self._random.uniform(0.75, 1.25)
        if wait >= self.meter.left:
            left = f"it would take {wait:,.0f} s to try again, and {max(0.0, self.meter.left):,.0f} s are left"
            raise ModelUnusable(f"{trouble.why.removesuffix('.')}; {left}.", trouble.kind)
        self._tell_retry(trouble.why, wait)
        time.sleep(wait)

    def _tell_retry(self, why: str, wait: float) -> None:
        self.meter.retries += 1
        self.watch(Event(kind="retry", why=why, wait=round(wait, 3), call=self.meter.model_calls))


def _speak(
    model: Runnable[Any, Any], messages: list[BaseMessage], stream: bool, heard: _Heard
) -> tuple[AIMessage, list[str]]:
    if not stream:
        return model.invoke(messages), []
    pieces: list[BaseMessage] = []
    coming: Any = model.stream(messages)
    with contextlib.closing(coming):
        for piece in coming:
            pieces.append(piece)
            if not heard.add(piece):
                break
    return whole(pieces)


def _repair(mistake: str) -> HumanMessage:
    return HumanMessage(f"Your last reply could not be used: {mistake}. Reply again.", name=REPLY_CHECK)


def _size_of_tools(tools: list[Any]) -> int:
    from langchain_core.utils.function_calling import convert_to_openai_tool

    return sum(len(json.dumps(convert_to_openai_tool(tool))) for tool in tools)
