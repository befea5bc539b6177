"""Outcomes of which a customer has one value only: they cannot change, so an event can only change who answers."""

from __future__ import annotations

from tools.cause.impact_design import Design
from tools.outcome import Outcome
from tools.scope import Scope
from warehouse.cohorts import TENURE
from warehouse.errors import NpsError
from warehouse.workspace import Warehouse

FIXED = (
    "does not change from one answer of a customer to the next, so a difference only says who answered, and nothing of "
    "an effect"
)
FEWEST = 20
EXPECTED = 10.0
"""Customers who would have to have changed if a share were drawn anew with each answer, before 0 of them tells."""


def refuse_exposure_as_outcome(design: Design, outcome: Outcome) -> None:
    """What tells who was exposed cannot be what the event changed."""
    sides = [side for side in (design.exposed, design.control) if side is not None]
    if any(set(outcome.columns) & set(side.columns) for side in sides):
        raise NpsError(f"The outcome {outcome.name!r} is what tells who was exposed; name another outcome.")


def is_fixed(warehouse: Warehouse, rows: Scope, outcome: Outcome) -> tuple[bool, list[str]]:
    """Whether the outcome is one value per customer, and what was run to see it.

    Columns of the customers file are. One of the survey file is where nobody who answered several times ever changed,
    although chance would have changed some.
    """
    if outcome.is_nps:
        return False, []
    catalog = warehouse.catalog
    known = (catalog.dimensions, catalog.measures)
    tables = {found[name].table for name in outcome.columns for found in known if name in found}
    if tables == {"customers"} and not {TENURE, "tenure_days"}.intersection(outcome.columns):
        return True, []
    if not catalog.repeated_customers:
        return False, []
    y, relation = f"({outcome.sql})", warehouse.relation([*rows.columns, *outcome.columns, "customer_id"])
    own = (
        f"SELECT min({y}) AS low, max({y}) AS high FROM {relation}"
        f"{rows.sql(f'{y} IS NOT NULL', 'customer_id IS NOT NULL')} GROUP BY customer_id HAVING count(*) > 1"
    )
    sql = f"SELECT count(*), count(CASE WHEN low < high THEN 1 END), avg(low), min(low), max(low) FROM ({own}) AS own"
    customers, changed, mean, low, high = warehouse.run(sql).rows[0]
    if customers < FEWEST or changed or low == high:
        return False, [sql]
    chance = 2 * mean * (1 - mean) if outcome.unit == "share" else 1.0
    return customers * chance >= EXPECTED, [sql]


def fixed_caveat(outcome: Outcome) -> str:
    """The sentence that goes first."""
    return f"{outcome.name!r} {FIXED}; take a measure of before and after, or an outcome that each answer has anew."
