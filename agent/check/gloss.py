"""A text in German, Spanish or French told in English word by word, so that one check reads them all.

It is no translation for people: the words that carry figures, cells, periods, directions, causes and doubts become the
English ones in the order in which they stand; names, figures and quotations stay as they are. Each piece remembers
where it came from, so that what is refused is shown in the writer's own words.
"""

from __future__ import annotations

import bisect
import functools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from agent.check.filling import Filled, Reference
from agent.check.languages import GLOSSED, language_of
from agent.check.names import Names
from agent.check.period_words import CALENDARS, Change, english_periods
from agent.check.words import words

_QUOTED = re.compile(
    r"“[^“”\n]{1,1200}”|„[^„“”\n]{1,1200}[“”]|«[^«»\n]{1,1200}»|»[^«»\n]{1,1200}«|(?<![\w\"])\"[^\"\n]{1,1200}\"(?![\w\"])|"
    r"`[^`\n]{1,80}`|^\s*>.*$",
    re.MULTILINE,
)
_DECIMAL = re.compile(r"(?<![\d.,])(\d+),(\d{1,2}|\d{4,6})(?![\d,]|\.\d)")
_THOUSANDS = re.compile(r"(?<![\d.,])([1-9]\d{0,2})((?:[.\u202f\u00a0]\d{3})+)(?![\d]|[.,]\d)")
_SENTENCE = re.compile(r"[^\n|.!?;]+(?:[.,](?=\d)[^\n|.!?;]+)*[\n|.!?;]*")
_LETTERS = re.compile(r"[^\W\d_]+")
_SHORT = 60
"""Words of a text whose language its commonest words may not tell."""
_TAILS = {"german": "n|en|er|e|s|es|em|innen", "spanish": "s|es", "french": "s|es"}


@dataclass(frozen=True)
class Gloss:
    """The English words and where each piece of them stood."""

    filled: Filled
    written: str
    """The text as it was written."""
    cuts: tuple[tuple[int, int, int, int], ...] = ()
    """Pieces that were changed: beginning and end here, beginning and end in the text as it was written."""

    def back(self, start: int, end: int) -> tuple[int, int]:
        """The place in the text as it was written."""
        return self._place(start, last=False), self._place(end, last=True)

    def _place(self, at: int, *, last: bool) -> int:
        found = bisect.bisect_right(self.cuts, (at, 1 << 60, 0, 0)) - 1
        if found < 0:
            return at
        start, end, first, stop = self.cuts[found]
        if at < end or (at == end and start == end):
            return stop if last and at > start else first
        return stop + at - end


def gloss(filled: Filled, names: Names, question: str = "") -> Gloss:
    """The filled text in English words; English texts stay as they are."""
    language = language_in(filled.text, question)
    if language not in GLOSSED:
        return Gloss(filled, filled.text)
    kept = [(reference.start, reference.end) for reference in filled.references]
    kept += [match.span() for match in _QUOTED.finditer(filled.text)]
    changes = _changes(filled.text, language, kept, names)
    return _applied(filled, changes)


def gloss_question(question: str, names: Names, answer: str) -> str:
    """The question in English words, in the language that the answer was read in."""
    language = language_in(answer, question)
    if language not in GLOSSED:
        return question
    return _applied(Filled(question, ()), _changes(question, language, [], names)).filled.text


def language_in(text: str, question: str = "") -> str:
    """The language of a text; a short one may be in that of its question."""
    said = _QUOTED.sub(" ", text)
    language, asked = language_of(said), language_of(question)
    if language == "other":
        return language
    found = [word.lower() for word in _LETTERS.findall(said)]
    english = sum(word in words("english_common") for word in found)
    if len(found) > _SHORT:
        return language
    own = {name: sum(_speaks(name, word) for word in found) for name in GLOSSED}
    if asked in GLOSSED:
        own[asked] += 1
    best = max(own, key=lambda name: own[name])
    if language in GLOSSED:
        return best if own[best] > own[language] else language
    return best if own[best] > max(2, 2 * english) else language


@functools.cache
def _speaks(language: str, word: str) -> bool:
    """Whether a word is of a language and not of English too."""
    if word in words("english_common") or word in words("english_too"):
        return False
    return (
        word in words(f"{language}_common") or bool(_lexicon(language)[0].fullmatch(word)) or _is_month(word, language)
    )


