"""A tool result as compact text for a chat model: the facts with their ids, then the caveats."""

from __future__ import annotations

from prompts.numbers import format_value, interval
from tools.result import Fact, Result

MAX_FACTS = 80


def tell(result: Result) -> str:
    """One line a fact, at most MAX_FACTS of them; refer to them as {{ F7 }}."""
    lines = [_line(fact) for fact in result.facts[:MAX_FACTS]]
    if len(result.facts) > MAX_FACTS:
        lines.append(f"… and {len(result.facts) - MAX_FACTS} more facts; ask for fewer cells to see them.")
    lines += [f"Verdict: {verdict}" for verdict in [getattr(result, "verdict", None)] if verdict]
    lines += [f"Caveat: {caveat}" for caveat in result.caveats]
    return "\n".join(lines)


def _line(fact: Fact) -> str:
    where = ", ".join(f"{name}={value}" for name, value in fact.where.items())
    told = f"{fact.id} {fact.name}{f' ({where})' if where else ''} = {format_value(fact.value, fact.unit)}"
    if fact.value is None:
        return f"{told} ({fact.reason})"
    if fact.unit in ("points", "share difference"):
        told += " points" if fact.unit == "points" else ""
    if fact.low is not None:
        told += f" {interval(fact.low, fact.high, fact.unit)}"
    return f"{told}, n={fact.n}" if fact.n is not None else told
