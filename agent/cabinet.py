"""The cabinet behind `find_tools`: a model is offered a dozen tools at first, and any other once it was found.

All tool definitions together would fill a first request; most questions need three of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

from langchain.agents.middleware import AgentMiddleware
from langchain_core.tools import BaseTool, StructuredTool
from pydantic import BaseModel, ConfigDict, Field

from tools.registry import TOOLS, Tool

if TYPE_CHECKING:
    from agent.facts import Run

FIND = "find_tools"
CORE = frozenset(
    ["describe_data", "nps", "compare", "trend", "decompose_change", "find_outliers", "impact", "themes", "run_sql"]
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
        """The request with the tools on offer."""
        hidden = set(TOOLS) - CORE - self.run.found
        return handler(request.override(tools=[tool for tool in request.tools if _name(tool) not in hidden]))


def _name(tool: Any) -> str:
    return tool.name if isinstance(tool, BaseTool) else str(tool.get("name", ""))


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
