"""`npsight doctor --privacy`: which columns can ever be sent to a chat model, and in what form."""

from __future__ import annotations

import dataclasses
import json as jsonlib
from typing import TYPE_CHECKING

from apps.cli.page import Page, cut, one_line, pad, text_width, wrap

if TYPE_CHECKING:
    from agent.exposure import Exposure
    from warehouse.workspace import Warehouse

_LONGEST_NAME = 32


def privacy_json(warehouse: Warehouse) -> str:
    """All of it as one JSON object."""
    from agent.exposure import FORMS, always_sent, exposures, setting

    name, value, file = setting(warehouse)
    columns = [dataclasses.asdict(item) for item in exposures(warehouse)]
    body = {"setting": {"name": name, "value": value, "file": file}, "columns": columns}
    return jsonlib.dumps({**body, "forms": FORMS, "always_sent": always_sent(), "builtin": "nothing is sent"})


def privacy_lines(warehouse: Warehouse, sheet: Page) -> list[str]:
    """A table of columns, what the forms mean, the setting, and what is sent otherwise."""
    from agent.exposure import FORMS, always_sent, exposures, setting

    found = exposures(warehouse)
    used = [form for form in FORMS if any(item.form == form for item in found)]
    name, value, file = setting(warehouse)
    now = "the model reads redacted comments" if value else "the model reads no comment"
    turn = "false" if value else "true"
    return [
        sheet.bold("What a chat model can ever be sent of each column"),
        *_table(found, sheet),
        "",
        *(line for form in used for line in wrap(f"{form}: {FORMS[form]}", sheet.width, first="• ", rest="  ")),
        "",
        *wrap(f"{name} is {str(value).lower()}: {now}. Write privacy: rows_to_model: {turn} in {file} to change it.",
              sheet.width),
        "",
        *wrap("Sent besides, whatever it says:", sheet.width),
        *(line for item in always_sent() for line in wrap(item, sheet.width, first="• ", rest="  ")),
        *wrap("With --model builtin nothing leaves this machine.", sheet.width),
    ]  # fmt: skip


def _table(found: list[Exposure], sheet: Page) -> list[str]:
    rows = [(item.table, cut(one_line(item.column), _LONGEST_NAME), item.form, item.why) for item in found]
    heads = ("table", "column", "what can be sent", "why")
    widths = [max(text_width(row[at]) for row in [heads, *rows]) for at in range(4)]
    if sum(widths) + 6 > sheet.width:
        return [
            line for row in rows for line in wrap(f"{row[0]}.{row[1]}: {row[2]} ({row[3]})", sheet.width, rest="  ")
        ]
    lines = ["  ".join(pad(cell, width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    head = "  ".join(pad(cell, width) for cell, width in zip(heads, widths, strict=True))
    rule = "  ".join("─" * width for width in widths)
    return [sheet.bold(head.rstrip()), sheet.dim(rule), *(line.rstrip() for line in lines)]
