"""What people say at the end of a free trial."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

BROKEN: Final = (
    "The import failed again and again, I never saw my own data in it.",
    "Could not import our file, so there was nothing to try.",
    "Import error on the first day and nobody told us why.",
    "Our data never came in, the import just hung.",
    "Spent the trial fighting with the import.",
)
BY_CLASS: Final[tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = (
    (
        "Too expensive for a team of our size.",
        "Setting it up took longer than the trial.",
        "I got lost in the menus and gave up.",
        "Two weeks are too short to judge it.",
        "Support answered when the trial was over.",
        "It is missing the integration that we need.",
    ),
    (
        "Nice, but we need more time to decide.",
        "Works well, the price is at the upper end.",
        "Good start, reports could be easier to find.",
        "Fine for small projects, not sure about larger ones.",
        "The setup was a bit long, after that it was ok.",
    ),
    (
        "Set up in ten minutes and the team loved it.",
        "Easy to use from the first day.",
        "Support walked us through everything, great people.",
        "Exactly what we were looking for.",
        "Saves us hours every week already.",
        "The reports alone are worth the price.",
    ),
)


def comment_for(nps_class: int, chance: Sequence[float], *, broken: bool) -> str:
    """A sentence for a detractor (0), passive (1) or promoter (2); most of the broken week speak of the import."""
    if broken and chance[0] < (0.85, 0.6, 0.2)[nps_class]:
        return BROKEN[int(chance[1] * len(BROKEN))]
    pool = BY_CLASS[nps_class]
    return pool[int(chance[2] * len(pool))]
