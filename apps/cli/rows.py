"""Lists of records (runs, conversations) with ids that can be copied: never folded, the text last."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence

from apps.cli.page import Page, cut, one_line, pad, text_width

_GAP = "  "
_ROOM = 30
"""Characters below which the text goes to a line of its own."""


def aligned(
    names: Sequence[str],
    rows: Sequence[Sequence[str]],
    page: Page,
    *,
    right: Collection[int] = (),
    spare: Collection[int] = (),
) -> list[str]:
    """Rows below their names; the last column has what room is left, or a line of its own where that is little.

    Columns that can be `spare`d go where there is no room for all.
    """
    last = len(names) - 1
    cells = [[one_line(cell) for cell in row] for row in [names, *rows]]
    widths = [max(text_width(row[k]) for row in cells) for k in range(last)]
    shown = list(range(last))
    if sum(widths) + len(_GAP) * last > page.width:
        shown = [k for k in shown if k not in spare]
    room = page.width - sum(widths[k] for k in shown) - len(_GAP) * len(shown)
    lines: list[str] = []
    for number, row in enumerate(cells):
        head = _GAP.join(pad(row[k], widths[k], right=k in right) for k in shown)
        if room >= min(_ROOM, max(text_width(row[last]) for row in cells)):
            told = [f"{head}{_GAP}{cut(row[last], room)}"]
        else:
            told = [cut(head.rstrip(), page.width), cut(f"    {row[last]}", page.width)]
        lines += [(page.bold(line.rstrip()) if not number else line.rstrip()) for line in told]
    return lines


def local_time(moment: str) -> str:
    """An ISO moment as day and minute on this machine's clock; as it is where it is none."""
    try:
        return dt.datetime.fromisoformat(moment).astimezone().strftime("%Y-%m-%d %H:%M")
    except ValueError:
        return moment
