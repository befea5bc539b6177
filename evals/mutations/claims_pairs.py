"""Wordings and what they are turned into: mistakes that analysts make, and other ways to say the same."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import yaml

Pairs = list[tuple[str, str]]
_PATH = Path(__file__).parent / "claims_pairs.yaml"


@cache
def _read() -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load(_PATH.read_text(encoding="utf-8"))
    return data


def pairs(name: str) -> Pairs:
    """The pairs of this name: a pattern, and what stands in its place."""
    return [(before, after) for before, after in _read()[name]]


def reworded() -> dict[str, Pairs]:
    """Other ways to say the same, by kind."""
    return {name: [(before, after) for before, after in those] for name, those in _read()["reworded"].items()}


def replaced(text: str, those: Pairs) -> str:
    """The text with every wording of the pairs replaced, also where it runs over the end of a line."""
    for before, after in those:
        text = re.sub(before.replace(" ", r"\s+"), after, text, flags=re.IGNORECASE)
    return text


def reverse(text: str) -> str:
    """The text with up for down and down for up."""
    listed = dict(pairs("reversed"))
    both = {**listed, **{after: before for before, after in listed.items()}}
    pattern = re.compile(rf"\b(?:{'|'.join(sorted(both, key=len, reverse=True))})\b")
    return pattern.sub(lambda match: both[match[0]], text)
