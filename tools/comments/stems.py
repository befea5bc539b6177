"""Words of comments, and the stems under which their forms fall together: price, prices, pricing.

Only inflections are taken off (Porter's step 1 for English, Savoy's light stemmers in part for German, Spanish and
French), because derivations lead astray: communication and community share a full Porter stem. A user who wants more
writes `communicat*`. No library of npsight brings a stemmer, and these few rules are all that is needed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

ANY = "any"
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_FOLDED = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "’": "'", "`": "'", "´": "'"})
_ELIDED = frozenset(("l", "d", "j", "n", "m", "t", "s", "c", "qu"))
_VOWEL = re.compile(r"[aeiouy]")
_SHORTEST = {"en": 3, "de": 4, "es": 4, "fr": 4}


def fold(text: str) -> str:
    """Small letters without accents: "Über" is "uber"."""
    text = text.translate(_FOLDED).casefold()
    if text.isascii():
        return text
    apart = unicodedata.normalize("NFKD", text.translate(_FOLDED))
    return "".join(character for character in apart if not unicodedata.combining(character))


def words(text: str) -> list[str]:
    """The words of a text, folded; "don't" is "dont", "Anna's" is "anna", "l'eau" is "eau", "set-up" is two words."""
    found = _WORD.findall(fold(text))
    return [_joined(word) if "'" in word else word for word in found]


def _joined(word: str) -> str:
    whole, _mark, tail = word.rpartition("'")
    if whole in _ELIDED:
        return tail
    return whole.replace("'", "") if tail == "s" else word.replace("'", "")


def stem(word: str, language: str = "en") -> str:
    """The stem of a folded word; a language without rules leaves the word as it is.

    >>> [stem(word) for word in ("prices", "pricing", "billed", "deliveries", "used", "speed")]
    ['pric', 'pric', 'bill', 'deliveri', 'use', 'speed']
    >>> stem("preisen", "de"), stem("precios", "es"), stem("prix", "fr")
    ('preis', 'preci', 'prix')
    """
    shorten = _STEMMERS.get(language)
    if shorten is None or len(word) <= 3 or not word.isalpha():
        return word
    return shorten(word)


def _english(word: str) -> str:
    word = _english_plural(word)
    for ending in ("ing", "ed"):
        if word.endswith(ending) and not word.endswith("eed"):
            word = _english_verb(word, word[: -len(ending)])
            break
    if word.endswith("y") and len(word) > 2 and word[-2] not in "aeiou":
        return word[:-1] + "i"
    if word.endswith("e") and len(word) > _SHORTEST["en"] and not word.endswith("ee"):
        return word[:-1]
    return word


def _english_plural(word: str) -> str:
    if word.endswith("sses"):
        return word[:-2]
    if word.endswith("ies"):
        return word[:-3] + "y" if len(word) > 4 else word[:-1]
    if re.search(r"(?:x|ch|sh|ss|zz)es$", word):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


def _english_verb(word: str, base: str) -> str:
    if not _VOWEL.search(base):
        return word
    if len(base) < _SHORTEST["en"]:
        return base + "e" if len(base) == 2 else word
    if base[-1] == base[-2] and base[-1] not in "aeioulsz":
        return base[:-1]
    return base


def _ending(*patterns: tuple[int, str, str]) -> Callable[[str], str]:
    """Takes off the first ending that fits: (letters that must be left, ending, what takes its place)."""
    rules = [(re.compile(rf"^(\w{{{left},}}?){ending}$"), instead) for left, ending, instead in patterns]

    def shorten(word: str) -> str:
        for rule, instead in rules:
            match = rule.match(word)
            if match:
                return match[1] + instead
        return word

    return shorten


_STEMMERS: dict[str, Callable[[str], str]] = {
    "en": _english,
    ANY: _english,
    "de": _ending((5, "e(?:rn|m|n|r|s)", ""), (4, "e[nms]", ""), (4, "e", ""), (4, "s(?<=[bdfghklmnt]s)", "")),
    "es": _ending((2, "ces", "z"), (4, "[aeo]s", ""), (4, "[aeo]", "")),
    "fr": _ending((2, "eaux", "eau"), (4, "aux", "al"), (4, "e?s", ""), (4, "e", ""), (4, "x(?<=eux)", "")),
}
LANGUAGES = tuple(code for code in _STEMMERS if code != ANY)
"""The languages that have rules."""
