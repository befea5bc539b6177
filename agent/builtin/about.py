"""What comments are asked to be about: "who mention the price", "complain about delivery"."""

from __future__ import annotations

import re

from agent.builtin.reading import Reading
from agent.builtin.vocabulary import stem, tokens, vocabulary

_COMMENT_SIGNS = ("ask_themes", "ask_quotes", "ask_cost", "ask_sentiment")
_END = (
    r"(?=\s*$|\s*[?.!,;]|\s+(?:in|during|since|among|amongst|for|by|per|from|last|this|than|score|scores|scored|rate|rates|rated|"
    r"lower|higher|worse|better|less|more|do|does|did|have|has|had|give|gives|are|is|were|was|and|versus|vs|compared|against|happier|"
    r"unhappier|recommend|differ|most|with)\b)"
)
_ABOUT = re.compile(
    r"\b(?:mention(?:s|ed|ing)?|(?:complain\w*|talk\w*|writ\w*|wrote|comment\w*|quot\w*|verbatims?|feedback|say|says|saying|said|tone|"
    r"sentiment|unhappy|angry|annoyed|happy)\s+(?:about|on|of|regarding|concerning|with)|about|regarding|concerning|prais(?:e|es|ed|ing))\s+"
    rf"(?:the |our |their |your |its |a )*([a-zäöüß][\wäöüß'’-]*(?: [\wäöüß'’-]+){{0,2}}?){_END}",
    re.IGNORECASE,
)
_NO_THEME = (
    "us it them nps what most least comment comments customer customers people everything anything something that this "
    "detractors promoters passives score scores survey data you our"
)
_NOT_A_THEME = frozenset(_NO_THEME.split())


def drop_glue(reading: Reading) -> None:
    """Words such as "main" say nothing beside "complaints", and something unknown elsewhere."""
    if not any(sign.startswith("ask_") or sign == "launched" for m in reading.mentions for sign in m.signs):
        return
    glue = vocabulary().beside_cabinet
    left = [(w, at) for w, at in zip(reading.unknown, reading.unknown_at, strict=True) if stem(w.lower()) not in glue]
    reading.unknown, reading.unknown_at = [w for w, _at in left], [at for _w, at in left]


def take_theme(reading: Reading) -> str | None:
    """The theme's words, which are then neither unknown nor a filter; None where none is named."""
    if not reading.has(*_COMMENT_SIGNS):
        return None
    found = next((m for m in _ABOUT.finditer(reading.question) if not _empty(m[1])), None)
    if found is None:
        return None
    start, end = found.span(1)
    words = tokens(reading.question)
    inside = {at for at, word in enumerate(words) if start <= word.start and word.end <= end}
    if any(m.entries and m.entries[0].strength == 3 and {m.first, m.last} <= inside for m in reading.mentions):
        whole = [m for m in reading.mentions if m.first == min(inside) and m.last == max(inside)]
        if whole and whole[0].kind == "value" and not re.match(r"mention|complain|prais", found[0], re.I):
            return None  # "comments about Starter" asks for the comments of the Starter plan
    pairs = [(w, at) for w, at in zip(reading.unknown, reading.unknown_at, strict=True) if at not in inside]
    reading.unknown, reading.unknown_at = [w for w, _at in pairs], [at for _w, at in pairs]
    reading.mentions = [m for m in reading.mentions if not inside & set(range(m.first, m.last + 1))] or reading.mentions
    reading.mended = [note for note in reading.mended if found[1].lower() not in note.lower()]
    return found[1].lower()


def _empty(words: str) -> bool:
    return set(words.lower().split()) <= _NOT_A_THEME
