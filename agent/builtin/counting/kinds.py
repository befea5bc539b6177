"""What can be counted or added up besides answers, and the tables and columns that it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from agent.builtin.frame import Refusal
from warehouse.catalog import Catalog, Role, TableName

Kind = Literal[
    "customers", "remaining", "joined", "left", "left_share", "orders", "revenue", "order_mean", "orders_each",
    "spend_each", "buyers", "events",
]  # fmt: skip
MONEY: tuple[Kind, ...] = ("revenue", "order_mean", "spend_each")
MEANS: tuple[Kind, ...] = ("order_mean", "orders_each", "spend_each")
_TABLES: dict[Kind, TableName] = {
    "customers": "customers", "remaining": "customers", "joined": "customers", "left": "customers",
    "left_share": "customers", "events": "events",
}  # fmt: skip
_DATES: dict[Kind, Role] = {
    "joined": "joined_at", "left": "churned_at", "left_share": "churned_at", "events": "occurred_at",
}  # fmt: skip
_WHAT: dict[Role, str] = {
    "joined_at": "dates of joining",
    "churned_at": "dates of leaving",
    "ordered_at": "dates of orders",
    "occurred_at": "dates of events",
    "amount": "amounts of orders",
    "customer_id": "customer ids",
}


@dataclass(frozen=True)
class Records:
    """What a question counts or adds up."""

    kind: Kind
    least: int | None = None
    """Only customers with at least so many orders."""
    most: int | None = None
    """Only customers with at most so many."""
    event: str = ""
    """The event that is counted, in the words of the question."""
    share: bool = False
    """The share of those (of the customers with an order, of all orders), not their number."""
    flag: str = ""
    """The yes/no column whose share of yes is asked for."""
    end: Literal["lowest", "highest"] | None = None
    """The most or the fewest are asked for."""

    @property
    def table(self) -> TableName:
        """The table whose rows are counted."""
        return _TABLES.get(self.kind, "orders")

    @property
    def date_role(self) -> Role | None:
        """The role of the date that a period limits; None where nothing is dated."""
        return None if self.kind in ("customers", "remaining") else _DATES.get(self.kind, "ordered_at")

    @property
    def name(self) -> str:
        """What is counted, in words."""
        return {
            "customers": "number of customers",
            "remaining": "customers who are still here",
            "joined": "customers who joined",
            "left": "customers who left",
            "left_share": "share of the customers who left",
            "orders": "number of orders",
            "revenue": "sum of the orders",
            "order_mean": "average amount of an order",
            "orders_each": "orders per customer",
            "spend_each": "amount per customer",
            "buyers": "customers who ordered",
            "events": f"number of events {self.event!r}",
        }[self.kind]


def column_of(catalog: Catalog, table: TableName, role: Role) -> str | None:
    """The column of a table with a role."""
    columns = catalog.tables[table].columns if table in catalog.tables else {}
    return next((name for name, column in columns.items() if column.role == role), None)


def refuse_missing(records: Records, catalog: Catalog, *, dated: bool) -> None:
    """Refusal that names the table or column which is not in the data."""
    table = records.table
    if table not in catalog.tables:
        raise Refusal(
            "declined",
            f"The data has no table of {table}, so I cannot tell the {records.name}; load that file as well.",
        )
    wanted: list[Role] = ["amount"] if records.kind in MONEY else []
    wanted += ["customer_id"] if table != "customers" else []
    wanted += ["churned_at"] if records.kind in ("remaining", "left_share") else []
    wanted += ["joined_at"] if records.kind == "left_share" else []
    if records.date_role and (dated or records.kind in ("joined", "left")):
        wanted.append(records.date_role)
    for role in wanted:
        if column_of(catalog, table, role) is None:
            raise Refusal(
                "declined", f"The table of {table} has no {_WHAT[role]}, so I cannot tell the {records.name}."
            )
