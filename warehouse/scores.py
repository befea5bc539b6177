"""Reading a score: "10 - Extremely likely" is 10, "8/10" is 8, -1, 11 and blanks are not scores, 0 is.

A score column has few distinct texts, so each distinct text is read once, here, and the engine maps the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from warehouse.catalog import Scale

BLANK = "no score given"
NOT_WHOLE = "a score that is not a whole number"
OUTSIDE = "a score outside the scale"
NOT_A_SCORE = "text that is not a score"

_NOTHING = frozenset(
    ["", "na", "n/a", "n.a.", "nan", "null", "none", "-", "--", "#n/a", "?", ".", "k.a.", "keine angabe"]
)
_WHOLE = re.compile(r"([+-]?\d{1,4})(?:[.,]0+)?")
_DECIMAL = re.compile(r"[+-]?\d{1,4}[.,]\d+")
_LEADING = re.compile(r"(\d{1,3})\s*(?:[-–—:=.,)(|]+|\s)\s*(?=[^\d\s]).*", re.DOTALL)
_TRAILING = re.compile(r"[^\d]*[-–—:=(|\s]\s*(\d{1,3})\s*\)?", re.DOTALL)
_OUT_OF = re.compile(r"(\d{1,3})\s*(?:/|out of|of|von|de)\s*(\d{1,3})", re.IGNORECASE)
_HIGH = re.compile(
    r"(?:extremely|very|most|highly|absolutely|definitely)\s+(?:likely|yes|recommend)|definitely"
    r"|äußerst wahrscheinlich|sehr wahrscheinlich|muy probable|extremadamente probable",
    re.IGNORECASE,
)
_LOW = re.compile(
    r"not(?: at all| very)? likely(?: at all)?|(?:extremely|very|highly) unlikely|definitely not|never"
    r"|(?:überhaupt nicht|sehr un)\s*wahrscheinlich|nada probable",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Reading:
    """What one text means: a score, or the reason why it is none."""

    score: int | None
    reason: str = ""


def numeric_text(text: str) -> int | None:
    """The whole number that `text` states, before any scale is applied.

    >>> [numeric_text(t) for t in ("10 - Extremely likely", "8/10", "7.0", "7.5", "n/a", "-1")]
    [10, 8, 7, None, None, -1]
    """
    text = text.strip()
    if whole := _WHOLE.fullmatch(text):
        return int(whole[1])
    for pattern in (_OUT_OF, _LEADING, _TRAILING):
        if (found := pattern.fullmatch(text)) and not _DECIMAL.fullmatch(text):
            return int(found[1])
    return None


def read_scores(texts: Iterable[str], scale: Scale | None = None) -> dict[str, Reading]:
    """Each distinct text with what it means on `scale`; anchors such as "Extremely likely" take the free ends."""
    scale = scale or Scale()
    numbers = {text: numeric_text(text) for text in texts}
    seen = {value for value in numbers.values() if value is not None}
    anchors = _anchor_scores(seen, scale)
    return {text: _read(text, number, anchors, scale) for text, number in numbers.items()}


def _read(text: str, number: int | None, anchors: Mapping[str, int], scale: Scale) -> Reading:
    if number is not None:
        if scale.low <= number <= scale.high:
            return Reading(number)
        return Reading(None, f"{OUTSIDE} ({scale.low} to {scale.high})")
    stripped = text.strip()
    if stripped.lower() in _NOTHING:
        return Reading(None, BLANK)
    if _LOW.fullmatch(stripped):
        return Reading(anchors["low"])
    if _HIGH.fullmatch(stripped):
        return Reading(anchors["high"])
    return Reading(None, NOT_WHOLE if _DECIMAL.fullmatch(stripped) else NOT_A_SCORE)


def _anchor_scores(seen: set[int], scale: Scale) -> dict[str, int]:
    """Exports that label the ends leave the end itself out of the numbers: 1 to 9 means 0 was the label.

    A scale that starts at 2 in the numbers had 1 as its labelled low end.
    """
    low = scale.low + 1 if seen and min(seen) == scale.low + 2 else scale.low
    return {"low": low, "high": scale.high}


def is_anchor(text: str) -> bool:
    """True for a text that labels an end of the scale."""
    return bool(_LOW.fullmatch(text.strip()) or _HIGH.fullmatch(text.strip()))
