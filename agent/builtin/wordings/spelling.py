"""Slips of the pen: small words and words for people are put right before a question is read, names while it is read.

A word that is itself an ordinary one is never taken for a slip.
"""

from __future__ import annotations

import re

from agent.builtin.lexicon import Lexicon
from agent.builtin.vocabulary import Token, Vocabulary, stem, tokens, vocabulary
from agent.builtin.wordings.everyday import everyday, is_ordinary

_VOWELS, _HISSES = frozenset("aeiouy"), frozenset("sczkx")
SHORT, LONG = 6, 8
"""Shorter words are only mended where a letter is missing, doubled or swapped; longer ones may have two slips."""


def respelled(question: str, lexicon: Lexicon) -> str:
    """The question with its small words put right; they say nothing of their own, so nothing is to be said of it."""
    question = re.sub(r"\bw/o\b", "without", question, flags=re.IGNORECASE)
    for word in reversed(tokens(question)):
        meant = _small_word(word, lexicon)
        if meant is not None:
            question = question[: word.start] + meant + question[word.end :]
    return question


def _small_word(word: Token, lexicon: Lexicon) -> str | None:
    text, known = word.text, vocabulary()
    if is_known(word, lexicon, known):
        return None
    if text in everyday().slips:
        return everyday().slips[text]
    if len(text) < SHORT or not text.isalpha() or is_ordinary(text) or nearest_word(text, lexicon, known):
        return None
    near = [filler for filler in known.fillers if _one_slip(text, filler)]
    stems = {filler.rstrip("s") for filler in near}
    return max(near, key=len) if len(stems) == 1 else None


def _one_slip(text: str, word: str) -> bool:
    """A letter too many or too few, or two swapped; another letter instead makes another word."""
    from rapidfuzz.distance import OSA

    if len(word) < SHORT or word[0] != text[0] or OSA.distance(text, word, score_cutoff=1) > 1:
        return False
    return len(text) != len(word) or sorted(text) == sorted(word)


def is_known(word: Token, lexicon: Lexicon, known: Vocabulary) -> bool:
    """True for a word of the vocabulary or of the data."""
    return (
        any(text in place for text in (word.text, word.stem) for place in (known.words, lexicon.words, lexicon.context))
        or (word.stem,) in lexicon.entries
    )


def nearest_word(text: str, lexicon: Lexicon, known: Vocabulary) -> str | None:
    """A word one slip away (two in long words), with the same first letter; None when there are several.

    Words of no meaning are not meant by slips, and short words are often words of their own (brand, band).
    """
    from rapidfuzz.distance import OSA

    if is_ordinary(text) or text in everyday().relations or (text,) in everyday().people:
        return None
    if len(text) < SHORT:
        return _short_name(text, lexicon)
    allowed = 1 if len(text) < LONG else 2
    near: dict[str, int] = {}
    for word in ({*known.words, *lexicon.words} - known.fillers) | lexicon.names:
        if word[:1] == text[:1] and abs(len(word) - len(text)) <= allowed + 1 and len(word) > 3:
            distance = min(OSA.distance(told, word, score_cutoff=allowed) for told in {text, stem(text)})
            if distance <= (allowed if word in lexicon.names else 1 + (len(text) > LONG)):
                near[word] = distance
    near = {word: distance for word, distance in near.items() if word in lexicon.words or _same_sounds(text, word)}
    best = [word for word, distance in near.items() if distance == min(near.values())]
    names = [word for word in best if word in lexicon.names]
    pick = names or [word for word in best if word in lexicon.words] or best
    return pick[0] if len(pick) == 1 else None


def _same_sounds(text: str, word: str) -> bool:
    """Letters put instead of others are a slip where they sound alike: "avarage", but not "morning" for moaning."""
    if len(text) != len(word) or sorted(text) == sorted(word):
        return True
    return all({a, b} <= _VOWELS or {a, b} <= _HISSES for a, b in zip(text, word, strict=True) if a != b)


def _short_name(text: str, lexicon: Lexicon) -> str | None:
    """The word of the data with the same letters, or with one letter more or doubled: casul, Canda, tiket."""
    same = {word for word in lexicon.words if sorted(word) in (sorted(text), sorted(stem(text)))}
    if len(text) == SHORT - 1 and not same:
        same = {word for word in lexicon.names if _letter_missing(text, word)}
    return same.pop() if len(same) == 1 else None


def _letter_missing(text: str, word: str) -> bool:
    ends = word[:1] == text[:1] and word[-1:] == text[-1:]
    return ends and len(word) == len(text) + 1 and any(word[:i] + word[i + 1 :] == text for i in range(len(word)))
