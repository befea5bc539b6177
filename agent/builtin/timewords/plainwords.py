"""A question in plain words for the time patterns, each character knowing where it came from.

Months become JAN … DEC in capitals and nothing else does, so that "may" and "march" the verbs stay apart;
numbers become figures, abbreviations and the usual slips become the word itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

_NAMES: list[str] = re.findall(
    r"\w+", "january february march april may june july august september october november december"
)
MONTHS = [name[:3].upper() for name in _NAMES]
ANY_MONTH = "|".join(MONTHS)

_NUMBERS = re.findall(r"\w+", "one two three four five six seven eight nine ten eleven twelve")
_SLIPS = (
    "sept:SEP aprl:APR arpil:APR marhc:MAR jully:JUL couple:2 twenty:20 thirty:30 sixty:60 ninety:90 first:1st "
    "second:2nd third:3rd fourth:4th qtr:quarter qtrs:quarters wk:week wks:weeks mth:month mths:months "
    "mnth:month moth:month monht:month yr:year yrs:years yaer:year yera:year wek:week lats:last tihs:this "
    "prev:previous till:until til:until thru:through versus:vs v:vs pre:before post:after snce:since "
    "sicne:since begining:beginning preceeding:preceding"
)
_WORDS: dict[str, str] = (
    {name: name[:3].upper() for name in _NAMES}
    | {name[:3]: name[:3].upper() for name in _NAMES}
    | {name: str(number) for number, name in enumerate(_NUMBERS, start=1)}
    | dict(re.findall(r"(\w+):(\w+)", _SLIPS))
)
# Only long words are mended: "weak", "mouth" and "much" are words of their own.
_MENDED: list[str] = re.findall(
    r"\w+",
    "january february august september october november december quarter quarters quarterly monthly "
    "yesterday between before previous annually",
)
_REAL_WORDS = {"precious", "quieter", "quartet", "quartets", "augusta", "auguste", *_MENDED}
_SIGNS = {"’": "'", "‘": "'", "–": "-", "—": "-", "−": "-", "‑": "-"}
_TOKEN = re.compile(r"[^\W\d_]+|\s+|.", re.DOTALL)

_MONTH_BEFORE = re.compile(
    r"\b(?:in|since|during|until|through|from|vs|before|after|between|for|of|than|by|last|next|early|mid|late"
    rf"|(?:{ANY_MONTH})(?:[ ,/-]*(?:and|or|to|vs))?)[ ,/-]*$"
)
_MONTH_AFTER = re.compile(rf",? ?'?\d|'s|[ ,/-]*(?:and|or|to|through|vs|until)?[ ,/-]*(?:{ANY_MONTH})\b")
_MAY_VERB = re.compile(r" (?:i|we|you|it|they|he|she|be|have|not|also|the|a|this|that)\b")
_MARCH_VERB = re.compile(
    r" (?:on|up|upwards?|down|downwards?|ahead|forward|off|out|onwards?|together|past|towards?|into)\b"
)
_MARCHER = re.compile(r"\b(?:i|we|you|they|who|will|can|could|would|should|must|not|customers|on the) $")
_OPENING = re.compile(r" (?:nps|scores?|results|data|responses|numbers|figures)\b")


@dataclass(frozen=True)
class PlainWords:
    """The plain text of a question."""

    question: str
    text: str
    starts: list[int]
    stops: list[int]

    def offsets(self, start: int, end: int) -> tuple[int, int]:
        """Where a stretch of the plain text stands in the question."""
        return self.starts[start], self.stops[end - 1]

    def written(self, start: int, end: int) -> str:
        """The user's own words for a stretch of the plain text."""
        return self.question[self.starts[start] : self.stops[end - 1]]


def plain_words(question: str) -> PlainWords:
    """Rewrite a question in plain words."""
    words: list[str] = []
    starts: list[int] = []
    stops: list[int] = []
    for token in _TOKEN.finditer(question):
        word = _plain(token[0])
        words.append(word)
        starts += [token.start()] * len(word)
        stops += [token.end()] * len(word)
    plain = PlainWords(question, "".join(words), starts, stops)
    return PlainWords(question, _without_verbs(plain), starts, stops)


def _plain(token: str) -> str:
    if token[0].isalpha():
        return _word(token.lower())
    return " " if token.isspace() else _SIGNS.get(token, token)


@lru_cache(maxsize=4096)
def _word(word: str) -> str:
    if word in _WORDS or word in _REAL_WORDS or len(word) < 5:
        return _WORDS.get(word, word)
    from rapidfuzz.distance import OSA

    for name in _MENDED:
        slips = 2 if len(name) > 7 and name in _NAMES else 1
        if word[0] == name[0] and OSA.distance(word, name, score_cutoff=slips) <= slips:
            return _WORDS.get(name, name)
    return word


def _without_verbs(plain: PlainWords) -> str:
    text = plain.text
    for match in re.finditer(r"\b(?:MAY|MAR)\b", text):
        if not _is_month(text, match, plain.written(*match.span())):
            text = text[: match.start()] + match[0].lower() + text[match.end() :]
    return text


def _is_month(text: str, match: re.Match[str], written: str) -> bool:
    """Whether "may" or "march" is the month here, and not the verb."""
    before, after = text[: match.start()], text[match.end() :]
    if _MONTH_BEFORE.search(before) or _MONTH_AFTER.match(after):
        return True
    if written.lower() != "may":
        return not (written.lower() == "march" and (_MARCH_VERB.match(after) or _MARCHER.search(before)))
    if not before.strip():
        return _OPENING.match(after) is not None
    return written[0].isupper() and not _MAY_VERB.match(after)
