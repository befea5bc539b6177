"""Those with something and those without it: "members with a coach and without", "those who upgraded and those not".

Only for columns of yes and no that the question names: what stands for the no is then a value like any other.
"""

from __future__ import annotations

import re

from agent.builtin.lexicon import Entry, is_flag
from agent.builtin.reading import Mention, Reading
from agent.builtin.vocabulary import phrase
from agent.builtin.wordings.signs import inside
from warehouse.catalog import Catalog
from warehouse.roles import words_of

_STOP = (
    r"(?=\W*$|[,;.?!:]| (?:than|among|amongst|in|since|for|by|before|after|at|on|during|from|within|between"
    r"|across|and|or"
    r"|too|also|alike|compared|versus|vs|have|has|are|is|were|was|do|does|did|score|scores|differ|real|really|happier"
    r"|worse|better|higher|lower)\b)"
)
_WHO = r"(?:those|the ones|ones|the others|people|[a-z]+s)"
_LACKING = re.compile(
    rf"\b(?:(?:{_WHO} )?without(?: (?:it|one|them|any|this|that))?{_STOP}"
    rf"|{_WHO}(?: who| that| which)? (?:do not|don['’]?t|did not|didn['’]?t|does not|doesn['’]?t|have not|haven['’]?t"
    rf"|have none|had none)(?: (?:have|had|use|used|take|took|get|got|own))?(?: (?:it|one|them|any|this"
    rf"|that))?{_STOP})",
    re.IGNORECASE,
)
""" "… than members without", "… and those who do not": the thing itself was named before."""
_BOTH_WAYS = re.compile(r"\b(?P<with>with) (?:and|or|versus|vs\.?|against|than) (?P<without>without)\b", re.IGNORECASE)
_PEOPLE = re.compile(
    r"customers|companies|accounts|clients|users|members|people|firms|households|subscribers|guests", re.I
)
_WITHOUT_FIRST = re.compile(rf"\bwith(?: (?:it|one|them))?{_STOP}", re.IGNORECASE)


def take_without(reading: Reading, catalog: Catalog) -> None:
    """Read "with X … without" as both values of the column of yes and no that X is."""
    _named_like_a_launch(reading, catalog)
    named = _flags(reading, catalog)
    if len({entry.name for _mention, entry in named}) != 1:
        return
    mention, entry = named[0]
    no = _value_of_no(catalog, entry.name)
    if no is None:
        return
    _forget_people(reading)
    both = _BOTH_WAYS.search(reading.question)
    if both is not None:
        _set(reading, inside(reading, both.span("with")), entry.name, entry.value, "with")
        reading.forget(inside(reading, both.span("without")))
        _value(mention, entry.name, no)
        return
    lacking = next((f for f in _LACKING.finditer(reading.question) if _apart(reading, f, mention)), None)
    if lacking is None:
        _lacking_first(reading, mention, entry.name, entry.value, no)
        return
    within = inside(reading, lacking.span())
    if any(m.entries or m.time for m in reading.mentions if within & set(range(m.first, m.last + 1))):
        within = inside(reading, _core(lacking))
    reading.forget(within)
    _value(mention, entry.name, entry.value)
    reading.add(Mention(max(within), max(within), lacking[0], entries=[Entry("value", entry.name, no)]))


def _named_like_a_launch(reading: Reading, catalog: Catalog) -> None:
    """ "The upgrade", where the data has one column of yes and no that is called so, and no event or date is named."""
    if reading.of("event") or reading.of("when"):
        return
    for mention in reading.of("sign"):
        if set(mention.signs) != {"launched"} or mention.first != mention.last:
            continue
        word = phrase(mention.text)
        flags = [n for n, d in catalog.dimensions.items() if is_flag(d) and set(word) <= set(phrase(words_of(n)))]
        yes = [v for n in flags for v in catalog.dimensions[n].values if v != _value_of_no(catalog, n)]
        if len(flags) == 1 and len(yes) == 1:
            mention.signs = ()
            mention.entries = [Entry("dimension", flags[0]), Entry("value", flags[0], yes[0])]


def _lacking_first(reading: Reading, mention: Mention, name: str, yes: str | None, no: str) -> None:
    """ "Without the upgrade lower?", "without a coach than with": those without it, against those with it."""
    words = [m for m in reading.of("sign") if "not" in m.signs and m.text.lower() == "without"]
    if len(words) != 1 or not 0 < mention.first - words[0].last <= 2:
        return
    later = [
        f for f in _WITHOUT_FIRST.finditer(reading.question) if min(inside(reading, f.span()), default=0) > mention.last
    ]
    if not later and not reading.has("compare", "higher", "lower"):
        return
    reading.mentions.remove(words[0])
    _value(mention, name, no)
    if later:
        _set(reading, inside(reading, later[0].span()), name, yes, later[0][0])


def _forget_people(reading: Reading) -> None:
    """ "Companies with the upgrade": the people are not the company size, which their name is a part of."""
    for mention in list(reading.mentions):
        weak = mention.entries and all(e.kind == "dimension" and e.strength < 3 for e in mention.entries)
        if weak and _PEOPLE.fullmatch(mention.text):
            reading.forget(set(range(mention.first, mention.last + 1)))


def _flags(reading: Reading, catalog: Catalog) -> list[tuple[Mention, Entry]]:
    """The columns of yes and no that are named by what their yes means."""
    found = []
    for mention in reading.mentions:
        yes = [e for e in mention.entries if e.kind == "value" and e.name in catalog.dimensions]
        yes = [e for e in yes if is_flag(catalog.dimensions[e.name])]
        if len({e.name for e in yes}) == 1:
            found.append((mention, yes[0]))
    return found


def _value_of_no(catalog: Catalog, name: str) -> str | None:
    values = list(catalog.dimensions[name].values)
    return next((v for v in values if v.lower() in ("0", "no", "false", "n", "f", "nein", "non")), None)


def _apart(reading: Reading, found: re.Match[str], mention: Mention) -> bool:
    """The lacking ones stand after the thing's name, and do not name it again."""
    within = inside(reading, found.span())
    return bool(within) and min(within) > mention.last


def _core(found: re.Match[str]) -> tuple[int, int]:
    """ "without" alone, where the words before it mean something of their own ("small companies without")."""
    at = found.start() + found[0].lower().rfind("without")
    return (at, found.end()) if "without" in found[0].lower() else found.span()


def _value(mention: Mention, name: str, value: str | None) -> None:
    mention.entries, mention.signs = [Entry("value", name, value)], ()


def _set(reading: Reading, at: set[int], name: str, value: str | None, text: str) -> None:
    reading.forget(at)
    reading.add(Mention(min(at), max(at), text, entries=[Entry("value", name, value)]))
