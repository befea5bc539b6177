"""What a conversation has told, so that its answers cannot be subtracted from each other to single people out."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

from pydantic import Field, PrivateAttr

from agent.ledger_atoms import MAX_CELLS, Classes, find_classes, independent, singled_out
from agent.ledger_cells import CLASS, Loose, Told, read_result
from agent.ledger_sql import read_sql
from agent.privacy import as_data
from tools.result import Model, Result
from warehouse.errors import NpsError

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

    from warehouse.workspace import Warehouse

SQL = "run_sql"
MAX_LOOSE = 4_000
MANY = 150
"""Told cells from which on those that follow from others are not kept."""
_LISTED = 12
_TRIES = 4


class Ledger(Model):
    """The cells of which figures were told in one conversation."""

    told: list[Told] = Field(default_factory=list)
    loose: list[Loose] = Field(default_factory=list)
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

    def admit(self, warehouse: Warehouse, name: str, arguments: Mapping[str, Any], result: Result) -> None:
        """Remember a result that is about to be told.

        Raises NpsError, and remembers nothing, where it would together with what was told before determine a figure of
        fewer answers than the minimum base.
        """
        cells, loose = _read(warehouse, name, arguments, result)
        base = warehouse.catalog.minimum_base.cell
        with self._lock:
            kept = self._admitted(warehouse, cells, base)
            _refuse_close(loose, self.loose, base)
            self._keep(kept, loose)

    def _admitted(self, warehouse: Warehouse, cells: list[Told], base: int) -> list[Told]:
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
        few = singled_out(own, base)
        if few is not None:
            fresh = [
                cell for cell, is_sound in zip(everything, sound, strict=True) if is_sound and cell.key not in known
            ]
            raise NpsError(_refusal(warehouse, self.told, fresh, own.some(few), base))
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
                    raise NpsError(f"{_why(base)}; ask for the same group as before, or for one that differs by more.")


def _refuse_nested(new: Sequence[Told], old: Sequence[Told], base: int) -> None:
    """The rule for data too large to look at whole: one told cell within another, a few people apart."""
    for cell in new:
        for other in old:
            apart = [abs(n - m) for n in cell.bases for m in other.bases]
            if any(0 < gap < base for gap in apart) and (cell.within(other) or other.within(cell)):
                raise NpsError(f"{_why(base)}; ask for the same group as before, or for one that differs by more.")


def _why(base: int, group: str = "") -> str:
    return (
        f"This and what was told before would give away a figure of fewer than {base} answers{group and f' ({group})'}"
    )


def _refusal(warehouse: Warehouse, told: Sequence[Told], new: Sequence[Told], few: Classes, base: int) -> str:
    """One sentence; where a filter keeps the group out of it, the filter.

    It says nothing of the few that was not told before: a value is named only where it is theirs alone.
    """
    theirs = _their_own(warehouse, few)
    why = _why(base, ", ".join(f"{as_data(name)} {as_data(value)}" for name, value in theirs.items()))
    for where in [*_without(warehouse, new, theirs), *_as_before(told, new)][:_TRIES]:
        narrowed = [limited for cell in new if (limited := _limited(cell, where)) is not None]
        if _is_safe(warehouse, told, narrowed, base):
            return f"{why}; add to where {_spelled(where)}, which leaves them out."
    for period, cells in _other_periods(told, new):
        if _is_safe(warehouse, told, cells, base):
            return f'{why}; ask for the period "{period}" as before.'
    return f"{why}; ask for fewer groups, or only for those told before."


def _spelled(where: Mapping[str, Sequence[str]]) -> str:
    """A filter in words that no brace is needed for."""
    return "; ".join(f'"{as_data(n)}": ' + ", ".join(f'"{as_data(v)}"' for v in values) for n, values in where.items())


def _their_own(warehouse: Warehouse, few: Classes) -> dict[str, str]:
    """Values that nobody but the few has."""
    found = {}
    for name, value in few.labels[0].items():
        dimension = warehouse.catalog.dimensions.get(name)
        shared = all(one.get(name) == value for one in few.labels)
        if shared and dimension is not None and dimension.values.get(value) == few.sizes.sum():
            found[name] = value
    return found


def _without(warehouse: Warehouse, new: Sequence[Told], theirs: Mapping[str, str]) -> list[dict[str, list[str]]]:
    """Filters that leave a value out, and then the next smallest as well."""
    found = []
    for more in (0, 1):
        for name, value in theirs.items():
            rows = warehouse.catalog.dimensions[name].values
            asked = {one for cell in new for one in cell.values.get(name, rows)}
            left = sorted((one for one in rows if one in asked and one != value), key=lambda one: -rows[one])
            left = left[: len(left) - more]
            if 0 < len(left) <= _LISTED:
                found.append({name: sorted(left)})
    return found


def _as_before(told: Sequence[Told], new: Sequence[Told]) -> list[dict[str, list[str]]]:
    """Filters of what was told: the values of a dimension that figures were told for."""
    found: dict[str, dict[str, list[str]]] = {}
    for cell in told:
        for name, values in cell.values.items():
            if not name.startswith("=") and name != CLASS:
                known = found.setdefault(name, {name: []})[name]
                known += [value for value in values if value not in known]
    split = {name for cell in new for name, values in cell.values.items() if len(values) == 1}
    return [where for name, where in found.items() if len(where[name]) <= _LISTED and name not in split]


def _limited(cell: Told, where: dict[str, list[str]]) -> Told | None:
    """The cell with the filter; None where nothing is left of it."""
    values = dict(cell.values)
    for name, wanted in where.items():
        values[name] = [value for value in values.get(name, wanted) if value in wanted]
    return cell.model_copy(update={"values": values, "bases": []}) if all(values.values()) else None


def _other_periods(told: Sequence[Told], new: Sequence[Told]) -> list[tuple[str, list[Told]]]:
    """The new cells with periods that were told before in the place of their own."""
    if not any(cell.days for cell in new) or len({cell.days for cell in new}) > 1:
        return []
    periods = list(dict.fromkeys(cell.days for cell in reversed(told) if cell.days))[:_TRIES]
    return [
        (
            f"{days[0] or ''}..{days[1] or ''}",
            [cell.model_copy(update={"days": days, "bases": []}) for cell in new],
        )
        for days in periods
    ]


def _is_safe(warehouse: Warehouse, told: Sequence[Told], cells: Sequence[Told], base: int) -> bool:
    classes = find_classes(warehouse, [*told, *cells]) if cells else None
    if classes is None:
        return False
    wide = all(n == 0 or n >= base for n in classes.bases)
    return wide and sum(classes.bases[len(told) :]) > 0 and singled_out(classes, base) is None
