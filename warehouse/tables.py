"""Which file is which cohort table, and which column joins them."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import duckdb

from warehouse.catalog import Role, Scale, TableName
from warehouse.engine import identifier, quoted
from warehouse.errors import AmbiguousRoleError, MissingDataError, NpsError
from warehouse.files.table import RawTable
from warehouse.profile import Profile, id_sql, profile_table
from warehouse.roles import find_score, is_customer, one_of, words_of

_BY_NAME: tuple[tuple[TableName, re.Pattern[str]], ...] = (
    ("orders", re.compile(r"\b(?:order|purchase|transaction|invoice|sale|booking|payment|receipt)s?\b")),
    ("events", re.compile(r"\b(?:event|log|usage|activit(?:y|ies)|session|click|visit)s?\b")),
    ("customers", re.compile(r"\b(?:customer|account|user|member|client|subscriber|guest|crm|contact|student)s?\b")),
)
_ORDER_COLUMN = re.compile(
    r"\b(?:amount|revenue|total|price|order|invoice|spend|value|fees?|fare|cost|charge|paid|payment|turnover|gbp|eur|usd"
    r"|euros?|betrag|umsatz|preis|importe|montant)\b"
)
_FEW_CUSTOMERS = 20_000
_SHARED = 0.05
"""Columns that share fewer of their values hold no common customers."""
_EVENT_COLUMN = re.compile(r"\b(?:event|action|activity)\b")
_ORDER_ID = re.compile(r"\b(?:order|invoice|transaction|purchase|receipt|booking) ?(?:id|no|nr|number|#)\b")
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
    aside: Collection[str] = (),
) -> list[Loaded]:
    """Give every table its kind; monthly exports with the same columns become one survey."""
    surveys = _surveys(loaded, scale, chosen, insist, survey)
    main = surveys[0]
    main.kind = "responses"
    main.appended = [table.raw for table in surveys[1:]]
    others = [table for table in loaded if table not in surveys]
    if main.appended:  # each month may write its dates in its own way
        rows = sum(table.raw.rows for table in surveys)
        relation = survey_relation(connection, main)
        main.profiles = profile_table(connection, relation, main.raw.columns, rows, main.raw.labels)
    if others:
        _join(connection, main, others, chosen, aside)
    for table in others:
        table.kind = _kind(table)
    kinds = [table.kind for table in others]
    for kind in set(kinds):
        if kinds.count(kind) > 1:
            files = ", ".join(table.raw.name for table in others if table.kind == kind)
            raise AmbiguousRoleError(f"More than one file looks like the {kind} table ({files}); load one of them.")
    return [main, *others]


def survey_relation(connection: duckdb.DuckDBPyConnection, survey: Loaded) -> str:
    """A view over the rows of all files of the survey; each row remembers its file."""
    raws = [survey.raw, *survey.appended]
    columns = ", ".join(identifier(column) for column in survey.raw.columns)
    parts = [f"SELECT {quoted(r.file)} AS _file, _row, {columns} FROM {identifier(r.relation)}" for r in raws]
    connection.execute("CREATE OR REPLACE TEMP VIEW survey_raw AS " + " UNION ALL ".join(parts))
    return "survey_raw"


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
    same = {frozenset(table.raw.columns) for table in found}
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


_Rank = tuple[bool, float, bool, int]


@dataclass(frozen=True)
class _Match:
    """Two columns that could hold the same customers."""

    mine: Profile
    theirs: Profile
    share: float
    """Of the customers of either side, the larger share that the other side knows."""

    @property
    def rank(self) -> _Rank:
        """Columns that are called customers go first, then those that share most."""
        named = is_customer(self.mine) or is_customer(self.theirs)
        return named, round(self.share, 2), self.mine.name.lower() == self.theirs.name.lower(), self.theirs.distinct


def _join(
    connection: duckdb.DuckDBPyConnection,
    main: Loaded,
    others: Sequence[Loaded],
    chosen: dict[Role, str],
    aside: Collection[str],
) -> None:
    """Find the one column of the survey, and in each other file the column, that hold the same customers."""
    own = [profile for profile in _keys(main) if profile.name not in aside]
    if "customer_id" in chosen:
        own = [one_of(main.profiles, chosen["customer_id"])]
    found = {mine.name: [_best_match(connection, main, mine, other) for other in others] for mine in own}

    def rank(name: str) -> tuple[int, list[_Rank]]:
        matches = [match for match in found[name] if match is not None]
        return len(matches), [match.rank for match in matches]

    main.key = max(found, key=rank, default=None)
    for other, match in zip(others, found.get(main.key or "", [None] * len(others)), strict=True):
        if match is None:
            tried = ", ".join(sorted({p.name for p in (*own, *_keys(other))})) or "no id-like columns"
            raise MissingDataError(
                f"{other.raw.file} shares no customer key with {main.raw.file} (tried: {tried}); "
                "give both files a column with the same customer ids, or load the survey alone."
            )
        other.key = match.theirs.name


def _best_match(connection: duckdb.DuckDBPyConnection, main: Loaded, mine: Profile, other: Loaded) -> _Match | None:
    pairs = [theirs for theirs in _keys(other) if _could_be_one(mine, theirs)]
    found = [_Match(mine, theirs, _overlap(connection, main, mine, other, theirs)) for theirs in pairs]
    return max((match for match in found if match.share > _SHARED), key=lambda match: match.rank, default=None)


def _keys(table: Loaded) -> list[Profile]:
    return [
        p
        for p in table.profiles
        if p.told and not p.is_date and (p.distinct > 12 or p.unique_share > 0.9 or is_customer(p))
    ]


def _could_be_one(a: Profile, b: Profile) -> bool:
    """Both are called ids or customers, or hold codes; a country that both files have is no key."""
    return (_key_named(a) and _key_named(b)) or (_holds_codes(a) and _holds_codes(b))


def _key_named(profile: Profile) -> bool:
    return bool(_KEY_LIKE.search(words_of(profile.name))) or is_customer(profile)


def _holds_codes(profile: Profile) -> bool:
    """Texts such as C-1042 or an e-mail address, not numbers and not words."""
    codes = sum(bool(re.search(r"[\d@]", value)) for value in profile.told)
    return codes >= 0.9 * len(profile.told) and profile.number_share < 0.5 and profile.words < 1.5


def _overlap(connection: duckdb.DuckDBPyConnection, main: Loaded, a: Profile, other: Loaded, b: Profile) -> float:
    """A few customers of the survey tell enough, unless hardly any of them is known to the other file."""
    survey = "survey_raw" if main.appended else main.raw.relation
    share = 0.0
    for limit in (f" LIMIT {_FEW_CUSTOMERS}", ""):
        sql = (
            f"WITH a AS (SELECT DISTINCT {id_sql(a)} AS k FROM {identifier(survey)}{limit}), "
            f"b AS (SELECT DISTINCT {id_sql(b)} AS k FROM {identifier(other.raw.relation)}) "
            "SELECT (SELECT count(*) FROM a JOIN b USING (k)), (SELECT count(k) FROM a), (SELECT count(k) FROM b)"
        )
        both, mine, theirs = connection.execute(sql).fetchone() or (0, 0, 0)
        share = both / max(1, min(mine, theirs))
        if share > _SHARED or mine < _FEW_CUSTOMERS - 1:
            break
    return share


def _kind(table: Loaded) -> TableName:
    names = [words_of(profile.name) for profile in table.profiles]
    called = next((kind for kind, pattern in _BY_NAME if pattern.search(words_of(table.raw.name))), None)
    dated = any(profile.is_date for profile in table.profiles)
    events = any(_EVENT_COLUMN.search(name) for name in names)
    orders = any(_ORDER_COLUMN.search(name) for name in names)
    if one_of(table.profiles, table.key or "").unique_share == 1.0:  # one row a customer, unless it tells otherwise
        if any(_ORDER_ID.search(words_of(p.name)) and p.unique_share > 0.9 for p in table.profiles) and dated:
            return "orders"
        if called == "orders" and orders and dated:
            return "orders"
        return "events" if called == "events" and events and dated else "customers"
    if called is not None:
        return called
    return "events" if events else "orders" if orders or dated else "customers"  # customers do not repeat
