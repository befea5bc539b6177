"""Intervals drawn with characters on a common axis: it helps to look before reading."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from apps.cli.page import Page, cut, one_line, pad, text_width
from apps.figures import Interval, intervals
from tools.result import Table

MAX_ROWS = 20
_LEAST, _WIDEST = 20, 72
_LABEL = 28
_TICK = 9
_STEPS = (1, 2, 5, 10, 20, 25, 50, 100)


@dataclass(frozen=True)
class Axis:
    """The common axis: its ends, the distance of its ticks, and how many characters it has."""

    start: int
    end: int
    step: int
    width: int

    def at(self, value: float) -> int:
        """The character on which a value lies."""
        share = (value - self.start) / (self.end - self.start)
        return min(max(round(share * (self.width - 1)), 0), self.width - 1)


def plot_lines(table: Table, page: Page, beside: Sequence[Table] = ()) -> list[str]:
    """The table's intervals as a picture; nothing where there is too little or too much to draw.

    Tables `beside` it share the axis, so that their pictures can be compared.
    """
    found = intervals(table)
    labels = min(max((text_width(one_line(item.label)) for item in found), default=0), _LABEL, page.width * 2 // 5)
    width = min(page.width - labels - 2, _WIDEST)
    if not 2 <= len(found) <= MAX_ROWS or width < _LEAST:
        return []
    axis = _axis([*found, *(item for other in beside for item in intervals(other))], width)
    scale, ticks = _scale(axis)
    lines = [" " * (labels + 2) + page.dim(line) for line in (scale, ticks)]
    lines += [f"{pad(cut(one_line(item.label), labels), labels)}  {_drawn(item, axis)}" for item in found]
    return [line.rstrip() for line in lines]


def _axis(found: list[Interval], width: int) -> Axis:
    low, high = min(item.low for item in found), max(item.high for item in found)
    reach = max(high - low, 1.0)
    if -0.25 * reach < low < 0 or 0 <= low < 0.25 * reach:  # zero is close: show it
        low = min(low, 0.0)
    if 0 >= high > -0.25 * reach:
        high = 0.0
    step = _step(max(high - low, 1.0), width)
    first = math.floor(low / step)
    return Axis(step * first, step * max(math.ceil(high / step), first + 1), step, width)


def _step(reach: float, width: int) -> int:
    wanted = max(2, width // _TICK)
    return next((step for step in _STEPS if reach / step <= wanted), _STEPS[-1])


def _scale(axis: Axis) -> tuple[str, str]:
    """The numbers over the axis, and the axis with its ticks."""
    numbers, line = [" "] * (axis.width + 4), ["─"] * axis.width
    for tick in range(axis.start, axis.end + 1, axis.step):
        place, text = axis.at(tick), f"{tick:+d}" if tick else "0"
        line[place] = "┼" if tick == 0 else "┴"
        begin = min(max(place - len(text) // 2, 0), axis.width - len(text))
        if all(character == " " for character in numbers[max(begin - 1, 0) : begin + len(text) + 1]):
            numbers[begin : begin + len(text)] = text
    return "".join(numbers).rstrip(), "".join(line)


def _drawn(item: Interval, axis: Axis) -> str:
    row = [" "] * axis.width
    if axis.start < 0 < axis.end:
        row[axis.at(0)] = "┊"
    low, value, high = axis.at(item.low), axis.at(item.value), axis.at(item.high)
    row[low : high + 1] = "─" * (high - low + 1)
    row[low], row[high] = "├", "┤"
    row[value] = "●"
    return "".join(row)
