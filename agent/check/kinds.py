"""A figure told as another kind of thing: mix for change within, importance for a share of the NPS, "if" for "is"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agent.check.causewords import DENIED
from agent.check.evidence import Known
from agent.check.figures import Figure
from agent.check.matching import candidates
from agent.check.misfit import told
from agent.check.reading import Line, Reading

_MIX = re.compile(r"\b(?:mix|composition|make-?up|who answered)\b", re.IGNORECASE)
_WITHIN = re.compile(r"\b(?:within|inside|themselves|scores of|same (?:plan|step|segment|group))\b", re.IGNORECASE)
_CUT = re.compile(r"[;,]\s|\b(?:and|while|whereas|but|against|versus|rather than|instead of|than|not)\b|[()]")
_WHO = (
    r"(?:customers?|users?|respondents?|guests?|students?|clients?|members?|subscribers?|people|answers|responses|"
    r"everyone|everybody|them)"
)
_OF_PEOPLE = re.compile(
    rf"[\s,]*(?:\[[^\]]*\]|\([^)]*\))?\s*(?:of (?:all |the |our |its |these |those |scored )*{_WHO}\b|"
    rf"(?:customers|users|respondents|guests|students|clients|members|subscribers|people)\b)"
    r"(?! (?:who|that|which) (?:left|wrote|gave|commented|had))(?!'? comments)",
    re.IGNORECASE,
)
_OF_THE_NPS = re.compile(
    r"[\s,]*(?:\[[^\]]*\]|\([^)]*\))?\s*of (?:the |our |its |their |your |all )*"
    r"(?:nps|score|satisfaction|loyalty|customers?|promoters?|detractors?|answers|respondents?|drop|fall|rise|change)\b",
    re.IGNORECASE,
)
_SUPPOSED = re.compile(
    r"\b(?:if|would|were|assum\w+|suppos\w+|scenario|case|imagin\w+|could|hypothe\w+|bounds?|extreme|worst|best|"
    r"had|pretend\w*|should|range\w*|between|as (?:detractors|passives|promoters)|counting|counted|treat\w*)\b",
    re.IGNORECASE,
)
_COMMENTED = re.compile(r"\b(?:comments?|commented|commenters?|wrote|written|writ\w+|texts?)\b", re.IGNORECASE)
_FALSE = "a figure of another kind: "


def other_kind(line: Line, reading: Reading) -> Iterator[tuple[int, int, str, str]]:
    """Figures that are called what they are not: (start, end, phrase, why)."""
    if line.said.rstrip().endswith("?") or line.sentence.kind not in ("prose", "item"):
        return
    for figure in line.figures:
        if figure.role != "value" or figure.fact == "":
            continue
        found = candidates(figure, reading.evidence)
        whys = [_why(known, figure, line, reading) for known in found]
        if whys and all(whys):
            yield figure.start, figure.end, reading.page.text[figure.start : figure.end], str(whys[0])


def _why(known: Known, figure: Figure, line: Line, reading: Reading) -> str | None:
    begin = line.sentence.start
    before, after = line.said[: figure.start - begin], line.said[figure.end - begin :]
    name = known.fact.name
    if name in ("mix_effect", "within_effect"):
        return _of_the_other_part(known, before, after)
    if name in ("importance", "weight", "weight_difference") and _OF_THE_NPS.match(after):
        return f"{_FALSE}{told(known)} is a share of what the drivers explain together"
    if "_if_silent" in name and not _supposed(line, reading):
        return f"{_FALSE}{told(known)}, a scenario; say what it supposes"
    if name in ("theme_share", "no_theme_share", "several_themes_share") and _OF_PEOPLE.match(after):
        return _of_comments(known, before, after)
    return None


def _of_the_other_part(known: Known, before: str, after: str) -> str | None:
    """ "the mix effect of -7.9", of a figure that is the change within."""
    cuts = list(_CUT.finditer(before))
    near = before[cuts[-1].end() :] if cuts else before
    if not (_MIX.search(near) or _WITHIN.search(near)):
        near = (_CUT.split(after, maxsplit=1) or [""])[0]
        if len(near) > 60:
            return None
    mix, within = bool(_MIX.search(near)), bool(_WITHIN.search(near))
    if mix == within or DENIED.search(near) or mix == (known.fact.name == "mix_effect"):
        return None
    if re.search(r"\b(?:constant|equal|same|fixed|unchanged|held)\b", near):
        return None  # "with the mix held constant" is the change within
    return f"{_FALSE}{told(known)}, not {'the mix' if mix else 'the change within'}"


def _supposed(line: Line, reading: Reading) -> bool:
    near = [line, *reading.over(line)[:2], *reading.before(line)[:1]]
    return any(_SUPPOSED.search(other.said) for other in near)


def _of_comments(known: Known, before: str, after: str) -> str | None:
    """A share of comments, told of customers."""
    whose = known.cell.get("nps_class")
    if _COMMENTED.search(before[-80:]) or _COMMENTED.search(after[:80]):
        return None
    if whose and re.search(rf"\b{whose}s?\b", after[:60]):
        return None
    return f"{_FALSE}{told(known)}, a share of comments{f' by {whose}s' if whose else ''}"
