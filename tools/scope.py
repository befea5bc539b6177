"""What a question is about, as SQL: dimensions to split by, filters, periods; unknown names are refused."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from warehouse.catalog import Dimension
from warehouse.engine import identifier, quoted
from warehouse.errors import MissingDataError, NpsError, UnknownNameError
from warehouse.periods import Grain, Period, bucket_sql, parse_period
from warehouse.workspace import Warehouse

Value = str | int | float | bool | None
Where = dict[str, Value | list[Value]]
MISSING = "(missing)"
PERIOD = "period"
_TIME_SPLIT = re.compile(r"(.+):(day|week|month|quarter|year)")


@dataclass(frozen=True)
class Axis:
    """One thing that cells are split by."""

    name: str
    sql: str
    """An expression of type VARCHAR."""
    columns: tuple[str, ...]
    """The cohort columns that it reads."""


@dataclass
class Scope:
    """Rows that a tool looks at: conditions, and the columns that they need."""

    conditions: list[str] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    where: dict[str, str] = field(default_factory=dict)
    """The filter as facts show it."""
    period: Period | None = None
    """The stretch of time, where one was asked for."""

    def sql(self, *more: str) -> str:
        """The WHERE clause, empty when nothing is filtered."""
        conditions = [*self.conditions, *more]
        return f" WHERE {' AND '.join(conditions)}" if conditions else ""


def find_dimension(warehouse: Warehouse, name: str) -> tuple[str, Dimension]:
    """The dimension called `name` (case does not matter)."""
    dimensions = warehouse.catalog.dimensions
    for known, dimension in dimensions.items():
        if known == name:
            return known, dimension
    for known, dimension in dimensions.items():
        if known.lower() == name.lower() or name.lower() in (word.lower() for word in dimension.synonyms):
            return known, dimension
    if name in warehouse.catalog.measures:
        raise NpsError(f"{name!r} is a number with many values, not a dimension; ask run_sql for its averages instead.")
    times = [f"{time}:month" for time in warehouse.catalog.times]
    raise UnknownNameError("dimension", name, [*dimensions, *times])


def axis(warehouse: Warehouse, name: str) -> Axis:
    """The axis for `plan`, or for a date column with a grain such as `created_at:month`."""
    split = _TIME_SPLIT.fullmatch(name)
    if split and name not in warehouse.catalog.dimensions:
        column, grain = split[1], split[2]
        if column not in warehouse.catalog.times:
            raise UnknownNameError("date column", column, warehouse.catalog.times)
        label = bucket_sql(identifier(column), grain)  # type: ignore[arg-type]
        return Axis(name, f"coalesce({label}, '{MISSING}')", (column,))
    known, _dimension = find_dimension(warehouse, name)
    return Axis(known, f"coalesce(CAST({identifier(known)} AS VARCHAR), '{MISSING}')", (known,))


def axes(warehouse: Warehouse, names: list[str]) -> list[Axis]:
    """The axes for several names, each once."""
    return list({found.name: found for found in (axis(warehouse, name) for name in names)}.values())


def period_axis(warehouse: Warehouse, grain: Grain) -> Axis:
    """Calendar periods of the answer's date."""
    need_dates(warehouse, f"NPS by {grain}")
    label = bucket_sql("responded_at", grain)
    return Axis(PERIOD, f"coalesce({label}, '{MISSING}')", ("responded_at",))


def need_dates(warehouse: Warehouse, what: str) -> dt.date:
    """The as-of date; MissingDataError when the answers carry no dates."""
    if warehouse.catalog.as_of is None or "responded_at" not in warehouse.catalog.times:
        raise MissingDataError(
            f"{what} needs the date of each answer and this data has none; "
            "name the column with --date COLUMN when loading."
        )
    return warehouse.catalog.as_of


def period_of(warehouse: Warehouse, text: str) -> Period:
    """A period argument, counted from the as-of date."""
    return parse_period(text, as_of=need_dates(warehouse, f"The period {text!r}"))


