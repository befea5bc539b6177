"""Every figure of a text against the facts: the number, its unit and sign, its cell and its period."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations

from agent.check.binding import misfit
from agent.check.counts import is_count
from agent.check.directions import sign_turned
from agent.check.evidence import Known, is_test
from agent.check.figures import Figure, Number
from agent.check.matching import candidates, only_end, same, scaled, unit_fits
from agent.check.misfit import Misfit, told
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
    r"up|lower\w*|hurt\w*|dent\w*|exceed\w*|outscor\w*|surpass\w*|outperform\w*)\b",
    re.IGNORECASE,
)


def findings(line: Line, reading: Reading) -> Iterator[Finding]:
    """What of a line's figures does not hold."""
    for figure in line.figures:
        found = _referred(figure, line, reading) if figure.fact is not None else _bare(figure, line, reading)
        if found:
            yield found


def _referred(figure: Figure, line: Line, reading: Reading) -> Finding | None:
    known = reading.evidence.by_id.get(figure.fact or "")
    if known is None:
        return None
    where = (figure.start, figure.end)
    if known.number is None and known.fact.unit not in ("text", "date"):
        return "suppressed", *where, f"{known.fact.id} has no value ({known.fact.reason}); say that instead"
    if why := _wrong_unit(figure, known, reading):
        return "number", *where, why
    if (
        figure.part == "abs"
        and known.number is not None
        and known.number < 0
        and not _says_way(figure, line, reading)
    ):
        return "number", *where, f"{known.fact.id} is negative; say which way it goes, or use {{{{ {known.fact.id} }}}}"
    if figure.head is not None and figure.role == "interval" and figure.head.fact not in (None, figure.fact):
        head = _head_with_interval(figure, line, reading)
        if head is not None and not _alike(head, known) and not _of_difference(figure, line, reading):
            return "number", *where, f"this is the interval of {told(known)}, not of {figure.head.fact}"
    found = _misfitting(misfit(known, figure, line, reading), where) or _across_zero(known, figure, reading)
    return found or _wrong_way(known, figure, line, reading) or _wrong_order(known, figure, line, reading)


def _wrong_way(known: Known, figure: Figure, line: Line, reading: Reading) -> Finding | None:
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


_DIFFERENCE = re.compile(r"\b(?:difference|gap)\W+(?:(?:of|is|was|between|the|two|them|comes|to|in|nps)\W+)*$", re.IGNORECASE)
"""With this word a difference keeps the sign that its test gave it, whichever side was named first."""
_ZERO = re.compile(r"\b(above|below) zero\W{0,4}(?:at|with|,)?\W{0,3}$", re.IGNORECASE)


def _across_zero(known: Known, figure: Figure, reading: Reading) -> Finding | None:
    """ "below zero (-13.0)"."""
    found = _ZERO.search(reading.page.plain[max(0, figure.start - 30) : figure.start])
    if not found or known.number is None or (known.number > 0) == (found[1].lower() == "above"):
        return None
    return "direction", figure.start, figure.end, f"{told(known)} and is {known.number:+.1f}"


_FROM_TO = re.compile(r"\bfrom\s+(?:\S+\s+){0,3}$", re.IGNORECASE)


def _wrong_order(known: Known, figure: Figure, line: Line, reading: Reading) -> Finding | None:
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


def _head_with_interval(figure: Figure, line: Line, reading: Reading) -> Known | None:
    """The nearest figure before an interval that has one: "551 of 2,116 (95% interval …)" has it further left."""
    for other in reversed([f for f in line.figures if f.end <= figure.start and f.role == "value" and f.fact]):
        known = reading.evidence.by_id.get(other.fact or "")
        if known is not None and known.fact.low is not None:
            return known
    return None


def _of_difference(figure: Figure, line: Line, reading: Reading) -> bool:
    """ "95% interval of the difference [a, b]": of the difference that the line tells, not of the figure before it."""
    before = reading.page.plain[max(line.sentence.start, figure.start - 40) : figure.start]
    return bool(re.search(r"of the (?:difference|change|effect|gap)\W*$", before))


def _of_earlier(figure: Figure, found: list[Known], line: Line, reading: Reading) -> list[Known]:
    """ "A's (23.5) was 30.7 points higher than B's (-7.2), interval 26.5 to 34.8": of the difference, not of B's level."""
    told_before = [f for f in line.figures if f.end <= figure.start and f.role == "value"]
    tests = {k.fact.id for f in told_before for k in candidates(f, reading.evidence) if is_test(k.fact)}
    levels = all(
        not is_test(k.fact) for f in told_before if f is figure.head for k in candidates(f, reading.evidence)[:1]
    )
    return [known for known in found if levels and known.fact.id in tests]


