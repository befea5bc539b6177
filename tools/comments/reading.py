"""Comments as they come out of the tables: the column that holds them, a bounded sample of those that say something."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tools.comments.mining import is_near_empty
from tools.rows import fetch_rows
from tools.scope import Scope
from warehouse.engine import identifier
from warehouse.errors import MissingDataError, UnknownNameError
from warehouse.workspace import Warehouse

MAX_COMMENTS = 20_000
"""Comments that are read; of more a fixed random sample is."""
_LONGEST = 2_000
"""Characters of a comment that are read."""


@dataclass(frozen=True)
class Comments:
    """Comments that say something, with what was asked for beside each, in the order of the hash of their id."""

    texts: list[str]
    columns: dict[str, NDArray[np.object_]]
    of: int
    """Comments in the data, empty fields not counted, before sampling."""
    read: int
    """Comments that were read, those included that say nothing."""
    sql: list[str]
    caveats: list[str]

    def __len__(self) -> int:
        return len(self.texts)

    def take(self, keep: NDArray[np.bool_]) -> Comments:
        """Those where `keep` is true."""
        texts = [text for text, kept in zip(self.texts, keep, strict=True) if kept]
        columns = {name: values[keep] for name, values in self.columns.items()}
        return Comments(texts, columns, self.of, self.read, self.sql, self.caveats)


def comment_column(warehouse: Warehouse, wanted: str | None = None) -> str:
    """The column of comments: `wanted`, or the one that was taken for the comment."""
    columns = warehouse.catalog.tables["responses"].columns
    roles = {name: column.role for name, column in columns.items() if not column.personal}
    found = [name for name, role in roles.items() if role == "comment"]
    texts = [name for name, role in roles.items() if role == "attribute" and columns[name].type == "text"]
    if wanted is not None:
        for name in (*found, *texts):
            if wanted.casefold() in (name.casefold(), columns[name].source.casefold()):
                return name
        raise UnknownNameError("column of comments", wanted, [*found, *texts])
    if not found:
        other = f" (columns of text here: {', '.join(texts[:5])})" if texts else ""
        raise MissingDataError(
            f"This data has no column of comments{other}; name it with --comment COLUMN when loading the files."
        )
    return found[0]


def personal_columns(warehouse: Warehouse) -> list[str]:
    """The cohort columns that tell who wrote an answer, whose values are hidden in its comment."""
    tables = warehouse.catalog.tables
    marked = {name for table in tables.values() for name, column in table.columns.items() if column.personal}
    columns = warehouse.run("SELECT * FROM cohorts LIMIT 0").columns
    wanted = [c for c in columns if c in marked or c.removesuffix(" (customers)") in marked or c == "customer_id"]
    return [c for c in wanted if c not in ("score", "comment")]


def has_comment(column: str) -> str:
    """A condition: the field is not empty."""
    return f"ltrim({identifier(column)}) <> ''"


def read_comments(
    warehouse: Warehouse,
    column: str,
    rows: Scope,
    *,
    beside: Mapping[str, str],
    needs: Sequence[str] = (),
    conditions: tuple[str, ...] = (),
    limit: int = MAX_COMMENTS,
) -> Comments:
    """The comments within a scope.

    Args:
        beside: name → SQL of what is fetched with each comment.
        needs: cohort columns that these expressions read.
        conditions: further conditions on the rows.
    """
    text = f"substr({identifier(column)}, 1, {_LONGEST})"
    found = fetch_rows(
        warehouse,
        {"_comment": text, **beside},
        ["response_id", column, *needs],
        rows,
        conditions=(has_comment(column), *conditions),
        limit=limit,
    )
    columns = dict(found.columns)
    texts = [str(value) for value in columns.pop("_comment")]
    says = np.array([not is_near_empty(value) for value in texts], dtype=bool)
    comments = Comments(texts, columns, found.of, found.n, found.sql, found.caveat())
    return comments.take(says)
