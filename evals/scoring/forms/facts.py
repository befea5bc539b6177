"""Which fact a figure in a text is: figures read with sign and rounding, in English and in German spelling."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from agent.answer import Answer
from evals.scoring.forms.text import bare
from tools.result import Fact

_NUMBER = re.compile(
    r"(?<![\w.,/:#-])([+\-−±]?)(\d+(?:[.,]\d+)*)(\s?%|\s?pp\b|\s?Prozentpunkte|\s?percent\b|\s?Prozent\b)?(?![\w])"
)
_MONTHS = (
    "Jan(?:uary|uar)?|Feb(?:ruary|ruar)?|Mar(?:ch)?|März|Apr(?:il)?|May|Mai|June?|Juni|July?|Juli|Aug(?:ust)?|"
    "Sep(?:t|tember)?|O[ck]t(?:ober)?|Nov(?:ember)?|De[cz](?:ember)?"
)
_EXEMPT = re.compile(
    r"\d{4}-(?:\d\d(?:-\d\d)?|Q\d|W\d\d)|\bQ[1-4](?:\s*/?\s*\d{4})?|\b\d{1,2}\.\d{1,2}\.\d{2,4}|"
    rf"\b\d{{1,2}}\.?\s+(?:{_MONTHS})\b(?:\s+\d{{4}})?|\b(?:{_MONTHS})\.?\s+\d{{1,2}}(?:,?\s+\d{{4}})?\b|\b(?:19|20)\d\d\b(?!\s?(?:answers|responses|Antworten|customers))|"
    r"\b9[059]\s?%\s?(?:-\s?)?(?:confidence|intervals?|CI\b|Intervall|Konfidenz|range|Bereich|sicher|Vertrauens)|"
    r"\b9[059][- ]?(?:%|Prozent)-\w+|(?<![\d.,])0\b[^.,\d]{0,14}\b10\b(?![.,]\d)|"
    r"\b\d{1,2}(?::\d\d)? ?(?:Uhr|o'clock|am\b|pm\b)|"
    r"\b80\s?%\s(?:power|chance)|\b0\s?(?:to|-|–|bis)\s?(?:10|6)\b|\b9\s(?:or|and|und|oder|to|bis)\s10\b|"
    r"\b7\s(?:or|and|und|oder|to|bis)\s8\b|\bS?F\d+\b|\b24/7\b",
    re.I,
)
_NUMBERS = (
    "one/ein two/zwei three/drei four/vier five/fünf six/sechs seven/sieben eight/acht nine/neun ten/zehn eleven/elf "
    "twelve/zwölf thirteen/dreizehn fourteen/vierzehn fifteen/fünfzehn sixteen/sechzehn seventeen/siebzehn "
    "eighteen/achtzehn nineteen/neunzehn twenty/zwanzig"
)
_SMALL = {word: number for number, pair in enumerate(_NUMBERS.split(), 1) for word in pair.split("/")}
_SPELT = re.compile(rf"\b({'|'.join(_SMALL)})\s+(?:NPS )?(?:points?|Punkten?|percent|Prozent\w*)\b", re.I)
CHANGES = re.compile(
    r"difference|change|effect|per_month|per_week|per_quarter|gain|slope|expected|lift|against|association|correlation"
)
CAUSAL = ("impact", "experiment", "matched_effect")


@dataclass(frozen=True)
class Figure:
    """A number as it stands in a text."""

    told: str
    start: int
    sign: str
    """"+", "-" or nothing."""
    readings: tuple[tuple[float, int], ...]
    """Size and decimals: what it may mean ("1.500" is 1500 in German and 1.5 in English)."""
    percent: bool = False


def figures(text: str) -> list[Figure]:
    """The figures of a text; dates, the 95 % of an interval and the survey's own scale are none."""
    clean = _EXEMPT.sub(lambda match: " " * len(match[0]), text)
    found = []
    for match in _NUMBER.finditer(clean):
        sign = "-" if match[1] in ("-", "−") else match[1] if match[1] == "+" else ""
        if not sign and re.search(r"\bminus\s*$", clean[: match.start()]):
            sign = "-"
        found.append(Figure(match[0].strip(), match.start(), sign, tuple(_readings(match[2])), bool(match[3])))
    spelt = [Figure(m[0], m.start(), "", ((float(_SMALL[m[1].lower()]), 0),)) for m in _SPELT.finditer(clean)]
    return sorted([*found, *spelt], key=lambda figure: figure.start)


