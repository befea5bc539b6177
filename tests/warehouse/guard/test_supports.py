"""Whose values are in a figure: each customer's amount is a digit of its own, so that a sum tells whom it adds up.

No figure may rest on one to four people, and no combination of all figures of a result on a single one.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import duckdb
import numpy as np
import pytest

from warehouse.errors import NpsError
from warehouse.guard import check_sql
from warehouse.guard.aggregate import aggregated

PEOPLE, BASE = 62, 5
KINDS: Any = {
    "cohorts": {
        "customer_id": "person",
        "plan": "dimension",
        "country": "dimension",
        "fee": "number",
        "age": "number",
        "amount": "number",
        "score": "score",
        "responded_at": "time",
        "comment": "text",
    },
    "orders": {"customer_id": "person", "paid": "number", "ordered_at": "time"},
}
TYPES = {"person": "INTEGER", "number": "HUGEINT", "score": "INTEGER", "time": "TIMESTAMP"}
CONDITIONS = """
plan = 'A'; plan = 'B'; plan IN ('A', 'C'); plan <> 'D'; country = 'X'; country <> 'Z'; fee > 20; fee > 40; fee < 90
fee = 30; age > 25; age >= 40; age < 58; age <> 33; responded_at >= DATE '2025-03-01'; score >= 9; score <= 6
responded_at < TIMESTAMP '2025-04-15'; responded_at <> TIMESTAMP '2025-04-15'; NOT (plan = 'D'); plan LIKE 'A%'
NOT plan IN ('C', 'D'); (plan = 'A' OR country = 'Y'); NOT (plan = 'A' AND country = 'X'); age BETWEEN 30 AND 50
fee NOT IN (10, 90); (fee < 20 OR fee > 40); length(comment) > 3; comment IS NOT NULL; amount IS NOT NULL
"""
ATOMS = [part.strip() for part in CONDITIONS.replace("\n", ";").split(";") if part.strip()]
KEYS = ["plan", "country", "date_trunc('month', responded_at)", "floor(age / 10) * 10", "score", "fee > 40"]


class Writer:
    """Writes statements of all the shapes that pass."""

    def __init__(self, seed: int) -> None:
        self._draw = random.Random(seed)

    def statement(self) -> str:
        shape = self._draw.choice(("plain", "plain", "plain", "customers", "rows", "joined"))
        return str(getattr(self, f"_{shape}")())

    def _all(self, most: int = 2) -> str:
        return " AND ".join(self._draw.sample(ATOMS, self._draw.randint(1, most)))

    def _figure(self, column: str) -> str:
        return self._draw.choice(
            (
                f"sum({column})",
                f"sum({column} - 0)",
                f"sum({column}) FILTER (WHERE {self._all()})",
                f"sum(CASE WHEN {self._all()} THEN {column} ELSE 0 END)",
                f"sum(CASE WHEN {self._all(1)} THEN 0 WHEN {self._all(1)} THEN {column} END)",
                f"sum(coalesce({column}, 0))",
            )
        )

    def _where(self) -> str:
        return f" WHERE {self._all()}" if self._draw.random() < 0.5 else ""

    def _plain(self, source: str = "cohorts", column: str = "amount") -> str:
        keys = self._draw.sample(KEYS, self._draw.choice((0, 1, 1, 2)))
        items = [f"{key} AS k{i}" for i, key in enumerate(keys)]
        items += [f"{self._figure(column)} AS f{i}" for i in range(self._draw.randint(1, 3))]
        way = self._draw.choice(("{}", "{}", "{}", "ROLLUP ({})", "CUBE ({})"))
        grouped = f" GROUP BY {way.format(', '.join(keys))}" if keys else ""
        kept = self._draw.choice(("", "", " HAVING count(*) > 3")) if keys else ""
        return f"SELECT {', '.join(items)} FROM {source}{self._where()}{grouped}{kept}"

    def _joined(self) -> str:
        left = self._draw.choice(("JOIN orders o USING (customer_id)", "LEFT JOIN orders o USING (customer_id)"))
        return self._plain(f"cohorts c {left}", self._draw.choice(("paid", "amount")))

    def _rows(self) -> str:
        names = "customer_id, plan, country, fee, age, score, responded_at, comment"
        cut = f"CASE WHEN {self._all(1)} THEN amount ELSE 0 END"
        inner = f"(SELECT {names}, amount, {cut} AS part FROM cohorts{self._where()}) t"
        return self._plain(inner, self._draw.choice(("amount", "part", "amount + part")))

    def _customers(self) -> str:
        part = self._draw.choice(
            (f"sum(amount) FILTER (WHERE {self._all(1)})", f"sum(CASE WHEN {self._all(1)} THEN amount ELSE 0 END)")
        )
        having = self._draw.choice(("", "", " HAVING count(*) > 1", " HAVING min(fee) > 20"))
        inner = (
            f"SELECT customer_id, sum(amount) AS t, {part} AS s, max(fee) AS fee, count(*) AS n, min(plan) AS plan "
            f"FROM cohorts{self._where()} GROUP BY customer_id{having}"
        )
        figures = ["sum(s)", "sum(t)", "sum(t) FILTER (WHERE fee > 40)", "sum(CASE WHEN n > 1 THEN t ELSE 0 END)"]
        key, grouped = self._draw.choice((("", ""), ("plan, ", " GROUP BY plan")))
        where = self._draw.choice(("", "", " WHERE n > 1", " WHERE fee > 20", " WHERE plan <> 'D' AND fee < 90"))
        chosen = ", ".join(f"{item} AS f{i}" for i, item in enumerate(self._draw.sample(figures, 2)))
        return f"WITH p AS ({inner}) SELECT {key}{chosen} FROM p{where}{grouped}"


@pytest.fixture(scope="module")
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    draw = random.Random(5)
    connection = duckdb.connect(config={"threads": 1})
    for table, kinds in KINDS.items():
        columns = ", ".join(f"{name} {TYPES.get(kind, 'VARCHAR')}" for name, kind in kinds.items())
        connection.execute(f"CREATE TABLE {table} ({columns})")
    for i in range(PEOPLE):
        plan, country = draw.choice("AAAAABBBBBCCCD"), draw.choice("XXXXXYYYZ")
        fee, age = draw.choice((10, 20, 20, 30, 40, 50, 50, 90)), draw.randrange(20, 60)
        for j in range(draw.choice((1, 1, 2))):
            amount = None if draw.random() < 0.1 else 0 if j else 1 << 2 * i
            day = f"2025-0{draw.randrange(1, 6)}-{draw.choice((11, 15, 20))}"
            said = draw.choice((None, "ok", "far too dear"))
            row = [i, plan, country, fee, age, amount, draw.choice((10, 9, 8, 6, 2)), day, said]
            connection.execute("INSERT INTO cohorts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
        if draw.random() < 0.7:
            connection.execute("INSERT INTO orders VALUES (?, ?, DATE '2025-02-02')", [i, 1 << 2 * i])
    yield connection
    connection.close()


def figures(connection: duckdb.DuckDBPyConnection, sql: str) -> list[list[int]] | None:
    """How often each of the people is in each figure of the result; None where the statement is refused."""
    tables = {table: {name: TYPES.get(kind, "VARCHAR") for name, kind in k.items()} for table, k in KINDS.items()}
    try:
        safe = aggregated(check_sql(sql, tables=tables, dimensions={}), base=BASE, kinds=KINDS)
    except NpsError:
        return None
    cursor = connection.execute(safe.sql)
    places = [i for i, item in enumerate(cursor.description or []) if item[0].startswith("f")]
    values = [int(row[i]) for row in cursor.fetchall() for i in places if row[i] is not None]
    return [[value >> 2 * i & 3 for i in range(PEOPLE)] for value in values if value]


def test_a_sum_of_digits_tells_whom_it_adds_up(database: duckdb.DuckDBPyConnection) -> None:
    found = figures(database, "SELECT sum(amount) AS f FROM cohorts WHERE plan = 'A'")
    rows = database.execute("SELECT DISTINCT customer_id FROM cohorts WHERE plan = 'A' AND amount > 0").fetchall()
    assert found == [[int((i,) in rows) for i in range(PEOPLE)]]


@pytest.fixture
def quiet() -> Iterator[duckdb.DuckDBPyConnection]:
    """Twenty people in each of two countries, of whom all in X and one in Y have paid, and two have a known age."""
    connection = duckdb.connect(config={"threads": 1})
    connection.execute(
        "CREATE TABLE cohorts AS SELECT i::INTEGER AS customer_id, 'A' AS plan, if(i < 20, 'X', 'Y') AS country, "
        "(i % 4)::HUGEINT AS fee, if(i % 20 = 7, i, NULL)::HUGEINT AS age, "
        "if(i <= 20, 1::HUGEINT << (2 * i)::INTEGER, 0)::HUGEINT AS amount, if(i < 20, 8, NULL)::INTEGER AS score, "
        "TIMESTAMP '2025-01-02' AS responded_at, 'said' AS comment FROM range(40) t(i)"
    )
    yield connection
    connection.close()


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT sum(amount) AS f FROM cohorts WHERE country LIKE 'X'",
        "SELECT sum(amount) FILTER (WHERE country = 'X') AS f FROM cohorts",
        "SELECT sum(CASE WHEN country = 'Y' THEN 0 ELSE amount END) AS f FROM cohorts",
        "SELECT sum(amount) AS f FROM cohorts GROUP BY country HAVING country = 'Y'",
        "SELECT sum(amount) AS f FROM (SELECT customer_id, amount, country FROM cohorts WHERE country LIKE 'X')",
        "SELECT sum(a) AS f FROM (SELECT if(country = 'X', amount, 0) AS a FROM cohorts)",
        "SELECT sum(s) AS f "
        "FROM (SELECT customer_id, sum(amount) FILTER (WHERE country = 'X') AS s FROM cohorts GROUP BY 1)",
        "SELECT sum(s) AS f FROM (SELECT customer_id, sum(if(country = 'X', amount, 0)) AS s FROM cohorts GROUP BY 1)",
        "SELECT median(age) AS f FROM cohorts",
        "SELECT stddev(age) + 1 AS f FROM cohorts",
        "SELECT avg(age) AS f FROM cohorts",
        "SELECT sum(age) AS f FROM cohorts",
        "SELECT count(age) AS f FROM cohorts",
        "SELECT corr(age, fee) + 2 AS f FROM cohorts",
        "SELECT regr_count(age, fee) AS f FROM cohorts",
        "SELECT sum(age + fee) AS f FROM cohorts",
        "SELECT avg(score) AS f FROM cohorts GROUP BY country HAVING country = 'Y'",
        "SELECT count(amount) FILTER (WHERE age IS NOT NULL) AS f FROM cohorts",
    ],
)
def test_people_who_add_nothing_do_not_count(quiet: duckdb.DuckDBPyConnection, sql: str) -> None:
    assert not figures(quiet, sql)


def test_people_who_add_something_do(quiet: duckdb.DuckDBPyConnection) -> None:
    everybody = [[int(i <= 20) for i in range(PEOPLE)]]
    assert figures(quiet, "SELECT sum(amount) AS f FROM cohorts") == everybody
    halves = "SELECT sum(amount) AS f FROM cohorts WHERE fee > 1"
    assert figures(quiet, halves) == [[int(i <= 20 and i % 4 > 1) for i in range(PEOPLE)]]


@pytest.mark.parametrize("seed", range(2))
def test_no_figure_rests_on_a_few_people_and_no_difference_of_figures_on_one(
    database: duckdb.DuckDBPyConnection, seed: int
) -> None:
    writer, told = Writer(seed), 0
    for _ in range(15):
        sql = writer.statement()
        supports = figures(database, sql)
        told += bool(supports)
        assert all(np.count_nonzero(support) >= BASE for support in supports or ()), sql
        assert alone(supports or []) == [], sql
    assert told >= 4


def alone(supports: list[list[int]]) -> list[int]:
    """Who could be had by adding and subtracting the figures."""
    if not supports:
        return []
    _left, sizes, rows = np.linalg.svd(np.array(supports, dtype=float), full_matrices=False)
    shares = (rows[sizes > 1e-9 * sizes[0]] ** 2).sum(axis=0)
    return [int(i) for i in np.flatnonzero(shares > 1 - 1e-9)]
