"""Two bad analysts on purpose. A suite that they do well in does not tell good from bad.

`confident` answers everything: point estimates are facts to it, every difference is real, every change has a cause, and
it never asks back. `timid` declines everything, in one polite sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from agent.answer import Answer
from agent.facts import Run
from evals.analysts import Analyst, Asked
from evals.cases import Case, Turn
from tools.measure.score import NpsResult, nps
from tools.result import Table
from tools.shown import NpsCell
from warehouse.errors import NpsError
from warehouse.periods import Grain

if TYPE_CHECKING:
    from warehouse.workspace import Warehouse

_PERIOD = re.compile(r"\b\d{4}(?:-(?:Q\d|H\d|\d\d(?:-\d\d)?))?(?:\.\.\d{4}-\d\d(?:-\d\d)?)?\b")
_UP = re.compile(
    r"\b(?:rise|rose|risen|improv\w*|better|increas\w*|up|higher|happier|win|won|help\w*|raise\w*)\b", re.IGNORECASE
)
_DOWN = re.compile(
    r"\b(?:fall|fell|fallen|drop\w*|declin\w*|worse|decreas\w*|down|lower|unhappier|hurt|lose|lost|less)\b",
    re.IGNORECASE,
)
_SPLITS = 2


@contextmanager
def timid(
    case: Case, warehouse: Warehouse, scratch: Path, *, repeat: int = 1, money: float | None = None
) -> Iterator[Asked]:
    """Declines everything."""
    del case, warehouse, scratch, repeat, money

    def asked(turn: Turn, at: int) -> Answer:
        del at
        text = "I am sorry, I would rather not answer that from this data."
        return Answer(status="declined", text=text, question=turn.ask, model="scarecrow:timid")

    yield asked


@contextmanager
def confident(
    case: Case, warehouse: Warehouse, scratch: Path, *, repeat: int = 1, money: float | None = None
) -> Iterator[Asked]:
    """Answers everything, and is sure of it."""
    del case, scratch, repeat, money

    def asked(turn: Turn, at: int) -> Answer:
        del at
        return _Boast(turn.ask, warehouse).answer()

    yield asked


@dataclass
class _Boast:
    """One answer in the making."""

    question: str
    warehouse: Warehouse
    run: Run = field(default_factory=Run)
    tables: list[Table] = field(default_factory=list)
    sql: list[str] = field(default_factory=list)

    def answer(self) -> Answer:
        """What the plain figures seem to say, and a cause for it."""
        said = [*self._over_time(), *self._by_segment()]
        said = said or self._whole()
        said.append(f"The cause is plain: {self._cause()} made the difference, and acting on it will raise NPS.")
        return Answer(
            status="answered",
            text=" ".join(said),
            question=self.question,
            facts=list(self.run.facts.values()),
            tables=self.tables,
            tools=self.run.calls,
            sql=self.sql,
            path="governed",
            model="scarecrow:confident",
        )

    def _over_time(self) -> list[str]:
        cells = self._periods()
        if len(cells) < 2:
            return []
        before, after = cells[0], cells[-1]
        change = _value(after) - _value(before)
        up = bool(_UP.search(self.question)) if _UP.search(self.question) or _DOWN.search(self.question) else change > 0
        way = "rose" if up else "fell"
        return [f"Yes, NPS clearly {way} from {_told(before)} to {_told(after)}, a change of {change:+.1f} points."]

    def _periods(self) -> list[NpsCell]:
        """The totals of the periods that the question names, else the calendar quarters."""
        named = list(dict.fromkeys(_PERIOD.findall(self.question)))
        if len(named) >= 2:
            return [result.total for period in named[:2] if (result := self._nps(period=period)) is not None]
        by_quarter = self._nps(grain="quarter") or self._nps(grain="month")
        return [cell for cell in by_quarter.cells if _has_value(cell)] if by_quarter is not None else []

    def _by_segment(self) -> list[str]:
        said: list[str] = []
        for name in self._dimensions():
            result = self._nps(by=[name])
            cells = (
                sorted((cell for cell in result.cells if _has_value(cell)), key=_value) if result is not None else []
            )
            if len(cells) >= 2:
                worst, best = cells[0].where[name], cells[-1].where[name]
                gap = _value(cells[-1]) - _value(cells[0])
                said.append(
                    f"{worst} is the worst at {_value(cells[0]):+.1f} and {best} the best at {_value(cells[-1]):+.1f}, "
                    f"so {worst} is {gap:.1f} points lower than {best}."
                )
        return said

    def _dimensions(self) -> list[str]:
        """Those that the question names, by their own name or by a value; else the first ones."""
        asked = self.question.lower()
        known = self.warehouse.catalog.dimensions
        named = [
            name
            for name, dimension in known.items()
            if name.replace("_", " ").lower() in asked or any(value.lower() in asked for value in dimension.values)
        ]
        return (named or list(known))[:_SPLITS]

    def _whole(self) -> list[str]:
        result = self._nps()
        return (
            [f"NPS is {_value(result.total):+.1f}, and that is certain."]
            if result is not None
            else ["NPS is excellent."]
        )

    def _cause(self) -> str:
        events = list(self.warehouse.catalog.events)
        named = [event for event in events if event.replace("_", " ") in self.question.lower()]
        told = re.search(r"\b(?:the|our|new) ((?:new )?[a-z]+(?: [a-z]+)?)", self.question)
        return "the " + ((named or events)[0].replace("_", " ") if events else told[1] if told else "poor service")

    def _nps(
        self, by: list[str] | None = None, period: str | None = None, grain: Grain | None = None
    ) -> NpsResult | None:
        """The plain tool, its facts and table kept; None where it refuses."""
        arguments = {"by": by, "period": period, "grain": grain}
        try:
            result = nps(self.warehouse, by=by or [], period=period, grain=grain)
        except NpsError:
            return None
        self.run.adopt(result)
        self.tables += [result.table] if result.table is not None else []
        self.sql += result.sql
        self.run.record("nps", {key: value for key, value in arguments.items() if value})
        return result


def _has_value(cell: NpsCell) -> bool:
    return cell.nps is not None


def _value(cell: NpsCell) -> float:
    return cell.nps or 0.0


def _told(cell: NpsCell) -> str:
    return f"{_value(cell):+.1f} in {cell.where.get('period', 'the beginning')}"


SCARECROWS: dict[str, Analyst] = {"confident": confident, "timid": timid}