def _readings(digits: str) -> Iterator[tuple[float, int]]:
    marks = re.findall(r"[.,]", digits)
    if not marks:
        yield float(digits), 0
        return
    if re.fullmatch(r"\d{1,3}(?:([.,])\d{3})(?:\1\d{3})*", digits):
        yield float(re.sub(r"[.,]", "", digits)), 0
    whole, _, rest = digits.rpartition(marks[-1])
    if marks[-1] not in whole:
        yield float(f"{re.sub(r'[.,]', '', whole)}.{rest}"), len(rest)


def is_change(fact: Fact) -> bool:
    """Whether a fact says how far something lies from something else: its sign is a direction."""
    return (
        bool(CHANGES.search(fact.name))
        and fact.unit in ("points", "share difference", "score", "number")
        and ("detectable" not in fact.name)
    )


def is_decided(fact: Fact) -> bool:
    """Whether the interval of a difference lies on one side of zero."""
    return fact.low is not None and fact.high is not None and (fact.low > 0 or fact.high < 0)


def is_causal(fact: Fact) -> bool:
    """Whether a tool for causes computed the fact."""
    return fact.source.split("#")[0] in CAUSAL


def shows(figure: Figure, value: float | int, share: bool, unsigned: bool) -> bool:
    """Whether a figure is this value, rounded as it is written."""
    seen = 100 * value if share else value
    if figure.sign and seen and (figure.sign == "-") != (seen < 0) and abs(seen) >= 0.05:
        return False
    if not figure.sign and seen < 0 and not unsigned:
        return False
    return any(abs(abs(seen) - size) <= 0.5 * 10**-places + 1e-9 for size, places in figure.readings)


def ends(fact: Fact) -> list[float]:
    """The ends of a fact's interval."""
    return [end for end in (fact.low, fact.high) if end is not None]


def is_value(figure: Figure, fact: Fact) -> bool:
    """Whether a figure is the value of a fact; a difference may be told without its sign."""
    if not isinstance(fact.value, int | float) or isinstance(fact.value, bool):
        return False
    return shows(figure, fact.value, fact.unit.startswith("share"), is_change(fact))


def is_end(figure: Figure, fact: Fact) -> bool:
    """Whether a figure is an end of a fact's interval."""
    return any(shows(figure, end, fact.unit.startswith("share"), is_change(fact)) for end in ends(fact))


def is_base(figure: Figure, fact: Fact) -> bool:
    """Whether a figure is the base of a fact."""
    return fact.n is not None and shows(figure, fact.n, False, False)


def shown_by(figure: Figure, facts: Iterable[Fact]) -> list[Fact]:
    """The facts whose value, interval or base a figure is."""
    return [fact for fact in facts if is_value(figure, fact) or is_end(figure, fact) or is_base(figure, fact)]


def other_numbers(answer: Answer) -> list[tuple[float, bool]]:
    """Numbers that may be told though they are no fact's value: of the tables, of names and texts, of the question."""
    found: list[tuple[float, bool]] = []
    for table in answer.tables:
        for row in table.rows:
            for cell, column in zip(row, table.columns, strict=False):
                if isinstance(cell, int | float) and not isinstance(cell, bool):
                    found.append((cell, column.unit.startswith("share")))
    texts = [answer.question, *(str(fact.value) for fact in answer.facts if isinstance(fact.value, str))]
    texts += [value for fact in answer.facts for value in fact.where.values()]
    for text in texts:
        found += [(float(digits.replace(",", ".")), False) for digits in re.findall(r"\d+(?:[.,]\d+)?", text)]
    return found


def names_in(text: str, facts: Sequence[Fact]) -> list[tuple[int, str, str]]:
    """The segments that a text names: place, dimension, value; a name within a longer one does not count."""
    known = {
        (key, value)
        for fact in facts
        for key, value in fact.where.items()
        if key not in ("against", "test", "dimension", "time") and not re.fullmatch(r"[\d.,-]*", value)
    }
    known -= {(key, f"{one} {value}") for key, told in known for one, value in known if told == f"{one} {value}"}
    low, found = bare(text).lower(), list[tuple[int, str, str]]()
    taken: list[range] = []
    for key, value in sorted(known, key=lambda pair: (-len(pair[1]), pair)):
        for match in re.finditer(rf"(?<!\w){re.escape(value.lower())}(?!\w)", low):
            if not any(match.start() in span for span in taken):
                taken.append(range(match.start(), match.end()))
                found.append((match.start(), key, value))
    return sorted(found)
