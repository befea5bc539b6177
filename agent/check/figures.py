"""The figures of a text: references to facts, bare numbers, numbers in words, intervals."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from agent.check.filling import Reference
from agent.check.numberwords import numbers_in_words, shares_in_words, times_in_words
from agent.check.page import Page, Sentence
from warehouse.catalog import Scale

Unit = Literal["percent", "pp", "points", "plain"]
Role = Literal["value", "interval", "loose interval", "half", "n", "p"]
_NUMBER = re.compile(
    r"(?<![\w.])(?:(?<![\d)%])[-+\u2212\u2013](?=\.?\d))?\d[\d,\u202f\u2009]*(?:\.\d+)?(?:[eE][-+]?\d+)?(?=[kKmM]?\b|"
    r"[^\w]|_|$)[kKmM]?\b"
)
_PLAIN = re.compile(r"[-+]?[0-9][0-9,]*(?:\.[0-9]+)?(?:%| pp)?")
_MINUS = re.compile(r"\b(?:minus|negative)\s+$", re.IGNORECASE)
_PERCENT = re.compile(r"\s?(?:%|percent\b|per cent\b)(?!\s*points?|-points?)", re.IGNORECASE)
_PP = re.compile(r"\s?(?:pp\b|p\.p\.|pps\b|(?:%|percentage|percent|per cent)[ -]?(?:points?|pts)\b)", re.IGNORECASE)
_POINTS = re.compile(r"[ -]?(?:NPS[ -])?(?:points?|pts?)\b", re.IGNORECASE)
_N = re.compile(r"\bn\s*(?:=|:|of)?\s*$|\bbase(?: size)?(?: of|:)?\s*$|\bbased on\s*$", re.IGNORECASE)
_N_AFTER = re.compile(
    r"\s+(?:usable |valid |scored |survey |completed |written |individual |more |further )*"
    r"(?:answers?|responses?|respondents?|customers?|comments?|people|surveys|ratings|"
    r"rows|replies|users|promoters|detractors|passives)\b",
    re.IGNORECASE,
)
_P = re.compile(
    r"\bp(?:[- ]?values?)?\s*(?:=|<|>|\u2264|\u2265|\u2248|of|is|was|below|under|:|about)?\s*(?:about |below )?$",
    re.IGNORECASE,
)
_BELOW = re.compile(r"(?:<|\u2264|below|under|less than)\s*$")
_HALF = re.compile(
    r"(?:\u00b1|\+/-|\+-|plus or minus|plus/minus|give or take|margin of error(?: of| "
    r"is)?|within)\s*(?:about |roughly )?$",
    re.IGNORECASE,
)
_LINK = re.compile(
    r"(?:\s?%| pp| points?)?\s*(?:,|;|to|and|through|up to|\u2013|-|\u2014|\.\.|\u2026)\s*", re.IGNORECASE
)
_RANGE_LEAD = re.compile(
    r"(?:interval|\bCI\b|\brange[sd]?\b|between|anywhere|likely|plausibl\w+|confidence|"
    r"somewhere|lies?|error|bounds?|\()"
    r"[^.;\]\d]{0,34}$",
    re.IGNORECASE,
)
_ABOUT = re.compile(
    r"\b(?:about|around|roughly|approximately|some|nearly|almost|over|more than|close "
    r"to|just (?:over|under)|under|~|circa|c\.)\s*$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Number:
    """A number as it is written."""

    value: float
    places: int
    sign: str = ""
    """ "+" or "-" where one is written."""
    round_to: float = 0.0
    """What an approximate count was rounded to."""
    under: float = 1.5
    over: float = 1.5
    """How far a share in words ("two thirds") may be off, in points below and above."""


@dataclass(frozen=True)
class Figure:
    """A figure in the text."""

    start: int
    end: int
    role: Role
    numbers: tuple[Number, ...]
    unit: Unit = "plain"
    fact: str | None = None
    """The id of the fact, for a reference."""
    part: str = "value"
    below: bool = False
    """ "p < 0.05"."""
    words: bool = False
    head: Figure | None = None
    """The figure that this is the interval, the base or the p-value of."""


def find_figures(
    page: Page, sentence: Sentence, piece: str, references: Sequence[Reference], scale: Scale
) -> list[Figure]:
    """The figures of a sentence in their order; `piece` is the sentence without names, dates and quotations."""
    start = sentence.start
    found = [_referred(page, reference) for reference in references]
    rest = piece
    for reference in references:
        a, b = max(0, reference.start - start), reference.end - start
        rest = rest[:a] + "\x00" * (b - a) + rest[b:]
    bare = [*_digits(rest, start), *_written(rest, start)]
    bare.sort(key=lambda figure: figure.start)
    if sentence.kind == "cell" and sentence.over:
        bare = [_headed(figure, page.said(sentence.over[0])) for figure in bare]
    if any(figure.role == "n" for figure in (*found, *bare)):
        bare = [_alone(figure, page) for figure in bare]
    bare = [figure for figure in bare if not constant(page, figure, scale)]
    found += _ranged(page, bare)
    found.sort(key=lambda figure: figure.start)
    return _attached(page, found)


_N_HEAD = re.compile(
    r"\W*(?:n|base|base size|sample|sample size|(?:scored )?(?:answers|responses)|customers|"
    r"respondents|comments|count)\W*(?:\(n\))?\W*",
    re.IGNORECASE,
)
_P_HEAD = re.compile(r"\W*p(?:[- ]value)?\W*", re.IGNORECASE)


def _headed(figure: Figure, head: str) -> Figure:
    """A cell's figure by what its column is called."""
    if figure.role == "value" and _N_HEAD.fullmatch(head):
        return replace(figure, role="n")
    return replace(figure, role="p") if figure.role == "value" and _P_HEAD.fullmatch(head) else figure


