"""What causal tools of a run have shown: of which event or group, how clearly, and under which condition."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from agent.check.evidence import Evidence
from agent.check.names import lower
from tools.registry import TOOLS


@dataclass(frozen=True)
class Proof:
    """An effect that a causal tool looked for."""

    tool: str
    terms: tuple[str, ...]
    """What it is the effect of, in small letters."""
    clear: bool
    told: str
    causal: bool = False
    """Whether its design can show a cause at all, in whatever part of the data."""
    outcomes: str = ""
    """Names of its facts: what it is an effect on."""
    outcome: str = "nps"
    """What its effect is on, as its call named it."""


def proofs(evidence: Evidence, events: Mapping[str, str], heads: Mapping[str, str]) -> list[Proof]:
    """The effects of the run's causal tools."""
    made = []
    for result, _call in evidence.results:
        tool = result.facts[0].source.partition("#")[0] if result.facts else ""
        if tool not in TOOLS or TOOLS[tool].group != "cause" or tool == "sample_size":
            continue
        made.append(_proof(tool, result, events, heads))
    return made


def _proof(tool: str, result: Any, events: Mapping[str, str], heads: Mapping[str, str]) -> Proof:
    def said(name: str) -> str:
        value = getattr(result, name, None)
        return str(value) if value is not None else ""

    outcomes = " ".join(sorted({fact.name for fact in result.facts}))
    outcome = lower(said("outcome") or "nps")
    if tool == "impact":
        event = said("event")
        called = [name for name, key in events.items() if key == event]
        called += [f"{article} {head}" for head, key in heads.items() if key == event for article in ("the", "this")]
        terms = [event, event.replace("_", " "), said("event_date"), *called, *_parts(said("exposed"))]
        causal = bool(getattr(result, "causal", False))
        clear = causal and said("verdict") in ("higher", "lower")
        return Proof(
            tool, _terms(terms), clear, f"impact found {said('verdict') or 'nothing'}", causal, outcomes, outcome
        )
    if tool == "matched_effect":
        clear = said("verdict") in ("higher", "lower")
        terms = _parts(said("treated"))
        found = f"matched_effect found {said('verdict')}"
        return Proof(tool, _terms(terms), clear, found, outcomes=outcomes, outcome=outcome)
    effects = getattr(result, "effects", [])
    terms = [said("variant"), *_words(said("variant")), *[str(getattr(effect, "variant", "")) for effect in effects]]
    trusted = bool(getattr(result, "trusted", False))
    clear = trusted and said("decision") == "clear difference"
    found = f"the experiment's decision is {said('decision')!r}"
    return Proof(tool, _terms(terms), clear, found, trusted, outcomes, outcome)


def _parts(text: str) -> list[str]:
    words = text.split(" ")
    return [text, " ".join(words[1:]), words[-1]] if len(words) > 1 else [text]


def _words(text: str) -> Iterator[str]:
    yield from (word for word in re.findall(r"[^\W\d_]{5,}", text))


def _terms(texts: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(lower(text) for text in texts if len(text) > 1))
