"""Rows that should not be there, and rows in another order than they should be."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from evals.codes import Failure
from evals.gold import GoldRows
from evals.scoring.values.bind import Value
from evals.scoring.values.names import UNKNOWN, Directory, Mention, folded, same
from evals.scoring.values.page import Page
from evals.scoring.values.periods import Span
from evals.scoring.values.reading import Passage, figures

_TOTAL = re.compile(
    r"\b(?:all|total|overall|whole|together|rest|others?|everyone|everybody|company|average|mean|gesamt\w*|"
    r"insgesamt|alle|summe|übrige\w*|"
    r"todos|todas|resto|conjunto|general|media|grand|sum|combined)\b",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"^[*_]*(?P<label>[^:*(|]{2,45}?)[*_]*\s*(?::|\(|–|—|-\s|=|\bat\b|\bbei\b|\bcon\b|\bwith\b|\bmit\b)"
)
_NO_SEGMENT = re.compile(
    r"nps|promot|detract|passive|change|difference|gap|range|spread|interval|confidence|answers|responses|"
    r"sample|effect|share|trend|note|"
    r"unterschied|anteil|antwort|veränder|diferencia|respuestas|cambio|lowest|highest|best|worst|niedrig|höchst|"
    r"mejor|peor|margin|\bn\b",
    re.IGNORECASE,
)


def total_like(text: str) -> bool:
    """A row of all together, of the rest, of the mean: not a segment of its own."""
    return bool(_TOTAL.search(text))


def extra_rows(gold: GoldRows, page: Page, book: Directory) -> list[Failure]:
    """Segments or periods of the gold's key that the gold does not have."""
    if not gold.key or not gold.rows:
        return []
    keys = [book.key_of(row, gold) for row in gold.rows]
    labels = [label for number in range(len(page.grids)) for label in _in_grid(gold, page, book, keys, number)]
    labels += list(_in_lists(page, keys))
    return [
        Failure(code="wrong value", detail=f"There should be no row for {label}.", about=label)
        for label in dict.fromkeys(labels)
    ]


def _in_grid(
    gold: GoldRows, page: Page, book: Directory, keys: Sequence[dict[str, Value | None]], number: int
) -> Iterator[str]:
    grid = page.grids[number]
    places = {
        column: _key_column(page, book, keys, number, column, name)
        for name, column in ((name, book.keys[name]) for name in gold.key)
    }
    if any(place is None for place in places.values()) or _is_finer(page, number, set(places)):
        return
    for row in grid.rows:
        cells = {column: row[place] for column, place in places.items() if place is not None}
        if any(_has(cells, key, grid.columns, places, book) for key in keys) or any(
            total_like(cell) for cell in cells.values()
        ):
            continue
        if any(figures(cell) for at, cell in enumerate(row) if at not in places.values()):
            yield ", ".join(cells.values())


def _has(
    cells: dict[str, str],
    key: dict[str, Value | None],
    columns: list[str],
    places: dict[str, int | None],
    book: Directory,
) -> bool:
    for column, cell in cells.items():
        wanted = key[column]
        place = places[column]
        if wanted is None:
            if folded(cell).strip() not in UNKNOWN:
                return False
        elif not any(
            one.column == column and same(one.value, wanted) for one in book.in_cell(columns[place or 0], cell)
        ):
            return False
    return True


def _key_column(
    page: Page, book: Directory, keys: Sequence[dict[str, Value | None]], number: int, column: str, name: str
) -> int | None:
    """Where a table has the key: under its name, or where most cells are values of it."""
    grid = page.grids[number]
    wanted = [key[column] for key in keys if key[column] is not None]
    for at, heading in enumerate(grid.columns):
        cells = [book.in_cell(heading, row[at]) for row in grid.rows] if grid.units[at] == "text" else []
        right = sum(
            any(
                one.column == column and same(one.value, value) for one in cell for value in wanted if value is not None
            )
            for cell in cells
        )
        whole = sum(bool(cell) and _fills(cell, row[at]) for cell, row in zip(cells, grid.rows, strict=False))
        named = folded(heading).strip() == folded(name).strip()
        if right and whole and (named or 2 * right >= len(grid.rows)):
            return at
    return None


