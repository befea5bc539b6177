"""What must not travel: people's contacts out of texts, anything that acts out of data, secrets out of records."""

from __future__ import annotations

import json
import os
import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from tools.comments.contacts import hide_contacts
from tools.comments.digits import hide_accounts, passes_luhn
from tools.comments.marks import ANY_PLACEHOLDER, MARKS, Kept, placeholder
from tools.comments.redaction import fold

SECRET = "[secret]"
LONGEST = 120
"""Characters of a name or value that a model reads."""
_BEGINNING = 20
"""Characters of a long name from which its beginning stands for it."""
_FEWEST = 8
"""Characters of an environment variable that may be a secret; shorter ones would hide ordinary words."""
_ROUNDS = 12

_YEAR = r"(?:19|20)\d\d"
_FIGURES = re.compile(
    rf"(?<!\d)(?:{_YEAR}[-./]\d{{1,2}}[-./]\d{{1,2}}|\d{{1,2}}[./-]\d{{1,2}}[./-]{_YEAR}|{_YEAR}[01]\d[0-3]\d|{_YEAR}-\d\d"
    rf"|{_YEAR}|(?<![\d.])\d{{1,2}}\.\d{{1,3}}(?![\d.]))(?!\d)"
)
"""Dates, months, years and decimals, of which several may stand in a row."""
_RUN = re.compile(r"(?<![\w.])(?:\+\s?|\(\+?)?\d(?:[ ./()\-‐-―−]{0,2}\d){6,}+(?!\w)")
_SIGNS = tuple("£$€¥₹")
_MONEY = re.compile(r"\s?(?:[%‰£$€¥₹]|(?:eur|usd|gbp|chf|euros?|dollars?|pounds?)\b)", re.IGNORECASE)
_PLAIN_NUMBER = 7
"""Digits in one piece up to which a number is a figure; a longer one is somebody's."""


def masked(text: str, *, keep: Iterable[str] = ()) -> str:
    """The text with e-mail addresses, phone, card and account numbers, links and keys replaced.

    Numbers, dates, prices, periods and the names of segments stay; `keep` are names that stay whatever they look
    like. A text with nothing to hide comes back as it was.
    """
    kept = Kept()
    bare = scrubbed(text)
    for name in sorted({name for name in keep if len(name) > 1}, key=len, reverse=True):
        bare = re.sub(re.escape(name), kept.keep, bare)
    plain = _folded(bare)
    hidden = plain
    for _ in range(_ROUNDS):
        again = scrubbed(_hidden(hidden))
        if again == hidden:
            break
        hidden = again
    return kept.restored(bare if hidden == plain else hidden)


def _folded(text: str) -> str:
    """One way of writing, however often it was escaped; pieces that are kept stay."""
    parts = re.split("([\U000f0000-\U000ffffd])", text)
    return "".join(part if at % 2 else _settled(part) for at, part in enumerate(parts))


def _settled(text: str) -> str:
    """Folded until folding changes nothing more; spaces at the ends stay, for what follows."""
    start, end = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    for _ in range(_ROUNDS):
        folded = fold(text)
        if folded == text:
            break
        text = folded
    else:
        text = fold(text.replace("&", " "))
    return f"{' ' if start else ''}{text}{' ' if end and text else ''}"


def _hidden(text: str) -> str:
    marked = ANY_PLACEHOLDER.sub(lambda match: _mark(match.group()), text)
    found = hide_contacts(hide_accounts(marked))
    found = _RUN.sub(_run, found)
    return found.translate({ord(mark): placeholder(kind) for kind, mark in MARKS.items()})


def _mark(shown: str) -> str:
    return next(mark for kind, mark in MARKS.items() if placeholder(kind) == shown)


def _run(match: re.Match[str]) -> str:
    """A long run of digits: a card, a phone number, an account; or a plain figure, which stays."""
    found = match.group()
    digits = re.sub(r"\D", "", found)
    pieces = re.findall(r"\d+", found)
    left = re.sub(r"\D", "", _FIGURES.sub("", found))
    dated = _FIGURES.match(found) is not None
    if not left or (len(left) < 5 and (dated or found[0] not in "+(0")) or _is_amount(match):
        return found
    if 13 <= len(digits) <= 19 and passes_luhn(digits):
        return MARKS["card"]
    if found[0] in "+(0":
        return MARKS["phone"] if len(digits) <= 15 else MARKS["number"]
    if len(pieces) == 1:
        return found if len(digits) <= _PLAIN_NUMBER or found.endswith("000") else MARKS["number"]
    if len(digits) >= 9 and all(len(piece) > 1 for piece in pieces):
        return MARKS["phone"] if len(digits) <= 15 else MARKS["number"]
    return found


def _is_amount(match: re.Match[str]) -> bool:
    """True beside a sign for money or per cent."""
    before, after = match.string[: match.start()].rstrip()[-1:], match.string[match.end() :]
    return match.group()[0] in "123456789" and (before in _SIGNS or _MONEY.match(after) is not None)


_INERT = str.maketrans({"{": "(", "}": ")", "[": "(", "]": ")", "<": "‹", ">": "›", "`": "'", "\\": "/"})
_WIDE = str.maketrans({"｛": "(", "｝": ")", "［": "(", "］": ")", "＜": "‹", "＞": "›", "｀": "'", "＼": "/"})
_UNSEEN = frozenset("\u115f\u1160\u3164\uffa0\u2800\u034f\u17b4\u17b5")
_MOST_ACCENTS = 2


