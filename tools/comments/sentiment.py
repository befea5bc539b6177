"""How positive the comments read, by segment and over time, and how well that goes with the scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from tools.comments.language import NAMES
from tools.comments.polarity import NEGATIVE, POSITIVE, FloatArray, Scored, score_english
from tools.comments.reading import Comments, comment_column, read_comments
from tools.comments.sentiment_cells import SentimentCell, SentimentVerdict, sentiment_chart, sentiment_table
from tools.extras import need
from tools.result import FactSheet, Result
from tools.scope import Axis, Scope, Where, axes, beside_calendar, period_axis, scope
from tools.stats.contrasts import clustered_mean_covariance, linear_contrast
from tools.stats.correlation import correlation
from tools.stats.multiplicity import holm
from tools.stats.proportions import wilson_interval
from warehouse.errors import MissingDataError, NpsError
from warehouse.periods import Grain
from warehouse.workspace import Warehouse

MAX_READ = 40_000
MAX_CELLS = 200
LEVEL = 0.05
IntArray = NDArray[np.int64]


class SentimentResult(Result):
    """Sentiment of English comments."""

    cells: list[SentimentCell] = Field(description="One for each value of the split; empty without one.")
    mean: str = Field(description="Id of the fact with the mean compound score of all comments, -1 to 1.")
    positive: str = Field(description="Id of the fact with the share of positive comments.")
    neutral: str = Field(description="Id of the fact with the share of neutral comments.")
    negative: str = Field(description="Id of the fact with the share of negative comments.")
    correlation: str | None = Field(description="Id of the fact with the correlation of compound and score.")
    unhappy_promoters: str | None = Field(description="Id of the share of promoters whose comment reads negative.")
    happy_detractors: str | None = Field(description="Id of the share of detractors whose comment reads positive.")
    leaning: Literal["positive", "negative", "balanced"] = Field(
        description="Side of the mean's interval and of the majority."
    )
    left_out: str = Field(description="Id of the fact with the number of comments not in English.")


def sentiment(
    warehouse: Warehouse,
    *,
    by: Annotated[list[str], Field(description="Dimensions to split by.", max_length=3)] = [],
    where: Annotated[Where, Field(description='Filter: {"plan": "Starter"}.')] = {},
    period: Annotated[str | None, Field(description='Only this stretch of time, e.g. "2025-Q1".')] = None,
    grain: Annotated[Grain | None, Field(description="Also split by calendar periods of this length.")] = None,
    column: Annotated[str | None, Field(description="The column of comments, where there are several.")] = None,
) -> SentimentResult:
    """How positive or negative English comments read (VADER's compound score, -1 to 1), whole or by segment.

    Use it for "what is the sentiment of our comments", "which plan writes most negatively", "do promoters complain".
    It does not say what the comments are about (see `themes`) and does not replace the score that customers gave.
    """
    need("vaderSentiment.vaderSentiment", "comments", "sentiment")
    name, rows = comment_column(warehouse, column), scope(warehouse, where, period)
    split = axes(warehouse, by)
    if grain is not None:
        beside_calendar(rows, split)
        split = [*split, period_axis(warehouse, grain)]
    base = warehouse.catalog.minimum_base.comments
    scored = score_english(_read(warehouse, name, rows, split), base)
    cells = _cells(scored, split, base)
    sheet = FactSheet("sentiment")
    sheet.statement = len(scored.comments.sql)
    whole = _whole(sheet, cells, rows)
    agreement = _agreement(sheet, cells, rows, base)
    others = sum(scored.others.values())
    # Of those that are shown: the number read would give the size of a hidden cell away.
    base_of_left = len(cells.cell) + others
    left = sheet.add("comments_left_out", others, "responses", n=base_of_left, where=dict(rows.where))
    made = _add_cells(sheet, cells, split, rows, base) if split else []
    return SentimentResult(
        facts=sheet.facts,
        caveats=_caveats(scored, cells, base, agreement.r),
        sql=scored.comments.sql,
        table=sentiment_table(sheet, made, split) if split else None,
        chart=sentiment_chart(sheet, made, split) if len(made) > 1 else None,
        cells=made,
        mean=whole.mean,
        positive=whole.positive,
        neutral=whole.neutral,
        negative=whole.negative,
        correlation=agreement.correlation,
        unhappy_promoters=agreement.unhappy_promoters,
        happy_detractors=agreement.happy_detractors,
        leaning=whole.leaning,
        left_out=left.id,
    )


def _read(warehouse: Warehouse, name: str, rows: Scope, split: list[Axis]) -> Comments:
    beside = {"customer": "customer_id", "score": "score", "nps_class": "nps_class"}
    beside |= {f"by{at}": axis.sql for at, axis in enumerate(split)}
    needs = ["customer_id", "score", "nps_class", *(c for axis in split for c in axis.columns)]
    comments = read_comments(warehouse, name, rows, beside=beside, needs=needs, limit=MAX_READ)
    if not len(comments):
        where = ", ".join(f"{key} {value}" for key, value in rows.where.items()) or "this data"
        raise MissingDataError(f"There are no comments that say something for {where}; widen the filter or the period.")
    return comments


@dataclass(frozen=True)
class _Cells:
    """Comments of the shown cells: their compound, customer, score, class, and the cell of each."""

    compound: FloatArray
    customer: IntArray
    score: FloatArray
    nps_class: NDArray[np.object_]
    cell: IntArray
    keys: list[tuple[str, ...]]
    hidden: list[tuple[str, ...]]


def _cells(scored: Scored, split: Sequence[Axis], base: int) -> _Cells:
    """Cells with too few comments are left out of the whole too, so that nothing gives them away by subtraction."""
    columns, n = scored.comments.columns, len(scored.comments)
    labels = [tuple(str(columns[f"by{at}"][i]) for at in range(len(split))) for i in range(n)]
    known = sorted(set(labels))
    counts = dict.fromkeys(known, 0)
    for key in labels:
        counts[key] += 1
    shown = [key for key in known if counts[key] >= base]
    if not shown:
        raise MissingDataError(
            f"No cell of this split has {base} comments in English; use fewer dimensions, a coarser grain or a longer "
            "period."
        )
    if len(shown) > MAX_CELLS:
        raise NpsError(f"That is a split into more than {MAX_CELLS} cells; use fewer dimensions or a coarser grain.")
    place = {key: at for at, key in enumerate(shown)}
    cell = np.array([place.get(key, -1) for key in labels])
    keep = cell >= 0
    who = [f"c{value}" if value is not None else f"r{i}" for i, value in enumerate(columns["customer"])]
    _names, customer = np.unique(np.array(who), return_inverse=True)
    score = np.array([np.nan if value is None else float(value) for value in columns["score"]])
    return _Cells(
        scored.compound[keep],
        customer[keep],
        score[keep],
        columns["nps_class"][keep],
        cell[keep],
        shown,
        [key for key in known if key not in place],
    )


@dataclass(frozen=True)
class _Whole:
    mean: str
    positive: str
    neutral: str
    negative: str
    leaning: Literal["positive", "negative", "balanced"]


def _whole(sheet: FactSheet, cells: _Cells, rows: Scope) -> _Whole:
    """All comments together."""
    low, high, mean = _add_mean(sheet, cells.compound, cells.customer, dict(rows.where))
    kinds = {
        "positive": cells.compound >= POSITIVE,
        "neutral": (cells.compound > NEGATIVE) & (cells.compound < POSITIVE),
        "negative": cells.compound <= NEGATIVE,
    }
    ids = {}
    for kind, is_so in kinds.items():
        sheet.add(f"{kind}_comments", int(is_so.sum()), "responses", n=len(is_so), where=dict(rows.where))
        ids[kind] = _add_share(sheet, f"{kind}_share", is_so, cells.customer, dict(rows.where))
    more = int(kinds["positive"].sum()) - int(kinds["negative"].sum())
    leaning: Literal["positive", "negative", "balanced"] = "balanced"
    if low is not None and low > 0 and more > 0:
        leaning = "positive"
    if high is not None and high < 0 and more < 0:
        leaning = "negative"
    return _Whole(mean, ids["positive"], ids["neutral"], ids["negative"], leaning)


def _add_mean(
    sheet: FactSheet, values: FloatArray, customers: IntArray, where: dict[str, str]
) -> tuple[float | None, float | None, str]:
    """The mean with its interval clustered by customer; equal scores, or one customer's comments, have none."""
    mean, covariance, n = clustered_mean_covariance(values, np.zeros(len(values), dtype=int), customers)
    low = high = None
    if 0 < covariance[0, 0] < np.inf:
        found = linear_contrast(mean, covariance, [1.0], df=len(np.unique(customers)) - 1)
        low, high = max(-1.0, found.low), min(1.0, found.high)
    fact = sheet.add("mean_sentiment", float(mean[0]), "number", n=int(n[0]), low=low, high=high, where=where)
    return low, high, fact.id


def _add_share(
    sheet: FactSheet, name: str, is_so: NDArray[np.bool_], customers: IntArray, where: dict[str, str]
) -> str:
    """A share with Wilson's interval on the base that clustering leaves."""
    values = is_so.astype(float)
    mean, covariance, n = clustered_mean_covariance(values, np.zeros(len(values), dtype=int), customers)
    share, count = float(mean[0]), float(n[0])
    spread, variance = share * (1 - share), float(covariance[0, 0])
    effect = max(1.0, variance * (count - 1) / spread) if spread > 0 and np.isfinite(variance) else 1.0
    interval = wilson_interval(share * count / effect, count / effect)
    return sheet.add(name, share, "share", n=int(count), low=interval.low, high=interval.high, where=where).id


@dataclass(frozen=True)
class _Agreement:
    correlation: str | None
    unhappy_promoters: str | None
    happy_detractors: str | None
    r: float | None


def _agreement(sheet: FactSheet, cells: _Cells, rows: Scope, base: int) -> _Agreement:
    """Do the words say what the score says?"""
    has = np.isfinite(cells.score)
    r = None
    fact = None
    if has.sum() >= base and np.ptp(cells.score[has]) > 0 and np.ptp(cells.compound[has]) > 0:
        found = correlation(cells.compound[has], cells.score[has], clusters=cells.customer[has])
        r = found.estimate
        fact = sheet.add(
            "sentiment_score_correlation",
            r,
            "number",
            n=int(has.sum()),
            low=found.low,
            high=found.high,
            where=dict(rows.where),
        ).id
    ids: list[str | None] = []
    for name, nps_class, contrary in (
        ("unhappy_promoter", "promoter", cells.compound <= NEGATIVE),
        ("happy_detractor", "detractor", cells.compound >= POSITIVE),
    ):
        own = cells.nps_class == nps_class
        if own.sum() < base:
            ids.append(None)
            continue
        where = {**rows.where, "nps_class": nps_class}
        sheet.add(f"{name}s", int(contrary[own].sum()), "responses", n=int(own.sum()), where=where)
        ids.append(_add_share(sheet, f"{name}_share", contrary[own], cells.customer[own], where))
    return _Agreement(fact, ids[0], ids[1], r)


def _add_cells(sheet: FactSheet, cells: _Cells, split: Sequence[Axis], rows: Scope, base: int) -> list[SentimentCell]:
    """The mean of each cell, and whether it differs from all other comments."""
    means, covariance, n = clustered_mean_covariance(cells.compound, cells.cell, cells.customer)
    customers = [len(np.unique(cells.customer[cells.cell == at])) for at in range(len(cells.keys))]
    tests = _against_rest(means, covariance, n, customers)
    made = []
    for at, key in enumerate(cells.keys):
        where = {**rows.where, **{axis.name: value for axis, value in zip(split, key, strict=True)}}
        own = cells.cell == at
        _low, _high, mean = _add_mean(sheet, cells.compound[own], cells.customer[own], where)
        _add_share(sheet, "positive_share", cells.compound[own] >= POSITIVE, cells.customer[own], where)
        _add_share(sheet, "negative_share", cells.compound[own] <= NEGATIVE, cells.customer[own], where)
        cell = SentimentCell(where=where, n=int(n[at]), mean=mean)
        made.append(_with_test(sheet, cell, tests[at], int(n[at])) if at in tests else cell)
    for key in cells.hidden:
        where = {**rows.where, **{axis.name: value for axis, value in zip(split, key, strict=True)}}
        fact = sheet.add("mean_sentiment", None, "number", where=where, reason=f"fewer than {base} comments in English")
        made.append(SentimentCell(where=where, n=None, mean=fact.id))
    return made


@dataclass(frozen=True)
class _Test:
    estimate: float
    low: float
    high: float
    p_holm: float


def _against_rest(means: FloatArray, covariance: FloatArray, n: FloatArray, customers: list[int]) -> dict[int, _Test]:
    """Each cell's mean minus that of all other comments; two cells are one test.

    Student's t with the customers of the smaller side, less one, as degrees of freedom.
    """
    k = len(means)
    found = {}
    for at in range(k) if k > 1 and np.all(np.isfinite(covariance)) else ():
        weights = -n / (n.sum() - n[at])
        weights[at] = 1.0
        if weights @ covariance @ weights > 0:
            df = min(customers[at], sum(customers) - customers[at]) - 1
            found[at] = linear_contrast(means, covariance, weights, df=df)
    chances = [test.p_value for test in found.values()]
    adjusted = chances if k == 2 else holm(chances)
    return {
        at: _Test(test.estimate, test.low, test.high, p) for (at, test), p in zip(found.items(), adjusted, strict=True)
    }


def _with_test(sheet: FactSheet, cell: SentimentCell, test: _Test, n: int) -> SentimentCell:
    where = {**cell.where, "against": "rest"}
    difference = sheet.add(
        "sentiment_difference", test.estimate, "number", n=n, low=test.low, high=test.high, where=where
    )
    chance = sheet.add("p_holm", test.p_holm, "p-value", n=n, where=where)
    clear = test.p_holm < LEVEL
    verdict: SentimentVerdict = "more positive" if test.estimate > 0 else "more negative"
    cell.difference, cell.p_holm, cell.verdict = difference.id, chance.id, verdict if clear else "no clear difference"
    return cell


def _caveats(scored: Scored, cells: _Cells, base: int, r: float | None) -> list[str]:
    caveats = list(scored.comments.caveats)
    strength = (
        f"its agreement with the scores here is r = {r:.2f}"
        if r is not None
        else "it cannot be set against scores here"
    )
    caveats.append(
        f"VADER was built for social media in English: it counts words and knows neither irony nor the words of your "
        f"trade; {strength}."
    )
    if scored.others:
        parts = [f"{n:,} {NAMES.get(c, 'of unknown language')}" for c, n in scored.others.items()]
        caveats.append(f"Only comments in English are counted; left out: {', '.join(parts[:5])}.")
    if scored.assumed:
        caveats.append(
            f"{scored.assumed:,} comments are too short to tell their language and count as English, as nearly all "
            "others are."
        )
    if cells.hidden:
        caveats.append(
            f"{len(cells.hidden)} cells with fewer than {base} comments are not shown and not in the whole either."
        )
    caveats.append("Those who write a comment are not like those who do not; this is the sentiment of the comments.")
    return caveats