def _alone(figure: Figure, page: Page) -> Figure:
    """ "A has 37.5 (160 answers), B 31.7 (240)": a whole number alone in brackets is a base too."""
    whole = figure.role == "value" and figure.unit == "plain" and not figure.words and figure.numbers[0].places == 0
    signs = page.plain[figure.start - 1 : figure.start] + page.plain[figure.end : figure.end + 1]
    return replace(figure, role="n") if whole and not figure.numbers[0].sign and signs == "()" else figure


def _referred(page: Page, reference: Reference) -> Figure:
    roles: dict[str, Role] = {"interval": "interval", "n": "n", "p": "p"}
    role = roles.get(reference.part, "value")
    shown = page.text[reference.start : reference.end]
    number = _parse(shown.rstrip("% p")) if role == "value" and _PLAIN.fullmatch(shown) else None
    unit = _unit(page.text, reference.end)
    if role == "value" and number is not None and unit == "plain":
        unit = "percent" if shown.endswith("%") else "pp" if shown.endswith("pp") else unit
    return Figure(
        reference.start, reference.end, role, (number,) if number else (), unit, reference.fact, reference.part
    )


def _parse(text: str) -> Number:
    text = text.replace("\u2212", "-").replace("\u2013", "-").replace("\u202f", "").replace("\u2009", "")
    sign = text[0] if text[0] in "+-" else ""
    digits = text.lstrip("+-").replace(",", "").rstrip(".")
    factor = 1.0
    if digits[-1] in "kKmM":
        factor, digits = (1e3 if digits[-1] in "kK" else 1e6), digits[:-1]
    places = 0 if "e" in digits.lower() else len(digits.partition(".")[2])
    value = float(digits or 0) * factor
    rounded = 0.0
    if factor > 1:
        rounded, places = factor / 10**places, 0
    return Number(-value if sign == "-" else value, places, sign, rounded)


def _digits(rest: str, offset: int) -> Iterator[Figure]:
    for match in _NUMBER.finditer(rest):
        text = match.group().rstrip(",")
        number = _parse(text)
        before = rest[: match.start()][-40:]
        if minus := _MINUS.search(before):
            number = replace(number, value=-abs(number.value), sign="-")
            before = before[: minus.start()]
        if not number.round_to and _ABOUT.search(before) and abs(number.value) >= 1000 and not number.places:
            number = replace(number, round_to=float(10 ** _zeros(number.value)))
        end = match.start() + len(text)
        yield Figure(
            offset + match.start(),
            offset + end,
            _role(before, rest[end : end + 60]),
            (number,),
            _unit(rest, end),
            below=bool(_BELOW.search(before)),
        )


def _zeros(value: float) -> int:
    digits = f"{int(abs(value))}"
    return len(digits) - len(digits.rstrip("0"))


def _role(before: str, after: str) -> Role:
    if _HALF.search(before) and not re.search(r"within\s*$", before):
        return "half"
    if _P.search(before):
        return "p"
    return "n" if _N.search(before) or _N_AFTER.match(after) else "value"


