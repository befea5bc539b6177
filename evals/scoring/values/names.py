"""The names of segments that an answer may speak of, and where a text mentions them."""

from __future__ import annotations

import difflib
import functools
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from agent.answer import Answer
from evals.gold import GoldRows
from evals.scoring.values.periods import Span, as_period, grain_of, periods
from tools.result import Cell

PERIOD = "period"
ASIDE = frozenset({"against", "control", "before", "reference", "event_date", "customers"})
"""What a fact tells besides whom it is of: what it is held against, and how."""
_NO_NAME = frozenset({"test", "side", "kind", "time"}) | ASIDE
_PLAIN_WORDS = frozenset(
    re.findall(r"\w+", "yes no true false ja nein si sí none other all before after rest in on up a an the it"),
)
_BOOLEANS = {"true": ("true", "yes", "ja", "sí", "si"), "false": ("false", "no", "nein")}
_COUNTED = re.compile(r"\d[\s*_]*$")
"""In "233 customers" the customers are what is counted, not the file of that name."""
UNKNOWN = frozenset({"", "–", "-", "none", "null", "unknown", "missing", "(missing)", "(blank)", "blank", "no value",
                     "(none)", "n/a", "unbekannt", "keine angabe", "desconocido", "sin valor", "not given", "(empty)",
                     "(unknown)"})  # fmt: skip


@dataclass(frozen=True)
class Mention:
    """A name or a period in a text."""

    column: str
    value: str | Span
    start: int
    end: int


@functools.lru_cache(maxsize=20_000)
def folded(text: str) -> str:
    """Lower case, without accents, underscores as spaces; every letter stays in its place."""
    return "".join(_letter(letter) for letter in text)


@functools.cache
def _letter(letter: str) -> str:
    if letter in "_\u00a0\u2009\u202f":
        return " "
    if letter in "‐‑–—−":
        return "-"
    lower = unicodedata.normalize("NFD", letter)[0].lower()
    return lower if len(lower) == 1 else letter


@dataclass
class Names:
    """Column → its values, as told by the gold, the facts and the tables of an answer."""

    of: dict[str, set[str]] = field(default_factory=dict)
    opposite: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Where a column has two values, "not A" is B."""
    alias: dict[str, str] = field(default_factory=dict)
    """A column of the data → the gold's name for it."""

    def add(self, column: str, value: object) -> None:
        """A value of a column."""
        said = folded(str(value)).strip()
        if said and said not in UNKNOWN and column not in _NO_NAME and len(said) <= 80:
            self.of.setdefault(column, set()).add(said)

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        said = sorted(
            {value for values in self.of.values() for value in values if can_stand_alone(value)}, key=len, reverse=True
        )
        told = [_with_column(column, form) for column, _, form in self._bare()]
        parts = [_inflected(value) for value in said] + told
        return re.compile(rf"(?<![\w])(?:{'|'.join(parts)})(?![\w])") if parts else None

    def _bare(self) -> list[tuple[str, str, str]]:
        """Column, value and each way to say it, of the values that cannot stand alone."""
        return [
            (column, value, form)
            for column, values in self.of.items()
            for value in values
            if not can_stand_alone(value)
            for form in self._forms(value)
        ]

    def _forms(self, value: str) -> list[str]:
        contrary = [said for said, (_, meant) in self.opposite.items() if meant == value]
        return [*_BOOLEANS.get(value, (value,)), *contrary]

    def find(self, text: str) -> list[Mention]:
        """The names in a text, in order; a name that several columns have is found for each."""
        if self._pattern is None:
            return []
        found: list[Mention] = []
        for match in self._pattern.finditer(folded(text)):
            for column, value in self._meant(match.group()):
                found.append(Mention(column, value, *match.span()))
                if column in self.alias:
                    found.append(Mention(self.alias[column], value, *match.span()))
        return found

    def _meant(self, said: str) -> list[tuple[str, str]]:
        exact = [(column, said) for column, values in self.of.items() if said in values and can_stand_alone(said)]
        if exact:
            return exact
        return [
            (column, value)
            for column, values in self.of.items()
            for value in values
            if (can_stand_alone(value) and re.fullmatch(_inflected(value), said))
            or (
                not can_stand_alone(value)
                and any(re.fullmatch(_with_column(column, form), said) for form in self._forms(value))
            )
        ]

    def whole(self, text: str) -> list[Mention]:
        """A cell of a table that is nothing but a name (a number or "yes" may be one)."""
        said = folded(text).strip(" *")
        found = [Mention(column, said, 0, len(text)) for column, values in self.of.items() if said in values]
        if said in self.opposite:
            found.append(Mention(*self.opposite[said], 0, len(text)))
        return found


