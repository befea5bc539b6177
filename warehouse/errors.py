"""The errors that people, models and MCP clients read, each one sentence: what was wrong, what to do next.

Anything that is not an `NpsError` is a defect of npsight and stops the run.
"""

from __future__ import annotations

from collections.abc import Iterable


class NpsError(Exception):
    """Something the caller can mend."""


class UnreadableFileError(NpsError):
    """A file that cannot be read as the kind that it claims to be."""


class AmbiguousRoleError(NpsError):
    """More than one column could play a role, and a silent pick would be a guess."""


class NotNpsScaleError(NpsError):
    """Scores on another scale than 0 to 10."""


class MissingDataError(NpsError):
    """The question needs a table, column or period that the data does not have."""


class CatalogError(NpsError):
    """`npsight.yaml` holds something it may not hold."""


class SqlRefusedError(NpsError):
    """SQL from outside that is not one SELECT over known tables, columns and functions."""


class QueryLimitError(NpsError):
    """A query ran into its limit of time or memory."""


class UnknownNameError(NpsError):
    """A name that does not exist; the nearest ones are named."""

    def __init__(self, kind: str, name: str, allowed: Iterable[str], hint: str = "") -> None:
        self.kind, self.name, self.allowed = kind, name, list(allowed)
        super().__init__(f"There is no {kind} {name!r}; {_offer(name, self.allowed)}{hint and '. ' + hint}.")


def _offer(name: str, allowed: list[str], shown: int = 8) -> str:
    near = nearest(name, allowed)
    if near:
        return "the nearest: " + ", ".join(near)
    if not allowed:
        return "there are none in this data"
    more = f" and {len(allowed) - shown} more" if len(allowed) > shown else ""
    return "there are: " + ", ".join(allowed[:shown]) + more


def nearest(name: str, allowed: Iterable[str], limit: int = 3) -> list[str]:
    """The allowed names most like `name`, best first; empty when none is alike."""
    from rapidfuzz import fuzz, process, utils

    found = process.extract(
        name, list(allowed), scorer=fuzz.WRatio, processor=utils.default_process, limit=limit, score_cutoff=70
    )
    return [match for match, _score, _index in found]
