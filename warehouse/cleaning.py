"""Cleaning as SQL: for each column one expression that reads it, and a note of whatever it changed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

import duckdb

from warehouse.catalog import ColumnType, Role, Scale
from warehouse.dates import DAY_AND_MONTH, DateOrder, recognise_dates, timestamp_sql
from warehouse.engine import identifier, quoted
from warehouse.errors import AmbiguousRoleError
from warehouse.profile import Profile, id_sql, text_sql
from warehouse.quality import Reason
from warehouse.scores import BLANK, OUTSIDE, read_scores

DATE_ROLES: frozenset[Role] = frozenset(
    ["responded_at", "joined_at", "churned_at", "ordered_at", "occurred_at", "time"]
)
ID_ROLES: frozenset[Role] = frozenset(["response_id", "customer_id", "order_id"])
NUMBER_ROLES: frozenset[Role] = frozenset(["measure", "amount", "value"])
MAX_SPELLINGS = 5_000


@dataclass
class Cleaned:
    """How one column is read."""

    sql: str
    type: ColumnType
    notes: list[str] = field(default_factory=list)
    unread: list[Reason] = field(default_factory=list)


@dataclass(frozen=True)
class Source:
    """Where raw columns are read from: a connection and the relation in it."""

    connection: duckdb.DuckDBPyConnection
    relation: str
    in_place: bool = False

    def distinct(self, expression: str, limit: int) -> list[tuple[str, int]]:
        """Distinct values of an expression with their counts, most frequent first."""
        sql = (
            f"SELECT v, count(*) AS n FROM (SELECT {expression} AS v FROM {identifier(self.relation)}) "
            f"WHERE v IS NOT NULL GROUP BY v ORDER BY n DESC, v LIMIT {limit}"
        )
        return [(str(value), int(n)) for value, n in self.connection.execute(sql).fetchall()]

    def count(self, condition: str) -> int:
        """Rows for which `condition` holds."""
        row = self.connection.execute(f"SELECT count(*) FROM {identifier(self.relation)} WHERE {condition}").fetchone()
        return int(row[0]) if row else 0


def clean(source: Source, profile: Profile, role: Role, scale: Scale, order: DateOrder | None) -> Cleaned:
    """The expression that reads `profile`'s column in its role."""
    if role == "score":
        return _score(source, profile, scale)
    if role in DATE_ROLES:
        return _date(source, profile, order)
    if role in ID_ROLES:
        return Cleaned(_id_sql(profile, role, source), "text")
    if role in NUMBER_ROLES:
        return _number(source, profile)
    if role == "comment":
        return Cleaned(text_sql(profile.name), "text")
    if role in ("dimension", "event"):
        return _category(source, profile)
    return Cleaned(text_sql(profile.name), "text")


def is_number_type(native: str) -> bool:
    """True for DuckDB's own number types."""
    return bool(re.match(r"U?(?:TINY|SMALL|BIG|HUGE)?INT|INTEGER|UINTEGER|FLOAT|DOUBLE|DECIMAL", native))


def _score(source: Source, profile: Profile, scale: Scale) -> Cleaned:
    column = identifier(profile.name)
    if is_number_type(profile.native):
        whole = f"{column} = floor({column}) AND " if re.match("FLOAT|DOUBLE|DECIMAL", profile.native) else ""
        sql = f"CASE WHEN {whole}{column} BETWEEN {scale.low} AND {scale.high} THEN CAST({column} AS TINYINT) END"
        outside = source.count(f"{column} IS NOT NULL AND ({sql}) IS NULL")
        if source.in_place and not outside:  # nothing to look for again in every query
            sql = f"CAST({column} AS TINYINT)"
        blank = source.count(f"{column} IS NULL")
        why = {f"{OUTSIDE} ({scale.low} to {scale.high})": outside, BLANK: blank}
        return Cleaned(sql, "number", unread=[Reason(reason=reason, rows=rows) for reason, rows in why.items() if rows])
    text = text_sql(profile.name)
    counts = dict(source.distinct(text, 100_000))
    readings = read_scores(counts, scale)
    by_score: dict[int, list[str]] = {}
    for value, reading in readings.items():
        if reading.score is not None:
            by_score.setdefault(reading.score, []).append(value)
    whens = " ".join(f"WHEN {text} IN ({_listed(texts)}) THEN {score}" for score, texts in sorted(by_score.items()))
    sql = f"CAST(CASE {whens} END AS TINYINT)" if whens else "CAST(NULL AS TINYINT)"
    reasons: dict[str, Reason] = {}
    for value, reading in readings.items():
        if reading.score is None:
            item = reasons.setdefault(reading.reason, Reason(reason=reading.reason, rows=0))
            item.rows += counts[value]
            item.examples = [*item.examples, value][:5]
    worded = [value for value, reading in readings.items() if reading.score is not None and not value.isdigit()]
    notes = (
        [f"{profile.name}: read as numbers: " + _some(f"{v!r} is {readings[v].score}" for v in worded)]
        if worded
        else []
    )
    return Cleaned(sql, "number", notes, list(reasons.values()))


def _listed(texts: Iterable[str]) -> str:
    return ", ".join(quoted(text) for text in texts)


def _some(items: Iterable[str], limit: int = 4) -> str:
    listed = list(items)
    more = f" and {len(listed) - limit} more" if len(listed) > limit else ""
    return ", ".join(listed[:limit]) + more


