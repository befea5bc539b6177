"""Which role every column of a table plays, with the reason, and the name it gets in the cohort table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from warehouse.catalog import Role, Scale, TableName
from warehouse.errors import UnknownNameError
from warehouse.files.exports import hints
from warehouse.options import SINGLE_ROLES, SURVEY_ROLES, LoadOptions
from warehouse.profile import Profile
from warehouse.quality import Guess
from warehouse.roles import (
    EDITED,
    NAMED,
    SET_ASIDE,
    find_comment,
    find_date,
    find_ids,
    find_score,
    one_of,
    other_role,
    words_of,
)
from warehouse.tables import Loaded

FIXED: dict[TableName, frozenset[str]] = {
    "responses": frozenset([*SURVEY_ROLES, "nps_class"]),
    "customers": frozenset(["customer_id", "joined_at", "churned_at"]),
    "orders": frozenset(["order_id", "customer_id", "ordered_at", "amount"]),
    "events": frozenset(["customer_id", "occurred_at", "event", "value"]),
}
"""The columns that a cohort table always calls so; no other column of it may have such a name."""
_JOINED = re.compile(r"\bjoin|sign ?up|signed ?up|regist|member since|enrol|customer since|created|onboard|start")
_CHURNED = re.compile(r"\bchurn|cancel|closed|terminat|\bleft\b|\bended?\b")
_DATED = {
    "orders": re.compile(r"\border|purchas|invoice|transaction|\bplaced\b|\bbought\b|\bsold\b|\bpaid\b"),
    "events": re.compile(r"\boccurred\b|\bhappened\b|\bevent\b|\btime(?:stamp)?\b"),
}
_ORDER = re.compile(r"\border|invoice|transaction|\b(?:parcel|shipment|receipt|booking|purchase|rental|trip|ride)\b")
_VALUE = re.compile(r"\b(?:value|amount|quantity|count|duration|minutes)\b")
_AMOUNT = re.compile(
    r"\b(?:amount|revenue|total|spend|price|value|sales|dollar|fees?|fare|cost|charge|paid|payment|turnover|gbp|eur|usd"
    r"|euros?|betrag|umsatz|preis|importe|montant)\b"
)
_OF_ONE = re.compile(r"\bunit|\bper\b|\beach\b|discount|\btax|shipping")
"""A price that is not what was paid."""
_EVENT = re.compile(r"\b(?:event|action|activity|type|name)\b")


@dataclass
class Recognised:
    """A table with its columns' roles, in the order of the file."""

    profiles: Mapping[str, Profile]
    roles: dict[str, Role] = field(default_factory=dict)
    why: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    personal: set[str] = field(default_factory=set)
    excluded: str | None = None
    """A column in which the survey tool says which answers do not count."""
    status: str | None = None
    """A column in which the survey tool marks previews and tests."""

    def profile(self, column: str) -> Profile:
        """The profile of a column."""
        return self.profiles[column]

    @property
    def keys(self) -> list[str]:
        """Columns that tell whose answer a row is: ids, and anything that hardly ever repeats."""
        found = []
        for column, profile in self.profiles.items():
            code = profile.words < 2.5 and not profile.is_date and profile.mean_length >= 3 and profile.rows >= 20
            rare = profile.unique_share >= 0.9 and profile.filled >= 0.9 * profile.rows
            if self.roles[column] in ("response_id", "customer_id") or (
                code and rare and self.roles[column] != "comment"
            ):
                found.append(self.names[column])
        return found

    def column(self, role: Role) -> str | None:
        """The column that plays a single role."""
        return next((column for column, played in self.roles.items() if played == role), None)

    @property
    def guesses(self) -> list[Guess]:
        """Every column with its role and the reason, for people to check."""
        return [Guess(column=c, role=role, why=self.why[c]) for c, role in self.roles.items()]


def recognise(loaded: Loaded, scale: Scale, options: LoadOptions) -> Recognised:
    """Roles for all columns of a table of a known kind."""
    found = Recognised({profile.name: profile for profile in loaded.profiles})
    kind = loaded.kind or "responses"
    taken: dict[str, tuple[Role, str]] = {}
    if kind == "responses":
        _survey_roles(loaded, scale, options, found, taken)
    else:
        _other_roles(loaded, options, taken)
    for profile in loaded.profiles:
        role, why = taken.get(profile.name) or _role_of_rest(profile, options, kind)
        found.roles[profile.name], found.why[profile.name] = role, why
        found.names[profile.name] = role if role in SINGLE_ROLES else _own_name(profile.name, kind, loaded.profiles)
        named = profile.name in options.personal
        if named or role == "personal" or profile.contact_share > 0.5:
            found.personal.add(profile.name)
    return found


