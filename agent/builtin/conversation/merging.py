"""What a piece of a question changes in the frame before it: filter, period, split, class; asked back where unclear."""

from __future__ import annotations

import dataclasses

from agent.builtin.conversation.fragment import Piece, Said
from agent.builtin.frame import Frame, Op, Refusal, Values
from agent.builtin.naming import describe, values_in_words
from agent.builtin.when import When
from tools.registry import arguments_model
from warehouse.catalog import Catalog
from warehouse.periods import parse_period

_LEVELS = ("level", "split", "trend")
_UNFILTERED = ("columns", "span", "rows", "quality")
_GROUPS = ("exposed", "control", "treatment")


def changed(frame: Frame, **changes: object) -> Frame:
    """A copy of the frame with these fields changed, and its lists its own."""
    fresh = dataclasses.replace(
        frame,
        by=list(frame.by),
        where=dict(frame.where),
        group=dict(frame.group),
        against=dict(frame.against),
        arguments=dict(frame.arguments),
        read_as=[],
        sure=False,
        premise=None,
        claim=None,
    )
    return dataclasses.replace(fresh, **changes)  # type: ignore[arg-type]


def merged(frame: Frame, piece: Piece, said: Said, catalog: Catalog) -> Frame:
    """The frame before, changed by what the piece brings along; Refusal where that leaves two readings."""
    if piece.empty:
        raise Refusal(
            "clarify", "I cannot tell what that changes in the question before. Please ask the whole question."
        )
    if piece.places.event or piece.places.measures or piece.places.outcome:
        raise Refusal("clarify", "Please ask that as a whole question.", [])
    found = changed(frame)
    if said.against or piece.reading.has("compare", "rest"):
        found = _compared(found, piece)
    elif piece.places.group:
        found = _with_values(found, piece.places.group, said, catalog)
    else:
        found = _with_values(found, piece.places.where, said, catalog)
    if piece.classes:
        found = _with_classes(found, piece.classes)
    found = _with_time(found, piece.when, _ends(piece, catalog), catalog)
    found = _with_split(found, piece, said)
    if dataclasses.replace(found, read_as=[]) == changed(frame) and not piece.places.where and not said.lifted:
        raise Refusal("clarify", "That is what was just answered. What shall I change?", [])
    return found


def accepts(frame: Frame, argument: str) -> bool:
    """Whether the frame's tool takes an argument."""
    return argument in arguments_model(frame.tool or "").model_fields


def _with_values(frame: Frame, values: Values, said: Said, catalog: Catalog) -> Frame:
    if not values:
        return frame
    if frame.op in _UNFILTERED or (frame.op == "tool" and not accepts(frame, "where")):
        raise Refusal("clarify", f"That ({describe(frame)}) cannot be limited to {values_in_words(values)}.", [])
    pair = _other_pair(frame, values)
    if pair is not None:
        return pair
    _refuse_unclear_values(frame, values, said)
    if frame.op == "event" and set(values) & set(catalog.events[frame.event or ""].affects):
        raise Refusal("clarify", "An event's effect on one group is a question of its own; please ask it in full.", [])
    where, group, by = dict(frame.where), dict(frame.group), list(frame.by)
    for name, wanted in values.items():
        if name in group:
            group[name] = wanted
            continue
        where[name] = wanted
        if len(wanted) == 1 and name in by:
            by.remove(name)
        elif len(wanted) > 1 and frame.op in _LEVELS and name not in by and not said.narrow:
            by.append(name)
    return settled(dataclasses.replace(frame, where=where, group=group, by=by))


def _other_pair(frame: Frame, values: Values) -> Frame | None:
    """ "And Harbour View with the Airport Inn?" after a comparison of two: another pair of the same dimension."""
    name, wanted = next(iter(values.items()))
    same = len(values) == 1 and set(frame.group) == set(frame.against) == {name}
    if frame.op != "compare_groups" or not same or len(wanted) != 2:
        return None
    return dataclasses.replace(frame, group={name: wanted[:1]}, against={name: wanted[1:]})


