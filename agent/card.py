"""What a chat model is told: the rules (system prompt) and, apart from them, the data card.

Everything on the card comes from files of strangers: it is made inert and short, and it is never in the system prompt.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from agent.privacy import as_data
from prompts import render
from tools.outcome import has_score, possible_outcomes
from warehouse.catalog import BusinessEvent, Catalog, CohortTable, Dimension
from warehouse.roles import NO_SCORE

if TYPE_CHECKING:
    from agent.answer import Audience
    from agent.examples import Example

MAX_CARD = 4_300
"""Characters of the card; with rules and tool definitions the first request stays under 20,000."""


class Size(NamedTuple):
    """How much of the data a card shows."""

    values: int
    """Of each dimension; of one with few all."""
    columns: int
    """Of each table."""
    together: bool = False
    """Dimensions with the same values on one line, without rows."""


SIZES = (
    Size(25, 12),
    Size(12, 12),
    Size(12, 8, together=True),
    Size(6, 4, together=True),
    Size(3, 4, together=True),
    Size(0, 4),
    Size(0, 0),
)
"""Until the card has room."""
FEW = 6
"""Values of a dimension that are shown together or, where there is no room for any, not at all."""
DIMENSIONS_SHOWN = 40
_NAME = 60
_TOLD_KINDS = {"number": " (number)", "date": " (date)"}
_YES_NO = re.compile(r"(?i:is|has|was|did|had)[ _-]+(?=\w)|(?:is|has)(?=[A-Z])")
_YES = frozenset(["1", "yes", "true", "y", "t"])
_NO = frozenset(["0", "no", "false", "n", "f"])


def system_prompt(catalog: Catalog, audience: Audience | None = None) -> str:
    """The rules; the same for every data set, so that vendors can keep them."""
    return render("system.md.j2", {"audience": audience, "rows": catalog.privacy.rows_to_model})


def data_card(catalog: Catalog, examples: Sequence[Example] = ()) -> str:
    """The schema card of this data: as many values of each dimension as there is room for."""
    cards = (_card(catalog, size, DIMENSIONS_SHOWN, examples) for size in SIZES)
    return next((card for card in cards if len(card) <= MAX_CARD), _card(catalog, Size(0, 0), 10, ()))


def _card(catalog: Catalog, size: Size, shown: int, examples: Sequence[Example]) -> str:
    span = catalog.times.get("responded_at")
    scored = [column.role for table in catalog.tables.values() for column in table.columns.values()]
    return render(
        "card.md.j2",
        {
            "name": _short(catalog.name),
            "as_of": catalog.as_of,
            "first": span.first if span else None,
            "dimensions": _dimensions(catalog, size, shown),
            "more_dimensions": max(0, len(catalog.dimensions) - shown),
            "measures": [_short(name) for name in list(catalog.measures)[:shown]],
            "times": [_short(name) for name in list(catalog.times)[:shown] if name != "responded_at"],
            "events": [_event(name, event) for name, event in list(catalog.events.items())[:shown]],
            "tables": _tables(catalog, size.columns),
            "scale": catalog.scale,
            "scored": has_score(catalog),
            "outcomes": [_short(name) for name in possible_outcomes(catalog)[:DIMENSIONS_SHOWN]],
            "base": catalog.minimum_base.cell,
            "comments_base": catalog.minimum_base.comments,
            "hidden": sum(column.personal for table in catalog.tables.values() for column in table.columns.values()),
            "has_comments": "comment" in scored,
            "repeated": catalog.repeated_customers,
            "examples": [{"question": as_data(one.question, 200), "calls": as_data(one.told, 300)} for one in examples],
        },
    )


def _short(text: str) -> str:
    return as_data(text, _NAME)


def _dimensions(catalog: Catalog, size: Size, shown: int) -> list[dict[str, Any]]:
    """A line for each; with `together` a line for those that have the same values."""
    listed = list(catalog.dimensions.items())[:shown]
    lines: dict[object, list[tuple[str, Dimension]]] = {}
    for name, dimension in listed:
        alike = size.together and 0 < len(dimension.values) <= FEW and not dimension.synonyms
        key = frozenset(dimension.values) if alike and not dimension.value_synonyms else name
        lines.setdefault(key, []).append((name, dimension))
    return [_dimension(named, size) for named in lines.values()]


def _dimension(named: Sequence[tuple[str, Dimension]], size: Size) -> dict[str, Any]:
    (name, dimension), *others = named
    most = len(dimension.values) if 0 < len(dimension.values) <= FEW and size.values else size.values
    return {
        "name": ", ".join(_short(one) for one, _dimension in named),
        "values": [
            as_data(value) + ("" if others else f" ({rows})") + _also(dimension.value_synonyms.get(value, []))
            for value, rows in list(dimension.values.items())[:most]
        ],
        "more": max(0, len(dimension.values) - most),
        "synonyms": [_short(word) for word in dimension.synonyms[:6]],
        "means": _meant(name, dimension) if not others else "",
    }


def _meant(name: str, dimension: Dimension) -> str:
    """What to call the two groups of a column such as is_admin."""
    said = _YES_NO.match(name)
    yes = [value for value in dimension.values if value.strip().lower() in _YES]
    no = [value for value in dimension.values if value.strip().lower() in _NO]
    if said is None or len(dimension.values) != 2 or len(yes) != 1 or len(no) != 1:
        return ""
    verb, rest = said[0].strip(" _-").lower(), _short(name[said.end() :].replace("_", " "))
    return f"{as_data(yes[0])} = {verb} {rest}, {as_data(no[0])} = {verb} not {rest}"


def _also(synonyms: Sequence[str]) -> str:
    return f" [{', '.join(_short(word) for word in synonyms[:4])}]" if synonyms else ""


def _event(name: str, event: BusinessEvent) -> dict[str, Any]:
    return {
        "name": _short(name),
        "date": event.date,
        "synonyms": [_short(word) for word in event.synonyms[:6]],
        "affects": _groups(event.affects),
        "spares": _groups(event.spares),
    }


def _groups(groups: dict[str, list[str]]) -> str:
    return _short(", ".join(f"{name} {' or '.join(values)}" for name, values in groups.items()))


def _tables(catalog: Catalog, columns: int) -> list[dict[str, Any]]:
    """The tables with the columns that SQL may read; those of the responses are in the view `cohorts` too."""
    listed = [
        {"name": name, "rows": table.rows, "columns": _columns(table, columns)}
        for name, table in catalog.tables.items()
    ]
    whole = {"name": "cohorts", "rows": catalog.tables["responses"].rows, "columns": []} if listed else {}
    return [{**whole, "columns": ["a row per response with the customer's attributes"]}, *listed] if listed else []


def _columns(table: CohortTable, most: int) -> list[str]:
    told = [name for name, column in table.columns.items() if not column.personal and column.role not in _UNTOLD]
    told = [name for name in told if table.columns[name].source != NO_SCORE]
    told.sort(key=lambda name: table.columns[name].role not in _NEEDED)  # what every SQL needs is never cut off
    more = [f"{len(told) - most} more"] if len(told) > most > 0 else []
    shown = [_short(name) + _TOLD_KINDS.get(table.columns[name].type, "") for name in told[:most]]
    return [*shown, *more] if most else []


_NEEDED = ("score", "customer_id", "responded_at", "amount", "ordered_at", "event", "occurred_at")
_UNTOLD = ("comment", "attribute", "personal")


def names_of(catalog: Catalog) -> list[str]:
    """The names of dimensions and of their values."""
    return [*catalog.dimensions, *(value for one in catalog.dimensions.values() for value in one.values)]


def all_names(catalog: Catalog) -> list[str]:
    """Names of the data: itself, its files, columns, dimensions with their values, measures, dates, events."""
    known = [catalog.name, *catalog.dimensions, *catalog.measures, *catalog.times, *catalog.events]
    known += [value for dimension in catalog.dimensions.values() for value in dimension.values]
    known += [column for table in catalog.tables.values() for column in table.columns]
    return known + [table.file for table in catalog.tables.values()]
