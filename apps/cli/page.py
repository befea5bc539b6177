"""What the terminal can do, and text that is safe and narrow enough for it."""

from __future__ import annotations

import codecs
import os
import re
import shutil
import sys
import unicodedata
from dataclasses import dataclass
from typing import TextIO

# Escape sequences in data would move the cursor or recolour the terminal; bidi controls reorder what is read.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_SPACES = re.compile(r"[\s\u2028\u2029]+")
_SAME_WIDTH = dict(zip("–—−·•×’‘“”─━│├┤┼┴●┊✓✗┌┐└┘═║╔╗╚╝", "---|*x''\"\"--|||++o:+x++++=|++++", strict=True))
_ASCII = {**_SAME_WIDTH, "…": "...", "→": "->", "≥": ">=", "≤": "<="}
_ERRORS = "npsight"


def _in_ascii(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end]
    return "".join(_ASCII.get(character, "?") for character in text), error.end


codecs.register_error(_ERRORS, _in_ascii)


def never_fail_on_text(stream: TextIO) -> None:
    """Characters that the stream cannot hold become their ASCII likeness."""
    reconfigure = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors=_ERRORS)


def clean(text: str) -> str:
    """Text from data or a model without anything that acts on a terminal; line ends stay."""
    return _CONTROL.sub("", text)


def one_line(text: str) -> str:
    """Clean text on a single line."""
    return clean(_SPACES.sub(" ", text)).strip()


def text_width(text: str) -> int:
    """Columns that a text takes: two for wide characters, none for combining ones."""
    if text.isascii():
        return len(text)
    return sum(_character_width(character) for character in text)


def _character_width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def pad(text: str, width: int, *, right: bool = False) -> str:
    """Text filled up with spaces to a width."""
    space = " " * max(0, width - text_width(text))
    return space + text if right else text + space


def cut(text: str, width: int) -> str:
    """Text cut to a width, with an ellipsis where something is gone."""
    if text_width(text) <= width:
        return text
    kept = ""
    for character in text:
        if text_width(kept + character) > width - 1:
            break
        kept += character
    return kept.rstrip() + "…"


def fold(text: str, width: int) -> list[str]:
    """Words of a text on lines of at most `width`; longer words are broken."""
    lines: list[str] = []
    line = ""
    for word in text.split(" "):
        joined = f"{line} {word}" if line else word
        if text_width(joined) <= width:
            line = joined
            continue
        lines += [line] if line else []
        *full, line = _pieces(word, width)
        lines += full
    return [*lines, line]


def _pieces(word: str, width: int) -> list[str]:
    """A word, broken where it is longer than a line."""
    pieces = [""]
    for character in word:
        if pieces[-1] and text_width(pieces[-1] + character) > width:
            pieces.append("")
        pieces[-1] += character
    return pieces


def wrap(text: str, width: int, *, first: str = "", rest: str = "") -> list[str]:
    """Text on lines of at most `width`, the first opening with `first`, the others with `rest`."""
    lines = fold(one_line(text), max(8, width - max(len(first), len(rest))))
    return [(rest if number else first) + line for number, line in enumerate(lines)]


@dataclass(frozen=True)
class Page:
    """Where the output goes: its width, and whether it is a terminal that shows colours."""

    width: int
    terminal: bool
    colour: bool

    def bold(self, text: str) -> str:
        """Bold where colours are on."""
        return f"\x1b[1m{text}\x1b[0m" if self.colour and text else text

    def dim(self, text: str) -> str:
        """Dim where colours are on."""
        return f"\x1b[2m{text}\x1b[0m" if self.colour and text else text

    def bullets(self, items: list[str]) -> list[str]:
        """A dim list, each item wrapped below its own mark."""
        return [self.dim(line) for item in items for line in wrap(item, self.width, first="• ", rest="  ")]


def page() -> Page:
    """The page that stdout is."""
    terminal = sys.stdout.isatty()
    plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
    return Page(max(20, shutil.get_terminal_size((80, 24)).columns), terminal, terminal and not plain)


def print_lines(lines: list[str]) -> None:
    """Write lines to stdout."""
    print("\n".join(lines))


def print_json(text: str) -> None:
    """Write one JSON text to stdout; escaped where stdout cannot hold it."""
    encoding = (sys.stdout.encoding or "ascii").lower().replace("-", "")
    if encoding != "utf8" and not text.isascii():
        import json

        text = json.dumps(json.loads(text))
    print(text)


def note(text: str) -> None:
    """Write a note to stderr."""
    print(one_line(text), file=sys.stderr)
