"""Ratings beside the score are no segments: searches leave them out unless they are named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tools.explain.traits import is_rating, traits
from tools.registry import run_tool
from warehouse.catalog import Dimension
from warehouse.workspace import Warehouse


@pytest.mark.parametrize(
    ("name", "values", "table", "rating"),
    [
        ("support_rating", "12345", "responses", True),
        ("Q3", "1234567", "responses", True),
        ("satisfaction", ["Agree", "Disagree", "Strongly agree", "Neutral"], "responses", True),
        ("support_rating", "12345", "customers", False),
        ("household_size", "12345", "responses", False),
        ("is_admin", "01", "responses", False),
        ("member", ["yes", "no"], "responses", False),
        ("plan", ["Starter", "Growth", "Scale"], "responses", False),
        ("store", ["11", "12", "13", "14"], "responses", False),
    ],
)
def test_a_rating_is_told_from_an_attribute(name: str, values: Any, table: Any, rating: bool) -> None:
    assert is_rating(name, Dimension(table=table, values=dict.fromkeys(values, 10))) is rating


def test_a_search_leaves_ratings_out_says_so_and_takes_them_when_named(
    load: Callable[..., Warehouse], answers: Any
) -> None:
    rows = [
        row | {"support_rating": 1 + i % 5}
        for plan, counts in (("A", (60, 20, 20)), ("B", (20, 20, 60)))
        for i, row in enumerate(answers(*counts, plan=plan))
    ]
    warehouse = load(rows)
    assert traits(warehouse.catalog, 60) == ["plan"]
    found = run_tool(warehouse, "find_outliers", {})
    assert all("support_rating" not in fact.where for fact in found.facts)
    assert any("support_rating" in caveat for caveat in found.caveats)
    named = run_tool(warehouse, "find_outliers", {"by": ["support_rating"]})
    assert not any("not searched" in caveat for caveat in named.caveats)