def _refuse_unclear_values(frame: Frame, values: Values, said: Said) -> None:
    name, wanted = next(iter(values.items()))
    for key in _GROUPS:
        if isinstance(frame.arguments.get(key), dict):
            raise Refusal("clarify", "Please name the groups that are to be compared in a whole question.", [])
    if frame.against and {*frame.group, *frame.against} & set(values):
        sides = [v for held in (frame.group, frame.against) for v in held.get(name, []) if v not in wanted]
        raise Refusal(
            "clarify",
            f"{wanted[0]} against which of the two?",
            [f"Is NPS of {side} different from {wanted[0]}?" for side in sides],
        )
    if frame.op == "value_share" and set(values) != set(frame.where):
        raise Refusal("clarify", "The share of what in what? Please ask the whole question.", [])
    if said.correction and frame.where and not set(values) & {*frame.where, *frame.by, *frame.group}:
        both = values_in_words({**frame.where, **values})
        raise Refusal(
            "clarify",
            f"{_capital(values_in_words(values))} in place of {values_in_words(frame.where)}, or both together?",
            [f"NPS for {values_in_words(values)}", f"NPS for {both}"],
        )


def _compared(frame: Frame, piece: Piece) -> Frame:
    """ "Compared with Growth?", "against the rest?" after the figure of one group."""
    if piece.when.before or piece.when.period or piece.when.grain:
        if piece.places.group or piece.places.where:
            raise Refusal("clarify", "Compared with what? Please ask the whole question.", [])
        return frame
    if piece.places.group and piece.places.against and frame.op in (*_LEVELS, "rank", "compare_groups"):
        rest = {key: wanted for key, wanted in frame.where.items() if key not in piece.places.group}
        return Frame(
            "compare_groups",
            group=piece.places.group,
            against=piece.places.against,
            where={**rest, **piece.places.where},
            period=frame.period,
        )
    own = frame.group if frame.op == "compare_groups" else frame.where
    if frame.op not in ("level", "compare_groups") or len(own) != 1 or len(next(iter(own.values()))) != 1:
        raise Refusal("clarify", "Compared with what? Name two values, two periods, or a dimension.", [])
    name = next(iter(own))
    other = {**piece.places.group, **piece.places.where}
    if other and set(other) != {name}:
        raise Refusal("clarify", "Compared with what? Please name both sides in one question.", [])
    rest = {key: wanted for key, wanted in frame.where.items() if key != name}
    if other == own:
        raise Refusal("clarify", f"That would compare {values_in_words(own)} with itself. With what instead?", [])
    return dataclasses.replace(frame, op="compare_groups", group=own, against=other, where=rest, why=False)


def _with_classes(frame: Frame, classes: list[str]) -> Frame:
    if frame.op in ("share", "count", "commented"):
        return dataclasses.replace(frame, classes=classes)
    if frame.op == "tool" and accepts(frame, "nps_class") and len(classes) == 1:
        arguments = {**frame.arguments, "nps_class": classes[0]}
        return dataclasses.replace(frame, arguments=arguments, classes=classes)
    options = [f"How many {name}s are there?" for name in classes] + [f"What do {classes[0]}s complain about?"]
    raise Refusal("clarify", f"What of the {classes[0]}s?", options)


def _with_time(frame: Frame, when: When, ends: list[str], catalog: Catalog) -> Frame:
    if frame.op in ("compare_periods", "why") and len(ends) == 2:  # "from Q3 to Q4" of a change: its two sides
        return dataclasses.replace(frame, before=ends[0], after=ends[1])
    if when.before and when.after:
        return _with_pair(frame, when.before, when.after)
    if not when.period:
        return frame
    if frame.op in ("compare_periods", "why"):
        pair = When(period=when.period)
        pair.need_pair(catalog, None)
        return dataclasses.replace(frame, before=pair.before, after=pair.after)
    refuse_timeless(frame, when.period)
    return dataclasses.replace(frame, period=when.period)


def _ends(piece: Piece, catalog: Catalog) -> list[str]:
    """The two periods that the piece names, the earlier one first."""
    told = [m.time.period for m in piece.reading.of("when") if m.time is not None and m.time.period]
    if len(told) != 2 or catalog.as_of is None:
        return []
    periods = [parse_period(text, as_of=catalog.as_of) for text in told]
    if any(period.start is None or period.end is None for period in periods):
        return []
    return [period.label for period in sorted(periods, key=lambda period: period.closed())]


