"""What a column holds: the evidence that `warehouse.roles` reasons from."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import duckdb

from warehouse.dates import DateFormat, recognise_dates
from warehouse.engine import identifier
from warehouse.scores import is_anchor, numeric_text

SAMPLE_ROWS = 100_000
SAMPLE_VALUES = 400
_DECIMAL = re.compile(r"-?\d+\.\d+")
_NUMBER = re.compile(r"[-+]?[$€£]?\s?(?:\d{1,3}(?:[., ]\d{3})+|\d+)(?:[.,]\d+)?\s?[%€$£]?")
_WHOLE = re.compile(r"[-+]?\d+")
_DECIMAL_ID = re.compile(r"\d+\.0")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}")
_PHONE = re.compile(r"\+?[\d(][\d\s().-]{7,}\d")
_DATED = re.compile(r"(?i)date$|time$|timestamp|datum|fecha|(?:^|[\W_])(?:date|day|at|when)(?:$|[\W_])|(?-i:[a-z]At$)")
"""Names under which digits are a day (20250301) or a moment (1740787200)."""
_CLASS = {"promoter", "promoters", "passive", "passives", "detractor", "detractors", "neutral", "neutrals"}
_MISSING = {"na", "n/a", "null", "none", "nan", "-", "#n/a"}


@dataclass(frozen=True)
class Profile:
    """One column's shape. Counts are of the profiled rows (all, or a seeded sample of a large table)."""

    name: str
    label: str
    native: str
    rows: int
    filled: int
    distinct: int
    mean_length: float
    values: tuple[str, ...]
    """Distinct trimmed values, at most SAMPLE_VALUES of them."""

    @cached_property
    def told(self) -> list[str]:
        """The values that say something: "NA" and the like say nothing of a column's type."""
        return [value for value in self.values if value.lower() not in _MISSING]

    def _share(self, hits: int) -> float:
        return hits / len(self.told) if self.told else 0.0

    @cached_property
    def numbers(self) -> list[int]:
        """The whole numbers that values state ("10 - Extremely likely" states 10)."""
        return [number for value in self.told if (number := numeric_text(value)) is not None]

    @cached_property
    def score_share(self) -> float:
        """Share of distinct values that read as a score or as an anchor of a scale."""
        return self._share(sum(numeric_text(value) is not None or is_anchor(value) for value in self.told))

    @cached_property
    def number_share(self) -> float:
        """Share of distinct values that are numbers."""
        return self._share(sum(bool(_NUMBER.fullmatch(value)) for value in self.told))

    @cached_property
    def whole_share(self) -> float:
        """Share of distinct values that are whole numbers."""
        return self._share(sum(bool(_WHOLE.fullmatch(value)) for value in self.told))

    @cached_property
    def dates(self) -> DateFormat:
        """How the values read as dates."""
        return recognise_dates(self.told)

    @cached_property
    def is_date(self) -> bool:
        """True for native dates and for text of which nearly all reads as dates."""
        if self.native.startswith(("DATE", "TIMESTAMP")):
            return True
        if self.dates.shapes == ("year",):
            return False  # a date only when the user says so
        return bool(self.told) and self.dates.share >= 0.9 and (self.dates.certain or bool(_DATED.search(self.name)))

    @cached_property
    def is_class(self) -> bool:
        """True for a column of promoter, passive and detractor labels."""
        lowered = {value.lower() for value in self.told}
        return bool(lowered) and lowered <= _CLASS

    @cached_property
    def contact_share(self) -> float:
        """Share of distinct values that are e-mail addresses or phone numbers."""
        if self.is_date or self.whole_share > 0.5:
            return self._share(sum(bool(_EMAIL.fullmatch(value)) for value in self.told))
        hits = sum(
            bool(_EMAIL.fullmatch(value) or (_PHONE.fullmatch(value) and not _DECIMAL.fullmatch(value)))
            for value in self.told
        )
        return self._share(hits)

    @cached_property
    def words(self) -> float:
        """Mean number of words of the distinct values."""
        return sum(value.count(" ") + 1 for value in self.told) / len(self.told) if self.told else 0.0

    @property
    def unique_share(self) -> float:
        """Distinct values for each filled row."""
        return self.distinct / self.filled if self.filled else 0.0


def profile_table(
    connection: duckdb.DuckDBPyConnection,
    relation: str,
    columns: Sequence[str],
    rows: int,
    labels: Mapping[str, str],
) -> list[Profile]:
    """A profile of each column of `relation`."""
    source = identifier(relation)
    if rows > SAMPLE_ROWS:
        connection.execute(
            "CREATE OR REPLACE TEMP TABLE profile_sample AS "
            f"SELECT * FROM {source} USING SAMPLE reservoir({SAMPLE_ROWS} ROWS) REPEATABLE (7)"
        )
        source = "profile_sample"
    types = {row[0]: str(row[1]) for row in connection.execute(f"DESCRIBE {source}").fetchall()}
    return [_profile(connection, source, name, labels.get(name, ""), types[name]) for name in columns]


def text_sql(column: str) -> str:
    """The column as trimmed text; blanks are NULL."""
    text = f"CAST({identifier(column)} AS VARCHAR)"
    # To trim is four times as slow as to look whether there is anything to trim: an empty text has the code -1. No IN
    # list here: DuckDB would join with it, in every query, needed or not.
    edges = " OR ".join(f"{code} <= 32 OR {code} = 160" for code in (f"unicode({text})", f"unicode(right({text}, 1))"))
    return f"CASE WHEN {edges} THEN NULLIF(trim({text}, ' \t\r\n\u00a0'), '') ELSE {text} END"


def id_sql(profile: Profile) -> str:
    """An id as text, digit by digit; whole numbers that became decimals (17850.0) lose their ".0" again."""
    column = identifier(profile.name)
    if re.match("FLOAT|DOUBLE", profile.native):
        return f"CAST(TRY_CAST({column} AS BIGINT) AS VARCHAR)"
    if profile.told and all(_DECIMAL_ID.fullmatch(value) for value in profile.told):
        return f"regexp_replace({text_sql(profile.name)}, '\\.0$', '')"
    return text_sql(profile.name)


def _profile(connection: duckdb.DuckDBPyConnection, source: str, name: str, label: str, native: str) -> Profile:
    text = text_sql(name)
    counts = f"SELECT count(*), count({text}), count(DISTINCT lower({text})), avg(length({text})) FROM {source}"
    rows, filled, distinct, length = connection.execute(counts).fetchone() or (0, 0, 0, 0.0)
    if distinct >= 0.3 * filled:  # many values: ids, which may differ by case alone
        distinct = (connection.execute(f"SELECT count(DISTINCT {text}) FROM {source}").fetchone() or (0,))[0]
    # Ordered by hash: the first values by alphabet would all be of one day of the month.
    spread = f"SELECT v FROM (SELECT DISTINCT {text} AS v FROM {source}) WHERE v IS NOT NULL"
    values = connection.execute(f"{spread} ORDER BY hash(v), v LIMIT {SAMPLE_VALUES}").fetchall()
    shown = tuple(sorted(row[0] for row in values))
    return Profile(name, label, native, rows, filled, distinct, float(length or 0.0), shown)
