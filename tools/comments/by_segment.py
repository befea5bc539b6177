"""Themes by segment: each theme's share in every segment, against all other comments, paid for as many tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from pydantic import Field

from tools.comments.coded import THEME, BoolArray, Coded
from tools.comments.shares import difference_of_shares, same_shares
from tools.measure.compare import LEVEL
from tools.result import Column, FactSheet, Model, Table
from tools.scope import Axis, Scope, axes, beside_calendar
from tools.stats.multiplicity import holm
from warehouse.engine import quoted
from warehouse.errors import MissingDataError, NpsError
from warehouse.workspace import Warehouse

MAX_SEGMENTS = 40


class ThemeSegment(Model):
    """One theme in one segment."""

    theme: str
    where: dict[str, str]
    share: str = Field(description="Id of the fact with the theme's share of the segment's comments.")
    difference: str | None = Field(None, description="Id: that share minus the one of all other comments, if clear.")
    p_holm: float | None = Field(None, description="p-value against all other comments, adjusted for all such tests.")
    verdict: Literal["more often", "less often", "no clear difference", "not tested"]


class SegmentTest(Model):
    """Whether a theme's share differs between the segments at all."""

    theme: str
    p_value: str = Field(description="Id of the fact with the p-value, adjusted for all themes.")
    differs: bool


def split_of(warehouse: Warehouse, by: list[str], rows: Scope) -> list[Axis]:
    """The dimensions to split by."""
    found = axes(warehouse, by)
    if rows.period is not None:
        beside_calendar(rows, found)
    return found


@dataclass
class BySegment:
    """Comments of the segments that have enough of them."""

    coded: Coded
    split: Sequence[Axis]
    keys: list[tuple[str, ...]]
    """The segments, the largest first."""
    place: np.ndarray
    """The segment of each comment."""
    minimum: int
    few: bool = False
    """True where segments with too few comments are left out."""
    caveats: list[str] = field(default_factory=list)

    def rows(self, rows: Scope) -> Scope:
        """The answers of these segments alone, where others are left out: their number would give those away."""
        if not self.few:
            return rows
        cells = [
            " AND ".join(f"{axis.sql} = {quoted(value)}" for axis, value in zip(self.split, key, strict=True))
            for key in self.keys
        ]
        columns = [column for axis in self.split for column in axis.columns]
        shown = f"({' OR '.join(f'({cell})' for cell in cells)})"
        return Scope([*rows.conditions, shown], [*rows.columns, *columns], dict(rows.where), rows.period)

    def facts(self, sheet: FactSheet, rows: Scope, listed: list[int]) -> tuple[list[ThemeSegment], list[SegmentTest]]:
        """Shares of the listed themes in every segment, with tests adjusted for all themes and segments there are."""
        mentions = self.coded.mentions
        common = [at for at in range(mentions.shape[1]) if mentions[:, at].sum() >= self.minimum]
        effects = {at: self.coded.share(mentions[:, at])[1] for at in common}
        tests = self._tests(common, effects)
        adjusted = self._adjusted(tests)
        cells = []
        for at in listed:
            for segment, key in enumerate(self.keys):
                cells.append(self._cell(sheet, rows, at, segment, key, tests, adjusted))
        return cells, self._overall(sheet, rows, common, listed, effects)

    def _tests(self, common: list[int], effects: dict[int, float]) -> dict[tuple[int, int], tuple[float, ...]]:
        found: dict[tuple[int, int], tuple[float, ...]] = {}
        if len(self.keys) < 2:
            return found
        for at in common:
            hits, sizes = self._counts(self.coded.mentions[:, at])
            for segment in range(len(self.keys)):
                x, n = hits[segment], sizes[segment]
                test, p_value = difference_of_shares(x, n, hits.sum() - x, sizes.sum() - n, effects[at])
                found[at, segment] = (test.estimate, test.low, test.high, p_value)
        return found

    def _adjusted(self, tests: dict[tuple[int, int], tuple[float, ...]]) -> dict[tuple[int, int], float]:
        """Holm's p-values; of two segments each is the other's rest, and the test is one."""
        twice = len(self.keys) == 2
        family = [key for key in tests if not (twice and key[1])]
        found = dict(zip(family, holm([tests[key][-1] for key in family]), strict=True))
        return {(at, segment): found[at, 0 if twice else segment] for at, segment in tests}

    def _counts(self, hit: BoolArray) -> tuple[np.ndarray, np.ndarray]:
        size = len(self.keys)
        return np.bincount(self.place, weights=hit, minlength=size), np.bincount(self.place, minlength=size)

    def _cell(
        self,
        sheet: FactSheet,
        rows: Scope,
        at: int,
        segment: int,
        key: tuple[str, ...],
        tests: dict[tuple[int, int], tuple[float, ...]],
        adjusted: dict[tuple[int, int], float],
    ) -> ThemeSegment:
        theme = self.coded.codebook.names[at]
        own = {axis.name: value for axis, value in zip(self.split, key, strict=True)}
        where = {**rows.where, **own, THEME: theme}
        base = self.place == segment
        share, _deff = self.coded.share(self.coded.mentions[:, at], base)
        n = int(base.sum())
        fact = sheet.add("theme_share", share.estimate, "share", n=n, low=share.low, high=share.high, where=where)
        cell = ThemeSegment(theme=theme, where=where, share=fact.id, verdict="not tested")
        if (at, segment) not in tests:
            return cell
        estimate, low, high, _p = tests[at, segment]
        cell.p_holm, cell.verdict = adjusted[at, segment], "no clear difference"
        if cell.p_holm < LEVEL:
            cell.verdict = "more often" if estimate > 0 else "less often"
            against = {**where, "against": "rest"}
            cell.difference = sheet.add(
                "theme_share_difference",
                estimate,
                "share difference",
                n=len(self.place),
                low=low,
                high=high,
                where=against,
            ).id
        return cell

    def _overall(
        self, sheet: FactSheet, rows: Scope, common: list[int], listed: list[int], effects: dict[int, float]
    ) -> list[SegmentTest]:
        if len(self.keys) < 2:
            return []
        counts = [self._counts(self.coded.mentions[:, at]) for at in common]
        chances = holm(
            [same_shares(x.tolist(), n.tolist(), effects[at]) for at, (x, n) in zip(common, counts, strict=True)]
        )
        found = []
        for at, chance in zip(common, chances, strict=True):
            if at in listed:
                theme = self.coded.codebook.names[at]
                where = {**rows.where, THEME: theme, "by": " × ".join(axis.name for axis in self.split)}
                fact = sheet.add("p_value_holm", chance, "p-value", n=self.coded.n, where=where)
                found.append(SegmentTest(theme=theme, p_value=fact.id, differs=chance < LEVEL))
        return found


