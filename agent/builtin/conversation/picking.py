"""Which of the choices an answer stands for: "the support one", "the second"."""

from __future__ import annotations

import re

from agent.builtin.conversation.talk import Talk
from agent.builtin.vocabulary import tokens

WHOLE = re.compile(r"\?\s*$|\bnps\b|^(?:what|which|how|why|where|who|is|are|did|do|does)\b", re.IGNORECASE)
"""A question by itself."""
_NTH = ("first", "second", "third", "fourth", "fifth")
_EMPTY = frozenset(["the", "one", "please", "for", "by", "i", "mean", "meant"])


def picked_option(answer: str, talk: Talk) -> str:
    """The choice that the answer stands for; the answer itself where it is none, or may be several."""
    options = talk.asked.options if talk.asked is not None and talk.asked.kind == "clarify" else []
    words = {word.stem for word in tokens(answer)} - _EMPTY
    place = next((at for at, name in enumerate(_NTH) if words == {name}), len(options))
    if place < len(options):
        return options[place]
    held = [option for option in options if words and words <= {word.stem for word in tokens(option)}]
    whole = [option for option in held if WHOLE.search(option)]
    return whole[0] if len(held) == 1 and whole and not WHOLE.search(answer) else answer
