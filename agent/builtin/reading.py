"""Reading a question: which of its words mean what, and which words nobody knows."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from agent.builtin.lexicon import Entry, Lexicon, begins_one
from agent.builtin.numberwords import NUMBER_WORDS, compounds
from agent.builtin.timewords import TimeMention, find_times
from agent.builtin.timewords.weeks import weeks_of
from agent.builtin.vocabulary import Phrase, Token, Vocabulary, tokens, vocabulary
from agent.builtin.wordings.single_scores import plural_scores
from agent.builtin.wordings.spelling import is_known, nearest_word, respelled
from warehouse.catalog import Catalog

_LISTS = ("and", "or", "vs", "versus", "nor", "than")
_CUES = ("split", "which", "each", "rank")
_AGES = ("year", "years", "old", "olds")
_OWNING = ("with", "without", "have", "has", "had", "having", "no", "made", "many", "more", "few")
_UNITS = frozenset(
    ("order", "job", "project", "claim", "delivery", "shipment", "booking", "trip", "ride", "stay", "visit", "purchase")
)
"""What is rated: "NPS of orders" says nothing new, "customers with claims" does."""
_SHORT = {
    "ppl": "people", "r": "are", "u": "you", "ur": "your", "w": "with", "thru": "through", "qtr": "quarter",
    "custs": "customers", "cust": "customer", "cuz": "because", "coz": "because", "bc": "because", "resp": "responses",
    "hows": "how", "whys": "why", "whos": "who", "dets": "detractors", "proms": "promoters", "diff": "difference",
}  # fmt: skip
"""Short forms in notes and chats, where the data has no such word of its own."""
_OF_A_FIGURE = re.compile(r"\s+(?:nps|net promoter|scores?|figures?|values?|numbers?|results?|trend)\b", re.IGNORECASE)
""" "Monthly NPS" is NPS by month, however customers pay."""
_CAUSED = re.compile(
    r"\b(?:caus|trigger|driv|explain|affect|hit|hurt|harm|influenc|impact|touch|brought about|account\w* for)\w*\s*$",
    re.IGNORECASE,
)


@dataclass
class Mention:
    """A stretch of the question that was understood."""

    first: int
    last: int
    """Positions of its first and last token."""
    text: str
    signs: tuple[str, ...] = ()
    entries: list[Entry] = field(default_factory=list)
    unsupported: str | None = None
    time: TimeMention | None = None
    number: int | None = None
    clash: list[Entry] = field(default_factory=list)
    """Values that a time word could mean as well: "monthly" where billing is monthly or annual."""
    left_out: bool = False
    """The value is to be left out; on a sign: it has said so already."""

    @property
    def kind(self) -> str:
        """value, dimension, measure, time, event, sign, number, when or unsupported."""
        if self.time is not None:
            return "when"
        if self.entries:
            return "date" if self.entries[0].kind == "time" else self.entries[0].kind
        if self.unsupported is not None:
            return "unsupported"
        return "number" if self.number is not None else "sign"


@dataclass
class Reading:
    """A question taken apart."""

    question: str
    mentions: list[Mention]
    unknown: list[str]
    mended: list[str]
    """What was taken for a slip of the pen: "buisness" read as business."""
    unknown_at: list[int] = field(default_factory=list)
    """Where the unknown words stand."""
    length: int = 0
    """How many words the question has."""

    def of(self, kind: str) -> list[Mention]:
        """The mentions of a kind, in order."""
        return [mention for mention in self.mentions if mention.kind == kind]

    def has(self, *signs: str) -> bool:
        """True when one of the signs was given."""
        return any(sign in mention.signs for mention in self.mentions for sign in signs)

    def add(self, mention: Mention) -> None:
        """A further mention, in its place."""
        self.mentions = sorted([*self.mentions, mention], key=lambda m: m.first)

    def forget(self, words: set[int]) -> None:
        """Let these words (by their positions) be neither understood nor unknown."""
        pairs = [(w, at) for w, at in zip(self.unknown, self.unknown_at, strict=True) if at not in words]
        self.unknown, self.unknown_at = [w for w, _at in pairs], [at for _w, at in pairs]
        self.mentions = [m for m in self.mentions if not words & set(range(m.first, m.last + 1))]


def read(question: str, catalog: Catalog, lexicon: Lexicon) -> Reading:
    """Take the question apart: time words first, then the longest phrases that are known."""
    question = plural_scores(respelled(question, lexicon), lexicon)
    words = tokens(question)
    dates = catalog.times.get("responded_at")
    events = {name: (event.date, event.synonyms) for name, event in catalog.events.items()}
    times = find_times(question, as_of=catalog.as_of, first=dates.first if dates else None, events=events)
    times = weeks_of(question, [time for time in times if not _is_cause(time, question)])
    reading = Reading(question, [], [], [], length=len(words))
    taken: dict[int, TimeMention] = {
        i: time for time in times for i, word in enumerate(words) if time.start <= word.start and word.end <= time.end
    }
    named = {i for first, last in _full_names(words, lexicon) for i in range(first, last + 1)}
    beaten = {time.start for i, time in taken.items() if i in named}
    taken = {i: time for i, time in taken.items() if time.start not in beaten}
    pairs = [(i, (words[i].text, words[i + 1].text)) for i in range(len(words) - 1)]
    apart = {i + n for i, pair in pairs if _in_two_words(pair, lexicon) for n in (0, 1)}
    mended = [_mend(word, lexicon, reading) if i not in {*taken, *apart} else word for i, word in enumerate(words)]
    two_words = {start: (end, number) for start, end, number in compounds(question)}
    at = 0
    while at < len(words):
        if at in taken:
            time = taken[at]
            last = max(i for i, found in taken.items() if found is time)
            reading.mentions.append(_when(time, at, last, words[last], lexicon, question, dated=dates is not None))
            at = last + 1
            continue
        if words[at].start in two_words:
            end, number = two_words[words[at].start]
            last = max(i for i, word in enumerate(words) if word.end <= end)
            reading.mentions.append(Mention(at, last, question[words[at].start : end], number=number))
            at = last + 1
            continue
        free = next((i for i in range(at, len(words)) if i in taken), len(words))
        at += _match(mended, at, free, lexicon, reading)
    _values_not_grains(reading)
    _codes_in_lists(words, lexicon, reading)
    return reading


def _codes_in_lists(words: list[Token], lexicon: Lexicon, reading: Reading) -> None:
    """ "Uk and us customers": what is a small word elsewhere is a value beside another one of its column."""
    values = [m for m in reading.mentions if any(entry.kind == "value" for entry in m.entries)]
    held = {at for m in reading.mentions for at in range(m.first, m.last + 1)}
    for at, word in enumerate(words):
        entries = [e for e in lexicon.entries.get((word.text,), []) if e.kind == "value" and not e.said]
        if at in held or not entries or word.text not in vocabulary().glue:
            continue
        before = at > 1 and words[at - 1].text in _LISTS and [m for m in values if m.last == at - 2]
        after = at + 2 < len(words) and words[at + 1].text in _LISTS and [m for m in values if m.first == at + 2]
        beside = {entry.name for m in [*(before or []), *(after or [])] for entry in m.entries}
        if beside & {entry.name for entry in entries}:
            reading.add(Mention(at, at, reading.question[word.start : word.end], entries=entries))


def _is_cause(time: TimeMention, question: str) -> bool:
    """ "Caused by the price rise" names a cause, not a stretch of time that ends with it."""
    told = question[time.start : time.end].lower().startswith("by ")
    return time.event is not None and told and _CAUSED.search(question[: time.start]) is not None


def _values_not_grains(reading: Reading) -> None:
    """ "between monthly and annual", where billing is one or the other: two values, not two calendar periods."""
    clashes = [m for m in reading.mentions if m.clash and m.clash[0].kind == "value" and not m.clash[0].said]
    told = {(e.name, e.value) for m in [*clashes, *reading.of("value")] for e in [*m.clash, *m.entries]}
    for mention in clashes:
        entry = mention.clash[0]
        if any(name == entry.name and value != entry.value for name, value in told):
            mention.time, mention.entries, mention.clash = None, [entry], []


def _when(
    time: TimeMention, first: int, last: int, word: Token, lexicon: Lexicon, question: str, *, dated: bool
) -> Mention:
    """A time expression; where a column is called month and there are no dates, that column."""
    text = question[time.start : time.end]
    full = [entry for entry in lexicon.strongest((word.stem,)) if entry.strength == 3]
    clash = [entry for entry in full if entry.kind in ("value", "dimension")] if time.kind == "grain" else []
    clash = clash or ([e for e in lexicon.strongest((word.stem,)) if e.said] if time.kind == "grain" else [])
    clash = [] if _OF_A_FIGURE.match(question, time.end) else clash
    if clash and clash[0].kind == "dimension" and not dated:
        return Mention(last, last, text, entries=clash)
    return Mention(first, last, text, time=time, clash=clash)


def _full_names(words: list[Token], lexicon: Lexicon) -> list[tuple[int, int]]:
    """Stretches that are a value's or a dimension's full name, word for word: they win over time words inside them."""
    found = []
    for first in range(len(words)):
        for last in range(min(first + lexicon.longest, len(words)) - 1, first, -1):
            part = words[first : last + 1]
            keys = (tuple(word.text for word in part), tuple(word.stem for word in part))
            known = [entry for key in keys for entry in lexicon.strongest(key)]
            if any(entry.strength == 3 and entry.kind in ("value", "dimension") for entry in known):
                found.append((first, last))
                break
    return found


def _match(words: list[Token], at: int, end: int, lexicon: Lexicon, reading: Reading) -> int:
    """Understand the longest phrase that begins at `at`; the number of tokens it takes."""
    known = vocabulary()
    found = _longest(words, at, end, lexicon, reading)
    word = words[at]
    if found is not None:
        later = _longest(words, at + 1, end, lexicon, reading) if word.text == "the" and not found.entries else None
        if later is not None and later.last > found.last:
            return 1  # "the most common score" is the most common score, not "the most" and something common
        reading.mentions.append(found)
        if found.entries and found.entries[0].said:
            reading.mended.append(f'"{found.text}" read as {found.entries[0].value}')
        return found.last - at + 1
    if (
        word.text in _AGES
        and at > 0
        and (words[at - 1].text in _AGES or any(m.last == at - 1 for m in reading.mentions))
    ):
        return 1  # "65+ year olds"
    if word.text == "gone" and reading.question[word.end : word.end + 4].strip() == "up":
        return 1
    owned = at > 0 and words[at - 1].text in _OWNING
    if word.text.isascii() and word.text.isdecimal():
        reading.mentions.append(Mention(at, at, word.text, number=int(word.text)))
    elif (word.stem in _UNITS and owned) or not (
        word.stem in known.glue or word.text in known.glue or word.stem in lexicon.context
    ):
        reading.unknown.append(reading.question[word.start : word.end])
        reading.unknown_at.append(at)
    return 1


def _longest(words: list[Token], at: int, end: int, lexicon: Lexicon, reading: Reading) -> Mention | None:
    """The longest phrase that begins at `at` and means something."""
    for length in range(min(end - at, max(lexicon.longest, 8)), 0, -1):
        mention = _mention(words[at : at + length], at, lexicon, vocabulary(), reading)
        if mention is not None:
            return mention
    return None


def _mention(part: list[Token], at: int, lexicon: Lexicon, known: Vocabulary, reading: Reading) -> Mention | None:
    stems, raw = tuple(word.stem for word in part), tuple(word.text for word in part)
    text = reading.question[part[0].start : part[-1].end]
    last = at + len(part) - 1
    entries = lexicon.strongest(raw) or lexicon.strongest(stems) or _in_two_words(raw, lexicon)
    if len(text) <= 2 and text.isalpha() and not text.isupper() and text.lower() in known.words:
        entries = [entry for entry in entries if entry.kind != "value" or entry.said]  # "rate us": no country
    signs = known.signs.get(stems) or known.signs.get(raw) or ()
    strength = entries[0].strength if entries else 0
    cued = (
        bool(reading.mentions)
        and reading.mentions[-1].last == at - 1
        and any(sign in _CUES for sign in reading.mentions[-1].signs)
    )
    if entries and not cued and {"metric", "promoter", "passive", "detractor"} & set(signs):
        entries = []  # a column may be called nps: the word still means the metric
    strength = entries[0].strength if entries else 0
    glue = len(part) == 1 and stems[0] in known.glue and not _is_code(text, entries, reading)
    if (
        entries
        and (strength == 3 or (strength == 2 and not glue) or cued)
        and not (signs and strength < 3 and not cued)
    ):
        return Mention(at, last, text, entries=entries)
    if stems in known.unsupported:
        return Mention(at, last, text, unsupported=known.unsupported[stems])
    if signs:
        return Mention(at, last, text, signs=signs)
    if entries and not glue:
        return Mention(at, last, text, entries=entries)
    return None


def _is_code(text: str, entries: list[Entry], reading: Reading) -> bool:
    """ "US" in capitals is the country, unless the whole question is written so."""
    short = len(text) <= 3 and text.isupper() and any(entry.kind == "value" for entry in entries)
    return short and not reading.question.isupper()


def _in_two_words(raw: Phrase, lexicon: Lexicon) -> list[Entry]:
    """ "Foot wear" for Footwear: one name of the data, written in two words."""
    if len(raw) != 2 or min(map(len, raw)) < 3:
        return []
    found = lexicon.strongest(("".join(raw),))
    return [entry for entry in found if entry.kind in ("value", "dimension") and entry.strength == 3]


def _mend(word: Token, lexicon: Lexicon, reading: Reading) -> Token:
    """The word itself, or the one word it must have been meant for."""
    known = vocabulary()
    text = word.text
    if text in _SHORT and not any((key,) in lexicon.entries for key in (text, word.stem)):
        return Token(_SHORT[text], word.start, word.end)
    if text in NUMBER_WORDS:
        return Token(str(NUMBER_WORDS[text]), word.start, word.end)
    if len(text) < 4 or not text.isalpha() or is_known(word, lexicon, known):
        return word
    meant = nearest_word(text, lexicon, known) or _beginning(word.stem, lexicon)
    if meant is None:
        return word
    reading.mended.append(f'"{reading.question[word.start : word.end]}" read as {meant}')
    return Token(meant, word.start, word.end)


def _beginning(word: str, lexicon: Lexicon) -> str | None:
    """The one longer word of the data that `word` begins ("postdoc" for postdoctoral)."""
    entry = begins_one(lexicon, word)
    fitting = (key[0] for key, entries in lexicon.entries.items() if entry in entries and key[0].startswith(word))
    return next(fitting, None) if entry is not None else None
