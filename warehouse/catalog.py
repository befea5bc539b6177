"""The catalog: what the data is, in the user's own words (`npsight.yaml`).

Everything that npsight guessed stands here with its reason and can be changed by hand.
"""

from __future__ import annotations

import datetime as dt
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Role = Literal[
    "score",
    "response_id",
    "customer_id",
    "responded_at",
    "joined_at",
    "churned_at",
    "order_id",
    "ordered_at",
    "amount",
    "event",
    "occurred_at",
    "value",
    "comment",
    "dimension",
    "measure",
    "time",
    "personal",
    "attribute",  # kept, but neither a dimension nor a measure (free text, too many values, constant)
]
ColumnType = Literal["text", "number", "date", "boolean"]
TableName = Literal["responses", "customers", "orders", "events", "segments"]


class Model(BaseModel):
    """Base of the catalog's parts: unknown keys are errors; field texts end up in the JSON schema."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)


class Scale(Model):
    """The question's scale and the limits of the three classes."""

    low: int = 0
    high: int = 10
    detractor_to: int = 6
    """The highest score of a detractor."""
    promoter_from: int = 9
    """The lowest score of a promoter."""

    @model_validator(mode="after")
    def _ordered(self) -> Scale:
        if not self.low <= self.detractor_to < self.promoter_from <= self.high:
            raise ValueError("needs low <= detractor_to < promoter_from <= high")
        return self


class MinimumBase(Model):
    """Smallest number of answers that a shown cell may rest on."""

    cell: int = Field(5, ge=1)
    comments: int = Field(8, ge=1)
    ranking: int = Field(20, ge=1)
    """Cells below are shown, but never named the best or the worst."""


class Privacy(Model):
    """What may leave this machine towards a chat model."""

    rows_to_model: bool = False
    """True: redacted comments and their row ids may be read by the model; false: it sees aggregates only."""


class TableColumn(Model):
    """One column of a cohort table."""

    source: str
    """The column's name in the file."""
    role: Role
    type: ColumnType = "text"
    personal: bool = False
    """Never shown to a model, never quoted."""
    why: str = ""
    """Why npsight took it for that."""


class CohortTable(Model):
    """One cohort table and where it came from."""

    file: str
    """Name of the file that was loaded."""
    rows: int
    path: str | None = None
    """Set when the (large Parquet) file is read in place instead of being copied."""
    select: str | None = None
    """The view over `path`."""
    columns: dict[str, TableColumn]


class Dimension(Model):
    """Something the answers can be split by."""

    table: TableName = "responses"
    values: dict[str, int] = Field(default_factory=dict)
    """Each allowed value with the number of rows that hold it."""
    synonyms: list[str] = Field(default_factory=list)
    """Other words for the dimension."""
    value_synonyms: dict[str, list[str]] = Field(default_factory=dict)
    """Other words for its values."""


class TimeColumn(Model):
    """A date that answers can be split by, written `name:month` and so on."""

    table: TableName = "responses"
    first: dt.date | None = None
    last: dt.date | None = None
    synonyms: list[str] = Field(default_factory=list)


class Measure(Model):
    """A number that is averaged or summed, never split by."""

    table: TableName = "responses"
    low: float | None = None
    high: float | None = None
    synonyms: list[str] = Field(default_factory=list)


class BusinessEvent(Model):
    """Something dated that happened to the business: a price rise, a release."""

    date: dt.date
    synonyms: list[str] = Field(default_factory=list)
    affects: dict[str, list[str]] = Field(default_factory=dict)
    """Dimension values that were exposed; empty when everybody was or nobody knows."""
    spares: dict[str, list[str]] = Field(default_factory=dict)
    """Dimension values that were not exposed at all, also not later: the control group. Empty: everybody else."""


class Metric(Model):
    """A governed metric and the words people use for it."""

    synonyms: list[str] = Field(default_factory=list)


class Catalog(Model):
    """The whole of `npsight.yaml`."""

    version: Literal[1] = 1
    name: str
    as_of: dt.date | None = None
    """The day that time words count from: the newest date in the data, never today's."""
    scale: Scale = Field(default_factory=Scale)
    minimum_base: MinimumBase = Field(default_factory=MinimumBase)
    privacy: Privacy = Field(default_factory=Privacy)
    tables: dict[TableName, CohortTable]
    dimensions: dict[str, Dimension] = Field(default_factory=dict)
    times: dict[str, TimeColumn] = Field(default_factory=dict)
    """Date columns; `responded_at` is when the answer was given."""
    measures: dict[str, Measure] = Field(default_factory=dict)
    events: dict[str, BusinessEvent] = Field(default_factory=dict)
    metrics: dict[str, Metric] = Field(default_factory=lambda: {"nps": Metric()})
    repeated_customers: bool = False
    """True when some customers answered more than once, so that answers are clustered."""
