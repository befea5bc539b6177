"""Checking an answer before anyone sees it: every figure, direction, cause, quotation and name in it rests on facts.

A draft refers to facts as `{{ F7 }}`. It is filled in first, then read sentence by sentence. What is refused comes
with a reason that lets its writer mend it.

    filling → page (sentences) → names, periods, figures → reading → numbers, directions, superlatives, causes, …
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from agent.answer import ToolCall
from tools.result import Fact, Result
from warehouse.catalog import Catalog

Code = Literal[
    "draft",
    "bare",
    "number",
    "date",
    "direction",
    "segment",
    "period",
    "cause",
    "quotation",
    "name",
    "suppressed",
    "arithmetic",
]
MAX_REFUSED = 12
"""More reasons than that help nobody to mend a draft."""


@dataclass(frozen=True)
class Ground:
    """What an answer may rest on."""

    results: Sequence[Result]
    """The results of this run; the ids of their facts are unique in it."""
    calls: Sequence[ToolCall]
    catalog: Catalog
    question: str
    earlier: Sequence[Fact] = ()
    """Facts of earlier turns of the conversation, under ids of their own."""


@dataclass(frozen=True)
class Refused:
    """One thing in a draft that rests on nothing, told so that its writer can mend it."""

    code: Code
    phrase: str
    sentence: str
    why: str

    def __str__(self) -> str:
        return f"{self.phrase!r} in {self.sentence!r}: {self.why}"


@dataclass(frozen=True)
class Checked:
    """The draft filled in, and what of it was refused; it is shown only when nothing was."""

    text: str
    refused: list[Refused] = field(default_factory=list)
    used: list[str] = field(default_factory=list)
    """Ids of the facts that the draft refers to, in the order of their appearance."""


def check_answer(draft: str, ground: Ground) -> Checked:
    """The draft filled in, with everything in it that rests on no fact."""
    from agent.check.verdict import judge

    return judge(draft, ground)
