"""A dimension's names in a line as the solver of `accord` wants them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from agent.check.accord import Axis, Spot, is_aside, solve, speaks_of_it
from agent.check.allowed import agrees, allowed_values, listed, silent_misfit
from agent.check.evidence import Known, is_test
from agent.check.figures import Figure
from agent.check.misfit import Misfit, told
from agent.check.names import Mention
from agent.check.reading import Line, Reading
from agent.check.rows import attached_after, bound_mentions


def accords(known: Known, axis: str, figure: Figure, line: Line, reading: Reading) -> bool:
    """Whether the line can be read so that all its figures stand with their own value of a dimension."""
    key = (axis, line.sentence.start, len(line.figures))
    if key not in reading.accords:
        reading.accords[key] = solve(_as_axis(axis, line, reading), line, reading)
    fits = reading.accords[key]
    if fits is None or known.fact.id not in fits.get(figure.start, ()):
        return False
    bound = bound_mentions(figure, line, axis, reading)
    if control_misfit(known, axis, bound, line, reading) if bound else None:
        return False
    return not told_of_all(known, figure, line, axis, reading)


def _as_axis(axis: str, line: Line, reading: Reading) -> Axis:
    def allowed(known: Known) -> frozenset[str] | None:
        return allowed_values(known, axis, known.cell[axis], reading) if axis in known.cell else None

    def own(known: Known) -> frozenset[str]:
        value = known.cell.get(axis, "")
        values = {value, *value.split(" or ")}
        if axis == "theme" and "with" in known.cell:
            values.add(known.cell["with"])
        return frozenset(values)

    def spot(mention: Mention) -> Spot:
        return Spot(
            mention.start,
            mention.end,
            lambda known: agrees(mention, axis, own(known), reading),
            lambda known: agrees(mention, axis, allowed(known) or own(known), reading),
            not mention.strong or mention.axes() != {axis} or is_aside(mention.start, mention.end, line, reading),
            mention.strong and mention.axes() == {axis} and mention.start in line.compared,
        )

    def silent(known: Known) -> bool:
        values = allowed(known) or own(known)
        if silent_misfit(known, axis, values, line, reading) is None:
            return True
        named = [other for other in reading.before(line) if other.strong(axis)]
        several = speaks_of_it(line) or _SEVERAL.search(line.said)
        near = [*reading.over(line), *named[: 3 if several else 1], reading.asked]
        return any((axis, one) in m.options for other in near for m in other.mentions for one in values)

    def alike(one: Known, other: Known) -> bool:
        if one.cell.get(axis) == other.cell.get(axis):
            return True
        return is_test(other.fact) and bool(own(one) & (allowed(other) or own(other)))

    held = [m for m in line.mentions if axis in m.axes()]
    before = {m.options: m for other in reading.before(line) for m in reversed(other.strong(axis))}
    return Axis(
        [spot(m) for m in held],
        lambda known: axis not in known.cell or allowed(known) is None,
        silent,
        alike,
        [spot(m) for m in sorted(before.values(), key=lambda m: m.start)] if not held else [],
    )


_SEVERAL = re.compile(r"\b(?:neither|both|each|either|two|respectively)\b", re.IGNORECASE)
_ALL = re.compile(
    r"\b(?:overall|all (?:the )?(?:plans|customers|answers|segments|countries|regions|"
    r"groups|channels|of (?:them|us)|together|told)|everybody|everyone|in total|as a whole|"
    r"together|company-wide|altogether|on the whole)\b(?! else)",
    re.IGNORECASE,
)


def told_of_all(known: Known, figure: Figure, line: Line, axis: str, reading: Reading) -> bool:
    """ "all plans together come to x", where x is of one of them."""
    if (
        axis not in reading.catalog.dimensions
        or figure.head is not None
        or known.fact.name in ("cost_to_whole", "share_of_answers")
    ):
        return False
    plain = reading.page.plain
    ends = [m.end for m in line.mentions if m.end <= figure.start] + [
        f.end for f in line.figures if f.end <= figure.start
    ]
    begin = max([line.sentence.start, *ends])
    window = plain[begin : figure.start]
    cut = max((found.end() for found in re.finditer(r"[;:]|, (?:but|and|while)\b", window)), default=0)
    if not _ALL.search(window[cut:]) or re.search(
        r"\b(?:below|above|than|behind|ahead of|against) [^,]*$", window[cut:]
    ):
        return False
    if attached_after(figure, line, line.mentions, plain):
        return False
    if is_test(known.fact) and not re.search(
        r"\boverall (?:change|difference|nps|effect|drop|fall|rise|gap)", window, re.IGNORECASE
    ):
        return False
    return any(axis not in other.cell and other.fact.name == known.fact.name for other in reading.evidence.known)


def control_misfit(known: Known, axis: str, bound: Sequence[Mention], line: Line, reading: Reading) -> Misfit | None:
    """An effect that is told of the group it was held against."""
    control = known.cell.get("control", "")
    if not control.startswith(f"{axis} "):
        return None
    own = known.cell.get(axis, "")
    if own.startswith("not ") or control == f"{axis} {own}":
        return None
    if any((axis, own) in m.options and not m.negated for m in bound):
        return None
    plain = reading.page.plain
    for mention in bound:
        beside = re.match(
            r"[^.;,]{0,24}\b(?:as|for|being) (?:the |a |our )?(?:\w+ )?(?:comparison|control|reference|"
            r"yardstick|counterfactual)",
            plain[mention.end : mention.end + 60],
        )
        if mention.start in line.compared or beside or mention.negated:
            return None
    return Misfit("segment", listed(bound, reading), told(known))
