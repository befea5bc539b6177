"""Filling a draft: `{{ F7 }}` becomes the figure, `{{ F7.interval }}` its interval, `{{ F7.n }}` its base.

The draft is a model's text, so its template runs in a sandbox that knows nothing but the facts of the run.
"""

from __future__ import annotations

import functools

from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from agent.facts import Run
from prompts.numbers import format_value, interval, magnitude
from tools.result import Fact

MAX_DRAFT = 20_000


class DraftError(Exception):
    """A draft that cannot be filled in; the message goes back to its writer."""


class FigureView:
    """What a draft may say of a fact."""

    __slots__ = ("abs", "high", "interval", "low", "n", "p", "value")

    def __init__(self, fact: Fact) -> None:
        number = fact.value if isinstance(fact.value, int | float) and not isinstance(fact.value, bool) else None
        self.value = format_value(fact.value, fact.unit)
        self.abs = magnitude(number, fact.unit) if number is not None else self.value
        self.low = format_value(fact.low, fact.unit)
        self.high = format_value(fact.high, fact.unit)
        self.interval = interval(fact.low, fact.high, fact.unit)
        self.n = format_value(fact.n, "responses")
        self.p = f"p {self.value}" if self.value.startswith("<") else f"p = {self.value}"

    def __str__(self) -> str:
        return self.value


@functools.cache
def _environment() -> ImmutableSandboxedEnvironment:
    made = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
    made.globals.clear()
    made.filters.clear()
    made.tests.clear()
    return made


def fill(draft: str, run: Run) -> str:
    """The draft with its figures; DraftError names what cannot be filled in."""
    if len(draft) > MAX_DRAFT:
        raise DraftError(f"The draft has {len(draft):,} characters; {MAX_DRAFT:,} are the most.")
    if "{%" in draft or "{#" in draft:
        raise DraftError("A draft holds figures as {{ F7 }} and no other template code.")
    if "{{" not in draft:
        return draft
    try:
        return _environment().from_string(draft).render({name: FigureView(fact) for name, fact in run.facts.items()})
    except TemplateError as error:
        known = ", ".join(list(run.facts)[:10])
        raise DraftError(
            f"The draft cannot be filled in: {error.message}. The facts of this run are: {known} …"
        ) from None
    except (TypeError, ValueError, ArithmeticError) as error:
        raise DraftError(f"The draft computes with figures ({error}); differences come from tools.") from None
