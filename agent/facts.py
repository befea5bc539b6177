"""The facts of one run: every tool result, its facts numbered once for the whole run."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

from agent.answer import ToolCall
from tools.result import Fact, Result

_DATA = frozenset(["where", "value", "segment", "next_value", "order", "dimension", "rows", "columns", "reason", "by"])


class Run:
    """What one question made: results in the order of their calls, facts by id, calls that failed."""

    def __init__(self, earlier: Sequence[Fact] = ()) -> None:
        """`earlier` are the facts of the conversation so far; the numbering goes on after them."""
        self.earlier = list(earlier)
        self._last = max((int(fact.id[1:]) for fact in earlier), default=0)
        self.results: list[Result] = []
        self.calls: list[ToolCall] = []
        self.facts: dict[str, Fact] = {}
        self.found: set[str] = set()
        """Tools that the model has asked for, over and above those it is offered."""
        self._lock = threading.Lock()

    def adopt(self, result: Result) -> Result:
        """The result with its facts renumbered after those that the run has already."""
        with self._lock:
            offset = self._last + len(self.facts)
            if offset:
                result = _renumbered(result, offset)
            self.facts |= {fact.id: fact for fact in result.facts}
            self.results.append(result)
            return result

    def record(self, name: str, arguments: dict[str, Any], error: str | None = None) -> None:
        """Remember a call."""
        with self._lock:
            self.calls.append(ToolCall(name=name, arguments=arguments, error=error))


def _renumbered(result: Result, offset: int) -> Result:
    """Every fact id of the result, in whatever field it stands, moved by `offset`."""
    names = {fact.id: f"F{int(fact.id[1:]) + offset}" for fact in result.facts}

    def moved(value: Any, key: str = "") -> Any:
        if isinstance(value, str):
            # A segment may be called F7 too: what stands under these keys is data, not the id of a fact.
            return value if key in _DATA else names.get(value, value)
        if isinstance(value, dict):
            return {name: item if name in _DATA else moved(item, name) for name, item in value.items()}
        if isinstance(value, list):
            return [moved(item, key) for item in value]
        return value

    keep = {"sql", "caveats", "table", "chart"}
    data = result.model_dump(exclude=keep)
    return type(result).model_validate({**moved(data), **{name: getattr(result, name) for name in keep}})