def _alike(one: Known, other: Known) -> bool:
    return one.fact.low == other.fact.low and one.fact.high == other.fact.high


def _says_way(figure: Figure, line: Line, reading: Reading) -> bool:
    """Whether words say which way a size without a sign goes: "fell", "by 14.6 points"."""
    before = reading.page.plain[max(line.sentence.start, figure.start - 24) : figure.start]
    return bool(_LOSING.search(_near(line, reading)) or re.search(r"\bby (?:about |roughly |some )?$", before, re.I))


def _near(line: Line, reading: Reading) -> str:
    return " ".join([line.said, *[other.said for other in reading.over(line)[:2]]])


def _wrong_unit(figure: Figure, known: Known, reading: Reading) -> str | None:
    after = reading.page.text[figure.end : figure.end + 24]
    unit = known.fact.unit
    if (
        unit == "share"
        and figure.part in ("value", "low", "high")
        and re.match(r"\s*(?:NPS )?(?:points?|pp|pts?)\b", after)
    ):
        return f"{known.fact.id} is a share, not points"
    if unit == "points" and re.match(r"\s?(?:%|percent\b|per cent\b)", after):
        return f"{known.fact.id} is in NPS points, not per cent"
    if unit == "p-value" and re.match(r"\s*(?:%|points?\b)", after):
        return f"{known.fact.id} is a p-value"
    before = reading.page.plain[max(0, figure.start - 40) : figure.start]
    if (
        unit in ("share", "p-value", "responses", "customers")
        and figure.part == "value"
        and re.search(r"\bNPS\b(?: score)?\s*(?:is|was|of|stands at|stood at|at|:|=)\s*$", before)
    ):
        return f"{known.fact.id} ({known.fact.name}) is no NPS"
    return None


def _misfitting(found: Misfit | None, where: tuple[int, int]) -> Finding | None:
    if found is None:
        return None
    return found.kind, *where, f"it is said of {found.said}, but {found.is_of}"


_END = re.compile(
    r"\b(?:low|high|between|as (?:low|high|much|little|few|many)|lower|upper|least|most|"
    r"ends?|bounds?|limits?|up to|plausibl\w+|interval|could be|might be|range\w*)\b",
    re.IGNORECASE,
)
"""Words with which an end of an interval is told alone."""


def _tells_end(figure: Figure, line: Line, reading: Reading) -> bool:
    before = reading.page.plain[max(line.sentence.start, figure.start - 50) : figure.start]
    near = re.split(r"[;)\]]", before)[-1] + reading.page.plain[figure.start : figure.end + 25]
    return bool(_END.search(near))


def _is_median(figure: Figure, line: Line, reading: Reading) -> bool:
    """ "half of them leave within 300 days": the median says it."""
    if (
        not figure.words
        or figure.numbers[0].value != 50
        or not re.search(r"leave|left|within|stay|still here|median", line.said)
    ):
        return False
    return any(known.fact.name.startswith("median") for known in reading.evidence.known)


def _is_power(figure: Figure, line: Line) -> bool:
    """ "would have shown four times in five": the power that smallest detectable differences are told for."""
    return figure.words and figure.numbers[0].value == 80 and bool(re.search(r"would|detect|power|chance", line.said))


def _bare(figure: Figure, line: Line, reading: Reading) -> Finding | None:
    if _is_median(figure, line, reading) or _is_power(figure, line):
        return None
    if is_count(figure, line, reading) or _asked(figure, line, reading) or _is_least(figure, reading):
        return None
    if figure.role == "loose interval":
        return _loose(figure, line, reading)
    where = (figure.start, figure.end)
    found = candidates(figure, reading.evidence)
    if figure.words and figure.unit == "percent":
        said = {option for m in line.mentions for option in m.options}
        found = [
            k for k in found if all((axis, k.cell[axis]) in said for axis in ("theme", "driver") if axis in k.cell)
        ]
    if not found and _in_caveats(figure, reading):
        return None
    if not found:
        return _no_fact(figure, line, reading)
    if figure.role in ("interval", "half") and figure.head is not None:
        heads = {known.fact.id for known in _of_head(figure.head, line, reading)}
        own = [
            known
            for known in found
            if known.fact.id in heads or any(_alike(known, reading.evidence.by_id[h]) for h in heads)
        ]
        own = own or _of_earlier(figure, found, line, reading)
        if heads and not own and not _of_difference(figure, line, reading):
            return "number", *where, f"this is the interval of {told(found[0])}, not of the figure before it"
        found = own or found
    if figure.role == "value" and not _tells_end(figure, line, reading):
        found = [known for known in found if not only_end(figure, known)] or found[:0]
        if not found:
            return _no_fact(figure, line, reading)
    misfits = [misfit(known, figure, line, reading) for known in found]
    fitting = [known for known, wrong in zip(found, misfits, strict=True) if wrong is None]
    if not fitting:
        return _misfitting(misfits[0], where)
    if zero := _across_zero(fitting[0], figure, reading):
        return zero
    faults = [
        _wrong_way(known, figure, line, reading) or _wrong_order(known, figure, line, reading) for known in fitting
    ]
    if all(faults):
        return faults[0]
    return _sign_lost(figure, fitting, line, reading, where) or _no_nps(figure, fitting, where, reading)


