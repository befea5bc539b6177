"""Which columns can ever reach a chat model, and in what form.

It follows from the same rules that the data card, the tools and SQL from a model go by: what SQL takes a column for
(`tools.data.sql.column_kinds`), the catalog's personal columns, its dimensions, and privacy.rows_to_model.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tools.data.sql import column_kinds
from warehouse.catalog import CohortTable
from warehouse.catalog_file import FILE_NAME
from warehouse.workspace import Warehouse

Form = Literal[
    "values and counts",
    "aggregates",
    "redacted text",
    "redacted text if allowed",
    "beside a comment",
    "name only",
    "never",
]
FORMS: dict[Form, str] = {
    "values and counts": "the name, its values and how many rows hold each; figures by value from the minimum base on",
    "aggregates": "the name; counts, means, sums, first and last, tests, each on the minimum base or more",
    "redacted text": "redacted, shortened comments and their days, of groups from the minimum base on; themes; counts",
    "redacted text if allowed": "names of themes and counts; redacted comments only with rows_to_model",
    "beside a comment": "the name; the id of an answer beside its redacted comment; how many there are",
    "name only": "the name; no value of it, only how many there are",
    "never": "neither values nor text",
}
SETTING = "privacy.rows_to_model"


@dataclass(frozen=True)
class Exposure:
    """How a column may reach a chat model."""

    table: str
    column: str
    form: Form
    why: str


def exposures(warehouse: Warehouse) -> list[Exposure]:
    """Every column of every table, in the order of the catalog."""
    kinds = column_kinds(warehouse)
    found = []
    for name, table in warehouse.catalog.tables.items():
        for column in table.columns:
            form, why = _form(warehouse, name, table, column, kinds.get(name, {}).get(column, "text"))
            found.append(Exposure(name, column, form, why))
    return found


def _form(warehouse: Warehouse, table: str, owner: CohortTable, column: str, kind: str) -> tuple[Form, str]:
    known, allowed = owner.columns[column], warehouse.catalog.privacy.rows_to_model
    if known.personal or known.role == "personal":
        return "never", "personal"
    if known.role == "response_id" and allowed:
        return "beside a comment", "tells single rows apart"
    if kind in ("person", "id"):
        return "name only", "tells single rows apart"
    if column in warehouse.catalog.dimensions:
        return "values and counts", "dimension"
    if kind == "dimension":
        return "values and counts", "values stand in groups of SQL"
    if kind != "text":
        return "aggregates", {"time": "date", "class": "class of the score"}.get(kind, kind)
    if table == "responses" and known.role in ("comment", "attribute") and known.type == "text":
        words = "comment" if known.role == "comment" else "text that quotes can read"
        return ("redacted text" if allowed else "redacted text if allowed"), words
    return "name only", "text that is no dimension"


def always_sent() -> list[str]:
    """What a vendor's model reads besides the columns, whatever is allowed."""
    return [
        "the question and the conversation, e-mail addresses, phone, card and account numbers, links and keys masked",
        "the data card: names and sizes of tables, names of columns, values of dimensions, first and last day, events",
        "the facts, tests and notes of the tools that it calls",
        "approved examples of this workspace: question and tool calls, masked",
    ]


def setting(warehouse: Warehouse) -> tuple[str, bool, str]:
    """The one setting, its value, and where it stands."""
    return SETTING, warehouse.catalog.privacy.rows_to_model, str(warehouse.folder.resolve() / FILE_NAME)
