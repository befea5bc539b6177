"""The tools for data and measures, as an analyst would write them in plain pandas."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pandas_frames import DIMENSIONS, LAST, Figure, between, cells, customers, figure, joined, month, survey, way


@way
def describe_data(folder: Path) -> list[Figure]:
    answers = survey(folder, "customer_id", "responded_at", "channel", scored=False)
    people = customers(folder, *DIMENSIONS)
    orders = pd.read_parquet(folder / "orders.parquet", columns=["order_id"])
    counts = {name: people[name].value_counts().to_dict() for name in DIMENSIONS}
    counts["channel"] = answers["channel"].value_counts().to_dict()
    return [
        figure("responses", len(answers)),
        figure("scored_responses", answers["score"].count()),
        figure("customers_who_answered", answers.loc[answers["score"].notna(), "customer_id"].nunique()),
        figure("orders_rows", len(orders), table="orders"),
    ]


@way
def data_quality(folder: Path) -> list[Figure]:
    answers = pd.read_parquet(folder / "survey.parquet")
    people = pd.read_parquet(folder / "customers.parquet")
    orders = pd.read_parquet(folder / "orders.parquet")
    kept = answers.drop_duplicates("response_id")
    kept = kept[kept["score"].isna() | kept["score"].between(0, 10)]
    return [
        figure("rows_kept", len(kept)),
        figure("rows_without_score", kept["score"].isna().sum(), reason="no score given"),
        figure("rows_kept", len(people.drop_duplicates("customer_id")), table="customers"),
        figure("rows_kept", len(orders.drop_duplicates("order_id")), table="orders"),
    ]


@way
def run_sql(folder: Path) -> list[Figure]:
    mean = joined(folder, [], ["plan"]).groupby("plan")["score"].mean()
    return [figure("mean_score", value, plan=str(plan)) for plan, value in mean.items()]


@way
def nps(folder: Path) -> list[Figure]:
    frame = joined(folder, ["responded_at"], ["plan", "country"])
    frame["month"] = month(frame["responded_at"])
    found = cells(frame, ["plan", "country", "month"])
    where = [("Starter", "Germany", 55 * 12), ("Growth", "Japan", 54 * 12 + 6)]
    made = []
    for plan, country, at in where:
        cell = found.loc[(plan, country, at)]
        period = str(np.datetime64(at, "M"))
        made.append(figure("nps", cell["mean"], cell["se"], plan=plan, country=country, period=period))
    return made


@way
def compare(folder: Path) -> list[Figure]:
    frame = survey(folder, "customer_id", "responded_at")
    one = cells(between(frame, "2025-01-01", "2025-07-01")).iloc[0]
    two = cells(between(frame, "2025-07-01", "2026-01-01")).iloc[0]
    error = np.hypot(one["se"], two["se"])
    return [
        figure("nps", one["mean"], one["se"], period="2025-H1"),
        figure("nps_difference", two["mean"] - one["mean"], error, period="2025-H2"),
    ]


@way
def trend(folder: Path) -> list[Figure]:
    frame = survey(folder, "customer_id", "responded_at")
    frame["month"] = month(frame["responded_at"])
    found = cells(frame, ["month"])
    time, weight = found.index.to_numpy(), 1 / found["se"] ** 2
    slope, _level = np.polyfit(time, found["mean"], 1, w=np.sqrt(weight))
    error = 1 / np.sqrt((weight * (time - np.average(time, weights=weight)) ** 2).sum())
    last = found.iloc[-1]
    return [
        figure("nps", last["mean"], last["se"], period="2025-12"),
        figure("nps_change_per_month", slope, error, "near"),
    ]


@way
def nps_distribution(folder: Path) -> list[Figure]:
    from scipy import stats

    frame = joined(folder, [], ["plan"])
    counts = frame.groupby(["plan", "score"], observed=True).size().unstack(fill_value=0)
    stats.chi2_contingency(counts.to_numpy())
    shares = counts.div(counts.sum(axis=1), axis=0)
    levels, means = cells(frame, ["plan"]), cells(frame, ["plan"], of="score")
    whole = cells(frame, of="score").iloc[0]
    frame.groupby("plan")["score"].agg(["median", "std"])
    return [
        figure("mean_score", whole["mean"], whole["se"]),
        figure("nps", levels.loc["Growth", "mean"], levels.loc["Growth", "se"], plan="Growth"),
        figure("mean_score", means.loc["Growth", "mean"], means.loc["Growth", "se"], plan="Growth"),
        figure("score_share", shares.loc["Growth", 9], plan="Growth", score="9"),
    ]


@way
def response_bias(folder: Path) -> list[Figure]:
    people = customers(folder, "joined_at", "churned_at", *DIMENSIONS)
    people = people[(people["joined_at"] <= LAST) & ~(people["churned_at"] < "2023-01-01")]
    once = survey(folder, "customer_id").groupby("customer_id")["value"].mean()
    people = people.merge(once, left_on="customer_id", right_index=True, how="left")
    answered = people["value"].notna()
    codes = {name: people[name].astype("category").cat.codes.to_numpy() for name in DIMENSIONS}
    weight = answered.to_numpy(float)
    for _round in range(50):
        before = weight.copy()
        for code in codes.values():
            weight *= (np.bincount(code) / np.bincount(code, weights=weight))[code]
        if np.abs(weight - before).max() < 1e-9:
            break
    value = people["value"].fillna(0).to_numpy()
    mean = np.average(value, weights=weight)
    fitted = np.column_stack([(code == at)[answered] for code in codes.values() for at in range(code.max() + 1)])
    beta = np.linalg.lstsq(fitted.astype(float), value[answered], rcond=None)[0]
    error = np.sqrt(((weight[answered] * (value[answered] - fitted @ beta)) ** 2).sum()) / weight.sum()
    rates = answered.groupby(people["country"]).mean()
    return [
        figure("base", len(people)),
        figure("response_rate", answered.mean()),
        figure("response_rate", rates["Brazil"], country="Brazil"),
        figure("nps_each_customer_once", people["value"].mean()),
        figure("nps_weighted", mean, error, "near"),
    ]


@way
def benchmark(folder: Path) -> list[Figure]:
    found = cells(survey(folder, "customer_id")).iloc[0]
    error = np.hypot(found["se"], 100 * np.sqrt((1 - 0.32**2) / 500))
    return [
        figure("nps", found["mean"], found["se"]),
        figure("nps_difference", found["mean"] - 32, error),
    ]


@way
def cohort_nps(folder: Path) -> list[Figure]:
    frame = joined(folder, ["responded_at"], ["joined_at"])
    frame = frame[frame["joined_at"] <= frame["responded_at"]]
    days = (frame["responded_at"].dt.normalize() - frame["joined_at"]).dt.days
    frame["cohort"] = month(frame["joined_at"]) // 3
    frame["age"] = (days / (365.25 / 4)).astype(int)
    found = cells(frame, ["cohort", "age"])
    found = found[found["n"] >= 5].reset_index()
    dummies = pd.get_dummies(found[["cohort", "age"]].astype("category"), drop_first=True, dtype=float)
    root = 1 / found["se"].to_numpy()
    np.linalg.lstsq(np.column_stack([np.ones(len(found)), dummies]) * root[:, None], found["mean"] * root, rcond=None)
    cell = found[(found["cohort"] == 53 * 4) & (found["age"] == 4)].iloc[0]
    return [figure("nps", cell["mean"], cell["se"], cohort="2023-Q1", age_quarters="4")]


@way
def retention(folder: Path) -> list[Figure]:
    answers = survey(folder, "customer_id", "responded_at")
    answers = answers.sort_values("responded_at").drop_duplicates("customer_id")
    frame = answers.merge(customers(folder, "churned_at"), on="customer_id")
    start, left = frame["responded_at"].dt.normalize(), frame["churned_at"]
    gone = left.notna() & (left <= LAST)
    frame["days"] = (left.where(gone, LAST) - start).dt.days
    frame["gone"] = gone
    frame = frame[frame["days"] >= gone.astype(int)]  # whoever left by the day of the answer was not here to stay
    made = []
    groups = {"": frame, **{str(value): part for value, part in frame.groupby("value")}}
    curves = {name: kaplan_meier(part["days"], part["gone"]) for name, part in groups.items()}
    at = 365
    whole = curves[""].loc[:at].iloc[-1]
    made.append(figure("retention", whole["stay"], whole["se"], age_months="12"))
    for value, name in (("-100.0", "detractor"), ("100.0", "promoter")):
        row = curves[value].loc[:at].iloc[-1]
        made.append(figure("retention", row["stay"], row["se"], nps_class=name, age_months="12"))
    log_rank(curves)
    return made


def kaplan_meier(days: pd.Series[Any], gone: pd.Series[Any]) -> pd.DataFrame:
    """By day: at risk, left, share still here with Greenwood's standard error."""
    counts = gone.groupby(days).agg(["size", "sum"])
    risk = len(days) - counts["size"].cumsum().shift(fill_value=0)
    stay = (1 - counts["sum"] / risk).cumprod()
    greenwood = (counts["sum"] / (risk * (risk - counts["sum"]).clip(lower=1))).cumsum()
    return pd.DataFrame({"risk": risk, "left": counts["sum"], "stay": stay, "se": stay * np.sqrt(greenwood)})


def log_rank(curves: dict[str, pd.DataFrame]) -> float:
    """Chi-square of the groups against the whole (the sum of (O - E)² / E)."""
    whole = curves[""]
    found = 0.0
    for name, curve in curves.items():
        if name:
            risk = curve["risk"].reindex(whole.index).bfill().fillna(0)
            expected = (risk * whole["left"] / whole["risk"]).sum()
            found += (curve["left"].sum() - expected) ** 2 / expected
    return found
