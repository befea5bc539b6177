"""The agent loop: LangChain's, with limits, and with the check of the answer inside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain.agents import create_agent
from langchain.agents.middleware import (
    AgentMiddleware,
    AgentState,
    ModelCallLimitMiddleware,
    ToolCallLimitMiddleware,
    hook_config,
)
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage

from agent.cabinet import Offered
from agent.claims import check_numbers, without_quotations
from agent.draft import DraftError, fill
from agent.facts import Run
from agent.toolbox import make_tools

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from warehouse.workspace import Warehouse

MODEL_CALLS, TOOL_CALLS = 8, 16
CHECK = "answer-check"
"""The name under which the check speaks to the model: it is not the user's question."""


class AnswerCheck(AgentMiddleware[Any, Any]):
    """Fills the final draft in and refuses numbers that are no facts: once back for repair, then no more."""

    def __init__(self, run: Run, known: list[str]) -> None:
        super().__init__()
        self.run, self.known = run, known
        self.text: str | None = None
        self.reasons: list[str] = []
        self.repairs = 0

    @hook_config(can_jump_to=["model"])
    def after_model(self, state: AgentState[Any], runtime: object) -> dict[str, Any] | None:
        """Check the last message when it is a final text."""
        del runtime
        message = state["messages"][-1]
        if not isinstance(message, AIMessage) or message.tool_calls or message.invalid_tool_calls:
            return None
        self.text, self.reasons = self._checked(message.text)
        if not self.reasons or self.repairs:
            return None
        self.repairs += 1
        reasons = "\n".join(f"- {reason}" for reason in self.reasons)
        again = "Write it again; refer to facts as {{ F7 }} and add no other numbers."
        ask = f"Your draft was refused:\n{reasons}\n{again}"
        return {"messages": [HumanMessage(ask, name=CHECK)], "jump_to": "model"}

    def _checked(self, draft: str) -> tuple[str | None, list[str]]:
        if not draft.strip():
            return None, ["The reply was empty."]
        try:
            text = fill(draft, self.run)
        except DraftError as error:
            return None, [str(error)]
        places = [value for fact in self.run.facts.values() for value in fact.where.values()]
        quotations = [str(fact.value) for fact in self.run.facts.values() if fact.name == "quote"]
        own = without_quotations(text, quotations)
        refused = check_numbers(own, self.run.facts.values(), [*self.known, *places])
        return (None, [str(item) for item in refused]) if refused else (text, [])


def run_loop(
    model: BaseChatModel, warehouse: Warehouse, question: str, system: str, known: list[str]
) -> tuple[Run, AnswerCheck, list[BaseMessage]]:
    """Let the model work on a question; what it made, its checked text and all messages."""
    run = Run()
    check = AnswerCheck(run, known)
    limits: list[AgentMiddleware[Any, Any]] = [
        ModelCallLimitMiddleware(run_limit=MODEL_CALLS, exit_behavior="end"),
        ToolCallLimitMiddleware(run_limit=TOOL_CALLS, exit_behavior="continue"),
    ]
    agent = create_agent(
        model, make_tools(warehouse, run), system_prompt=system, middleware=[check, Offered(run), *limits]
    )
    # One call at a time: facts are then numbered in the order of the calls, and DuckDB uses all cores anyway.
    state = agent.invoke({"messages": [HumanMessage(question)]}, config={"max_concurrency": 1})
    return run, check, state["messages"]
