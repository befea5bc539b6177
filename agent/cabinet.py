"""The cabinet behind `find_tools`: a model is offered a dozen tools at first, and any other once it was found.

All tool definitions together would fill a first request; most questions need three of them.
"""

from __future__ import annotations

import copy
import functools
import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any

from langchain.agents.middleware import AgentMiddleware
from langchain_core.messages import AIMessage
from langchain_core.tools import BaseTool, StructuredTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import BaseModel, ConfigDict, Field

from agent.cabinet_words import KEYWORDS
from tools.registry import TOOLS, Tool, arguments_model

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
SHOWN = 4
"""Tools that one search gives back at most."""
_NEAR = 0.4
"""Of the best one's score, from which on another tool is given back too."""
_ARGUMENTS = 7


class FindTools(BaseModel):
    """Look for a tool."""

    model_config = ConfigDict(extra="forbid")
    query: Annotated[str, Field(description="What the tool should do, in a few words.")]


class Offered(AgentMiddleware[Any, Any]):
    """Leaves out of each request the tools that the model has neither been given, found nor called."""

    def __init__(self, run: Run) -> None:
        super().__init__()
        self.run = run

    def wrap_model_call(self, request: Any, handler: Callable[[Any], Any]) -> Any:
        """The request with the tools on offer, each in few words."""
        hidden = set(TOOLS) - CORE - self.run.found - _called(request.messages)
        return handler(request.override(tools=[short(tool) for tool in request.tools if tool.name not in hidden]))


def _called(messages: Sequence[Any]) -> set[str]:
    """Tools that were called by name, found or not: whoever called one may have to mend its arguments."""
    calls = (call for message in messages if isinstance(message, AIMessage) for call in message.tool_calls)
    return {call["name"] for call in calls}


def short(tool: BaseTool) -> dict[str, Any]:
    """The tool's definition as it is sent: no defaults that say nothing, and one form for a filter.

    What comes back is checked against the full definition, so nothing is lost but characters.
    """
    key = (tool.name, tool.description, tool.args_schema)
    if key not in _made:  # making it takes milliseconds, and it is the same in every run
        _made[key] = _shortened(tool)
    return copy.deepcopy(_made[key])


_made: dict[tuple[str, str, Any], dict[str, Any]] = {}


def _shortened(tool: BaseTool) -> dict[str, Any]:
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
        found = ranked(query)
        run.found |= {tool.name for tool in found}
        if not found:
            return f"No tool goes by these words. There are: {', '.join(TOOLS)}; say what should come out."
        return "\n".join(
            [*(f"- {signature(tool)}: {first_sentence(tool)}" for tool in found), "You can call them now."]
        )

    rest = ", ".join(name for name in TOOLS if name not in CORE)
    return StructuredTool.from_function(
        func=search,
        name=FIND,
        description=f"Find the tool for a job. Further tools: {rest}. If a name says enough, call it at once.",
        args_schema=FindTools,
    )


def first_sentence(tool: Tool) -> str:
    """What the tool does, on one line."""
    return " ".join(tool.description.split("\n\n")[0].split())


def signature(tool: Tool) -> str:
    """The name with its main arguments, those that are needed marked."""
    fields = arguments_model(tool.name).model_fields
    names = [f"{name} (needed)" if one.is_required() else name for name, one in fields.items()]
    more = ", …" if len(names) > _ARGUMENTS else ""
    return f"{tool.name}({', '.join(names[:_ARGUMENTS])}{more})"


def ranked(query: str) -> list[Tool]:
    """The tools that the words lead to, the best fitting first; a tool that is named is the only one."""
    named = [tool for tool in TOOLS.values() if re.search(rf"\b{tool.name}\b", query) and "_" in tool.name]
    named = named or [tool for tool in TOOLS.values() if query.strip().lower().replace(" ", "_") == tool.name]
    if named:
        return named[:SHOWN]
    wanted = stems(query)
    scores = {name: _fit(wanted, name) for name in TOOLS}
    best = max(scores.values())
    order = sorted((name for name in TOOLS if best and scores[name] >= _NEAR * best), key=lambda name: -scores[name])
    return [TOOLS[name] for name in order[:SHOWN]]


def _fit(wanted: frozenset[str], name: str) -> float:
    """How well the words fit: whole phrases of the tool, its name, and words that few tools have."""
    rare = _rarity()
    phrases = [stems(phrase) for phrase in KEYWORDS.get(name, ())]
    whole = [phrase for phrase in phrases if phrase and phrase <= wanted]
    told = frozenset[str]().union(*phrases, stems(name.replace("_", " ")))
    held = frozenset[str]().union(*whole)
    return sum(rare[word] * (2.0 if word in held else 0.7) for word in wanted & told)


@functools.cache
def _rarity() -> dict[str, float]:
    """A word's weight: the fewer tools have it, the more it says."""
    tools = [
        frozenset[str]().union(*map(stems, phrases), stems(name.replace("_", " ")))
        for name, phrases in KEYWORDS.items()
    ]
    counts = Counter(word for words in tools for word in words)
    return {word: math.log(1 + len(tools) / count) for word, count in counts.items()}


@functools.cache
def stems(text: str) -> frozenset[str]:
    """Words without their endings, near enough: who answers → answer."""
    words = re.findall(r"[a-z]{2,}", text.lower().replace("a/b", "ab").replace("-", ""))
    return frozenset(_stem(word) for word in words if word not in _PLAIN)


def _stem(word: str) -> str:
    one = re.sub(r"ies$", "y", word) if len(word) > 4 else word
    one = re.sub(r"(?<=\w\w[^s])s$", "", one)
    bare = re.sub(r"(?:ing|ed|er|ly|al)$", "", one) if len(one) > 5 else one
    return bare.removesuffix("e") if len(bare) > 3 else bare


_PLAIN = frozenset(
    re.findall(
        r"\w+",
        "a an the of in on by to for with and or is are was were be it its that this there from at as our we us you "
        "your do does did how what which who whom show me tell give get find look tool data nps score scores customers "
        "customer two one between about they them their than have has had can could would should my i if not all",
    )
)
"""Words that say nothing of which tool is meant."""
