"""A draft without the sentences that did not pass: what is left was checked again as a whole."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from agent.check import Checked

_ROUNDS = 4
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-ZÄÖÜ*_{\[(\"“¿¡])")
_ITEM = re.compile(r"\s*(?:[-*•]|\d+\.)\s")
_REFERENCE = re.compile(r"\{\{\s*F\d+")
_WORD = re.compile(r"\w+")


def pruned(draft: str, check: Callable[[str], Checked]) -> tuple[Checked, int] | None:
    """The draft without its refused sentences, and how many went; None where nothing worth reading is left.

    What is left must pass the check as it stands and still tell a figure.
    """
    lines = [_sentences(line) for line in draft.split("\n")]
    gone = 0
    for _ in range(_ROUNDS):
        text = _joined(lines)
        checked = check(text)
        if not checked.refused:
            return (checked, gone) if gone and _REFERENCE.search(text) else None
        found = _without(lines, checked, check)
        if not found:
            return None
        gone += found
    return None


def _sentences(line: str) -> list[str]:
    """A line's sentences; a row of a table is one piece."""
    return [line] if line.lstrip().startswith("|") else _SENTENCE_END.split(line)


def _joined(lines: Sequence[Sequence[str]]) -> str:
    """The lines without what introduced only what has gone."""
    told = [" ".join(pieces) for pieces in lines]
    kept: list[str] = []
    for line in reversed(told):
        after = next((later for later in reversed(kept) if later.strip()), "")
        heading = line.lstrip().startswith("#") and (not after or after.lstrip().startswith("#"))
        lead = line.rstrip().rstrip("*").endswith(":") and not (_ITEM.match(after) or after.lstrip().startswith("|"))
        if not (heading or lead):
            kept.append(line)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(reversed(kept))).strip()


def _without(lines: list[list[str]], checked: Checked, check: Callable[[str], Checked]) -> int:
    """Take the pieces out in which something was refused; how many they were."""
    refused = [_words(item.sentence) for item in checked.refused]
    gone = 0
    for at, pieces in enumerate(lines):
        kept = [piece for piece in pieces if not _refused(piece, refused, check)]
        gone += len(pieces) - len(kept)
        if len(kept) < len(pieces) and pieces[0].lstrip().startswith("|"):
            _drop_table(lines, at)
        else:
            lines[at] = kept
    return gone


def _refused(piece: str, refused: Sequence[str], check: Callable[[str], Checked]) -> bool:
    """True when the piece, filled in, is part of a refused sentence or holds one."""
    if not _WORD.search(piece):
        return False
    told = _words(check(piece).text) if "{{" in piece else _words(piece)
    return any(told and sentence and (told in sentence or sentence in told) for sentence in refused)


def _drop_table(lines: list[list[str]], at: int) -> None:
    """A table that lost a row may tell another story: it goes whole."""
    for step in (1, -1):
        place = at if step == 1 else at - 1
        while 0 <= place < len(lines) and lines[place] and lines[place][0].lstrip().startswith("|"):
            lines[place] = []
            place += step


def _words(text: str) -> str:
    """Letters and digits only: markup and blanks differ between draft and sentence."""
    return " ".join(_WORD.findall(text))
