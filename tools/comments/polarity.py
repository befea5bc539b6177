"""How positive English comments read, by the word list and rules of VADER, and what that rests on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tools.comments.language import NAMES, UNTOLD, Language, detect_languages, language_shares
from tools.comments.reading import Comments
from tools.comments.redaction import fold
from tools.extras import need
from warehouse.errors import MissingDataError

POSITIVE, NEGATIVE = 0.05, -0.05
"""VADER's own limits of a positive and a negative text."""
_MOSTLY = 0.9
"""From this share of English among the comments whose language can be told, the others count as English too."""
FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Scored:
    """English comments with their compound scores, and how many there were in other languages."""

    comments: Comments
    compound: FloatArray
    """-1 to 1."""
    told: int
    """Comments that were recognised as English."""
    assumed: int
    """Comments too short to tell that count as English."""
    others: dict[str, int]
    """Comments left out by language; "unknown" where it cannot be told."""


def score_english(comments: Comments, base: int) -> Scored:
    """The compound score of every English comment.

    MissingDataError where fewer than `base` comments, or fewer than half of those whose language can be told, are
    English. Comments that are too short to tell count as English where nine tenths of the others are.
    """
    found = detect_languages(comments.texts)
    counts = _counts(found)
    told = counts.get("en", 0)
    spoken = len(found) - counts.get(UNTOLD, 0)
    _refuse_foreign(counts, told, spoken, len(found))
    assume = told >= _MOSTLY * spoken
    keep = np.array([(language is None and assume) or _is_english(language) for language in found], dtype=bool)
    if keep.sum() < base:
        raise MissingDataError(
            f"Sentiment needs at least {base} comments in English and there are fewer here; "
            "ask about a larger group or a longer period."
        )
    english = comments.take(keep)
    others = {code: n for code, n in counts.items() if code != "en" and not (assume and code == UNTOLD)}
    return Scored(english, compound(english.texts), told, int(keep.sum()) - told, others)


def compound(texts: list[str]) -> FloatArray:
    """VADER's compound score of each text, -1 to 1."""
    vader = need("vaderSentiment.vaderSentiment", "comments", "sentiment")
    analyser = vader.SentimentIntensityAnalyzer()
    known: dict[str, float] = {}
    for text in texts:
        if text not in known:
            known[text] = analyser.polarity_scores(_readable(text))["compound"]
    return np.array([known[text] for text in texts], dtype=float)


def _readable(text: str) -> str:
    """As VADER's list spells words: straight apostrophes ("don’t" would not count as a negation)."""
    return fold(text).replace("’", "'").replace("‘", "'")


def _is_english(language: Language | None) -> bool:
    return language is not None and language.code == "en"


def _counts(found: list[Language | None]) -> dict[str, int]:
    return {code: round(share * len(found)) for code, share in language_shares(found).items()}


def _refuse_foreign(counts: dict[str, int], told: int, spoken: int, read: int) -> None:
    """Fewer than half in English: the rest would speak for a minority."""
    if spoken and told < spoken / 2:
        ranked = sorted((code for code in counts if code != UNTOLD), key=lambda code: (-counts[code], code))
        parts = [f"{NAMES[code]} {counts[code] / read:.0%}" for code in ranked if code != "en"][:4]
        raise MissingDataError(
            f"Sentiment is computed for English comments only, and {told:,} of {read:,} comments here "
            f"({told / read:.0%}) are in English ({', '.join(parts)}); filter to answers in English, or read them "
            "with quotes."
        )