def _in_caveats(figure: Figure, reading: Reading) -> bool:
    """A count that a caveat of the run holds: "111 of 21,948 responses carry no usable score"."""
    number = figure.numbers[0]
    shown = reading.page.text[figure.start : figure.end].strip()
    if figure.unit not in ("plain", "percent") or len(figure.numbers) > 1:
        return False
    after = re.match(r"[\s%]*(?:of\s)?([a-z]+)?", reading.page.plain[figure.end : figure.end + 30].lower())
    word = after[1] if after else None
    lead = re.search(r"([a-z]+\s+[a-z]+)\s+$", reading.page.plain[max(0, figure.start - 30) : figure.start].lower())
    for result, _call in reading.evidence.results:
        for caveat in result.caveats:
            for held in re.finditer(rf"(?<![\d.,]){re.escape(shown)}(?![\d%]|[.,]\d)", caveat):
                if lead and caveat[: held.start()].lower().rstrip().endswith(lead[1]):
                    return True
                if (abs(number.value) >= 100 and not number.places) or (
                    word and re.match(rf"[\s%]*(?:of\s)?{word}", caveat[held.end() :].lower())
                ):
                    return True
    return False


def _no_nps(figure: Figure, fitting: list[Known], where: tuple[int, int], reading: Reading) -> Finding | None:
    """A share or a count that is told as the NPS."""
    if figure.role != "value":
        return None
    whys = [_wrong_unit(figure, known, reading) for known in fitting]
    return ("number", *where, whys[0]) if whys and all(whys) and whys[0] else None


def _sign_lost(
    figure: Figure, fitting: list[Known], line: Line, reading: Reading, where: tuple[int, int]
) -> Finding | None:
    number = figure.numbers[0]
    if figure.role != "value" or number.sign or number.places < 0:
        return None
    values = [(known, known.number) for known in fitting if known.number is not None]
    below = all(value < 0 and same(number, scaled(value, k.fact.unit), size=True) for k, value in values)
    if values and below and not _says_way(figure, line, reading):
        return "number", *where, f"{fitting[0].fact.id} is negative; keep its sign"
    return None


def _of_head(head: Figure, line: Line, reading: Reading) -> list[Known]:
    return [
        known for known in candidates(head, reading.evidence) if head.fact or misfit(known, head, line, reading) is None
    ]


_THEIRS = re.compile(
    r"\b(?:you|your|asked|ask|question\w*|mention\w*|claim\w*|premise|suppos\w+|assum\w+|expect\w*|suspect\w*|stated|"
    r"quot\w+|not|no|never|neither|nor|instead of|rather than|without|wrong|false|incorrect|cannot)\b|n't\b",
    re.IGNORECASE,
)


def _asked(figure: Figure, line: Line, reading: Reading) -> bool:
    """A number of the question's own where the text denies it or says whose it is, or by which a call has filtered."""
    number = figure.numbers[0]
    if figure.fact is not None or number.places < 0:
        return False
    shown = reading.page.text[figure.start : figure.end].strip().lstrip("+")
    if not _holds(shown, reading.asked.said):
        return False
    begin = line.sentence.start
    before = re.split(r";|, (?:but|and|while|so)\b|\bbut\b", line.said[: figure.start - begin])[-1]
    after = line.said[figure.end - begin :][:40]
    if _THEIRS.search(before) or re.match(r"[^,;.]{0,20}\b(?:you|your|is wrong|is not|was not|isn't|does not)\b", after):
        return True
    return any(
        _holds(shown, str(value))
        for _result, call in reading.evidence.results
        if call is not None and call.name != "benchmark"
        for value in call.arguments.values()
    )


def _holds(shown: str, text: str) -> bool:
    return bool(re.search(rf"(?<![\d.,]){re.escape(shown)}(?![\d.,]\d|\d)", text))


