"""Every sign of a question must have gone into its frame: what was recognised but not used changes the question."""

from __future__ import annotations

from agent.builtin.frame import Frame, Op, Refusal
from agent.builtin.places import Places
from agent.builtin.reading import Reading

_ANYWHERE = frozenset(["metric", "which", "whole", "sure", "split", "each", "together", "two", "answers", "not"])
_CLASSES = frozenset(["promoter", "passive", "detractor"])
_MOVING = frozenset(["fell", "rose", "moved", "higher", "lower", "compare", "impact", "trend"])
_WHY = _MOVING | {"why", "whom", "segment", "worst", "best", "outliers", "rest", "most"}

USED: dict[Op, frozenset[str]] = {
    "level": frozenset(["segment"]),
    "split": frozenset(["compare", "segment", "moved"]),
    "rank": frozenset(
        ["worst", "best", "rank", "lower", "higher", "segment", "outliers", "whom", "compare", *_CLASSES]
    ),
    "compare_groups": _WHY,
    "compare_periods": _MOVING | {"whom"},
    "trend": frozenset(["trend", "moved", "fell", "rose", "compare", "segment"]),
    "why": _WHY,
    "event": _WHY,
    "outliers": _WHY,
    "count": frozenset(["count", "segment", "compare"]) | _CLASSES,
    "customers": frozenset(["count", "whom"]),
    "share": frozenset(["share", "count", "segment", "compare"]) | _CLASSES,
    "value_share": frozenset(["share", "count", "segment"]),
    "average": frozenset(["average", "compare", "segment"]),
    "scores": frozenset(["count", "share", "lower", "higher", "worst", "best", "least"]),
}
"""Signs that each kind of question makes use of; questions about the data itself take any."""


def refuse_unused(reading: Reading, frame: Frame, places: Places) -> None:
    """Refusal for a sign that the frame does not use: "latest NPS by plan", "who did not answer"."""
    used = USED.get(frame.op)
    if used is None:
        return
    for mention in reading.of("sign"):
        broken_down = mention.text.lower() == "down" and reading.has("split")
        if not set(mention.signs) & (_ANYWHERE | used) and not broken_down:
            raise Refusal("declined", f"I do not know what {mention.text!r} asks for in this question.")
    if reading.has("not") and not places.negated:
        raise Refusal("declined", "I do not know what is to be left out in this question; name a value of a dimension.")
