"""What stands for a hidden piece of text while a comment is redacted: one private character for each kind.

No rule matches such a character, so that what one rule has hidden, or kept, is out of reach for the next.
"""

from __future__ import annotations

import re
from typing import Literal, get_args

Kind = Literal["e-mail", "phone", "card", "address", "name", "number", "link", "date of birth"]
KINDS: tuple[Kind, ...] = get_args(Kind)
MARKS: dict[Kind, str] = {kind: chr(0xE000 + at) for at, kind in enumerate(KINDS)}
ANY_MARK = f"[{''.join(MARKS.values())}]"
_FIRST_KEPT, _MOST_KEPT = 0xF0000, 60_000


def placeholder(kind: Kind) -> str:
    """What people read in place of it: [e-mail]."""
    return f"[{kind}]"


class Kept:
    """Pieces that stay as they are, whatever the rules that follow would make of them."""

    def __init__(self) -> None:
        self.pieces: list[str] = []

    def keep(self, match: re.Match[str]) -> str:
        """For `re.sub`: a mark in place of the piece."""
        if len(self.pieces) >= _MOST_KEPT:
            return match.group()
        self.pieces.append(match.group())
        return chr(_FIRST_KEPT + len(self.pieces) - 1)

    def restored(self, text: str) -> str:
        """The text with its pieces back in place."""
        return text.translate({_FIRST_KEPT + at: piece for at, piece in enumerate(self.pieces)})


ANY_PLACEHOLDER = re.compile("|".join(re.escape(placeholder(kind)) for kind in KINDS))
"""Any of the words that people read."""
