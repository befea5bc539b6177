"""Questions for the tools beyond levels, comparisons and changes: which tool, and what it is called with.

Each rule looks for its sign (`cabinet.yaml`) and fills a frame. What a rule does not put into the frame was not
used, and `accounting` then refuses the question rather than answer another one.
"""

from __future__ import annotations

from collections.abc import Callable

from agent.builtin.cabinet import causes, comments, measures, movement, priorities, ratings, whatif
from agent.builtin.cabinet.asked import Asked
from agent.builtin.frame import Frame

Rule = Callable[[Asked], Frame | None]

# The first rule whose sign was given, and that finds what it needs, answers.
_RULES: tuple[tuple[tuple[str, ...], Rule], ...] = (
    (("ask_priorities",), priorities.first),
    (("ask_retention",), measures.retention_at),
    (("ask_planning",), causes.planning),
    (("sure", "ask_benchmark"), causes.margin),
    (("count", "ask_nonresponse", "sure"), causes.planned),
    (("compare", "sure", "lower", "higher", "moved", "impact"), causes.shown_by),
    (("ask_benchmark",), measures.benchmark_given),
    (("ask_experiment",), causes.experiment),
    (("ask_matched",), causes.matched),
    (("alike",), causes.alike),
    (("ask_nonresponse",), measures.nonresponse),
    (("count", "share"), comments.counted),
    (("ask_sentiment",), comments.tone_of),
    (("ask_quotes",), comments.quotes),
    (("ask_sentiment",), comments.sentiment),
    (("ask_themes",), comments.toned),
    (("ask_cost",), comments.weight),
    (("ask_themes", "ask_mention"), comments.themes),
    (("ask_reasons",), comments.reasons),
    (("ask_season",), movement.season),
    (("ask_yearly",), movement.yearly),
    (("ask_drivers",), movement.drivers),
    (("ask_breaks",), movement.breaks),
    (("ask_cohorts",), measures.cohorts),
    (("ask_retention",), measures.retention),
    (("joining",), measures.joined),
    (("ask_distribution",), measures.distribution),
    (("ask_benchmark",), measures.benchmark),
    (("compare", "higher", "lower", "sure", "metric"), measures.limit_given),
    (("rose",), movement.wish),
    (("launched", "ask_did"), causes.launch),
    (("impact",), causes.dated_effect),
    (("impact", "rose", "fell", "moved", "lower"), ratings.effect_on),
    (("compare", "higher", "lower", "fell", "rose", "moved"), ratings.compared),
    (("metric", "rose", "fell", "impact", "compare", "higher", "lower"), causes.tried),
    (("impact", "why", "moved", "whom", "compare", "higher", "lower"), causes.event_for_groups),
    (("impact",), movement.influence),
    (("compare", "count"), movement.mattering),
    (("fell", "rose", "moved", "worst", "metric", "lower", "higher"), movement.turned),
    (("why",), comments.reasons),
    (("outliers",), comments.pains),
)


def cabinet_frame(asked: Asked) -> Frame | None:
    """The frame of the first rule whose sign was given; what would be if is told from what is before all."""
    supposed = whatif.supposed(asked)
    if supposed is not None:
        return supposed
    for signs, rule in _RULES:
        if asked.reading.has(*signs):
            frame = rule(asked)
            if frame is not None:
                return frame
    return None


__all__ = ["Asked", "cabinet_frame"]
