"""The walls round a model that are the same for every question: the check of the answer, and who watches."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence
from typing import Any

from langchain.agents.middleware import AgentMiddleware, AgentState, hook_config
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from pydantic import ValidationError

from agent.card import all_names, system_prompt
from agent.check import Checked, Ground, Refused, check_answer
from agent.check.evidence import gather
from agent.check.filling import DraftError, fill
from agent.events import Event
from agent.facts import Run
from agent.job import Job
from agent.language import same_language
from agent.pruning import pruned
from agent.surface import argument_faults, faults, seen
from agent.surface_foreign import foreign_faults, holds_foreign_claims
from agent.telemetry import model_span, tool_span
from agent.toolbox import ASK, DECLINE, AskUser, CannotAnswer
from tools.result import Fact, Result

CHECK = "answer-check"
"""The name under which the check speaks to the model: it is not the user's question."""
_REASONS_TOLD = 8
_GROUNDED = frozenset(["draft", "number", "arithmetic", "quotation", "suppressed"])
_AGAIN = (
    "Write the whole answer again without what was refused. Refer to facts as {{ F7 }}; what no fact says, leave out "
    "or call the tool that gives it."
)


class AnswerCheck(AgentMiddleware[Any, Any]):
    """Fills the final draft in and refuses what no fact carries: once back for repair, then no more.

    Questions back and refusals are texts that people see, so they are checked too, before their tool is called.
    """

    def __init__(self, job: Job, run: Run) -> None:
        super().__init__()
        self.job, self.run = job, run
        self.text: str | None = None
        self.reasons: list[str] = []
        self.used: list[str] = []
        self.repairs = 0
        self.draft = ""
        """The last draft that was refused."""

    @hook_config(can_jump_to=["model", "end"])
    def after_model(self, state: AgentState[Any], runtime: object) -> dict[str, Any] | None:
        """Check the last message when it is a final text or a way out."""
        del runtime
        message = state["messages"][-1]
        if not isinstance(message, AIMessage):
            return None
        if message.tool_calls and self.job.local:  # what the planner asks or declines is our own text
            return None
        draft = _way_out(message) if message.tool_calls else message.text
        if draft is None:
            return None
        checked = self._checked(draft if self.job.local else seen(draft))
        odd, unfounded = self._faults(draft), self._binding(checked)
        self.reasons = [*odd, *(str(item) for item in unfounded)]
        if not same_language(self.job.question, checked.text):
            self.reasons.append("Answer in the language of the question.")
        filled = self._filled(message)
        if not self.reasons:
            if not message.tool_calls:
                self.text, self.used = checked.text, checked.used
            return filled
        self.draft = "" if odd or message.tool_calls else seen(draft)
        self.job.journal.refused.append(self.reasons)
        self.job.watch(Event(kind="refused", why=_for_people(unfounded, len(self.reasons))))
        if self.repairs:
            return {"jump_to": "end"}
        self.repairs += 1
        return {"messages": self._back(message), "jump_to": "model"}

    def what_passes(self) -> tuple[Checked, int] | None:
        """The refused draft without the sentences that did not pass, and how many those were."""
        found = pruned(self.draft, self._checked) if self.draft else None
        if found is None or self._faults(found[0].text) or not same_language(self.job.question, found[0].text):
            return None
        return found

    def _binding(self, checked: Checked) -> list[Refused]:
        """What of the check's findings keeps the draft back.

        The planner's templates take directions and causes from the tools' verdicts; for them only what no fact carries
        counts, and the rest is written down: a reader's doubt about our own wording must not cost the answer.
        """
        if not self.job.local:
            return checked.refused
        doubts = [str(item) for item in checked.refused if item.code not in _GROUNDED]
        if doubts:
            self.job.journal.refused.append(doubts)
        return [item for item in checked.refused if item.code in _GROUNDED]

    def wrap_tool_call(self, request: Any, handler: Callable[[Any], Any]) -> Any:
        """The tool's answer, or what of the call's texts cannot stand in tables and notes."""
        call = request.tool_call
        found = [] if self.job.local or call["name"] in (ASK, DECLINE) else argument_faults(call["args"], self._names())
        if not found:
            return handler(request)
        said = "\n".join(dict.fromkeys(found[:_REASONS_TOLD]))
        return ToolMessage(said, name=call["name"], tool_call_id=call["id"], status="error")

    def _faults(self, draft: str) -> list[str]:
        """What the text may not look like; the planner's templates hold no strangers' words but names."""
        if self.job.local:
            return []
        draft, rules = seen(draft), system_prompt(self.job.catalog, self.job.audience)
        values = {fact.id: float(fact.value) for fact in self._facts() if isinstance(fact.value, int | float)}
        found = faults(draft, names=self._names(), rules=rules, facts=values)
        if holds_foreign_claims(draft):
            evidence = gather(self.run.results, self.run.calls, self.job.catalog, self.run.earlier)
            found += foreign_faults(draft, evidence.known)
        return found

    def _names(self) -> list[str]:
        return [*all_names(self.job.catalog), *(name for fact in self._facts() for name in fact.where.values())]

    def _facts(self) -> list[Fact]:
        return [*self.run.earlier, *self.run.facts.values()]

    def _filled(self, message: AIMessage) -> dict[str, Any] | None:
        """A question back or a refusal as it was checked: with its figures, without what nobody sees."""
        facts = {fact.id: fact for fact in self._facts()}
        calls = list(message.tool_calls)
        try:
            for at, call in enumerate(calls):
                if call["name"] in (ASK, DECLINE):
                    calls[at] = {**call, "args": _each(call["args"], lambda text: fill(seen(text), facts).text)}
        except DraftError as error:
            self.reasons.append(str(error))
        return {"messages": [message.model_copy(update={"tool_calls": calls})]} if calls != message.tool_calls else None

    def _back(self, message: AIMessage) -> list[Any]:
        listed = "\n".join(f"- {reason}" for reason in self.reasons[:_REASONS_TOLD])
        if message.tool_calls:
            said = f"Not shown to the user, for it was refused:\n{listed}"
            return [ToolMessage(said, tool_call_id=call["id"], status="error") for call in message.tool_calls]
        return [HumanMessage(f"Your draft was refused:\n{listed}\n{_AGAIN}", name=CHECK)]

    def _checked(self, draft: str) -> Checked:
        ground = Ground(
            results=self.run.results,
            calls=self.run.calls,
            catalog=self.job.catalog,
            question=self.job.question,
            earlier=self.run.earlier,
        )
        return check_answer(draft, ground)


