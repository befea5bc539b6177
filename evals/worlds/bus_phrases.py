"""What riders write: for each theme kind sentences and unkind ones."""

from __future__ import annotations

from typing import Final

PHRASES: Final[dict[str, tuple[list[str], list[str]]]] = {
    "delays": (
        [
            "Hardly ever late these days.",
            "I never have to wait more than five minutes.",
            "Punctual, I can set my watch by it.",
            "No delays all month, well done.",
        ],
        [
            "Late again, third time this week.",
            "I waited forty minutes in the rain.",
            "Constant delays and nobody says why.",
            "The waiting time at the stop is a joke.",
            "Never punctual in the morning.",
            "Delayed every single day.",
        ],
    ),
    "drivers": (
        [
            "The driver was so friendly and helped me with the pram.",
            "Polite drivers who wait until you sit.",
            "Lovely staff, always a smile.",
            "Friendly driver, he knew the way to the museum.",
        ],
        [
            "The driver was rude when I asked for change.",
            "Unfriendly driver who shut the door in my face.",
            "Staff at the depot were impolite.",
            "Rude driver, no greeting, braked like mad.",
        ],
    ),
    "fares": (
        [
            "Good value for the price of a pass.",
            "Cheap compared with parking.",
            "The monthly pass is a fair price.",
        ],
        [
            "Too expensive for two stops.",
            "Prices go up every year.",
            "A single costs more than petrol, overpriced.",
            "The fare is far too expensive for students.",
        ],
    ),
    "crowding": (
        [
            "There is always a seat now that the bus is longer.",
            "Less crowded than it used to be.",
            "Plenty of room even with a bike.",
        ],
        [
            "So crowded that I could not get on.",
            "Packed like sardines at eight o'clock.",
            "Overcrowded, we stood all the way.",
            "No seat for my mother, far too crowded.",
        ],
    ),
    "cleanliness": (
        [
            "Clean seats and clean windows.",
            "Spotless inside.",
            "Always clean, thank you.",
        ],
        [
            "Dirty seats and rubbish on the floor.",
            "It smelled and the floor was filthy.",
            "Dirty windows, could not see my stop.",
        ],
    ),
}
