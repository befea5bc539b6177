"""The names in a text: values of dimensions, themes and other cells, dimensions themselves, events."""

from __future__ import annotations

import collections
import functools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from agent.builtin.vocabulary import phrase, vocabulary
from agent.check.evidence import Evidence
from agent.check.words import words
from prompts import plain
from warehouse.catalog import Catalog

MAX_NAME = 200
_WORD = re.compile(r"[^\W_]+")
_DASHES = str.maketrans(
    {"\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2212": "-", "’": "'", "\u00a0": " "}
)
_COMMON = words("common")
_AXES = (
    "theme",
    "with",
    "driver",
    "variant",
    "weekday",
    "language",
    "covariate",
    "method",
    "cohort",
    "dimension",
    "source",
)
_CLASS = re.compile(r"\b(promoter|passive|detractor)s?\b", re.IGNORECASE)
_NEGATED = re.compile(
    r"\b(?:not|non|without|except|excluding|other than|outside)[ -](?:(?:the|on|in|of|from|with|a|\w+ed) )*$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Mention:
    """A name in the text and what it may stand for."""

    start: int
    end: int
    options: frozenset[tuple[str, str]]
    """(axis, value): the axis is a dimension or another key of a fact's cell."""
    strong: bool = True
    """False for common words that are values too: they may confirm a cell, never contradict one."""
    negated: bool = False

    def axes(self) -> set[str]:
        """The axes that it may lie on."""
        return {axis for axis, _value in self.options}


@dataclass
class Names:
    """All names that may be said of this data."""

    catalog: Catalog
    entries: dict[str, tuple[tuple[str, tuple[str, str], bool], ...]] = field(default_factory=dict)
    """First word → (name in small letters, what it stands for, strong)."""
    columns: dict[str, str] = field(default_factory=dict)
    """What a dimension is called, in small letters → the dimension."""
    events: dict[str, str] = field(default_factory=dict)
    """What an event is called → the event."""
    heads: dict[str, str] = field(default_factory=dict)
    """The last word of what an event is called, where only one event ends in it → the event: "the migration"."""
    words: set[str] = field(default_factory=set)
    """Every single word of any name."""
    _called: dict[str, list[str]] = field(default_factory=dict)

    def add(self, text: str, axis: str, value: str, *, strong: bool = True) -> None:
        """Let `text` stand for a value."""
        name = lower(" ".join(text.split())).lstrip("(")
        first = _WORD.search(name)
        if first is None or len(name) > MAX_NAME:
            return
        bare = name.isdigit() or len(name) < 2 or (len(name) == 2 and text.islower())
        entry = (name, (axis, value), strong and not bare and name not in _COMMON)
        held = self.entries.get(first.group(), ())
        if entry not in held and len(held) < 400:
            self.entries[first.group()] = (*held, entry)
        self.words.update(word.group() for word in _WORD.finditer(name))

    def find(self, text: str) -> list[Mention]:
        """The names in a text, the longest first where they overlap."""
        low = lower(text)
        found: list[Mention] = []
        at = 0
        for word in _WORD.finditer(low):
            if word.start() < at:
                continue
            made = self._at(low, text, word.start(), word.group())
            if made is not None:
                found.append(made)
                at = made.end
        found += [Mention(m.start(), m.end(), frozenset([("nps_class", m[1].lower())])) for m in _CLASS.finditer(text)]
        return sorted(found, key=lambda mention: mention.start)

    def _at(self, low: str, text: str, start: int, word: str) -> Mention | None:
        best: dict[int, set[tuple[tuple[str, str], bool]]] = {}
        if low.startswith("power of ", start):  # of a test
            return None
        for key in {word, word.removesuffix("s")}:
            for name, what, strong in self.entries.get(key, ()):
                end = self._ends(low, start, name)
                if end is None:
                    continue
                near = self._beside(low, start, end, what[0])
                exact = text[start] == what[1][:1] and text[start].isupper()
                strong = strong and not (what[1][:1].isupper() and text[start].islower() and " " not in name)
                if _RHYTHM.fullmatch(name) and _SERIES.match(low, end):
                    strong = False
                if not (name.isdigit() or len(name) < 2) or near:
                    best.setdefault(end, set()).add((what, strong or near or (exact and _may_be_capital(text, start))))
        if not best:
            return None
        end = max(best)
        options = frozenset(what for what, _strong in best[end])
        strong = _as_name(low, start, end) or any(strong for _what, strong in best[end])
        while end > start and text[end - 1] in " '’":
            end -= 1
        return Mention(start, end, options, strong, bool(_NEGATED.search(low[max(0, start - 30) : start])))

    def called(self, axis: str) -> list[str]:
        """What a dimension is called, "year" for "year of study" too."""
        if axis not in self._called:
            names = [name for name, held in self.columns.items() if held == axis] or [axis]
            self._called[axis] = [*names, *[name.partition(" of ")[0] for name in names if " of " in name]]
        return self._called[axis]

    def _ends(self, low: str, start: int, name: str) -> int | None:
        if not low.startswith(name, start) and not (name.startswith("+") and low.startswith(name[1:], start)):
            return None
        end = start + len(name)
        for tail in ("'s", "s'", "es", "s", ""):
            if low.startswith(tail, end) and not low[end + len(tail) : end + len(tail) + 1].isalnum():
                after = low[end + len(tail) : end + len(tail) + 2]
                if name[-1].isdigit() and (tail or re.match(r"[.,%]\d|%|-\d", after)):
                    return None
                return end + len(tail)
        return None

    def _beside(self, low: str, start: int, end: int, axis: str) -> bool:
        """Whether the dimension's name stands beside the value: "converted: yes", "plan 1"."""
        names = self.called(axis)
        before, after = low[max(0, start - 44) : start].rstrip(" :=*`'\"("), low[end : end + 44].lstrip(" -:*`'\")")
        return any(before.endswith((name, f"{name} is")) or after.startswith(name) for name in names)


_RHYTHM = re.compile(r"(?:dai|week|month|quarter|year|annual)ly|annual")
_SERIES = re.compile(
    r" (?:levels?|fees?|figures?|series|values?|nps|averages?|numbers?|trend|rates?|data|patterns?|means?|"
    r"changes?|reports?|rhythm|prices?|basis)\b"
)
_BEFORE_NAME = re.compile(r"\b(?:of|for|among|than|against|variant|group|value)(?: the)? [\"“'*]*$")
_AFTER_NAME = re.compile(
    r"\W{0,3}(?:is|has|was|had|stands?|stood|scores?|scored|shows|at|against|and not|customers|"
    r"users|accounts)\b|[\"”'*]*:| \([^()a-z]{0,3}\d"
)


def _as_name(low: str, start: int, end: int) -> bool:
    """Whether a common word stands where only a name can: "39.0% of shown", "shown has a higher NPS"."""
    if low[start:end].isdigit() or end - start < 4:
        return False
    before = low[max(0, start - 20) : start]
    if _BEFORE_NAME.search(before):
        return (
            not re.match(r" (?:answers|scores?|points?|data|customers|the|all|of|others?)\b", low[end : end + 12])
            or low[end : end + 10] == " customers"
        )
    if re.match(r" (?:customers|users|accounts|subscribers)\b", low[end : end + 14]):
        return low[start:end] not in (
            "other",
            "others",
            "all",
            "every",
            "some",
            "many",
            "more",
            "most",
            "these",
            "those",
            "happy",
            "paying",
            "active",
        )
    return not before.strip(" *-\n") and bool(_AFTER_NAME.match(low[end : end + 16]))


def _may_be_capital(text: str, start: int) -> bool:
    """Whether a capital letter says that this is a name: not at the beginning of a sentence."""
    before = text[:start].rstrip(" *\"“'‘(")
    return bool(before) and before[-1] not in ".!?:|\n#-–"


def lower(text: str) -> str:
    """Small letters and plain dashes, in the same length."""
    return _lowered(text) if len(text) <= MAX_NAME else _lowered.__wrapped__(text)


@functools.lru_cache(maxsize=50_000)
def _lowered(text: str) -> str:
    low = text.translate(_DASHES).lower()
    return low if len(low) == len(text) else "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


def collect(catalog: Catalog, evidence: Evidence) -> Names:
    """The names of a catalog and of the facts of a run."""
    base = next((names for names in _known if names.catalog is catalog), None)
    if base is None:
        base = _of_catalog(catalog)
        _known.append(base)
    made = Names(catalog, dict(base.entries), dict(base.columns), dict(base.events), base.heads, set(base.words))
    _add_cells(made, evidence)
    return made


_known: collections.deque[Names] = collections.deque(maxlen=4)
"""The names of catalogs seen last: a catalog of thousands of values is read once."""


def _of_catalog(catalog: Catalog) -> Names:
    made = Names(catalog)
    for name, dimension in catalog.dimensions.items():
        for called in _called(name, dimension.synonyms):
            made.columns.setdefault(called, name)
        for value in dimension.values:
            for text, strong in _value_names(value, dimension.value_synonyms.get(value, [])):
                made.add(text, name, value, strong=strong)
        _add_ordinals(made, name, dimension.values)
    for name in (*catalog.measures, *catalog.times):
        for called in _called(name, []):
            made.columns.setdefault(called, name)
    for name, event in catalog.events.items():
        for text in (name, name.replace("_", " "), *event.synonyms):
            made.events[lower(text)] = name
    made.heads = _heads(made.events)
    for called in (*made.columns, *made.events):
        made.words.update(_WORD.findall(called))
    return made


def _heads(events: Mapping[str, str]) -> dict[str, str]:
    """The nouns that stand for one event alone."""
    found: dict[str, set[str]] = {}
    for called, event in events.items():
        for word in _WORD.findall(called)[-1:]:
            found.setdefault(word, set()).add(event)
    return {word: held.pop() for word, held in found.items() if len(held) == 1 and len(word) > 3 and word.isalpha()}


def _add_cells(made: Names, evidence: Evidence) -> None:
    """Names that are no values of the catalog: themes, weekdays, variants, sources of benchmarks."""
    for known in evidence.known:
        for key, value in known.fact.where.items():
            if key == "row":
                made.add(value if value.startswith("row") else f"row {value}", key, value)
            elif key in _AXES:
                axis, bare = "theme" if key == "with" else key, value.removeprefix("not ")
                for text, strong in _cell_names(key, bare):
                    made.add(text, axis, bare, strong=strong)
            elif key == "against" and "source" not in known.cell:
                _add_against(made, known.cell, value)
            elif key in made.catalog.dimensions and value not in made.catalog.dimensions[key].values:
                made.add(value, key, value)


_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")


def _add_ordinals(made: Names, axis: str, values: Iterable[str]) -> None:
    """ "first-year students" for year_of_study 1."""
    if "_of_" not in axis:
        return
    kind = axis.partition("_of_")[0].lower()
    for value in values:
        if value.isdigit() and 0 < int(value) <= len(_ORDINALS):
            for link in "- ":
                made.add(f"{_ORDINALS[int(value) - 1]}{link}{kind}", axis, value)


_RATED = re.compile(r"[ _](?:rating|score|satisfaction|level|index)$")


def _cell_names(key: str, value: str) -> Iterator[tuple[str, bool]]:
    """What a theme, a driver or a method is called: "ease of use" for ease_of_use_rating, "weighting"."""
    yield value, True
    if key == "driver":
        yield value.replace("_", " "), True
        yield _RATED.sub("", value).replace("_", " "), True
    elif key in ("theme", "with") and " and " in value:
        yield value.partition(" and ")[0], False
    elif key == "method" and " " in value:
        yield value.rpartition(" ")[2], True


def _add_against(made: Names, cell: Mapping[str, str], value: str) -> None:
    if any(part.startswith(f"{axis} ") for axis in cell for part in value.split(", ")):
        return
    if any(value in made.catalog.dimensions[axis].values for axis in cell if axis in made.catalog.dimensions):
        return
    if value.lower() not in ("rest", "not written") and not re.match(r"(?:19|20)\d\d", value) and " " in value:
        made.add(value, "against", value)


def _called(name: str, synonyms: Iterable[str]) -> Iterator[str]:
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).replace("_", " ").replace(".", " ")
    for text in (name, spaced, plain(name), *synonyms):
        low = lower(" ".join(text.split()))
        if low:
            yield low
            yield low[:-1] + "ies" if low.endswith("y") else low + "s"


def _value_names(value: str, synonyms: Iterable[str]) -> Iterator[tuple[str, bool]]:
    yield value, True
    if (shown := plain(value)) != value:
        yield shown, True  # as it stands in a draft
    if "_" in value:
        yield value.replace("_", " "), True
    if " " in value and len(value) < 40 and not any(sign.isdigit() for sign in value):
        yield value.replace(" ", "-"), True
    if "-" in value and not any(sign.isdigit() for sign in value):
        yield value.replace("-", " "), True
    if re.search(r"(?:al|ic|ive)$", value) and " " not in value:
        yield value + ("ally" if value.endswith("ic") else "ly"), True
    if re.search(r"[^aeiou\W]y$", value):
        yield value[:-1] + "ies", True
    if len(value) > 5 and value.endswith("e") and value[0].isupper():
        yield value + "n", True
    for text in synonyms:
        yield text, True
    key = phrase(value)
    for country, others in vocabulary().countries.items():
        if key == country or key in others:
            for other in (country, *others):
                yield " ".join(other), True
