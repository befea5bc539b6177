"""Superlatives and quantifiers: "highest", "worst", "most": the facts of all cells must bear them out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agent.check.binding import misfit
from agent.check.evidence import Known, is_test
from agent.check.figures import Figure
from agent.check.matching import candidates
from agent.check.names import Mention
from agent.check.reading import COMPARED, Line, Reading
from agent.check.rows import bound_mentions
from agent.check.said import doubted, hedged, no_clear

_HIGH = (
    "highest|best|top|strongest|happiest|peak|maximum|leading|most satisfied|most loyal|"
    "most positive|most (?:enthusiastic|pleased|content|delighted|favou?rable|happy|devoted|"
    "engaged)|wins?(?! (?:back|over))|best-performing|top-performing|record high|"
    r"(?:comes?|came|coming) (?:out )?(?:on top|first|top|out ahead)|(?:leads?|tops?|heads?|"
    r"leading) the (?:field|pack|way|list|table|ranking|league)|"
    r"ranks? (?:first|highest|top|best|number one)|in (?:first|pole) (?:place|position)|"
    r"(?:is|are|remains?) (?:number one|first|unbeaten|unrivalled|"
    r"ahead of (?:all|everyone|everybody|every other))|outscores? (?:all|every|everyone|"
    r"everybody)\w*|ahead of the (?:field|pack)|takes? the (?:lead|crown)|second to none|"
    r"unmatched"
)
_LOW = (
    "lowest|worst|weakest|bottom|poorest|unhappiest|least satisfied|least happy|least "
    "loyal|most negative|trough|minimum|"
    "most (?:critical|disappointed|frustrated|angry|annoyed|sceptical|displeased)|the "
    r"least(?=\s*(?:[.,;]|$))|least (?:enthusiastic|content|pleased|favou?rable)|worst-performing|"
    "lowest-scoring|record low|most dissatisfied|most unhappy|fewest|smallest|"
    r"brings? up the rear|(?:comes?|came|coming) (?:off|out|in) (?:worst|last|bottom|weakest|"
    r"lowest|at the bottom)|(?:comes?|came) last|ranks? "
    r"(?:last|lowest|worst|bottom)|(?:is|are|remains?|stands?) (?:dead )?last|in last "
    r"(?:place|position)|(?:at|on) the (?:very )?bottom|tail end|lags? (?:behind )?(?:all|"
    r"everyone|everybody|every other)\w*|behind (?:all|everyone|everybody|every other)(?: "
    r"others?)?|the laggards?|the tail-?lights?|wooden spoon|trails? the (?:field|pack)"
)
_WORD = re.compile(
    rf"\b(?:(?P<low>{_LOW})|(?P<high>{_HIGH})|(?P<big>largest|biggest|greatest|steepest|"
    rf"sharpest|deepest)|(?P<most>most (?:often|frequent(?:ly)?|common(?:ly)?|mentioned))|"
    r"(?P<least>least (?:often|frequent(?:ly)?|common(?:ly)?|mentioned)))\b",
    re.IGNORECASE,
)
_MAJORITY = re.compile(
    r"\b(?:most (?:of (?:the |our |all |these |those |its |their )?)?(?:scored )?(?:answers?|"
    r"customers?|responses?|respondents?|comments?|people|promoters?|detractors?|passives?|"
    r"users?)|"
    r"(?:a |the )?(?:vast |large |clear |great )?majority|mostly|predominantly|more than "
    r"half|over half|less than half|fewer than half|under half|a minority|nearly all|almost "
    r"all|hardly any(?:one|body)?)\b",
    re.IGNORECASE,
)
_LOSS = re.compile(r"\s+(?:\w+ )?(?:drop|fall|decline|decrease|loss|deterioration|dip|slide|gap below)", re.IGNORECASE)
_RISE = re.compile(r"\s+(?:\w+ )?(?:rise|gain|increase|improvement|jump|growth)", re.IGNORECASE)
_IDIOM_BEFORE = re.compile(
    r"\b(?:at(?: the)?|the very|for the|do (?:our|my|your|its) |our|your|as|on)\s+$", re.IGNORECASE
)
_IDIOM_AFTER = re.compile(
    r"\s+(?:score|scores|of a (?:detractor|promoter)|weight|imbalance|end of|possible|"
    r"estimate|guess|way to|practice|case|level|priority|concern|action|step|drivers? "
    r"to|chance|figure|figures|line|of the scale|box|value)\b",
    re.IGNORECASE,
)


_GROUP = re.compile(
    r"\s+(?:\w+ )?(?:groups?|segments?|samples?|cells?|bases?|markets?|cohorts?)\b(?! (?:of|change))", re.IGNORECASE
)


@dataclass(frozen=True)
class Best:
    """A superlative in the text."""

    start: int
    end: int
    text: str
    sign: int
    """1: the greatest, -1: the least, 0: the greatest in size."""


def superlatives(line: Line) -> Iterator[Best]:
    """The superlatives that a line claims."""
    if line.said.rstrip().endswith("?"):
        return
    for match in _WORD.finditer(line.said):
        after = line.said[match.end() : match.end() + 40]
        word = match.group().lower()
        if (hedged(line.said, match.start(), match.end()) or doubted(line.said, match.end())) or no_clear(
            line.said, match.start(), match.end()
        ):
            continue
        if re.search(r"\b(?:lack\w*|missing|left out|blank|empty)\b", line.said) and "often" in word:
            continue
        if word in ("smallest", "largest", "biggest") and _GROUP.match(after):
            continue  # by its size, not by its score
        if word in (
            "top",
            "bottom",
            "minimum",
            "maximum",
            "peak",
            "best",
            "leading",
            "smallest",
            "lowest",
            "highest",
            "largest",
            "biggest",
            "greatest",
            "worst",
        ) and _is_idiom(line, match, after):
            continue
        sign = -1 if match["low"] or match["least"] else 1 if match["high"] or match["most"] else 0
        if match["big"] and _LOSS.match(after):
            sign = -1
        elif match["big"] and _RISE.match(after):
            sign = 1
        start = line.sentence.start
        yield Best(start + match.start(), start + match.end(), match.group(), sign)


def _is_idiom(line: Line, match: re.Match[str], after: str) -> bool:
    """ "at best", "the highest score of a detractor", "the minimum base", "the top three"."""
    word, before = match.group().lower(), line.said[max(0, match.start() - 24) : match.start()]
    if word in ("minimum", "maximum", "smallest", "top", "bottom", "peak") and not re.match(
        r"\s+(?:plan|segment|group)", after
    ):
        return (
            word not in ("top", "bottom")
            or not re.search(r"\b(?:is|at the|comes|the)\s+$", before)
            or bool(_IDIOM_AFTER.match(after))
        )
    return bool(
        re.search(r"\bat\s+$", before)
        or (
            _IDIOM_AFTER.match(after)
            and word in ("best", "leading", "lowest", "highest", "largest", "biggest", "worst", "greatest")
            and not line.mentions
            and not line.figures
        )
        or re.match(
            r"\s+(?:score of|of an? (?:promoter|detractor|passive)|scores? there|way|practice|"
            r"guess|imbalance|weight|possible)\b",
            after,
        )
    )


def unfounded_best(best: Best, line: Line, reading: Reading) -> str | None:
    """Why a superlative does not hold."""
    if why := _not_the_costliest(best, line, reading):
        return why
    held = _held(best, line, reading)
    if held is not None:
        known = held
        values = _family_of(known, reading)
        if values is None:
            return None
        return _judge(best, known, values)
    subject = _subject(best, line, reading)
    if not subject:
        return None
    return _judge_named(best, subject, line, reading)


_PROBLEM = re.compile(
    r"\s+(?:\w+ )?(?:problem|issue|drag|pain point|weakness|concern|opportunity|lever)\b", re.IGNORECASE
)


def _not_the_costliest(best: Best, line: Line, reading: Reading) -> str | None:
    """ "Monthly billing is our biggest problem", where another segment costs the whole more."""
    costs = [
        k
        for k in reading.evidence.known
        if k.fact.name in ("cost_to_whole", "nps_change_if_alike") and k.number is not None
    ]
    if not costs or not _PROBLEM.match(line.said[best.end - line.sentence.start :]):
        return None
    named = {option for mention in line.strong() for option in mention.options}
    own = [k for k in costs if named & set(k.cell.items())]
    top = max(costs, key=lambda k: k.number or 0.0)
    if not own or max(k.number or 0.0 for k in own) >= (top.number or 0.0) - 1e-9:
        return None
    where = ", ".join(f"{key} {value}" for key, value in top.cell.items())
    return f"{top.fact.id} ({where}) costs the whole more; say which one by what is the biggest"


def _held(best: Best, line: Line, reading: Reading) -> Known | None:
    """The fact of the figure that the superlative speaks of: the next one after it, else the one before."""
    heads = [f for f in line.figures if f.role == "value" and f.head is None]
    after = [f for f in heads if f.start >= best.end]
    before = [f for f in heads if f.end <= best.start]
    others = [
        m.start() + line.sentence.start
        for m in _WORD.finditer(line.said)
        if m.start() + line.sentence.start > best.start
    ]
    words = [m.start() + line.sentence.start for m in _WORD.finditer(line.said)]
    if len(words) == len(heads) > 1 and max(words) < heads[0].start and best.start in words:
        after = heads[words.index(best.start) :]  # "A has the highest and B the lowest: x and y"
    nearest = [*after[:1], *before[-1:]]
    for figure in nearest:
        if figure in after and others and figure.start > others[0] and before:
            continue
        if re.search(
            r";|\bwhile\b|\bwhereas\b|\bbut\b",
            line.said[
                min(best.end, figure.end) - line.sentence.start : max(best.start, figure.start) - line.sentence.start
            ],
        ):
            continue
        found = [k for k in candidates(figure, reading.evidence) if misfit(k, figure, line, reading) is None]
        if found:
            return found[0]
    return None


def _subject(best: Best, line: Line, reading: Reading) -> list[Mention]:
    figure = Figure(best.start, best.end, "value", ())
    held = [m for m in bound_mentions(figure, line, None, reading) if not m.negated]
    first = [
        m for m in line.mentions if not line.said[: m.start - line.sentence.start].strip(" *-#") and m.end <= best.start
    ]
    return held or [
        m for m in first if m.axes() & set(reading.catalog.dimensions) and line.said.lstrip(" *-#")[:1].isupper()
    ]


def _family_of(known: Known, reading: Reading) -> list[Known] | None:
    """The same figure in all cells along the axis that tells the cells apart."""
    axes = [
        axis
        for axis in known.cell
        if axis in reading.catalog.dimensions or axis in ("theme", "driver", "weekday", "score", "cohort")
    ]
    best: list[Known] = []
    for axis in [*axes, "period"]:
        if axis not in known.cell:
            continue
        others = {key: value for key, value in known.cell.items() if key != axis}
        family = [
            k
            for k in reading.evidence.known
            if k.fact.name == known.fact.name
            and axis in k.cell
            and k.number is not None
            and (" not" not in f" {k.cell[axis]}")
            and {key: value for key, value in k.cell.items() if key != axis} == others
        ]
        base = reading.catalog.minimum_base.ranking
        large = [k for k in family if "missing" not in k.cell[axis] and (k.fact.n is None or k.fact.n >= base)]
        family = large if len(large) >= 2 and known in large else family
        if axis == "period" and len({len(k.cell["period"]) for k in family}) > 1:
            family = [k for k in family if len(k.cell["period"]) == len(known.cell["period"])]
        if len({k.cell[axis] for k in family}) > max(1, len(best)):
            best = family
    return best or None


def _judge(best: Best, known: Known, family: Sequence[Known]) -> str | None:
    values = [k.number for k in family if k.number is not None]
    own = known.number
    if own is None or len(values) < 2:
        return None
    if (is_test(known.fact) and best.sign == 0) or best.sign == 0:
        if own in (max(values), min(values)) or abs(own) == max(abs(value) for value in values):
            return None
    elif (
        (best.sign > 0 and own >= max(values) - 1e-9)
        or (best.sign < 0 and own <= min(values) + 1e-9)
        or (
            known.fact.unit in ("share", "share difference")
            and own in (max(values), min(values))
            and best.text.lower() in ("best", "worst", "strongest", "weakest")
        )
    ):
        return None
    top = max(family, key=lambda k: (k.number or 0.0) * (best.sign or 1))
    where = ", ".join(f"{key} {value}" for key, value in top.cell.items())
    return f"{known.fact.id} is not the extreme of its facts; {top.fact.id} ({where}) is"


def _judge_named(best: Best, subject: Sequence[Mention], line: Line, reading: Reading) -> str | None:
    """The named cell must be the extreme in one family of figures that holds it."""
    said = ""
    some = False
    figure = Figure(best.start, best.end, "value", ())
    for mention in subject:
        for axis, value in mention.options:
            for known in reading.evidence.known:
                if known.cell.get(axis) != value or known.number is None or known.fact.unit in ("p-value",):
                    continue
                if known.fact.unit == "responses" and not re.search(
                    r"answers|customers|responses|base|group|segment", line.said
                ):
                    continue
                if known.cell.keys() & {"against", "test"} or misfit(known, figure, line, reading):
                    continue
                family = _family_of(known, reading)
                if family is None or len(family) < 2:
                    continue
                some = True
                why = _judge(best, known, family)
                if why is None and (
                    known.fact.name.startswith("nps") or not _has_nps(value, axis, reading) or _other_metric(line.said)
                ):
                    return None
                if why is not None and (not said or known.fact.name == "nps"):
                    said = why
    if some:
        return said or "no figure of all its cells bears that out"
    return "the facts do not hold all cells of that dimension; ask nps for the split, or leave it out"


def _has_nps(value: str, axis: str, reading: Reading) -> bool:
    return any(k.cell.get(axis) == value and k.fact.name == "nps" for k in reading.evidence.known)


def _other_metric(said: str) -> bool:
    return bool(
        re.search(
            r"share|rate|mention|comment|often|theme|average|mean|retention|driver|importance|"
            r"weight|sentiment|answers|responses|drop|fall|decline|rise|gain|change|moved|effect|"
            r"detractor|promoter|passive",
            said,
            re.IGNORECASE,
        )
    )


def _of_parts(match: re.Match[str], line: Line, reading: Reading) -> bool:
    """ "nearly all of it is change within (-17.6) rather than mix (-0.6)", "by far the most customers: 3,950"."""
    start = line.sentence.start + match.start()
    heads = [
        f for f in line.figures if f.role in ("value", "n") and f.head is None and f.start >= start and not f.words
    ]
    held = [k for f in heads[:2] for k in candidates(f, reading.evidence)[:1]]
    if (
        held
        and held[0].fact.unit in ("customers", "responses", "number", "rows")
        and _THE.search(line.said[: match.start()])
    ):
        return True  # the greatest of several counts, not more than half
    if not any(known.tool in ("decompose_change", "nps_change") for known in reading.evidence.known):
        return False
    sizes = [abs(known.number or 0.0) for known in held if known.fact.unit == "points"]
    return bool(sizes) and sizes[0] >= max(sizes)


_THE = re.compile(r"\b(?:the|has|have|had)\s+$", re.IGNORECASE)


def majorities(line: Line, reading: Reading) -> Iterator[tuple[int, int, str, str]]:
    """Quantifiers that no share bears out: (start, end, phrase, why)."""
    said = line.said
    if said.rstrip().endswith("?"):
        return
    for match in _MAJORITY.finditer(said):
        if (hedged(said, match.start(), match.end()) or doubted(said, match.end())) or COMPARED.search(
            said[: match.start()]
        ):
            continue
        if len(re.findall(r"[^\W\d_]+", said)) < 3 or _of_parts(match, line, reading):
            continue
        if (
            "half" in match.group().lower()
            and re.search(r"\b(?:left|leave|within|median|still)\b", said)
            and any(k.fact.name.startswith("median") for k in reading.evidence.known)
        ):
            continue
        small = bool(re.search(r"less|fewer|under|minority|hardly", match.group(), re.IGNORECASE))
        start, end = line.sentence.start + match.start(), line.sentence.start + match.end()
        figure = Figure(start, end, "value", ())
        fits = [
            known
            for known in reading.evidence.known
            if known.fact.unit == "share" and known.number is not None and misfit(known, figure, line, reading) is None
        ]
        near = [f for f in line.figures if f.role == "value" and abs(f.start - end) < 90]
        held = [k for f in near for k in candidates(f, reading.evidence) if k.fact.unit == "share"]
        shares = [known.number or 0.0 for known in (held or fits)]
        if re.fullmatch(r"mostly|predominantly", match.group(), re.IGNORECASE) and held:
            shares.append(sum({known.fact.id: known.number or 0.0 for known in held}.values()))
        if any((share < 0.5) if small else (share > 0.5) for share in shares):
            continue
        yield start, end, match.group(), "no share among the facts bears that out; say the share itself"
