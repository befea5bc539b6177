"""What happens while an answer is made, told to whoever watches: terminal, web page, spans."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from tools.result import Model

Kind = Literal["model", "writing", "tool", "found", "retry", "refused", "instead", "limit", "text", "answer"]


class Event(Model):
    """One step. No event carries a draft that was not checked, nor anything that the model may not see."""

    kind: Kind
    """model: a model is asked (`call`); writing: it writes (`characters` so far); tool: a tool is called (`name`,
    `arguments`); found: it gave back (`name`, `facts`, `seconds`, or `error`); retry: a model call is tried again
    (`why`, `wait`); refused: a draft did not pass (`why`); instead: the built-in planner answers (`why`); limit: a
    limit was reached (`why`); text: a piece of the checked answer (`text`); answer: the whole answer (`answer`)."""
    name: str = ""
    call: int = 0
    arguments: dict[str, Any] | None = None
    facts: int = 0
    characters: int = 0
    seconds: float = 0.0
    wait: float = 0.0
    why: str = ""
    error: str | None = None
    text: str = ""
    answer: dict[str, Any] | None = None


Watch = Callable[[Event], None]


def nobody(_event: Event) -> None:
    """Watches without a word."""
