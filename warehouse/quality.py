"""What came in, what was kept and why the rest was not: every row that arrived is accounted for."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from warehouse.catalog import Scale


class Model(BaseModel):
    """Base of the report's parts."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)


class Reason(Model):
    """Some rows and what happened to them."""

    reason: str
    rows: int
    examples: list[str] = Field(default_factory=list)
    """Row numbers of the file, or texts, at most five."""


class Guess(Model):
    """What a column was taken for."""

    column: str
    role: str
    why: str


class TableQuality(Model):
    """One file on its way into a cohort table: read = kept + all that was dropped."""

    table: str
    file: str
    read: int
    kept: int
    dropped: list[Reason] = Field(default_factory=list)
    guesses: list[Guess] = Field(default_factory=list)
    notes: list[str] = Field(default_factory=list)

    @property
    def balanced(self) -> bool:
        """True when every row that was read is accounted for."""
        return self.read == self.kept + sum(reason.rows for reason in self.dropped)


class QualityReport(Model):
    """The data-quality report of a load."""

    tables: list[TableQuality]
    scored: int
    """Kept responses with a score."""
    unscored: list[Reason] = Field(default_factory=list)
    """Kept responses without one, by reason."""
    duplicates_checked: bool = True
    scale: Scale = Field(default_factory=Scale)
    """The scale that the scores were read with."""

    @property
    def responses(self) -> TableQuality:
        """The report of the survey file."""
        return next(table for table in self.tables if table.table == "responses")
