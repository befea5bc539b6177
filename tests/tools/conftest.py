"""Surveys written as files and loaded as a user would; and the statistics once more, in plain Python from the rows."""

from __future__ import annotations

import csv
import json
import math
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tools.result import Result
from warehouse.catalog import BusinessEvent
from warehouse.catalog_file import FILE_NAME
from warehouse.demo import write_demo
from warehouse.options import LoadOptions
from warehouse.workspace import Warehouse, make_workspace

Row = dict[str, Any]
Z = 1.959963984540054
"""The normal quantile of a two-sided 95 %."""
Z_80 = 0.8416212335729143
"""The normal quantile of 80 %, one-sided."""


@pytest.fixture(scope="session")
def load(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Warehouse]]:
    """load(rows, customers=…, base=…, ranking=…): the rows as a CSV file, loaded and opened.

    Rows get a response_id; None is an empty field. `base` and `ranking` are written into npsight.yaml by hand.
    """
    opened: list[Warehouse] = []

    def load(
        rows: Sequence[Row],
        *,
        customers: Sequence[Row] = (),
        base: int | None = None,
        ranking: int | None = None,
        options: LoadOptions | None = None,
    ) -> Warehouse:
        folder = tmp_path_factory.mktemp("survey")
        files = [write(folder / "survey.csv", [{"response_id": f"r{i}", **row} for i, row in enumerate(rows)])]
        if customers:
            files.append(write(folder / "customers.csv", customers))
        make_workspace(files, folder / "ws", options)
        edits = "".join(f"\n  {name}: {value}" for name, value in (("cell", base), ("ranking", ranking)) if value)
        if edits:
            with (folder / "ws" / FILE_NAME).open("a", encoding="utf-8") as catalog:
                catalog.write(f"minimum_base:{edits}\n")
        opened.append(Warehouse(folder / "ws"))
        return opened[-1]

    yield load
    for warehouse in opened:
        warehouse.close()


def write(path: Path, rows: Sequence[Row]) -> Path:
    names = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, names, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: "" if value is None else value for name, value in row.items()} for row in rows)
    return path


@pytest.fixture(scope="session")
def answers() -> Callable[..., list[Row]]:
    """answers(promoters, passives, detractors, plan="A"): so many rows, each of a customer of its own."""
    number = count()

    def answers(promoters: int, passives: int, detractors: int, **values: Any) -> list[Row]:
        classes = [(9, 10)] * promoters + [(7, 8)] * passives + [(0, 3, 6)] * detractors
        return [
            {"customer_id": f"c{next(number)}", "nps_score": scores[i % len(scores)], **values}
            for i, scores in enumerate(classes)
        ]

    return answers


@pytest.fixture(scope="session")
def pricing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """The pricing demo, loaded once."""
    folder = tmp_path_factory.mktemp("pricing")
    demo = write_demo("pricing", folder / "files")
    events = {name: BusinessEvent.model_validate(event) for name, event in demo.business_events.items()}
    make_workspace(list(demo.tables.values()), folder / "ws", LoadOptions(events=events))
    with Warehouse(folder / "ws") as warehouse:
        yield warehouse


@dataclass(frozen=True)
class Difference:
    """Two NPS compared, in points."""

    estimate: float
    low: float
    high: float
    standard_error: float
    p_value: float
    smallest_detectable: float


