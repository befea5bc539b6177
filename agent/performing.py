"""Calling tools for a model: on the data, with what was told before in mind, and written down."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from agent.ledger import Ledger
from tools.data.sql import run_sql_aggregated
from tools.registry import run_tool
from warehouse.errors import NpsError

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

    from agent.recording import Journal
    from agent.toolbox import Perform
    from tools.result import Result
    from warehouse.workspace import Warehouse

GRAINS = ("week", "month", "quarter", "year")
_BY_GRAIN = frozenset(["trend", "find_change_points"])


def performer(warehouse: Warehouse, journal: Journal, history: Sequence[BaseMessage], *, local: bool) -> Perform:
    """A function that calls a tool by name.

    What a vendor's model asks of SQL must aggregate; and whatever is told must not, together with what the
    conversation has told already, give small groups away.
    """
    ledger = Ledger.of(warehouse, history)

    def run(name: str, arguments: dict[str, Any]) -> Result:
        if name == "run_sql" and (local or not warehouse.catalog.privacy.rows_to_model):
            return run_sql_aggregated(warehouse, **arguments)
        return run_tool(warehouse, name, arguments)

    def perform(name: str, arguments: dict[str, Any]) -> Result:
        try:
            result = admitted(ledger, warehouse, name, arguments, run)
        except NpsError as error:
            journal.tool(name, arguments, None, str(error))
            raise
        journal.tool(name, arguments, result)
        return result

    return perform


def admitted(
    ledger: Ledger,
    warehouse: Warehouse,
    name: str,
    arguments: dict[str, Any],
    run: Callable[[str, dict[str, Any]], Result],
) -> Result:
    """The result as it may be told beside what was told before.

    Calendar periods of two lengths cut across each other. A series for which nobody named the length is then told in
    another one; where it was named, the refusal says which would do.
    """
    result = run(name, arguments)
    try:
        return ledger.admit(warehouse, name, arguments, result)
    except NpsError as error:
        grain = _other_grain(ledger, warehouse, name, arguments, result, run) if name in _BY_GRAIN else None
        if grain is None:
            raise
        if arguments.get("grain"):
            reason = str(error).partition(";")[0]
            raise NpsError(f'{reason}; ask for it with grain "{grain}", whose periods do not.') from None
        told = run(name, {**arguments, "grain": grain})
        why = (
            f"By {grain}, not by {getattr(result, 'grain', 'another length')}: beside what was told before, shorter or "
            "longer periods would give away a figure of few answers."
        )
        told = ledger.admit(warehouse, name, {**arguments, "grain": grain}, told)
        return told.model_copy(update={"caveats": [why, *told.caveats]})


def _other_grain(
    ledger: Ledger,
    warehouse: Warehouse,
    name: str,
    arguments: dict[str, Any],
    result: Result,
    run: Callable[[str, dict[str, Any]], Result],
) -> str | None:
    """A length of periods with which the series can be told: that leaves least out, and that was told before."""
    found: list[tuple[int, int, int]] = []
    for at, grain in enumerate(GRAINS):
        if grain == getattr(result, "grain", None):
            continue
        try:
            other = run(name, {**arguments, "grain": grain})
            after = Ledger.from_json(ledger.to_json())
            told = after.admit(warehouse, name, {**arguments, "grain": grain}, other)
        except NpsError:
            continue
        gone = sum(a.value is None and b.value is not None for a, b in zip(told.facts, other.facts, strict=True))
        found.append((gone, len(after.told) - len(ledger.told), at))
    return GRAINS[min(found)[2]] if found else None
