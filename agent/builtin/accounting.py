"""Every sign of a question must have gone into its frame: what was recognised but not used changes the question."""

from __future__ import annotations

import re

from agent.builtin.frame import Frame, Op, Refusal
from agent.builtin.places import Places
from agent.builtin.reading import Reading
from agent.builtin.when import When

_ANYWHERE = frozenset(["metric", "which", "whole", "sure", "split", "each", "together", "two", "answers", "not", "now"])
_CLASSES = frozenset(["promoter", "passive", "detractor"])
_MOVING = frozenset(["fell", "rose", "moved", "higher", "lower", "compare", "impact", "trend"])
_WHY = _MOVING | {"why", "whom", "segment", "worst", "best", "outliers", "rest", "most", "launched", "ask_drivers"}

_OF_CLASS = re.compile(
    r"(?:share|percent(?:age)?|per cent|%|pct|proportion|fraction)\s+of\s+(?:our |the |all |these )*"
    r"(?:promoters|detractors|passives)\s+(?:are|is|were|come|came|have|use|live|belong)\b",
    re.IGNORECASE,
)

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
_CASUAL = frozenset(["segment", "whom", "metric", "moved", "average", "share", "count", "compare"])
_EFFECT = _CASUAL | {"impact", "higher", "lower", "fell", "rose", "why", "rest", "best", "worst"}
_COMMENTS = _CASUAL | _CLASSES | {"worst", "best", "most", "why", "outliers", "ask_themes", "ask_quotes", "ask_cost"}
USED_BY_TOOL: dict[str, frozenset[str]] = {
    "sample_size": _EFFECT | {"ask_planning", "ask_nonresponse", "trend"},
    "experiment": _EFFECT | {"ask_experiment", "ask_matched"},
    "matched_effect": _EFFECT | {"ask_matched", "ask_drivers"},
    "impact": _EFFECT | {"launched", "ask_matched"},
    "response_bias": _CASUAL | {"ask_nonresponse", "worst", "best", "lower", "higher", "most", "quality", "impact"},
    "quotes": _COMMENTS,
    "sentiment": _COMMENTS | {"ask_sentiment", "higher", "lower", "trend", "fell", "rose"},
    "theme_impact": _COMMENTS | {"impact", "lower", "higher", "rest"},
    "themes": _COMMENTS,
    "key_drivers": _CASUAL | {"ask_drivers", "why", "impact", "most", "best", "worst", "rank", "outliers"},
    "find_change_points": _CASUAL | {"ask_breaks", "fell", "rose", "trend", "why"},
    "seasonality": _CASUAL | {"ask_season", "trend", "worst", "best", "lower", "higher", "fell", "rose"},
    "cohort_nps": _CASUAL | {"ask_cohorts", "trend", "fell", "rose", "higher", "lower", "best", "worst"},
    "retention": _CASUAL
    | _CLASSES
    | {"ask_retention", "ask_cohorts", "trend", "higher", "lower", "best", "worst", "rest", "most"},
    "nps_distribution": _CASUAL | {"ask_distribution", "most", "rank"},
    "benchmark": _CASUAL | {"ask_benchmark", "higher", "lower", "rest", "best"},
}
"""The same for the tools of the cabinet."""
_WITH_NUMBERS = frozenset(["benchmark", "sample_size", "quotes"])
"""Signs that each kind of question makes use of; questions about the data itself take any."""


def refuse_unused(reading: Reading, frame: Frame, places: Places, when: When) -> None:
    """Refusal for anything that was recognised and is not in the frame: "latest NPS by plan", "who did not answer"."""
    used = USED_BY_TOOL.get(frame.tool or "") if frame.op == "tool" else USED.get(frame.op)
    if used is None:
        return
    for mention in reading.of("sign"):
        broken_down = mention.text.lower() == "down" and reading.has("split")
        if not set(mention.signs) & (_ANYWHERE | used) and not broken_down:
            raise Refusal("declined", f"I do not know what {mention.text!r} asks for in this question.")
    if reading.has("not") and not places.negated:
        raise Refusal("declined", "I do not know what is to be left out in this question; name a value of a dimension.")
    _refuse_unused_classes(reading, frame)
    _refuse_unused_places(reading, frame, places)
    _refuse_unused_times(frame, when)


def _refuse_unused_classes(reading: Reading, frame: Frame) -> None:
    asked = [name for name in sorted(_CLASSES) if reading.has(name)]
    if asked and not set(asked) <= set(frame.classes):
        raise Refusal(
            "declined",
            f"I can count {asked[0]}s and give their share for a filter, a split or a period, but not this of them.",
        )
    if frame.classes and _OF_CLASS.search(reading.question):
        raise Refusal(
            "declined", "I can give the share of a class within a group, not the share of a group within a class."
        )


def _refuse_unused_places(reading: Reading, frame: Frame, places: Places) -> None:
    apart = {name: wanted for name, wanted in places.where.items() if name not in frame.used_by}
    kept = {name: wanted for name, wanted in frame.where.items() if name not in frame.used_by}
    if (apart, places.group, places.against) != (kept, frame.group, frame.against):
        raise Refusal("declined", "I cannot use all the groups of this question at once; ask about them one by one.")
    if not set(places.by) <= {*frame.by, *frame.used_by}:
        left = ", ".join(name for name in places.by if name not in frame.by)
        raise Refusal("declined", f"I do not know what {left} asks for in this question.")
    if places.measure and not frame.measure:
        raise Refusal("declined", f"I do not know what {places.measure!r} asks for in this question.")
    if len(frame.where) > 1 and re.search(r"\bor\b", reading.question.lower()):
        raise Refusal(
            "declined", "I join filters on several dimensions with and, not with or; ask about them one by one."
        )
    numbers = reading.of("number")
    if numbers and frame.op not in ("rank", "scores") and frame.tool not in _WITH_NUMBERS:
        text = ", ".join(mention.text for mention in numbers)
        raise Refusal("declined", f"I do not understand the number {text} in this question.")


def _refuse_unused_times(frame: Frame, when: When) -> None:
    pair = when.before is not None and when.after is not None
    if pair and frame.before is None:
        raise Refusal("declined", "I cannot compare two periods for this; ask about one period, or about NPS.")
    if when.period and not frame.period and frame.before is None:
        raise Refusal("declined", f"I cannot limit this to {when.period}.")
    if when.grain and not frame.grain:
        raise Refusal("declined", f"I cannot split this by {when.grain}; ask about one period, or about NPS over time.")
