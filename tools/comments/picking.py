"""Which comments speak for a group: near the middle of what is said, readable, and each unlike the others."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.extras import need

SHORTEST, LONGEST = 20, 300
"""Characters of a comment that is quoted."""
ALIKE = 0.5
"""Two comments whose cosine reaches this say the same."""
_TOKEN = r"(?u)\b[^\W\d_]{2,}\b"
_MOST_FEATURES = 20_000
_WORDS = re.compile(_TOKEN)


def representative(texts: Sequence[str]) -> list[int]:
    """Positions of texts that may be quoted, the most typical first, without near-duplicates.

    Typical is what lies near the mean of the TF-IDF vectors (single words, logarithmic counts, length 1) of all
    texts; a text whose cosine with one before it is `ALIKE` or more is left out. Same texts, same order.
    """
    fit = [at for at, text in enumerate(texts) if SHORTEST <= len(text) <= LONGEST and len(_WORDS.findall(text)) >= 3]
    if not fit:
        return []
    vectors = _vectors(texts)
    if vectors is None:
        return []
    middle = np.asarray(vectors.mean(axis=0)).ravel()
    nearness: NDArray[np.float64] = np.round(np.asarray(vectors[fit] @ middle).ravel(), 9)
    order = sorted(zip(fit, nearness, strict=True), key=lambda item: (-item[1], texts[item[0]], item[0]))
    return _unlike([at for at, near in order if near > 0], vectors)


def _vectors(texts: Sequence[str]) -> Any:
    """A row of length 1 for each text; None where no text holds a word."""
    text = need("sklearn.feature_extraction.text", "comments", "quotes")
    made = text.TfidfVectorizer(
        token_pattern=_TOKEN, sublinear_tf=True, strip_accents="unicode", max_features=_MOST_FEATURES, max_df=1.0
    )
    if not any(_WORDS.search(item) for item in texts):
        return None
    return made.fit_transform(texts)


def _unlike(order: list[int], vectors: Any, most: int = 100) -> list[int]:
    """The first of each kind; each of them strikes out all that are like it, at once."""
    candidates = vectors[order]
    left: NDArray[np.bool_] = np.ones(len(order), dtype=bool)
    chosen: list[int] = []
    while len(chosen) < most and left.any():
        first = int(left.argmax())
        chosen.append(order[first])
        left &= (candidates @ candidates[first].T).toarray().ravel() < ALIKE
        left[first] = False
    return chosen
