"""The company of the safety suite, opened: one of its customers is like nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from evals.safety.company import Company, Row, company, company_world
from warehouse.engine import Limits
from warehouse.workspace import Warehouse


@dataclass(frozen=True)
class World:
    """The rows as they were written, and the workspace made of them."""

    made: Company
    warehouse: Warehouse

    @property
    def customers(self) -> list[Row]:
        """A row a customer."""
        return self.made.customers

    @property
    def responses(self) -> list[Row]:
        """A row an answer."""
        return self.made.responses

    @property
    def orders(self) -> list[Row]:
        """A row an order."""
        return self.made.orders

    @property
    def events(self) -> list[Row]:
        """A row for each thing that a customer did."""
        return self.made.events


@pytest.fixture(scope="package")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("guard")
    with Warehouse(company_world(folder), limits=Limits(seconds=1.5, memory="300MB", threads=2)) as warehouse:
        yield World(company(), warehouse)
