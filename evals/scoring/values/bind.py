"""Which segment and which period a figure is told of."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from evals.scoring.values.clauses import gap, is_of_another_clause, is_tight, nearest, segments
from evals.scoring.values.names import PERIOD, Directory, Mention, same
from evals.scoring.values.periods import Span
from evals.scoring.values.reading import Figure, Passage, figures

HERE = "\0"
"""Stands for the figure itself in the words around it."""
Strength = Literal["own", "above", "before"]
Value = str | Span

_JOINED = re.compile(
    r"^[\s*_,/&–-]*(?:and|und|y|e|or|oder|o|than|als|que|versus|vs\.?|against|gegen|to|bis|a|the|in|from|der|"
    r"die|das|el|la|->|→)?"
    r"[\s*_]*(?:the|in|der|die|das|el|la|property|segment)?[\s*_]*$",
    re.IGNORECASE,
)
_REST = re.compile(
    r"\b(?:all(?: the)? others?|(?:the|those|all) others?|the rest|everyone else|everybody else|overall|"
    r"in total|altogether|"
    r"together|the whole|company[- ]wide|(?:alle )?übrige\w*|(?:alle )?anderen|insgesamt|gesamt|todos|los demás|"
    r"las demás|"
    r"(?:el|del|al) resto|en total|en conjunto)\b",
    re.IGNORECASE,
)
REST = "\0rest"
_FROM = re.compile(r"\b(?:from|von|de|desde)[\s*_]*$", re.IGNORECASE)
_TO = re.compile(r"[\s*_]*(?:to|bis|auf|zu|a|hasta)[\s*_]*", re.IGNORECASE)
_OF_DIFFERENCE = re.compile(
    r"\b(?:of the|of its|des|der|de la|del) (?:difference|change|gap|effect|unterschied\w*|differenz|diferencia|cambio|"
    r"efecto)\b",
    re.IGNORECASE,
)
_AGAINST = re.compile(
    r"[\s*_]*(?:against|versus|vs\.?|compared (?:with|to)|gegenüber|gegen|frente a)[\s*_]*", re.IGNORECASE
)
_APART = re.compile(
    r"^[\s*_]*(?:percentage\s+)?(?:points?|pts?|punkte?n?|puntos?|pp)?[\s*_]*(?:\([^)]*\)\s*)?(?:higher|lower|"
    r"above|below|more|less|apart|better|"
    r"worse|ahead|behind|up|down|höher|niedriger|tiefer|über|unter|mehr|weniger|besser|schlechter|auseinander|"
    r"más|menos|por encima|por "
    r"debajo|mejor|peor|superior|inferior|difference|gap|increase|decrease|drop|rise|a month|a quarter|a week|"
    r"per month|per quarter|per week|pro "
    r"monat|pro quartal|al mes|por mes|por trimestre|unterschied|abstand|de diferencia|de distancia|between|"
    r"zwischen|fell|gained|lost|or more|oder mehr|o más)\b",
    re.IGNORECASE,
)
_BY = re.compile(
    r"(?:\b(?:by|um|change[sd]?|difference|gap|lead|drop|rise|fall|increase|decrease|loss|gain|moved|"
    r"veränderung|änderung|unterschied|differenz|"
    r"abstand|rückgang|anstieg|cambio|diferencia|caída|subida|aumento|descenso|gained|lost|distance|effect|"
    r"effekt|efecto|worth|trend)\b"
    r"(?:\s+(?:of|by|is|was|von|um|beträgt|ist|de|en|es|roughly|about|around|only|just|rund|etwa|nur|unos|"
    r"solo))*[\s*_:=(]*"
    r"|\b(?:subió|bajó|cayó|aumentó|disminuyó|ganó|perdió|rose|fell|dropped|climbed|slipped|declined|increased|"
    r"decreased|stieg|sank|fiel)"
    r"\s+(?:en|by|um)?\s*[*_]*)$",
    re.IGNORECASE,
)


@dataclass
class Shown:
    """A figure, and what it is told of."""

    figure: Figure
    bound: dict[str, tuple[Value, ...]] = field(default_factory=dict)
    strength: dict[str, Strength] = field(default_factory=dict)
    tight: bool = False
    """It is told of one thing directly: "X: 3.1", "3.1 for X", a row of a table."""
    around: str = ""
    """The clause, for its words."""
    head: int = -1
    """The place in its sentence of the figure that this one belongs to: intervals and n belong to what they are of."""
    heading: str = ""
    """The column of the table that it stands in."""
    place: int = -1
    """The number of the passage or, for a table, of its row."""
    grid: int = -1
    """The number of the table; -1 in sentences."""
    written: bool = True
    """In the text, not in a table under it."""

    def told_of(self, key: dict[str, Value | None], least: tuple[Strength, ...] = ("own", "above", "before")) -> bool:
        """The figure is told of this key: of every column of it."""
        for column, value in key.items():
            told = self.bound.get(column, ())
            if value is None or self.strength.get(column) not in least or not any(same(one, value) for one in told):
                return False
        return True


def of_passage(passage: Passage, place: int, mentions: list[Mention], book: Directory) -> list[Shown]:
    """The figures of a sentence or a list item, each with what it is told of."""
    found = figures(passage.text, [(one.start, one.end) for one in mentions])
    found = [_difference(passage.text, one) for one in found]
    heads = _heads(passage.text, found)
    made = [
        Shown(one, around=_clause(passage.text, one), place=place, head=found[heads[at]].start)
        for at, one in enumerate(found)
    ]
    for column in {one.column for one in mentions}:
        own = _finest([one for one in mentions if one.column == column])
        _bind(passage.text, [*own, *_rests(passage.text, column, own)], found, made)
    for column, values, strength in _inherited(passage, book):
        for one in made:
            if column not in one.bound:
                one.bound[column], one.strength[column] = values, strength
    for at, head in heads.items():
        if at != head:
            made[at].bound, made[at].strength = dict(made[head].bound), dict(made[head].strength)
    return made


def _difference(text: str, figure: Figure) -> Figure:
    if figure.role == "main" and (
        _APART.match(text[figure.end : figure.end + 60]) or _BY.search(text[: figure.start][-50:])
    ):
        return replace(figure, role="difference")
    return figure


def _heads(text: str, found: Sequence[Figure]) -> dict[int, int]:
    """Figure → the main figure that it belongs to: intervals, n and p follow what they are of."""
    heads: dict[int, int] = {}
    last: int | None = None
    for at, figure in enumerate(found):
        if figure.role in ("main", "difference"):
            last = at
        elif last is not None and _OF_DIFFERENCE.search(text[found[last].end : figure.start]):
            last = max((one for one in range(last) if found[one].role == "difference"), default=last)
        heads[at] = last if last is not None and figure.role in ("interval", "n", "p", "level") else at
    return heads


def _clause(text: str, figure: Figure) -> str:
    """What stands before the figure, a mark for the figure, what stands after it."""
    return f"{text[max(0, figure.start - 75) : figure.start]}{HERE}{text[figure.end : figure.end + 45]}"


def _bind(text: str, own: list[Mention], found: list[Figure], made: list[Shown]) -> None:
    own = sorted(own, key=lambda one: one.start)
    column, values = own[0].column, _distinct(own)
    heads = [at for at, head in _heads(text, found).items() if at == head]
    if len(values) == 1:
        for at in heads:
            if all(is_of_another_clause(text, one, found[at], found) for one in own):
                continue
            made[at].bound[column], made[at].strength[column] = (values[0],), "own"
            made[at].tight = made[at].tight or any(is_tight(text, one, found[at], found) for one in own)
        return
    named = [one for one in own if one.value != REST]
    orderly = _respectively(text, named, [found[at] for at in heads])
    if column == PERIOD:
        orderly |= _from_one_to_the_other(text, named, [found[at] for at in heads], found)
    for at in heads:
        told = orderly.get(found[at].start)
        if told is not None:
            made[at].bound[column], made[at].strength[column], made[at].tight = (
                (told.value,),
                "own",
                found[at].role == "main",
            )
            continue
        closest = nearest(text, own, found[at], found)
        if closest.value == REST:
            continue
        run = [closest] if is_tight(text, closest, found[at], found) else _run(text, own, closest)
        made[at].bound[column], made[at].strength[column] = tuple(_distinct(run)), "own"
        made[at].tight = made[at].tight or (len(run) == 1 and is_tight(text, closest, found[at], found))


def _finest(own: list[Mention]) -> list[Mention]:
    """Without the periods that only frame others: in "in 2024: 3.1 in Q1" the year is no period of a figure."""

    def frames(one: Mention) -> bool:
        return any(
            isinstance(one.value, Span)
            and isinstance(other.value, Span)
            and other.value.within(one.value)
            and not one.value.within(other.value)
            for other in own
        )

    return [one for one in own if not frames(one)] or own


def _rests(text: str, column: str, own: list[Mention]) -> list[Mention]:
    """Words for all others, or all together: figures told of them are of no segment that is named."""
    if own[0].column == PERIOD:
        return []
    found = [Mention(column, REST, *match.span()) for match in _REST.finditer(text)]
    return [one for one in found if all(one.end <= other.start or other.end <= one.start for other in own)]


def _distinct(mentions: Sequence[Mention]) -> list[Value]:
    values: list[Value] = []
    for one in mentions:
        if not any(one.value == value for value in values):
            values.append(one.value)
    return values


def _respectively(text: str, own: list[Mention], heads: list[Figure]) -> dict[int, Mention]:
    """ "X, Y and Z are at 1, 2 and 3", "1 and 2 for X and Y": names in a row, then as many figures in a row."""
    mains = [figure for figure in heads if figure.role == "main" and not _is_level(text, figure)]
    orderly = dict[int, Mention]()
    for begin, end in reversed([(0, len(text)), *segments(text)]):
        names = [one for one in own if begin <= one.start < end]
        those = [one for one in mains if begin <= one.start < end]
        orderly |= _in_turn(names, those) or _in_contrast(text, names, those)
    return orderly


def _in_turn(names: list[Mention], mains: list[Figure]) -> dict[int, Mention]:
    tokens: list[Mention | Figure] = sorted([*names, *mains], key=lambda token: token.start)
    runs: list[list[Mention | Figure]] = []
    for token in tokens:
        if runs and isinstance(runs[-1][0], Figure) == isinstance(token, Figure):
            runs[-1].append(token)
        else:
            runs.append([token])
    if len(runs) != 2 or len(runs[0]) != len(runs[1]) or len(runs[0]) < 2:
        return {}
    numbers = sorted(mains, key=lambda one: one.start)
    return {number.start: name for name, number in zip(names, numbers, strict=True)}


def _in_contrast(text: str, names: list[Mention], mains: list[Figure]) -> dict[int, Mention]:
    """ "10 got the new one and 20 the old one, that is 33% against 67%": two figures side by side, after two names."""
    for one, other in itertools.pairwise(mains):
        before = [name for name in names if name.end <= one.start]
        if len(_distinct(before)) == len(before) == 2 and _AGAINST.fullmatch(text[one.end : other.start]):
            return {one.start: before[0], other.start: before[1]}
    return {}


def _from_one_to_the_other(
    text: str, names: list[Mention], heads: list[Figure], found: list[Figure]
) -> dict[int, Mention]:
    """ "From May to June, X went from 1 to 2; Y from 3 to 4": the first figure is of May, the second of June."""
    if len(names) != 2 or not _TO.fullmatch(text[names[0].end : names[1].start]):
        return {}
    orderly: dict[int, Mention] = {}
    for one, other in itertools.pairwise(heads):
        if _FROM.search(text[: one.start]) and _TO.fullmatch(gap(text, one.end, other.start, found)):
            orderly |= {one.start: names[0], other.start: names[1]}
    return orderly


def _is_level(text: str, figure: Figure) -> bool:
    """The level of an interval ("95%")."""
    return figure.value in (90, 95, 99) and bool(
        re.match(r"[-\s%.a-z]*(?:ci|interval|ki|ic|konf|conf)", text[figure.end :].lower())
    )


def _run(text: str, own: list[Mention], one: Mention) -> list[Mention]:
    """The names that are joined to this one: "X and Y"."""
    at = own.index(one)
    first = last = at
    while first and _JOINED.match(text[own[first - 1].end : own[first].start]):
        first -= 1
    while last + 1 < len(own) and _JOINED.match(text[own[last].end : own[last + 1].start]):
        last += 1
    return own[first : last + 1]


def _inherited(passage: Passage, book: Directory) -> list[tuple[str, tuple[Value, ...], Strength]]:
    """What stands over the passage, the nearest first, and then the sentences before it."""
    found: list[tuple[str, tuple[Value, ...], Strength]] = []
    for over in reversed(passage.above):
        mentions = book.mentions(over)
        for column in {one.column for one in mentions}:
            values = _distinct([one for one in mentions if one.column == column])
            if len(values) == 1 and column not in {name for name, _, _ in found}:
                found.append((column, (values[0],), "above"))
    if passage.before:
        mentions = book.mentions(passage.before)
        for column in {one.column for one in mentions}:
            last = [one for one in mentions if one.column == column][-1]
            if column not in {name for name, _, _ in found}:
                found.append((column, (last.value,), "before"))
    return found
