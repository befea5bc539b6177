"""The corpus of good texts: each with its form and its facts, as an answer that the scorers can read."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from agent.answer import Answer
from tools.result import Fact, Model

CORPUS, BLIND = (Path(__file__).parent / name for name in ("corpus", "blind"))


class Text(Model):
    """A text that is right."""

    id: str
    form: str
    trade: str
    """Whose customers it is about."""
    ask: str
    facts: str
    """One fact a line: id, name, value, unit, n=…, ci=low..high, by=tool, and the cell as key=value."""
    text: str

    def answer(self) -> Answer:
        """As an answer with these facts."""
        facts = [_fact(line) for line in self.facts.splitlines() if line.strip()]
        return Answer(status="answered", text=self.text.strip(), question=self.ask, facts=facts, path="governed")


@cache
def corpus() -> tuple[Text, ...]:
    """All texts, in the order of the files."""
    return tuple(_read(CORPUS))


@cache
def blind() -> tuple[Text, ...]:
    """Texts that were written after the rules, to measure the rules on what they had not seen."""
    return tuple(_read(BLIND))


def _read(folder: Path) -> Iterator[Text]:
    for path in sorted(folder.glob("*.yaml")):
        for item in yaml.safe_load(path.read_text(encoding="utf-8")):
            yield Text.model_validate(item)


def _fact(line: str) -> Fact:
    name, what, value, unit, *rest = shlex.split(line)
    pairs = dict(part.split("=", 1) for part in rest)
    tool = pairs.pop("by")
    base, span = pairs.pop("n", None), pairs.pop("ci", None)
    low, high = (float(end) for end in span.split("..")) if span else (None, None)
    made: dict[str, Any] = {"id": name, "name": what, "value": _value(value, unit), "unit": unit, "where": pairs}
    return Fact(**made, n=int(base) if base else None, low=low, high=high, source=f"{tool}#1")


def _value(told: str, unit: str) -> str | float | int:
    if unit in ("text", "date"):
        return told
    return int(told) if told.lstrip("-").isdigit() else float(told)
