"""What goes with a theme: NPS of those who mention it and of those who do not, plain and with other themes equal."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import Field

from tools.charts import bars
from tools.comments.coded import THEME, BoolArray, Coded, beside_themes, comment_caveats, read_coded
from tools.comments.themes import add_nps
from tools.measure.compare import LEVEL, Verdict
from tools.moments import cell_moments
from tools.outcome import find_outcome
from tools.result import Column, FactSheet, Model, Result, Table
from tools.scope import Axis, Scope, Where, scope
from tools.stats.contrasts import Contrast
from tools.stats.indicators import adjusted_differences
from tools.stats.multiplicity import holm
from tools.stats.score import Difference
from tools.stats.tails import critical_value
from warehouse.errors import MissingDataError
from warehouse.workspace import Warehouse

WROTE, SILENT = "written", "not written"
MOST_TOGETHER = 3


class ThemeEffect(Model):
    """One theme's NPS against that of all other comments."""

    theme: str
    share: str = Field(description="Id of the fact with its share of the scored comments.")
    nps: str = Field(description="Id: NPS of those who mention it.")
    without: str = Field(description="Id: NPS of the other comments.")
    difference: str = Field(description="Id: the former minus the latter.")
    p_holm: float = Field(description="p-value of that difference, adjusted for all themes.")
    verdict: Verdict = Field(description="NPS of those who mention it, against the others.")
    adjusted: str = Field(description="Id: the difference with all other themes held equal.")
    adjusted_p_holm: float | None = Field(description="Its p-value, adjusted for all themes.")
    adjusted_verdict: Verdict | None = Field(description="None where it could not be computed.")
    change_if_alike: str = Field(
        description="Id: how many points the NPS of all comments would differ if these scored like the others."
    )
    together: list[str] = Field(description="Ids: the themes most often mentioned with it, as shares of its comments.")


class ThemeImpactResult(Result):
    """Themes, those that pull the NPS of the comments down most first."""

    nps: str = Field(description="Id of the NPS of all comments looked at.")
    effects: list[ThemeEffect]
    tested: int = Field(description="Themes that the p-values are adjusted for.")
    written: str | None = Field(
        description="Id: NPS of answers with a comment; None where all carry one, or few do not."
    )
    silent: str | None = Field(description="Id: NPS of answers without a comment.")
    gap: str | None = Field(description="Id: the former minus the latter.")
    gap_verdict: Verdict | None


def theme_impact(
    warehouse: Warehouse,
    *,
    theme: Annotated[str | None, Field(description="One theme of the codebook; all of them when left out.")] = None,
    where: Annotated[Where, Field(description='Filter: {"plan": "Starter"}.')] = {},
    period: Annotated[str | None, Field(description='Only this stretch of time, e.g. "2025-Q4".')] = None,
) -> ThemeImpactResult:
    """NPS of those who mention a theme against those who do not, plain and with the other themes held equal.

    Use it for "which complaints go with low scores", "what does the price theme cost us". It says what goes with a
    theme and how many points lie in it by arithmetic, not what would happen if something were done about it.
    """
    rows = scope(warehouse, where, period)
    beside_themes(rows, [])
    coded = read_coded(warehouse, rows)
    coded = coded.keep(coded.scored)
    base = warehouse.catalog.minimum_base.comments
    judged = _judge(coded, base, max(base, warehouse.catalog.minimum_base.ranking))
    wanted = _wanted(coded, judged, theme, base)
    sheet = FactSheet("theme_impact")
    sheet.statement = 2
    everybody = np.ones(coded.n, dtype=bool)
    whole = add_nps(sheet, coded, everybody, dict(rows.where), base)
    effects = [_effect(sheet, coded, rows, judged[at], judged, base) for at in wanted]
    sql = list(coded.sql)
    written, gap_caveats = _written(warehouse, sheet, rows, sql)
    return ThemeImpactResult(
        facts=sheet.facts,
        caveats=[*comment_caveats(coded), *_caveats(coded, judged), *gap_caveats],
        sql=sql,
        table=_table(sheet, effects),
        chart=_chart(sheet, effects),
        nps=whole.id,
        effects=effects,
        tested=len(judged),
        written=written.written,
        silent=written.silent,
        gap=written.gap,
        gap_verdict=written.verdict,
    )


@dataclass(frozen=True)
class Judged:
    """A theme with its tests."""

    at: int
    name: str
    hit: BoolArray
    plain: Difference
    p_holm: float
    adjusted: Contrast | None
    adjusted_p_holm: float | None


def _judge(coded: Coded, base: int, enough: int) -> dict[int, Judged]:
    """All themes with enough comments on either side, each with its plain and its adjusted difference."""
    counts = coded.mentions.sum(axis=0)
    themes = [at for at in range(len(counts)) if base <= counts[at] <= coded.n - base]
    plain = [coded.difference(coded.mentions[:, at], ~coded.mentions[:, at]) for at in themes]
    joint = _joint(coded, themes, enough)
    tested = [found.p_value for found in joint if found is not None]
    together = iter(holm(tested))
    return {
        at: Judged(
            at,
            coded.codebook.names[at],
            coded.mentions[:, at],
            test,
            p_value,
            found,
            next(together) if found is not None else None,
        )
        for at, test, p_value, found in zip(themes, plain, holm([t.p_value for t in plain]), joint, strict=True)
    }


