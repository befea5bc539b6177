"""What the user says about the files, over and above what npsight would guess."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field

from warehouse.catalog import BusinessEvent, Role, Scale
from warehouse.dates import DateOrder
from warehouse.errors import NpsError


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
    name: str | None = None


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
