"""Of several names in a sentence, the one that a figure is told of: the subject of its own clause."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Sequence

from evals.scoring.values.names import PERIOD, Mention
from evals.scoring.values.reading import Figure

LINK = re.compile(
    r"^[\s*_]*(?:\(|(?:nps[- ])?(?:points?|punkte\w*|puntos|pts)?[\s*_]*(?:for|in|at|bei|für|fuer|en|para|de|"
    r"del|of|von|vom|among|im|on|as of|among the|before|after|since|until|vor|nach|seit|antes de|desde)"
    r"(?:\s+(?:the|der|die|das|den|dem|el|la|los|las))?)[\s*_]*$",
    re.IGNORECASE,
)
HANDING = frozenset(
    re.findall(
        r"\S+",
        "is was at with has had have a an of nps the its it score scores scored stands stood lies lands sits "
        "comes reaches reached shows on about around only just even roughly liegt bei mit hat einen ein der die "
        "das erreicht kommt auf steht von ist rund etwa nur tiene un una está esta en con de es queda se sitúa "
        "situa alcanza solo sólo unos el la s ist's value wert valor por to highest lowest best worst first last "
        "for für para still also where which net promoter ",
    )
)
"""Words that hand a figure to a name: "Leeds *stands at* 29.3"."""
_MOVING = frozenset({"from", "went", "goes", "rose", "fell", "by", "only", "von", "pasó", "desde", "differs"})
_CUT = re.compile(
    r"[,;|]|\b(?:and|und|y|while|whereas|but|during|sowie|während|aber|mientras|pero|followed|gefolgt|seguido|"
    r"then|dann|luego)\b",
    re.I,
)
_BESIDE = re.compile(
    r"\b(?:than|against|versus|vs\.?|compared (?:with|to)|relative to|als|gegenüber|gegen|verglichen mit|frente a|que|"
    r"comparado con)"
    r"(?:\s+(?:(?:that|those) of|with|in|for|on|the|der|die|das|den|dem|el|la|los|las|en|bei|im))*[\s*_]*$",
    re.IGNORECASE,
)
"""What a name after this is held against: "lower than X", "against X"."""
_MOVED = re.compile(r"\b(?:from|von|de|desde)\b[^,;]*\b(?:to|bis|auf|a|hasta)[\s*_]*$", re.IGNORECASE)


def gap(text: str, begin: int, end: int, found: Sequence[Figure]) -> str:
    """What stands between, without the intervals and counts in brackets."""
    between = text[begin:end]
    if any(begin <= one.start < end and one.role in ("interval", "n", "p", "level") for one in found):
        between = re.sub(r"\([^()]*\)|\[[^\[\]]*\]", "", between)
    return between


def nearest(text: str, own: list[Mention], figure: Figure, found: Sequence[Figure]) -> Mention:
    """The name that the figure is told of. `own`: the names of one column, in order."""
    own = _subjects(text, own, figure, found)
    begin, end = next(part for part in segments(text) if part[0] <= figure.start <= part[1])
    inside = [one for one in own if begin <= one.start < end]
    own = inside or own
    before = [one for one in own if one.end <= figure.start]
    after = [one for one in own if one.start >= figure.end]
    if not before or not after:
        return before[-1] if before else after[0]
    back = _cost_back(gap(text, before[-1].end, figure.start, found), before[-1].end, figure, found)
    return after[0] if _cost_ahead(text, figure, after[0], found) < back else before[-1]


def is_tight(text: str, one: Mention, figure: Figure, found: Sequence[Figure]) -> bool:
    """The figure is handed to the name directly: "X: 3.1", "3.1 for X"."""
    if figure.role != "main":
        return False
    if one.end <= figure.start:
        return _hands(gap(text, one.end, figure.start, found), HANDING, 7)
    return bool(LINK.match(gap(text, figure.end, one.start, found)))


def is_of_another_clause(text: str, one: Mention, figure: Figure, found: Sequence[Figure]) -> bool:
    """The name comes later, begins a clause and has a figure of its own: "it is 5.5, among guests 7.1"."""
    if one.start < figure.end:
        return False
    ahead = gap(text, figure.end, one.start, found)
    return not LINK.match(ahead) and bool(_CUT.search(ahead)) and _begins_anew(text, one, found)


def _hands(between: str, words: frozenset[str], most: int) -> bool:
    said = re.findall(r"[^\W\d_]+", between.lower())
    return not re.search(r"[;.\d]", between) and len(said) <= most and all(word in words for word in said)


def _subjects(text: str, own: list[Mention], figure: Figure, found: Sequence[Figure]) -> list[Mention]:
    """Without the names that others are held against, but for those that the figure is handed to."""
    kept = [one for one in own if not _is_beside(text, one) or _is_handed(text, one, figure, found)]
    return kept if any(one.end <= figure.start for one in kept) else own


def _is_beside(text: str, one: Mention) -> bool:
    lead = text[max(0, one.start - 60) : one.start]
    column = r"[\s_]*".join(re.escape(word) for word in re.split(r"[\s_]+", one.column))
    return bool(_BESIDE.search(re.sub(rf"{column}[\s*_]*$", "", lead, flags=re.IGNORECASE)))


def _is_handed(text: str, one: Mention, figure: Figure, found: Sequence[Figure]) -> bool:
    if figure.role != "main":
        return False
    if one.end > figure.start:
        return True
    between = gap(text, one.end, figure.start, found)
    return ":" not in between and _hands(between, HANDING, 7)


def segments(text: str) -> list[tuple[int, int]]:
    """The parts of a sentence between semicolons; those in brackets part nothing."""
    flat = re.sub(r"\([^()]*\)|\[[^\[\]]*\]", lambda match: "·" * len(match[0]), text)
    edges = [0, *(match.end() for match in re.finditer(";", flat)), len(text)]
    return list(itertools.pairwise(edges))


def _cost_back(between: str, begin: int, figure: Figure, found: Sequence[Figure]) -> float:
    if re.fullmatch(r"[\s*_:=(]*", between):
        return 0.0
    passed = sum(begin <= one.start < figure.start and one.role in ("main", "difference") for one in found)
    passed -= bool(_MOVED.search(between)) and passed > 0
    return _words(between) + 4 * len(_CUT.findall(between)) + 12 * passed


def _cost_ahead(text: str, figure: Figure, one: Mention, found: Sequence[Figure]) -> float:
    between = gap(text, figure.end, one.start, found)
    if LINK.match(between) or (one.column == PERIOD and not between.strip(" *_")):
        return 0.3
    if is_of_another_clause(text, one, figure, found):
        return math.inf
    passed = sum(figure.end <= other.start < one.start and other.role in ("main", "difference") for other in found)
    return 3 + _words(between) + 10 * len(_CUT.findall(between)) + 12 * passed


def _words(between: str) -> int:
    return len(re.findall(r"[^\W\d]+", between))


def _begins_anew(text: str, one: Mention, found: Sequence[Figure]) -> bool:
    following = next(
        (other for other in found if other.start >= one.end and other.role in ("main", "difference")), None
    )
    return following is not None and _hands(gap(text, one.end, following.start, found), HANDING | _MOVING, 5)
