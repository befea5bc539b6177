"""Every figure of a text against the facts: the number, its unit and sign, its cell and its period."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

from agent.check.binding import misfit
from agent.check.counts import is_count
from agent.check.evidence import Known, is_test
from agent.check.exempt import in_caveats, is_askers, is_least_base, is_median, is_power
from agent.check.figures import Figure, Number
from agent.check.matching import candidates, only_end, same, scaled, unit_fits
from agent.check.misfit import Misfit, told
from agent.check.reading import Line, Reading
from agent.check.ways import Finding, across_zero, contradicted, says_way, told_twice, wrong_end, wrong_order, wrong_way


def findings(line: Line, reading: Reading) -> Iterator[Finding]:
    """What of a line's figures does not hold."""
    _settle(line, reading)
    for figure in list(line.figures):
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
    if told_twice(figure, line):
        return (
            "number",
            *where,
            f"{known.fact.id} is told twice in this sentence, of two things; one of them is another fact",
        )
    if why := _wrong_unit(figure, known, reading):
        return "number", *where, why
    if figure.part == "abs" and known.number is not None and known.number < 0 and not says_way(figure, line, reading):
        return "number", *where, f"{known.fact.id} is negative; say which way it goes, or use {{{{ {known.fact.id} }}}}"
    if figure.head is not None and figure.role == "interval" and figure.head.fact not in (None, figure.fact):
        head = _head_with_interval(figure, line, reading)
        told_before = _told_before(known, head, figure, line, reading)
        if (
            head is not None
            and not _alike(head, known)
            and not told_before
            and not _of_difference(figure, line, reading)
        ):
            return "number", *where, f"this is the interval of {told(known)}, not of {figure.head.fact}"
    if denied := contradicted(known, figure, line, reading):
        return denied
    found = _misfitting(misfit(known, figure, line, reading), where) or across_zero(known, figure, reading)
    found = found or wrong_way(known, figure, line, reading) or wrong_order(known, figure, line, reading)
    return found or wrong_end(known, figure, line, reading)


def _head_with_interval(figure: Figure, line: Line, reading: Reading) -> Known | None:
    """The nearest figure before an interval that has one: "551 of 2,116 (95% interval …)" has it further left."""
    for other in reversed([f for f in line.figures if f.end <= figure.start and f.role == "value" and f.fact]):
        known = reading.evidence.by_id.get(other.fact or "")
        if known is not None and known.fact.low is not None:
            return known
    return None


def _told_before(known: Known, head: Known | None, figure: Figure, line: Line, reading: Reading) -> bool:
    """ "A 2.5 below and B 0.5 ([…] and […])"; "19.4 points under the +25.0 of the report […]"."""
    own = {
        k.fact.id
        for f in line.figures
        if f.end <= figure.start and f.role == "value"
        for k in candidates(f, reading.evidence)[:1]
    }
    if known.fact.id not in own:
        return False
    plain = reading.page.plain
    turn = re.match(r"\s*(?:,|and|,? and)\s*\[", plain[figure.end : figure.end + 8])
    under = bool(
        re.search(
            r"\b(?:under|below|above|over|behind|ahead of|than|against)\b[^;]{0,60}$",
            line.said[: figure.start - line.sentence.start],
        )
    )
    return bool(turn) or (under and is_test(known.fact) and head is not None and not is_test(head.fact))


def _of_difference(figure: Figure, line: Line, reading: Reading) -> bool:
    """ "95% interval of the difference [a, b]": of the difference that the line tells, not of the figure before it."""
    before = reading.page.plain[max(line.sentence.start, figure.start - 40) : figure.start]
    return bool(re.search(r"of the (?:difference|change|effect|gap)\W*$", before))


def _of_earlier(figure: Figure, found: list[Known], line: Line, reading: Reading) -> list[Known]:
    """ "A's (23.5) was 30.7 points above B's (-7.2), interval 26.5 to 34.8": of the difference, not of B's level."""
    told_before = [f for f in line.figures if f.end <= figure.start and f.role == "value"]
    tests = {k.fact.id for f in told_before for k in candidates(f, reading.evidence) if is_test(k.fact)}
    levels = all(
        not is_test(k.fact) for f in told_before if f is figure.head for k in candidates(f, reading.evidence)[:1]
    )
    return [known for known in found if levels and known.fact.id in tests]


