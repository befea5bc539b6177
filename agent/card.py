"""The schema card: what a chat model is told of the data, and which texts of it may stand in an answer."""

from __future__ import annotations

from agent.builtin.timewords import find_times
from prompts import render
from warehouse.catalog import Catalog

MAX_CARD = 9_000
"""Characters of the system prompt; with the tool definitions the first request stays under 20,000."""
VALUES_SHOWN = (25, 12, 6, 3, 0)
DIMENSIONS_SHOWN = 40


def system_prompt(catalog: Catalog) -> str:
    """The system prompt with the schema card of this data: as many values of each dimension as there is room for."""
    cards = (_card(catalog, values, DIMENSIONS_SHOWN) for values in VALUES_SHOWN)
    return next((card for card in cards if len(card) <= MAX_CARD), _card(catalog, 0, 10))


def _card(catalog: Catalog, values: int, shown: int) -> str:
    dimensions = [
        {
            "name": name,
            "values": [f"{value} ({rows})" for value, rows in list(dimension.values.items())[:values]],
            "more": max(0, len(dimension.values) - values),
            "synonyms": dimension.synonyms,
        }
        for name, dimension in list(catalog.dimensions.items())[:shown]
    ]
    span = catalog.times.get("responded_at")
    return render(
        "system.md.j2",
        {
            "name": catalog.name,
            "as_of": catalog.as_of,
            "first": span.first if span else None,
            "dimensions": dimensions,
            "more_dimensions": max(0, len(catalog.dimensions) - shown),
            "measures": list(catalog.measures)[:shown],
            "times": [name for name in catalog.times if name != "responded_at"],
            "events": {name: event.date for name, event in catalog.events.items()},
            "tables": list(catalog.tables),
            "scale": catalog.scale,
            "base": catalog.minimum_base.cell,
        },
    )


def known_texts(catalog: Catalog, question: str) -> list[str]:
    """Texts that may hold digits without being figures: names, values, dates, and the question's own words."""
    known = [catalog.name, *catalog.dimensions, *catalog.measures, *catalog.times, *catalog.events]
    known += [value for dimension in catalog.dimensions.values() for value in dimension.values]
    known += [str(event.date) for event in catalog.events.values()]
    known += [str(day) for time in catalog.times.values() for day in (time.first, time.last) if day]
    known += [table.file for table in catalog.tables.values()]
    events = {name: (event.date, event.synonyms) for name, event in catalog.events.items()}
    dates = catalog.times.get("responded_at")
    times = find_times(question, as_of=catalog.as_of, first=dates.first if dates else None, events=events)
    for time in times:
        known += [question[time.start : time.end], time.read_as, time.period or "", *time.alternatives]
    return known
