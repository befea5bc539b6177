"""What a conversation has told, so that its answers cannot be subtracted from each other to single people out."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

from pydantic import Field, PrivateAttr

from agent.ledger_atoms import MAX_CELLS, Classes, find_classes, independent, singled_out
from agent.ledger_cells import Loose, Told, read_result
from agent.ledger_people import people_of, refuse_close_sets
from agent.ledger_refusal import refusal, why
from agent.ledger_spare import SERIES, left_out, periods_of, without
from agent.ledger_sql import read_sql
from tools.result import Model, Result
from warehouse.errors import NpsError

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

    from warehouse.workspace import Warehouse

SQL = "run_sql"
MAX_LOOSE = 4_000
MANY = 150
"""Told cells from which on those that follow from others are not kept."""


class Ledger(Model):
    """The cells of which figures were told in one conversation."""

    told: list[Told] = Field(default_factory=list)
    loose: list[Loose] = Field(default_factory=list)
    people: list[str] = Field(default_factory=list)
    """SELECTs of the customers whom figures of free SQL rest on."""
    _lock: threading.Lock = PrivateAttr(default_factory=threading.Lock)

    @classmethod
    def of(cls, warehouse: Warehouse, history: Sequence[BaseMessage]) -> Self:
        """What the messages of a conversation have told."""
        from langchain_core.messages import AIMessage, ToolMessage

        found, calls = cls(), dict[str | None, dict[str, Any]]()
        for message in history:
            if isinstance(message, AIMessage):
                calls |= {call["id"]: dict(call["args"]) for call in message.tool_calls}
            elif isinstance(message, ToolMessage) and isinstance(message.artifact, Result):
                found.enter(warehouse, message.name or "", calls.get(message.tool_call_id, {}), message.artifact)
        return found

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The ledger that `to_json` wrote."""
        return cls.model_validate_json(text)

    def to_json(self) -> str:
        """The ledger as it is kept with its conversation."""
        return self.model_dump_json()

    def enter(self, warehouse: Warehouse, name: str, arguments: Mapping[str, Any], result: Result) -> None:
        """Remember a result that was told, whatever it gives away."""
        cells, loose = _read(warehouse, name, arguments, result)
        with self._lock:
            self._keep(_merged(self.told, cells), loose)
            self.people += people_of(arguments, result) if name == SQL else []

    def admit(self, warehouse: Warehouse, name: str, arguments: Mapping[str, Any], result: Result) -> Result:
        """Remember a result that is about to be told; the result as it may be told.

        Where it would together with what was told before determine a figure of fewer answers than the minimum base,
        single periods of a series are left out; else NpsError is raised, and nothing is remembered.
        """
        with self._lock:
            try:
                return self._remembered(warehouse, name, arguments, result)
            except NpsError:
                spared = self._spared(warehouse, name, arguments, result)
                if spared is None:
                    raise
                return self._remembered(warehouse, name, arguments, spared)

    def _remembered(self, warehouse: Warehouse, name: str, arguments: Mapping[str, Any], result: Result) -> Result:
        cells, loose = _read(warehouse, name, arguments, result)
        base = warehouse.catalog.minimum_base.cell
        people = people_of(arguments, result) if name == SQL else []
        kept = self._admitted(warehouse, cells, _few(warehouse, result), base)
        _refuse_close(loose, self.loose, base)
        refuse_close_sets(warehouse, people, self.people)
        self._keep(kept, loose)
        self.people += people
        return result

    def _spared(self, warehouse: Warehouse, name: str, arguments: Mapping[str, Any], result: Result) -> Result | None:
        """The result without the periods that would give few people away; None where that is no way out."""
        periods = periods_of(warehouse.catalog, arguments, result) if name in SERIES else {}
        if not periods:
            return None
        base = warehouse.catalog.minimum_base.cell
        new = sorted(_read(warehouse, name, arguments, result)[0], key=lambda cell: -max(cell.bases))
        everything = _merged(self.told, new)
        classes = find_classes(warehouse, everything)
        if classes is None:
            return None
        known = {cell.key for cell in self.told}
        sound = [at for at, n in enumerate(classes.bases) if _is_sound(everything[at], n, base)]
        may_go = [at for at in sound if everything[at].key in periods and everything[at].key not in known]
        gone = left_out(classes, [at for at in sound if at not in may_go], may_go, base)
        if not gone:
            return None
        return without(result, [name for at in gone for name in periods[everything[at].key]], base)

    def _admitted(self, warehouse: Warehouse, cells: list[Told], few: Mapping[str, list[str]], base: int) -> list[Told]:
        """All told cells with the new ones; each only where its base is that of its answers."""
        known = {cell.key: cell.bases for cell in self.told}
        new = [cell for cell in cells if not set(cell.bases or [0]) <= set(known.get(cell.key, []))]
        if not new:
            return self.told
        everything = _merged(self.told, new)
        classes = find_classes(warehouse, everything)
        if classes is None:
            _refuse_nested(new, self.told, base)
            return everything
        sound = [_is_sound(cell, n, base) for cell, n in zip(everything, classes.bases, strict=True)]
        rows = [at for at, is_sound in enumerate(sound) if is_sound]
        own = Classes(classes.member[rows], classes.sizes, classes.labels)
        single = singled_out(own, base)
        if single is not None:
            asked = {cell.key for cell in cells}
            own_cells = [everything[at] for at in rows if everything[at].key in asked]
            raise NpsError(refusal(warehouse, self.told, own_cells, own.some(single), few, base))
        if len(rows) > MANY:
            rows = [rows[at] for at in independent(own)]
        return [everything[at] for at in rows]

    def _keep(self, told: list[Told], loose: list[Loose]) -> None:
        self.told = told[-MAX_CELLS:]
        self.loose = [*self.loose, *loose][-MAX_LOOSE:]


