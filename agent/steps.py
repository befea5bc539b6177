"""The walls round a model that are the same for every question: the check of the answer, and who watches."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from langchain.agents.middleware import AgentMiddleware, AgentState, hook_config
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from pydantic import ValidationError

from agent.check import Checked, Ground, check_answer
from agent.events import Event
from agent.facts import Run
from agent.job import Job
from agent.language import same_language
from agent.telemetry import model_span, tool_span
from agent.toolbox import ASK, DECLINE, AskUser, CannotAnswer
from tools.result import Result

CHECK = "answer-check"
"""The name under which the check speaks to the model: it is not the user's question."""
_REASONS_TOLD = 8
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

    @hook_config(can_jump_to=["model", "end"])
    def after_model(self, state: AgentState[Any], runtime: object) -> dict[str, Any] | None:
        """Check the last message when it is a final text or a way out."""
        del runtime
        message = state["messages"][-1]
        if not isinstance(message, AIMessage):
            return None
        draft = _way_out(message) if message.tool_calls else message.text
        if draft is None or (
            message.tool_calls and self.job.local
        ):  # what the planner asks or declines is our own text
            return None
        checked = self._checked(draft)
        self.reasons = [str(item) for item in checked.refused]
        if not same_language(self.job.question, checked.text):
            self.reasons.append("Answer in the language of the question.")
        if not self.reasons:
            if not message.tool_calls:
                self.text, self.used = checked.text, checked.used
            return None
        self.job.journal.refused.append(self.reasons)
        self.job.watch(Event(kind="refused", why="; ".join(self.reasons)[:500]))
        if self.repairs:
            return {"jump_to": "end"}
        self.repairs += 1
        return {"messages": self._back(message), "jump_to": "model"}

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


def _way_out(message: AIMessage) -> str | None:
    """What a question back or a refusal says to the user; None for other calls and for unfit arguments."""
    said = []
    for call in message.tool_calls:
        try:
            if call["name"] == ASK:
                asked = AskUser.model_validate(call["args"])
                said += [asked.question, *asked.options]
            elif call["name"] == DECLINE:
                declined = CannotAnswer.model_validate(call["args"])
                said += [declined.reason, *declined.nearest]
        except ValidationError:
            return None
    return "\n".join(said) if said else None


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
