"""What cohort_nps counts: which date makes the cohorts, how age is measured, which cells are fully seen."""

from __future__ import annotations

import datetime as dt
import re

from tools.measure.retention_counts import DAYS
from tools.scope import Axis, Scope, axis
from warehouse.engine import identifier
from warehouse.errors import MissingDataError, NpsError, UnknownNameError
from warehouse.periods import Grain, bucket_end, bucket_start
from warehouse.workspace import Warehouse

COHORT = "cohort"
_SPLIT = re.compile(r"(.+?)(?::(week|month|quarter|year))?")


def cohort_column(warehouse: Warehouse, cohort: str | None) -> tuple[str, Grain]:
    """The date column of joining as `cohorts` calls it, and the length of a cohort."""
    times = [name for name in warehouse.catalog.times if name != "responded_at"]
    if cohort is None:
        for shown in times:
            table = warehouse.catalog.tables.get(warehouse.catalog.times[shown].table)
            held = table.columns.get(shown.removesuffix(" (customers)")) if table else None
            if held is not None and held.role == "joined_at":
                return shown, "quarter"
        offer = (
            f"name one of its dates as cohort, as {times[0]}:quarter" if times else "it has no date but the answer's"
        )
        raise MissingDataError(
            "NPS by cohort needs the date on which each customer joined (a column such as joined_at or signup_date in "
            f"the customers file, or beside the answers), and this data has none that says so; {offer}."
        )
    match = _SPLIT.fullmatch(cohort.strip())
    name = match[1] if match else cohort
    if name not in times:
        near = next((known for known in times if known.lower() == name.lower()), None)
        if near is None:
            raise UnknownNameError("date column", name, times)
        name = near
    return name, (match[2] if match and match[2] else "quarter")  # type: ignore[return-value]


class Plan:
    """What is counted: cohort × age of the answers from joining on."""

    def __init__(self, warehouse: Warehouse, column: str, cohort_grain: Grain, grain: Grain, rows: Scope) -> None:
        self.warehouse, self.column, self.cohort_grain, self.grain = warehouse, column, cohort_grain, grain
        self.age_name = f"age_{grain}s"
        for taken in (COHORT, self.age_name):
            if taken in rows.where:
                raise NpsError(f"The dimension {taken!r} has the name of a part of this table; rename it in the file.")
        days = f"date_diff('day', CAST({identifier(column)} AS DATE), CAST(responded_at AS DATE))"
        joined = axis(warehouse, f"{column}:{cohort_grain}")
        age = f"CAST(CAST(floor({days} / {DAYS[grain]}) AS INTEGER) AS VARCHAR)"
        self.axes = [Axis(COHORT, joined.sql, joined.columns), Axis(self.age_name, age, (column, "responded_at"))]
        self.whole = Scope(
            list(rows.conditions), [*rows.columns, column, "responded_at"], dict(rows.where), rows.period
        )
        dated = f"{identifier(column)} IS NOT NULL AND responded_at IS NOT NULL"
        self.days = days
        self.rows = Scope(
            [*rows.conditions, dated, f"{days} >= 0"], list(self.whole.columns), dict(rows.where), rows.period
        )

    def complete(self, label: str, age: int) -> bool:
        """Whether every day of this age of every customer of the cohort lies within the data."""
        start, end = bucket_start(label), bucket_end(label)
        known = self.warehouse.catalog.times["responded_at"]
        first, last = known.first, self.warehouse.catalog.as_of
        if self.rows.period is not None:
            first, last = self.rows.period.start or first, min(self.rows.period.end or dt.date.max, last or dt.date.max)
        opens = start + dt.timedelta(days=int(age * DAYS[self.grain]))
        closes = end + dt.timedelta(days=int((age + 1) * DAYS[self.grain]))
        return (first is None or opens >= first) and (last is None or closes <= last)
