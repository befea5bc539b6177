"""The sign of a figure and the order of figures against what the words around them say."""

from __future__ import annotations

import re

from agent.check.binding import misfit
from agent.check.directions import sign_turned
from agent.check.evidence import Known, is_test
from agent.check.figures import Figure
from agent.check.matching import candidates
from agent.check.misfit import told
from agent.check.reading import Line, Reading

Finding = tuple[str, int, int, str]
"""Code, beginning, end, why."""
_LOSING = re.compile(
    r"\b(?:fell|fall\w*|drop\w*|declin\w*|decreas\w*|los[est]\w*|lower|below|behind|worse\w*|"
    r"down|fewer|less|short|trail\w*|lag\w*|minus|negative|shr[aiu]nk\w*|dip\w*|slip\w*|"
    r"reduc\w*|deteriorat\w*|"
    r"differ\w*|gap|apart|distance|under|weaker|cost\w*|took|takes|knock\w*|swing|change|"
    r"moved|size|magnitude|behind|underperform\w*|slid|unhappier|effect|pull\w*|drag\w*|"
    r"ahead|higher|above|better|lead\w*|beat\w*|more|advantage|r[oi]se\w*|gain\w*|improv\w*|"
    r"up|lower\w*|hurt\w*|dent\w*|exceed\w*|happier|keener|more (?:satisfied|loyal)|"
    r"outscor\w*|surpass\w*|outperform\w*)\b",
    re.IGNORECASE,
)


def told_twice(figure: Figure, line: Line) -> bool:
    """ "A stands at x and B at x" with one and the same fact."""
    if figure.role not in ("value", "n") or figure.part == "abs":
        return False
    begin = line.sentence.start
    for other in line.figures:
        if other.start < figure.start and (other.fact, other.part) == (figure.fact, figure.part):
            between = line.said[other.end - begin : figure.start - begin]
            return bool(_PAIRED.search(re.sub(r"\([^()]*\)|\[[^\[\]]*\]", " ", between)))
    return False


_PAIRED = re.compile(
    r"\b(?:against|versus|vs|to|and|from|instead|while|whereas|but|than|before|after|below|above|now|those|others?)\b|\u2192|->|,",
    re.IGNORECASE,
)


def wrong_way(known: Known, figure: Figure, line: Line, reading: Reading) -> Finding | None:
    """The sign of A against B, told of B."""
    signed = reading.page.text[figure.start : figure.start + 1] in ("+", "-", "\u2212")
    if figure.role != "value" or not signed or not is_test(known.fact) or not sign_turned(known, figure, line):
        return None
    if _DIFFERENCE.search(reading.page.plain[max(line.sentence.start, figure.start - 40) : figure.start]):
        return None
    shown = -1 if reading.page.text[figure.start] in "-\u2212" else 1
    if (known.number or 0.0) * shown < 0:
        return None
    return "number", figure.start, figure.end, f"{told(known)}; of the other side it has the opposite sign"


_DIFFERENCE = re.compile(
    r"\b(?:difference|gap)\W+(?:(?:of|is|was|between|the|two|them|comes|to|in|nps)\W+)*$", re.IGNORECASE
)
"""With this word a difference keeps the sign that its test gave it, whichever side was named first."""
_ZERO = re.compile(r"\b(above|below) zero\W{0,4}(?:at|with|,)?\W{0,3}$", re.IGNORECASE)


def across_zero(known: Known, figure: Figure, reading: Reading) -> Finding | None:
    """ "below zero (-13.0)"."""
    found = _ZERO.search(reading.page.plain[max(0, figure.start - 30) : figure.start])
    if not found or known.number is None or (known.number > 0) == (found[1].lower() == "above"):
        return None
    return "direction", figure.start, figure.end, f"{told(known)} and is {known.number:+.1f}"


_DENYING = re.compile(
    r"(?:\b(?:is|are|was|were|isn't|wasn't|stands?|stood) (?:not|nowhere near|far from|"
    r"anything but)(?: at)?|\b(?:isn't|wasn't|aren't|weren't)(?: at)?)\s+$",
    re.IGNORECASE,
)
_MINUS = re.compile(
    r"\b(?:is|was|at|of|to|with|from|stands|stood|nps|score)(?: an?)? (?:minus|negative)\s+$", re.IGNORECASE
)
_UNDER_ZERO = re.compile(r"\s*(?:NPS )?points? (below|under|above|over) zero\b", re.IGNORECASE)


