"""Comments read, set against the codebook, and counted: shares of themes and NPS, clustered by customer."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.comments.codebook import FILE_NAME, Codebook, code_texts, load_codebook
from tools.comments.language import NAMES, UNTOLD, languages
from tools.comments.mining import FEWEST, is_near_empty, mine_codebook
from tools.comments.reading import personal_columns
from tools.outcome import find_outcome
from tools.result import FactSheet
from tools.rows import SampledRows, fetch_rows
from tools.scope import Axis, Scope
from tools.stats.clusters import clustered_covariance, design_effect
from tools.stats.counts import Counts
from tools.stats.proportions import ProportionInterval, wilson_interval
from tools.stats.score import Difference, Interval, nps_difference, nps_interval
from warehouse.engine import identifier
from warehouse.errors import MissingDataError, NpsError, UnknownNameError
from warehouse.workspace import Warehouse

MAX_COMMENTS = 40_000
"""Fetched, coded and counted in some five seconds out of five million answers; of more, a fixed sample."""
MINED_FROM = 10_000
LANGUAGE_SAMPLE = 2_000
THEME = "theme"
BoolArray = NDArray[np.bool_]
FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
_CUSTOMER = "CASE WHEN customer_id IS NOT NULL THEN hash(customer_id) END"
_mined: weakref.WeakKeyDictionary[Warehouse, dict[str, tuple[Codebook, list[str]]]] = weakref.WeakKeyDictionary()


@dataclass
class Coded:
    """Comments that say something, with their themes; arrays of one length, mentions comments × themes."""

    codebook: Codebook
    from_file: bool
    """True where the codebook is the workspace's own file."""
    mentions: BoolArray
    x: FloatArray
    """+1 promoter, 0 passive, -1 detractor, NaN without a score."""
    customer: IntArray | None
    """Number of the customer; None where nobody answered twice."""
    segment: list[tuple[str, ...]]
    """Values along the axes asked for."""
    near_empty: int
    texts: list[str]
    rows: SampledRows
    sql: list[str] = field(default_factory=list)

    @property
    def n(self) -> int:
        """Comments."""
        return len(self.x)

    @property
    def scored(self) -> BoolArray:
        """Those with a score."""
        return ~np.isnan(self.x)

    def keep(self, which: BoolArray) -> Coded:
        """Some of the comments."""
        chosen = np.flatnonzero(which).tolist()
        return Coded(
            self.codebook,
            self.from_file,
            self.mentions[which],
            self.x[which],
            None if self.customer is None else self.customer[which],
            [self.segment[at] for at in chosen],
            self.near_empty,
            [self.texts[at] for at in chosen],
            self.rows,
            self.sql,
        )

    def share(self, hit: BoolArray, base: BoolArray | None = None) -> tuple[ProportionInterval, float]:
        """Share of `hit` among the comments of `base` (all), Wilson on the effective base, and its design effect."""
        hits = hit if base is None else hit[base]
        deff = self._design_effect(hits.astype(float), base)
        found = wilson_interval(float(hits.sum()) / deff, len(hits) / deff)
        return found, deff

    def nps(self, base: BoolArray) -> tuple[Interval, Counts, float]:
        """NPS of the scored comments of `base`, its counts and its design effect."""
        scored = base & self.scored
        counts, deff = self._counts(scored), self._design_effect(self.x[scored], scored)
        return nps_interval(counts, design_effect=deff), counts, deff

    def difference(self, one: BoolArray, other: BoolArray) -> Difference:
        """NPS of `one` minus that of `other`, with what customers in both do to it."""
        first, second = one & self.scored, other & self.scored
        counts = self._counts(first), self._counts(second)
        effects = tuple(self._design_effect(self.x[base], base) for base in (first, second))
        return nps_difference(
            *counts, design_effects=(effects[0], effects[1]), covariance=self._covariance(first, second, *counts)
        )

    def _covariance(self, first: BoolArray, second: BoolArray, one: Counts, other: Counts) -> float:
        if self.customer is None:
            return 0.0
        size = int(self.customer.max()) + 1
        s1, n1, s2, n2 = (
            np.bincount(self.customer[base], weights=weights, minlength=size)
            for base in (first, second)
            for weights in (self.x[base], None)
        )
        return clustered_covariance(float(s1 @ s2), float(s1 @ n2), float(n1 @ s2), float(n1 @ n2), one, other)

    def _counts(self, base: BoolArray) -> Counts:
        x = self.x[base]
        return Counts(int((x > 0).sum()), int((x == 0).sum()), int((x < 0).sum()))

    def _design_effect(self, x: FloatArray, base: BoolArray | None) -> float:
        if self.customer is None or not len(x):
            return 1.0
        who = self.customer if base is None else self.customer[base]
        s, n = np.bincount(who, weights=x), np.bincount(who)
        counts = Counts(int((x > 0).sum()), int((x == 0).sum()), int((x < 0).sum()))
        return design_effect(float(s @ s), float(s @ n), float(n @ n), counts, int((n > 0).sum()))


