"""What is sought on a page: the right rows of the gold."""

from __future__ import annotations

from dataclasses import dataclass

from agent.answer import Answer
from evals.cases import Measure
from evals.gold import GoldRows
from evals.scoring.values.bind import Shown, Value
from evals.scoring.values.known import Kind, Known, fits, is_difference
from evals.scoring.values.names import Directory
from evals.scoring.values.page import Page
from evals.scoring.values.periods import Span
from tools.result import Cell

KINDS: dict[Measure, Kind] = {
    "points": "points", "share": "share", "count": "count", "score": "number", "amount": "number", "days": "number",
}  # fmt: skip
Key = dict[str, Value | None]


@dataclass
class Sought:
    """The right rows, and the page that should show them."""

    gold: GoldRows
    answer: Answer
    ignore: frozenset[str]
    book: Directory
    page: Page
    known: list[Known]

    def right(self, row: dict[str, Cell], name: str) -> Known | None:
        """The right figure of a row."""
        value = row[name]
        kind = KINDS.get(self.gold.values[name])
        if kind is None or value is None or isinstance(value, str):
            return None
        return Known(float(value), kind, {}, name, difference=is_difference(name), tolerance=self.gold.tolerance)

    def fits(self, shown: Shown, right: Known) -> bool:
        """The figure is the right one at a rounding that is fine enough."""
        whole = "rounding" in self.ignore
        return fits(shown.figure, right, shown.around + " " + shown.heading, strict=True, whole=whole)


def said(key: Key) -> str:
    """A key in words."""
    return (
        ", ".join(
            "unknown" if value is None else value if isinstance(value, str) else _period(value)
            for value in key.values()
        )
        or "the whole"
    )


def _period(span: Span) -> str:
    return f"{span.first}..{span.last}"


def could_be(one: Shown, right: Known) -> bool:
    """The figure is of the right kind to be the one that is sought."""
    figure = one.figure
    if figure.role in ("interval", "p") or (figure.role == "difference" and not right.difference):
        return False
    if right.kind == "count":
        return figure.unit == "count" or figure.role == "n"
    if right.kind == "share":
        return figure.unit == "percent" and figure.value not in (90, 95, 99)
    return figure.unit in ("points", "plain") and figure.role != "n"
