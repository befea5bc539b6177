"""The words of one data set: its dimensions, their values, its numbers and events, and what people call them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

from agent.builtin.vocabulary import Phrase, phrase, vocabulary
from agent.builtin.wordings.everyday import everyday, other_words
from agent.builtin.wordings.valuewords import band_phrases, ends_phrases, outcome_nouns, possessed, verb_forms
from warehouse.catalog import Catalog, Dimension
from warehouse.roles import words_of

Kind = Literal["value", "dimension", "measure", "time", "event", "outcome"]
_FLAG_PREFIX = {"is", "has", "was", "had", "did", "flag"}
_TRUE = {"1", "yes", "true", "y", "t", "ja", "j", "si", "sí", "oui"}
_FALSE = {"0", "no", "false", "n", "f", "nein", "non"}
_NO_NAMES = {
    "other",
    "none",
    "no",
    "yes",
    "all",
    "unknown",
    "missing",
    "true",
    "false",
    "na",
    "n/a",
    "nps",
    "total",
    "any",
}
_WEAK_WORDS = {
    "of",
    "the",
    "and",
    "for",
    "in",
    "a",
    "to",
    "or",
    "with",
    "my",
    "i",
    "at",
    "by",
    "per",
    "not",
    "your",
    "property",
}


_ITEMS = ("rating", "score", "satisfaction")
"""Words that say what kind of column a name is: ease_of_use_rating."""
_UNITS = ("minute", "min", "hour", "second", "sec", "day", "week", "month")
_KINDS = ("type", "kind", "category", "option", "class", "method", "mode")
"""Words that add nothing after a dimension's name: "billing type"."""


@dataclass(frozen=True)
class Entry:
    """What a phrase may stand for."""

    kind: Kind
    name: str
    """The dimension, measure, date column or event."""
    value: str | None = None
    strength: int = 3
    """3: its full name; 2: a distinctive part; 1: a synonym; lower ones are only used when nothing else fits."""
    said: bool = False
    """An everyday word for it, which the answer tells."""


@dataclass
class Lexicon:
    """Phrase → entries, and each single word for mending slips of the pen."""

    entries: dict[Phrase, list[Entry]] = field(default_factory=dict)
    words: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    """The words of columns and values themselves, however ordinary they are elsewhere."""
    context: set[str] = field(default_factory=set)
    """Words of the file's name and of its fixed columns: they say nothing new about a question."""
    longest: int = 1

    def add(self, key: Phrase, entry: Entry) -> None:
        """Let `key` stand for `entry` too."""
        if not key:
            return
        known = self.entries.setdefault(key, [])
        same = [e for e in known if (e.kind, e.name, e.value) == (entry.kind, entry.name, entry.value)]
        if not same:
            known.append(entry)
        self.words.update(word for word in key if len(word) > 3)
        self.longest = max(self.longest, len(key))

    def strongest(self, key: Phrase) -> list[Entry]:
        """The entries of a phrase with the greatest strength."""
        found = self.entries.get(key, [])
        top = max((entry.strength for entry in found), default=0)
        return [entry for entry in found if entry.strength == top]


def build_lexicon(catalog: Catalog) -> Lexicon:
    """All that the data set's names can be called."""
    lexicon = Lexicon()
    for name, dimension in catalog.dimensions.items():
        for key, strength in _dimension_keys(name, dimension.synonyms):
            lexicon.add(key, Entry("dimension", name, strength=strength))
        _add_values(lexicon, name, dimension)
    for name, measure in catalog.measures.items():
        if name not in catalog.dimensions:
            full = phrase(words_of(name))
            for key in {full, phrase(name), ("".join(full),), *map(phrase, measure.synonyms), *_without_unit(full)}:
                lexicon.add(key, Entry("measure", name))
    for name, time in catalog.times.items():
        if name != "responded_at":
            for key in {phrase(words_of(name)), *map(phrase, time.synonyms)}:
                lexicon.add(key, Entry("time", name))
    for name, event in catalog.events.items():
        for key in {phrase(name.replace("_", " ")), *map(phrase, event.synonyms)}:
            lexicon.add(key, Entry("event", name))
    _add_parts(lexicon, catalog)
    _add_event_heads(lexicon, catalog)
    _add_everyday_words(lexicon, catalog)
    _add_joined(lexicon)
    lexicon.context = _context(catalog)
    told = [words_of(name) for name in catalog.dimensions]
    told += [value for dimension in catalog.dimensions.values() for value in dimension.values if len(value) <= 60]
    lexicon.names = {word for text in told for word in phrase(text) if len(word) > 3}
    return lexicon