def _date(source: Source, profile: Profile, order: DateOrder | None) -> Cleaned:
    column = identifier(profile.name)
    if profile.native.startswith("TIMESTAMP WITH"):
        return Cleaned(f"({column} AT TIME ZONE 'UTC')", "date", [f"{profile.name}: times are taken as UTC"])
    if profile.native.startswith(("DATE", "TIMESTAMP")):
        return Cleaned(column if profile.native == "TIMESTAMP" else f"CAST({column} AS TIMESTAMP)", "date")
    text = text_sql(profile.name)
    days = source.distinct(f"nullif(regexp_extract({text}, {quoted(DAY_AND_MONTH)}, 1), '')", 10_000)
    form = recognise_dates(profile.told, order, [day for day, _rows in days])
    if form.ambiguous:
        example = next((value for value in profile.told if re.match(DAY_AND_MONTH, value)), f"{days[0][0]}2025")
        raise AmbiguousRoleError(
            f"Dates like {example!r} in column {profile.name!r} can be read day first or month first; "
            "say which with --date-order dmy or --date-order mdy."
        )
    sql = timestamp_sql(text, form)
    unread = source.count(f"{text} IS NOT NULL AND ({sql}) IS NULL")
    read_as = ", ".join(form.shapes) + (f" ({'day' if form.order == 'dmy' else 'month'} first)" if form.order else "")
    notes = [f"{profile.name}: dates read as {read_as}"]
    if form.mixed:
        notes.append(f"{profile.name}: day-first and month-first dates are mixed; each is read as it can be")
    if form.contradicted:
        notes.append(f"{profile.name}: --date-order {order} was set aside, since its dates can only be {form.order}")
    if unread:
        notes.append(f"{profile.name}: {unread:,} texts are not dates and were left empty")
    return Cleaned(sql, "date", notes)


def _id_sql(profile: Profile, role: Role, source: Source) -> str:
    """Ids stay text, digit by digit; a large file read in place keeps those that need no cleaning as they are."""
    whole = is_number_type(profile.native) and not re.match("FLOAT|DOUBLE", profile.native)
    if source.in_place and (whole or (role == "customer_id" and _is_tidy(profile, source))):
        return identifier(profile.name)
    return id_sql(profile)


def _is_tidy(profile: Profile, source: Source) -> bool:
    """No value needs trimming: to trim customer ids in every query would cost more than the query."""
    edges = "'^$|^[ \t\r\n\u00a0]|[ \t\r\n\u00a0]$'"
    return profile.native == "VARCHAR" and not source.count(f"regexp_matches({identifier(profile.name)}, {edges})")


def _number(source: Source, profile: Profile) -> Cleaned:
    column = identifier(profile.name)
    if is_number_type(profile.native):
        return Cleaned(column if source.in_place else f"CAST({column} AS DOUBLE)", "number")
    text = text_sql(profile.name)
    bare = f"regexp_replace({text}, '[^0-9.,+-]', '', 'g')"
    comma_decimals = sum(bool(re.search(r",\d{1,2}\D*$", value)) for value in profile.told)
    point_decimals = sum(bool(re.search(r"\.\d{1,2}\D*$", value)) for value in profile.told)
    if comma_decimals > point_decimals:
        tidy = f"replace(replace({bare}, '.', ''), ',', '.')"
        notes = [f"{profile.name}: the comma is the decimal sign"]
    else:
        tidy, notes = f"replace({bare}, ',', '')", _thousands_note(profile)
    sql = f"TRY_CAST({tidy} AS DOUBLE)"
    missing = "'na', 'n/a', 'null', 'none', 'nan', '-', '#n/a'"
    unread = source.count(f"{text} IS NOT NULL AND lower({text}) NOT IN ({missing}) AND ({sql}) IS NULL")
    if unread:
        notes.append(f"{profile.name}: {unread:,} texts are not numbers and were left empty")
    return Cleaned(sql, "number", notes)


def _thousands_note(profile: Profile) -> list[str]:
    """1.234 is 1234 in half of Europe; where nothing in the column tells, say how it was read."""
    pointed = [value for value in profile.told if "." in value]
    if len(pointed) < 3 or not all(re.fullmatch(r"\D*[1-9]\d{0,2}\.\d{3}\D*", value) for value in pointed):
        return []
    return [f"{profile.name}: the point is taken as the decimal sign ({pointed[0]!r} is less than 1,000)"]


def _category(source: Source, profile: Profile) -> Cleaned:
    """Values that differ only by case or blanks are one value, spelled as most rows spell it."""
    exact = identifier(profile.name) if profile.native == "VARCHAR" else f"CAST({identifier(profile.name)} AS VARCHAR)"
    text = text_sql(profile.name)
    if profile.native in ("FLOAT", "DOUBLE"):  # a nullable whole number that pandas stored as float
        text = exact = f"regexp_replace({exact}, '\\.0$', '')"
    spellings = source.distinct(exact, MAX_SPELLINGS)
    groups: dict[str, list[tuple[str, int]]] = {}
    for value, rows in spellings:
        groups.setdefault(_folded(value), []).append((value, rows))
    changed = [
        (value, canonical, rows)
        for variants in groups.values()
        for canonical in [" ".join(variants[0][0].split())]
        for value, rows in variants
        if value != canonical or not canonical
    ]
    if not changed:
        return Cleaned(exact, "text")
    whens = " ".join(f"WHEN {quoted(value)} THEN {quoted(new) if new else 'NULL'}" for value, new, _rows in changed)
    merged = [(value, new, rows) for value, new, rows in changed if new]
    note = f"{profile.name}: spellings joined: " + _some(f"{v!r} is {new!r} ({n:,} rows)" for v, new, n in merged)
    return Cleaned(f"CASE {exact} {whens} ELSE {text} END", "text", [note] if merged else [])


def _folded(value: str) -> str:
    return " ".join(value.split()).casefold()
