"""The tools as a chat model sees them: the same functions, texts, checks and errors as everywhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from langchain_core.tools import BaseTool, StructuredTool, ToolException
from pydantic import BaseModel, ConfigDict, Field

from agent.cabinet import find_tools
from agent.facts import Run
from agent.telling import tell
from tools.registry import TOOLS, Tool, arguments_model
from tools.result import Result
from warehouse.errors import NpsError

ASK, DECLINE = "ask_user", "cannot_answer"

Perform = Callable[[str, dict[str, Any]], Result]
"""Calls a tool by name: on the data, or from a record."""


class AskUser(BaseModel):
    """Ask back."""

    model_config = ConfigDict(extra="forbid")
    question: Annotated[str, Field(description="One short question.")]
    options: Annotated[list[str], Field(description="What can be chosen from.")] = []


class CannotAnswer(BaseModel):
    """Decline."""

    model_config = ConfigDict(extra="forbid")
    reason: Annotated[str, Field(description="What is missing, in one or two sentences.")]
    nearest: Annotated[list[str], Field(description="Questions that can be answered instead.")] = []


def make_tools(run: Run, perform: Perform, *, rows: bool = False) -> list[BaseTool]:
    """All tools, bound to the run that collects their facts.

    `rows` lets the model read redacted comments; without it they reach the answer as references only.
    """
    return [*(_bound(tool, run, perform, rows=rows) for tool in TOOLS.values()), find_tools(run), *_ways_out(run)]


def _bound(tool: Tool, run: Run, perform: Perform, *, rows: bool) -> BaseTool:
    def call(**arguments: Any) -> tuple[str, Result]:
        given = {name: value for name, value in arguments.items() if value is not None}
        try:
            result = run.adopt(perform(tool.name, given))
        except NpsError as error:
            run.record(tool.name, given, str(error))
            raise ToolException(str(error)) from error
        run.record(tool.name, given)
        return tell(result, rows=rows), result

    return StructuredTool.from_function(
        func=call,
        name=tool.name,
        description=tool.description,
        args_schema=arguments_model(tool.name),
        response_format="content_and_artifact",
        handle_tool_error=True,
    )


def _ways_out(run: Run) -> list[BaseTool]:
    def ask_user(question: str, options: list[str]) -> str:
        run.record(ASK, {"question": question, "options": options})
        return question

    def cannot_answer(reason: str, nearest: list[str]) -> str:
        run.record(DECLINE, {"reason": reason, "nearest": nearest})
        return reason

    return [
        StructuredTool.from_function(
            func=ask_user,
            name=ASK,
            description="Ask the user one question when theirs can be read in two ways; never guess.",
            args_schema=AskUser,
            return_direct=True,
        ),
        StructuredTool.from_function(
            func=cannot_answer,
            name=DECLINE,
            description="Decline when the data cannot answer; say what is missing and what can be asked instead.",
            args_schema=CannotAnswer,
            return_direct=True,
        ),
    ]