def _is_month(word: str, language: str) -> bool:
    return word in re.split(r"[ |]", CALENDARS[language].months)


def _changes(text: str, language: str, kept: list[tuple[int, int]], names: Names) -> list[Change]:
    busy = bytearray(len(text))
    made: list[Change] = []
    for start, end in (*kept, *_english(text, language), *_own_names(text, names, language)):
        busy[start:end] = b"\1" * (end - start)

    def add(found: Iterable[Change]) -> None:
        for start, end, told in found:
            if not any(busy[start:end]):
                made.append((start, end, told))
                busy[start:end] = b"\1" * (end - start)

    add(_inflected(text, language, names))
    add(english_periods(text, language))
    add(_numbers(text))
    add(_told(text, language))
    add(_small(text, language, busy, names))
    return sorted(made)


def _own_names(text: str, names: Names, language: str) -> Iterator[tuple[int, int]]:
    """Names of the data; not those that the language's own small words look like."""
    for mention in names.find(text):
        said = text[mention.start : mention.end]
        if mention.strong and said.lower() not in words(f"{language}_common") and not said.isdigit():
            if any(axis == "nps_class" for axis, _value in mention.options):
                continue
            yield mention.start, mention.end


def _inflected(text: str, language: str, names: Names) -> Iterator[Change]:
    """ "bei den Geschäftskunden": the value is Geschäftskunde."""
    for dimension in names.catalog.dimensions.values():
        for value in list(dimension.values)[:200]:
            if len(value) > 3 and value[0].isupper() and value.replace(" ", "").isalpha() and value in text:
                for match in re.finditer(rf"(?<!\w){re.escape(value)}(?:{_TAILS[language]})(?!\w)", text):
                    yield match.start(), match.end(), value


def _numbers(text: str) -> Iterator[Change]:
    for match in _DECIMAL.finditer(text):
        yield match.start(), match.end(), f"{match[1]}.{match[2]}"
    for match in _THOUSANDS.finditer(text):
        yield match.start(), match.end(), re.sub(r"[.\u202f\u00a0]", ",", match.group())


@functools.cache
def _lexicon(language: str) -> tuple[re.Pattern[str], tuple[str, ...]]:
    file = Path(__file__).parent / f"gloss_{language}.txt"
    entries: dict[str, str] = {}
    for line in file.read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            source, _sign, target = f"{line} ".partition(" = ")
            entries.setdefault(source.strip(), target.strip().replace("~", " "))
    for kind, told in (
        ("up", "rose"),
        ("down", "fell"),
        ("cause", "because of"),
        ("high", "highest"),
        ("low", "lowest"),
    ):
        for word in words(f"{language}_{kind}"):
            entries.setdefault(word.replace("-", " "), told)
    order = sorted(entries, key=lambda source: (-source.count(" "), -len(source)))
    pattern = "|".join(f"(?P<g{at}>{_form(source)})" for at, source in enumerate(order))
    return re.compile(rf"(?<!\w)(?=[\w,])(?:{pattern})", re.IGNORECASE), tuple(entries[source] for source in order)


def _form(source: str) -> str:
    form = re.sub(r"(?<!\\)\((?!\?)", "(?:", source).replace("*", r"\w*").replace(" ", r"\s+").replace("'", "['’]")
    open_end = source.endswith("'") or re.search(r"\(\?=[^()]*(?:\([^()]*\)[^()]*)*\)$", source)
    return form + ("" if open_end else r"(?!\w)")


def _told(text: str, language: str) -> Iterator[Change]:
    pattern, targets = _lexicon(language)
    for match in pattern.finditer(text):
        told = targets[int((match.lastgroup or "g0")[1:])]
        if match.group()[0].isupper() and _opens(text, match.start()):
            told = told[:1].upper() + told[1:]
        yield match.start(), match.start() + len(match.group().rstrip()), told


def _opens(text: str, at: int) -> bool:
    before = text[:at].rstrip(" *_\"“„'(")
    return not before or before[-1] in ".!?:|\n#-–>"


def _english(text: str, language: str) -> Iterator[tuple[int, int]]:
    """Sentences in English within a text in another language."""
    for match in _SENTENCE.finditer(text):
        found = [word.lower() for word in _LETTERS.findall(match.group())]
        english = sum(word in words("english_common") for word in found)
        own = sum(word in words(f"{language}_common") for word in found)
        if english > own and (english > 2 or (own == 0 and english > 1 and not _accented(match.group()))):
            yield match.span()