def _for_people(unfounded: Sequence[Refused], reasons: int) -> str:
    """Why a draft was refused, without a word of it: its words were not checked."""
    kinds = list(dict.fromkeys(item.code for item in unfounded))
    kinds_told = f": {', '.join(kinds)}" if kinds else ""
    return f"{reasons} {'place' if reasons == 1 else 'places'} rested on nothing{kinds_told}"


def _way_out(message: AIMessage) -> str | None:
    """What a question back or a refusal says to the user; None for other calls and for unfit arguments."""
    said = []
    for call in message.tool_calls:
        with contextlib.suppress(ValidationError):  # that call will fail, but others beside it will not
            if call["name"] == ASK:
                asked = AskUser.model_validate(call["args"])
                said += [asked.question, *(f"- {option}" for option in asked.options)]
            elif call["name"] == DECLINE:
                declined = CannotAnswer.model_validate(call["args"])
                said += [declined.reason, *(f"- {question}" for question in declined.nearest)]
    return "\n".join(said) if said else None


def _each(value: Any, change: Callable[[str], str]) -> Any:
    """The arguments with every text in them changed."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {name: _each(item, change) for name, item in value.items()}
    return [_each(item, change) for item in value] if isinstance(value, list) else value


class Watched(AgentMiddleware[Any, Any]):
    """Tells whoever watches of model and tool calls, as events and as spans."""

    def __init__(self, job: Job) -> None:
        super().__init__()
        self.job = job
        self.calls = 0

    def wrap_model_call(self, request: Any, handler: Callable[[Any], Any]) -> Any:
        """One model call, all its tries together."""
        self.calls += 1
        if self.job.local:
            self.job.meter.model_calls += 1
        self.job.watch(Event(kind="model", call=self.calls, name=self.job.model))
        with model_span(self.job.model) as told:
            response = handler(request)
            told(next((m for m in response.result if isinstance(m, AIMessage)), None))
            return response

    def wrap_tool_call(self, request: Any, handler: Callable[[Any], Any]) -> Any:
        """One tool call."""
        name, arguments = request.tool_call["name"], request.tool_call["args"]
        self.job.watch(Event(kind="tool", name=name, arguments=arguments))
        started = time.perf_counter()
        with tool_span(name, request.tool_call.get("id") or ""):
            message = handler(request)
        artifact = getattr(message, "artifact", None)
        error = str(message.text) if getattr(message, "status", "") == "error" else None
        facts = len(artifact.facts) if isinstance(artifact, Result) else 0
        seconds = round(time.perf_counter() - started, 3)
        self.job.watch(Event(kind="found", name=name, facts=facts, seconds=seconds, error=error))
        return message
