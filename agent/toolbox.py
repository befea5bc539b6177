"""The tools as a chat model sees them: the same functions, texts, checks and errors as everywhere."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Annotated, Any

from langchain_core.tools import BaseTool, StructuredTool, ToolException
from pydantic import BaseModel, ConfigDict, Field

from agent.cabinet import find_tools
from agent.facts import Run
from agent.privacy import as_data, as_written
from agent.telling import tell
from tools.registry import TOOLS, Tool, arguments_model
from tools.result import Result
from warehouse.errors import NpsError

ASK, DECLINE = "ask_user", "cannot_answer"
_LONGEST_ERROR = 600

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


@dataclass(frozen=True)
class Reader:
    """Who reads the results."""

    local: bool = False
    """The planner on this machine, to whom errors are told as they are."""
    rows: bool = False
    """Redacted comments may be read; otherwise they reach the answer as references only."""
    names: Collection[str] = ()
    """Dimensions and their values, which a model reads in an inert spelling."""


def make_tools(run: Run, perform: Perform, reader: Reader = Reader()) -> list[BaseTool]:
    """All tools, bound to the run that collects their facts."""
    bound = [_bound(tool, run, perform, reader) for tool in TOOLS.values()]
    return [*bound, find_tools(run), *_ways_out(run)]


def _bound(tool: Tool, run: Run, perform: Perform, reader: Reader) -> BaseTool:
    def call(**arguments: Any) -> tuple[str, Result]:
        given = {name: value for name, value in arguments.items() if value is not None}
        given = as_written(given, reader.names)
        try:
            result = run.adopt(perform(tool.name, given))
        except NpsError as error:
            run.record(tool.name, given, str(error))
            raise ToolException(str(error) if reader.local else as_data(str(error), _LONGEST_ERROR)) from error
        run.record(tool.name, given)
        return tell(result, rows=reader.rows, known=reader.names), result

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
