"""What a chat model is told: the rules (system prompt) and, apart from them, the data card.

Everything on the card comes from files of strangers: it is made inert and short, and it is never in the system prompt.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from agent.builtin.timewords import find_times
from agent.privacy import as_data
from prompts import render
from warehouse.catalog import BusinessEvent, Catalog, CohortTable

if TYPE_CHECKING:
    from agent.answer import Audience
    from agent.examples import Example

MAX_CARD = 5_200
"""Characters of the card; with rules and tool definitions the first request stays under 20,000."""
SIZES = ((25, 12), (12, 12), (6, 8), (3, 6), (0, 4), (0, 0))
"""How many values of a dimension and columns of a table are shown, until the card has room."""
DIMENSIONS_SHOWN = 40
_NAME, _VALUE = 60, 60


def system_prompt(catalog: Catalog, audience: Audience | None = None) -> str:
    """The rules; the same for every data set, so that vendors can keep them."""
    return render("system.md.j2", {"audience": audience, "rows": catalog.privacy.rows_to_model})


def data_card(catalog: Catalog, examples: Sequence[Example] = ()) -> str:
    """The schema card of this data: as many values of each dimension as there is room for."""
    cards = (_card(catalog, values, columns, DIMENSIONS_SHOWN, examples) for values, columns in SIZES)
    return next((card for card in cards if len(card) <= MAX_CARD), _card(catalog, 0, 0, 10, ()))


def _card(catalog: Catalog, values: int, columns: int, shown: int, examples: Sequence[Example]) -> str:
    span = catalog.times.get("responded_at")
    scored = [column.role for table in catalog.tables.values() for column in table.columns.values()]
    return render(
        "card.md.j2",
        {
            "name": _short(catalog.name),
            "as_of": catalog.as_of,
            "first": span.first if span else None,
            "dimensions": _dimensions(catalog, values, shown),
            "more_dimensions": max(0, len(catalog.dimensions) - shown),
            "measures": [_short(name) for name in list(catalog.measures)[:shown]],
            "times": [_short(name) for name in list(catalog.times)[:shown] if name != "responded_at"],
            "events": [_event(name, event) for name, event in list(catalog.events.items())[:shown]],
            "tables": _tables(catalog, columns),
            "scale": catalog.scale,
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


def _dimensions(catalog: Catalog, values: int, shown: int) -> list[dict[str, Any]]:
    return [
        {
            "name": _short(name),
            "values": [
                f"{as_data(value, _VALUE)} ({rows})" + _also(dimension.value_synonyms.get(value, []))
                for value, rows in list(dimension.values.items())[:values]
            ],
            "more": max(0, len(dimension.values) - values),
            "synonyms": [_short(word) for word in dimension.synonyms[:6]],
        }
        for name, dimension in list(catalog.dimensions.items())[:shown]
    ]


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
    more = [f"{len(told) - most} more"] if len(told) > most > 0 else []
    return [*(_short(name) for name in told[:most]), *more] if most else []


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


def known_texts(catalog: Catalog, question: str) -> list[str]:
    """Texts that may hold digits without being figures: names, values, dates, and the question's own words."""
    known = all_names(catalog)
    known += [str(event.date) for event in catalog.events.values()]
    known += [str(day) for time in catalog.times.values() for day in (time.first, time.last) if day]
    events = {name: (event.date, event.synonyms) for name, event in catalog.events.items()}
    dates = catalog.times.get("responded_at")
    times = find_times(question, as_of=catalog.as_of, first=dates.first if dates else None, events=events)
    for time in times:
        known += [question[time.start : time.end], time.read_as, time.period or "", *time.alternatives]
    return known