def _unit(text: str, end: int) -> Unit:
    after = text[end : end + 24]
    if _PP.match(after):
        return "pp"
    if _PERCENT.match(after):
        return "percent"
    return "points" if _POINTS.match(after) else "plain"


def _written(rest: str, offset: int) -> Iterator[Figure]:
    shares = [*times_in_words(rest), *shares_in_words(rest)]
    taken: list[tuple[int, int]] = []
    for written in shares:
        if any(a < written.end and written.start < b for a, b in taken):
            continue
        taken.append((written.start, written.end))
        number = _share_number(100 * written.value, rest[max(0, written.start - 30) : written.start].lower())
        yield Figure(offset + written.start, offset + written.end, "value", (number,), "percent", words=True)
    for written in numbers_in_words(rest):
        if any(a < written.end and written.start < b for a, b in taken):
            continue
        before = rest[: written.start][-40:]
        number = Number(written.value, written.places, "-" if written.value < 0 else "")
        role = _role(before, rest[written.end : written.end + 60])
        unit = _unit(rest, written.end)
        yield Figure(offset + written.start, offset + written.end, role, (number,), unit, words=True)


def _share_number(value: float, before: str) -> Number:
    """A share in words, with what "just under" and "more than" say of it."""
    if re.search(r"(?:less than|under|below|nearly|almost|close to|not quite|shy of)\s+(?:a\s+)?$", before):
        return Number(value, -1, under=6.0, over=0.0)
    if re.search(r"(?:more than|over|above|at least)\s+(?:a\s+)?$", before):
        return Number(value, -1, under=0.0, over=6.0)
    if re.search(r"(?:about|around|roughly|some|approximately)\s+(?:a\s+)?$", before):
        return Number(value, -1, under=2.5, over=2.5)
    return Number(value, -1)


_SCALE = re.compile(r"\bscale\b[^.;\d]{0,24}|\b(?:runs|ranges|goes) from\b", re.IGNORECASE)
_SCALED = re.compile(
    r"\b(?:scale|runs|ranges|goes)\b[^.;\d]{0,24}?(?P<low>[-+\u2212]?\d+)\s*(?:to|and|-|\u2013|through)\s*(?P<high>\+?\d+)\b",
    re.IGNORECASE,
)
_SCALES = frozenset(
    [("-1", "1"), ("0", "1"), ("-100", "100"), ("0", "100"), ("0", "10"), ("1", "10"), ("1", "5"), ("1", "7")]
)
_COLUMN = re.compile(r"\|\s*95\s?%[\s\w-]{0,14}\|")


def _in_scale(page: Page, figure: Figure) -> bool:
    """ "on a scale from -1 to 1"."""
    begin = max(0, figure.start - 40)
    for found in _SCALED.finditer(page.plain, begin, figure.end + 16):
        ends = (found["low"].replace("\u2212", "-").lstrip("+"), found["high"].lstrip("+"))
        if ends in _SCALES and found.start("low") <= figure.start and figure.end <= found.end("high"):
            return True
    return False


def constant(page: Page, figure: Figure, scale: Scale) -> bool:
    """Numbers that are nobody's finding: 95 % intervals, the 5 % level, the ends of the scale and its classes."""
    before = page.plain[max(0, figure.start - 40) : figure.start].lower()
    after = page.plain[figure.end : figure.end + 40].lower()
    value = figure.numbers[0].value
    if _SCALE.search(before + page.plain[figure.start : figure.end] + after) and _in_scale(page, figure):
        return True
    if value == 95 and _COLUMN.search(page.plain[max(0, figure.start - 8) : figure.end + 24]):
        return True
    if value == 100 and re.search(
        r"\b(?:add\w*|sums?|total\w*|com\w+)(?: up)? to (?:more than |over |exactly )?$", before
    ):
        return True
    if figure.unit == "percent" or after.startswith(("-percent", "- ")):
        tail = re.sub(r"^\s?(?:%|percent|per cent)[- ]?", "", after)
        if value == 95 and (
            re.match(r"\(?(?:conf|interv|ci\b|cert|sure|range|limit|low|high|credib)", tail)
            or re.search(r"interval \(|intervals (?:are |at )?(?:all |at )?$|confidence (?:level )?of $", before)
        ):
            return True
        if (
            value == 5
            and re.match(r"\(?(?:level|signif|threshold|error)|\)|$|\.|,", tail)
            and re.search(r"\bat (?:the )?$|level of $|level \($|hochberg,? $|alpha of $", before)
        ):
            return True
        return value == 80 and bool(
            re.match(r"\(?(?:power|of the time)", tail) or re.search(r"power (?:of )?$", before)
        )
    if (
        value == 0
        and (figure.words or figure.unit == "plain")
        and re.search(
            r"(?:includ|exclud|contain|cross|cover|span|below|above|around|from|than|straddl|near|"
            r"touch|reach|rule)\w*(?: out)? $|\bnot $",
            before,
        )
    ):
        return True
    if value == 95 and "%" not in after[:2]:
        return False
    return _of_scale(figure, value, before, after, scale)