def refuse_timeless(frame: Frame, period: str) -> None:
    """Refusal for what cannot be limited to a stretch of time."""
    timeless = frame.op in (*_UNFILTERED, "event") or (frame.op == "tool" and not accepts(frame, "period"))
    if timeless:
        raise Refusal("clarify", f"That ({describe(frame)}) cannot be limited to {period}.", [])


def _with_pair(frame: Frame, before: str, after: str) -> Frame:
    ops: dict[Op, Op] = {"level": "compare_periods", "trend": "compare_periods", "split": "why"}
    op = ops.get(frame.op, frame.op)
    if op not in ("compare_periods", "why"):
        raise Refusal(
            "clarify", "What shall be compared between the two periods?", ["How did NPS change between them?"]
        )
    return dataclasses.replace(frame, op=op, before=before, after=after, period=None, grain=None)


def _with_split(frame: Frame, piece: Piece, said: Said) -> Frame:
    by, grain = [name for name in piece.places.by if name not in piece.places.where], piece.when.grain
    if not by and not grain:
        return frame
    if frame.op == "tool":
        return _tool_split(frame, by, piece)
    if frame.op == "event" and by and not grain:
        return dataclasses.replace(frame, by=by)
    if frame.op in ("compare_periods", "why", "outliers") and by and not grain:
        op: Op = "why" if frame.op == "compare_periods" else frame.op
        return dataclasses.replace(frame, op=op, by=by)
    if frame.op in (*_LEVELS, "rank", "count", "share", "average", "records"):
        return _cells(frame, by, piece, said)
    names = " and ".join([*by, *([grain] if grain else [])])
    raise Refusal(
        "clarify",
        f"That ({describe(frame)}) cannot be split by {names}. Do you mean:",
        [f"NPS by {names}{_scope(frame)}"],
    )


def _cells(frame: Frame, by: list[str], piece: Piece, said: Said) -> Frame:
    """A split in place of another; "split that by …" after a split may mean both together."""
    if by and frame.by and said.added and not said.instead and set(by) != set(frame.by):
        both = " and ".join([*frame.by, *by])
        raise Refusal(
            "clarify",
            f"By {by[0]} in place of {frame.by[0]}, or by both together?",
            [f"NPS by {by[0]}{_scope(frame)}", f"NPS by {both}{_scope(frame)}"],
        )
    if by and frame.op == "trend" and not said.instead and not piece.when.grain:
        options = [f"NPS by {by[0]}{_scope(frame)}", f"NPS by {by[0]} per {frame.grain or 'quarter'}{_scope(frame)}"]
        raise Refusal("clarify", f"By {by[0]} over time, or as a whole?", options)
    if piece.when.grain and frame.op == "rank" and not by:
        raise Refusal(
            "clarify", "A ranking over time?", [f"NPS by {frame.by[0]} per {piece.when.grain}{_scope(frame)}"]
        )
    grain = piece.when.grain or (frame.grain if not said.instead and not by else None)
    kept = frame.by if not by and not said.instead else by
    return settled(dataclasses.replace(frame, by=list(kept), grain=grain))


def _scope(frame: Frame) -> str:
    filtered = "".join(f" for {' and '.join(wanted)}" for wanted in frame.where.values())
    return filtered + (f" in {frame.period}" if frame.period else "")


def _tool_split(frame: Frame, by: list[str], piece: Piece) -> Frame:
    grain = piece.when.grain
    if (by and not accepts(frame, "by")) or (grain and not accepts(frame, "grain")):
        names = " and ".join([*by, *([grain] if grain else [])])
        raise Refusal("clarify", f"That ({describe(frame)}) cannot be split by {names}.", [])
    arguments = {name: value for name, value in frame.arguments.items() if name != "by" or not by}
    if grain:
        arguments.pop("grain", None)
    return dataclasses.replace(frame, by=by or frame.by, grain=grain or frame.grain, arguments=arguments)


def settled(frame: Frame) -> Frame:
    """The kind of a level follows from what it is split by."""
    if frame.op == "rank" and not frame.by and not frame.grain:
        return dataclasses.replace(frame, op="level", end=None, top=None, listed=False)
    if frame.op not in _LEVELS:
        return frame
    op: Op = "split" if frame.by else "trend" if frame.grain or (frame.op == "trend" and not frame.by) else "level"
    return dataclasses.replace(frame, op=op)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