def _is_least(figure: Figure, reading: Reading) -> bool:
    """ "fewer than 5 answers": the rule by which cells are withheld."""
    before = reading.page.plain[max(0, figure.start - 14) : figure.start].lower()
    if not re.search(r"\b(?:fewer than|less than|under|at least) $", before):
        return False
    shown = f"{figure.numbers[0].value:.0f}"
    reasons = (known.fact.reason or "" for known in reading.evidence.known if known.fact.value is None)
    return any(re.search(rf"(?:fewer|less) than {shown}\b", reason) for reason in reasons)


def _loose(figure: Figure, line: Line, reading: Reading) -> Finding | None:
    """Two numbers that may be an interval or two figures of their own."""
    found = candidates(figure, reading.evidence)
    if figure.head is not None:
        heads = {known.fact.id for known in _of_head(figure.head, line, reading)}
        found = [
            k
            for k in found
            if not heads or k.fact.id in heads or any(_alike(k, reading.evidence.by_id[h]) for h in heads)
        ]
    if any(misfit(known, figure, line, reading) is None for known in found):
        return None
    if re.search(
        r"interval|confidence|\bCI\b|plausibl|likely|anywhere|somewhere",
        reading.page.plain[max(0, figure.start - 60) : figure.start],
        re.IGNORECASE,
    ):
        return "number", figure.start, figure.end, "these two are not the ends of one fact's interval"
    plain = reading.page.plain
    middle = figure.start + max(plain[figure.start : figure.end].rfind(" "), 1)
    halves = [
        Figure(figure.start, middle, "value", figure.numbers[:1], figure.unit, words=figure.words),
        Figure(middle, figure.end, "value", figure.numbers[1:], figure.unit, words=figure.words),
    ]
    line.figures[line.figures.index(figure) : line.figures.index(figure) + 1] = halves
    bad = [fault for half in halves if (fault := _single(half, line, reading))]
    return bad[0] if bad else None


def _single(figure: Figure, line: Line, reading: Reading) -> Finding | None:
    found = [known for known in candidates(figure, reading.evidence) if not only_end(figure, known)]
    where = (figure.start, figure.end)
    if not found:
        return "number", *where, "it is no fact of this run, nor are the two the ends of one fact's interval"
    misfits = [misfit(known, figure, line, reading) for known in found]
    if all(misfits):
        return _misfitting(misfits[0], where)
    return None


def _no_fact(figure: Figure, line: Line, reading: Reading) -> Finding:
    where = (figure.start, figure.end)
    number = figure.numbers[0]
    if figure.role in ("interval", "half"):
        return "number", *where, "it is no fact's interval; write {{ F7.interval }}"
    others = [known for known in reading.evidence.known if _unit_apart(figure, number, known)]
    if others:
        return "number", *where, f"{others[0].fact.id} is in {others[0].fact.unit}, and the unit is part of the figure"
    if number.places >= 1 and (made := _arithmetic(number, line, reading)):
        return "arithmetic", *where, f"it is no fact but {made}; a difference comes from compare, never from the text"
    near = _closest(figure, reading)
    tail = f"; the nearest is {near.fact.id} = {near.fact.value}" if near else ""
    return "number", *where, f"it is no fact of this run at the precision shown{tail}"


def _unit_apart(figure: Figure, number: Number, known: Known) -> bool:
    value = known.number
    if value is None or number.places < 0 or unit_fits(figure, known.fact.unit):
        return False
    return same(number, scaled(value, known.fact.unit), size=True) and number.places > 0


def _arithmetic(number: Number, line: Line, reading: Reading) -> str | None:
    """The difference or sum of two facts of the text."""
    used = [k for f in line.figures if f.fact for k in candidates(f, reading.evidence)]
    used += [k for k in reading.evidence.known if k.fact.unit in ("points", "share")][:40]
    for one, other in combinations(used[:60], 2):
        if one.number is None or other.number is None or one.fact.unit != other.fact.unit:
            continue
        a, b = scaled(one.number, one.fact.unit), scaled(other.number, other.fact.unit)
        if same(number, abs(a - b), size=True):
            return f"{one.fact.id} and {other.fact.id} subtracted"
        if same(number, a + b, size=True):
            return f"{one.fact.id} and {other.fact.id} added"
    return None


def _closest(figure: Figure, reading: Reading) -> Known | None:
    number = figure.numbers[0]
    near = [k for k in reading.evidence.known if k.number is not None and unit_fits(figure, k.fact.unit)]
    return min(near, key=lambda k: abs(abs(scaled(k.number or 0.0, k.fact.unit)) - abs(number.value)), default=None)
