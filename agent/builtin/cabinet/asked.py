"""A question taken apart, as the rules of the cabinet see it, and what they share."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from agent.builtin.frame import Frame, Refusal, Values
from agent.builtin.lexicon import is_flag
from agent.builtin.places import Places
from agent.builtin.reading import Reading
from agent.builtin.when import When
from warehouse.catalog import Catalog

_MORE = r"\b(?:more|less|faster|slower|sooner|earlier|quicker|fewer|longer)\b"
CLASSES = ("promoter", "passive", "detractor")


@dataclass
class Asked:
    """A question taken apart, with the place and time in it."""

    reading: Reading
    catalog: Catalog
    when: When
    places: Places
    theme: str | None = None
    """What comments are asked to be about."""
    records: Any = None
    """What is counted or added up besides answers."""

    @cached_property
    def text(self) -> str:
        """The question in lower case, its time words blanked, whose digits are no figures."""
        text = self.reading.question
        for mention in self.reading.of("when"):
            time = mention.time
            if time is not None:
                text = text[: time.start] + " " * (time.end - time.start) + text[time.end :]
        return text.lower()

    @property
    def classes(self) -> list[str]:
        """The classes that are named."""
        return [name for name in CLASSES if self.reading.has(name)]

    def says(self, pattern: str) -> bool:
        """True when the question's words match a pattern."""
        return re.search(pattern, self.reading.question, re.IGNORECASE) is not None

    def has_role(self, *roles: str) -> bool:
        """True when some table of the data has a column of one of these roles."""
        return any(column.role in roles for table in self.catalog.tables.values() for column in table.columns.values())

    def frame(self, tool: str, **arguments: Any) -> Frame:
        """A frame with the filter, the period and these arguments; empty ones are left out."""
        given = {name: value for name, value in arguments.items() if value not in (None, [], {}, "")}
        return Frame("tool", tool=tool, where=self.places.where, period=self.when.period, arguments=given)

    def side_by_side(self, tool: str, **arguments: Any) -> Frame:
        """A frame that shows compared groups as a split: the tool tests what differs between all that it splits by."""
        frame = self.frame(tool, **arguments)
        by, where = list(self.places.by), dict(self.places.where)
        for values in (self.places.group, self.places.against):
            for name, wanted in values.items():
                by += [name] if self.places.against or self._set_against_others else []
                where[name] = list(dict.fromkeys([*where.get(name, []), *wanted]))
        if not self.places.against and self._set_against_others:
            where = {name: wanted for name, wanted in where.items() if name not in self.places.group}
        dimensions = self.catalog.dimensions
        everybody = {name for name in by if name in where and set(where[name]) == set(dimensions[name].values)}
        frame.where = {name: wanted for name, wanted in where.items() if name not in everybody}
        frame.by = list(dict.fromkeys(by))
        apart = {*self.places.group, *self.places.against}
        return using(frame, self, by=[*apart, *(name for name in frame.by if name in self.places.where)])

    @property
    def _set_against_others(self) -> bool:
        """ "Do Starter customers churn more?", but not "is the sample different from the base, only Starter"."""
        more = self.reading.has("higher", "lower", "rest") or self.says(_MORE)
        return more and not self.says(r"\bonly\b")

    def narrowed(self, tool: str, **arguments: Any) -> Frame:
        """A frame in which a group set against something outside the data is a filter."""
        frame = self.frame(tool, **arguments)
        if not self.places.against:
            frame.where = {**self.places.where, **self.places.group}
            using(frame, self, by=list(self.places.group))
        return frame


def using(frame: Frame, asked: Asked, *, by: list[str] | None = None) -> Frame:
    """Mark what the tool's arguments took up, so that accounting finds it used."""
    frame.used_by = list(by or [])
    frame.group, frame.against = asked.places.group, asked.places.against
    frame.measures = list(asked.places.measures)
    frame.measure, frame.outcome = asked.places.measure, asked.places.outcome
    return frame


def plain_values(values: Values) -> dict[str, Any]:
    """A filter with single values out of their lists."""
    return {name: wanted[0] if len(wanted) == 1 else wanted for name, wanted in values.items()}


def find_outcome(asked: Asked) -> tuple[str | None, Values]:
    """Another outcome than NPS, and the filter without it: a number, or a yes/no column that is no filter here."""
    where = dict(asked.places.where)
    if asked.places.outcome:
        name = asked.places.outcome
        return name, {key: wanted for key, wanted in where.items() if key != name}
    if asked.places.measure:
        return asked.places.measure, where
    flags = [name for name, told in where.items() if is_flag(asked.catalog.dimensions[name]) and len(told) == 1]
    if len(flags) == 1 and not asked.reading.has("metric"):
        del where[flags[0]]
        return flags[0], where
    return None, where


def refuse_without(asked: Asked, what: str, *roles: str) -> None:
    """Refusal where the data has none of the columns that every answer of this kind rests on."""
    if not asked.has_role(*roles):
        raise Refusal("declined", f"There {what} in this data, so I cannot tell that.")
