"""Words that stand for a segment without its name: "everybody else", "those who did not", "with the checklist"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from agent.check.evidence import Evidence
from agent.check.names import Mention, Names, lower
from warehouse.catalog import Catalog

_OTHERS = re.compile(
    r"\b(?:every(?:body|one) else|(?:all |the |those |these |that of (?:the )?)others?\b(?! \w+ (?:show|than))|"
    r"(?:all )?the rest|the remaining \w+|(?:those|customers|users|people|guests|accounts) (?:on|with|in|of|under) "
    r"other \w+|the (?:control|comparison)(?: group)?|the controls)(?:'s|s')?\b|"
    r"\bothers(?=\s+(?:at|stand|stood|score|moved|fell|rose)\b)",
    re.IGNORECASE,
)
_NO = frozenset(["no", "false", "0", "n", "off", "none", "nein", "non", "control", "without"])
_YES = frozenset(["yes", "true", "1", "y", "on", "ja", "oui", "si", "treatment", "with"])
_WHO = r"(?:those|that|who|which|ones|customers|users|people|trials|accounts|guests|students|they)"


@dataclass(frozen=True)
class Pair:
    """A dimension that says whether something is the case."""

    axis: str
    yes: str
    no: str
    called: tuple[str, ...]
    """What the dimension is called, in small letters."""


def complements(
    plain: str, asked: str, evidence: Evidence, names: Names, catalog: Catalog, named: Sequence[Mention] = ()
) -> Iterator[Mention]:
    """The segments that a text means without naming them; `named` are the names found in it."""
    others = frozenset(_not_values(evidence))
    if others:
        for found in _OTHERS.finditer(plain):
            yield Mention(found.start(), found.end(), others)
    else:
        yield from _of_two(plain, named, evidence, catalog)
    low = lower(plain)
    for pair in _pairs(evidence, names, catalog):
        if any(_stem(called) in text for called in pair.called for text in (low, asked)):
            yield from _of_pair(pair, low)


def _of_two(plain: str, named: Sequence[Mention], evidence: Evidence, catalog: Catalog) -> Iterator[Mention]:
    """ "Those who converted stand at x, the others at y", where there are two groups."""
    used = {axis for known in evidence.known for axis in known.fact.where}
    two = {axis: d.values for axis, d in catalog.dimensions.items() if axis in used and len(d.values) == 2}
    for found in _OTHERS.finditer(plain):
        before = [m for m in named if m.end <= found.start() and m.strong and m.axes() & set(two)]
        if not before or re.search(r"[.!?]\s|\n", plain[before[-1].end : found.start()]):
            continue
        options = {(axis, other) for axis, value in before[-1].options for other in two.get(axis, ()) if other != value}
        if options:
            yield Mention(found.start(), found.end(), frozenset(options))


def _not_values(evidence: Evidence) -> Iterator[tuple[str, str]]:
    for known in evidence.known:
        control = known.cell.get("control", "")
        for axis, value in known.fact.where.items():
            if value.startswith("not ") and axis != "against":
                yield axis, value
            elif control.startswith(f"{axis} ") and control != f"{axis} {value}":
                yield axis, control.removeprefix(f"{axis} ")


def _pairs(evidence: Evidence, names: Names, catalog: Catalog) -> Iterator[Pair]:
    used = {axis for known in evidence.known for axis in known.fact.where}
    for axis, dimension in catalog.dimensions.items():
        pair = _poles(dimension.values) if axis in used and len(dimension.values) == 2 else None
        if pair:
            held = [name for name, column in names.columns.items() if column == axis]
            bare = [name for one in held if (name := _IS.sub("", one)) != one and len(name) > 3]
            called = tuple(dict.fromkeys([*held, *bare, *[f"{name}s" for name in bare]]))
            yield Pair(axis, *pair, called)


_IS = re.compile(r"^(?:is|has|was|had)[ _]")


def _poles(values: Iterable[str]) -> tuple[str, str] | None:
    for no in (held := list(values)):
        yes = next(value for value in held if value != no)
        if (no.lower() in _NO and yes.lower() in _YES) or re.match(rf"(?:not?|non|un)[ -]?{re.escape(yes)}$", no, re.I):
            return yes, no
    return None


def _stem(called: str) -> str:
    """ "converted" → "convert"."""
    return called[:-2] if called.endswith("ed") and len(called) > 5 else called


def _of_pair(pair: Pair, low: str) -> Iterator[Mention]:
    called = "|".join(re.escape(name) for name in sorted(pair.called, key=len, reverse=True))
    stems = "|".join(sorted({re.escape(_stem(name)) for name in pair.called}, key=len, reverse=True))
    none = (
        rf"\b{_WHO} (?:(?:did|do|does|had|have|has|was|were|is|are)(?: not|n't))\b(?: (?:{stems})\w*)?|"
        rf"\bwithout(?: (?:it|one|(?:the |a |an )?(?:{called})))?\b(?! [^\W\d])|"
        rf"\bwithout (?:the |a |an )?(?:{called})\b|"
        rf"\b(?:un|non-?|not |no )(?:{called})\b"
    )
    some = (
        rf"\b{_WHO} (?:have |had |were |was |are |did )?(?:{called})\b|\bwith (?:it\b|(?:the |a |an )?(?:{called})\b)|"
        rf"\b(?<!un)(?<!non-)(?<!not )(?:{called}) (?:trials|customers|users|people|accounts|guests|students|answers)\b"
    )
    some += rf"|(?<=\()(?:{called})(?=\))|(?m:^)[\s*•>|-]*(?:{called})(?=\W{{0,4}}:)"
    some += rf"|\b(?:have|has|had|having) (?:both )?(?:{called})\b"
    persons = "|".join(
        re.escape(name) for name in pair.called if name.endswith("s") and f"is {name[:-1]}" in pair.called
    )
    if persons:
        some += rf"|\b(?<!non-)(?<!non )(?<!not )(?<!no )(?:{persons})\b"
    taken: list[tuple[int, int]] = []
    for pattern, value in ((none, pair.no), (some, pair.yes)):
        for found in re.finditer(pattern, low):
            if not any(a < found.end() and found.start() < b for a, b in taken):
                taken.append(found.span())
                yield Mention(found.start(), found.end(), frozenset([(pair.axis, value)]))