def _with_column(column: str, form: str) -> str:
    return r"\s*".join(re.escape(word) for word in folded(column).split()) + rf"[\s*]*[:=]?[\s*]*(?:{re.escape(form)})"


def can_stand_alone(value: str) -> bool:
    """A bare number, or a word like "no", is a name only where its column is told with it."""
    return value not in _PLAIN_WORDS and not re.fullmatch(r"-?\d+(?:\.\d+)?", value) and (len(value) > 1)


def _inflected(value: str) -> str:
    """The name with the endings that people give it: couples, families, Kunden."""
    stem = re.sub(r"[\s_-]+", r"[\\s_-]+", re.escape(value).replace(r"\ ", " ").replace(r"\-", "-"))
    if not value[-1].isalpha() or len(value) < 3:
        return stem
    if value.endswith("y"):
        return f"(?:{stem}|{stem[:-1]}ies)"
    return f"{stem}(?:s|es|n|en|e)?"


@dataclass
class Directory:
    """What names and periods of an answer mean."""

    names: Names
    keys: dict[str, str]
    """Key column of the gold → the column it is known by here (PERIOD for a column of periods)."""
    grains: dict[str, str | None]

    def mentions(self, text: str) -> list[Mention]:
        """The names and periods in a text, in order."""
        found = [
            one for one in self.names.find(text) if not (one.column == "table" and _COUNTED.search(text[: one.start]))
        ]
        taken = [(one.start, one.end) for one in found]
        found += [
            Mention(PERIOD, when.span, when.start, when.end)
            for when in periods(text)
            if not any(when.start < end and start < when.end for start, end in taken)
        ]
        return _without_columns(text, sorted(found, key=lambda one: one.start))

    def in_cell(self, column: str, text: str) -> list[Mention]:
        """The names and periods in a cell of a table."""
        if folded(text).strip() in UNKNOWN:
            return []
        span = as_period(text)
        if span is not None:
            return [Mention(PERIOD, span, 0, len(text))]
        whole = self.names.whole(text)
        mine = [one for one in whole if folded(one.column) == folded(column)]
        alone = can_stand_alone(folded(text).strip(" *"))
        return whole if whole and (mine or alone) else self.mentions(text)

    def key_of(self, row: Mapping[str, Cell], gold: GoldRows) -> dict[str, str | Span | None]:
        """The key of a gold row, as mentions have it."""
        made: dict[str, str | Span | None] = {}
        for name in gold.key:
            cell = row[name]
            span = as_period(cell, grain=self.grains.get(name)) if self.keys[name] == PERIOD else None
            made[self.keys[name]] = span if span is not None else None if cell is None else folded(str(cell)).strip()
        return made


def _without_columns(text: str, found: list[Mention]) -> list[Mention]:
    """In "queue chat" only the value is told of, not the column too."""
    return [
        one
        for one in found
        if not any(
            one.value == folded(other.column)
            and one.end <= other.start
            and not text[one.end : other.start].strip(" *:=_")
            for other in found
        )
    ]


def same(one: str | Span, other: str | Span) -> bool:
    """The same segment, or the same days."""
    if isinstance(one, Span) and isinstance(other, Span):
        return one.same(other)
    return one == other


def directory(gold: GoldRows | None, answer: Answer, more: Iterable[str] = ()) -> Directory:
    """The names that the gold, the facts and the tables of an answer know."""
    names, keys, grains = Names(), dict[str, str](), dict[str, str | None]()
    for column in gold.key if gold else []:
        cells: list[object] = [row[column] for row in gold.rows] if gold else []
        told = [cell for cell in cells if cell is not None]
        if told and all(as_period(cell) is not None for cell in told):
            keys[column], grains[column] = PERIOD, grain_of(told)
            continue
        keys[column] = column
        for cell in told:
            names.add(column, cell)
        two = sorted(names.of.get(column, ()))
        if len(two) == 2 and len(told) == 2:
            names.opposite |= {f"not {two[0]}": (column, two[1]), f"not {two[1]}": (column, two[0])}
    for fact in answer.facts:
        for column, value in fact.where.items():
            if column != PERIOD and as_period(value) is None:
                names.add(column, value)
    _take_apart(names)
    _name_the_others(names, answer)
    for column, known in keys.items():
        _find_alias(names, known, column)
    _of_tables(names, answer)
    for name in more:
        if as_period(name) is None and not any(folded(name) in values for values in names.of.values()):
            names.add("named", name)
    return Directory(names, keys, grains)


