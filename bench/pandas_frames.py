"""What the analyst's scripts share: reading the company's Parquet files, and errors clustered by customer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

Figure = dict[str, Any]
How = Literal["exact", "near", "sampled"]
Way = Callable[[Path], list[Figure]]
WAYS: dict[str, Way] = {}
DIMENSIONS = ["plan", "country", "billing", "onboarding", "variant"]
Z = 1.959964
LAST = pd.Timestamp("2025-12-31")


def way(function: Way) -> Way:
    """Put it on the list under its own name."""
    WAYS[function.__name__] = function
    return function


def figure(name: str, value: float | str, se: float | None = None, how: How = "exact", **where: str) -> Figure:
    """A figure to be compared with the fact of that name and cell.

    `how`: exact; near where another estimator of the same quantity is used; sampled where either side takes a sample.
    """
    width = None if se is None else 2 * Z * float(se)
    told = value if isinstance(value, str) else float(value)
    return {"name": name, "value": told, "width": width, "how": how, "where": where}


def survey(folder: Path, *columns: str, scored: bool = True) -> pd.DataFrame:
    """Answers with `value`: 100 for promoters, -100 for detractors."""
    found = pd.read_parquet(folder / "survey.parquet", columns=["score", *columns])
    if scored:
        found = found[found["score"].notna()]
    found["value"] = 100.0 * ((found["score"] >= 9).astype("int8") - (found["score"] <= 6).astype("int8"))
    return found


def customers(folder: Path, *columns: str) -> pd.DataFrame:
    """Customers with their id."""
    return pd.read_parquet(folder / "customers.parquet", columns=["customer_id", *columns])


def joined(folder: Path, columns: Sequence[str], attributes: Sequence[str]) -> pd.DataFrame:
    """Scored answers with attributes of their customers."""
    answers = survey(folder, "customer_id", *columns)
    return answers.merge(customers(folder, *attributes), on="customer_id", how="left")


def month(dates: pd.Series[Any]) -> np.ndarray[Any, Any]:
    """Months since 1970."""
    return dates.to_numpy().astype("datetime64[M]").astype("int64")


def between(frame: pd.DataFrame, first: str, after: str) -> pd.DataFrame:
    """Answers from a day to before another."""
    return frame[(frame["responded_at"] >= first) & (frame["responded_at"] < after)]


def cells(frame: pd.DataFrame, by: Sequence[str] = (), of: str = "value") -> pd.DataFrame:
    """n, mean and standard error clustered by customer, for each cell."""
    keys = list(by) or ["_all"]
    if not by:
        frame = frame.assign(_all=0)
    units = frame.groupby([*keys, "customer_id"], observed=True, sort=False)[of].agg(["sum", "count"]).reset_index()
    groups = units.groupby(keys, observed=True)
    total = groups.agg(total=("sum", "sum"), n=("count", "sum"), customers=("count", "size"))
    total["mean"] = total["total"] / total["n"]
    units = units.merge(total[["mean"]], left_on=keys, right_index=True)
    units["off"] = (units["sum"] - units["mean"] * units["count"]) ** 2
    spread = units.groupby(keys, observed=True)["off"].sum() * total["customers"] / (total["customers"] - 1)
    return total.assign(se=np.sqrt(spread) / total["n"])


def clustered_error(influence: Any, who: Any) -> float:
    """Standard error of a sum of influences, by customer."""
    return float(np.sqrt((pd.Series(np.asarray(influence)).groupby(np.asarray(who)).sum() ** 2).sum()))


def least_squares(x: np.ndarray[Any, Any], y: np.ndarray[Any, Any], who: Any) -> tuple[Any, Any]:
    """Coefficients and their standard errors, clustered by customer."""
    bread = np.linalg.pinv(x.T @ x)
    beta = bread @ x.T @ y
    scores = pd.DataFrame(x * (y - x @ beta)[:, None]).groupby(np.asarray(who)).sum().to_numpy()
    return beta, np.sqrt(np.diag(bread @ scores.T @ scores @ bread))
