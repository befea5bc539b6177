"""Survey answers of any number, with repeated answers of customers who are alike; the same seed gives the same file.

    .venv/bin/python bench/make_responses.py --rows 20000000 --out FILE.parquet   (or FILE.csv)

Attributes and moods belong to customers (plan, country, a latent satisfaction), so answers of one customer are
correlated and intervals have to be wider than those of independent answers.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import duckdb

PLANS = ("Starter", "Growth", "Business", "Enterprise")
COUNTRIES = (
    *("Germany", "France", "Spain", "Italy", "Poland", "Sweden"),
    *("Brazil", "Mexico", "Japan", "India", "Canada", "United States"),
)
CHANNELS = ("email", "in-app", "phone")
MONTHS = 36
ALIKE = 0.35
"""Intraclass correlation of the latent satisfaction."""


def answers_sql(rows: int, customers: int, seed: int, comments: bool) -> str:
    """The answers in the order of their dates; every value is a hash of a counter, so threads do not matter."""
    comment = f", CASE WHEN {uniform('i', seed, 9)} < 0.3 THEN 'Comment number ' || i END AS comment"
    latent = f"sqrt({ALIKE}) * mood + sqrt({1 - ALIKE}) * {normal('i', seed, 6)} + lift + 0.25 * sin(i * 12.6 / {rows})"
    return f"""
        WITH customers AS (
            SELECT c, 'C' || lpad(c::VARCHAR, 8, '0') AS customer_id, {normal("c", seed, 1)} AS mood,
                {pick(PLANS, "c", seed, 3)} AS plan, {pick(COUNTRIES, "c", seed, 4)} AS country
            FROM range({customers}) r(c)
        ), answers AS (
            SELECT i, CAST(floor(pow({uniform("i", seed, 5)}, 1.2) * {customers}) AS BIGINT) AS c
            FROM range({rows}) r(i)
        ), moods AS (
            SELECT i, customer_id, mood, plan, country, CASE plan WHEN 'Starter' THEN -0.2 ELSE 0.1 END AS lift
            FROM answers JOIN customers USING (c)
        )
        SELECT 'R' || lpad(i::VARCHAR, 9, '0') AS response_id, customer_id,
            TIMESTAMP '2023-01-01' + to_seconds(floor(i::DOUBLE / {rows} * {MONTHS} * 30.4375 * 86400)) AS responded_at,
            CAST(CASE WHEN {uniform("i", seed, 8)} < 0.02 THEN NULL
                ELSE greatest(0, least(10, round(7.6 + 2.4 * ({latent})))) END AS TINYINT) AS score,
            plan, country, {pick(CHANNELS, "i", seed, 7)} AS channel{comment if comments else ""}
        FROM moods ORDER BY i"""


def make_responses(out: Path, *, rows: int, customers: int, seed: int = 1, comments: bool = False) -> None:
    """Write the answers to `out`, as Parquet or CSV by its suffix."""
    form = "(FORMAT parquet, ROW_GROUP_SIZE 122880)" if out.suffix == ".parquet" else "(FORMAT csv, HEADER)"
    partial = out.with_name(f"{out.name}.part")
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({answers_sql(rows, customers, seed, comments)}) TO '{partial}' {form}")
    partial.replace(out)


def uniform(key: str, seed: int, stream: int) -> str:
    # One mixed number: DuckDB's hash of two arguments leaves streams correlated.
    return f"(hash({key} + {(seed * 1_000 + stream) * 10**11}) / 18446744073709551616.0)"


def normal(key: str, seed: int, stream: int) -> str:
    return (
        f"(sqrt(-2 * ln(1e-12 + {uniform(key, seed, stream * 10)})) "
        f"* cos(6.283185307 * {uniform(key, seed, stream * 10 + 1)}))"
    )


def pick(values: tuple[str, ...], key: str, seed: int, stream: int) -> str:
    listed = ", ".join(f"'{value}'" for value in values)
    # The first values are more frequent than the last ones, as in life.
    at = f"CAST(floor(pow({uniform(key, seed, stream)}, 1.3) * {len(values)}) AS INTEGER)"
    return f"([{listed}])[1 + {at}]"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=20_000_000)
    parser.add_argument("--customers", type=int, help="a tenth of the rows unless told")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--comments", action="store_true", help="add a comment column")
    parser.add_argument("--out", type=Path, required=True)
    told = parser.parse_args()
    customers = told.customers or max(1, told.rows // 10)
    make_responses(told.out, rows=told.rows, customers=customers, seed=told.seed, comments=told.comments)
    print(f"{told.out}: {told.rows:,} answers of {customers:,} customers, {told.out.stat().st_size / 1e6:,.0f} MB")


if __name__ == "__main__":
    main()
