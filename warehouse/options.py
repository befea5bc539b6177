"""What the user says about the files, over and above what npsight would guess."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection
from dataclasses import dataclass, field

from warehouse.catalog import BusinessEvent, Role, Scale, TableName
from warehouse.dates import DateOrder
from warehouse.errors import NpsError

SINGLE_ROLES: tuple[Role, ...] = (
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
)
SURVEY_ROLES: tuple[Role, ...] = ("score", "response_id", "customer_id", "responded_at", "comment")


@dataclass(frozen=True)
class LoadOptions:
    """Choices that stand above every guess."""

    roles: dict[Role, str] = field(default_factory=dict)
    """Role → column of the survey file."""
    dimensions: tuple[str, ...] = ()
    personal: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    columns: tuple[str, ...] | None = None
    """Read only these columns."""
    date_order: DateOrder | None = None
    scale: Scale | None = None
    events: dict[str, BusinessEvent] = field(default_factory=dict)
    sheet: str | None = None
    survey: str | None = None
    """The file that holds the scores."""
    no_score: bool = False
    """The survey file has no score: other outcomes of it are analysed, NPS is not."""
    name: str | None = None
    edited: dict[TableName, dict[str, Role]] = field(default_factory=dict)
    """Column → role as they stand in an earlier `npsight.yaml`; what is said now goes before them."""

    def chosen(self, columns: Collection[str]) -> dict[Role, str]:
        """Role → column of the survey: what stands in `npsight.yaml` for one of `columns`, and what is said now."""
        kept = {role: name for name, role in self.edited.get("responses", {}).items() if name in columns}
        said = {name.lower() for name in (*self.roles.values(), *self.dimensions, *self.ignore)}
        return {role: name for role, name in kept.items() if role in SURVEY_ROLES and name.lower() not in said} | dict(
            self.roles
        )

    def set_aside(self, table: TableName) -> set[str]:
        """Columns that no single role may take: their role is said to be another."""
        kept = {name for name, role in self.edited.get(table, {}).items() if role not in SINGLE_ROLES}
        return kept.union(self.dimensions, self.ignore).difference(self.roles.values())


def parse_scale(text: str) -> Scale:
    """`0-10`, or `low-high:detractors to:promoters from`, e.g. `1-5:3:5`."""
    found = re.fullmatch(r"\s*(\d+)\s*-\s*(\d+)\s*(?::\s*(\d+)\s*:\s*(\d+)\s*)?", text)
    sentence = (
        f"--scale {text!r} is not a scale; give 0-10, or low-high:detractors-to:promoters-from such as 1-5:3:5, "
        "with low <= detractors-to < promoters-from <= high."
    )
    if not found:
        raise NpsError(sentence)
    low, high = int(found[1]), int(found[2])
    if found[3] is None:
        if (low, high) not in ((0, 10), (1, 10)):
            raise NpsError(sentence)
        return Scale(low=low, high=high)
    try:
        return Scale(low=low, high=high, detractor_to=int(found[3]), promoter_from=int(found[4]))
    except ValueError:
        raise NpsError(sentence) from None


def parse_event(text: str) -> tuple[str, BusinessEvent]:
    """`price_rise=2025-07-01`."""
    name, _, date = text.partition("=")
    try:
        return name.strip(), BusinessEvent(date=dt.date.fromisoformat(date.strip()))
    except ValueError:
        raise NpsError(f"--event {text!r} is not NAME=YYYY-MM-DD, such as price_rise=2025-07-01.") from None
