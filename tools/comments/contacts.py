"""E-mail addresses, links and machine addresses in comments, also where they are spelled out."""

from __future__ import annotations

import re

from tools.comments.marks import MARKS

_AT = re.compile(
    r"\s?(?:@{1,9}|%40)\s?"
    r"|\s?[(\[{<]\s?(?:@|at|ät|ett|a|arroba|arobase|klammeraffe)\s?[)\]}>]\s?"
    r"|\s?[\s_-](?:at(?:\sthe\srate(?:\sof)?)?|ät|arroba|arobase|klammeraffe)[\s_-]\s?",
    re.IGNORECASE,
)
_SPELLED_DOT = r"(?:\s?[\s_-](?:dot|punkt|punto|point)[\s_-]\s?|\s?[(\[{<]\s?(?:dot|\.|punkt|punto|point)\s?[)\]}>]\s?)"
_DOT = rf"(?:\.|\s\.\s?|\.\s|,(?=(?:com|co|net|org|de|es|fr|uk)\b)|{_SPELLED_DOT})"
_SIGN = r"(?:dot|punkt|punto|point|underscore|unterstrich|dash|hyphen|minus|bindestrich|guion|guión|tiret|plus)"
_DOMAIN = re.compile(rf"[\w-]++(?:\.[\w-]++)++|[\w-]++(?:{_DOT}[\w-]++){{1,4}}", re.IGNORECASE)
_SPELLED_DOMAIN = re.compile(rf"[^\W_]++(?:{_SPELLED_DOT}[^\W_]++){{1,4}}", re.IGNORECASE)
_MAILERS = re.compile(
    r"(?:g(?:oogle)?mail|yahoo|hotmail|outlook|live|msn|icloud|aol|gmx|web|t-online|proton(?:mail)?|btinternet|orange"
    r"|free|laposte|wanadoo|freenet|mail|qq|yandex|zoho)(?:\.[\w-]++)++",
    re.IGNORECASE,
)
_BEFORE = re.compile(rf"([\w+.%'-]+)(?:\s\.\s|[\s_-]{_SIGN}[\s_-])$", re.IGNORECASE)
_LOCAL = frozenset(".+%'-_=~&!#$*/")
_CLOSING = "\"')]>”’"
_LETTER = re.compile(r"[^\W\d_]")
_WORD = re.compile(r"[\w-]++")
_NUMBERS = frozenset("0123456789 ()+-./,_")
_WINDOW = 200
_LINK = re.compile(
    r"(?:[a-z][a-z0-9+.-]{0,15}://|(?:javascript|vbscript):(?=\S)|data:(?=\w+/)|www\d?\.)\S*+"
    r"|(?<![\w.-])(?:[\w-]++\.)++[a-z]{2,24}(?::\d{1,5})?[/?#]\S++",
    re.IGNORECASE,
)
_LINK_SIGN = re.compile(r"[a-z](?::\d{1,5})?[/?#]\S|script:|data:", re.IGNORECASE)
_HANDLE = re.compile(r"@[^\W\d_](?:[\w.-]*\w)?")
_HEX = "[0-9a-f]{1,4}"
_MACHINE = re.compile(
    r"(?<!\d)\d{1,3}(?:\.\d{1,3}){3}(?!\d)(?::\d{1,5})?(?:/\d{1,2})?"
    rf"|(?:{_HEX}:){{1,6}}(?::{_HEX}){{1,6}}|::(?:{_HEX}:){{1,6}}{_HEX}|(?:{_HEX}:){{3,7}}{_HEX}"
    r"|(?:[0-9a-f]{2}-){5}[0-9a-f]{2}",
    re.IGNORECASE,
)
_MACHINE_SIGN = re.compile(r"\d\.\d{1,3}\.\d|[0-9a-f]:[0-9a-f:]|[0-9a-f]{2}-[0-9a-f]{2}-|::", re.IGNORECASE)


def hide_contacts(text: str) -> str:
    """E-mail addresses, then links, machine addresses and handles."""
    if "://" in text or "www" in text.lower() or _LINK_SIGN.search(text):
        text = _LINK.sub(_linked, text)
    text = _HANDLE.sub(MARKS["name"], _hide_addresses(text))
    return _MACHINE.sub(MARKS["number"], text) if _MACHINE_SIGN.search(text) else text


def _linked(match: re.Match[str]) -> str:
    """A link that ends a sentence leaves the full stop."""
    last = match.group()[-1]
    return MARKS["link"] + (last if last in ".,;!?" else "")


def _hide_addresses(text: str) -> str:
    """From every sign for "at" the longest address to its left and right; each character is looked at once."""
    parts, done = [], 0
    for at in _AT.finditer(text):
        if at.start() < done:
            continue
        end = _domain_end(text, at)
        if end is None:
            continue
        start = _local_start(text, at.start(), done)
        if start >= at.start():
            continue
        parts += [text[done:start], MARKS["e-mail"]]
        done = end
    return "".join([*parts, text[done:]])


def _domain_end(text: str, at: re.Match[str]) -> int | None:
    """Where the domain ends; a bare "at" needs a spelled dot or a mail service: people shop at amazon.com."""
    sign = at.group()
    bare = sign[0] in " \n_-" and sign.strip(" \n_-").isalpha()
    if bare:
        found = _SPELLED_DOMAIN.match(text, at.end()) or _MAILERS.match(text, at.end())
        return found.end() if found else None
    found = _DOMAIN.match(text, at.end())
    if found and _LETTER.search(found.group()):
        return found.end()
    if sign not in ("@", "%40"):
        return None
    word = _WORD.match(text, at.end())
    if word is None:
        return at.end() if text[at.end() : at.end() + 1] == MARKS["link"] else None
    told = len(word.group()) >= 4 and _LETTER.search(word.group())  # swearers write "f@ck"
    return word.end() if told else None


def _local_start(text: str, at: int, done: int) -> int:
    start = at - 1 if at > done and text[at - 1] in _CLOSING else at
    while start > done and (text[start - 1].isalnum() or text[start - 1] in _LOCAL):
        start -= 1
    for _ in range(4):
        before = _BEFORE.search(text[max(done, start - _WINDOW) : start])
        if not before:
            break
        start -= len(before.group())
    if not any(character.isalpha() for character in text[start:at]):  # the end of a phone number, then
        while start > done and text[start - 1] in _NUMBERS:
            start -= 1
    return start
