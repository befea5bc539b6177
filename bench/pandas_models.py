"""The tools that explain and that judge causes, as an analyst would write them in plain pandas."""

from __future__ import annotations

from itertools import combinations
from math import factorial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pandas_frames import (
    DIMENSIONS,
    Figure,
    between,
    cells,
    clustered_error,
    customers,
    figure,
    joined,
    least_squares,
    month,
    survey,
    way,
)

RATINGS = ["rating_support", "rating_product", "rating_website"]
SEED = 1
DRAWS = 20
Array = np.ndarray[Any, Any]


@way
def decompose_change(folder: Path) -> list[Figure]:
    names = ["plan", "country", "channel"]
    frame = between(joined(folder, ["responded_at", "channel"], names[:2]), "2025-04-01", "2026-01-01")
    late = frame["responded_at"] >= "2025-10-01"
    frame = frame[late | (frame["responded_at"] < "2025-07-01")].assign(late=late)
    table = frame.groupby([*names, "late"])["value"].agg(["mean", "size"]).unstack()
    n, means = table["size"], table["mean"]
    shares = n / n.sum()
    middle = shares.mean(axis=1)
    within = middle * (means[True] - means[False])
    mix = (shares[True] - shares[False]) * means.mean(axis=1)
    told = frame.merge(middle.rename("middle"), left_on=names, right_index=True)
    told = told.merge(
        pd.DataFrame({"m0": means[False], "m1": means[True], "n0": n[False], "n1": n[True]}).reset_index()
    )
    after = told["late"]
    size, mean = told["n1"].where(after, told["n0"]), told["m1"].where(after, told["m0"])
    influence = told["middle"] * (told["value"] - mean) / size * np.where(after, 1, -1)
    error = clustered_error(influence, told["customer_id"])
    return [
        figure("mix_effect", mix.sum(), dimension="plan × country × channel"),
        figure("within_effect", within.sum(), error, dimension="plan × country × channel"),
    ]


@way
def find_outliers(folder: Path) -> list[Figure]:
    from scipy import stats

    frame, names = with_tenure(joined(folder, ["responded_at", "channel"], [*DIMENSIONS, "joined_at"]))
    whole = cells(frame).iloc[0]
    spread = frame["value"].var()
    inflation = whole["se"] ** 2 * len(frame) / spread
    found = []
    for by in [*((name,) for name in names), *combinations(names, 2)]:
        part = frame.groupby(list(by), observed=True)["value"].agg(["size", "sum", "var"])
        found.append(part.assign(cell=[at if isinstance(at, tuple) else (at,) for at in part.index], by=" ".join(by)))
    every = pd.concat(found, ignore_index=True)
    every = every[every["size"] >= 20]
    rest, n = (frame["value"].sum() - every["sum"]) / (len(frame) - every["size"]), every["size"]
    every["difference"] = every["sum"] / n - rest
    every["se"] = np.sqrt(inflation * (every["var"] / n + spread / (len(frame) - n)))
    p = np.sort(2 * stats.norm.sf(np.abs(every["difference"] / every["se"])))
    np.maximum.accumulate(p * np.arange(len(p), 0, -1))
    starter = every[(every["by"] == "plan") & (every["cell"] == ("Starter",))].iloc[0]
    return [
        figure("cuts_tried", len(every)),
        figure("nps", starter["sum"] / starter["size"], plan="Starter"),
        figure("nps_difference", starter["difference"], starter["se"], plan="Starter", against="rest"),
    ]