def as_data(text: object, most: int = LONGEST) -> str:
    """A text from the data on one line, inert and short.

    Nothing in it is a template, markup, a link or the end of a block any more, and nothing invisible is left.
    """
    seen = " ".join("".join(_seen(str(text)[: 8 * most])).split())
    inert = ANY_PLACEHOLDER.sub(lambda match: _mark(match.group()), seen).translate(_INERT).translate(_WIDE)
    inert = re.sub(r":(?=//)", ": ", inert)
    inert = re.sub(r"(?i)\b(javascript|vbscript|data|file):(?=\S)", r"\1: ", inert)
    inert = inert.translate({ord(mark): placeholder(kind) for kind, mark in MARKS.items()})
    inert = inert.replace("](", "] (")
    if len(inert) <= most and len(str(text)) <= 8 * most:
        return inert
    return inert[: most - 1].rstrip() + "…"


def _seen(text: str) -> Iterable[str]:
    """Characters that people see; of accents at most two on a letter."""
    accents = 0
    for character in text:
        kind = unicodedata.category(character)
        accents = accents + 1 if kind in ("Mn", "Me") else 0
        if kind in ("Cc", "Zl", "Zp", "Zs"):
            yield " "
        elif kind[0] == "C" or character in _UNSEEN or _selects(character) or accents > _MOST_ACCENTS:
            continue
        else:
            yield character


def _selects(character: str) -> bool:
    """True for tags and variation selectors, which carry text that nobody sees."""
    return "\ufe00" <= character <= "\ufe0f" or "\U000e0000" <= character <= "\U000e0fff"


def as_written(arguments: Any, names: Iterable[str]) -> Any:
    """A call's arguments with each name that the model read in its inert form as the data spells it.

    Of a long name the beginning is enough, with or without the … that it was cut with, where only one begins so.
    """
    known = list(names)
    spelled = {shown: name for name in known if (shown := as_data(name)) != name}
    long = {as_data(name, 8 * LONGEST): name for name in known if len(name) > _BEGINNING}
    return _respelled(arguments, _Spelled(spelled, long, frozenset(known))) if spelled or long else arguments


class _Spelled:
    """Names as the data spells them, by how a model may write them."""

    def __init__(self, shown: Mapping[str, str], long: Mapping[str, str], known: frozenset[str]) -> None:
        self.shown, self.long, self.known = shown, long, known

    def get(self, text: str, default: str) -> str:
        if text in self.shown or text in self.known:
            return self.shown.get(text, default)
        begun = text.strip().removesuffix("…").removesuffix("...").rstrip()
        if len(begun) < _BEGINNING:
            return default
        meant = {name for shown, name in self.long.items() if shown.startswith(begun)}
        return meant.pop() if len(meant) == 1 else default


def _respelled(value: Any, spelled: _Spelled) -> Any:
    if isinstance(value, str):
        return spelled.get(value, value)
    if isinstance(value, list):
        return [_respelled(item, spelled) for item in value]
    if isinstance(value, dict):
        return {spelled.get(str(name), name): _respelled(item, spelled) for name, item in value.items()}
    return value


_SECRET_NAME = re.compile(r"(?:KEY|TOKEN|SECRET|PASSWORD)$", re.IGNORECASE)
_KEYS = re.compile(
    r"\b(?:sk|pk|rk)-(?=[\w-]*\d|[\w-]{20})[\w-]{8,}|\b(?:sk|pk|rk)_(?:live|test)_\w{8,}|\bgh[pousr]_\w{16,}"
    r"|\bgithub_pat_\w{16,}|\b(?:AKIA|ASIA)[0-9A-Z]{12,}|\bAIza[\w-]{20,}|\bxox[abeoprs]-[\w-]{8,}|\bglpat-[\w-]{8,}"
    r"|\bhf_[A-Za-z0-9]{16,}|\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----(?:.|\n)*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
)
_AFTER = re.compile(r"(?i)\b(Bearer\s+|Basic\s+(?=[\w+/]{16}))[\w.~+/=-]{8,}")
_IN_ADDRESS = re.compile(r"\b([a-zA-Z][a-zA-Z0-9+.-]{1,20}://)[^\s/:@\"'\\<>]{0,200}:[^\s/@\"'\\<>]{1,200}@")
_NAMED = re.compile(
    r"(?i)\b((?:api|access|secret|auth)[_-]?(?:key|token)|password|passwd|client[_-]secret)(\\?[\"']?\s*[:=]\s*\\?[\"']?)"
    r"(?!\[secret\])[^\s\"'\\,;}{\[\]]{8,}"
)


def scrubbed(text: str) -> str:
    """The text without secrets: values of this machine's keys and passwords, and whatever is shaped like a key."""
    for value in _own_secrets(os.environ):
        if value in text:
            text = text.replace(value, SECRET)
    text = _KEYS.sub(SECRET, text)
    text = _AFTER.sub(rf"\1{SECRET}", text)
    text = _IN_ADDRESS.sub(rf"\1{SECRET}@", text)
    return _NAMED.sub(rf"\1\2{SECRET}", text)


def _own_secrets(environment: Mapping[str, str]) -> list[str]:
    """Values as they are and as JSON writes them, the longest first."""
    values = {
        value.strip()
        for name, value in environment.items()
        if _SECRET_NAME.search(name) and len(value.strip()) >= _FEWEST
    }
    written = values | {json.dumps(value)[1:-1] for value in values}
    return sorted(written, key=lambda value: (-len(value), value))
