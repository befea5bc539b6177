"""Number words up to the hundreds: "twenty-two", "a dozen", "two hundred"."""

from __future__ import annotations

import re

_UNITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
_TEENS = ["ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]

NUMBER_WORDS = {word: number for number, word in enumerate([*_UNITS, *_TEENS]) if word != "one"}
NUMBER_WORDS |= {word: 10 * number for number, word in enumerate(_TENS, 2)} | {"dozen": 12, "hundred": 100}
"""Single words; "one" mostly stands for a thing ("the one before"), not for a number."""
_UNIT = "|".join(_UNITS[1:])
_COMPOUND = rf"(?:(?P<tens>{'|'.join(_TENS)})(?:\s*-\s*|\s+)(?P<unit>{_UNIT})|(?P<hundreds>{_UNIT})\s+hundred)"
_WORDS = re.compile(rf"\b(?:{_COMPOUND}|(?P<single>{'|'.join(NUMBER_WORDS)}))\b", re.IGNORECASE)


def compounds(text: str) -> list[tuple[int, int, int]]:
    """Numbers of two words as (start, end, number).

    >>> compounds("from twenty-two to two hundred")
    [(5, 15, 22), (19, 30, 200)]
    """
    return [(*match.span(), _number(match)) for match in _WORDS.finditer(text) if match["single"] is None]


def in_digits(text: str) -> str:
    """Number words as digits, each in the room of its words.

    >>> in_digits("the thirty-five")
    'the 35         '
    """
    return _WORDS.sub(lambda match: str(_number(match)).ljust(len(match[0])), text)


def _number(match: re.Match[str]) -> int:
    if match["single"]:
        return NUMBER_WORDS[match["single"].lower()]
    if match["hundreds"]:
        return 100 * _UNITS.index(match["hundreds"].lower())
    return NUMBER_WORDS[match["tens"].lower()] + _UNITS.index(match["unit"].lower())