def with_tenure(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """The answers with their customers' tenure, and the dimensions that a search looks at."""
    days = (frame["responded_at"].dt.normalize() - frame["joined_at"]).dt.days
    frame["tenure"] = pd.cut(days, [-1, 89, 364, 729, 10**6], labels=["a", "b", "c", "2 years and more"])
    names = ["channel", *DIMENSIONS, "tenure"]
    frame[names] = frame[names].astype("category")
    return frame, names


@way
def priorities(folder: Path) -> list[Figure]:
    """Every cell of the last two quarters against the rest, and the change and the cost of those with long tenure."""
    whole = between(joined(folder, ["responded_at", "channel"], [*DIMENSIONS, "joined_at"]), "2025-07-01", "2026-01-01")
    frame, names = with_tenure(whole)
    late = frame["responded_at"] >= "2025-10-01"
    tried = 0
    for by in [*((name,) for name in names), *combinations(names, 2)]:
        tried += int((frame.groupby(list(by), observed=True)["value"].size() >= 20).sum())
    for name in names:
        cells(frame.assign(late=late), [name, "late"])
    inside = (frame["tenure"] == "2 years and more").to_numpy()
    value, share = frame["value"].to_numpy(), inside.mean()
    level, rest = value.mean(), value[~inside].mean()
    influence = np.where(inside, 0.0, (value - rest) / (1 - share)) - (value - level)
    error = clustered_error(pd.Series(influence / len(frame), index=frame.index), frame["customer_id"])
    own = frame[inside].assign(late=late[inside])
    means = own.groupby("late")["value"].agg(["mean", "size"])
    signed = np.where(own["late"], 1.0, -1.0) / own["late"].map(means["size"]).to_numpy(float)
    moved = clustered_error(
        (own["value"] - own["late"].map(means["mean"])).to_numpy(float) * signed, own["customer_id"]
    )
    cell = {"tenure": "2 years and more"}
    return [
        figure("cuts_tried", tried),
        figure("cost_to_whole", rest - level, error, **cell),
        figure("nps_difference", means["mean"][True] - means["mean"][False], moved, **cell, period="2025-Q4"),
    ]


@way
def key_drivers(folder: Path) -> list[Figure]:
    """Shapley's shares of R² with a bootstrap of customers, and a proportional-odds model, of 50,000 answers."""
    attributes = [*DIMENSIONS, "joined_at", "monthly_fee"]
    frame = joined(folder, ["responded_at", "channel", *RATINGS], attributes).sample(50_000, random_state=SEED)
    days = (frame["responded_at"].dt.normalize() - frame["joined_at"]).dt.days
    frame["tenure_days"] = days.where(days >= 0)
    frame = with_orders(frame, folder).dropna(subset=["tenure_days"])
    numbers = [*RATINGS, "monthly_fee", "tenure_days", "orders_before", "amount_before"]
    dummies = pd.get_dummies(frame[["channel", *DIMENSIONS]], drop_first=True, dtype=float)
    x = np.column_stack([frame[numbers].to_numpy(float), dummies])
    blocks = [[at] for at in range(len(numbers))]
    starts = [f"{name}_" for name in ["channel", *DIMENSIONS]]
    blocks += [[len(numbers) + at for at, made in enumerate(dummies) if made.startswith(start)] for start in starts]
    y = frame["value"].to_numpy()
    who = frame["customer_id"].factorize()[0]
    rng, draws = np.random.default_rng(SEED), []
    for _draw in range(DRAWS):
        times = np.bincount(rng.integers(0, who.max() + 1, who.max() + 1), minlength=who.max() + 1)[who]
        draws.append(shapley(np.cov(np.column_stack([x, y]).T, fweights=times), blocks))
    weights = shapley(np.cov(np.column_stack([x, y]).T), blocks)
    proportional_odds(x, y)
    spread = np.array(draws).std(axis=0)
    return [
        figure("explained_variation", weights.sum(), np.array(draws).sum(axis=1).std(), "sampled"),
        *(figure("weight", weights[at], spread[at], "sampled", driver=name) for at, name in enumerate(RATINGS)),
    ]


def with_orders(frame: pd.DataFrame, folder: Path) -> pd.DataFrame:
    """Number and amount of the customer's orders before the answer."""
    orders = pd.read_parquet(folder / "orders.parquet", columns=["customer_id", "ordered_at", "amount"])
    both = frame[["customer_id", "responded_at"]].reset_index().merge(orders, on="customer_id")
    both = both[both["ordered_at"] < both["responded_at"].dt.normalize()]
    sums = both.groupby("index")["amount"].agg(orders_before="size", amount_before="sum")
    return frame.join(sums).fillna({"orders_before": 0, "amount_before": 0})


def shapley(covariance: Array, blocks: list[list[int]]) -> Array:
    """Each block's share of the variance, over all subsets of blocks."""
    k, total = len(blocks), covariance[-1, -1]
    explained = np.zeros(2**k)
    for subset in range(1, 2**k):
        at = [column for block in range(k) if subset >> block & 1 for column in blocks[block]]
        c = covariance[at, -1]
        explained[subset] = c @ np.linalg.solve(covariance[np.ix_(at, at)], c) / total
    size = np.array([subset.bit_count() for subset in range(2**k)])
    weight = np.array([factorial(s) * factorial(k - s - 1) / factorial(k) if s < k else 0 for s in range(k + 1)])
    every, found = np.arange(2**k), np.zeros(k)
    for block in range(k):
        without = every[(every >> block & 1) == 0]
        found[block] = (weight[size[without]] * (explained[without | 1 << block] - explained[without])).sum()
    return found


def proportional_odds(x: Array, y: Array) -> Array:
    """Coefficients of the ordinal logit of the class."""
    from statsmodels.miscmodels.ordinal_model import OrderedModel

    scaled = (x - x.mean(axis=0)) / x.std(axis=0)
    model = OrderedModel(pd.Categorical(y, ordered=True), scaled, distr="logit")
    return np.asarray(model.fit(method="bfgs", disp=False).params)


@way
def find_change_points(folder: Path) -> list[Figure]:
    """The largest step over all dates, split again while one is there; the null distribution is simulated."""
    frame = survey(folder, "customer_id", "responded_at")
    frame["month"] = month(frame["responded_at"])
    found = cells(frame, ["month"])
    means, weights = found["mean"].to_numpy(), 1 / found["se"].to_numpy() ** 2
    rng, left, steps = np.random.default_rng(SEED), [(0, len(means))], []
    while left:
        low, high = left.pop()
        if high - low < 2:
            continue
        w = weights[low:high]
        noise = rng.standard_normal((2_000, high - low)) / np.sqrt(w)
        seen, null = step_sizes(means[None, low:high], w)[0], step_sizes(noise, w).max(axis=1)
        if seen.max() > np.quantile(null, 0.95):
            cut = low + int(seen.argmax()) + 1
            steps.append(cut)
            left += [(low, cut), (cut, high)]
    last = found.iloc[-1]
    first = str(np.datetime64(int(found.index[min(steps)]), "M"))
    return [
        figure("nps", last["mean"], last["se"], period="2025-12"),
        figure("first_period_after", first, period=first),
    ]


def step_sizes(series: Array, weights: Array) -> Array:
    """|z| of the step after each period, for each series."""
    before, total = np.cumsum(weights)[:-1], weights.sum()
    sums = np.cumsum(series * weights, axis=1)
    one, two = sums[:, :-1] / before, (sums[:, -1:] - sums[:, :-1]) / (total - before)
    sizes: Array = np.abs(two - one) / np.sqrt(1 / before + 1 / (total - before))
    return sizes


@way
def seasonality(folder: Path) -> list[Figure]:
    frame = survey(folder, "customer_id", "responded_at")
    frame["month"] = month(frame["responded_at"])
    found = cells(frame, ["month"])
    time = found.index.to_numpy() - found.index[0]
    hats = np.column_stack([np.ones(36), time, np.clip(time - 17.5, 0, None)])
    seasons = (time[:, None] % 12 == np.arange(11)).astype(float) - (time[:, None] % 12 == 11)
    x, root = np.column_stack([seasons, hats]), 1 / found["se"].to_numpy()
    bread = np.linalg.inv((x * root[:, None]).T @ (x * root[:, None]))
    beta = bread @ (x * root[:, None]).T @ (found["mean"].to_numpy() * root)
    beta[:11] @ np.linalg.solve(bread[:11, :11], beta[:11])
    return [figure("season_effect", beta[0], np.sqrt(bread[0, 0]), "near", month="January")]


@way
def impact(folder: Path) -> list[Figure]:
    """Difference in differences, by plan and by month; adjusted for covariates in 60,000 answers."""
    frame = joined(folder, ["responded_at", "channel"], DIMENSIONS)
    frame["treated"] = (frame["billing"] == "monthly").astype(int)
    frame["after"] = (frame["responded_at"] >= "2024-07-01").astype(int)
    frame["month"] = month(frame["responded_at"])
    where = {"billing": "monthly"}
    made = [figure("difference_in_differences", *differences(frame), **where)]
    for plan, part in frame.groupby("plan"):
        made.append(figure("effect_in_segment", *differences(part), plan=str(plan), **where))
    events = cells(frame, ["treated", "month"])["mean"].unstack()
    study = (events.loc[1] - events.loc[0]) - (events.loc[1, 54 * 12 + 5] - events.loc[0, 54 * 12 + 5])
    made.append(figure("effect_in_period", study.iloc[0], period="2023-01", **where))
    some = frame.sample(60_000, random_state=SEED)
    covariates = pd.get_dummies(some[["channel", "plan", "country", "onboarding", "variant"]], drop_first=True)
    sides = np.column_stack([np.ones(len(some)), some["treated"], some["after"], some["treated"] * some["after"]])
    held = covariates.to_numpy(float)
    x = np.column_stack([sides, held, held * sides[:, [2]]])
    beta, errors = least_squares(x, some["value"].to_numpy(), some["customer_id"].factorize()[0])
    made.append(figure("difference_in_differences_adjusted", beta[3], errors[3], "sampled", **where))
    return made


def differences(frame: pd.DataFrame) -> tuple[float, float]:
    """Difference in differences with its standard error, clustered by customer."""
    means = frame.groupby(["treated", "after"])["value"].agg(["mean", "size"])
    keys = pd.MultiIndex.from_arrays([frame["treated"], frame["after"]])
    own = means.reindex(keys)
    sign = np.where(frame["treated"] == frame["after"], 1, -1)
    influence = sign * (frame["value"].to_numpy() - own["mean"].to_numpy()) / own["size"].to_numpy()
    m = means["mean"]
    return m[1, 1] - m[1, 0] - m[0, 1] + m[0, 0], clustered_error(influence, frame["customer_id"])


@way
def matched_effect(folder: Path) -> list[Figure]:
    """Plain difference of all; propensity weighting and matching in 100,000 answers."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.neighbors import NearestNeighbors

    frame = joined(folder, ["responded_at", "channel"], [*DIMENSIONS, "joined_at", "monthly_fee"])
    frame["treated"] = frame["onboarding"] == "guided"
    arms = cells(frame, ["treated"])
    sides = frame["treated"].map(arms["n"]).to_numpy() * np.where(frame["treated"], 1, -1)
    influence = (frame["value"] - frame["treated"].map(arms["mean"])).to_numpy() / sides
    naive = clustered_error(influence, frame["customer_id"])
    some = frame.sample(100_000, random_state=SEED)
    some["tenure_days"] = (some["responded_at"] - some["joined_at"]).dt.days.clip(lower=0)
    some = with_orders(some, folder)
    names = ["monthly_fee", "tenure_days", "orders_before", "amount_before"]
    kinds = pd.get_dummies(some[["channel", "plan", "country", "billing", "variant"]], drop_first=True, dtype=float)
    x = np.column_stack([(some[names] - some[names].mean()) / some[names].std(), kinds])
    treated, y = some["treated"].to_numpy(), some["value"].to_numpy()
    score = LogisticRegression(C=1e6, max_iter=200).fit(x, treated).predict_proba(x)[:, 1]
    weight = np.where(treated, 1, score / (1 - score))
    design = np.column_stack([np.ones(len(y)), treated]) * np.sqrt(weight)[:, None]
    beta, errors = least_squares(design, y * np.sqrt(weight), some["customer_id"].factorize()[0])
    logit = np.log(score / (1 - score))[:, None]
    near = NearestNeighbors(n_neighbors=1).fit(logit[~treated]).kneighbors(logit[treated], return_distance=False)
    (y[treated] - y[~treated][near.ravel()]).mean()
    return [
        figure("naive_difference", arms.loc[True, "mean"] - arms.loc[False, "mean"], naive, method="none"),
        figure("adjusted_difference", beta[1], errors[1], "sampled", method="propensity weighting"),
    ]


@way
def experiment(folder: Path) -> list[Figure]:
    from scipy import stats

    people = customers(folder, "variant")
    stats.chisquare(people["variant"].value_counts())
    every = survey(folder, "customer_id", "responded_at")
    before = every[every["responded_at"] < "2024-07-01"].groupby("customer_id")["value"].mean().rename("before")
    frame = every[every["responded_at"] >= "2024-07-01"].merge(people, on="customer_id")
    arms = cells(frame, ["variant"])
    error = np.hypot(*arms["se"])
    frame = frame.merge(before, left_on="customer_id", right_index=True, how="left")
    known = frame["before"].notna()
    frame["before"] = frame["before"].fillna(frame["before"].mean())
    b = (frame["variant"] == "B").to_numpy(float)
    x = np.column_stack([np.ones(len(b)), b, frame["before"], ~known])
    beta, errors = least_squares(x, frame["value"].to_numpy(), frame["customer_id"].factorize()[0])
    return [
        figure("assigned", (people["variant"] == "A").sum(), variant="A"),
        figure("nps_difference", arms.loc["B", "mean"] - arms.loc["A", "mean"], error, variant="B"),
        figure("cuped_difference", beta[1], errors[1], "near", variant="B"),
    ]


@way
def sample_size(folder: Path) -> list[Figure]:
    frame = survey(folder, "customer_id")
    found, deviation = cells(frame).iloc[0], frame["value"].std(ddof=0)
    inflation = found["se"] ** 2 * len(frame) / deviation**2
    n = 2 * ((1.959964 + 0.841621) * deviation / 3) ** 2 * inflation
    return [figure("standard_deviation", deviation), figure("answers_for_difference", n, None, "near")]
