"""Questions about what customers write: themes and their weight, quotes, sentiment."""

from __future__ import annotations

import re

from agent.builtin.cabinet.asked import Asked, refuse_without
from agent.builtin.figures import in_digits
from agent.builtin.frame import Frame, Refusal

_SEARCHED = (
    r"\bmention|\bwith the words?\b|\bcontain|\binclud|\bthe words?\b|\bwhere .*(?:says?|writes?)\b"
    r"|\bthe (?:term|phrase)\b"
)
_LIMIT = re.compile(
    r"\b([1-9]|1\d|20)\b +(?:\w+ +){0,3}?(?:quotes?|comments?|verbatims?|examples?|voices|statements?"
    r"|testimonials?|quotations?|snippets?)\b"
)
_TONED = r"\b(?:more|less) (?:positive|negative)\b|\b(?:positive|negative)\b"
_WEIGHT = ("metric", "lower", "higher", "impact", "ask_cost")


def _need_comments(asked: Asked) -> None:
    refuse_without(asked, "are no comments", "comment")


def one_class(asked: Asked) -> str | None:
    """The class whose comments are wanted."""
    if len(asked.classes) > 1:
        raise Refusal("clarify", "Whose comments: the promoters', the passives' or the detractors'?", asked.classes)
    return asked.classes[0] if asked.classes else None


def quotes(asked: Asked) -> Frame | None:
    """Comments in customers' own words."""
    _need_comments(asked)
    cls = one_class(asked)
    counted = _LIMIT.search(in_digits(asked.text))
    limit = int(counted[1]) if counted else None
    searched = asked.theme is not None and asked.says(_SEARCHED)
    frame = asked.frame(
        "quotes",
        nps_class=cls,
        contains=asked.theme if searched else None,
        theme=None if searched else asked.theme,
        limit=limit,
    )
    frame.classes, frame.theme = asked.classes, asked.theme
    frame.numbers = [m.first for m in asked.reading.of("number") if m.number == limit][:1]
    return frame


def sentiment(asked: Asked) -> Frame | None:
    """How positive comments are."""
    _need_comments(asked)
    frame = asked.side_by_side("sentiment")
    frame.grain = asked.when.grain
    return frame


def toned(asked: Asked) -> Frame | None:
    """ "Are comments in France more negative than in Germany?"."""
    return sentiment(asked) if asked.says(_TONED) and not asked.classes and asked.theme is None else None


def weight(asked: Asked) -> Frame | None:
    """What goes with a theme: the NPS of those who mention it against the others."""
    if not (asked.reading.has("ask_themes") or asked.theme is not None):
        return None
    _need_comments(asked)
    frame = asked.frame("theme_impact", theme=asked.theme)
    frame.theme = asked.theme
    return frame


def themes(asked: Asked) -> Frame | None:
    """What is written about; with a theme named, its weight or what is said about it."""
    _need_comments(asked)
    if asked.theme is not None:
        return weight(asked) if asked.reading.has(*_WEIGHT, "compare") and not asked.classes else quotes(asked)
    if asked.reading.has("impact") and asked.reading.has("metric", "most", "rank") and not asked.classes:
        return weight(asked)
    both = set(asked.classes) == {"promoter", "detractor"}
    frame = asked.side_by_side("themes", nps_class=None if both else one_class(asked))
    frame.classes = asked.classes
    return frame


def reasons(asked: Asked) -> Frame | None:
    """ "Why do detractors score us low?", "top reasons for low scores": what they write."""
    moved = asked.reading.has("fell", "rose", "moved", "compare", "count", "share", "outliers", "trend")
    if not asked.classes or moved or asked.when.before is not None or not asked.has_role("comment"):
        return None
    return themes(asked)


def counted(asked: Asked) -> Frame | None:
    """ "How many comments were left?": no tool counts comments by themselves."""
    if not asked.says(r"\b(?:how many|number of|count of) (?:\w+ )?(?:comments|verbatims|quotes)\b"):
        return None
    raise Refusal(
        "declined",
        "I do not count comments by themselves; quotes and themes say how many of the answers hold one.",
        ["Show me some quotes", "What are the main themes in the comments?"],
    )