def _without_unit(full: Phrase) -> list[Phrase]:
    """The waiting time, where the column is called waiting_minutes."""
    if len(full) < 2 or full[-1] not in _UNITS:
        return []
    bare = full[:-1]
    return [
        (*bare, "time"),
        (*bare, "in", full[-1]),
        (*bare, "time", "in", full[-1]),
        *([bare] if len(bare) > 1 or bare[0] not in vocabulary().words else []),
    ]


def _context(catalog: Catalog) -> set[str]:
    named = [catalog.name, catalog.tables["responses"].file]
    fixed = ("score", "response_id", "customer_id", "responded_at", "comment")
    named += [c.source for c in catalog.tables["responses"].columns.values() if c.role in fixed]
    return {word for name in named for word in phrase(words_of(name))}


def _dimension_keys(name: str, synonyms: list[str]) -> list[tuple[Phrase, int]]:
    full = phrase(words_of(name))
    keys = [(full, 3), *((phrase(text), 3) for text in synonyms)]
    bare = tuple(word for word in full if word not in _FLAG_PREFIX)
    content = [word for word in bare if word not in _WEAK_WORDS]
    keys += [(bare, 3)] if bare else []
    if content and tuple(content) != full:
        keys.append((tuple(content), 3))
    if len(content) > 1:
        ends = [(content[-1],), (content[0],), tuple(content[-2:]), tuple(content[:2])]
        keys += [(key, 2) for key in ends if len(key) > 1 or key[0] not in vocabulary().glue]
    if len(content) > 1 and content[-1] in _ITEMS and len(full) > 2:
        keys += [(full[:-1], 3), (tuple(content[:-1]), 3)]
    # As people copy it from the file: householdSize is one word there, and household size in speech.
    keys += [(phrase(name), 3), (("".join(full),), 3)]
    if len(full) > 4:  # a question as the column's name: its telling words stand for it
        keys += [((word,), 2) for word in content if len(word) > 3 and word not in vocabulary().words]
    keys += [((*key, kind), 3) for key, strength in list(keys) if strength == 3 and len(key) == 1 for kind in _KINDS]
    keys += [(key, 3) for key in ends_phrases(full)]
    keys += [(tuple(everyday().abbreviations.get(word, word) for word in full), 3)]
    names = {key for key, _strength in keys}
    for group in vocabulary().synonyms:
        if names & group:
            keys += [(key, 1) for key in group - names]
    return keys


def _add_values(lexicon: Lexicon, name: str, dimension: Dimension) -> None:
    flag = _flag(dimension)
    if flag is not None:
        bare = tuple(word for word in phrase(words_of(name)) if word not in _FLAG_PREFIX)
        ends = {bare, bare[-2:], bare[-1:], bare[-3:]} if len(bare) > 1 else {bare}
        parts = {(word,) for word in bare if len(word) > 3}
        for key in ends | parts:
            known = len(key) == 1 and key[0] in vocabulary().words
            if key and (key == bare or not known):
                lexicon.add(key, Entry("value", name, flag[0], strength=3 if key == bare else 2))
            for word in ("non", "not", "no") if flag[1] is not None and key else ():
                lexicon.add((word, *key), Entry("value", name, flag[1], strength=3 if key == bare else 2))
        for key in verb_forms(bare):
            for words in (
                (("not", *key), ("didnt", *key), ("never", *key), ("didn", *key)) if flag[1] is not None else ()
            ):
                lexicon.add(words, Entry("value", name, flag[1]))
        for key in outcome_nouns(bare):
            lexicon.add(key, Entry("outcome", name))
        return
    for key, value in possessed(phrase(words_of(name)), list(dimension.values)):
        lexicon.add(key, Entry("value", name, value))
    for value in dimension.values:
        key = phrase(value)
        if value.lower() in _NO_NAMES - {"na"} or _is_number(value):
            continue
        if value.lower() == "na" and value != "NA":
            continue
        lexicon.add(key, Entry("value", name, value))
        if "email" in key:
            lexicon.add(
                tuple(part for word in key for part in (("e", "mail") if word == "email" else (word,))),
                Entry("value", name, value),
            )
        for other in band_phrases(value):
            lexicon.add(other, Entry("value", name, value))
        for text in dimension.value_synonyms.get(value, []):
            lexicon.add(phrase(text), Entry("value", name, value))
        for country, others in vocabulary().countries.items():
            if key == country or key in others:
                for other in {country, *others} - {key}:
                    lexicon.add(other, Entry("value", name, value, strength=2))