def _joint(coded: Coded, themes: list[int], enough: int) -> list[Contrast | None]:
    """Each theme's difference with the others held equal; none where too few mention it, or all score alike."""
    marks = coded.mentions[:, themes]
    if coded.n <= 2 * (len(themes) + 1) or len(themes) < 1:
        return [None] * len(themes)
    try:
        found = adjusted_differences(100 * coded.x, marks.astype(float), coded.customer)
    except ValueError:  # all comments are of one or two customers
        return [None] * len(themes)
    sized = [
        _varied(coded.x[marks[:, at]], enough) and _varied(coded.x[~marks[:, at]], enough) for at in range(len(themes))
    ]
    return [contrast if fit else None for contrast, fit in zip(found, sized, strict=True)]


def _varied(x: np.ndarray, enough: int) -> bool:
    return len(x) >= enough and len(np.unique(x)) > 1


def _wanted(coded: Coded, judged: dict[int, Judged], theme: str | None, base: int) -> list[int]:
    """The theme asked for; else all, those first that lower the NPS of the comments most."""
    if theme is not None:
        at = coded.codebook.find(theme)
        if at not in judged:
            name = coded.codebook.names[at]
            raise MissingDataError(
                f"The theme {name!r} is mentioned in fewer than {base} scored comments, or in all but as few; "
                "widen the period or the filter."
            )
        return [at]
    if not judged:
        raise MissingDataError(f"No theme is mentioned in {base} scored comments; widen the period or the filter.")
    return sorted(judged, key=lambda at: (-_alike(coded, judged[at].hit)[0], at))


def _alike(coded: Coded, hit: BoolArray) -> tuple[float, float]:
    """Points by which NPS would differ if those who mention a theme scored like the others, and its standard error.

    NPS of the others minus NPS of all; by the influence of each answer, summed by customer.
    """
    x = 100 * coded.x
    rest = ~hit
    change = x[rest].mean() - x.mean()
    influence = np.where(rest, (x - x[rest].mean()) / rest.mean(), 0.0) - (x - x.mean())
    sums = influence if coded.customer is None else np.bincount(coded.customer, weights=influence)
    groups = coded.n if coded.customer is None else len(np.unique(coded.customer))
    if groups < 2:
        return float(change), math.inf
    return float(change), math.sqrt(groups / (groups - 1) * float(sums @ sums)) / coded.n


def _effect(
    sheet: FactSheet, coded: Coded, rows: Scope, found: Judged, judged: dict[int, Judged], base: int
) -> ThemeEffect:
    where, n = {**rows.where, THEME: found.name}, coded.n
    share, _deff = coded.share(found.hit)
    told = sheet.add("theme_share", share.estimate, "share", n=n, low=share.low, high=share.high, where=where)
    level = add_nps(sheet, coded, found.hit, where, base)
    other = add_nps(sheet, coded, ~found.hit, {**rows.where, THEME: f"not {found.name}"}, base)
    against, test = {**where, "against": f"not {found.name}"}, found.plain
    plain = sheet.add("nps_difference", test.estimate, "points", n=n, low=test.low, high=test.high, where=against)
    sheet.add("p_value_holm", found.p_holm, "p-value", n=n, where=against)
    held = _adjusted(sheet, found, n, {**against, "held equal": "other themes"})
    change, error = _alike(coded, found.hit)
    margin = critical_value(0.95) * error if math.isfinite(error) else math.nan
    low, high = (change - margin, change + margin) if math.isfinite(margin) else (None, None)
    alike = sheet.add("nps_change_if_alike", change, "points", n=n, low=low, high=high, where=where)
    return ThemeEffect(
        theme=found.name,
        share=told.id,
        nps=level.id,
        without=other.id,
        difference=plain.id,
        p_holm=found.p_holm,
        verdict=_verdict(test.estimate, found.p_holm),
        adjusted=held,
        adjusted_p_holm=found.adjusted_p_holm,
        adjusted_verdict=_held_verdict(found),
        change_if_alike=alike.id,
        together=_together(sheet, coded, rows, found, judged, base),
    )


def _adjusted(sheet: FactSheet, found: Judged, n: int, where: dict[str, str]) -> str:
    name, contrast = "nps_difference_adjusted", found.adjusted
    if contrast is None:
        reason = (
            "too few comments with or without the theme, or their scores are all alike, or it always comes with others"
        )
        return sheet.add(name, None, "points", where=where, reason=reason).id
    low, high = max(contrast.low, -200.0), min(contrast.high, 200.0)
    fact = sheet.add(name, contrast.estimate, "points", n=n, low=low, high=high, where=where)
    sheet.add("p_value_holm", found.adjusted_p_holm, "p-value", n=n, where=where)
    return fact.id


