"""Why a case failed: a closed list, so that failures can be counted and compared."""

from __future__ import annotations

from typing import Literal

from tools.result import Model

Code = Literal[
    "wrong value",
    "missing row",
    "swapped",
    "wrong period",
    "wrong lead",
    "ungrounded number",
    "unsupported direction",
    "unsupported cause",
    "missing claim",
    "should have asked",
    "should have declined",
    "wrongly declined",
    "wrong call",
    "needless call",
    "form",
    "unsafe",
    "failed",
]


class Failure(Model):
    """One reason why an answer is not right."""

    code: Code
    detail: str
    """What was expected and what was found, in one sentence."""
    about: str = ""
    """The row, the claim or the sentence it is about."""
