"""What is averaged: the NPS, the score, another number of the data, or the share of a value."""

from __future__ import annotations

from dataclasses import dataclass

from tools.result import Unit
from tools.scope import allowed_value, find_dimension
from warehouse.catalog import Catalog
from warehouse.engine import identifier, quoted
from warehouse.errors import MissingDataError, NpsError, UnknownNameError
from warehouse.roles import NO_SCORE
from warehouse.workspace import Warehouse

NPS = "nps"
SCORE = "score"
_TRUE = ("true", "yes", "1", "y", "t", "ja")


@dataclass(frozen=True)
class Outcome:
    """An outcome of a response as SQL."""

    name: str
    sql: str
    """A number for each row in `unit`, NULL where the row does not count. For NPS: +100, 0 or -100."""
    unit: Unit
    columns: tuple[str, ...]
    counted: str = ""
    """Of a share the value that is counted."""

    @property
    def is_nps(self) -> bool:
        """True for the NPS itself."""
        return self.unit == "points"


def find_outcome(warehouse: Warehouse, name: str | None = None) -> Outcome:
    """The outcome `name`: none or "nps" for NPS, "score", a number of the data, a yes/no column, or `column=value`."""
    catalog = warehouse.catalog
    own = name in catalog.measures or name in catalog.dimensions
    if name is None or (name.lower() == NPS and not own):
        return _nps(warehouse)
    if name.lower() == SCORE and not own:
        return Outcome(SCORE, "CAST(score AS DOUBLE)", "score", (SCORE,))
    column, equals, value = name.partition("=")
    if not equals and column in catalog.measures and column not in catalog.dimensions:
        return Outcome(column, f"CAST({identifier(column)} AS DOUBLE)", "number", (column,))
    try:
        column, dimension = find_dimension(warehouse, column)
    except UnknownNameError:
        raise UnknownNameError("outcome", name, [NPS, *catalog.measures, *catalog.dimensions]) from None
    if equals:
        wanted = allowed_value(column, dimension, value)
    else:
        yes = [text for text in dimension.values if text.strip().lower() in _TRUE]
        if len(dimension.values) > 2 or len(yes) != 1:
            if column in catalog.measures:
                return Outcome(column, f"TRY_CAST({identifier(column)} AS DOUBLE)", "number", (column,))
            some = next(iter(dimension.values), "value")
            raise NpsError(
                f"The outcome {column!r} is not a number; name the value that is counted, as {column}={some}."
            )
        wanted = yes[0]
    held = f"CAST({identifier(column)} AS VARCHAR)"
    sql = f"CASE WHEN {held} = {quoted(wanted)} THEN 1.0 WHEN {held} IS NOT NULL THEN 0.0 END"
    return Outcome(f"{column}={wanted}" if equals else column, sql, "share", (column,), counted=wanted)


def asked_outcome(warehouse: Warehouse, name: str | None = None) -> Outcome:
    """The outcome that was asked for; refused where that is the NPS and no answer carries a score."""
    found = find_outcome(warehouse, name)
    if "score" in found.columns and not has_score(warehouse.catalog):
        some = ", ".join(possible_outcomes(warehouse.catalog)[:8])
        raise MissingDataError(f"This data has no 0-10 score; name an outcome{f': one of {some}' if some else ''}.")
    return found


def has_score(catalog: Catalog) -> bool:
    """Whether answers carry a recommendation score."""
    score = catalog.tables["responses"].columns.get("score") if "responses" in catalog.tables else None
    return score is None or score.source != NO_SCORE


def possible_outcomes(catalog: Catalog) -> list[str]:
    """Numbers and yes/no columns, the others as column=value."""
    names = list(catalog.measures)
    for column, dimension in catalog.dimensions.items():
        values = list(dimension.values)
        yes = [text for text in values if text.strip().lower() in _TRUE]
        if column not in catalog.measures and len(values) > 1:
            names.append(column if len(values) == 2 and len(yes) == 1 else f"{column}={values[0]}")
    return names


def _nps(warehouse: Warehouse) -> Outcome:
    scale = warehouse.catalog.scale
    sql = (
        f"CASE WHEN score >= {scale.promoter_from} THEN 100.0 WHEN score <= {scale.detractor_to} THEN -100.0 "
        "WHEN score IS NOT NULL THEN 0.0 END"
    )
    return Outcome(NPS, sql, "points", ("score",))
