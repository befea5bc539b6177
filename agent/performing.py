"""Calling tools for a model: on the data, with what was told before in mind, and written down."""

from __future__ import annotations

from collections.abc import Sequence
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


def performer(warehouse: Warehouse, journal: Journal, history: Sequence[BaseMessage], *, local: bool) -> Perform:
    """A function that calls a tool by name.

    What a vendor's model asks of SQL must aggregate; and whatever is told must not, together with what the
    conversation has told already, give small groups away.
    """
    ledger = Ledger.of(warehouse, history)

    def perform(name: str, arguments: dict[str, Any]) -> Result:
        try:
            if name == "run_sql" and (local or not warehouse.catalog.privacy.rows_to_model):
                result: Result = run_sql_aggregated(warehouse, **arguments)
            else:
                result = run_tool(warehouse, name, arguments)
            ledger.admit(warehouse, name, arguments, result)
        except NpsError as error:
            journal.tool(name, arguments, None, str(error))
            raise
        journal.tool(name, arguments, result)
        return result

    return perform
