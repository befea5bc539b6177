"""The word lists of the check, from `words.yaml`."""

from __future__ import annotations

import functools
from pathlib import Path

import yaml


@functools.cache
def words(name: str) -> frozenset[str]:
    """One list of words."""
    lists = yaml.safe_load((Path(__file__).parent / "words.yaml").read_text(encoding="utf-8"))
    return frozenset(str(lists[name]).split())