def _survey_roles(
    loaded: Loaded,
    scale: Scale,
    options: LoadOptions,
    found: Recognised,
    taken: dict[str, tuple[Role, str]],
) -> None:
    for role in options.roles:
        if role not in SURVEY_ROLES:
            raise UnknownNameError("role of a survey's column", role, SURVEY_ROLES)
    profiles = loaded.profiles
    aside = options.set_aside("responses")
    chosen = options.chosen(found.profiles)
    said = {*chosen.values(), *aside, *options.personal, *options.edited.get("responses", {})}
    by_user = set(chosen)
    told = hints(loaded.raw.tool, loaded.raw.columns, loaded.raw.labels) if loaded.raw.tool else {}
    for column, hint in told.items():
        if hint == "excluded":
            found.excluded = column
        elif hint == "status":
            found.status = column
        elif column in said:
            continue
        elif hint == "ignored":
            taken[column] = ("attribute", f"{loaded.raw.tool} computes it; npsight does not use it")
        elif hint == "personal":
            taken[column] = ("personal", f"personal data in a {loaded.raw.tool} export")
        elif hint in SINGLE_ROLES and hint not in chosen and _usable(one_of(profiles, column), hint):
            chosen[hint] = column
    explain = f"known from the {loaded.raw.tool} export" if loaded.raw.tool else ""

    def take(role: Role, pick: tuple[str, str] | None) -> None:
        if pick is not None:
            by_tool = role in chosen and role not in by_user and pick[0] != loaded.key
            taken[pick[0]] = (role, explain if by_tool and explain else pick[1])

    insist = options.scale is not None
    if loaded.key is not None and "customer_id" not in by_user:
        chosen["customer_id"] = loaded.key

    def left(*roles: Role) -> list[Profile]:
        others = {name for role, name in chosen.items() if role not in roles}
        return [p for p in profiles if p.name not in taken and p.name not in aside and p.name not in others]

    take("score", find_score(left("score"), scale, chosen=chosen.get("score"), insist=insist))
    for role, pick in find_ids(left("response_id", "customer_id"), chosen).items():
        shared = pick[0] == loaded.key and role == "customer_id" and role not in by_user
        take(role, (pick[0], "shared with the other file") if shared else pick)
    take("responded_at", find_date(left("responded_at"), chosen.get("responded_at")))
    take("comment", find_comment(left("comment"), chosen.get("comment")))


def _usable(profile: Profile, role: str) -> bool:
    return bool(profile.told) and (role != "responded_at" or profile.is_date)


def _other_roles(loaded: Loaded, options: LoadOptions, taken: dict[str, tuple[Role, str]]) -> None:
    """customers: joined and churned dates; orders: date and amount; events: date and what happened."""
    key, kind = loaded.key or "", loaded.kind or "customers"
    taken[key] = ("customer_id", "shared with the survey")
    for column, role in options.edited.get(kind, {}).items():
        if column in {p.name for p in loaded.profiles} and column != key and role in FIXED[kind] - {"customer_id"}:
            taken[column] = (role, EDITED)
    done = {role for role, _why in taken.values()}
    left = [p for p in loaded.profiles if p.name not in taken and p.name not in options.set_aside(kind)]
    guess = {"customers": _customer_roles, "orders": _order_roles, "events": _event_roles}[kind]
    for profile, role, why in guess(left):
        if role not in done and profile.name not in taken:
            taken[profile.name] = (role, why)
            done.add(role)


def _customer_roles(left: list[Profile]) -> Iterator[tuple[Profile, Role, str]]:
    used: set[str] = set()
    roles: tuple[tuple[Role, re.Pattern[str]], ...] = (("churned_at", _CHURNED), ("joined_at", _JOINED))
    for role, pattern in roles:
        named = [p for p in left if p.is_date and p.name not in used and pattern.search(words_of(p.name))]
        if len(named) == 1:
            used.add(named[0].name)
            yield named[0], role, "a date and its name says so"


def _order_roles(left: list[Profile]) -> Iterator[tuple[Profile, Role, str]]:
    yield from _dated(left, "orders", "ordered_at")
    for profile in left:
        name = words_of(profile.name)
        if profile.number_share > 0.9 and _AMOUNT.search(name) and not _OF_ONE.search(name) and not profile.is_date:
            yield profile, "amount", "numbers and its name says so"
        elif _ORDER.search(words_of(profile.name)) and profile.unique_share > 0.9:
            yield profile, "order_id", "its name says so"


def _event_roles(left: list[Profile]) -> Iterator[tuple[Profile, Role, str]]:
    yield from _dated(left, "events", "occurred_at")
    for profile in left:
        if _EVENT.search(words_of(profile.name)) and profile.number_share < 0.5 and not profile.is_date:
            yield profile, "event", "its name says so"
        elif profile.number_share > 0.9 and _VALUE.search(words_of(profile.name)) and not profile.is_date:
            yield profile, "value", "numbers and its name says so"


def _dated(left: list[Profile], kind: str, role: Role) -> Iterator[tuple[Profile, Role, str]]:
    dates = [p for p in left if p.is_date]
    named = [p for p in dates if _DATED[kind].search(words_of(p.name))]
    for profile in named[:1]:
        yield profile, role, "a date and its name says so"
    for profile in dates[:1]:
        yield profile, role, "the first date of the table"


def _role_of_rest(profile: Profile, options: LoadOptions, kind: TableName) -> tuple[Role, str]:
    if profile.name in options.ignore:
        return "attribute", SET_ASIDE
    if profile.name in options.dimensions:
        return "dimension", NAMED
    if profile.name in options.personal:
        return "personal", NAMED
    edited = options.edited.get(kind, {}).get(profile.name)
    if edited is not None and edited not in SINGLE_ROLES:
        return edited, EDITED
    guess = other_role(profile)
    return guess.role, guess.why


def _own_name(name: str, kind: TableName, profiles: list[Profile]) -> str:
    """The user's own name, unless it would stand for one of the fixed columns."""
    if name.lower() not in FIXED[kind]:
        return name
    taken = {profile.name for profile in profiles}
    fresh = f"{name} (file)"
    return fresh if fresh not in taken else f"{name} (in file)"
