"""A text as people read it: sentences without marks, tables and quotations, and the clauses of a sentence."""

from __future__ import annotations

import itertools
import re

from evals.scoring.claims.words import Words

_QUOTED = re.compile(r"[“„«]([^”“»]{12,}?)[”“»]|\"([^\"]{12,}?)\"")
_MARKS = re.compile(r"\*\*|__|`|(?<!\w)[*_](?=\S)|(?<=\S)[*_](?!\w)")
_LIST = re.compile(r"^\s*(?:[-*+•]|\d+[.)])\s+")
_LINK = re.compile(r"\[([^\]]+)\]\([^)]*\)")
_SHORT = re.compile(
    r"\b(?:vs|e\.g|i\.e|approx|ca|resp|cf|incl|etc|z\. ?B|d\. ?h|bzw|usw|p\. ?ej|aprox|St|Dr)\.", re.IGNORECASE
)
_END = re.compile(r"(?<=[.!?…])[\"”)]?\s+(?=[\"“(\[A-ZÄÖÜÁÉÍÓÚÑ¿¡\d−+-]|[a-z]+[A-Z])")
_CONTRACTED = ((r"\bcan't\b", "cannot"), (r"\bwon't\b", "will not"), (r"n't\b", " not"), (r"\bcan not\b", "cannot"))
_ASKED_AND_SAID = re.compile(
    r"\b((?:the|its|and the|main|real) (?:\w+ )?(?:cause|reason|culprit|explanation))\?(?= \w)", re.IGNORECASE
)
"""Who asks "The cause?" and goes on has said what it is."""
_DOT = "\u2024"
"""Stands for the dot of an abbreviation, so that no sentence ends there."""


def sentences(text: str) -> list[str]:
    """The sentences of a text; tables and quotations are left out, items of lists are sentences."""
    found: list[str] = []
    for block in _blocks(text):
        plain = _ASKED_AND_SAID.sub(r"\1:", _SHORT.sub(lambda match: match[0][:-1] + _DOT, block))
        found += [part.replace(_DOT, ".").strip() for part in _END.split(plain) if part.strip()]
    return found


def _blocks(text: str) -> list[str]:
    """Paragraphs and items; a line that goes on is joined with the one before."""
    blocks: list[str] = []
    open_block = False
    for line in text.splitlines():
        if line.lstrip().startswith(("|", "```", "<!--")) or not line.strip():
            open_block = False
            continue
        heading = line.lstrip().startswith("#")
        starts = heading or bool(_LIST.match(line)) or not open_block
        said = _plain(_LIST.sub("", line.lstrip("#> ") if heading or line.startswith(">") else line))
        if starts:
            blocks.append(said)
        else:
            blocks[-1] = f"{blocks[-1]} {said}"
        open_block = not heading
    return [block for block in blocks if block]


def _plain(line: str) -> str:
    said = unmarked(line).replace("’", "'").replace("‘", "'").replace("\u00a0", " ")
    for short, full in _CONTRACTED:
        said = re.sub(short, full, said, flags=re.IGNORECASE)
    return " ".join(_QUOTED.sub(" (quoted) ", said).split())


def unmarked(text: str) -> str:
    """The text without bold, italics and links."""
    return _MARKS.sub("", _LINK.sub(r"\1", text))


def is_question(sentence: str) -> bool:
    """True for what only asks."""
    return sentence.rstrip('"”) ').endswith("?")


def clauses(sentence: str, words: Words) -> list[str]:
    """The clauses of a sentence: what stands between but, while, semicolons and the like."""
    edges = [0, *(match.start() for match in words.all("split", sentence) if match.start() > 0), len(sentence)]
    return [part for a, b in itertools.pairwise(edges) if (part := sentence[a:b]).strip(" ,;")]
