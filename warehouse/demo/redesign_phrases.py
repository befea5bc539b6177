"""What people say about an app before and after its new design."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

LOST: Final = (
    "I cannot find anything since the new design.",
    "The menu moved and I keep searching for the export button.",
    "Why change the layout? The old navigation was clear.",
    "Everything is hidden behind icons now.",
    "The new navigation is confusing, I only need two things.",
    "Cannot find my saved reports in the new layout.",
)
FASTER: Final = (
    "The new shortcuts save me an hour a day.",
    "Love the new design, everything is one keystroke away.",
    "The new layout fits so much more on one screen.",
    "Finally a design made for people who live in this app.",
    "Much faster to work with since the new design.",
)
USUAL: Final[tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = (
    (
        "Too slow to load in the morning.",
        "Support took days to answer.",
        "Too expensive for what it does.",
        "It crashes when I open large files.",
        "Sync is unreliable.",
    ),
    (
        "Does the job, could be quicker.",
        "Good, but the mobile app lags behind.",
        "Fine overall, support is a bit slow.",
        "Useful, though the price went up.",
    ),
    (
        "Easy to use and reliable.",
        "Great support, always friendly.",
        "Does everything that we need.",
        "Quick and stable, no complaints.",
        "Best tool in our stack.",
    ),
)


def comment_for(nps_class: int, user: str, chance: Sequence[float], *, new_design: bool) -> str:
    """A sentence for a detractor (0), passive (1) or promoter (2); with the new design some name it."""
    pool: tuple[str, ...] = USUAL[nps_class]
    if new_design and chance[1] < 0.5:
        if user == "casual" and nps_class < 2:
            pool = LOST
        elif user == "power" and nps_class == 2:
            pool = FASTER
    return pool[int(chance[2] * len(pool))]
