"""Which dimensions say who somebody is, and which are further answers of the same survey.

A rating of the support or an "agree" beside the score is an outcome like the score itself: that those who rate the
support low give low scores is no finding about a segment. Searches therefore leave ratings out unless they are named.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from tools.explain.ordered import ordered_codes
from warehouse.catalog import Catalog, Dimension
from warehouse.roles import words_of

_SCALE = re.compile(r"\d{1,2}")
_NO_RATING = re.compile(
    r"\b(?:age|size|people|persons|employees|members|number|count|quantity|qty|orders|visits|times|year|years|month|months|"
    r"week|day|hour|quarter|rank|level|tier|grade|zone|region|floor|group|segment|cluster|code|id|household|children|seats)\b"
)


def traits(catalog: Catalog, most: int) -> list[str]:
    """Dimensions of 2 to `most` values without the ratings; all of them where nothing else is there."""
    usable = {name: found for name, found in catalog.dimensions.items() if 2 <= len(found.values) <= most}
    return [name for name, found in usable.items() if not is_rating(name, found)] or list(usable)


def ratings_caveat(catalog: Catalog, searched: Sequence[str]) -> list[str]:
    """What is said of the ratings that a search left out."""
    left = [name for name, found in catalog.dimensions.items() if is_rating(name, found) and name not in searched]
    some = ", ".join(left[:3]) + (f" and {len(left) - 3} more" if len(left) > 3 else "")
    return [f"Other answers of the same survey are not searched as segments: {some}."] if left else []


def is_rating(name: str, dimension: Dimension) -> bool:
    """True for a scale of 4 to 11 whole numbers up to 10, or of three or more ordered words, in the survey itself."""
    if dimension.table != "responses" or _NO_RATING.search(words_of(name)):
        return False
    values = list(dimension.values)
    if all(_SCALE.fullmatch(value) for value in values):
        return 4 <= len(values) <= 11 and max(map(int, values)) <= 10
    return len(values) >= 3 and ordered_codes(values) is not None