def _find_alias(names: Names, column: str, said: str) -> None:
    """The data's own name of a key column: its values are told with it ("paysByDirectDebit 1")."""
    mine = names.of.get(column, set())
    for other, values in list(names.of.items()):
        alike = (
            re.sub(r"[\s_]", "", folded(said)) in re.sub(r"[\s_]", "", folded(other))
            or {f"not {value}" for value in mine} & values
        )
        if other != column and mine and alike and mine & values and not any(can_stand_alone(value) for value in mine):
            names.alias[other] = column
            values |= mine


def _name_the_others(names: Names, answer: Answer) -> None:
    """A fact of "not Android" is told as "device iOS" where there are two devices: the text has the name."""
    for column, values in names.of.items():
        contrary = next((value for value in values if value.startswith("not ")), "")
        own = contrary.removeprefix("not ")
        if not own or contrary in names.opposite:
            continue
        others = values - {own, contrary}
        alike = {other for other in others if _are_alike(answer, column, contrary, other)}
        found = _told_with_column(answer.text, column, own) if not others else alike
        if len(found) == 1:
            names.opposite[contrary] = (column, next(iter(found)))
            values |= found


def _are_alike(answer: Answer, column: str, one: str, other: str) -> bool:
    """Both have the same figure of the same answers: they are the same people."""
    seen = [
        {(fact.value, fact.n) for fact in answer.facts if fact.n and folded(fact.where.get(column, "")) == value}
        for value in (one, other)
    ]
    return bool(seen[0] & seen[1])


def _told_with_column(text: str, column: str, own: str) -> set[str]:
    """The other value that the text names with its column: "device iOS", "coach no"."""
    after = re.compile(_with_column(column, "X").replace("X", r"([^\W_][\w-]*)"))
    said = {text[match.start(1) : match.end(1)] for match in after.finditer(folded(text))} - {own}
    return {folded(word) for word in said if _is_contrary(folded(word), own) or word != word.lower()} - {own}


def _is_contrary(word: str, own: str) -> bool:
    yes, no = _BOOLEANS["true"], _BOOLEANS["false"]
    return (word in yes and own in no) or (word in no and own in yes)


def _take_apart(names: Names) -> None:
    """ "web or desktop" is two names where one of them is known."""
    for values in names.of.values():
        for value in [value for value in values if " or " in value]:
            parts = value.split(" or ")
            if any(part in values for part in parts):
                values.discard(value)
                values.update(parts)


def _of_tables(names: Names, answer: Answer) -> None:
    """Only columns that facts speak of too: other texts in tables (advice, quotations) are no segments."""
    known = {folded(column) for fact in answer.facts for column in fact.where}
    for table in answer.tables:
        for at, column in enumerate(table.columns):
            if column.unit == "text" and folded(column.name) in known:
                for row in table.rows:
                    if isinstance(row[at], str) and as_period(row[at]) is None and not _with_its_column(names, row[at]):
                        names.add(column.name, row[at])


def _with_its_column(names: Names, cell: object) -> bool:
    """ "Branch Hull" in a column called segment: the value Hull of Branch, not a value of its own."""
    said = folded(str(cell)).strip()
    return any(said == f"{folded(column)} {value}" for column, values in names.of.items() for value in values)


def is_like(name: str, question: str) -> bool:
    """The question names it, a letter or two apart."""
    said = folded(name)
    asked = folded(question)
    if re.search(rf"(?<!\w){_inflected(said)}(?!\w)", asked) or said in asked:
        return True
    words = re.findall(r"[\w-]+", asked)
    size = len(said.split())
    runs = [" ".join(words[at : at + size]) for at in range(len(words) - size + 1)]
    return any(difflib.SequenceMatcher(None, said, run).ratio() >= 0.78 for run in runs)
