"""Where a conversation stands: the frame of its last answer, what that answer found, and what was asked back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from agent.builtin.frame import Frame, Refusal, Values
from agent.builtin.lexicon import Lexicon
from tools.explain.outliers import OutliersResult
from tools.measure.score import NpsResult
from tools.result import Result
from warehouse.catalog import Catalog

R = TypeVar("R", bound=Result)


@dataclass
class Turn:
    """One question of a conversation and what its tools gave."""

    question: str
    results: Sequence[Result] = ()
    answered: bool = True


@dataclass
class Talk:
    """What a follow-up can lean on."""

    catalog: Catalog
    lexicon: Lexicon
    frame: Frame | None = None
    """How the last answered question was understood; None: there is none, or it was not understood."""
    earlier: Frame | None = None
    """How the answer before that was understood, where both were answered."""
    results: Sequence[Result] = ()
    pending: str = ""
    """A question that was asked back or declined, and has had no answer yet."""
    asked: Refusal | None = None
    """What was said of it."""
    begun: bool = False
    """False before the first question."""
    lifted: bool = False
    """The question itself took something off the frame: "forget Starter, …"."""

    def result(self, kind: type[R]) -> R | None:
        """What the last answer found, when it is of this kind."""
        return next((result for result in self.results if isinstance(result, kind)), None)


def need_frame(talk: Talk) -> Frame:
    """The frame of the last answer; Refusal where there is none."""
    if talk.frame is None:
        raise Refusal(
            "clarify", "There is nothing before this that it could refer to. What would you like to know?", []
        )
    return talk.frame


@dataclass
class Focus:
    """Whom an answer ended on."""

    where: Values = field(default_factory=dict)
    period: str | None = None
    taken: str = ""
    """How the last answer was narrowed to it, where that needs saying: "the lowest"."""


def focus(talk: Talk, named: Sequence[str] = ()) -> Focus:
    """Whom "they" or "that segment" stands for; Refusal where the last answer names several.

    `named` are dimensions that the question itself names a value of.
    """
    frame = talk.frame
    if frame is None:
        return Focus()
    match frame.op:
        case "rank" | "split" if frame.by and not set(frame.by) & set(named):
            return _end_of_ranking(frame, talk)
        case "outliers":
            return _outlier(frame, talk)
        case "compare_groups" if not frame.against:
            return Focus({**frame.where, **frame.group}, frame.period)
        case "compare_groups" if not set(frame.group) & set(named):
            raise _which({**frame.group}, frame.against)
        case "tool":
            return Focus(_groups_of_tool(frame) or frame.where, frame.period)
        case _:
            return Focus(frame.where, frame.period)


def _end_of_ranking(frame: Frame, talk: Talk) -> Focus:
    name = frame.by[0]
    found = talk.result(NpsResult)
    one = frame.op == "rank" and frame.end and not frame.listed and frame.top in (None, 1) and len(frame.by) == 1
    if not one or found is None or found.ranking is None or found.by != frame.by or name not in talk.catalog.dimensions:
        values = talk.catalog.dimensions[name].values if name in talk.catalog.dimensions else {}
        raise Refusal(
            "clarify", f"Which {name} do you mean?", [option(name, value) for value in list(values)[:8]], whom=True
        )
    end = found.ranking.lowest if frame.end == "lowest" else found.ranking.highest
    return Focus({**frame.where, name: [end.value]}, frame.period, f"the {frame.end}")


def _outlier(frame: Frame, talk: Talk) -> Focus:
    found = talk.result(OutliersResult)
    cells = [] if found is None else found.above if frame.end == "highest" else found.below
    names = talk.catalog.dimensions
    named = [{name: [value] for name, value in cell.where.items() if name in names} for cell in cells[:6]]
    if len(named) == 1:
        return Focus({**frame.where, **named[0]}, frame.period)
    singles = [cell for cell in named if len(cell) == 1]
    options = [option(name, values[0]) for cell in singles for name, values in cell.items()]
    raise Refusal("clarify", "Which of the segments do you mean?", list(dict.fromkeys(options)), whom=True)


def _which(*groups: Values) -> Refusal:
    options = [option(name, value) for values in groups for name, wanted in values.items() for value in wanted]
    return Refusal("clarify", "Which of the two do you mean?", list(dict.fromkeys(options)), whom=True)


def _groups_of_tool(frame: Frame) -> Values:
    """The group that a causal tool looked at."""
    for key in ("exposed", "treatment"):
        if frame.arguments.get(key):
            raise Refusal("clarify", "Whom do you mean by that: the group, the others, or everybody?", [])
    return {}


def option(name: str, value: str) -> str:
    """A value as a choice that can be understood again."""
    return value if any(sign.isalpha() for sign in value) and len(value) > 2 else f"{name} {value}"