def _flag(dimension: Dimension) -> tuple[str, str | None] | None:
    """(true value, false value) of a yes/no dimension."""
    lowered = {value.lower(): value for value in dimension.values}
    if not set(lowered) <= _TRUE | _FALSE or not set(lowered) & _TRUE:
        return None
    true = next(value for text, value in lowered.items() if text in _TRUE)
    false = next((value for text, value in lowered.items() if text in _FALSE), None)
    return true, false


def yes_value(dimension: Dimension) -> str | None:
    """The value of a yes/no dimension that says yes."""
    flag = _flag(dimension)
    return flag[0] if flag is not None else None


def is_flag(dimension: Dimension) -> bool:
    """True for a yes/no dimension."""
    return _flag(dimension) is not None


def _is_number(value: str) -> bool:
    return bool(re.fullmatch(r"-?\d+(?:[.,]\d+)?", value))


def _add_parts(lexicon: Lexicon, catalog: Catalog) -> None:
    """A word that only one value holds may stand for it: "Dunn" for "Dr Dunn", "postdoc" for "Postdoctoral"."""
    static = vocabulary().words
    holders: dict[str, set[tuple[str, str]]] = {}
    for name, dimension in catalog.dimensions.items():
        if is_flag(dimension):
            continue
        for value in dimension.values:
            for word in phrase(value):
                holders.setdefault(word, set()).add((name, value))
    for word, held in holders.items():
        long = len(word) > 3 or (len(held) == 1 and _only_own_word(word, *next(iter(held)), catalog))
        usable = long and word not in static and word not in _NO_NAMES and not word.isdigit()
        if len(held) == 1 and usable and (word,) not in lexicon.entries:
            name, value = next(iter(held))
            if len(phrase(value)) <= 4:
                lexicon.add((word,), Entry("value", name, value, strength=2))


def _only_own_word(word: str, name: str, value: str, catalog: Catalog) -> bool:
    """ "Fir" for Team Fir, where all values are called Team something."""
    values = [set(phrase(other)) for other in catalog.dimensions[name].values]
    shared = set.intersection(*values) if len(values) > 1 else set()
    return bool(shared) and set(phrase(value)) - shared == {word} and len(word) > 1


_DEEDS = frozenset(
    ["reform", "programme", "program", "scheme", "initiative", "closing", "closure", "pilot", "merger", "renovation"]
)
"""What an event may be called by its last word alone."""


def _add_event_heads(lexicon: Lexicon, catalog: Catalog) -> None:
    """ "The reform" for the timetable reform, where the data knows one only."""
    heads: dict[str, set[str]] = {}
    for name, event in catalog.events.items():
        for text in (name.replace("_", " "), *event.synonyms):
            heads.setdefault(phrase(text)[-1], set()).add(name)
    for word, names in heads.items():
        if word in _DEEDS and len(names) == 1 and (word,) not in lexicon.entries:
            lexicon.add((word,), Entry("event", next(iter(names))))


def _add_everyday_words(lexicon: Lexicon, catalog: Catalog) -> None:
    """ "Television" for TV, "pensioners" for senior: where one value fits and the word is no name of the data."""
    columns = {name: phrase(words_of(name)) for name in catalog.dimensions}
    plain = {name: found for name, found in catalog.dimensions.items() if not is_flag(found)}
    values = [(name, value) for name, found in plain.items() for value in found.values]
    words = [found for found in other_words(values, columns) if found[0] not in lexicon.entries]
    for key, name, value in words:
        lexicon.add(key, Entry("value", name, value, strength=2, said=True))


def _add_joined(lexicon: Lexicon) -> None:
    """ "Line7" and "Grandpark" for Line 7 and Grand Park."""
    static = vocabulary().words
    for key, entries in list(lexicon.entries.items()):
        joined = "".join(key)
        full = [e for e in entries if e.kind == "value" and e.strength == 3 and key == phrase(e.value or "")]
        if 1 < len(key) <= 3 and full and joined not in static and (joined,) not in lexicon.entries:
            for entry in full:
                lexicon.add((joined,), entry)


def begins_one(lexicon: Lexicon, word: str) -> Entry | None:
    """The one value or dimension that has a word beginning with `word` (four letters or more)."""
    if len(word) < 4:
        return None
    found = {
        (entry.kind, entry.name, entry.value): entry
        for key, entries in lexicon.entries.items()
        if len(key) == 1 and key[0].startswith(word) and len(key[0]) > len(word)
        for entry in entries
        if entry.kind in ("value", "dimension") and not entry.said
    }
    return next(iter(found.values())) if len(found) == 1 else None
