"""Which role every column of a table plays, with the reason, and the name it gets in the cohort table."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from warehouse.catalog import Role, Scale
from warehouse.files.exports import hints
from warehouse.options import LoadOptions
from warehouse.profile import Profile
from warehouse.quality import Guess
from warehouse.roles import (
    SINGLE_ROLES,
    find_comment,
    find_date,
    find_ids,
    find_score,
    one_of,
    other_role,
    words_of,
)
from warehouse.tables import Loaded

RESERVED = frozenset([*SINGLE_ROLES, "nps_class"])
_JOINED = re.compile(r"\bjoin|sign ?up|signed ?up|regist|member since|enrol|customer since|created|onboard|start")
_CHURNED = re.compile(r"\bchurn|cancel|closed|terminat|\bleft\b|\bended?\b")
_DATED_ROLE: dict[str, Role] = {"orders": "ordered_at", "events": "occurred_at"}
_AMOUNT = re.compile(r"\b(?:amount|revenue|total|spend|price|value|sales|dollar)\b")
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
    taken: dict[str, tuple[Role, str]] = {}
    if loaded.kind == "responses":
        _survey_roles(loaded, scale, options, found, taken)
    else:
        _other_roles(loaded, taken)
    for profile in loaded.profiles:
        role, why = taken.get(profile.name) or _role_of_rest(profile, options)
        found.roles[profile.name], found.why[profile.name] = role, why
        found.names[profile.name] = role if role in SINGLE_ROLES else _own_name(profile.name, loaded.profiles)
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
    profiles = loaded.profiles
    chosen: dict[Role, str] = dict(options.roles)
    told = hints(loaded.raw.tool, loaded.raw.columns, loaded.raw.labels) if loaded.raw.tool else {}
    for column, hint in told.items():
        if hint == "excluded":
            found.excluded = column
        elif hint == "status":
            found.status = column
        elif hint == "ignored":
            taken[column] = ("attribute", f"{loaded.raw.tool} computes it; npsight does not use it")
        elif hint == "personal":
            taken[column] = ("personal", f"personal data in a {loaded.raw.tool} export")
        elif hint in SINGLE_ROLES and hint not in chosen and _usable(one_of(profiles, column), hint):
            chosen[hint] = column
    explain = f"known from the {loaded.raw.tool} export" if loaded.raw.tool else ""

    def take(role: Role, pick: tuple[str, str] | None) -> None:
        if pick is not None:
            by_tool = role not in options.roles and role in chosen
            taken[pick[0]] = (role, explain if by_tool and explain else pick[1])

    insist = options.scale is not None
    left = [p for p in profiles if p.name not in taken]
    take("score", find_score(left, scale, chosen=chosen.get("score"), insist=insist))
    ids = find_ids([p for p in profiles if p.name not in taken], chosen)
    if loaded.key is not None and "customer_id" not in options.roles:
        why = (
            ids["customer_id"][1] if ids.get("customer_id", ("", ""))[0] == loaded.key else "shared with the other file"
        )
        ids = {role: pick for role, pick in ids.items() if pick[0] != loaded.key} | {"customer_id": (loaded.key, why)}
    for role, pick in ids.items():
        take(role, pick)
    take("responded_at", find_date([p for p in profiles if p.name not in taken], chosen.get("responded_at")))
    take("comment", find_comment([p for p in profiles if p.name not in taken], chosen.get("comment")))


def _usable(profile: Profile, role: str) -> bool:
    return bool(profile.told) and (role != "responded_at" or profile.is_date)


def _other_roles(loaded: Loaded, taken: dict[str, tuple[Role, str]]) -> None:
    """customers: joined and churned dates; orders: date and amount; events: date and what happened."""
    key = loaded.key or ""
    taken[key] = ("customer_id", "shared with the survey")
    left = [p for p in loaded.profiles if p.name != key]
    dates = [p for p in left if p.is_date]
    if loaded.kind == "customers":
        for role, pattern in (("churned_at", _CHURNED), ("joined_at", _JOINED)):
            named = [p for p in dates if p.name not in taken and pattern.search(words_of(p.name))]
            if len(named) == 1:
                taken[named[0].name] = (role, "a date and its name says so")  # type: ignore[assignment]
        return
    dated = _DATED_ROLE[loaded.kind or "events"]
    if dates:
        taken[dates[0].name] = (dated, "the first date of the table")
    if loaded.kind == "orders":
        amounts = [p for p in left if p.number_share > 0.9 and _AMOUNT.search(words_of(p.name)) and not p.is_date]
        if amounts:
            taken[amounts[0].name] = ("amount", "numbers and its name says so")
        ids = [p for p in left if re.search(r"\border|invoice|transaction", words_of(p.name)) and p.unique_share == 1.0]
        if ids and ids[0].name not in taken:
            taken[ids[0].name] = ("order_id", "its name says so")
        return
    kinds = [p for p in left if _EVENT.search(words_of(p.name)) and p.number_share < 0.5 and not p.is_date]
    if kinds:
        taken[kinds[0].name] = ("event", "its name says so")


def _role_of_rest(profile: Profile, options: LoadOptions) -> tuple[Role, str]:
    if profile.name in options.ignore:
        return "attribute", "set aside by the user"
    if profile.name in options.dimensions:
        return "dimension", "named by the user"
    if profile.name in options.personal:
        return "personal", "named by the user"
    guess = other_role(profile)
    return guess.role, guess.why


def _own_name(name: str, profiles: list[Profile]) -> str:
    """The user's own name, unless it would stand for one of the fixed columns."""
    if name.lower() not in RESERVED:
        return name
    taken = {profile.name for profile in profiles}
    fresh = f"{name} (file)"
    return fresh if fresh not in taken else f"{name} (in file)"