class ByHand:
    """The textbook's formulas over rows; shares nothing with the code that is tested."""

    @staticmethod
    def where(rows: Iterable[Row], **values: Any) -> list[Row]:
        return [row for row in rows if all(row.get(name) == value for name, value in values.items())]

    @staticmethod
    def split(rows: Iterable[Row], *names: str) -> dict[tuple[str, ...], list[Row]]:
        """Rows by the texts of their values, empty ones as (missing)."""
        found: dict[tuple[str, ...], list[Row]] = defaultdict(list)
        for row in rows:
            found[tuple("(missing)" if row.get(n) is None else str(row[n]) for n in names)].append(row)
        return dict(found)

    @staticmethod
    def counts(rows: Iterable[Row]) -> tuple[int, int, int]:
        """Promoters, passives and detractors."""
        scores = [row["nps_score"] for row in rows if row["nps_score"] is not None]
        return sum(s > 8 for s in scores), sum(6 < s < 9 for s in scores), sum(s < 7 for s in scores)

    def nps(self, rows: Iterable[Row]) -> float:
        promoters, passives, detractors = self.counts(rows)
        return 100 * (promoters - detractors) / (promoters + passives + detractors)

    def design_effect(self, rows: Iterable[Row]) -> float:
        """Sandwich variance over customers divided by that of independent answers, at least 1; n for one customer."""
        residuals, all_x = self._residuals(rows)
        n, customers = len(all_x), len(residuals)
        mean = sum(all_x) / n
        plain = sum((x - mean) ** 2 for x in all_x) / n / (n - 1) if n > 1 else 0.0
        if customers == 1 and n > 1:
            return float(n)  # the answers of one customer count as one
        if customers < 2 or plain <= 0:
            return 1.0
        return max(1.0, customers / (customers - 1) * sum(e**2 for e in residuals.values()) / n**2 / plain)

    def interval(self, rows: Sequence[Row], design_effect: float | None = None) -> tuple[float, float]:
        """Rocks's adjusted Wald interval."""
        mean, variance = self._adjusted(rows, self.design_effect(rows) if design_effect is None else design_effect)
        estimate, margin = self.nps(rows), Z * math.sqrt(variance)
        return min(100 * max(mean - margin, -1), estimate), max(100 * min(mean + margin, 1), estimate)

    def difference(self, first: Sequence[Row], second: Sequence[Row]) -> Difference:
        """First minus second; customers on both sides make the two estimates move together."""
        effects = self.design_effect(first), self.design_effect(second)
        (mean_1, var_1), (mean_2, var_2) = self._adjusted(first, effects[0]), self._adjusted(second, effects[1])
        one, x_1 = self._residuals(first)
        two, x_2 = self._residuals(second)
        covariance = sum(one[key] * two[key] for key in one.keys() & two.keys()) / (len(x_1) * len(x_2))
        for x, effect in ((x_1, effects[0]), (x_2, effects[1])):
            covariance *= len(x) / effect / (len(x) / effect + 3)
        bound = 0.99 * math.sqrt(var_1 * var_2)
        error = math.sqrt(var_1 + var_2 - 2 * min(max(covariance, -bound), bound))
        estimate = (self.nps(first) - self.nps(second)) / 100
        centre = min(max(mean_1 - mean_2, min(estimate, 0)), max(estimate, 0))
        return Difference(
            100 * estimate,
            100 * min(max(centre - Z * error, -2), estimate),
            100 * max(min(centre + Z * error, 2), estimate),
            100 * error,
            math.erfc(abs(centre / error) / math.sqrt(2)),
            min(100 * (Z + Z_80) * error, 200),
        )

    def _adjusted(self, rows: Iterable[Row], design_effect: float) -> tuple[float, float]:
        """Mean and its variance with 3/4 promoter, 3/2 passive and 3/4 detractor added, unit scale."""
        promoters, passives, detractors = (
            count / design_effect + more for count, more in zip(self.counts(rows), (0.75, 1.5, 0.75), strict=True)
        )
        n = promoters + passives + detractors
        mean = (promoters - detractors) / n
        return mean, ((promoters + detractors) / n - mean**2) / n

    @staticmethod
    def _residuals(rows: Iterable[Row]) -> tuple[dict[object, float], list[int]]:
        """Each customer's sum of x minus its expectation, and all x; without a customer an answer stands alone."""
        own: dict[object, list[int]] = defaultdict(list)
        for row in rows:
            if (score := row["nps_score"]) is not None:
                own[row.get("customer_id") or id(row)].append((score > 8) - (score < 7))
        flat = [x for xs in own.values() for x in xs]
        mean = sum(flat) / len(flat)
        return {key: sum(xs) - mean * len(xs) for key, xs in own.items()}, flat


@pytest.fixture(scope="session")
def by_hand() -> ByHand:
    """The formulas in plain Python."""
    return ByHand()


@pytest.fixture(scope="session")
def given_away() -> Callable[..., list[Mapping[str, str]]]:
    """given_away(rows, told, hidden): the hidden cells whose sums follow from the told ones by plus and minus.

    Cells are filters {"plan": "A"}, or lists of them for their union.
    """

    def given_away(rows: Sequence[Row], told: Iterable[Any], hidden: Iterable[Any]) -> list[Any]:
        scored = [row for row in rows if row["nps_score"] is not None]
        names = [name for name in scored[0] if name not in ("nps_score", "customer_id")]
        kinds = list(dict.fromkeys(tuple(str(row[name]) for name in names) for row in scored))

        def vector(cell: Any) -> list[float]:
            parts = cell if isinstance(cell, list) else [cell]
            texts = [dict(zip(names, kind, strict=True)) for kind in kinds]
            return [float(any(part.items() <= text.items() for part in parts)) for text in texts]

        known = np.array([vector(cell) for cell in told])
        rank = np.linalg.matrix_rank(known)
        return [cell for cell in hidden if np.linalg.matrix_rank(np.vstack([known, vector(cell)])) == rank]

    return given_away


@pytest.fixture(scope="session")
def fact() -> Callable[..., Any]:
    """fact(result, name, **where): the one fact with that name and exactly that cell."""

    def fact(result: Result, name: str, /, **where: str) -> Any:
        (found,) = [item for item in result.facts if item.name == name and item.where == where]
        return found

    return fact


@pytest.fixture(scope="session")
def by_id() -> Callable[[Result, str], Any]:
    """The fact with an id."""
    return lambda result, key: next(item for item in result.facts if item.id == key)


@pytest.fixture(scope="session")
def whole() -> Callable[[Result], str]:
    """A result as JSON, without the statements."""
    return lambda result: json.dumps(result.model_dump(mode="json", exclude={"sql"}), ensure_ascii=False)


@pytest.fixture(scope="session")
def noise() -> list[Row]:
    """Forty small companies in one file, told apart by `world`, in which nothing depends on anything."""
    draw = random.Random(20250301)
    rows = []
    for world in range(40):
        for i in range(400):
            row: Row = {"nps_score": draw.choice([0, 3, 5, 6, 7, 8, 8, 9, 10, 10])}
            row |= {"responded_at": f"2025-0{1 + i % 2}-{1 + i % 28:02d}", "world": f"w{world}"}
            sizes = {"plan": 3, "country": 5, "channel": 4, "industry": 6}
            rows.append(row | {name: f"{name[:2]}{draw.randrange(size)}" for name, size in sizes.items()})
    return rows


@pytest.fixture(scope="session")
def noisy(load: Callable[..., Warehouse], noise: list[Row]) -> Warehouse:
    """The forty companies, loaded."""
    return load(noise)
