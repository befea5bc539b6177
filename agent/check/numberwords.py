"""Numbers that are written as words: "forty-two percent", "twelve points", "two thirds", "nine out of ten"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_UNITS = dict(
    zip(["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"], range(10), strict=True)
)
_TEENS = ["ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_SMALL = (
    _UNITS | {word: 10 + at for at, word in enumerate(_TEENS)} | {word: 20 + 10 * at for at, word in enumerate(_TENS)}
)
_SCALES = {"hundred": 100, "thousand": 1_000, "million": 1_000_000}
_ORDINALS = {"half": 2, "halves": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7}
_ORDINALS |= {"eighth": 8, "ninth": 9, "tenth": 10}
_ANY = "|".join([*_SMALL, *_SCALES, "dozen"])
_WORDS = re.compile(
    rf"\b(?:minus |negative )?(?:{_ANY})\b(?:(?: and |[- ])(?:{_ANY})\b)*(?: point(?: (?:{'|'.join(_UNITS)})\b)+)?",
    re.I,
)
_COUNT = rf"(?:{'|'.join([*_SMALL])}|[0-9]{{1,3}})"
_IN = re.compile(
    rf"\b(?P<some>{_COUNT})(?: |-)(?P<kind>in|out of|of)(?: every)?(?: |-)(?P<all>{_COUNT})\b(?P<times>(?: times)?)",
    re.I,
)
_PART = re.compile(
    rf"\b(?:(?P<some>{_COUNT}|an?|the)[ -])?(?P<part>half|halves|thirds?|quarters?|fourths?|"
    rf"fifths?|sixths?|sevenths?|eighths?|"
    r"ninths?|tenths?)\b",
    re.I,
)
_TIMES = re.compile(rf"\b(?P<some>{_COUNT}) times (?P<link>out of|in) (?P<all>{_COUNT})\b", re.I)
RATIO = re.compile(
    rf"\b(?:twice (?=as\b|the\b|that\b|what\b)|doubl(?:ed|es|ing|e)|tripl(?:ed|es|ing|e)|"
    rf"quadrupl(?:ed|es|ing|e)|halv(?:ed|ing)|thrice|(?:two|three|four|"
    f"five|ten)-?fold|(?:{_ANY}|[0-9][0-9.]*) times (?:as|more|less|higher|lower|the|larger|"
    f"smaller)|half (?:as|that|the size|the "
    r"level)|(?:[0-9][0-9.]*)[x×]\b(?! [0-9])|ratio (?:is|of|was) (?:about )?[0-9][0-9.]* "
    r"?(?:to|:)|[0-9.]+ to one\b|(?:cut|fell|dropped|reduced) (?:by|in|to) half)",
    re.I,
)


@dataclass(frozen=True)
class Written:
    """A number in words."""

    start: int
    end: int
    value: float
    """A share where `share` is set."""
    share: bool
    places: int = 0


def numbers_in_words(text: str) -> Iterator[Written]:
    """Whole numbers in words; "one" alone stands for a thing and is left out."""
    for match in _WORDS.finditer(text):
        words = re.split(r"[- ]+", match.group().lower())
        if words in (["one"], ["hundred"], ["thousand"], ["million"]):
            continue
        value, places = _value(words)
        yield Written(match.start(), match.end(), value, share=False, places=places)


def _value(words: list[str]) -> tuple[float, int]:
    sign = -1.0 if words[0] in ("minus", "negative") else 1.0
    words = words[1:] if sign < 0 else words
    whole, decimals = words, ""
    if "point" in words:
        at = words.index("point")
        whole, decimals = words[:at], "".join(str(_UNITS[word]) for word in words[at + 1 :])
    total = part = 0
    for word in whole:
        if word == "dozen":
            part = max(part, 1) * 12
        elif word in _SMALL:
            part += _SMALL[word]
        elif word == "hundred":
            part = max(part, 1) * 100
        elif word in _SCALES:
            total, part = total + max(part, 1) * _SCALES[word], 0
    return sign * float(f"{total + part}.{decimals or 0}"), len(decimals)


def shares_in_words(text: str) -> Iterator[Written]:
    """Parts of a whole in words: "one in five", "two thirds", "half of the answers"."""
    taken: list[tuple[int, int]] = []
    for match in _IN.finditer(text):
        some, every = _count(match["some"]), _count(match["all"])
        plain = match["kind"].lower() == "of" and (match["some"].isdigit() or match["all"].isdigit())
        if plain or not 0 < some < every <= 1000 or (match["kind"].lower() == "in" and every > 100):
            continue
        taken.append(match.span())
        yield Written(match.start(), match.end(), some / every, share=True)
    for match in _PART.finditer(text):
        if any(a < match.end() and match.start() < b for a, b in taken) or not _is_part(text, match):
            continue
        some = 1 if (match["some"] or "a").lower() in ("a", "an", "the") else _count(match["some"])
        whole = _ORDINALS[match["part"].lower().removesuffix("s") if match["part"].lower() != "halves" else "halves"]
        yield Written(match.start(), match.end(), some / whole, share=True)


def times_in_words(text: str) -> Iterator[Written]:
    """ "four times in five"."""
    for match in _TIMES.finditer(text):
        every = _count(match["all"])
        if every:
            yield Written(match.start(), match.end(), _count(match["some"]) / every, share=True)


def _is_part(text: str, match: re.Match[str]) -> bool:
    """Whether the word is a share: not "the third plan", "second half of 2025", "the last quarter"."""
    before, after = (
        text[max(0, match.start() - 24) : match.start()].lower(),
        text[match.end() : match.end() + 24].lower(),
    )
    part, some = match["part"].lower(), (match["some"] or "").lower()
    if part == "halves":
        return False
    if part.startswith("hal"):
        if re.search(
            r"(?:first|second|last|latest|this|next|previous|each|both|other|either|prior|later|"
            r"earlier|latter|former|two)[ -]$",
            before,
        ) or re.match(r"[- ]?year", after):
            return False
        return not (some == "the" or re.match(r" (?:point|a point)", after))
    if match.group().lower() == "a third" and re.match(
        r"\s+(?:said|wrote|says|writes|adds?|added|puts?)\b", text[match.end() :]
    ):
        return False
    if some in ("", "the") and not part.endswith("s"):
        return False
    if part.rstrip("s") == "quarter":
        counted = bool(
            re.match(
                r" (?:of (?:the|our|all|its|their|them|those|these|customers|answers|responses|comments|"
                r"respondents|people)\b(?! year)|say\b|are\b|were\b|gave\b|mention|said\b|rate\b)",
                after,
            )
        )
        return counted and some != "the" and not re.search(r"(?:points?|pp|%)\s+$", before)
    if part.endswith("s") and some in ("", "the"):
        return False
    return bool(re.match(r" of\b|[ ,.;)]|$", after)) and (part.endswith("s") or some in ("a", "an", "one"))


def _count(word: str) -> int:
    return int(word) if word.isdigit() else _SMALL.get(word.lower(), 0)
