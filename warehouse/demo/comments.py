"""Comments as people write them: a theme drawn by mood, a sentence or two, sometimes a typo or an emoji."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, get_args

import numpy as np
from numpy.typing import NDArray

from warehouse.demo.phrases import (
    CLOSERS,
    CONTACTS,
    EMOJI,
    GENERAL,
    MULTI_LINE,
    NON_ANSWERS,
    OPENERS,
    PRICE_RISE,
    SENTENCES,
    Mood,
    Theme,
)

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

THEMES: Final[tuple[Theme, ...]] = get_args(Theme)
MOODS: Final[tuple[Mood, ...]] = get_args(Mood)
# All three tables have a row for detractors, passives and promoters.
FILLED: Final = np.array([0.58, 0.36, 0.42])
THEME_SHARES: Final = np.array(
    [
        [0.16, 0.22, 0.22, 0.14, 0.14, 0.12],
        [0.16, 0.16, 0.16, 0.18, 0.20, 0.14],
        [0.08, 0.28, 0.18, 0.26, 0.12, 0.08],
    ]
)
MOOD_SHARES: Final = np.array([[0.85, 0.15, 0.00], [0.20, 0.50, 0.30], [0.00, 0.08, 0.92]])
# Where the price theme's share ends up among those whose price went up.
PRICE_SHARE_AFTER_RISE: Final = np.array([0.62, 0.34, 0.08])
GENERAL_SHARE: Final = 0.10
SECOND_THEME_SHARE: Final = 0.35
NAMES_THE_RISE: Final = 0.65

NON_ANSWER_COUNT: Final = 48
CONTACT_COUNT: Final = 40
MULTI_LINE_COUNT: Final = 24


@dataclass(frozen=True)
class Comments:
    """One entry an answer; an answer without a comment has an empty text."""

    text: list[str]
    themes: list[tuple[Theme, ...]]
    """What each comment is about, the main theme first; empty for "Great product!" and the like."""
    mood: list[Mood]
    """The mood that the sentences were drawn for, also where nothing was said."""
    special: dict[str, list[int]]
    """Positions of the non-answers, of comments with an e-mail address or phone number, and of multi-line ones."""


def write_comments(
    rng: np.random.Generator,
    nps_class: IntArray,
    *,
    price_talk: FloatArray,
    knew_old_price: NDArray[np.bool_],
    emails: Sequence[str],
) -> Comments:
    """Comments for answers of class 0 (detractor), 1 (passive) or 2 (promoter).

    `price_talk` is how far the price rise has sunk in with the one who answers, 0 (not hit) to 1;
    only those who knew the old price name the rise, the others find it dear.
    """
    n = len(nps_class)
    theme, second = _themes(rng, nps_class, price_talk)
    mood = (rng.random((n, 1)) > MOOD_SHARES[nps_class].cumsum(axis=1)[:, :2]).sum(axis=1)
    names_rise = rng.random(n) < NAMES_THE_RISE * price_talk * knew_old_price
    filled = np.flatnonzero(rng.random(n) < FILLED[nps_class])
    general = rng.random(n) < GENERAL_SHARE
    chance = rng.random((n, 8)).tolist()
    text = [""] * n
    themes: list[tuple[Theme, ...]] = [()] * n
    moods = [MOODS[m] for m in mood]
    for i in filled.tolist():
        said: tuple[Theme, ...] = () if general[i] else (THEMES[theme[i]],)
        if said and second[i] >= 0:
            said += (THEMES[second[i]],)
        text[i] = _dress(_sentences(said, moods[i], bool(names_rise[i]), chance[i]), moods[i], chance[i])
        themes[i] = said
    special = _make_special(rng, filled, text, themes, emails)
    return Comments(text=text, themes=themes, mood=moods, special=special)


def theme_shares(nps_class: IntArray, price_talk: FloatArray) -> FloatArray:
    """Probability of each main theme for each answer (columns in the order of `THEMES`)."""
    shares = THEME_SHARES[nps_class]
    price = shares[:, 0] + price_talk * (PRICE_SHARE_AFTER_RISE[nps_class] - shares[:, 0])
    rest: FloatArray = shares * ((1 - price) / (1 - shares[:, 0]))[:, None]
    rest[:, 0] = price
    return rest


def _themes(rng: np.random.Generator, nps_class: IntArray, price_talk: FloatArray) -> tuple[IntArray, IntArray]:
    """Main theme, and a second one or -1; price is never the second, so that its share stays as planted."""
    n = len(nps_class)
    limits = theme_shares(nps_class, price_talk).cumsum(axis=1)[:, :-1]
    theme = (rng.random((n, 1)) > limits).sum(axis=1)
    second = rng.integers(1, len(THEMES), n)
    has_second = (rng.random(n) < SECOND_THEME_SHARE) & (second != theme)
    return theme, np.where(has_second, second, -1)


def _pick(pool: Sequence[str], chance: float) -> str:
    return pool[int(chance * len(pool))]


def _sentences(themes: tuple[Theme, ...], mood: Mood, names_rise: bool, chance: list[float]) -> str:
    if not themes:
        return _pick(GENERAL[mood], chance[0])
    pool = PRICE_RISE[mood] if names_rise and themes[0] == "price" else SENTENCES[themes[0]][mood]
    said = _pick(pool, chance[0])
    return f"{said} {_pick(SENTENCES[themes[1]][mood], chance[1])}" if len(themes) > 1 else said


def _dress(said: str, mood: Mood, chance: list[float]) -> str:
    """Openers, closers, emoji, typos and the ones who never press shift, each for a part of the comments."""
    if chance[2] < 0.16:
        said = f"{_pick(OPENERS, chance[2] / 0.16)} {said}"
    if chance[3] < 0.16:
        said = f"{said} {_pick(CLOSERS[mood], chance[3] / 0.16)}"
    if chance[4] < 0.08:
        said = _mistype(said, chance[4] / 0.08)
    if chance[5] < 0.10:
        said = said.lower().rstrip(".")
    if chance[6] < 0.07:
        said = f"{said} {_pick(EMOJI[mood], chance[6] / 0.07)}"
    return said


def _mistype(said: str, chance: float) -> str:
    """Swap two neighbouring letters inside one of the longer words."""
    words = said.split(" ")
    long = [k for k, word in enumerate(words) if word.isalpha() and len(word) >= 5]
    if not long:
        return said
    at = long[int(chance * len(long))]
    word = words[at]
    cut = len(word) // 2
    words[at] = word[: cut - 1] + word[cut] + word[cut - 1] + word[cut + 1 :]
    return " ".join(words)


def _make_special(
    rng: np.random.Generator,
    filled: IntArray,
    text: list[str],
    themes: list[tuple[Theme, ...]],
    emails: Sequence[str],
) -> dict[str, list[int]]:
    """Turn a fixed number of comments into non-answers, into ones with a contact, and into multi-line ones."""
    chosen = rng.permutation(filled)[: NON_ANSWER_COUNT + CONTACT_COUNT + MULTI_LINE_COUNT].tolist()
    special: dict[str, list[int]] = {"non_answer": [], "email": [], "phone": [], "multi_line": []}
    for k, i in enumerate(chosen):
        if k < NON_ANSWER_COUNT:
            text[i], themes[i], kind = NON_ANSWERS[k % len(NON_ANSWERS)], (), "non_answer"
        elif k < NON_ANSWER_COUNT + CONTACT_COUNT:
            template = CONTACTS[k % len(CONTACTS)]
            text[i] += " " + template.format(email=emails[i], line=f"{k % 100:02d}")
            kind = "email" if "{email}" in template else "phone"
        else:
            text[i], kind = MULTI_LINE[k % len(MULTI_LINE)].format(said=text[i]), "multi_line"
        special[kind].append(i)
    return {kind: sorted(rows) for kind, rows in special.items()}
