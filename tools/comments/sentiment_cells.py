"""The cells of a split of sentiment, as a table and a chart."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from tools.charts import SCHEMA
from tools.result import Cell, Column, FactSheet, Model, Table, Unit
from tools.scope import PERIOD, Axis

SentimentVerdict = Literal["more positive", "more negative", "no clear difference"]


class SentimentCell(Model):
    """The comments of one cell of a split."""

    where: dict[str, str]
    n: int | None = Field(description="Comments; None where the cell is suppressed.")
    mean: str = Field(description="Id of the fact with the mean compound score.")
    difference: str | None = Field(None, description="Id of the fact with the difference from all other comments.")
    p_holm: str | None = Field(None, description="Id of its p-value after Holm's adjustment for all cells.")
    verdict: SentimentVerdict | None = Field(None, description="Against all other comments, after the adjustment.")


def sentiment_table(sheet: FactSheet, made: list[SentimentCell], split: list[Axis]) -> Table:
    """One row a cell."""
    facts = {fact.id: fact for fact in sheet.facts}
    shares = {(f.name, tuple(sorted(f.where.items()))): f.value for f in sheet.facts if f.unit == "share"}
    rows: list[list[Cell]] = []
    for cell in made:
        mean, key = facts[cell.mean], tuple(sorted(cell.where.items()))
        row: list[Cell] = [cell.where[axis.name] for axis in split]
        row += [mean.value, mean.low, mean.high, cell.n]
        row += [shares.get(("positive_share", key)), shares.get(("negative_share", key)), cell.verdict]
        rows.append(row)
    figures: list[tuple[str, Unit]] = [
        ("mean sentiment", "number"),
        ("95% low", "number"),
        ("95% high", "number"),
        ("comments", "responses"),
        ("positive", "share"),
        ("negative", "share"),
        ("against the rest", "text"),
    ]
    columns = [Column(name=axis.name) for axis in split] + [Column(name=name, unit=unit) for name, unit in figures]
    return Table(title=f"Sentiment by {' and '.join(axis.name for axis in split)}", columns=columns, rows=rows)


def sentiment_chart(sheet: FactSheet, made: list[SentimentCell], split: list[Axis]) -> dict[str, Any]:
    """Means with their intervals, one row a cell; over time in order of time."""
    facts = {fact.id: fact for fact in sheet.facts}
    data = []
    for cell in made:
        mean = facts[cell.mean]
        if mean.value is not None:
            label = ", ".join(cell.where[axis.name] for axis in split)
            data.append({"cell": label, "mean": mean.value, "low": mean.low, "high": mean.high, "n": cell.n})
    title = "Mean sentiment (-1 to 1)"
    sort = None if split[-1].name == PERIOD else "-x"
    along = {"field": "cell", "type": "nominal", "title": ", ".join(axis.name for axis in split), "sort": sort}
    interval = {
        "mark": {"type": "rule"},
        "encoding": {"x": {"field": "low", "type": "quantitative", "title": title}, "x2": {"field": "high"}},
    }
    points = {
        "mark": {"type": "point", "filled": True, "size": 60},
        "encoding": {"x": {"field": "mean", "type": "quantitative", "title": title}},
    }
    return {
        "$schema": SCHEMA,
        "data": {"values": data},
        "encoding": {"y": along, "tooltip": [{"field": name} for name in ("cell", "mean", "low", "high", "n")]},
        "layer": [interval, points],
    }
