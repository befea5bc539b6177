"""Other ways to say a value: "more than 1000" for 1000+, "saw the checklist" for shown, "conversion" for converted."""

from __future__ import annotations

import re

from agent.builtin.vocabulary import Phrase, phrase

_OPEN = re.compile(r"(\d+)(\D*?)\s*(?:\+|(?:and|or) (?:more|over|above|older))", re.IGNORECASE)
_RANGE = re.compile(r"(\d+)\s*(?:-|–|to)\s*(\d+)(\D*)", re.IGNORECASE)
_BELOW = re.compile(r"(?:under|below|less than|fewer than|up to|<)\s*(\d+)(\D*)", re.IGNORECASE)
_NONE = re.compile(r"^(?:not|no|without|never)\b", re.IGNORECASE)
_GOT = (
    "saw",
    "seeing",
    "showing",
    "shown",
    "got",
    "received",
    "given",
    "had",
    "with",
    "getting",
    "receiving",
    "using",
    "used",
)
_NOT_GOT = (
    "without",
    "not see",
    "not get",
    "not receive",
    "not have",
    "never saw",
    "never got",
    "no",
    "not shown",
    "not given",
    "didn see",
    "didn get",
)


_ENDS = {
    "size": (("small", "smaller"), ("big", "bigger", "large", "larger")),
    "employees": (("small", "smaller"), ("big", "bigger", "large", "larger")),
    "tenure": (("new", "newer", "recent"), ("old", "older", "long standing", "existing")),
    "age": (("young", "younger"), ("old", "older")),
}
"""Both ends of an ordered column, which together name the column: "small or big ones"."""


def ends_phrases(name: Phrase) -> set[Phrase]:
    """ "Small or big", "small vs large" for a column of sizes.

    >>> ("big", "or", "small") in ends_phrases(("company", "size"))
    True
    """
    ends = next((_ENDS[word] for word in name[-1:] if word in _ENDS), None)
    if ends is None:
        return set()
    pairs = [pair for low in ends[0] for high in ends[1] for pair in ((low, high), (high, low))]
    return {phrase(f"{a} {word} {b}") for a, b in pairs for word in ("or", "and", "vs", "versus", "than")}


def band_phrases(value: str) -> set[Phrase]:
    """How an open or a closed band of numbers is said.

    >>> sorted(" ".join(words) for words in band_phrases("1000+"))[:3]
    ['1000 and more', '1000 and over', '1000 or more']
    """
    if found := _OPEN.fullmatch(value.strip()):
        number, unit = found[1], found[2].strip()
        told = [f"{number} {unit} {word}" for word in ("or more", "and more", "or over", "and over", "plus", "upwards")]
        told += [f"{word} {number} {unit}" for word in ("more than", "over", "above", "at least")]
        told += [f"{word} {int(number) - 1} {unit}" for word in ("more than", "over", "above")]
    elif found := _RANGE.fullmatch(value.strip()):
        low, high, unit = found[1], found[2], found[3].strip()
        told = [f"{low} to {high} {unit}", f"between {low} and {high} {unit}", f"from {low} to {high} {unit}"]
    elif found := _BELOW.fullmatch(value.strip()):
        told = [f"{word} {found[1]} {found[2]}" for word in ("under", "below", "less than", "fewer than")]
    else:
        return set()
    return {phrase(text) for text in told}


def verb_forms(name: Phrase) -> set[Phrase]:
    """The verb of a yes/no column: converted → convert, activated → activate."""
    if len(name) != 1 or not name[0].endswith("ed") or len(name[0]) < 6:
        return set()
    root = name[0][:-2]
    return {(root,), (root + "e",), (root + "ing",)}


def outcome_nouns(name: Phrase) -> set[Phrase]:
    """What a yes/no column counts: converted → conversion, conversion rate; renewed → renewal."""
    if len(name) != 1 or not name[0].endswith("ed") or len(name[0]) < 6:
        return set()
    root = name[0][:-2]
    nouns = {root + "ion", root + "ation", root + "al", root + "ing", root + "ment"}
    if root.endswith("t"):
        nouns |= {root[:-1] + "sion"}
    nouns |= {root, root + "e"}
    rates = {(noun, "rate") for noun in nouns} | {("share", name[0]), ("likelihood", "to", root)}
    return {(noun,) for noun in nouns} | rates


def possessed(name: Phrase, values: list[str]) -> list[tuple[Phrase, str]]:
    """ "saw the checklist", "without the checklist", where a column says shown or not shown."""
    against = [value for value in values if _NONE.match(value)]
    if len(values) != 2 or len(against) != 1:
        return []
    (had,) = (value for value in values if value not in against)
    told = []
    for words, value in ((_GOT, had), (_NOT_GOT, against[0])):
        for word in words:
            told += [((*phrase(word), *article, *name), value) for article in ((), ("the",), ("a",), ("our",))]
    return told
