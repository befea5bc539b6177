"""Which file is which cohort table, and which column joins them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import duckdb

from warehouse.catalog import Role, Scale, TableName
from warehouse.engine import identifier
from warehouse.errors import AmbiguousRoleError, MissingDataError, NpsError
from warehouse.files.table import RawTable
from warehouse.profile import Profile, profile_table, text_sql
from warehouse.roles import find_ids, find_score, one_of, words_of

_BY_NAME: tuple[tuple[TableName, re.Pattern[str]], ...] = (
    ("orders", re.compile(r"\b(?:order|purchase|transaction|invoice|sale|booking|payment|receipt)s?\b")),
    ("events", re.compile(r"\b(?:event|log|usage|activit(?:y|ies)|session|click|visit)s?\b")),
    ("customers", re.compile(r"\b(?:customer|account|user|member|client|subscriber|guest|crm|contact|student)s?\b")),
)
_ORDER_COLUMN = re.compile(r"\b(?:amount|revenue|total|price|order|invoice|spend|value)\b")
_EVENT_COLUMN = re.compile(r"\b(?:event|action|activity)\b")
_KEY_LIKE = re.compile(r"\b(?:id|no|nr|number|key|ref|code|email|e mail)\b|id$|no$")


@dataclass
class Loaded:
    """A raw table with what was found out about it."""

    raw: RawTable
    profiles: list[Profile]
    kind: TableName | None = None
    key: str | None = None
    """The column that holds the customer."""
    appended: list[RawTable] = field(default_factory=list)


def load_profiles(connection: duckdb.DuckDBPyConnection, raw: RawTable) -> Loaded:
    """Profile a raw table."""
    return Loaded(raw, profile_table(connection, raw.relation, raw.columns, raw.rows, raw.labels))


def assign(
    connection: duckdb.DuckDBPyConnection,
    loaded: Sequence[Loaded],
    scale: Scale,
    chosen: dict[Role, str],
    *,
    insist: bool,
    survey: str | None,
) -> list[Loaded]:
    """Give every table its kind; monthly exports with the same columns become one survey."""
    surveys = _surveys(loaded, scale, chosen, insist, survey)
    main = surveys[0]
    main.kind = "responses"
    main.key = _customer_key(main, chosen)
    others = [table for table in loaded if table not in surveys]
    for table in others:
        _join(connection, main, table, chosen)
        table.kind = _kind(table)
    kinds = [table.kind for table in others]
    for kind in set(kinds):
        if kinds.count(kind) > 1:
            files = ", ".join(table.raw.name for table in others if table.kind == kind)
            raise AmbiguousRoleError(f"More than one file looks like the {kind} table ({files}); load one of them.")
    main.appended = [table.raw for table in surveys[1:]]
    return [main, *others]


def _surveys(
    loaded: Sequence[Loaded], scale: Scale, chosen: dict[Role, str], insist: bool, survey: str | None
) -> list[Loaded]:
    if survey is not None:
        named = [table for table in loaded if survey in (table.raw.file, table.raw.name)]
        if not named:
            files = ", ".join(sorted({table.raw.file for table in loaded}))
            raise MissingDataError(f"--survey {survey!r} is none of the loaded files ({files}).")
        return named
    if len(loaded) == 1:
        return list(loaded)
    found = [table for table in loaded if _has_score(table, scale, chosen, insist)]
    if not found:
        _raise_best_error(loaded, scale, chosen, insist)
    same = {tuple(table.raw.columns) for table in found}
    if len(same) > 1:
        strong = [table for table in found if _looks_like_survey(table)]
        if len(strong) != 1:
            names = ", ".join(table.raw.name for table in found)
            raise AmbiguousRoleError(f"More than one file holds scores ({names}); say which with --survey FILE.")
        found = strong
    return found


def _looks_like_survey(table: Loaded) -> bool:
    return bool(re.search(r"nps|survey|response|feedback|score", words_of(table.raw.name)))


def _has_score(table: Loaded, scale: Scale, chosen: dict[Role, str], insist: bool) -> bool:
    try:
        find_score(table.profiles, scale, chosen=chosen.get("score"), insist=insist)
    except AmbiguousRoleError:
        return True
    except NpsError:
        return False
    return True


def _raise_best_error(loaded: Sequence[Loaded], scale: Scale, chosen: dict[Role, str], insist: bool) -> None:
    """No file has a score: the sentence of the file that looks most like a survey says why."""
    likely = sorted(loaded, key=_looks_like_survey, reverse=True)
    find_score(likely[0].profiles, scale, chosen=chosen.get("score"), insist=insist)


def _customer_key(table: Loaded, chosen: dict[Role, str]) -> str | None:
    ids = find_ids(table.profiles, chosen)
    return ids["customer_id"][0] if "customer_id" in ids else None


def _join(connection: duckdb.DuckDBPyConnection, main: Loaded, other: Loaded, chosen: dict[Role, str]) -> None:
    """Find the column of `other` that holds the survey's customers; the shared key may also teach us the survey's."""
    own = [one_of(main.profiles, chosen["customer_id"])] if "customer_id" in chosen else _keys(main)
    pairs = [(a, b) for a in own for b in _keys(other) if a.name.lower() == b.name.lower() or _both_ids(a, b)]
    scored = [(_overlap(connection, main, a, other, b), a.name.lower() == b.name.lower(), a, b) for a, b in pairs]
    scored = [item for item in scored if item[0] > 0.05]
    if not scored:
        tried = ", ".join(sorted({a.name for a, _b in pairs} | {b.name for _a, b in pairs})) or "no id-like columns"
        raise MissingDataError(
            f"{other.raw.file} shares no customer key with {main.raw.file} (tried: {tried}); "
            "give both files a column with the same customer ids, or load the survey alone."
        )
    _share, _same, mine, theirs = max(scored, key=lambda item: (round(item[0], 2), item[1], item[3].distinct))
    main.key, other.key = mine.name, theirs.name


def _keys(table: Loaded) -> list[Profile]:
    return [p for p in table.profiles if p.told and not p.is_date and (p.distinct > 12 or p.unique_share > 0.9)]


def _both_ids(a: Profile, b: Profile) -> bool:
    return bool(_KEY_LIKE.search(words_of(a.name)) and _KEY_LIKE.search(words_of(b.name)))


def _overlap(connection: duckdb.DuckDBPyConnection, main: Loaded, a: Profile, other: Loaded, b: Profile) -> float:
    sql = (
        f"WITH a AS (SELECT DISTINCT {text_sql(a.name)} AS k FROM {identifier(main.raw.relation)} LIMIT 20000), "
        f"b AS (SELECT DISTINCT {text_sql(b.name)} AS k FROM {identifier(other.raw.relation)}) "
        "SELECT count(b.k) / greatest(count(a.k), 1) FROM a LEFT JOIN b USING (k) WHERE k IS NOT NULL"
    )
    row = connection.execute(sql).fetchone()
    return float(row[0]) if row else 0.0


def _kind(table: Loaded) -> TableName:
    names = [words_of(profile.name) for profile in table.profiles]
    key = one_of(table.profiles, table.key or "")
    if key.unique_share == 1.0:
        return "customers"
    for kind, pattern in _BY_NAME:
        if pattern.search(words_of(table.raw.name)):
            return kind
    if any(_EVENT_COLUMN.search(name) for name in names):
        return "events"
    return "orders" if any(_ORDER_COLUMN.search(name) for name in names) else "customers"