def contradicted(known: Known, figure: Figure, line: Line, reading: Reading) -> Finding | None:
    """ "is not +29.3", "minus 29.3", "29.3 points below zero": the fact denied or its sign turned."""
    if figure.role != "value" or known.number is None:
        return None
    plain = reading.page.plain
    before = plain[max(line.sentence.start, figure.start - 30) : figure.start]
    told_so = f"{told(known)} and is {known.number:+.4g}"
    if (
        _DENYING.search(before)
        and not is_test(known.fact)
        and not re.match(r"[^.]{0,40}\b(?:but|clear)", plain[figure.end : figure.end + 60])
    ):
        return "number", figure.start, figure.end, f"{told_so}; the text denies it"
    side = _UNDER_ZERO.match(plain[figure.end : figure.end + 30])
    below = bool(_MINUS.search(before)) or (side is not None and side[1].lower() in ("below", "under"))
    if (below and known.number > 0) or (side is not None and not below and known.number < 0):
        return "number", figure.start, figure.end, told_so
    return None


_FROM_TO = re.compile(r"\bfrom\s+(?:\S+\s+){0,3}$", re.IGNORECASE)


def wrong_order(known: Known, figure: Figure, line: Line, reading: Reading) -> Finding | None:
    """ "from x to y", where x is the later of the two, or where the word says the opposite way."""
    plain = reading.page.plain
    heads = [f for f in line.figures if f.role == "value" and f.head is None]
    if figure not in heads or heads.index(figure) + 1 >= len(heads) or is_test(known.fact):
        return None
    other = heads[heads.index(figure) + 1]
    between = re.sub(r"\([^()]*\)", "", plain[figure.end : other.start])
    before = plain[max(line.sentence.start, figure.start - 40) : figure.start]
    if not re.fullmatch(
        r"[\s%]*(?:points? )?(?:(?:in|before|for|at|during|of) [^,;.]{2,50}?)?,?\s*to\s+(?:about )?", between
    ) or not _FROM_TO.search(before):
        return None
    following = [
        k
        for k in candidates(other, reading.evidence)
        if k.fact.name == known.fact.name and misfit(k, other, line, reading) is None
    ]
    if not following:
        return None
    then = following[0]
    if known.number is not None and then.number is not None:
        fell = re.search(
            r"\b(?:fell|dropped|declined|decreased|down|slipped|slid|sank|worsened)\b", before, re.IGNORECASE
        )
        rose = re.search(r"\b(?:rose|increased|grew|improved|climbed|up|gained)\b", before, re.IGNORECASE)
        if (fell and known.number <= then.number) or (rose and known.number >= then.number):
            return "direction", figure.start, figure.end, f"from {told(known)} to {told(then)} is the other way"
    if known.own and then.own and min(known.own)[0] > min(then.own)[0] and not re.search(r"[A-Z]", between):
        return "period", figure.start, figure.end, f"{told(known)}, which is later than {told(then)}"
    return None


_TO_LEVEL = re.compile(
    r"[\s%]*(?:NPS )?(?:points?|pp)?\s*(?:\[[^\[\]]*\]|\([^()]*\))?,?\s*to\s+(?:about )?", re.IGNORECASE
)


def wrong_end(known: Known, figure: Figure, line: Line, reading: Reading) -> Finding | None:
    """ "fell by 12.7 points, to 7.4", where the level is of the earlier period."""
    before = [f for f in line.figures if f.head is None and f.end <= figure.start and f.fact is not None]
    change = reading.evidence.by_id.get(before[-1].fact or "") if before and not is_test(known.fact) else None
    if change is None or not is_test(change.fact) or not change.own or not change.other or not known.own:
        return None
    if not _TO_LEVEL.fullmatch(reading.page.plain[before[-1].end : figure.start]):
        return None
    if known.own & change.other and not known.own & change.own:
        return "period", figure.start, figure.end, f"{told(known)}, where {told(change)} begins and does not end"
    return None


def says_way(figure: Figure, line: Line, reading: Reading) -> bool:
    """Whether words say which way a size without a sign goes: "fell", "by 14.6 points"."""
    before = reading.page.plain[max(line.sentence.start, figure.start - 24) : figure.start]
    begin = line.sentence.start
    if re.search(r"\b(?:gap|difference|apart|how (?:far|big|large|much))\b", reading.asked.said):
        return True  # "How big is the gap?" asks for a size
    if re.search(r"\b(?:between|from)\b[^;]{0,80}$", line.said[: figure.start - begin], re.IGNORECASE):
        return True  # "between A and B lie 33.4 points"
    return bool(_LOSING.search(_near(line, reading)) or re.search(r"\bby (?:about |roughly |some )?$", before, re.I))


def _near(line: Line, reading: Reading) -> str:
    return " ".join([line.said, *[other.said for other in reading.over(line)[:2]]])
