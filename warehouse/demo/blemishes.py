"""What is wrong with real survey exports, planted in known numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from warehouse.demo.latent import IntArray

DUPLICATE_ROWS: Final = 60
# Rows whose score is none; they are thrown out, so they come on top of the valid answers.
INVALID_SCORES: Final[dict[str, int]] = {"": 70, "11": 35, "n/a": 30, "-1": 25}
# Rows whose score is written as the survey tool labels it; they are valid answers.
LABELLED_SCORES: Final[dict[int, tuple[str, int]]] = {
    10: ("10 - Extremely likely", 50),
    0: ("0 - Not at all likely", 10),
}


@dataclass(frozen=True)
class MessyRows:
    """The rows of the survey file, in order, drawn from the valid answers."""

    source: IntArray
    """The valid answer that a row is, or that an invalid row borrows its customer from."""
    number: IntArray
    """Running number of the answer; exact duplicates share it."""
    score: list[str]
    invalid: list[bool]


def mess_up(rng: np.random.Generator, scores: IntArray) -> MessyRows:
    """Spread the blemishes over answers that are sorted by time; an invalid row follows its source."""
    n = len(scores)
    written = _with_labels(rng, scores)
    bad = [text for text, count in INVALID_SCORES.items() for _ in range(count)]
    at = np.concatenate([np.arange(n), rng.choice(n, len(bad), replace=False)])
    order = np.argsort(at, kind="stable")
    source, all_scores = at[order], written + bad
    distinct = [all_scores[k] for k in order]
    invalid = order >= n
    # Duplicates are made of valid rows only, so that each blemish is counted once.
    twice = rng.choice(np.flatnonzero(~invalid), DUPLICATE_ROWS, replace=False)
    rows = np.sort(np.concatenate([np.arange(len(order)), twice]))
    return MessyRows(
        source=source[rows],
        number=rows + 1,
        score=[distinct[k] for k in rows],
        invalid=invalid[rows].tolist(),
    )


def _with_labels(rng: np.random.Generator, scores: IntArray) -> list[str]:
    written = [str(score) for score in scores.tolist()]
    for score, (label, count) in LABELLED_SCORES.items():
        holders = np.flatnonzero(scores == score)
        for k in rng.choice(holders, min(count, len(holders)), replace=False).tolist():
            written[k] = label
    return written


def misspell(rng: np.random.Generator, values: Sequence[str], ways: dict[str, tuple[str, int]]) -> list[str]:
    """Write some cells of a column differently: `ways` maps a spelling to its value and count."""
    written = list(values)
    free = np.array(values)
    for spelling, (value, count) in ways.items():
        chosen = rng.choice(np.flatnonzero(free == value), count, replace=False)
        free[chosen] = ""
        for k in chosen.tolist():
            written[k] = spelling
    return written
