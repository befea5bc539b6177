"""Every sign of a question must have gone into its frame: what was recognised but not used changes the question."""

from __future__ import annotations

import re

from agent.builtin.counting.frames import used_signs
from agent.builtin.frame import Frame, Op, Refusal
from agent.builtin.places import Places
from agent.builtin.reading import Reading
from agent.builtin.when import When

_ANYWHERE = frozenset(["metric", "which", "whole", "sure", "split", "each", "together", "two", "answers", "not", "now"])
_CLASSES = frozenset(["promoter", "passive", "detractor"])
_MOVING = frozenset(["fell", "rose", "moved", "higher", "lower", "compare", "impact", "trend"])
_WHY = _MOVING | {"why", "whom", "segment", "worst", "best", "outliers", "rest", "most", "launched", "ask_drivers"}

_MOODS = frozenset(["unhappy", "dissatisfied", "unhappiest", "happiest", "most loyal", "most critical", "most unhappy"])
"""Kinds of customers, where they stand for no class."""
_EITHER = re.compile(
    r"\b(?:positive or negative|negative or positive|up or down|help or hurt|hurt or help|good or bad|better or"
    r" worse|higher or lower|"
    r"more or less|happy or (?:angry|unhappy)|real or (?:just )?(?:noise|chance|luck)|or not|or is it|or just)\b"
)
"""Words with "or" that join no filters."""

_OF_CLASS = re.compile(
    r"(?:share|percent(?:age)?|per cent|%|pct|proportion|fraction)\s+of\s+(?:our |the |all |these )*"
    r"(?:promoters|detractors|passives)\s+(?:who |that |which )?(?:are|is|were|come|came|have|had|used?|lived?|belong"
    r"|hold|held|own|pay|paid|buy|bought|watch|stream|travel|ride|rode|book|booked|shop|choose|chose|work|order|ordered)\b",
    re.IGNORECASE,
)

USED: dict[Op, frozenset[str]] = {
    "level": frozenset(["segment"]),
    "split": frozenset(["compare", "segment", "moved"]),
    "rank": frozenset(
        ["worst", "best", "rank", "lower", "higher", "segment", "outliers", "whom", "compare", *_CLASSES]
    ),
    "compare_groups": _WHY - {"trend"},
    "compare_periods": _MOVING | {"whom"},
    "trend": frozenset(["trend", "moved", "fell", "rose", "compare", "segment"]),
    "why": _WHY,
    "event": _WHY,
    "outliers": _WHY,
    "count": frozenset(["count", "segment", "compare"]) | _CLASSES,
    "customers": frozenset(["count", "whom"]),
    "share": frozenset(["share", "count", "segment", "compare"]) | _CLASSES,
    "value_share": frozenset(["share", "count", "segment"]),
    "average": frozenset(["average", "compare", "segment"]) | _CLASSES,
    "commented": frozenset(["count", "share", "segment", "whom"]) | _CLASSES,
    "scores": frozenset(["count", "share", "lower", "higher", "worst", "best", "least"]),
}
"""Signs that each kind of question makes use of; questions about the data itself take any."""
_TIMELESS = frozenset(["level", "split", "compare_groups", "share", "value_share", "average", "scores", "outliers"])
"""What tells of no moment: no answer to "when did ..."."""
_CASUAL = frozenset(["segment", "whom", "metric", "moved", "average", "share", "count", "compare"])
_MOVED = frozenset(["fell", "rose", "trend"])
_SIDES = frozenset(["higher", "lower", "rest", "best", "worst"])
_EFFECT = _CASUAL | _SIDES | _MOVED | {"impact", "why"}
_COMMENTS = (
    _CASUAL
    | _CLASSES
    | {"worst", "best", "most", "why", "outliers", "ask_themes", "ask_quotes", "ask_reasons", "ask_mention"}
)
USED_BY_TOOL: dict[str, frozenset[str]] = {
    "sample_size": _EFFECT | {"ask_planning", "ask_nonresponse", "ask_experiment"},
    "experiment": _EFFECT | {"ask_experiment", "ask_matched"},
    "matched_effect": _EFFECT | {"ask_matched", "ask_drivers", "alike", "launched"},
    "compare": _EFFECT | {"sure"},
    "impact": _EFFECT | {"launched", "ask_matched", "ask_did", "ask_cost"},
    "response_bias": _CASUAL | _SIDES | {"ask_nonresponse", "most", "quality", "impact"},
    "quotes": _COMMENTS | {"rank"},
    "sentiment": (_COMMENTS | _SIDES | _MOVED | {"ask_sentiment"}) - {"outliers", "why"},
    "theme_impact": _COMMENTS | _SIDES | {"impact", "ask_cost", "rank"},
    "themes": _COMMENTS | {"rank"},
    "key_drivers": _CASUAL
    | {"ask_drivers", "why", "impact", "most", "best", "worst", "rank", "outliers", "columns", "rose"},
    "priorities": _CASUAL
    | _MOVED
    | {"ask_priorities", "ask_drivers", "ask_cost", "outliers", "worst", "best", "most", "rank", "lower", "impact"},
    "find_change_points": _CASUAL | _MOVED | {"ask_breaks", "why", "worst"},
    "seasonality": _CASUAL | _MOVED | {"ask_season", "ask_yearly", "worst", "best", "lower", "higher", "impact"},
    "cohort_nps": _CASUAL | _MOVED | _SIDES | {"ask_cohorts", "joining", "outliers"},
    "retention": _CASUAL | _MOVED | _SIDES | _CLASSES | {"ask_retention", "ask_cohorts", "joining", "most"},
    "nps_distribution": _CASUAL | {"ask_distribution", "most", "rank", "rest"},
    "benchmark": _CASUAL | {"ask_benchmark", "higher", "lower", "rest", "best"},
}
"""The same for the tools of the cabinet."""
USED_WORDS: dict[str, frozenset[str]] = {
    "benchmark": frozenset(["say", "says", "said", "hit", "equally", "different", "worse than", "better than"]),
    "event": frozenset(["how much", "cost us", "costs us", "cost points"]),
    "impact": frozenset(["how much", "cost us"]),
    "response_bias": frozenset(["because"]),
    "retention": frozenset(["at least"]),
    "seasonality": frozenset(["matter for", "matters for", "depend on", "depends on"]),
    "quotes": frozenset(["slide", "at most", "maximum", "up to"]),
    "commented": frozenset(
        ["comment", "comments", "verbatim", "verbatims", "free text", "feedback", "written feedback", "open answers"]
    )
    | {"wrote", "writes", "write", "customer feedback", "any comments", "left us", "customers left", "commented"},
    "theme_impact": frozenset(["down"]),
    "find_change_points": frozenset(["so unhappy", "unhappy", "last", "unhappier", "happier", "worse", "better"]),
}
"""Single words that say nothing of their own there, though their sign would."""


