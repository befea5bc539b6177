"""What an analyst asks in SQL that must aggregate passes, and gives the numbers that pandas gives."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from tools.data.sql import run_sql_aggregated
from warehouse.errors import NpsError

Frames = dict[str, pd.DataFrame]
Expected = Callable[[Frames], Any]
MONTH = "date_trunc('month', responded_at)"


@pytest.fixture(scope="module")
def frames(world: Any) -> Frames:
    """The tables as they were written, dates as dates; `c` is a row per answer with its customer."""
    r = pd.DataFrame(world.responses).rename(columns={"nps_score": "score"})
    r["responded_at"] = pd.to_datetime(r["responded_at"])
    c = pd.DataFrame(world.customers)
    c["joined_at"] = pd.to_datetime(c["joined_at"])
    o = pd.DataFrame(world.orders)
    o["ordered_at"] = pd.to_datetime(o["ordered_at"])
    e = pd.DataFrame(world.events)
    both = r.merge(c, on="customer_id", how="left")
    both["class"] = both["score"].map(lambda s: "promoter" if s >= 9 else "passive" if s >= 7 else "detractor")
    return {"r": r, "u": c, "o": o, "e": e, "c": both}


def large(frame: pd.DataFrame, by: list[str], base: int = 5) -> pd.DataFrame:
    """The rows of the cells that rest on enough customers."""
    people = frame.groupby(by, dropna=False)["customer_id"].transform("nunique")
    return frame[people >= base]


def cells(frame: pd.DataFrame, by: str, column: str, how: Any, base: int = 5) -> dict[Any, float]:
    return dict(large(frame, [by], base).groupby(by)[column].agg(how))


def nps(scores: pd.Series) -> float:
    return float(100 * ((scores >= 9).mean() - (scores <= 6).mean()))


def by_customer(frame: pd.DataFrame, column: str, how: str) -> pd.Series:
    return frame.groupby("customer_id")[column].agg(how)


def month(frame: pd.DataFrame, column: str = "responded_at") -> pd.Series:
    return frame[column].dt.strftime("%Y-%m-01")


CASES: list[tuple[str, Expected]] = [
    ("SELECT count(*) AS n FROM responses", lambda f: len(f["r"])),
    ("SELECT avg(score) AS s FROM responses", lambda f: f["r"]["score"].mean()),
    ("SELECT count(DISTINCT customer_id) AS n FROM responses", lambda f: f["r"]["customer_id"].nunique()),
    ("SELECT plan, count(*) AS n FROM cohorts GROUP BY plan", lambda f: cells(f["c"], "plan", "score", "size")),
    ("SELECT plan, avg(score) AS s FROM cohorts GROUP BY ALL", lambda f: cells(f["c"], "plan", "score", "mean")),
    (
        "SELECT country, avg(monthly_fee) AS fee FROM customers GROUP BY 1 ORDER BY fee DESC LIMIT 10",
        lambda f: cells(f["u"], "country", "monthly_fee", "mean"),
    ),
    (
        "SELECT plan, median(monthly_fee) AS fee FROM customers GROUP BY plan",
        lambda f: cells(f["u"], "plan", "monthly_fee", "median", 10),
    ),
    (
        "SELECT plan, stddev(age) AS spread FROM customers GROUP BY plan HAVING count(*) > 20",
        lambda f: cells(f["u"], "plan", "age", "std", 21),
    ),
    ("SELECT var_pop(age) AS v FROM customers", lambda f: f["u"]["age"].var(ddof=0)),
    ("SELECT corr(score, age) AS r FROM cohorts", lambda f: f["c"]["score"].corr(f["c"]["age"])),
    ("SELECT quantile_cont(age, 0.25) AS q FROM customers", lambda f: f["u"]["age"].quantile(0.25)),
    (
        "SELECT percentile_cont(0.75) WITHIN GROUP (ORDER BY monthly_fee) AS q FROM customers",
        lambda f: f["u"]["monthly_fee"].quantile(0.75),
    ),
    (
        "SELECT 100.0 * (count(*) FILTER (WHERE score >= 9) - count(*) FILTER (WHERE score <= 6)) / count(score) "
        "AS nps FROM responses WHERE score IS NOT NULL",
        lambda f: nps(f["r"]["score"]),
    ),
    (
        "SELECT plan, avg(CASE WHEN score >= 9 THEN 100 WHEN score <= 6 THEN -100 ELSE 0 END) AS nps "
        "FROM cohorts GROUP BY plan",
        lambda f: cells(f["c"], "plan", "score", nps),
    ),
    (
        "SELECT country, sum(CASE WHEN nps_class = 'detractor' THEN 1 ELSE 0 END) * 1.0 / count(*) AS share "
        "FROM cohorts GROUP BY country",
        lambda f: cells(f["c"], "country", "class", lambda k: (k == "detractor").mean()),
    ),
    (
        f"SELECT {MONTH} AS m, avg(score) AS s FROM responses GROUP BY m ORDER BY m",
        lambda f: dict(f["r"].groupby(month(f["r"]))["score"].mean()),
    ),
    (
        "SELECT strftime(responded_at, '%Y-%m') AS m, count(*) AS n FROM responses GROUP BY m",
        lambda f: dict(f["r"].groupby(f["r"]["responded_at"].dt.strftime("%Y-%m")).size()),
    ),
    (
        "SELECT dayname(responded_at) AS d, avg(score) AS s FROM responses GROUP BY d",
        lambda f: dict(f["r"].groupby(f["r"]["responded_at"].dt.day_name())["score"].mean()),
    ),
    (
        "SELECT avg(score) AS s FROM cohorts WHERE plan = 'Starter' AND responded_at >= DATE '2025-03-01'",
        lambda f: f["c"][(f["c"]["plan"] == "Starter") & (f["c"]["responded_at"] >= "2025-03-01")]["score"].mean(),
    ),
    (
        "SELECT count(*) AS n FROM responses "
        "WHERE responded_at >= (SELECT max(responded_at) FROM responses) - INTERVAL 60 DAY",
        lambda f: (f["r"]["responded_at"] >= f["r"]["responded_at"].max() - pd.Timedelta(days=60)).sum(),
    ),
    (
        "SELECT floor(age / 10) * 10 AS decade, avg(score) AS s FROM cohorts GROUP BY decade",
        lambda f: cells(f["c"].assign(d=f["c"]["age"] // 10 * 10.0), "d", "score", "mean"),
    ),
    (
        "SELECT CASE WHEN monthly_fee < 250 THEN 'low' WHEN monthly_fee < 600 THEN 'middle' ELSE 'high' END AS band, "
        "count(*) AS n, avg(score) AS s FROM cohorts GROUP BY band",
        lambda f: {
            name: (len(rows), rows["score"].mean())
            for name, rows in f["c"].groupby(
                f["c"]["monthly_fee"].map(lambda x: "low" if x < 250 else "middle" if x < 600 else "high")
            )
        },
    ),
    (
        "SELECT avg(score) AS s FROM cohorts WHERE monthly_fee > 500",
        lambda f: f["c"][f["c"]["monthly_fee"] > 500]["score"].mean(),
    ),
    (
        "SELECT count(*) AS n FROM responses WHERE length(comment) > 20",
        lambda f: (f["r"]["comment"].str.len() > 20).sum(),
    ),
    (
        "SELECT count(comment) AS n FROM responses WHERE trim(comment) <> ''",
        lambda f: (f["r"]["comment"].str.strip() != "").sum(),
    ),
    (
        "SELECT avg(score) FILTER (WHERE channel = 'email') AS a, avg(score) FILTER (WHERE channel = 'in-app') AS b "
        "FROM responses",
        lambda f: tuple(f["r"].groupby("channel")["score"].mean()[["email", "in-app"]]),
    ),
    (
        "SELECT plan, avg(CASE WHEN age >= 40 THEN score END) AS older FROM cohorts WHERE plan <> 'Legacy' "
        "GROUP BY plan",
        lambda f: cells(f["c"][f["c"]["age"] >= 40], "plan", "score", "mean"),
    ),
    (
        "SELECT c.plan, avg(o.amount) AS a FROM orders o JOIN customers c USING (customer_id) "
        "WHERE c.country = 'Germany' GROUP BY c.plan",
        lambda f: cells(f["o"].merge(f["u"], on="customer_id").query("country == 'Germany'"), "plan", "amount", "mean"),
    ),
    (
        "SELECT c.country, count(*) AS n FROM events e, customers c WHERE e.customer_id = c.customer_id "
        "GROUP BY c.country",
        lambda f: cells(f["e"].merge(f["u"], on="customer_id"), "country", "event", "size"),
    ),
    (
        "SELECT event, count(DISTINCT customer_id) AS n FROM events GROUP BY event",
        lambda f: cells(f["e"], "event", "customer_id", "nunique"),
    ),
    (
        "SELECT r.nps_class, avg(o.amount) AS a FROM responses r LEFT JOIN orders o ON r.customer_id = o.customer_id "
        "GROUP BY 1",
        lambda f: cells(f["c"].merge(f["o"], on="customer_id", how="left"), "class", "amount", "mean"),
    ),
    (
        "WITH spend AS (SELECT customer_id, sum(amount) AS total FROM orders GROUP BY customer_id) "
        "SELECT plan, avg(total) AS s FROM spend JOIN customers USING (customer_id) GROUP BY plan",
        lambda f: cells(
            by_customer(f["o"], "amount", "sum").reset_index().merge(f["u"], on="customer_id"), "plan", "amount", "mean"
        ),
    ),
    (
        "WITH answers AS (SELECT customer_id, count(*) AS n FROM responses GROUP BY customer_id) "
        "SELECT n, count(*) AS customers FROM answers GROUP BY n",
        lambda f: dict(by_customer(f["r"], "score", "size").value_counts()),
    ),
    (
        "SELECT count(*) AS n FROM (SELECT customer_id FROM responses GROUP BY customer_id HAVING count(*) > 1)",
        lambda f: (by_customer(f["r"], "score", "size") > 1).sum(),
    ),
    (
        "WITH o AS (SELECT customer_id, sum(amount) AS total FROM orders GROUP BY 1) "
        "SELECT CASE WHEN total > 500 THEN 'big' ELSE 'small' END AS size, avg(score) AS s "
        "FROM responses JOIN o USING (customer_id) GROUP BY size",
        lambda f: dict(
            f["r"]
            .merge(by_customer(f["o"], "amount", "sum").reset_index(), on="customer_id")
            .assign(size=lambda x: x["amount"].map(lambda a: "big" if a > 500 else "small"))
            .groupby("size")["score"]
            .mean()
        ),
    ),
    (
        "WITH o AS (SELECT customer_id, count(*) AS n FROM orders GROUP BY 1) "
        "SELECT count(*) AS never FROM customers c LEFT JOIN o USING (customer_id) WHERE o.customer_id IS NULL",
        lambda f: (~f["u"]["customer_id"].isin(f["o"]["customer_id"])).sum(),
    ),
    (
        "WITH base AS (SELECT * FROM cohorts WHERE score IS NOT NULL) "
        "SELECT channel, avg(score) AS s FROM base WHERE country = 'France' GROUP BY channel",
        lambda f: cells(f["c"].query("country == 'France'"), "channel", "score", "mean"),
    ),
    (
        f"WITH m AS (SELECT {MONTH} AS month, avg(score) AS s FROM responses GROUP BY 1) "
        "SELECT month, s - lag(s) OVER (ORDER BY month) AS step FROM m ORDER BY month OFFSET 1",
        lambda f: dict(f["r"].groupby(month(f["r"]))["score"].mean().diff().iloc[1:]),
    ),
    (
        "SELECT channel, 100.0 * count(*) / sum(count(*)) OVER () AS share FROM responses GROUP BY channel",
        lambda f: dict(100 * f["r"]["channel"].value_counts(normalize=True)),
    ),
    (
        "SELECT channel, count(*) AS n FROM responses GROUP BY ROLLUP (channel) ORDER BY n DESC",
        lambda f: {None: len(f["r"])} | dict(f["r"].groupby("channel").size()),
    ),
    ("SELECT DISTINCT channel FROM responses", lambda f: sorted(f["r"]["channel"].unique())),
    (
        "SELECT avg(date_diff('day', joined_at, responded_at)) AS days FROM cohorts",
        lambda f: ((f["c"]["responded_at"].dt.normalize() - f["c"]["joined_at"]).dt.days).mean(),
    ),
    ("SELECT score, count(*) AS n FROM responses GROUP BY score", lambda f: cells(f["r"], "score", "channel", "size")),
    (
        "SELECT plan, round(sum(monthly_fee) / count(*), 2) AS mean FROM customers GROUP BY plan",
        lambda f: {k: round(v, 2) for k, v in cells(f["u"], "plan", "monthly_fee", "mean").items()},
    ),
    (
        "SELECT regr_slope(score, age) AS b FROM cohorts",
        lambda f: f["c"]["score"].cov(f["c"]["age"]) / f["c"]["age"].var(),
    ),
    (
        "SELECT count(DISTINCT CASE WHEN score <= 6 THEN customer_id END) AS n FROM responses",
        lambda f: f["r"][f["r"]["score"] <= 6]["customer_id"].nunique(),
    ),
]


@pytest.mark.parametrize(("sql", "expected"), CASES, ids=[sql[:70] for sql, _ in CASES])
def test_an_analysts_query_gives_the_numbers_of_pandas(
    world: Any, frames: Frames, sql: str, expected: Expected
) -> None:
    found = run_sql_aggregated(world.warehouse, sql=sql).rows
    wanted = expected(frames)
    if isinstance(wanted, dict):
        assert {row[0]: tuple(row[1:]) for row in found if row[1] is not None} == {
            key: pytest.approx(value if isinstance(value, tuple) else (value,)) for key, value in wanted.items()
        }
    elif isinstance(wanted, list):
        assert sorted(row[0] for row in found) == wanted
    else:
        (row,) = found
        assert row == pytest.approx(list(wanted) if isinstance(wanted, tuple) else [wanted])


def test_there_are_at_least_thirty_queries_and_no_expectation_is_empty(frames: Frames) -> None:
    assert len(CASES) >= 30
    for _, expected in CASES:
        wanted = expected(frames)
        values = list(wanted.values()) if isinstance(wanted, dict) else [wanted]
        assert values
        assert not any(isinstance(value, float) and math.isnan(value) for value in values)


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("SELECT score FROM responses", "aggregate them"),
        ("SELECT max(amount) FROM orders", "one person's value"),
        ("SELECT avg(score) FROM responses WHERE customer_id = 'c0001'", "by their id"),
        ("SELECT count(*) FROM responses WHERE comment LIKE '%slow%'", "themes or quotes"),
        ("SELECT avg(score) FROM responses GROUP BY responded_at", "date_trunc"),
        ("SELECT avg(score) FROM cohorts GROUP BY age", "bin it with floor"),
        ("SELECT comment, count(*) FROM responses GROUP BY comment", "group by a dimension"),
        ("SELECT avg(score) FROM cohorts a JOIN customers b ON a.plan = b.plan", "customer_id"),
        ("SELECT (SELECT count(*) FROM responses) - count(*) FROM cohorts", "send two calls"),
        ("SELECT avg(score) FROM cohorts WHERE age = 97", "ask for a larger group"),
        ("SELECT avg(score) FROM cohorts WHERE country = 'Spain' OR age > 60", "join conditions by AND"),
        (
            "SELECT avg(o.amount) FROM customers LEFT JOIN (SELECT * FROM orders WHERE amount > 9) o "
            "USING (customer_id)",
            "into the outer WHERE",
        ),
        ("SELECT sum(CAST(plan AS INTEGER)) FROM cohorts", "TRY_CAST"),
    ],
)
def test_a_refusal_says_how_to_write_it(world: Any, sql: str, told: str) -> None:
    with pytest.raises(NpsError, match=told) as raised:
        run_sql_aggregated(world.warehouse, sql=sql)
    assert str(raised.value).endswith(".")
