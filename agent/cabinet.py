"""The cabinet behind `find_tools`: a model is offered a dozen tools at first, and any other once it was found.

All tool definitions together would fill a first request; most questions need three of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

from langchain.agents.middleware import AgentMiddleware
from langchain_core.tools import BaseTool, StructuredTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import BaseModel, ConfigDict, Field

from tools.registry import TOOLS, Tool

if TYPE_CHECKING:
    from agent.facts import Run

FIND = "find_tools"
CORE = frozenset(
    [
        "describe_data",
        "nps",
        "compare",
        "trend",
        "decompose_change",
        "find_outliers",
        "priorities",
        "impact",
        "themes",
        "run_sql",
    ]
)
"""Offered from the start."""
SHOWN = 5


class FindTools(BaseModel):
    """Look for a tool."""

    model_config = ConfigDict(extra="forbid")
    query: Annotated[str, Field(description="What the tool should do, in a few words.")]


class Offered(AgentMiddleware[Any, Any]):
    """Leaves out of each request the tools that the model has neither been given nor found."""

    def __init__(self, run: Run) -> None:
        super().__init__()
        self.run = run

    def wrap_model_call(self, request: Any, handler: Callable[[Any], Any]) -> Any:
        """The request with the tools on offer, each in few words."""
        hidden = set(TOOLS) - CORE - self.run.found
        return handler(request.override(tools=[short(tool) for tool in request.tools if tool.name not in hidden]))


def short(tool: BaseTool) -> dict[str, Any]:
    """The tool's definition as it is sent: no defaults that say nothing, and one form for a filter.

    What comes back is checked against the full definition, so nothing is lost but characters.
    """
    told = convert_to_openai_tool(tool)
    function = told["function"]
    function["description"] = " ".join(function["description"].split())
    parameters = function["parameters"]
    parameters["properties"] = {name: _plain(one) for name, one in parameters.get("properties", {}).items()}
    parameters["additionalProperties"] = False
    return told


def _plain(schema: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in schema.items() if name not in ("anyOf", "additionalProperties")}
    choices = [one for one in schema.get("anyOf", []) if one.get("type") != "null"]
    if len(choices) == 1:
        kept = _plain(choices[0]) | kept
    elif choices:
        kept["anyOf"] = choices
    if kept.get("default", 0) in (None, [], {}):
        del kept["default"]
    return kept


def find_tools(run: Run) -> BaseTool:
    """The tool that finds tools."""

    def search(query: str) -> str:
        found = ranked(query)[:SHOWN]
        run.found |= {tool.name for tool in found}
        lines = [f"- {tool.name}: {first_sentence(tool)}" for tool in found]
        return "\n".join([*lines, "You can call them now."])

    rest = ", ".join(name for name in TOOLS if name not in CORE)
    return StructuredTool.from_function(
        func=search, name=FIND, description=f"Find further tools, among them {rest}.", args_schema=FindTools
    )


def first_sentence(tool: Tool) -> str:
    """What the tool does, on one line."""
    return " ".join(tool.description.split("\n\n")[0].split())


def ranked(query: str) -> list[Tool]:
    """The tools that are not on offer from the start, the best fitting ones first."""
    wanted = _stems(query)
    rest = [tool for tool in TOOLS.values() if tool.name not in CORE]

    def fit(tool: Tool) -> float:
        return 2 * len(wanted & _stems(tool.name.replace("_", " "))) + len(wanted & _stems(tool.description))

    return sorted(rest, key=fit, reverse=True)


def _stems(text: str) -> set[str]:
    """Words without their endings, near enough: who answers → answer."""
    words = re.findall(r"[a-z]{3,}", text.lower())
    return {re.sub(r"(?:ing|ed|es|s|ers|er)$", "", word) for word in words}