def by_segment(warehouse: Warehouse, coded: Coded, split: Sequence[Axis]) -> BySegment:
    """The segments with enough comments; all figures then rest on these alone, so that none gives a small one away."""
    minimum = warehouse.catalog.minimum_base.comments
    counts: dict[tuple[str, ...], int] = {}
    for key in coded.segment:
        counts[key] = counts.get(key, 0) + 1
    keys = sorted((key for key, n in counts.items() if n >= minimum), key=lambda key: (-counts[key], key))
    names = " × ".join(axis.name for axis in split)
    if not keys:
        raise MissingDataError(f"No segment of {names} has {minimum} comments; split by something coarser.")
    if len(keys) > MAX_SEGMENTS:
        raise NpsError(
            f"{names} has {len(keys)} segments with comments; {MAX_SEGMENTS} are the most: filter, or coarsen."
        )
    order = {key: at for at, key in enumerate(keys)}
    place = np.array([order.get(key, -1) for key in coded.segment])
    kept = place >= 0
    caveats = [
        f"Each theme in each segment of {names} is compared with all other comments (chi-square, Fisher's exact test "
        "where counts are small), adjusted for all of these tests by Holm's method."
    ]
    if len(keys) < 2:
        caveats = [f"Only one segment of {names} has enough comments; there is nothing to compare."]
    small = [key for key in counts if key not in order]
    if small:
        caveats.append(
            f"{len(small)} segments with fewer than {minimum} comments are left out, also of the shares over all "
            "comments."
        )
    return BySegment(coded.keep(kept), split, keys, place[kept], minimum, bool(small), caveats)


def segments_table(sheet: FactSheet, cells: list[ThemeSegment], names: list[str]) -> Table:
    """Themes in rows, segments in columns."""
    facts = {fact.id: fact for fact in sheet.facts}
    labels: list[str] = []
    table: dict[str, dict[str, float | None]] = {}
    for cell in cells:
        fact = facts[cell.share]
        label = f"{' × '.join(cell.where[name] for name in names)} (n = {fact.n:,})"
        labels = labels if label in labels else [*labels, label]
        table.setdefault(cell.theme, {})[label] = fact.value if isinstance(fact.value, float) else None
    columns = [Column(name=THEME), *(Column(name=label, unit="share") for label in labels)]
    rows = [[theme, *(shares.get(label) for label in labels)] for theme, shares in table.items()]
    return Table(title="Share of the comments that mention a theme", columns=columns, rows=[list(row) for row in rows])
