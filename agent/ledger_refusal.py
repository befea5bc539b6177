"""What to ask instead, where an answer would give few people away together with what was told before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from agent.ledger_atoms import Classes, find_classes, singled_out
from agent.ledger_cells import CLASS, Days, Told
from agent.privacy import as_data
from warehouse.workspace import Warehouse

_LISTED = 12
_TRIES = 6


def why(base: int, group: str = "") -> str:
    return (
        f"This and what was told before would give away a figure of fewer than {base} answers{group and f' ({group})'}"
    )


def refusal(
    warehouse: Warehouse,
    told: Sequence[Told],
    new: Sequence[Told],
    single: Classes,
    few: Mapping[str, list[str]],
    base: int,
) -> str:
    """One sentence with what can be asked instead: a filter or a period that keeps the group out of it.

    It says nothing of the few that was not told before: a value is named only where it is theirs alone, or where the
    answer itself would have said that it has too few answers (`few`).
    """
    theirs = _their_own(warehouse, single)
    reason = why(base, ", ".join(f"{as_data(name)} {as_data(value)}" for name, value in theirs.items()))
    small = {name: values[0] for name, values in few.items() if values and name not in theirs}
    for where in [
        *_without(warehouse, new, theirs, few),
        *_without(warehouse, new, small, few),
        *_as_before(told, new),
    ]:
        narrowed = [limited for cell in new if (limited := _limited(cell, where)) is not None]
        if _is_safe(warehouse, told, narrowed, base):
            return f"{reason}; add to where {_spelled(where)}, which leaves them out."
    single_window = len({cell.days for cell in new}) == 1
    for periods, cells in [*_stretches(told, new), *_other_periods(told, new)]:
        if _is_safe(warehouse, told, cells, base):
            before = single_window and any(cell.days == periods[0][1] for cell in told)
            return f"{reason}; {_asked(periods, single_window)}{' as before' if before else ', which does not'}."
    return f"{reason}; ask for fewer groups, or only for those told before."


def _asked(periods: Sequence[tuple[Days | None, Days]], single_window: bool) -> str:
    if single_window:
        return f'ask for the period "{_period(periods[0][1])}"'
    return "ask for " + " and ".join(f'"{_period(to)}" in the place of {_period(of)}' for of, to in periods)


def _period(days: Days | None) -> str:
    return f"{days[0] or ''}..{days[1] or ''}" if days else "all answers"


def _stretches(told: Sequence[Told], new: Sequence[Told]) -> list[tuple[list[tuple[Days | None, Days]], list[Told]]]:
    """The new cells with the longest stretches of told periods inside their own periods."""
    known = sorted(
        {
            (cell.days[0], cell.days[1])
            for cell in told
            if cell.days and cell.days[0] and cell.days[1] and not (cell.values or cell.excluded or cell.conditions)
        }
    )
    asked = list(dict.fromkeys(cell.days for cell in new))
    if len(asked) > 3:
        return []
    choices = {days: _runs(known, days) for days in asked}
    if not all(choices.values()):
        return []
    found = []
    for at in range(min(3, max((len(runs) for runs in choices.values()), default=0))):
        meant: dict[Days | None, Days] = {days: runs[min(at, len(runs) - 1)] for days, runs in choices.items()}
        cells = [cell.model_copy(update={"days": meant[cell.days], "bases": []}) for cell in new]
        found.append(([(days, to) for days, to in meant.items() if days != to], cells))
    return [(periods, cells) for periods, cells in found if periods]


def _runs(known: Sequence[tuple[dt.date, dt.date]], within: Days | None) -> list[Days]:
    """Stretches of told periods that follow each other, within the days, the longest first; then that around them."""
    start, end = within or (None, None)
    inside = [days for days in known if (not start or days[0] >= start) and (not end or days[1] <= end)]
    runs: list[tuple[dt.date, dt.date]] = []
    for first, last in inside:
        if runs and first == runs[-1][1] + dt.timedelta(days=1):
            runs[-1] = (runs[-1][0], last)
        elif not runs or first > runs[-1][1]:
            runs.append((first, last))
    found: list[Days] = [(first, last) for first, last in sorted(runs, key=lambda days: days[0] - days[1])]
    around = [days for days in known if start and end and days[0] <= end and days[1] >= start]
    whole = (min(days[0] for days in around), max(days[1] for days in around)) if around else None
    return [*found, whole] if whole and whole not in found else found


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


def _without(
    warehouse: Warehouse, new: Sequence[Told], theirs: Mapping[str, str], few: Mapping[str, list[str]]
) -> list[dict[str, list[str]]]:
    """Filters that leave a value out with others of few answers, and then the next smallest as well."""
    found = []
    for more in (0, 1):
        for name, value in theirs.items():
            rows = warehouse.catalog.dimensions[name].values
            asked = {one for cell in new for one in cell.values.get(name, rows)} - {value, *few.get(name, [])}
            left = sorted((one for one in rows if one in asked), key=lambda one: -rows[one])
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


def _other_periods(
    told: Sequence[Told], new: Sequence[Told]
) -> list[tuple[list[tuple[Days | None, Days]], list[Told]]]:
    """The new cells with periods that were told before in the place of their own."""
    if not any(cell.days for cell in new) or len({cell.days for cell in new}) > 1:
        return []
    periods = list(dict.fromkeys(cell.days for cell in reversed(told) if cell.days))[:_TRIES]
    return [
        ([(new[0].days, days)], [cell.model_copy(update={"days": days, "bases": []}) for cell in new])
        for days in periods
    ]


def _is_safe(warehouse: Warehouse, told: Sequence[Told], cells: Sequence[Told], base: int) -> bool:
    """Whether the cells can be told; those that would be left out for their few answers are not."""
    classes = find_classes(warehouse, [*told, *cells]) if cells else None
    if classes is None:
        return False
    rows = [at for at, n in enumerate(classes.bases) if at < len(told) or n >= base]
    return (
        len(rows) > len(told)
        and singled_out(Classes(classes.member[rows], classes.sizes, classes.labels), base) is None
    )