def comment_column(warehouse: Warehouse, column: str | None) -> str:
    """The column of comments: the survey's own, or another text of the survey that is nobody's personal data."""
    columns = warehouse.catalog.tables["responses"].columns
    if column is None:
        if not any(known.role == "comment" for known in columns.values()):
            raise MissingDataError(
                "This data has no column of comments; name it with --comment COLUMN when loading, or give column."
            )
        return "comment"
    texts = {
        name: known
        for name, known in columns.items()
        if known.role in ("comment", "attribute", "dimension") and known.type == "text" and not known.personal
    }
    if column in columns and columns[column].personal:
        raise NpsError(f"The column {column!r} is personal and is not read; name another one.")
    if column not in texts:
        raise UnknownNameError("column of texts", column, texts)
    return column


def codebook_for(warehouse: Warehouse, column: str | None = None) -> tuple[Codebook, bool, list[str]]:
    """The codebook, whether it is the workspace's file, and the statements that were run to make it.

    Without a file it is made from a fixed sample of all comments, whatever is asked about, so that a theme means the
    same in every answer.
    """
    book = load_codebook(warehouse)
    if book is not None:
        return book, True, []
    name = comment_column(warehouse, column)
    known = _mined.setdefault(warehouse, {})
    if name not in known:
        known[name] = _mine(warehouse, name, starter=True)
    book, statements = known[name]
    return book, False, statements


def suggest_codebook(warehouse: Warehouse, column: str | None = None, *, starter: bool = True) -> Codebook:
    """The codebook as it would be without a file: what `write_codebook` should write first."""
    return _mine(warehouse, comment_column(warehouse, column), starter=starter)[0]


def _mine(warehouse: Warehouse, name: str, *, starter: bool) -> tuple[Codebook, list[str]]:
    personal = personal_columns(warehouse)
    expressions = {f"personal_{at}": f"CAST({identifier(held)} AS VARCHAR)" for at, held in enumerate(personal)}
    rows = _fetch(warehouse, name, Scope(), expressions, personal, MINED_FROM)
    texts = [str(text) for text in rows.columns["text"]]
    names = [
        [str(own) for own in held if own] for held in zip(*(rows.columns[key] for key in expressions), strict=True)
    ]
    return mine_codebook(texts, starter=starter, names=names or None), rows.sql


