"""Writing the answer from results: templates in prompts/answers, figures as references that are checked later."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from agent.answer import Audience
from agent.builtin.audience import told_to
from agent.builtin.frame import Claim, Frame, Op, Values
from agent.builtin.vocabulary import stem
from prompts import plain
from tools.cause.impact import ImpactResult
from tools.explain.decompose import DecomposeResult
from tools.measure.score import NpsResult
from tools.result import Fact, Result
from warehouse.catalog import Catalog

_TEMPLATES: dict[Op, str] = {
    "level": "level",
    "split": "split",
    "rank": "rank",
    "compare_groups": "compare",
    "compare_periods": "compare",
    "trend": "trend",
    "why": "change",
    "event": "change",
    "outliers": "outliers",
    "count": "classes",
    "share": "classes",
    "customers": "customers",
    "value_share": "sql_share",
    "scores": "sql_share",
    "commented": "commented",
    "average": "average",
    "records": "records",
    "columns": "data",
    "span": "data",
    "rows": "quality",
    "quality": "quality",
}


def write(frame: Frame, results: list[Result], catalog: Catalog, audience: Audience | None = None) -> str:
    """The draft for a frame; every figure in it is a reference such as {{ F7 }}."""
    facts = {fact.id: fact for result in results for fact in result.facts}
    effect = next((result for result in results if isinstance(result, ImpactResult)), None)
    variables: dict[str, Any] = {
        "frame": frame,
        "audience": audience,
        "result": results[0],
        "more": results[1:],
        "effect": effect,
        "order": next((r for r in results[1:] if isinstance(r, NpsResult)), None),
        "theme_names": _theme_names(results[0], frame.claim),
        "asked_themes": _themes_called(results[0], frame.theme) if frame.theme else [],
        "about": about(frame.where, frame.period),
        "catalog": catalog,
        "fact": facts.__getitem__,
        "find": _finder(results[0].facts),
        "main": _main_dimensions(results[0]),
        "hit": _hit(results[0]),
        "event": plain((frame.event or "").replace("_", " ")),
        **_references(),
    }
    template = frame.tool if frame.op == "tool" else _TEMPLATES[frame.op]
    if frame.op == "event" and effect is not None:
        template = "event"
    text = told_to(audience, str(template), frame, variables)
    said = [plain(note) for note in frame.read_as]
    text = f"{text}\n\n({'; '.join(said)}.)" if said else text
    return _in_words(text, catalog) if audience == "executive" else text


def _in_words(text: str, catalog: Catalog) -> str:
    """The names of columns as people say them: guest type for guest_type."""
    names = [name for name in (*catalog.dimensions, *catalog.measures, *catalog.times) if "_" in name]
    for name in sorted(names, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", name.replace("_", " ").strip(), text)
    return text


def about(where: Values, period: str | None) -> str:
    """The filter in words: " for plan Starter or Growth in 2025-Q1"."""
    parts = [f"{plain(name)} {plain(' or '.join(values))}" for name, values in where.items()]
    text = f" for {' and '.join(parts)}" if parts else ""
    return text + (f" in {period}" if period else "")


def _references() -> dict[str, Callable[..., str]]:
    return {
        "f": lambda key: f"{{{{ {key} }}}}",
        "ci": lambda key: f"{{{{ {key}.interval }}}}",
        "low": lambda key: f"{{{{ {key}.low }}}}",
        "high": lambda key: f"{{{{ {key}.high }}}}",
        "n": lambda key: f"{{{{ {key}.n }}}}",
        "p": lambda key: f"{{{{ {key}.p }}}}",
        "size": lambda key: f"{{{{ {key}.abs }}}}",
        "nps": lambda key: f"**{{{{ {key} }}}}** (95% interval {{{{ {key}.interval }}}}, n = {{{{ {key}.n }}}})",
        "plain": plain,
        "named": named,
    }


def named(dimension: str, value: str) -> str:
    """A value that says nothing by itself (1, yes) with the name of its dimension."""
    bare = re.fullmatch(r"[\d.,+-]+|yes|no|true|false|y|n|j", value.strip().lower())
    return f"{plain(dimension)} {plain(value)}" if bare else plain(value)


def _finder(facts: list[Fact]) -> Callable[..., Fact | None]:
    def find(name: str, **where: str) -> Fact | None:
        return next(
            (fact for fact in facts if fact.name == name and all(fact.where.get(k) == v for k, v in where.items())),
            None,
        )

    return find


def _theme_names(result: Result, claim: Claim | None) -> list[str]:
    """The themes or drivers that a claim may mean."""
    return _themes_called(result, claim.value) if claim is not None and claim.kind == "theme" else []


def _themes_called(result: Result, called: str) -> list[str]:
    """The themes or drivers that hold the word, or one of several: "delays or waiting"."""
    told = [row.theme for row in getattr(result, "themes", [])] + [d.name for d in getattr(result, "drivers", [])]
    wanted = [
        {stem(word) for word in re.findall(r"[a-z]+", part)} for part in re.split(r"\bor\b|\band\b|,", called.lower())
    ]
    of = {name: {stem(word) for word in re.findall(r"[a-z]+", name.lower())} for name in told}
    return [name for name in told if any(words and words <= of[name] for words in wanted)]


def _hit(result: Result) -> dict[str, Any]:
    """Segments that clearly moved, in the finest cut that has any (plan × billing before plan)."""
    told = [d for d in result.dimensions if d.told and d.segments_differ] if isinstance(result, DecomposeResult) else []
    told.sort(key=lambda d: "×" not in d.dimension)
    for dimension in told:
        moved = [s for s in dimension.segments if s.verdict != "no clear difference"]
        still = [s for s in dimension.segments if s.verdict == "no clear difference" and s.change][:6]
        if moved:
            return {"dimension": dimension.dimension, "moved": moved, "still": still}
    return {"dimension": "", "moved": [], "still": []}


def _main_dimensions(result: Result) -> list[Any]:
    """The cuts of a change that are worth telling: those with a clear finding, else the strongest one."""
    if not isinstance(result, DecomposeResult):
        return []
    clear = [d for d in result.dimensions if d.told and (d.mix_clear or d.segments_differ or d.simpson)]
    return clear[:3] or [d for d in result.dimensions if d.told][:2]