def _accented(text: str) -> bool:
    return any(ord(sign) > 0x7F and sign.isalpha() for sign in text)


_BESIDE = re.compile(r"[-\s](?:segment|tarif|plan|paket|kund|gruppe|stufe|abo|edition)", re.IGNORECASE)
_BARE = re.compile(
    r"(?<!\w)(?:bei|in|für|von|aus|gegenüber|als|hinter|vor|über|unter|tarif|segment|plan|paket)\s+$", re.IGNORECASE
)
_VERB = re.compile(
    r"\s*(?:\*\*)?(?:[:|(]|(?:liegt|lag|ist|war|steht|stand|kommt|kam|hat|hatte|erreicht\w*|sank|stieg|fiel|verlor|gewann|"
    r"schneidet|führt|folgt|weist|[-+]?\d)(?!\w))"
)
_NOUN = re.compile(
    r"(?:ung|heit|keit|schaft|tion|ität|nis|tum|ungen|heiten|keiten|schaften|tionen|kunden?|wert|werte|zahl|zahlen|"
    r"gruppe|gruppen|punkte?n?|quartale?|monate?n?|unterschiede?|trend|test|intervall|anteile?|frage|antwort|analyse|"
    r"änderung|daten|summe|prozent|ordnung|klammern|zukunft|kürze|bezug|wirklichkeit|wahrheit|folge|relation|kommentare?n?|umfragen?)s?$",
    re.IGNORECASE,
)


def _small(text: str, language: str, busy: bytearray, names: Names) -> Iterator[Change]:
    """Words with a capital letter that are no names: German nouns, first words of sentences."""
    for match in _LETTERS.finditer(text):
        word = match.group()
        if len(word) < 2 or not word[0].isupper() or word.isupper() or any(busy[match.start() : match.end()]):
            continue
        small = word[0].lower() + word[1:]
        if language == "german":
            if not _german_name(text, match) or (word.endswith("er") and _like(word, names)):
                yield match.start(), match.end(), small
        elif _opens(text, match.start()) and not re.match(
            r"\s*(?:\*\*)?(?:[:|(]|(?:is|was|es|está|tiene|est|a|se)\b)", text[match.end() :]
        ):
            yield match.start(), match.end(), small


def _like(word: str, names: Names) -> bool:
    """ "Münchner" for München."""
    return any(name.startswith(word[:5].lower()) for name in names.words)


def _german_name(text: str, match: re.Match[str]) -> bool:
    """Whether an unknown noun stands where a segment's name does: "bei Riverside", "Platin-Tarif"."""
    before, after = text[max(0, match.start() - 24) : match.start()], text[match.end() : match.end() + 24]
    if _BESIDE.match(after):
        return True
    if _NOUN.search(match.group()):
        return False
    if _BARE.search(before) or (before.endswith("(") and after.startswith(")")):
        return True
    second = re.search(r"(?:^|[.!?:|\n]) *[A-Z][a-z]+ $", before)
    if second and _VERB.match(after) and not re.search(r"(?:Die|Der|Das|Ein|Eine|Den|Im|Am) $", before):
        return True
    return _opens(text, match.start()) and bool(_VERB.match(re.sub(r"^ [A-Z][a-z]+(?= )", "", after)))


def _applied(filled: Filled, changes: list[Change]) -> Gloss:
    pieces: list[str] = []
    cuts: list[tuple[int, int, int, int]] = []
    at = length = 0
    for start, end, told in changes:
        pieces += [filled.text[at:start], told]
        length += start - at
        cuts.append((length, length + len(told), start, end))
        length += len(told)
        at = end
    text = "".join([*pieces, filled.text[at:]])
    shifts = [(first, stop - end) for start, stop, first, end in cuts]

    def moved(place: int) -> int:
        found = bisect.bisect_right(shifts, (place, 1 << 60)) - 1
        return place + (shifts[found][1] if found >= 0 else 0)

    references = [
        Reference(moved(r.start), moved(r.start) + r.end - r.start, r.fact, r.part) for r in filled.references
    ]
    return Gloss(Filled(text, tuple(references)), filled.text, tuple(cuts))
