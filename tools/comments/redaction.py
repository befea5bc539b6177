"""Comments made fit to be shown: what tells who somebody is goes, and nothing in them can act.

It errs on the side of hiding. It looks for e-mail addresses, phone, card and account numbers, links, addresses,
birthdays and names in English, German, Spanish and French; a rare name in an odd place gets through, so quotations
stay behind minimum bases as well. Scores, prices, dates since 2010, years and durations stay.
"""

from __future__ import annotations

import functools
import html
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field

from tools.comments.contacts import hide_contacts
from tools.comments.digits import hide_accounts, hide_numbers
from tools.comments.marks import ANY_PLACEHOLDER, MARKS, Kept, Kind, placeholder
from tools.comments.people import hide_people
from tools.comments.places import hide_places

_SPACES = re.compile(r"[^\S\n]*\n\s*|[^\S\n]+")

_OPEN, _CLOSE = "\ue0f0", "\ue0f1"
_INERT = str.maketrans(
    {
        "{": "(",
        "}": ")",
        "<": "‹",
        ">": "›",
        "[": "(",
        "]": ")",
        "`": "'",
        '"': "'",
        "*": "∗",
        "|": "¦",
        "\\": "/",
        "“": "‘",
        "”": "’",
        "„": "‚",
    }
)
_MARKUP = re.compile(r"(?:(?<=\s)|^)(?:#{1,6}|[-=_~]{3,}|!+(?=\())\s*|#{2,}|_{2,}|~{2,}")


@dataclass(frozen=True)
class Redacted:
    """A comment without what tells who somebody is."""

    text: str
    """With [e-mail], [phone], [card], [address], [name], [number], [link] or [date of birth] in its place."""
    found: dict[Kind, int] = field(default_factory=dict)
    """How many of each were hidden; nothing where there were none."""

    @property
    def total(self) -> int:
        """How many in all."""
        return sum(self.found.values())


def redact(text: str, *, names: Iterable[str] = ()) -> Redacted:
    """The comment with everything personal replaced.

    `names` are values known for whoever wrote it (the personal columns of the row): they are hidden wherever they
    stand, and so are their parts.
    """
    folded = fold(text)
    kept = Kept()
    known = [fold(name) for name in names if name]
    hidden = hide_people(hide_numbers(hide_places(hide_contacts(hide_accounts(folded))), kept), known)
    found = {kind: hidden.count(mark) for kind, mark in MARKS.items() if mark in hidden}
    shown = hidden.translate({ord(mark): placeholder(kind) for kind, mark in MARKS.items()})
    return Redacted(kept.restored(shown), found)


def fold(text: str) -> str:
    """The text in one way of writing: usual letters and digits, nothing invisible, single spaces and line ends."""
    if not text.isascii() or "&" in text:
        text = html.unescape(text)
        text = "".join(_seen(unicodedata.normalize("NFKC", text)))
    text = text.translate(_CONTROLS)
    return _SPACES.sub(lambda match: "\n" if "\n" in match.group() else " ", text).strip()


def plain(text: str) -> str:
    """The text as inert data on one line: no template, markup, link or quotation mark of it means anything any more."""
    kept = ANY_PLACEHOLDER.sub(lambda match: f"{_OPEN}{match.group()[1:-1]}{_CLOSE}", fold(text))
    bare = _MARKUP.sub("", " ".join(kept.translate(_INERT).split()))
    return " ".join(bare.replace(_OPEN, "[").replace(_CLOSE, "]").split())


def quotable(text: str, *, names: Iterable[str] = ()) -> str:
    """Redacted and inert: what a person or a model may be shown of a comment."""
    return plain(redact(text, names=names).text)


_CONTROLS = dict.fromkeys((*range(10), 11, 12, *range(14, 32), 127), " ") | {13: "\n"}


def _seen(text: str) -> Iterable[str]:
    """Characters that are seen, digits as 0 to 9; accents stay on letters only."""
    letter = False
    for character in text:
        kind, value = _category(character)
        if kind == "letter":
            letter = True
        elif kind == "accent":
            if not letter:
                continue
        elif kind == "nothing":
            continue
        else:
            letter = False
        yield value


@functools.lru_cache(maxsize=4096)
def _category(character: str) -> tuple[str, str]:
    category = unicodedata.category(character)
    if category == "Nd":
        return "other", str(unicodedata.decimal(character))
    if category[0] == "L":
        return ("nothing", "") if character in "\u115f\u1160\u3164\uffa0" else ("letter", character)
    if category[0] == "M":
        return ("nothing", "") if "\ufe00" <= character <= "\ufe0f" else ("accent", character)
    if category in ("Cf", "Co", "Cs", "Cn"):
        return "nothing", ""
    if category in ("Cc", "Zl", "Zp"):
        return "other", "\n" if character in "\n\r\x85\u2028\u2029" else " "
    return "other", character
