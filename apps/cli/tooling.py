"""`npsight tool` and `npsight tools`: the tools by hand, without any model."""

from __future__ import annotations

import json as jsonlib
import shlex
from typing import TYPE_CHECKING, Annotated, Any

import typer

from apps.cli.arguments import Brain, Json, Overrides, Source
from apps.cli.page import page, print_json, print_lines, wrap
from apps.cli.places import open_warehouse

if TYPE_CHECKING:
    from apps.cli.page import Page
    from tools.registry import Tool


def tool(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The tool; `npsight tools` lists them.")],
    source: Source,
    overrides: Overrides,
    brain: Brain,
    arguments: Annotated[str, typer.Argument(metavar="['{json}']", help="Its arguments as a JSON object.")] = "{}",
    json: Json = False,
    sql: Annotated[bool, typer.Option("--sql", help="Also show the SQL that was run.")] = False,
) -> None:
    """Run one tool, without any model.

    Names, arguments, checks and results are those that the agent and other programs get.
    """
    from tools.registry import find_tool, run_tool

    wanted = find_tool(name)
    values = _arguments(wanted, arguments, brain.seed)
    with open_warehouse(source, overrides) as warehouse:
        result = run_tool(warehouse, name, values)
    if json:
        print_json(result.model_dump_json())
        return
    from apps.cli.show import result_lines

    print_lines(result_lines(result, page(), sql=sql))


def _arguments(wanted: Tool, text: str, seed: int | None) -> dict[str, Any]:
    """The arguments as a dict, with the seed for a tool that draws."""
    from tools.registry import arguments_model
    from warehouse.errors import NpsError

    example = jsonlib.dumps(wanted.example or {"where": {}}) if wanted.example else "{}"
    try:
        values = jsonlib.loads(text)
    except jsonlib.JSONDecodeError as error:
        raise NpsError(
            f"The arguments of {wanted.name} are not JSON ({error.msg} at character {error.pos + 1}); "
            f"give one object in single quotes, such as '{example}'."
        ) from None
    if not isinstance(values, dict):
        raise NpsError(f"The arguments of {wanted.name} are {text}, not a JSON object such as '{example}'.")
    if seed is not None and "seed" in arguments_model(wanted.name).model_fields:
        values.setdefault("seed", seed)
    return values


def tools(json: Json = False) -> None:
    """List the tools and what they take.

    The example calls work on the demo that `npsight demo` makes.
    """
    from tools.registry import TOOLS

    if json:
        print_json(jsonlib.dumps({"tools": [_described(item) for item in TOOLS.values()]}, ensure_ascii=False))
        return
    sheet = page()
    lines: list[str] = []
    for group in dict.fromkeys(item.group for item in TOOLS.values()):
        lines += ["", sheet.bold(group)]
        for item in TOOLS.values():
            if item.group == group:
                lines += ["", *_tool_lines(item, sheet)]
    print_lines(lines[1:])


def call_of(item: Tool) -> str:
    """The example as it is typed."""
    arguments = f" {shlex.quote(jsonlib.dumps(item.example))}" if item.example else ""
    return f"npsight tool {item.name}{arguments}"


def _described(item: Tool) -> dict[str, Any]:
    from tools.registry import arguments_model

    return {
        "name": item.name,
        "group": item.group,
        "description": item.description,
        "parameters": arguments_model(item.name).model_json_schema(),
        "example": item.example,
        "call": call_of(item),
    }


def _tool_lines(item: Tool, sheet: Page) -> list[str]:
    """Name and first sentence, each parameter with its text, the example."""
    from tools.registry import arguments_model

    first = item.description.split("\n\n")[0]
    lines = [f"  {sheet.bold(item.name)}", *wrap(first, sheet.width, first="    ", rest="    ")]
    for name, field in arguments_model(item.name).model_fields.items():
        needed = " (needed)" if field.is_required() else ""
        text = f"{name}{needed}: {field.description or ''}"
        lines += [sheet.dim(line) for line in wrap(text, sheet.width, first="    - ", rest="      ")]
    return [*lines, f"    {call_of(item)}"]
