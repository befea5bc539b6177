"""All tools by name, and the one way to call them from Python, the agent, MCP and the command line."""

from __future__ import annotations

import functools
import importlib
import inspect
import json
import typing
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pydantic

from tools.result import Result
from warehouse.errors import NpsError, UnknownNameError
from warehouse.workspace import Warehouse

Function = Callable[..., Result]


@dataclass(frozen=True)
class Tool:
    """A tool with its place in the cabinet and a call that works on the pricing demo."""

    name: str
    """The function's own name."""
    module: str
    group: str
    example: dict[str, Any]

    @property
    def function(self) -> Function:
        """The function; its module is imported when it is asked for, since most calls need one of them."""
        function: Function = getattr(importlib.import_module(self.module), self.name)
        return function

    @property
    def description(self) -> str:
        """The docstring, cleaned."""
        return inspect.cleandoc(self.function.__doc__ or "")


_TOOLS = (
    Tool("describe_data", "tools.data.describe", "data", {}),
    Tool("data_quality", "tools.data.describe", "data", {}),
    Tool("nps", "tools.measure.score", "measure", {"by": ["plan"], "period": "2025-Q4"}),
    Tool(
        "compare",
        "tools.measure.compare",
        "measure",
        {"before": "2025-01-01..2025-06-30", "after": "2025-07-01..2025-12-31"},
    ),
    Tool("trend", "tools.measure.trend", "measure", {"grain": "month", "where": {"billing": "monthly"}}),
    Tool("nps_distribution", "tools.measure.distribution", "measure", {"by": ["plan"], "period": "2025-Q4"}),
    Tool("response_bias", "tools.measure.response_bias", "measure", {"period": "2025-Q4"}),
    Tool("benchmark", "tools.measure.benchmark", "measure", {"figure": 32, "n": 500, "source": "Industry report 2024"}),
    Tool("cohort_nps", "tools.measure.cohort_nps", "measure", {"cohort": "joined_at:quarter"}),
    Tool("retention", "tools.measure.retention", "measure", {"by": ["nps_class"]}),
    Tool(
        "decompose_change",
        "tools.explain.decompose",
        "explain",
        {"before": "2025-Q2", "after": "2025-Q4", "by": ["plan"]},
    ),
    Tool("find_outliers", "tools.explain.outliers", "explain", {"period": "last 6 months"}),
    Tool("find_change_points", "tools.explain.change_points", "explain", {"by": ["plan"]}),
    Tool("seasonality", "tools.explain.seasonality", "explain", {"grain": "weekday"}),
    Tool("key_drivers", "tools.explain.drivers", "explain", {"period": "2025-Q4"}),
    Tool("priorities", "tools.explain.priorities", "explain", {"effort": {"plan=Starter": "high"}, "top": 3}),
    Tool("impact", "tools.cause.impact", "cause", {"event_date": "price_rise", "by": ["plan"]}),
    Tool(
        "matched_effect",
        "tools.cause.matched",
        "cause",
        {
            "treatment": {"billing": "monthly"},
            "period": "2025-Q4",
            "covariates": ["plan", "country", "industry", "company_size"],
        },
    ),
    Tool(
        "experiment",
        "tools.cause.experiment",
        "cause",
        {"variant": "billing", "control": "annual", "start": "2025-07-01"},
    ),
    Tool("sample_size", "tools.cause.sample_size", "cause", {"difference": 5, "response_rate": 0.2}),
    Tool("themes", "tools.comments.themes", "comments", {"by": ["plan"], "period": "2025-Q4"}),
    Tool("theme_impact", "tools.comments.theme_impact", "comments", {"theme": "price"}),
    Tool("sentiment", "tools.comments.sentiment", "comments", {"by": ["plan"]}),
    Tool("quotes", "tools.comments.quotes", "comments", {"nps_class": "detractor", "theme": "price", "by": ["plan"]}),
    Tool(
        "run_sql",
        "tools.data.sql",
        "data",
        {"sql": "SELECT plan, avg(score) AS mean_score FROM cohorts GROUP BY plan ORDER BY plan"},
    ),
)
TOOLS: dict[str, Tool] = {tool.name: tool for tool in _TOOLS}


def find_tool(name: str) -> Tool:
    """The tool called `name`; UnknownNameError names the nearest."""
    if name not in TOOLS:
        raise UnknownNameError("tool", name, TOOLS, hint="`npsight tools` lists them")
    return TOOLS[name]


@functools.cache
def arguments_model(name: str) -> type[pydantic.BaseModel]:
    """The tool's parameters as a pydantic model; unknown ones are refused."""
    function = find_tool(name).function
    hints = typing.get_type_hints(function, include_extras=True)
    fields: dict[str, Any] = {}
    for parameter in list(inspect.signature(function).parameters.values())[1:]:
        default = ... if parameter.default is inspect.Parameter.empty else parameter.default
        fields[parameter.name] = (hints[parameter.name], default)
    config = pydantic.ConfigDict(extra="forbid", title=name)
    return pydantic.create_model(name, __config__=config, **fields)


def result_model(name: str) -> type[Result]:
    """The pydantic model of what the tool gives back."""
    model: type[Result] = typing.get_type_hints(find_tool(name).function)["return"]
    return model


def run_tool(warehouse: Warehouse, name: str, arguments: dict[str, Any] | None = None) -> Result:
    """Call a tool with checked arguments; every mistake in them is an NpsError in one sentence."""
    tool = find_tool(name)
    try:
        checked = arguments_model(name).model_validate(arguments or {})
    except pydantic.ValidationError as error:
        raise NpsError(explain(name, error)) from None
    values = {key: getattr(checked, key) for key in type(checked).model_fields}
    return tool.function(warehouse, **values)


def explain(name: str, error: pydantic.ValidationError) -> str:
    """The first mistake in one sentence, with the parameters that there are."""
    first = error.errors()[0]
    spot = ".".join(str(part) for part in first["loc"][:2])
    known = ", ".join(arguments_model(name).model_fields) or "none"
    if first["type"] == "extra_forbidden":
        return f"The tool {name} has no parameter {spot!r}; it has: {known}."
    if first["type"] == "missing":
        return f"The tool {name} needs the parameter {spot!r}; it has: {known}."
    message = first["msg"][0].lower() + first["msg"][1:]
    return f"The tool {name} cannot use {spot} = {json.dumps(first.get('input'), default=str)}: {message}."