def read_coded(
    warehouse: Warehouse,
    rows: Scope,
    *,
    column: str | None = None,
    split: Sequence[Axis] = (),
    codes: str | None = None,
) -> Coded:
    """The comments that `rows` leaves, coded; near-empty ones are set aside.

    With `codes` only answers that hold something in that column, which becomes the segment.
    """
    name = comment_column(warehouse, column)
    book, from_file, statements = codebook_for(warehouse, column)
    expressions = {f"segment_{at}": axis.sql for at, axis in enumerate(split)}
    columns = [column for axis in split for column in axis.columns]
    conditions: tuple[str, ...] = ()
    if codes is not None:
        expressions["segment_0"] = f"CAST({identifier(codes)} AS VARCHAR)"
        columns.append(codes)
        conditions = (f"ltrim(CAST({identifier(codes)} AS VARCHAR)) <> ''",)
    found = _fetch(warehouse, name, rows, expressions, columns, MAX_COMMENTS, conditions)
    texts = [str(text) for text in found.columns["text"]]
    said = np.array([not is_near_empty(text) for text in texts], dtype=bool)
    base = warehouse.catalog.minimum_base.comments
    if said.sum() < base:
        raise MissingDataError(
            f"Fewer than {base} comments say something here; themes need at least {base}: widen the period or filter."
        )
    kept = [text for text, useful in zip(texts, said, strict=True) if useful]
    labels = [found.columns[expression] for expression in expressions]
    return Coded(
        codebook=book,
        from_file=from_file,
        mentions=code_texts(kept, book),
        x=found.numbers("x")[said] / 100,
        customer=_customers(warehouse, found, said),
        segment=[tuple(str(label[at]) for label in labels) for at in np.flatnonzero(said).tolist()],
        near_empty=int((~said).sum()),
        texts=kept,
        rows=found,
        sql=[*found.sql, *statements],
    )


def _fetch(
    warehouse: Warehouse,
    name: str,
    rows: Scope,
    expressions: dict[str, str],
    columns: list[str],
    limit: int,
    conditions: tuple[str, ...] = (),
) -> SampledRows:
    outcome = find_outcome(warehouse)
    text = f"CAST({identifier(name)} AS VARCHAR)"
    wanted = {"text": text, "x": outcome.sql, "customer": _CUSTOMER, **expressions}
    read = [name, "response_id", "customer_id", *outcome.columns, *columns]
    return fetch_rows(warehouse, wanted, read, rows, conditions=(f"ltrim({text}) <> ''", *conditions), limit=limit)


def _customers(warehouse: Warehouse, found: SampledRows, said: BoolArray) -> IntArray | None:
    """Customers numbered from 0; an answer without one is a customer of its own."""
    if not warehouse.catalog.repeated_customers:
        return None
    ids = found.columns["customer"][said].tolist()
    keys: list[Any] = [(at, None) if who is None else who for at, who in enumerate(ids)]
    place = {key: number for number, key in enumerate(dict.fromkeys(keys))}
    return np.array([place[key] for key in keys], dtype=np.int64)


def add_languages(sheet: FactSheet, coded: Coded) -> list[str]:
    """Shares of the languages as facts; their ids, the commonest first."""
    every = -(-coded.n // LANGUAGE_SAMPLE)
    texts = coded.texts[::every]
    ids = []
    for code, share in languages(texts).items():
        name = "too short to tell" if code == UNTOLD else NAMES[code]
        if share * len(texts) >= 8 or code == UNTOLD:
            ids.append(sheet.add("language_share", share, "share", n=len(texts), where={"language": name}).id)
    return ids


def comment_caveats(coded: Coded) -> list[str]:
    """What rests on the codebook, the sample and the customers."""
    book = coded.codebook
    if coded.from_file:
        caveats = [f"Themes are those of {FILE_NAME}: {book.origin()}."]
    else:
        caveats = [
            f"There is no {FILE_NAME} yet; the themes are {book.origin()} and can be edited once they are written."
        ]
    caveats.append(
        "A comment counts for every theme whose words it holds, so shares add up to more than all; words are matched, "
        "their sense is not read."
    )
    caveats += coded.rows.caveat()
    if coded.customer is not None:
        caveats.append("Some customers answered more than once; intervals are widened for it.")
    if coded.near_empty:
        caveats.append(f"{coded.near_empty:,} comments that say nothing (n/a, none, a number) are set aside.")
    if coded.n < FEWEST:
        caveats.append(f"Only {coded.n} comments: read them rather than their shares.")
    return caveats


def beside_themes(rows: Scope, names: Sequence[str]) -> None:
    """Refuse a dimension called theme: a fact could tell only one of them."""
    if THEME in [*rows.where, *names]:
        raise NpsError(
            f"The dimension {THEME!r} cannot stand beside the themes of comments, which have that name in every "
            "result; rename the column in the file and load it again."
        )