def _of_scale(figure: Figure, value: float, before: str, after: str, scale: Scale) -> bool:
    if figure.unit == "points" and not re.search(r"scale", after):
        return False
    around = before + " " + after
    if value in (-100, 100) and re.search(
        r"[-\u2212\u2013+]?100\s*(?:to|and|\.\.|\u2013|-)\s*$|^\s*(?:to|and|\.\.)\s*\+?100|scale|from $|between $",
        around,
    ):
        return bool(re.search(r"100", around)) or "scale" in around
    if not float(value).is_integer() or not scale.low <= value <= scale.high:
        return False
    ends = {
        scale.low,
        scale.high,
        scale.detractor_to,
        scale.promoter_from,
        scale.promoter_from - 1,
        scale.detractor_to + 1,
    }
    if value not in ends:
        return False
    pair = re.search(r"\d\s*(?:to|-|\u2013|or|and|/)\s*$", before) or re.match(
        r"\s*(?:to|-|\u2013|or|and)[ -]*\d{1,2}\b(?!\.\d)", after
    )
    named = re.search(r"scale|scor|promoter|passive|detractor|rating|gave|rated|recommend|likel|point question", around)
    return bool(named and pair) or bool(
        re.search(r"\b(?:scor\w+|gave|rated|rating)(?: of| an?| at)? $", before)
        and re.match(r"\s*(?:or (?:more|higher|less|lower|above|below)|and (?:above|below))", after)
    )


def _ranged(page: Page, bare: list[Figure]) -> Iterator[Figure]:
    """Two numbers that are the ends of an interval as one figure."""
    at = 0
    while at < len(bare):
        one = bare[at]
        other = bare[at + 1] if at + 1 < len(bare) else None
        role = _pair(page, one, other) if other else None
        if other is None or role is None:
            yield one
            at += 1
            continue
        unit = other.unit if other.unit != "plain" else one.unit
        yield Figure(one.start, other.end, role, (one.numbers[0], other.numbers[0]), unit, words=one.words)
        at += 2


def _pair(page: Page, one: Figure, other: Figure) -> Role | None:
    if (
        one.role not in ("value", "half")
        or other.role not in ("value", "n")
        or one.numbers[0].places < 0
        or one.role == "half"
    ):
        return None
    between = page.plain[one.end : other.start]
    if "plain" != one.unit != other.unit:
        return None
    if len(between) > 14 or not _LINK.fullmatch(between):
        return None
    before = page.plain[max(0, one.start - 50) : one.start]
    after = page.plain[other.end : other.end + 7].removeprefix(" points").lstrip("% p")
    link = between.strip("% ").removeprefix("points").removeprefix("pp").strip().lower()
    if before.rstrip().endswith("[") and after.startswith("]"):
        return "interval"
    if link in ("-", "\u2013", "\u2014", "..", "\u2026"):
        return "interval" if other.role == "value" else None
    if (
        link in ("to", "through", "up to")
        and re.search(r"(?:interval|\bCI\b|range[sd]?|confidence)[^.;]{0,30}$", before, re.I)
        and "from" not in before[-6:]
    ):
        return "interval"
    if link in ("to", "and") and re.search(r"\b(?:between|from)\s+$", before, re.I):
        return "loose interval"
    if link == "to" or (link in (",", ";", "and") and _RANGE_LEAD.search(before)):
        return "loose interval"
    return None


def _attached(page: Page, found: list[Figure]) -> list[Figure]:
    """Intervals, bases and p-values belong to the figure before them."""
    made: list[Figure] = []
    head: Figure | None = None
    for figure in found:
        inside = head is not None and page.plain.count("(", head.end, figure.start) > page.plain.count(
            ")", head.end, figure.start
        )
        if head is not None and (
            figure.role in ("interval", "half", "p") or (figure.role in ("n", "loose interval") and inside)
        ):
            figure = replace(figure, head=head)
        elif figure.role == "value":
            head = figure
        made.append(figure)
    return made