def scope(warehouse: Warehouse, where: Where | None = None, period: str | None = None) -> Scope:
    """The rows that a filter and a period leave."""
    found = Scope()
    for name, wanted in (where or {}).items():
        _filter(warehouse, found, name, wanted)
    if period is not None:
        limit(found, period_of(warehouse, period))
    return found


def beside_calendar(rows: Scope, split: Sequence[Axis] = ()) -> None:
    """Refuse calendar periods beside a dimension of that name: a fact could tell only one of them."""
    if PERIOD in [item.name for item in split] or (PERIOD in rows.where and rows.period is None):
        raise NpsError(
            f"The dimension {PERIOD!r} cannot stand beside calendar periods, which have that name in every result; "
            "rename the column in the file and load it again."
        )


def limit(found: Scope, period: Period) -> None:
    """Keep the answers given within `period`, both ends included."""
    beside_calendar(found)
    found.columns.append("responded_at")
    if period.start is not None:
        found.conditions.append(f"responded_at >= TIMESTAMP '{period.start} 00:00:00'")
    if period.end is not None:
        found.conditions.append(f"responded_at < TIMESTAMP '{period.end + dt.timedelta(days=1)} 00:00:00'")
    if period.start is None and period.end is None:
        found.conditions.append("responded_at IS NOT NULL")
    found.where[PERIOD] = period.label
    found.period = period


def _filter(warehouse: Warehouse, found: Scope, name: str, wanted: object) -> None:
    values = list(wanted) if isinstance(wanted, list | tuple | set | frozenset) else [wanted]
    if not values:
        raise NpsError(f"The filter on {name!r} names no value; give one, or leave the filter out.")
    if name in warehouse.catalog.times and name not in warehouse.catalog.dimensions:
        _dated(warehouse, found, name, values)
        return
    on = axis(warehouse, name)
    known = warehouse.catalog.dimensions.get(on.name)
    texts = [_value_text(value) for value in values]
    if known is not None:
        texts = [allowed_value(on.name, known, text) for text in texts]
    found.conditions.append(f"{on.sql} IN ({', '.join(quoted(text) for text in texts)})")
    found.columns.extend(on.columns)
    found.where[on.name] = " or ".join(texts)


def _dated(warehouse: Warehouse, found: Scope, name: str, values: Sequence[object]) -> None:
    """Keep the rows whose date lies in one of some periods: those who joined in 2025-Q2."""
    if name == "responded_at":
        raise NpsError("responded_at is the date of the answer; give it as period, not in where.")
    texts = [_value_text(value) for value in values]
    periods = [None if text == MISSING else period_of(warehouse, text) for text in texts]
    found.conditions.append(f"({' OR '.join(dated_sql(name, period) for period in periods)})")
    found.columns.append(name)
    found.where[name] = " or ".join(period.label if period is not None else MISSING for period in periods)


def dated_sql(column: str, period: Period | None) -> str:
    """The condition that a date lies in a period; without one, that there is no date."""
    name = identifier(column)
    if period is None or (period.start is None and period.end is None):
        return f"{name} IS {'NOT ' if period is not None else ''}NULL"
    ends = [f"{name} >= TIMESTAMP '{period.start} 00:00:00'"] if period.start is not None else []
    if period.end is not None:
        ends.append(f"{name} < TIMESTAMP '{period.end + dt.timedelta(days=1)} 00:00:00'")
    return f"({' AND '.join(ends)})"


def _value_text(value: object) -> str:
    if value is None:
        return MISSING
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def allowed_value(name: str, dimension: Dimension, text: str) -> str:
    """The value as the data spells it; UnknownNameError with the nearest ones when there is none."""
    if text in dimension.values or text == MISSING:
        return text
    folded = {value.casefold(): value for value in dimension.values}
    for value, words in dimension.value_synonyms.items():
        folded |= {word.casefold(): value for word in words}
    if text.casefold() in folded:
        return folded[text.casefold()]
    raise UnknownNameError(f"value of {name}", text, dimension.values)