def _is_sound(cell: Told, n: int, base: int) -> bool:
    """Whether the figures rest on just these answers; those of SQL carry no n, and SQL has a base of its own."""
    return n in cell.bases if cell.bases else n >= base


def _read(
    warehouse: Warehouse, name: str, arguments: Mapping[str, Any], result: Result
) -> tuple[list[Told], list[Loose]]:
    if name == SQL:
        return _merged([], read_sql(warehouse, arguments, result)), []
    cells, loose = list[Told](), list[Loose]()
    for figure, cell, whole in read_result(warehouse.catalog, arguments, result):
        loose.append(Loose(name=figure, cell=cell, n=cell.bases[0]))
        if whole:
            cells.append(cell)
    return _merged([], cells), loose


def _merged(before: Sequence[Told], cells: Sequence[Told]) -> list[Told]:
    """Each cell once, with all the bases that were told for it."""
    found = {cell.key: cell.model_copy() for cell in before}
    for cell in cells:
        if cell.key in found:
            bases = found[cell.key].bases
            found[cell.key].bases = sorted({*bases, *cell.bases}) if bases and cell.bases else []
        else:
            found[cell.key] = cell.model_copy()
    return list(found.values())


def _refuse_close(new: Sequence[Loose], old: Sequence[Loose], base: int) -> None:
    """Two bases of one figure, one cell within the other, that differ by a few people."""
    by_name: dict[str, list[Loose]] = {}
    for item in old:
        by_name.setdefault(item.name, []).append(item)
    for item in new:
        for other in by_name.get(item.name, ()):
            if 0 < abs(item.n - other.n) < base and item.cell.key != other.cell.key:
                small, large = sorted((item, other), key=lambda one: one.n)
                if small.cell.within(large.cell):
                    raise NpsError(f"{why(base)}; ask for the same group as before, or for one that differs by more.")


def _refuse_nested(new: Sequence[Told], old: Sequence[Told], base: int) -> None:
    """The rule for data too large to look at whole: one told cell within another, a few people apart."""
    for cell in new:
        for other in old:
            apart = [abs(n - m) for n in cell.bases for m in other.bases]
            if any(0 < gap < base for gap in apart) and (cell.within(other) or other.within(cell)):
                raise NpsError(f"{why(base)}; ask for the same group as before, or for one that differs by more.")


def _few(warehouse: Warehouse, result: Result) -> dict[str, list[str]]:
    """Values of dimensions that the result itself leaves out for their few answers."""
    found: dict[str, list[str]] = {}
    for fact in result.facts:
        for name, value in fact.where.items() if fact.value is None and "fewer than" in (fact.reason or "") else ():
            if name in warehouse.catalog.dimensions and value not in found.setdefault(name, []):
                found[name].append(value)
    return found