def _fills(mentions: list[Mention], cell: str) -> bool:
    return any(one.end - one.start >= len(cell.strip(" *")) - 2 for one in mentions)


def _is_finer(page: Page, number: int, columns: set[str]) -> bool:
    """Its rows are told apart by more than the key."""
    told = [rows for (grid, _), rows in page.rows.items() if grid == number]
    beyond = {column for rows in told for column in rows} - columns
    same_names = {
        column for column in beyond if any(rows.get(column) == rows.get(key) for rows in told for key in columns)
    }
    return any(len({rows.get(column) for rows in told}) > 1 for column in beyond - same_names)


def _in_lists(page: Page, keys: Sequence[dict[str, Value | None]]) -> Iterator[str]:
    """Items of a list of segments that are none of them."""
    blocks: dict[int, list[tuple[Passage, list[Mention]]]] = {}
    for passage, mentions in zip(page.passages, page.mentions, strict=True):
        if passage.kind == "item":
            blocks.setdefault(passage.block, []).append((passage, mentions))
    for items in blocks.values():
        right = [bool(_keys_of(mentions, keys)) for _, mentions in items]
        if sum(right) < 1 or 2 * sum(right) < len(items):
            continue
        for (passage, mentions), fine in zip(items, right, strict=True):
            label = _LABEL.match(passage.text)
            if fine or label is None or total_like(label.group("label")) or _NO_SEGMENT.search(label.group("label")):
                continue
            columns = {column for key in keys for column in key}
            strange = not mentions or any(one.column in columns for one in mentions)
            if strange and figures(passage.text, [(one.start, one.end) for one in mentions]):
                yield label.group("label").strip()


def _keys_of(mentions: list[Mention], keys: Sequence[dict[str, Value | None]]) -> list[int]:
    """Which rows a passage is of, by any column of the key."""
    return [
        at
        for at, key in enumerate(keys)
        if any(
            value is not None and any(one.column == column and same(one.value, value) for one in mentions)
            for column, value in key.items()
        )
    ]


def disorder(gold: GoldRows, page: Page, book: Directory) -> list[Failure]:
    """The rows stand in another order than they should, everywhere that has them all."""
    keys = [book.key_of(row, gold) for row in gold.rows]
    if not gold.key or len(keys) < 2 or any(None in key.values() for key in keys):
        return []
    orders = [
        order
        for order in (
            _order_of_list(page, keys),
            *(_order_of_grid(page, keys, at, True) for at in range(len(page.grids))),
        )
        if order
    ]
    orders = orders or [order for at in range(len(page.grids)) if (order := _order_of_grid(page, keys, at, False))]
    orders = orders or [order for order in [_order_of_text(page, keys)] if order]
    spans = [[value for value in key.values() if isinstance(value, Span)] for key in keys]
    in_time = sorted(range(len(keys)), key=lambda at: [span.first for span in spans[at]]) if all(spans) else []
    if not orders or any(order in (sorted(order), in_time) for order in orders):
        return []
    return [
        Failure(
            code="wrong lead", detail="The rows stand in another order than they should.", about=", ".join(gold.key)
        )
    ]


def _order_of_list(page: Page, keys: Sequence[dict[str, Value | None]]) -> list[int]:
    shown = [one for one in page.shown if one.grid < 0 and page.passages[one.place].kind == "item"]
    return _complete([at for one in shown for at, key in enumerate(keys) if one.told_of(key)], len(keys))


def _order_of_grid(page: Page, keys: Sequence[dict[str, Value | None]], grid: int, written: bool) -> list[int]:
    shown = [one for one in page.shown if one.grid == grid and one.written == written]
    return _complete([at for one in shown for at, key in enumerate(keys) if one.told_of(key)], len(keys))


def _order_of_text(page: Page, keys: Sequence[dict[str, Value | None]]) -> list[int]:
    shown = [one for one in page.shown if one.grid < 0]
    return _complete([at for one in shown for at, key in enumerate(keys) if one.told_of(key)], len(keys))


def _complete(order: list[int], size: int) -> list[int]:
    once = list(dict.fromkeys(order))
    return once if len(once) == size else []
