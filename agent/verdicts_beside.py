"""What else differs between two sides, in words with the ids of the facts: strata, replaced dimensions, seasons."""

from __future__ import annotations

from typing import Any

from agent.privacy import as_data
from agent.verdict_words import differs, listed


def replaced(result: Any) -> list[str]:
    """One line for each dimension of which values came or went."""
    return [_replaced(item) for item in result.replaced]


def _replaced(item: Any) -> str:
    name = as_data(item.dimension)
    gone = f"{_values(item.gone)} only before ({item.gone_share})" if item.gone else ""
    new = f"{_values(item.new)} only after ({item.new_share})" if item.new else ""
    went = ", ".join(part for part in (gone, new) if part)
    if not item.comparable:
        return (
            f"TELL FIRST: the stretches are not comparable in {name}: {went}. The change cannot be told from that of "
            f"{name}; blame no segment."
        )
    return (
        f"TELL FIRST: the stretches differ in {name}: {went}. Among {_values(item.common)}, which both have, "
        f"{differs(item.verdict, item.difference)}."
    )


def _values(values: list[str]) -> str:
    return listed([as_data(value) for value in values[:3]]) + (
        f" and {len(values) - 3} more" if len(values) > 3 else ""
    )


def season(result: Any) -> list[str]:
    """That the same step of earlier years was as large."""
    if result.season is None:
        return []
    steps = ", ".join(f"{item.period} {item.fact}" for item in result.season.steps)
    return [f"SAY: it is the season, not news: this step was as large in {steps} (mean {result.season.mean})."]


_ALIKE = {
    "turned": "the sign turns",
    "gone": "no clear difference is left, half of the gap or more goes",
    "smaller": "half of the gap or more goes",
    "appeared": "they do differ",
    "kept": "it stays",
}


def alike(result: Any) -> list[str]:
    """What the dimension that changes a gap most does to it."""
    item = result.alike
    if item is None:
        return []
    start = "Within" if item.change == "kept" else "SAY IN THE SECOND SENTENCE: within"
    return [
        f"{start} the same {as_data(item.dimension)} {_ALIKE[item.change]}: {differs(item.verdict, item.difference)}; "
        f"their different mix of {as_data(item.dimension)} makes {item.by_mix} of the gap."
    ]
