"""Whether a sentence can be read so that every figure in it stands with its own cell.

A figure is first bound to the nearest name; people write in other orders as well: the figure before its name, lists of
names and of figures, a subject that is held against others, a subject that an earlier sentence named. They have in
common that figures and names come in the same order, and that no name is left over without a figure or a comparison
of its own. Where figures or names have been exchanged, no such reading is left.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from agent.check.counts import is_count
from agent.check.evidence import Known, is_test
from agent.check.figures import Figure
from agent.check.matching import of_value
from agent.check.reading import Line, Reading
from agent.check.rows import BREAK, LINK, attached_directly

Fits = dict[int, frozenset[str]]
"""Beginning of a figure → ids of the facts that it may be in the reading found."""
CONTEXT = -1
_ITS = re.compile(r"\W*(?:it|its|they|their|them|these|those|that|this|he|she|his|her)\b", re.IGNORECASE)
_AGAINST = re.compile(
    r"(?:\b(?:against|versus|vs\.?|instead of|compared (?:with|to)|rather than|from|than|and)|,)\W*$", re.IGNORECASE
)


@dataclass(frozen=True)
class Spot:
    """A name or a period in the line, and the facts that it may be said of."""

    start: int
    end: int
    of: Callable[[Known], bool]
    """Whether a fact is of it."""
    touches: Callable[[Known], bool]
    """Whether a fact is of it or held against it."""
    aside: bool = False
    """It needs no figure: something is held against it, or it is a condition."""
    compared: bool = False
    """Something is held against it; where the line tells a difference, it must be of that."""


@dataclass(frozen=True)
class Axis:
    """What the solver has to know of a dimension, or of the periods."""

    spots: Sequence[Spot]
    free: Callable[[Known], bool]
    """Facts that say nothing of this axis."""
    silent: Callable[[Known], bool]
    """Facts that what stands before the line, over it or in the question allows."""
    alike: Callable[[Known, Known], bool]
    """Whether two facts are of one cell."""
    earlier: Sequence[Spot] = ()
    """Names of the sentences before, in reading order; for "Bases: 180, 140 and 70."."""


def solve(axis: Axis, line: Line, reading: Reading) -> Fits | None:
    """The facts that each figure may be, or None when the line cannot be read so."""
    figures = [f for f in line.figures if f.fact or (of_value(f, reading.evidence) and not is_count(f, line, reading))]
    if not figures or len(figures) > 60 or len(axis.spots) > 60:
        return None
    solver = _Solver(axis, line, reading, figures)
    if axis.spots:
        return solver.read(axis.spots)
    return solver.read(axis.earlier, inside=False) if axis.earlier else None


_CONDITION = re.compile(
    r"\b(?:once|given|holding|controlling for|adjust\w+ for|allowing for|apart from|next to|besides|including|"
    r"excluding|other than|alike in|regardless of|whatever|without|within|unlike|like|known)\b[^,;.\d]{0,40}$",
    re.IGNORECASE,
)


def is_aside(start: int, end: int, line: Line, reading: Reading) -> bool:
    """Whether a name stands where it needs no figure: "below Growth", "once plan and billing are known"."""
    if start in line.compared:
        return True
    plain = reading.page.plain
    if re.match(r"[^,;.\d]{0,30}\b(?:held (?:equal|constant)|(?:is|are) known|equal)\b", plain[end : end + 60]):
        return True
    return bool(_CONDITION.search(plain[max(line.sentence.start, start - 50) : start]))


def speaks_of_it(line: Line) -> bool:
    """Whether a line begins with a word for what was named before: "Their mean …"."""
    return bool(_ITS.match(line.said))


class _Solver:
    def __init__(self, axis: Axis, line: Line, reading: Reading, figures: Sequence[Figure]) -> None:
        self.axis, self.line, self.reading, self.figures = axis, line, reading, figures
        self.spots: Sequence[Spot] = ()
        self.inside = True
        self.chosen: dict[int, list[Known]] = {}
        self.fits: dict[int, set[str]] = {}

    def read(self, spots: Sequence[Spot], *, inside: bool = True) -> Fits | None:
        """`inside`: the spots stand in the line itself."""
        self.spots, self.inside = spots, inside
        heads = [f for f in self.figures if f.head is None]
        streams = {kind: [f for f in heads if self._kind(f) == kind] for kind in ("level", "test", "n", "p")}
        for kind, stream in streams.items():
            if not self._in_order(stream, strict=not inside and kind != "p"):
                return None
        for at, figure in enumerate(self.figures):
            if figure.head is not None and not self._attached(at, figure):
                return None
        return {start: frozenset(ids) for start, ids in self.fits.items()} if self._explained() else None

    def _kind(self, figure: Figure) -> str:
        if figure.role in ("n", "p"):
            return figure.role
        tests = [is_test(known.fact) for known in of_value(figure, self.reading.evidence)]
        return "test" if tests and all(tests) else "level"

    def _in_order(self, stream: Sequence[Figure], *, strict: bool) -> bool:
        """Give each figure a name, never going back."""
        last, used = CONTEXT, set()
        for figure in stream:
            places: dict[int, list[Known]] = {}
            free = [known for known in of_value(figure, self.reading.evidence) if self.axis.free(known)]
            held = [known for known in of_value(figure, self.reading.evidence) if known not in free]
            fresh = [known for known in held if (known.fact.id, figure.part) not in used]
            for known in fresh or (held if figure.fact is None else []):
                for place in self._places(known, figure, stream, last + 1 if strict else last):
                    places.setdefault(place, []).append(known)
            if places:
                last = min(places)
                self._keep(figure, places[last])
                used |= {(known.fact.id, figure.part) for known in places[last]}
            elif not free:
                return False
            self.fits.setdefault(figure.start, set()).update(known.fact.id for known in free)
        return True

    def _keep(self, figure: Figure, held: list[Known]) -> None:
        self.chosen[figure.start] = held
        self.fits.setdefault(figure.start, set()).update(known.fact.id for known in held)

    def _places(self, known: Known, figure: Figure, stream: Sequence[Figure], last: int) -> Iterator[int]:
        test = self._kind(figure) != "level"
        if own := self._own_spots(figure):
            yield from (
                at for at in own if at >= last and (self.spots[at].touches if test else self.spots[at].of)(known)
            )
            return
        context = (last == CONTEXT or self._second(figure)) and not self._alternate(stream)
        if self.inside and context and self._from_context(known, figure):
            yield max(last, CONTEXT)
        for at in range(max(last, 0), len(self.spots)):
            spot = self.spots[at]
            if (spot.touches if test else spot.of)(known) and self._reaches(figure, at, stream):
                yield at

    def _own_spots(self, figure: Figure) -> list[int]:
        """ "-13.0 for Starter": a name that stands right behind a figure is its own."""
        plain, end = self.reading.page.plain, self.line.sentence.end
        near = [(at, spot) for at, spot in enumerate(self.spots) if self.inside and 0 <= spot.start - figure.end <= 90]
        return [at for at, spot in near[:2] if not spot.aside and attached_directly(figure, spot.start, plain, end)][:1]

    def _second(self, figure: Figure) -> bool:
        before = self.reading.page.plain[max(self.line.sentence.start, figure.start - 20) : figure.start]
        return bool(re.search(r"\b(?:against|versus|vs\.?|instead of|compared (?:with|to))\W*$", before))

    def _from_context(self, known: Known, figure: Figure) -> bool:
        """Nothing of the line is said of the figure yet: "It has 43.5, but is not clearly above Old Mill"."""
        if not self.axis.silent(known):
            return False
        if self._second(figure) and any(spot.of(known) for spot in self.spots):
            return False
        begin = self.line.sentence.start
        if self._kind(figure) != "level":
            begin += max([m.end() for m in BREAK.finditer(self.line.said[: figure.start - begin])], default=0)
        return self._second(figure) or not any(
            begin <= spot.start < figure.start and not spot.aside and not spot.touches(known) for spot in self.spots
        )

    def _reaches(self, figure: Figure, at: int, stream: Sequence[Figure]) -> bool:
        """Whether a figure may be said of a name: no other is passed over on the way, unless names are listed first."""
        spot = self.spots[at]
        if not self.inside:
            return True
        if spot.start < figure.start:
            passed = [one for one in self.spots[at + 1 :] if one.start < figure.start and not one.aside]
            row = [spot, *passed]
            plain = self.reading.page.plain
            listed = all(LINK.fullmatch(plain[a.end : b.start]) for a, b in pairwise(row))
            return listed or all(one.end <= stream[0].start for one in passed)
        plain = self.reading.page.plain
        if attached_directly(figure, spot.start, plain, self.line.sentence.end):
            return True
        if self._alternate(stream):
            named = [one for one in self.spots if not one.aside]
            return spot in named and list(stream).index(figure) == named.index(spot)
        after = [other for other in stream if figure.start < other.start < spot.start]
        if after:
            return self._lists(stream)
        begin = self.line.sentence.start
        breaks = [begin + found.end() for found in BREAK.finditer(plain[begin : figure.start])]
        clause = max([begin, *breaks])
        if any(clause <= one.start < figure.start and not one.aside for one in self.spots):
            return False
        between = plain[figure.end : spot.start]
        return not BREAK.search(between) and not (clause == begin and _ITS.match(plain[begin : figure.start]))

    def _alternate(self, stream: Sequence[Figure]) -> bool:
        """ "x is what A gives, y what B gives": each figure stands before its name."""
        spots = [spot for spot in self.spots if not spot.aside]
        if len(stream) < 2 or len(stream) != len(spots):
            return False
        places = [place for pair in zip(stream, spots, strict=True) for place in (pair[0].start, pair[1].start)]
        return places == sorted(places)

    def _lists(self, stream: Sequence[Figure]) -> bool:
        """ "x, y and z for Starter, Growth and Scale"."""
        return len(stream) == len(self.spots) and stream[-1].end <= self.spots[0].start

    def _attached(self, at: int, figure: Figure) -> bool:
        """An interval, a base or a p-value is of the cell of its figure, or the list's in its turn."""
        held = of_value(figure, self.reading.evidence)
        free = [known for known in held if self.axis.free(known)]
        heads = [figure.head, self._in_turn(at, figure), *self._tests_before(figure)]
        cells = [known for head in heads if head is not None for known in self.chosen.get(head.start, [])]
        fitting = [known for known in held if any(self.axis.alike(known, cell) for cell in cells)]
        if not fitting:
            fitting = [
                known
                for known in held
                for spot in self.spots
                if spot.of(known)
                and attached_directly(figure, spot.start, self.reading.page.plain, self.line.sentence.end)
            ]
        if not fitting and figure.role == "p" and figure.head is not None:
            apart = BREAK.search(self.reading.page.plain, figure.head.end, figure.start)
            fitting = [known for known in held if apart and self._from_context(known, figure)]
        if not fitting and not cells:
            fitting = [k for k in held if self.axis.silent(k) or any(s.of(k) for s in self.spots[:1])]
        self.fits.setdefault(figure.start, set()).update(known.fact.id for known in (*free, *fitting))
        if fitting and not self.chosen.get(figure.start):
            self.chosen[figure.start] = fitting
        return bool(fitting or free)

    def _tests_before(self, figure: Figure) -> Iterator[Figure | None]:
        """ "40 with it, 43 without: 3 points apart (-7 to 1)": what is told of both may stand after both."""
        if figure.role in ("p", "interval", "half", "loose interval", "n"):
            held = [f for f in self.figures if f.end <= figure.start and f.head is None]
            yield from (f for f in held if self._kind(f) == "test")
            if figure.role == "p":
                after = self.reading.page.plain[figure.end : figure.end + 16]
                yield from held if re.match(r"\W*(?:each|both|in both|all)\b", after) else held[-2:]

    def _in_turn(self, at: int, figure: Figure) -> Figure | None:
        """ "-13.0, +20.4 and +39.7 (n = 3,664, 1,778 and 1,220)"."""
        row = [f for f in self.figures if f.role == figure.role and f.head is figure.head]
        heads = [f for f in self.figures[:at] if f.head is None and self._kind(f) == "level"]
        if len(row) < 2 or len(heads) < len(row):
            return None
        return heads[-len(row) :][row.index(figure)]

    def _explained(self) -> bool:
        """Whether no name is left over."""
        held = [known for chosen in self.chosen.values() for known in chosen]
        tests = any(is_test(known.fact) for known in held)
        return all(
            (spot.aside and not (spot.compared and tests)) or any(spot.touches(known) for known in held)
            for spot in self.spots
        )
