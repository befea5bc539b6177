"""The agent loop: LangChain's, with limits, and with the check of the answer inside it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from langchain.agents import create_agent
from langchain.agents.middleware import AgentMiddleware
from langchain_core.messages import BaseMessage, HumanMessage
from langchain_core.runnables import RunnableConfig
from langsmith import tracing_context

from agent.cabinet import FIND, Offered
from agent.calling import Calling
from agent.card import data_card, names_of, system_prompt
from agent.facts import Run
from agent.history import shown_to_model
from agent.job import Job
from agent.steps import AnswerCheck, Watched
from agent.toolbox import ASK, DECLINE, Reader, make_tools
from agent.toolcalls import ToolCalls
from tools.registry import TOOLS

CARD = "data-card"
"""The name under which the data card stands among the messages."""


@dataclass
class Worked:
    """What became of a question: the facts, the checked text, the messages of this turn."""

    run: Run
    check: AnswerCheck
    messages: list[BaseMessage] = field(default_factory=list)


def begin(job: Job) -> Worked:
    """Nothing done yet; kept apart from `work`, so that what was found is there when the work is cut off."""
    run = Run(job.earlier)
    return Worked(run, AnswerCheck(job, run))


def work(job: Job, worked: Worked) -> None:
    """Let the model work on the question.

    Raises LimitReached and ModelUnusable; what was found by then stands in `worked`.
    """
    rows = job.local or job.catalog.privacy.rows_to_model
    reader = Reader(local=job.local, rows=rows, names=names_of(job.catalog))
    system = "" if job.local else system_prompt(job.catalog, job.audience)
    agent = create_agent(
        job.chat,
        make_tools(worked.run, job.perform, reader),
        system_prompt=system,
        middleware=_walls(job, worked),
    )
    before = _before(job)
    # One call at a time: facts are then numbered in the order of the calls, and DuckDB uses all cores anyway. Traces
    # would carry questions and figures to whoever LANGSMITH_TRACING names; spans (agent.telemetry) carry no words.
    with tracing_context(enabled=False):
        asked: Any = {"messages": [*before, HumanMessage(job.question)]}
        state = agent.invoke(asked, config=RunnableConfig(max_concurrency=1))
    worked.messages = state["messages"][len(before) + 1 :]


def _before(job: Job) -> list[BaseMessage]:
    if job.local:
        return list(job.history)
    card = HumanMessage(data_card(job.catalog, job.examples), name=CARD)
    return [card, *shown_to_model(job.history)]


def _walls(job: Job, worked: Worked) -> list[AgentMiddleware[Any, Any]]:
    """From the outside in; the planner on this machine needs neither patience nor a record of what was sent."""
    names = [*TOOLS, FIND, ASK, DECLINE]
    calls = ToolCalls(job.meter, names, free=(ASK, DECLINE))
    walls: list[AgentMiddleware[Any, Any]] = [worked.check, Offered(worked.run), Watched(job)]
    if job.local:
        return walls
    return [*walls, calls, Calling(job.meter, watch=job.watch, stream=job.stream, seed=job.seed, journal=job.journal)]