def refuse_unused(reading: Reading, frame: Frame, places: Places, when: When, theme: str | None = None) -> None:
    """Refusal for anything that was recognised and is not in the frame: "latest NPS by plan", "who did not answer"."""
    used = USED_BY_TOOL.get(frame.tool or "") if frame.op == "tool" else USED.get(frame.op)
    if frame.op == "records":
        used = used_signs(frame)
    if used is None:
        return
    if frame.op == "split" and reading.has("worst") and reading.has("best"):
        used |= {"worst", "best"}
    words = USED_WORDS.get(frame.tool or frame.op, frozenset())
    for mention in reading.of("sign"):
        broken_down = mention.text.lower() == "down" and reading.has("split")
        told = set(mention.signs) & (_ANYWHERE | used) or mention.text.lower() in words
        if frame.tool and mention.text.lower() in _MOODS and not frame.classes and mention.text.lower() not in words:
            told = False
        if not told and not broken_down:
            raise Refusal("declined", f"I do not know what {mention.text!r} asks for in this question.")
    if frame.op in _TIMELESS and re.match(
        r"\W*(?:since )?when (?:did|does|do|was|were|has|have)\b", reading.question, re.I
    ):
        raise Refusal("declined", "I do not know which moment this asks for; ask when NPS fell, rose or changed.")
    if reading.has("not") and not places.negated:
        raise Refusal("declined", "I do not know what is to be left out in this question; name a value of a dimension.")
    if theme is not None and frame.theme != theme:
        raise Refusal("declined", f"I cannot limit this to comments about {theme!r}.")
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
    for name in places.measures:
        if name not in (frame.measure, *frame.measures, *frame.used_by):
            raise Refusal("declined", f"I do not know what {name!r} asks for in this question.")
    if places.event and frame.event is None and frame.tool != "impact":
        raise Refusal("declined", f"I do not know what {places.event.replace('_', ' ')!r} asks for in this question.")
    if places.outcome and places.outcome != frame.outcome:
        raise Refusal(
            "declined", f"I do not know what {places.outcome!r} asks for in this question; name a group of it."
        )
    if len(frame.where) > 1 and re.search(r"\bor\b", _EITHER.sub(" ", reading.question.lower())):
        raise Refusal(
            "declined", "I join filters on several dimensions with and, not with or; ask about them one by one."
        )
    numbers = [m for m in reading.of("number") if m.first not in frame.numbers]
    if numbers and frame.op not in ("rank", "scores"):
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
