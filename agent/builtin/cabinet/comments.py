"""Questions about what customers write: themes and their weight, quotes, sentiment."""

from __future__ import annotations

import re

from agent.builtin.cabinet.asked import Asked, refuse_without
from agent.builtin.frame import Frame, Refusal
from agent.builtin.numberwords import in_digits

_SEARCHED = (
    r"\bmention|\bwith the words?\b|\bcontain|\binclud|\bthe words?\b|\bwhere .*(?:says?|writes?)\b"
    r"|\bthe (?:term|phrase)\b"
)
_LIMIT = re.compile(
    r"\b([1-9]|1\d|20)\b +(?:\w+ +){0,3}?(?:quotes?|comments?|verbatims?|examples?|voices|statements?"
    r"|testimonials?|quotations?|snippets?)\b"
)
_MOST = re.compile(
    r"\b(?:max(?:imum|\.)?|at most|no more than|up to|not more than|limit(?: of| to)?)\s+([1-9]|1\d|20)\b"
)
_THEMES = re.compile(
    r"\b([1-9]|[12]\d|30)\b +(?:\w+ +){0,2}?(?:themes?|topics?|complaints?|gripes?|issues?|reasons?|subjects?"
    r"|grumbles?)\b"
    r"|\b(?:themes?|topics?|complaints?|gripes?) ?(?:,|-)? *(?:max|at most|top) +([1-9]|[12]\d|30)\b"
)
_WRITING_MORE = (
    r"\b(?:writ\w*|wrote|leav\w*|left|give|gave|have|hav\w+) (?:us )?(?:the )?(?:more|fewer|less|most|fewest|longer"
    r"|longest|shorter|many) (?:\w+ )?(?:comments|verbatims|feedback|text)\b"
)
_PAINS = r"\b(?:pain ?points?|problems?|issues?|concerns?|worries|troubles?|headaches?)\b"
_COMMENTED = r"(?:comments?|verbatims?|free text|(?:written )?feedback|open answers?)"
_LEFT = (
    r"(?:leav\w*|left|wr[io]t\w*|written|add\w*|ha(?:s|ve|d|ving)|with|hold\w*|includ\w*"
    r"|carr\w*|came with|contain\w*|gave|give)"
)
_COUNTED = (
    rf"\b(?:how many|number of|count of|count) (?:\w+ ){{0,2}}?{_COMMENTED}"
    r"(?!\s+(?:mention|say|talk|prais|complain|are about|were about|about))"
    r"|\bhow many .{0,50}?\bcommented\b(?!\s+(?:on|about))"
    r"|\b(?:how many|number of|share of|percentage of|percent of|proportion of|% of|how much of) .{0,60}?"
    rf"\b{_LEFT} (?:us |me )?(?:a |any |some |no )?(?:written )?{_COMMENTED}\b"
)
_TONE_OF = (
    r"\b(?:mood|tone|sentiment|vibe|emotions?|polarity|positivity|negativity)\w* (?:of|in|from|across|behind) "
    r"(?:the |our |all |those |these |their )*(?:\w+ )?(?:verbatims?|quotes?|voices|statements?|words)\b"
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
    text = in_digits(asked.text)
    counted = _MOST.search(text) or _LIMIT.search(text)
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
    changing = asked.reading.has("fell", "rose", "moved", "trend") and not frame.by
    if frame.grain is None and changing and asked.when.period is None:
        frame.grain = "month"  # "is the tone getting worse" asks for its course
    return frame


def toned(asked: Asked) -> Frame | None:
    """ "Are comments in France more negative than in Germany?"."""
    return sentiment(asked) if asked.says(_TONED) and not asked.classes and asked.theme is None else None


def tone_of(asked: Asked) -> Frame | None:
    """ "The mood of the verbatims" asks for the mood, not for verbatims."""
    return sentiment(asked) if asked.says(_TONE_OF) else None


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
    if asked.theme is not None and asked.reading.has("share"):
        return share_of_theme(asked)
    if asked.theme is not None:
        return weight(asked) if asked.reading.has(*_WEIGHT, "compare") and not asked.classes else quotes(asked)
    if asked.reading.has("impact") and asked.reading.has("metric", "most", "rank") and not asked.classes:
        return weight(asked)
    if asked.says(_WRITING_MORE):
        raise Refusal("declined", "I tell what comments are about, not who writes more or longer ones.")
    both = set(asked.classes) == {"promoter", "detractor"}
    listed = _THEMES.search(in_digits(asked.text))
    limit = int(listed[1] or listed[2]) if listed else None
    frame = asked.side_by_side("themes", nps_class=None if both else one_class(asked), limit=limit)
    frame.classes = asked.classes
    frame.numbers = [m.first for m in asked.reading.of("number") if m.number == limit][:1]
    return frame


def share_of_theme(asked: Asked) -> Frame | None:
    """ "What share of the comments is about the price?": the themes, that one first."""
    _need_comments(asked)
    frame = asked.side_by_side("themes", nps_class=one_class(asked), limit=30)
    frame.classes, frame.theme = asked.classes, asked.theme
    return frame


def reasons(asked: Asked, *, outliers: bool = False) -> Frame | None:
    """ "Why do detractors score us low?", "top reasons for low scores": what they write."""
    moved = asked.reading.has("fell", "rose", "moved", "compare", "count", "share", "trend")
    if (
        not asked.classes
        or moved
        or (asked.reading.has("outliers") and not outliers)
        or asked.when.before is not None
        or not asked.has_role("comment")
    ):
        return None
    return themes(asked)


def pains(asked: Asked) -> Frame | None:
    """ "Pain points of detractors": what they write, where without a class segments that stand out are meant."""
    return reasons(asked, outliers=True) if asked.says(_PAINS) and len(asked.classes) == 1 else None


def counted(asked: Asked) -> Frame | None:
    """ "How many detractors left a comment?": a count, which is no question about what they write."""
    if not asked.says(_COUNTED):
        return None
    if asked.theme is not None:
        raise Refusal("declined", f"I do not count the comments about {asked.theme!r}; themes tell its share of them.")
    _need_comments(asked)
    places = asked.places
    return Frame("commented", where=places.where, period=asked.when.period, classes=asked.classes)
