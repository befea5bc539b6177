"""What comments are about: themes with their shares, who mentions them, and how far the coding can be relied on."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from tools.charts import SCHEMA
from tools.comments.by_segment import SegmentTest, ThemeSegment, by_segment, segments_table, split_of
from tools.comments.codebook import FILE_NAME, Provenance
from tools.comments.coded import (
    THEME,
    BoolArray,
    Coded,
    add_languages,
    beside_themes,
    comment_caveats,
    comment_column,
    read_coded,
)
from tools.comments.handcoded import ThemeAgreement, against_hand_codes
from tools.comments.shares import difference_of_shares
from tools.measure.compare import LEVEL
from tools.result import Column, Fact, FactSheet, Model, Result, Table
from tools.scope import Scope, Where, scope
from tools.stats.multiplicity import holm
from warehouse.engine import identifier
from warehouse.errors import NpsError
from warehouse.workspace import Warehouse

NpsClass = Literal["promoter", "passive", "detractor"]
Leaning = Literal["detractors", "promoters", "no clear difference", "not tested"]


class ThemeRow(Model):
    """One theme."""

    theme: str
    provenance: Provenance = Field(description="starter: shipped with npsight; mined: found here; user: by hand.")
    comments: str = Field(description="Id of the fact with the number of comments that mention it.")
    share: str = Field(description="Id of the fact with its share of the comments.")
    nps: str = Field(description="Id of the fact with the NPS of those who mention it.")
    detractor_share: str | None = Field(None, description="Id: its share of the detractors' comments.")
    promoter_share: str | None = Field(None, description="Id: its share of the promoters' comments.")
    difference: str | None = Field(None, description="Id: the former minus the latter.")
    p_holm: float | None = Field(None, description="p-value of that difference, adjusted for all themes tested.")
    leans: Leaning = Field(description="Whose comments clearly speak of it more often.")


class ThemesResult(Result):
    """Themes, the commonest first."""

    comments: str = Field(description="Id of the fact with the number of comments that say something.")
    written: str = Field(description="Id of the fact with the share of answers that carry a comment.")
    no_theme: str = Field(description="Id of the fact with the share of comments in no theme.")
    several: str = Field(description="Id of the fact with the share of comments in two themes or more.")
    codebook: Literal["codebook.yaml", "found in the comments"]
    nps_class: NpsClass | None = Field(None, description="Whose comments alone were looked at; None for everybody's.")
    themes: list[ThemeRow]
    detractors_most: str | None = Field(
        None, description="The listed theme that detractors clearly mention more often than promoters, by most."
    )
    languages: list[str] = Field(description="Ids of the facts with the languages' shares, the commonest first.")
    segments: list[ThemeSegment] = Field(default_factory=list, description="Theme by segment, where by was given.")
    segment_tests: list[SegmentTest] = Field(default_factory=list, description="Whether a theme's share differs by it.")
    agreement: list[ThemeAgreement] = Field(default_factory=list, description="Against hand codes, where given.")


def themes(
    warehouse: Warehouse,
    *,
    where: Annotated[Where, Field(description='Filter: {"plan": "Starter"}.')] = {},
    period: Annotated[str | None, Field(description='Only this stretch of time, e.g. "2025-Q4".')] = None,
    nps_class: Annotated[NpsClass | None, Field(description="Only comments of this class of answers.")] = None,
    by: Annotated[list[str], Field(description="Dimensions: each theme's share in every segment, tested.")] = [],
    column: Annotated[str | None, Field(description="Another column of texts than the survey's comment.")] = None,
    hand_coded: Annotated[
        str | None, Field(description="Column with codes given by hand, separated by ;, to check the coding against.")
    ] = None,
    limit: Annotated[int, Field(ge=1, le=30, description="Most themes to list.")] = 10,
) -> ThemesResult:
    """What comments are about: the share of each theme, who mentions it, and how sure the coding is.

    Use it for "what do customers talk about", "what do detractors complain about", "themes by segment". Themes come
    from codebook.yaml in the workspace, else from the comments. It counts words and reads no sense, and it does not say
    what a theme does to the NPS (`theme_impact`) nor show comments.
    """
    rows = scope(warehouse, where, period)
    split = split_of(warehouse, by, rows)
    beside_themes(rows, [axis.name for axis in split])
    if nps_class is not None:
        _only(rows, nps_class)
    coded = read_coded(warehouse, rows, column=column, split=split)
    sheet = FactSheet("themes")
    sheet.statement = 2
    segmented = by_segment(warehouse, coded, split) if split else None
    base = segmented.coded if segmented else coded
    head = _head(sheet, base, rows)
    listed, left_out = _listed(warehouse, base, limit)
    found = _rows(warehouse, sheet, base, rows, listed, tested=nps_class is None)
    caveats = [*comment_caveats(coded), *_left_out(warehouse, base, left_out), *_tested(found)]
    cells, tests = segmented.facts(sheet, rows, listed) if segmented else ([], [])
    caveats += segmented.caveats if segmented else []
    told = segmented.rows(rows) if segmented else rows
    sql = [*coded.sql, _answers(warehouse, told, comment_column(warehouse, column))]
    sheet.statement = len(sql)
    written = _written(warehouse, sheet, rows, sql[-1])
    languages = add_languages(sheet, base)
    agreement: list[ThemeAgreement] = []
    if hand_coded is not None:
        checked = against_hand_codes(warehouse, sheet, rows, column, hand_coded, len(sql))
        agreement, sql, caveats = checked.themes, [*sql, *checked.sql], [*caveats, *checked.caveats]
    return ThemesResult(
        facts=sheet.facts,
        caveats=caveats,
        sql=sql,
        table=segments_table(sheet, cells, [axis.name for axis in split]) if cells else _table(sheet, found, nps_class),
        chart=_chart(sheet, found),
        comments=head[0],
        written=written,
        no_theme=head[1],
        several=head[2],
        codebook="codebook.yaml" if coded.from_file else "found in the comments",
        nps_class=nps_class,
        themes=found,
        detractors_most=_detractors_most(sheet, found),
        languages=languages,
        segments=cells,
        segment_tests=tests,
        agreement=agreement,
    )


def _only(rows: Scope, nps_class: NpsClass) -> None:
    if "nps_class" in rows.where:
        raise NpsError("nps_class stands in where already; give it once.")
    rows.conditions.append(f"nps_class = '{nps_class}'")
    rows.columns.append("nps_class")
    rows.where["nps_class"] = nps_class


def _head(sheet: FactSheet, coded: Coded, rows: Scope) -> tuple[str, str, str]:
    """How many comments, how many in no theme and in several."""
    number = coded.mentions.sum(axis=1)
    total = sheet.add("comments", coded.n, "responses", n=coded.n, where=dict(rows.where))
    ids = [total.id]
    for name, hit in (("no_theme_share", number == 0), ("several_themes_share", number >= 2)):
        share, _deff = coded.share(hit)
        fact = sheet.add(
            name, share.estimate, "share", n=coded.n, low=share.low, high=share.high, where=dict(rows.where)
        )
        ids.append(fact.id)
    return ids[0], ids[1], ids[2]


def _listed(warehouse: Warehouse, coded: Coded, limit: int) -> tuple[list[int], list[int]]:
    """Themes to tell, the commonest first, and those that too few comments mention."""
    counts = coded.mentions.sum(axis=0)
    order = sorted(range(len(counts)), key=lambda at: (-counts[at], at))
    enough = [at for at in order if counts[at] >= warehouse.catalog.minimum_base.comments]
    return enough[:limit], [at for at in order if at not in enough]


def _rows(
    warehouse: Warehouse, sheet: FactSheet, coded: Coded, rows: Scope, listed: list[int], *, tested: bool
) -> list[ThemeRow]:
    base = warehouse.catalog.minimum_base.comments
    enough = tested and min((coded.x < 0).sum(), (coded.x > 0).sum()) >= base
    everything = [at for at in range(len(coded.codebook.themes)) if coded.mentions[:, at].sum() >= base]
    tests = {at: _lean(coded, coded.mentions[:, at]) for at in everything} if enough else {}
    adjusted = dict(zip(tests, holm([p for *_rest, p in tests.values()]), strict=True))
    found = []
    for at in listed:
        theme, hit = coded.codebook.themes[at], coded.mentions[:, at]
        where = {**rows.where, THEME: theme.name}
        count = sheet.add("theme_comments", int(hit.sum()), "responses", n=coded.n, where=where)
        share, _deff = coded.share(hit)
        told = sheet.add("theme_share", share.estimate, "share", n=coded.n, low=share.low, high=share.high, where=where)
        row = ThemeRow(
            theme=theme.name,
            provenance=theme.provenance,
            comments=count.id,
            share=told.id,
            nps=add_nps(sheet, coded, hit, where, base, detail=True).id,
            leans="not tested",
        )
        if at in tests:
            _add_lean(sheet, coded, hit, where, row, tests[at], adjusted[at])
        found.append(row)
    return found


def add_nps(
    sheet: FactSheet, coded: Coded, base: BoolArray, where: dict[str, str], minimum: int, *, detail: bool = False
) -> Fact:
    """NPS of some comments as a fact (and their classes' shares); none where they, or all others, are too few."""
    n, rest = int((base & coded.scored).sum()), int((~base & coded.scored).sum())
    if n < minimum or 0 < rest < minimum:
        who = "these" if n < minimum else "the others"
        return sheet.add("nps", None, "points", where=where, reason=f"fewer than {minimum} scored comments of {who}")
    interval, _counts, _deff = coded.nps(base)
    fact = sheet.add("nps", interval.estimate, "points", n=n, low=interval.low, high=interval.high, where=where)
    if detail:
        scored = base & coded.scored
        for name, hit in (("promoter", coded.x > 0), ("passive", coded.x == 0), ("detractor", coded.x < 0)):
            share, _effect = coded.share(hit, scored)
            sheet.add(f"{name}_share", share.estimate, "share", n=n, low=share.low, high=share.high, where=where)
    return fact


_Lean = tuple[float, float, float, float]
"""Difference of a theme's shares, detractors minus promoters, its interval and its p-value."""


def _lean(coded: Coded, hit: BoolArray) -> _Lean:
    unhappy, happy = coded.x < 0, coded.x > 0
    effect = max(coded.share(hit, unhappy)[1], coded.share(hit, happy)[1])
    found, p_value = difference_of_shares(
        int(hit[unhappy].sum()), int(unhappy.sum()), int(hit[happy].sum()), int(happy.sum()), effect
    )
    return found.estimate, found.low, found.high, p_value


def _add_lean(
    sheet: FactSheet, coded: Coded, hit: BoolArray, where: dict[str, str], row: ThemeRow, test: _Lean, p_holm: float
) -> None:
    ids, n = [], 0
    for name, base in (("detractor", coded.x < 0), ("promoter", coded.x > 0)):
        share, _effect = coded.share(hit, base)
        size = int(base.sum())
        n += size
        cell = {**where, "nps_class": name}
        ids.append(
            sheet.add("theme_share", share.estimate, "share", n=size, low=share.low, high=share.high, where=cell).id
        )
    estimate, low, high, _p = test
    cell = {**where, "nps_class": "detractor", "against": "promoter"}
    difference = sheet.add("theme_share_difference", estimate, "share difference", n=n, low=low, high=high, where=cell)
    sheet.add("p_value_holm", p_holm, "p-value", n=n, where=cell)
    row.detractor_share, row.promoter_share, row.difference, row.p_holm = ids[0], ids[1], difference.id, p_holm
    row.leans = "no clear difference" if p_holm >= LEVEL else "detractors" if estimate > 0 else "promoters"


def _detractors_most(sheet: FactSheet, found: list[ThemeRow]) -> str | None:
    values = {fact.id: fact.value for fact in sheet.facts}
    leaning = [
        (float(values[row.difference] or 0), row.theme) for row in found if row.leans == "detractors" and row.difference
    ]
    return max(leaning, key=lambda item: item[0])[1] if leaning else None


def _answers(warehouse: Warehouse, rows: Scope, column: str) -> str:
    commented = f"count(CASE WHEN ltrim(CAST({identifier(column)} AS VARCHAR)) <> '' THEN 1 END)"
    return f"SELECT count(*), {commented} FROM {warehouse.relation([*rows.columns, column])}{rows.sql()}"


def _written(warehouse: Warehouse, sheet: FactSheet, rows: Scope, sql: str) -> str:
    """The share of answers that carry a comment; with a split of the shown segments' answers."""
    answers, comments = (int(value) for value in warehouse.run(sql).rows[0])
    share = comments / answers if answers else 0.0
    return sheet.add("comment_share", share, "share", n=answers, where=dict(rows.where)).id


def _left_out(warehouse: Warehouse, coded: Coded, left_out: list[int]) -> list[str]:
    if not left_out:
        return []
    names = ", ".join(coded.codebook.names[at] for at in left_out[:5])
    more = f" and {len(left_out) - 5} more" if len(left_out) > 5 else ""
    base = warehouse.catalog.minimum_base.comments
    return [f"Left out, because fewer than {base} comments mention them: {names}{more}."]


def _tested(found: list[ThemeRow]) -> list[str]:
    if all(row.p_holm is None for row in found):
        return []
    return [
        "Detractors and promoters are compared theme by theme (chi-square, Fisher's exact test where counts are "
        "small), adjusted for all themes by Holm's method."
    ]


def _table(sheet: FactSheet, found: list[ThemeRow], nps_class: NpsClass | None) -> Table:
    """One row a theme; among the comments of one class nothing sets the classes apart."""
    facts = {fact.id: fact for fact in sheet.facts}
    columns = [
        Column(name=THEME),
        Column(name="share", unit="share"),
        Column(name="95% low", unit="share"),
        Column(name="95% high", unit="share"),
        Column(name="comments", unit="responses"),
    ]
    if nps_class is None:
        columns += [
            Column(name="NPS of these", unit="points"),
            Column(name="of detractors", unit="share"),
            Column(name="of promoters", unit="share"),
            Column(name="more often from"),
        ]
    rows: list[list[Any]] = []
    for row in found:
        share = facts[row.share]
        cells: list[Any] = [row.theme, share.value, share.low, share.high, facts[row.comments].value]
        if nps_class is None:
            unhappy = facts[row.detractor_share].value if row.detractor_share else None
            happy = facts[row.promoter_share].value if row.promoter_share else None
            cells += [facts[row.nps].value, unhappy, happy, row.leans]
        rows.append([*cells, row.provenance])
    return Table(title="Themes of the comments", columns=[*columns, Column(name="origin")], rows=rows)


def _chart(sheet: FactSheet, found: list[ThemeRow]) -> dict[str, Any]:
    facts = {fact.id: fact for fact in sheet.facts}
    data = [
        {THEME: row.theme, "share": fact.value, "low": fact.low, "high": fact.high, "nps": facts[row.nps].value}
        for row in found
        for fact in [facts[row.share]]
    ]
    share = {"field": "share", "type": "quantitative", "title": "Share of comments", "axis": {"format": "%"}}
    colour = {"field": "nps", "type": "quantitative", "title": "NPS of these", "scale": {"scheme": "redyellowgreen"}}
    interval = {"x": {"field": "low", "type": "quantitative"}, "x2": {"field": "high"}}
    return {
        "$schema": SCHEMA,
        "data": {"values": data},
        "encoding": {"y": {"field": THEME, "type": "nominal", "sort": "-x", "title": None}},
        "layer": [
            {"mark": "bar", "encoding": {"x": share, "color": colour}},
            {"mark": "rule", "encoding": interval},
        ],
    }


__all__ = ["FILE_NAME", "ThemeRow", "ThemesResult", "add_nps", "themes"]
