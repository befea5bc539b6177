"""Filling a draft in while remembering where each figure landed: `{{ F7 }}`, `{{ F7.interval }}`, `{{ F7.n }}` …

The draft is a model's text, so its template runs in a sandbox that knows nothing but the facts. Each reference is first
rendered as a mark from Unicode's private area; the marks are then replaced by the figures, so that their places in the
filled text are known.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass

from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from prompts.numbers import format_value, interval, magnitude
from tools.result import Fact

MAX_DRAFT = 20_000
PARTS = ("value", "abs", "low", "high", "interval", "n", "p")
_OPEN, _CLOSE = "\ue000", "\ue001"
_PRIVATE = re.compile("[\ue000-\uf8ff]")
_MARK = re.compile(f"{_OPEN}([0-9]+){_CLOSE}")
_REFERENCE = re.compile(r"\s*[A-Za-z]\w{0,30}(?:\s*\.\s*\w{1,30})?\s*")
_RAW = re.compile(r"(?<![\w.{-])\[?F[0-9]{1,5}(?:\.(?:value|abs|low|high|interval|n|p))?\]?(?![\w-])")


class DraftError(Exception):
    """A draft that cannot be filled in; the message goes back to its writer."""


@dataclass(frozen=True)
class Reference:
    """Where a fact's figure stands in the filled text."""

    start: int
    end: int
    fact: str
    part: str
    """value, abs, low, high, interval, n or p."""


@dataclass(frozen=True)
class Filled:
    """The text with its figures and their places."""

    text: str
    references: tuple[Reference, ...]


class _View:
    """What a draft may say of a fact; every part is a mark."""

    __slots__ = (*PARTS, "_seen", "name")

    def __init__(self, name: str, seen: list[tuple[str, str]]) -> None:
        self.name, self._seen = name, seen
        for part in PARTS:
            setattr(self, part, self._mark(part))

    def _mark(self, part: str) -> str:
        self._seen.append((self.name, part))
        return f"{_OPEN}{len(self._seen) - 1}{_CLOSE}"

    def __str__(self) -> str:
        return str(self.value)  # type: ignore[attr-defined]


@functools.cache
def _environment() -> ImmutableSandboxedEnvironment:
    made = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
    made.globals.clear()
    made.filters.clear()
    made.tests.clear()
    return made


def shown(fact: Fact, part: str) -> str:
    """One part of a fact as it is written."""
    if part == "abs":
        number = fact.value if isinstance(fact.value, int | float) and not isinstance(fact.value, bool) else None
        return magnitude(number, fact.unit) if number is not None else format_value(fact.value, fact.unit)
    if part == "low":
        return format_value(fact.low, fact.unit)
    if part == "high":
        return format_value(fact.high, fact.unit)
    if part == "interval":
        return interval(fact.low, fact.high, fact.unit)
    if part == "n":
        return format_value(fact.n, "responses")
    figure = format_value(fact.value, fact.unit)
    if part == "p":
        return f"p {figure}" if figure.startswith("<") else f"p = {figure}"
    return figure


def fill(draft: str, facts: Mapping[str, Fact]) -> Filled:
    """The draft with its figures; DraftError names what cannot be filled in."""
    if len(draft) > MAX_DRAFT:
        raise DraftError(f"The draft has {len(draft):,} characters; {MAX_DRAFT:,} are the most.")
    draft = _PRIVATE.sub(" ", draft)
    _refuse_code(draft)
    if "{{" not in draft:
        return Filled(draft, ())
    wanted = set(re.findall(r"\{\{-?\s*([A-Za-z]\w*)", draft))
    seen: list[tuple[str, str]] = []
    views = {name: _View(name, seen) for name in wanted if name in facts}
    try:
        rendered = _environment().from_string(draft).render(views)
    except TemplateError as error:
        known = ", ".join(list(facts)[:10]) or "none"
        raise DraftError(
            f"The draft cannot be filled in: {error.message}. The facts of this run are: {known} …"
        ) from None
    except (TypeError, ValueError, ArithmeticError, RecursionError) as error:
        raise DraftError(f"The draft computes with figures ({error}); differences come from tools.") from None
    return _placed(rendered, seen, facts)


def _refuse_code(draft: str) -> None:
    if "{%" in draft or "{#" in draft:
        raise DraftError("A draft holds figures as {{ F7 }} and no other template code.")
    at = draft.find("{{")
    while at >= 0:
        end = draft.find("}}", at)
        inside = draft[at + 2 : end] if end >= 0 else draft[at + 2 : at + 40]
        if end < 0 or not _REFERENCE.fullmatch(inside.strip("-")):
            raise DraftError(
                f"The draft computes or holds template code ({inside.strip()[:60]!r}); "
                "it may hold references such as {{ F7 }} or {{ F7.interval }} only, and differences come from tools."
            )
        at = draft.find("{{", end)


def _placed(rendered: str, seen: list[tuple[str, str]], facts: Mapping[str, Fact]) -> Filled:
    pieces: list[str] = []
    references: list[Reference] = []
    length = last = 0
    for mark in _MARK.finditer(rendered):
        name, part = seen[int(mark[1])]
        before, figure = rendered[last : mark.start()], shown(facts[name], part)
        pieces += [before, figure]
        length += len(before)
        references.append(Reference(length, length + len(figure), name, part))
        length += len(figure)
        last = mark.end()
    return Filled("".join([*pieces, rendered[last:]]), tuple(references))


def raw_ids(text: str, facts: Mapping[str, Fact]) -> list[str]:
    """Ids of facts that were left in the text as they are."""
    found = (match.group().strip("[]") for match in _RAW.finditer(text))
    return [name for name in dict.fromkeys(found) if name.partition(".")[0] in facts]