def _verdict(estimate: float, p_value: float) -> Verdict:
    if p_value >= LEVEL:
        return "no clear difference"
    return "higher" if estimate > 0 else "lower"


def _held_verdict(found: Judged) -> Verdict | None:
    if found.adjusted is None or found.adjusted_p_holm is None:
        return None
    return _verdict(found.adjusted.estimate, found.adjusted_p_holm)


def _together(
    sheet: FactSheet, coded: Coded, rows: Scope, found: Judged, judged: dict[int, Judged], base: int
) -> list[str]:
    """The themes that its comments mention most beside it."""
    counts = {at: int((found.hit & other.hit).sum()) for at, other in judged.items() if at != found.at}
    most = sorted((at for at, count in counts.items() if count >= base), key=lambda at: (-counts[at], at))
    ids = []
    for at in most[:MOST_TOGETHER]:
        share, _deff = coded.share(judged[at].hit, found.hit)
        where = {**rows.where, THEME: found.name, "with": judged[at].name}
        n = int(found.hit.sum())
        fact = sheet.add(
            "mentioned_together", share.estimate, "share", n=n, low=share.low, high=share.high, where=where
        )
        ids.append(fact.id)
    return ids


@dataclass(frozen=True)
class Written:
    """NPS of answers with and without a comment."""

    written: str | None = None
    silent: str | None = None
    gap: str | None = None
    verdict: Verdict | None = None


def _written(warehouse: Warehouse, sheet: FactSheet, rows: Scope, sql: list[str]) -> tuple[Written, list[str]]:
    """Those who write are not those who do not: their NPS, exactly, whatever was sampled above."""
    told = f"CASE WHEN comment IS NOT NULL AND ltrim(comment) <> '' THEN '{WROTE}' ELSE '{SILENT}' END"
    moments = cell_moments(warehouse, [Axis("comment", told, ("comment",))], rows, find_outcome(warehouse))
    wrote, silent = moments.at(WROTE), moments.at(SILENT)
    base = warehouse.catalog.minimum_base.cell
    if wrote is None or silent is None or min(moments.n[wrote], moments.n[silent]) < base:
        return Written(), []
    sheet.statement = len(sql) + 1
    sql += moments.sql
    ids = []
    for at, label in ((wrote, WROTE), (silent, SILENT)):
        level, where = moments.contrast({at: 1.0}), {**rows.where, "comment": label}
        n, low, high = int(moments.n[at]), max(level.low, -100.0), min(level.high, 100.0)
        ids.append(sheet.add("nps", level.estimate, "points", n=n, low=low, high=high, where=where).id)
    found = moments.contrast({wrote: 1.0, silent: -1.0})
    cell, n = {**rows.where, "comment": WROTE, "against": SILENT}, int(moments.n[[wrote, silent]].sum())
    gap = sheet.add("nps_difference", found.estimate, "points", n=n, low=found.low, high=found.high, where=cell)
    sheet.add("p_value", found.p_value, "p-value", n=n, where=cell)
    verdict = _verdict(found.estimate, found.p_value)
    note = "Themes are known only of those who wrote a comment; what the others would have written is not known."
    return Written(ids[0], ids[1], gap.id, verdict), [note]


def _caveats(coded: Coded, judged: dict[int, Judged]) -> list[str]:
    return [
        f"{len(judged)} themes were tested in {coded.n:,} scored comments; p-values are adjusted for all by Holm's "
        "method.",
        "The adjusted differences hold the other themes equal (least squares on all themes at once, clustered by "
        "customer); they do not hold equal who the customers are.",
        "What the NPS would be if those who mention a theme scored like the others is arithmetic, not a forecast: why "
        "they score as they do is not known from their words.",
    ]


def _table(sheet: FactSheet, effects: list[ThemeEffect]) -> Table:
    facts = {fact.id: fact for fact in sheet.facts}
    rows = [
        [
            effect.theme,
            facts[effect.share].value,
            facts[effect.nps].value,
            facts[effect.without].value,
            facts[effect.difference].value,
            facts[effect.difference].low,
            facts[effect.difference].high,
            effect.p_holm,
            facts[effect.adjusted].value,
            facts[effect.change_if_alike].value,
        ]
        for effect in effects
    ]
    columns = [
        Column(name=THEME),
        Column(name="share", unit="share"),
        Column(name="NPS with it", unit="points"),
        Column(name="without", unit="points"),
        Column(name="difference", unit="points"),
        Column(name="95% low", unit="points"),
        Column(name="95% high", unit="points"),
        Column(name="p (Holm)", unit="p-value"),
        Column(name="other themes equal", unit="points"),
        Column(name="if they scored alike", unit="points"),
    ]
    return Table(title="NPS with and without each theme", columns=columns, rows=[list(row) for row in rows])


def _chart(sheet: FactSheet, effects: list[ThemeEffect]) -> dict[str, object]:
    facts = {fact.id: fact for fact in sheet.facts}
    levels = [(effect.theme, facts[effect.nps]) for effect in effects]
    data = [{THEME: name, "nps": f.value, "low": f.low, "high": f.high, "n": f.n} for name, f in levels]
    return bars(data, [THEME])
