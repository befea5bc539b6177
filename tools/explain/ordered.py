"""Texts that are steps of a scale (Strongly agree, Very satisfied, Often) and the numbers that they are coded as."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_NO_ANSWER = frozenset(
    {
        "n a", "na", "not applicable", "does not apply", "dont know", "don t know", "do not know", "no opinion",
        "no answer", "prefer not to say", "prefer not to answer", "unsure", "not sure", "weiß nicht", "keine angabe",
    }
)  # fmt: skip
"""Answers that are none."""

SCALES: tuple[tuple[str, bool, tuple[str, ...]], ...] = (
    (
        "agreement",
        False,
        (
            "strongly disagree|completely disagree|totally disagree|fully disagree|stimme gar nicht zu"
            "|stimme überhaupt nicht zu|trifft gar nicht zu",
            "disagree|tend to disagree|stimme nicht zu|stimme eher nicht zu|trifft eher nicht zu",
            "neither agree nor disagree|neither disagree nor agree|neutral|neither|undecided|no opinion either way"
            "|teils teils|weder noch",
            "agree|tend to agree|stimme zu|stimme eher zu|trifft eher zu",
            "strongly agree|completely agree|totally agree|fully agree|stimme voll zu|stimme voll und ganz zu"
            "|trifft voll zu",
        ),
    ),
    (
        "agreement",
        False,
        (
            "strongly disagree|completely disagree",
            "disagree|mostly disagree|moderately disagree",
            "somewhat disagree|slightly disagree",
            "neither agree nor disagree|neutral|neither|undecided",
            "somewhat agree|slightly agree",
            "agree|mostly agree|moderately agree",
            "strongly agree|completely agree",
        ),
    ),
    (
        "satisfaction",
        False,
        (
            "very dissatisfied|very unsatisfied|extremely dissatisfied|completely dissatisfied|sehr unzufrieden",
            "dissatisfied|unsatisfied|somewhat dissatisfied|rather dissatisfied|unzufrieden|eher unzufrieden",
            "neither satisfied nor dissatisfied|neither dissatisfied nor satisfied|neutral|neither|indifferent"
            "|teils teils|weder noch",
            "satisfied|somewhat satisfied|rather satisfied|zufrieden|eher zufrieden",
            "very satisfied|extremely satisfied|completely satisfied|sehr zufrieden",
        ),
    ),
    (
        "satisfaction",
        False,
        (
            "extremely dissatisfied|completely dissatisfied|very dissatisfied",
            "moderately dissatisfied|dissatisfied",
            "slightly dissatisfied|somewhat dissatisfied",
            "neither satisfied nor dissatisfied|neutral|neither",
            "slightly satisfied|somewhat satisfied",
            "moderately satisfied|satisfied",
            "extremely satisfied|completely satisfied|very satisfied",
        ),
    ),
    ("quality", False, ("poor", "fair", "good", "very good", "excellent|outstanding")),
    (
        "quality",
        False,
        (
            "very poor|very bad|terrible|awful|sehr schlecht",
            "poor|bad|below average|schlecht",
            "fair|average|ok|okay|neutral|acceptable|neither good nor bad|mittel",
            "good|above average|gut",
            "very good|excellent|great|outstanding|sehr gut",
        ),
    ),
    ("quality", False, ("very poor|terrible", "poor|bad", "fair|average|ok|okay", "good", "very good", "excellent")),
    (
        "frequency",
        False,
        (
            "never|none of the time|nie",
            "rarely|seldom|almost never|hardly ever|a little of the time|selten",
            "sometimes|occasionally|some of the time|about half the time|manchmal",
            "often|frequently|usually|most of the time|oft|häufig",
            "always|all of the time|every time|almost always|immer",
        ),
    ),
    (
        "amount",
        True,
        ("none of|none", "some of|a little of|a little|some", "about half of|half of", "most of|most", "all of|all"),
    ),
    ("degree", True, ("not at all", "slightly|a little", "somewhat|neutral", "moderately|very", "extremely")),
    ("degree", True, ("not at all", "slightly|a little", "somewhat|moderately|neutral", "very|quite", "extremely")),
    ("degree", True, ("not at all", "somewhat|slightly", "very")),
    ("knowledge", True, ("little or no|no|none", "some|a little", "extensive|a lot of|a lot")),
    (
        "change",
        True,
        (
            "much worse|a lot worse|far worse|much less|a lot less",
            "worse|somewhat worse|slightly worse|less|somewhat less",
            "about the same|the same|same|no change|unchanged|as expected",
            "better|somewhat better|slightly better|more|somewhat more",
            "much better|a lot better|far better|much more|a lot more",
        ),
    ),
    (
        "change",
        True,
        (
            "much worse|much less",
            "worse|less",
            "slightly worse|slightly less|somewhat worse|somewhat less",
            "about the same|the same|same|no change|unchanged",
            "slightly better|slightly more|somewhat better|somewhat more",
            "better|more",
            "much better|much more",
        ),
    ),
    (
        "expectation",
        True,
        (
            "far below|much below",
            "below|fell short of|did not meet",
            "met|meets|as",
            "above|exceeded|exceeds",
            "far above",
        ),
    ),
    (
        "likelihood",
        False,
        (
            "very unlikely|extremely unlikely|definitely not",
            "unlikely|somewhat unlikely|probably not",
            "neutral|neither likely nor unlikely|might or might not|maybe|possibly",
            "likely|somewhat likely|probably|probably yes",
            "very likely|extremely likely|definitely|definitely yes",
        ),
    ),
    (
        "ease",
        False,
        (
            "very difficult|extremely difficult|very hard",
            "difficult|somewhat difficult|hard",
            "neutral|neither easy nor difficult|neither|ok|okay",
            "easy|somewhat easy",
            "very easy|extremely easy",
        ),
    ),
    ("level", False, ("very low", "low", "medium|moderate|average", "high", "very high")),
)
"""Name, whether words may follow (moderately able), and the steps from low to high with their spellings."""

_NUMBERED = re.compile(r"\s*(\d{1,2})\s*(?:[-–—:.)=]\s*[^\W\d].*)?")


@dataclass(frozen=True)
class Coding:
    """How the values of a column are numbered."""

    scale: str
    codes: dict[str, int]
    """Value as the data spells it → step; answers such as "not applicable" are not in it."""
    low: int
    high: int

    @property
    def text(self) -> str:
        """`1 Strongly disagree … 5 Strongly agree`, the steps that occur."""
        first = {code: value for value, code in reversed(self.codes.items())}
        return ", ".join(f"{code} {first[code]}" for code in sorted(first))


def ordered_codes(values: Iterable[str]) -> Coding | None:
    """The coding of values that are all steps of one known scale, three of them or more; None for any other texts.

    The first scale of the list that knows every value is taken; a step is coded with its position in the scale,
    whether or not the steps beside it occur. Texts that begin with their number (5 - Very satisfied) keep it.
    """
    told = [value for value in values if plain_words(value) not in _NO_ANSWER]
    for scale, tail, steps in SCALES:
        codes = {value: _step(plain_words(value), steps, tail) for value in told}
        found = {value: code for value, code in codes.items() if code is not None}
        if len(found) == len(told) and len(set(found.values())) >= 3:
            return Coding(scale, found, 1, len(steps))
    return _numbered(told)


def plain_words(value: str) -> str:
    """Lower-case words without punctuation."""
    return " ".join(re.sub(r"[^\w]+", " ", value.replace("\u00a0", " ").casefold()).split())


def _step(words: str, steps: tuple[str, ...], tail: bool) -> int | None:
    """The step whose spelling is longest."""
    best: tuple[int, int] | None = None
    for at, spellings in enumerate(steps, start=1):
        for spelling in spellings.split("|"):
            if (words == spelling or (tail and words.startswith(spelling + " "))) and (
                best is None or len(spelling) > best[0]
            ):
                best = (len(spelling), at)
    return best[1] if best else None


def _numbered(values: list[str]) -> Coding | None:
    codes = {}
    for value in values:
        found = _NUMBERED.fullmatch(value)
        if found is None:
            return None
        codes[value] = int(found[1])
    numbers = set(codes.values())
    bare = all(value.strip().isdigit() for value in values)
    if bare or not 3 <= len(numbers) <= 11 or len(numbers) < len(codes) or max(numbers) > 10:
        return None
    return Coding("numbered", codes, min(min(numbers), 1), max(numbers))
