"""A whole company of any size: survey, customers, orders and events, written as CSV files from a seed.

    .venv/bin/python bench/make_company.py --customers 1000000 --rows 5000000 --folder DIR

Answers of one customer resemble each other; scores depend on the plan, on a release that some customers got earlier
than others (migrated_at), and on what the comment is about; two of three ratings go with them. A tenth of the invited
do not answer. Hardly two comments are the same.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import duckdb

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.make_responses import COUNTRIES, PLANS, normal, pick, uniform

COMMENTS = (
    "Great support, the staff were friendly and quick to help",
    "Too expensive since the price went up, not worth the money",
    "The app keeps crashing and is slow to load",
    "Easy to use and the new reports are really useful",
    "Delivery was late again and nobody told me about it",
    "Billing is confusing, I was charged twice last month",
    "Love the features, works well every day",
    "Waited an hour on the phone before anybody answered",
)
WHO = "My team and I|We|Some of us|Both offices|I myself|Our new people|The whole floor|A colleague"
NOTICED = "saw that|talked about it|had this|wrote about it|came back to this|were struck by it|heard the same|felt it"
WHEN = (
    "on Monday|in spring|after the holidays|during the move|late in the year|at the fair|in the first week|twice|"
    "before lunch|over the summer|in March|since then|all along|yesterday evening|from day one|at the turn of the year"
)
WHERE = (
    "in the north office|with the weekly list|on the second screen|while travelling|at home|for two projects|"
    "in the archive|with a partner|on the train|during training|in the workshop|at the depot|with the annual plan|"
    "in the meeting room|for the board|in three countries"
)
START, MONTHS = "2023-01-01", 36


def customers_sql(customers: int, seed: int) -> str:
    """Attributes of the customers; a fifth has left."""
    # Streams 10 and 11 are the mood's: normal() takes ten times its own number, and the next.
    joined = f"DATE '2021-01-01' + CAST({uniform('c', seed, 19)} * 1700 AS INTEGER)"
    return f"""SELECT 'C' || lpad(c::VARCHAR, 8, '0') AS customer_id,
        {pick(PLANS, "c", seed, 3)} AS plan, {pick(COUNTRIES, "c", seed, 4)} AS country,
        {pick(("monthly", "annual"), "c", seed, 12)} AS billing,
        {pick(("guided", "self"), "c", seed, 13)} AS onboarding,
        {pick(("A", "B"), "c", seed, 14)} AS variant, {joined} AS joined_at,
        CASE WHEN {uniform("c", seed, 15)} < 0.2
            THEN {joined} + 30 + CAST({uniform("c", seed, 16)} * 700 AS INTEGER) END AS churned_at,
        {migrated_sql(seed)} AS migrated_at,
        round(20 + 80 * {uniform("c", seed, 18)}, 2) AS monthly_fee
        FROM range({customers}) r(c)"""


def migrated_sql(seed: int) -> str:
    """Three waves of a release; two customers in five never get it."""
    drawn = uniform("c", seed, 17)
    return f"CASE WHEN {drawn} < 0.6 THEN DATE '2024-04-01' + 91 * CAST(floor({drawn} * 5) AS INTEGER) END"


def responses_sql(rows: int, customers: int, seed: int) -> str:
    """The answers in the order of their dates."""
    mood = f"{normal('c', seed, 1)}"
    listed = ", ".join(f"'{text}'" for text in COMMENTS)
    about = f"CAST(floor({uniform('i', seed, 9)} * {len(COMMENTS)}) AS INTEGER)"
    latent = (
        f"0.6 * ({mood}) + 0.8 * {normal('i', seed, 6)} + CASE WHEN about IN (0, 3, 6) THEN 0.3 ELSE -0.2 END "
        f"+ CASE WHEN {pick(PLANS, 'c', seed, 3)} = 'Starter' THEN -0.1 ELSE 0.05 END "
        f"+ CASE WHEN {migrated_sql(seed)} <= responded_at THEN 0.08 ELSE 0 END"
    )
    said = (pick(tuple(listed.split("|")), "i", seed, 41 + at) for at, listed in enumerate((WHO, NOTICED, WHEN, WHERE)))
    comment = f"([{listed}])[1 + about] || '. ' || concat_ws(' ', {', '.join(said)}) || ', case ' || i % 9973"
    rating = "CAST(greatest(1, least(5, round(3.2 + 0.9 * (0.6 * latent + {noise})))) AS TINYINT)"
    return f"""WITH drawn AS (
            SELECT i, CAST(floor(pow({uniform("i", seed, 5)}, 1.2) * {customers}) AS BIGINT) AS c, {about} AS about,
                TIMESTAMP '{START}' + to_seconds(floor(i::DOUBLE / {rows} * {MONTHS} * 30.4375 * 86400)) AS responded_at
            FROM range({rows}) r(i)
        ), felt AS (SELECT *, {latent} AS latent FROM drawn)
        SELECT 'R' || lpad(i::VARCHAR, 9, '0') AS response_id, 'C' || lpad(c::VARCHAR, 8, '0') AS customer_id,
            responded_at, CASE WHEN {uniform("i", seed, 8)} < 0.1 THEN NULL
                ELSE CAST(greatest(0, least(10, round(7.6 + 2.4 * latent))) AS TINYINT) END AS score,
            {pick(("email", "in-app", "phone"), "i", seed, 7)} AS channel,
            {rating.format(noise=normal("i", seed, 21))} AS rating_support,
            {rating.format(noise=normal("i", seed, 22))} AS rating_product,
            CAST(1 + floor({uniform("i", seed, 23)} * 5) AS TINYINT) AS rating_website,
            CASE WHEN {uniform("i", seed, 10)} < 0.3 THEN {comment} END AS comment
        FROM felt ORDER BY i"""


def orders_sql(customers: int, seed: int) -> str:
    """Three orders a customer on average."""
    return f"""SELECT 'O' || i AS order_id, 'C' || lpad(c::VARCHAR, 8, '0') AS customer_id,
            DATE '{START}' + CAST({uniform("i", seed, 31)} * {MONTHS * 30} AS INTEGER) AS ordered_at,
            round(10 + 90 * {uniform("i", seed, 32)}, 2) AS amount
        FROM (SELECT i, CAST(floor({uniform("i", seed, 33)} * {customers}) AS BIGINT) AS c
              FROM range({3 * customers}) r(i)) ORDER BY i"""


def make_company(folder: Path, *, customers: int, rows: int, seed: int = 1) -> None:
    """Write survey.csv, customers.csv and orders.csv into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    parts = {
        "customers": customers_sql(customers, seed),
        "survey": responses_sql(rows, customers, seed),
        "orders": orders_sql(customers, seed),
    }
    with duckdb.connect() as connection:
        for name, sql in parts.items():
            connection.execute(f"COPY ({sql}) TO '{folder / f'{name}.csv'}' (FORMAT csv, HEADER)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, required=True)
    told = parser.parse_args()
    make_company(told.folder, customers=told.customers, rows=told.rows, seed=told.seed)
    for path in sorted(told.folder.glob("*.csv")):
        print(f"{path.name}: {path.stat().st_size / 1e6:,.0f} MB")


if __name__ == "__main__":
    main()
