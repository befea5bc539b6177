"""Names of people in comments: first names, what follows a title or "spoke to", and what stands under a letter."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable
from typing import Literal, NamedTuple

from tools.comments.given_names import BEGINNINGS, FIRST_NAMES, NOT_NAMES, SOMETIMES_NAMES, SURNAMES
from tools.comments.marks import MARKS

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*+")
_MOST_WORDS = 4
_PARTICLES = frozenset(
    ["van", "von", "der", "den", "de", "del", "della", "di", "da", "la", "le", "bin", "al", "zu", "mac", "o"]
)
Strength = Literal["surely", "capitalised", "signed"]
_CUES: dict[Strength, re.Pattern[str]] = {
    "surely": re.compile(
        r"\b(?:(?:my|his|her|the|their|whose|agent'?s?|first|last|full) names?(?:'s| is| was|:)|name's|i am called"
        r"|(?:call me|called|named)(?= (?-i:[A-Z]))"
        r"|mein name(?: ist|:)|ich hei(?:ß|ss)e|namens"
        r"|me llamo|mi nombre(?: es|:)|se llama(?:ba)?|llamad[oa]|je m['’]appelle|mon nom(?: est|:)"
        r"|s['’]appel(?:le|ait)|prénommée?|nom\s?:|name\s?:|nombre\s?:)[\s:,\"'“„«]{0,3}",
        re.IGNORECASE,
    ),
    "capitalised": re.compile(
        r"\b(?:(?:sp(?:oke|eak|oken|eaking)|talk(?:ed|ing)?|chatt?(?:ed|ing)?|dealt|deal|dealing) (?:to|with)|"
        r"(?:helped|served|assisted|contacted|visited|called|phoned|met|looked after|fitted|installed|delivered) by"
        r"|(?:dear|hi|hello|hey|hallo|hola|bonjour|liebe[r]?|ask)(?: to)?"
        r"|(?:mention|credit|praise|shout ?out|kudos)(?: to)?"
        r"|by far the best was|j['’]ai eu|danke an|mit(?= \S+ (?:gesprochen|telefoniert|geredet))"
        r"|met(?: with)?|thank(?:s|ing)?(?: you)?(?: so much| very much)? to"
        r"|thank you|well done|hats off to|kudos to|shout ?out to"
        r"|ask for|(?:agent|advis[oe]r|engineer|technician|driver|manager|colleague|assistant|operator|rep"
        r"|representative|installer"
        r"|consultant|nurse|doctor|waiter|lady|gentleman|guy|man|woman"
        r"|friend|husband|wife|son|daughter|boss)(?: called| named|,)?"
        r"|this is|i am|i['’]m|it was|\(?signed\)?"
        r"|(?:gesprochen|telefoniert|geredet|sprach|kontakt) mit|mit (?:dem )?(?:kollegen|mitarbeiter)|dank an"
        r"|mitarbeiter(?:in)?|kolleg(?:e|in)|techniker(?:in)?|berater(?:in)?"
        r"|habl[éeó] con|hablar con|hablado con|gracias a|atendid[oa] por|atendió|me ayudó|técnico|agente|asesora?"
        r"|parlé (?:à|avec)|discuté avec|merci à|aidée? par|conseill(?:er|ère)|technicienn?e?)[\s:,]{1,2}",
        re.IGNORECASE,
    ),
    "signed": re.compile(
        r"(?:\b(?:(?:kind(?:est)?|best|warm(?:est)?|many) (?:regards|wishes|thanks)|regards|sincerely"
        r"|yours(?: truly| faithfully| sincerely)?|cheers"
        r"|thanks(?: again| a lot| so much)?|best|love|mit freundlichen gr(?:ü|ue)(?:ß|ss)en"
        r"|(?:viele|liebe|beste|herzliche|freundliche) gr(?:ü|ue)(?:ß|ss)e|gru(?:ß|ss)|danke|mfg|lg|vg"
        r"|saludos(?: cordiales)?|un saludo|atentamente|gracias|abrazos?|cordialement|bien à vous|salutations|merci"
        r"|bises?)"
        r"[\s,.!:–—-]{1,3}|[–—~]\s?|\s-{1,2}\s?|^-{1,2}\s?)",
        re.IGNORECASE | re.MULTILINE,
    ),
}
_TITLES = frozenset(
    [
        "mr", "mrs", "ms", "mx", "dr", "prof", "professor", "mister", "mistress", "herr", "herrn", "hr", "frau", "fr",
        "fräulein", "señor", "señora", "señorita", "senor", "senora", "sr", "sra", "srta", "doña", "monsieur", "madame",
        "mme", "mlle", "mademoiselle",
    ]
)  # fmt: skip
_TITLES_IN_CAPITALS = frozenset(
    ["Miss", "Sir", "Lady", "Lord", "Don", "Rev", "Reverend", "Doctor", "Pastor", "Capt", "Captain", "M"]
)
_MONTHS = frozenset(["jan", "april", "may", "june", "august"])
_TIME_BEFORE = re.compile(
    r"(?:\b(?:in|since|until|till|by|from|last|next|this|early|late|mid|of|during|for|before|after|on|to|and|im|seit|bis|ab|ende"
    r"|anfang|mitte)|\d(?:st|nd|rd|th)?|[-/])\s?$",
    re.IGNORECASE,
)
_NEVER = frozenset(["who", "that", "which", "is", "was", "and", "for", "the", "has", "had", "but"])


class Word(NamedTuple):
    """A word of a comment."""

    text: str
    start: int
    end: int
    folded: str
    """For look-ups: small letters, plain apostrophe, without the possessive."""

    @property
    def capitalised(self) -> bool:
        """Begins with a capital; an abbreviation such as BT does not count."""
        return self.text[0].isupper() and not (self.text.isupper() and 1 < len(self.text) <= 4)

    @property
    def own_end(self) -> int:
        """Where the name ends when the word is its possessive."""
        return self.end - 2 if self.text[-2:].lower() in ("'s", "’s") and len(self.text) > 3 else self.end


def _words(text: str) -> list[Word]:
    folded = text.replace("’", "'").lower()
    same = len(folded) == len(text)  # the small form of İ has two characters
    return [
        Word(
            found.group(),
            *found.span(),
            (folded[found.start() : found.end()] if same else found.group().lower()).removesuffix("'s"),
        )
        for found in _WORD.finditer(text)
    ]


def hide_people(text: str, names: Iterable[str] = ()) -> str:
    """Names that are known for this comment, then those that look like one."""
    text = _hide_known(text, names)
    words = _words(text)
    spans = [*_by_cue(text, words), *_by_word(text, words)]
    parts, done = [], 0
    for start, end in sorted(spans):
        if end <= done:
            continue
        parts += [text[done:start], MARKS["name"]] if start >= done else []
        done = end
    return "".join([*parts, text[done:]])


def _hide_known(text: str, names: Iterable[str]) -> str:
    """Each name whole, then its parts of three letters and more, also without their accents."""
    from unicodedata import combining, normalize

    whole = {" ".join(name.split()) for name in names}
    whole = {name for name in whole if len(name) >= (5 if name.isdecimal() else 2)}  # "12 weeks" is no customer id
    parts = {part for name in whole for part in re.split(r"[\s@._+,\d-]+", name.split("@")[0]) if len(part) >= 3}
    wanted = whole | {part for part in parts if part.casefold() not in _GENERIC and part.casefold() not in NOT_NAMES}
    wanted |= {"".join(c for c in normalize("NFD", name) if not combining(c)) for name in wanted}
    wanted |= {name.translate(_UMLAUTS) for name in wanted}
    if not wanted:
        return text
    ordered = sorted(wanted, key=lambda name: (-len(name), name))
    pattern = (
        r"(?<![^\W\d_])(?:" + "|".join(re.escape(name).replace(r"\ ", r"\s") for name in ordered) + r")(?![^\W\d_])"
    )
    return re.sub(pattern, MARKS["name"], text, flags=re.IGNORECASE)


_GENERIC = frozenset(
    [
        "info", "service", "services", "sales", "support", "mail", "email", "admin", "contact", "hello", "office",
        "team", "the", "and", "for", "kontakt", "com",
    ]
)  # fmt: skip
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})


def _by_word(text: str, words: list[Word]) -> list[tuple[int, int]]:
    """First names wherever they stand, and what follows a title."""
    spans = []
    for at, word in enumerate(words):
        if word.folded in _TITLES or word.text in _TITLES_IN_CAPITALS:
            if at + 1 < len(words) and _joined(text, word, words[at + 1]) and _is_title(word, words[at + 1]):
                spans.append((words[at + 1].start, _name_end(text, words, at + 1)))
        elif _is_first_name(text, words, at):
            spans.append((word.start, _name_end(text, words, at)))
    return spans


def _is_title(word: Word, following: Word) -> bool:
    """A title before what may be a name; "meine Frau ist" has none."""
    known = following.folded in NOT_NAMES
    if word.text in _TITLES_IN_CAPITALS:
        return following.capitalised and not known
    small = following.text[0].islower()
    return word.folded in _TITLES and not known and not (small and word.folded in ("frau", "fr", "sr", "ms"))


def _is_first_name(text: str, words: list[Word], at: int) -> bool:
    word = words[at]
    if word.folded in FIRST_NAMES or word.folded.partition("-")[0] in FIRST_NAMES:
        return not (word.text.islower() and word.folded in SOMETIMES_NAMES)
    if word.folded not in SOMETIMES_NAMES or not word.capitalised or word.text.isupper():
        return False
    before = text[: word.start].rstrip(" \"'“‘(")[-1:]
    if word.folded in _MONTHS and _is_month(text, word):
        return False
    begins = (not before or before in ".!?\n:;-–—•") and word.folded in BEGINNINGS
    followed = at + 1 < len(words) and _joined(text, word, words[at + 1]) and words[at + 1].folded in SURNAMES
    return not begins or followed


def _is_month(text: str, word: Word) -> bool:
    """ "in May", "12th May", "May 10th"."""
    before, after = text[max(0, word.start - 12) : word.start], text[word.end : word.end + 2]
    return bool(_TIME_BEFORE.search(before)) or any(character.isdigit() for character in after)


def _by_cue(text: str, words: list[Word]) -> list[tuple[int, int]]:
    starts = [word.start for word in words]
    spans = []
    for strength, pattern in _CUES.items():
        for cue in pattern.finditer(text):
            at = bisect_left(starts, cue.end())
            if at < len(words) and words[at].start == cue.end():
                end = _cued_end(text, words, at, strength)
                spans += [(words[at].start, end)] if end else []
    return spans


def _cued_end(text: str, words: list[Word], at: int, strength: Strength) -> int | None:
    word = words[at]
    if strength == "surely":
        return _name_end(text, words, at, small=True) if word.folded not in _NEVER else None
    if word.folded in NOT_NAMES:
        return None
    named = word.capitalised or word.folded in FIRST_NAMES
    if strength == "capitalised":
        return _name_end(text, words, at) if named else None
    end = _name_end(text, words, at, small=not named)
    rest = text[end:].lstrip(" .!)\"'")
    short = not rest or rest[0] == "\n" or rest.startswith(MARKS["phone"])
    regards = re.search(
        r"regards|wishes|gr(?:ü|ue)(?:ß|ss)e|saludo|cordialement|sincerely",
        text[max(0, word.start - 16) : word.start],
        re.I,
    )
    return end if short and (named or regards) else None


def _name_end(text: str, words: list[Word], at: int, *, small: bool = False) -> int:
    """The end of a name that begins with a word: the capitalised words, initials and particles that follow it."""
    last = at
    for nearby in range(at + 1, min(at + _MOST_WORDS, len(words))):
        word = words[nearby]
        if not _joined(text, words[nearby - 1], word):
            break
        if word.folded in _PARTICLES and nearby + 1 < len(words) and words[nearby + 1].capitalised:
            continue
        known = word.folded in SURNAMES or word.folded in FIRST_NAMES
        takes = (
            word.capitalised or known or (small and nearby == at + 1 and word.text.islower())
        ) and word.folded not in NOT_NAMES
        if not takes:
            break
        last = nearby
    return words[last].own_end


def _joined(text: str, word: Word, following: Word) -> bool:
    """True where a space, or the dot of a title or an initial, stands between two words."""
    between = text[word.end : following.start]
    short = len(word.text) <= 5 and (len(word.text) == 1 or word.folded in _TITLES or word.text in _TITLES_IN_CAPITALS)
    return between in (" ", "-") or (short and between in (". ", "."))
