"""Single scores: "a 10", "7s and 8s", "nines", "6 or less", "between 3 and 5"."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from agent.builtin.frame import Refusal
from agent.builtin.lexicon import Lexicon
from agent.builtin.numberwords import NUMBER_WORDS

if TYPE_CHECKING:  # reading writes out plural scores first
    from agent.builtin.reading import Reading

_PLURALS = {
    **{f"{word}s": number for word, number in NUMBER_WORDS.items() if number <= 10 and not word.endswith(("o", "x"))},
    "zeros": 0,
    "zeroes": 0,
    "sixes": 6,
}
_MANY = re.compile(
    rf"\b(?:(?P<digits>10|[0-9])(?:['’]?s)|(?P<word>{'|'.join(_PLURALS)}))\b(?! of "
    r"(?!us\b))",
    re.IGNORECASE,
)
_AFTER = r"(?=\s*(?:$|[?.,;:!)]|\s(?:and|or|in|from|by|for|on|with|at|among|during|this|last|since|per|to)\b))"
SCORED = re.compile(
    r"\b(?:gave|give|given|scored?|rated?|chose|picked|a score of|a rating of|score|with a)\b"
    rf"|\b(?:is|are|was|were|get|got|gets) (?:just |only |exactly |all )?(?:an? |the )?(?:score )?(?:10|[0-9]){_AFTER}",
    re.IGNORECASE,
)


def plural_scores(question: str, lexicon: Lexicon) -> str:
    """ "7s and 8s" as "score 7 and score 8", where these are no names of the data."""

    def told(found: re.Match[str]) -> str:
        text = found[0].lower()
        if text in lexicon.words or (text,) in lexicon.entries:
            return found[0]
        return f"score {found['digits'] or _PLURALS[found['word'].lower()]}"

    return _MANY.sub(told, question)


def scores_of(reading: Reading, numbers: list[int]) -> list[int]:
    """The scores that are meant; Refusal where the numbers are none."""
    lower = reading.question.lower()
    if not SCORED.search(lower) or max(numbers) > 10 or len(numbers) > 3:
        text = ", ".join(str(number) for number in numbers)
        raise Refusal("declined", f"I do not understand the number {text} in this question; scores run from 0 to 10.")
    if re.search(r"or (?:less|lower|below|under|fewer)|or worse|at most", lower):
        return list(range(numbers[0] + 1))
    if re.search(r"or (?:more|higher|above|better)|at least", lower):
        return list(range(numbers[0], 11))
    if re.search(r"above|below|over|under|more than|less than|fewer than", lower):
        raise Refusal("declined", 'Say which scores you mean: "9 or 10", "6 or less", "between 3 and 5".')
    if len(numbers) == 2 and re.search(r"between|\d\s*(?:-|to|through)\s*(?:score )?\d", lower):
        return list(range(min(numbers), max(numbers) + 1))
    return numbers