def _alike(one: Known, other: Known) -> bool:
    return one.fact.low == other.fact.low and one.fact.high == other.fact.high


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
    if figure.part in ("n", "low", "high") and _AS_NPS.search(before):
        what = "a base" if figure.part == "n" else "an end of its interval"
        return f"{known.fact.id}.{figure.part} is {what}, not the figure itself; write {{{{ {known.fact.id} }}}}"
    if known.tool == "run_sql" and _AS_NPS.search(before):
        return f"{known.fact.id} ({known.fact.name}) is of a free SQL query and no NPS; NPS comes from the tool nps"
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


_AS_NPS = re.compile(r"\bNPS\b(?: score)?\s*(?:is|was|of|stands at|stood at|at|:|=)\s*$")
_END = re.compile(
    r"\b(?:low|high|between|as (?:low|high|much|little|few|many|small|large|big)|lower|upper|least|most|"
    r"ends?|bounds?|limits?|up to|plausibl\w+|interval|could be|might be|range\w*)\b",
    re.IGNORECASE,
)
"""Words with which an end of an interval is told alone."""


def _tells_end(figure: Figure, line: Line, reading: Reading) -> bool:
    before = reading.page.plain[max(line.sentence.start, figure.start - 50) : figure.start]
    near = re.split(r"[;)\]]", before)[-1] + reading.page.plain[figure.start : min(line.sentence.end, figure.end + 25)]
    return bool(_END.search(near))


def _bare(figure: Figure, line: Line, reading: Reading) -> Finding | None:
    if is_median(figure, line, reading) or is_power(figure, line):
        return None
    if is_count(figure, line, reading) or is_askers(figure, line, reading) or is_least_base(figure, reading):
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
    if not found and in_caveats(figure, reading):
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
        own = own or [
            k
            for k in found
            if _told_before(k, next(iter(_of_head(figure.head, line, reading)), None), figure, line, reading)
        ]
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
    if zero := across_zero(fitting[0], figure, reading):
        return zero
    faults = [wrong_way(known, figure, line, reading) or wrong_order(known, figure, line, reading) for known in fitting]
    if all(faults):
        return faults[0]
    return _sign_lost(figure, fitting, line, reading, where) or _no_nps(figure, fitting, where, reading)


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
    if values and below and not says_way(figure, line, reading):
        return "number", *where, f"{fitting[0].fact.id} is negative; keep its sign"
    return None


def _of_head(head: Figure, line: Line, reading: Reading) -> list[Known]:
    return [
        known for known in candidates(head, reading.evidence) if head.fact or misfit(known, head, line, reading) is None
    ]


def _settle(line: Line, reading: Reading) -> None:
    """Two figures where two numbers are no fact's interval, a base where a whole number is nothing else."""
    for figure in [f for f in line.figures if f.role == "loose interval" and f.head is None]:
        if not candidates(figure, reading.evidence):
            at = line.figures.index(figure)
            line.figures[at : at + 1] = _halves(figure, reading)
    for at, figure in enumerate(line.figures):
        whole = figure.role == "value" and figure.fact is None and figure.unit == "plain" and not figure.words
        if whole and figure.numbers[0].places == 0 and abs(figure.numbers[0].value) >= 5 and not figure.numbers[0].sign:
            base = replace(figure, role="n")
            before = reading.page.plain[max(0, figure.start - 30) : figure.start]
            told = bool(re.search(r"\bNPS\b|\bscore|\bpoints\b", before)) or candidates(figure, reading.evidence)
            if not told and candidates(base, reading.evidence):
                line.figures[at] = base  # "Old Mill +32.9 on 140"


def _halves(figure: Figure, reading: Reading) -> list[Figure]:
    plain = reading.page.plain
    middle = figure.start + max(plain[figure.start : figure.end].rfind(" "), 1)
    return [
        Figure(figure.start, middle, "value", figure.numbers[:1], figure.unit, words=figure.words),
        Figure(middle, figure.end, "value", figure.numbers[1:], figure.unit, words=figure.words),
    ]


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
    halves = _halves(figure, reading)
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
