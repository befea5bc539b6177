"""Operators that spoil figures: digits, signs, rounding, intervals, bases, units, words for numbers, arithmetic."""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Iterator

from evals.answer_check.corrupt import Case, Change, Operator, Ref, append, plain, put
from prompts.numbers import format_value
from tools.result import Fact

TENS = ("ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
FRACTIONS = {"A third": 1 / 3, "Half": 1 / 2, "Two thirds": 2 / 3, "Three quarters": 3 / 4, "One in ten": 0.1}
MULTIPLES = (
    "The NPS of {} is twice as high as that of {}.",
    "{} scores double what {} scores.",
    "{} has twice the NPS of {}.",
)
GAPS = ("That is a gap of {} points.", "The two are {} points apart.", "So we are talking about {} points here.")
SUMS = ("Together these make up {}.", "Taken together that is {}.", "Added up: {}.")
SIGNED = frozenset(["nps", "nps_level", "change", "difference_in_differences", "nps_step", "effect_in_segment"])
FAR = 0.1
"""A share is far from a fraction when it differs by more."""


def _figures(case: Case) -> list[Ref]:
    """Figures of the draft that have digits to change."""
    numbers = [ref for ref in case.refs() if ref.part not in ("interval", "p") and ref.fact and _number(ref.fact)]
    return [*numbers, *case.bare()]


def _number(fact: Fact) -> bool:
    return isinstance(fact.value, int | float) and not isinstance(fact.value, bool)


def digit_changed(case: Case, draw: random.Random) -> Iterator[Change]:
    """One digit of a figure is another one."""
    for ref in _figures(case):
        place = draw.choice([i for i, sign in enumerate(ref.told) if sign.isdigit()])
        for digit in draw.sample("123456789", 9):
            new = ref.told[:place] + digit + ref.told[place + 1 :]
            if case.is_new(new):
                yield put(case.draft, ref.start, ref.end, new)
                break


def digits_transposed(case: Case, draw: random.Random) -> Iterator[Change]:
    """Two neighbouring digits have changed places."""
    for ref in _figures(case):
        places = [i for i, sign in enumerate(ref.told) if sign.isdigit()]
        pairs = [(a, b) for a, b in itertools.pairwise(places) if ref.told[a] != ref.told[b]]
        for a, b in draw.sample(pairs, len(pairs)):
            signs = list(ref.told)
            signs[a], signs[b] = signs[b], signs[a]
            if case.is_new("".join(signs)) and plain("".join(signs))[0] != "0":
                yield put(case.draft, ref.start, ref.end, "".join(signs))
                break


def sign_flipped(case: Case, draw: random.Random) -> Iterator[Change]:
    """A score above zero is told as one below, or a change with the wrong sign beside its interval."""
    del draw
    for ref in case.refs():
        told_with = case.draft[ref.end : ref.end + 40]
        sure = ref.fact and (ref.fact.name in SIGNED or f"{ref.fact.id}.interval" in told_with)
        if sure and not ref.part and ref.told[0] in "+-" and abs(float(plain(ref.told))) >= 1:
            yield put(case.draft, ref.start, ref.end, {"+": "-", "-": "+"}[ref.told[0]] + ref.told[1:])


def cut_off(case: Case, draw: random.Random) -> Iterator[Change]:
    """Decimals are cut off instead of rounded: 40.6 is told as 40."""
    del draw
    for ref in _figures(case):
        match = re.fullmatch(r"([+-]?)(\d+)\.([5-9])(\D*)", ref.told)
        whole = int(match[2]) if match and match[3] != "5" else 0
        if match and whole and case.is_new(match[2]) and not _rounds_to(case, whole):
            yield put(case.draft, ref.start, ref.end, match[1] + match[2] + match[4])


def _rounds_to(case: Case, whole: int) -> bool:
    """Whether some figure of the run could be told as this whole number."""
    return any(abs(float(figure) - whole) <= 0.5 for figure in case.figures() if figure not in ("", "."))


def interval_changed(case: Case, draw: random.Random) -> Iterator[Change]:
    """One end of an interval is another figure."""
    for ref in case.refs():
        ends = list(re.finditer(r"(\d+)(\.\d+)", ref.told)) if ref.part == "interval" else []
        for step in draw.sample([2, 3, 4, 5, 6, 7, 8, 9], 8) if ends else []:
            end = draw.choice(ends)
            new = f"{int(end[1]) + step}{end[2]}"
            if case.is_new(new):
                yield put(case.draft, ref.start, ref.end, ref.told[: end.start()] + new + ref.told[end.end() :])
                break


def base_changed(case: Case, draw: random.Random) -> Iterator[Change]:
    """The number of answers is another one."""
    for ref in case.refs():
        counted = ref.part == "n" or (ref.fact and ref.fact.unit in ("responses", "customers", "rows"))
        if counted and plain(ref.told):
            new = f"{int(plain(ref.told)) + draw.choice([-1, 1]) * draw.choice([1, 10, 20, 100]):,}"
            if case.is_new(new) and int(plain(new)) > 0:
                yield put(case.draft, ref.start, ref.end, new.replace("-", ""))


def unit_confused(case: Case, draw: random.Random) -> Iterator[Change]:
    """Points are told as per cent, shares as points, percentage points as per cent."""
    del draw
    for ref in case.refs():
        if ref.fact is None or ref.part not in ("", "abs"):
            continue
        after = re.match(r" (?:NPS )?points", case.draft[ref.end :])
        if ref.fact.unit == "points" and after:
            yield put(case.draft, ref.start, ref.end + after.end(), f"{ref.told} %")
        if ref.fact.unit == "share":
            yield put(case.draft, ref.start, ref.end, f"{plain(ref.told)} points")
        if ref.fact.unit == "share difference":
            yield put(case.draft, ref.start, ref.end, f"{ref.told.removesuffix(' pp')} %")


def wrong_word_for_number(case: Case, draw: random.Random) -> Iterator[Change]:
    """A figure spelled out, and wrong."""
    known = [float(figure) for figure in case.figures() if figure not in ("", ".")]
    free = [word for i, word in enumerate(TENS, 1) if all(abs(10 * i - figure) > 6 for figure in known)]
    for ref in case.refs():
        if free and ref.fact and ref.fact.unit in ("points", "share") and ref.part in ("", "abs"):
            word = draw.choice(free)
            kind = " per cent" if ref.fact.unit == "share" else ""
            yield put(case.draft, ref.start, ref.end, f"about {word}{kind}")


def invented_fraction(case: Case, draw: random.Random) -> Iterator[Change]:
    """A share in words that no share of the run is near to."""
    shares = [float(fact.value or 0) for fact in case.facts.values() if fact.unit == "share" and _number(fact)]
    shares += [1 - share for share in shares]
    classes = any(fact.name == "detractor_share" for fact in case.facts.values())
    # Where the run has no shares of the classes, only what is true of no survey here is sure to be wrong.
    free = FRACTIONS if classes else {name: FRACTIONS[name] for name in ("Two thirds", "Three quarters")}
    words = [word for word, share in free.items() if all(abs(share - known) > FAR for known in shares)]
    for word in draw.sample(words, min(2, len(words))):
        what = draw.choice(["detractors", "promoters"]) if classes else "detractors"
        yield append(case.draft, f"{word} of all answers are {what}.")


def invented_multiple(case: Case, draw: random.Random) -> Iterator[Change]:
    """A multiple of a figure that is none."""
    levels = [fact for fact in case.facts.values() if fact.name == "nps" and fact.where and _number(fact)]
    for one, other in itertools.permutations(levels[:8], 2):
        first, second = float(one.value or 0), float(other.value or 0)
        names = [_cell(one, other), _cell(other, one)]
        if all(names) and not names[0].isdigit() and first > 0 and second > 0 and not 1.7 < first / second < 2.3:
            yield append(case.draft, draw.choice(MULTIPLES).format(*names))


def _cell(fact: Fact, other: Fact) -> str:
    """The one value in which a fact's cell differs from another's."""
    values = [value for name, value in fact.where.items() if other.where.get(name) != value]
    same = set(fact.where) == set(other.where)
    return values[0] if same and len(values) == 1 else ""


def difference_in_the_head(case: Case, draw: random.Random) -> Iterator[Change]:
    """A difference that the model took itself."""
    levels = [ref.fact for ref in case.refs() if ref.fact and ref.fact.unit in ("points", "share") and not ref.part]
    for one, other in itertools.combinations(levels, 2):
        if one.name != other.name or one.unit != other.unit or one.id == other.id:
            continue
        gap = abs(float(one.value or 0) - float(other.value or 0))
        told = format_value(gap, one.unit).lstrip("+") if one.unit == "points" else f"{100 * gap:.1f} percentage"
        if gap > 0 and case.is_new(told):
            yield append(case.draft, draw.choice(GAPS).format(told))


def sum_in_the_head(case: Case, draw: random.Random) -> Iterator[Change]:
    """A sum that the model took itself."""
    shown = [ref.fact for ref in case.refs() if ref.fact and ref.part == "" and ref.fact.unit in ("share", "responses")]
    for one, other in itertools.combinations(shown, 2):
        if one.unit != other.unit or one.id == other.id or not (_number(one) and _number(other)):
            continue
        told = format_value(float(one.value or 0) + float(other.value or 0), one.unit)
        if case.is_new(told):
            yield append(case.draft, draw.choice(SUMS).format(told))


def from_another_survey(case: Case, draw: random.Random) -> Iterator[Change]:
    """A figure of other data."""
    levels = [fact for fact in case.elsewhere if fact.name == "nps" and _number(fact)]
    for ref in case.refs():
        fact = draw.choice(levels)
        told = format_value(fact.value, fact.unit)
        if ref.fact and ref.fact.name == "nps" and not ref.part and case.is_new(told):
            yield put(case.draft, ref.start, ref.end, told)


OPERATORS: dict[str, Operator] = {
    "digit changed": digit_changed,
    "digits transposed": digits_transposed,
    "sign flipped": sign_flipped,
    "decimals cut off": cut_off,
    "interval changed": interval_changed,
    "base changed": base_changed,
    "unit confused": unit_confused,
    "wrong word for a number": wrong_word_for_number,
    "invented fraction": invented_fraction,
    "invented multiple": invented_multiple,
    "difference in the head": difference_in_the_head,
    "sum in the head": sum_in_the_head,
    "figure of another survey": from_another_survey,
}
