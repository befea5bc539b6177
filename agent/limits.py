"""How much one answer may take: model calls, tool calls, seconds, tokens and money; and what it has taken so far."""

from __future__ import annotations

import math
import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal

from warehouse.errors import NpsError

Limit = Literal["model_calls", "tool_calls", "seconds", "tokens", "money", "repeats"]
_WORDS: dict[str, str] = {
    "model_calls": "{:,.0f} model calls",
    "tool_calls": "{:,.0f} tool calls",
    "seconds": "{:,g} seconds",
    "tokens": "{:,.0f} tokens",
    "money": "{:,g} in money",
    "repeats": "{:,.0f} identical tool calls",
}
_CHARACTERS_A_TOKEN = 4
_MOST_TOKENS = 10_000_000
"""No single reply costs more; a server that says so counts wrongly."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one answer may take, in all its model calls together."""

    model_calls: int = 10
    tool_calls: int = 20
    seconds: float = 120.0
    tokens: int = 150_000
    money: float | None = None
    """In the unit of the prices; None for no limit."""
    price_in: float | None = None
    """The price of a million tokens that are sent."""
    price_out: float | None = None
    """The price of a million tokens that come back."""
    tries: int = 3
    """Of one model call, before it is given up."""
    wait: float = 0.5
    """Seconds before the second try; doubled for each further one, unless the server says when to come back."""

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            least = 0 if field.name in ("wait", "price_in", "price_out") else 1e-9
            if value is not None and not (math.isfinite(value) and value >= least):
                raise NpsError(f"The limit {field.name} is {value}; give a number above 0.")
        if (self.price_in is None) != (self.price_out is None):
            raise NpsError("One price is missing; give both, for a million tokens in and for a million out.")
        if self.money is not None and self.price_in is None:
            raise NpsError(
                "A limit of money needs prices; set NPSIGHT_PRICE=IN/OUT for a million tokens, for example 1.25/10."
            )

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Limits:
        """What NPSIGHT_LIMIT_MODEL_CALLS, …_TOOL_CALLS, …_SECONDS, …_TOKENS, …_MONEY and NPSIGHT_PRICE say."""
        given: dict[str, Any] = {}
        for name in ("model_calls", "tool_calls", "tokens"):
            given |= _read(environment, name, whole=True)
        for name in ("seconds", "money"):
            given |= _read(environment, name, whole=False)
        return cls(**given, **_prices(environment))


def _read(environment: Mapping[str, str], name: str, *, whole: bool) -> dict[str, float]:
    variable = f"NPSIGHT_LIMIT_{name.upper()}"
    text = environment.get(variable, "").strip()
    if not text:
        return {}
    value = _number(text)
    if value is None or value <= 0 or (whole and value != int(value)):
        kind = "whole number" if whole else "number"
        raise NpsError(f"{variable} is {text!r}; give a {kind} above 0, for example {10 if whole else 2.5:g}.")
    return {name: int(value) if whole else value}


def _prices(environment: Mapping[str, str]) -> dict[str, Any]:
    text = environment.get("NPSIGHT_PRICE", "").strip()
    if not text:
        return {}
    parts = [_number(part) for part in text.split("/")]
    if len(parts) != 2 or any(part is None or part < 0 for part in parts):
        raise NpsError(
            f"NPSIGHT_PRICE is {text!r}; give the prices of a million tokens in and out, for example 1.25/10."
        )
    return {"price_in": parts[0] or 0.0, "price_out": parts[1] or 0.0}


def _number(text: str) -> float | None:
    try:
        value = float(text.replace("_", ""))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


class LimitReached(NpsError):  # noqa: N818  it says what happened, and a partial answer follows
    """A limit ended the work; what is there by then is a partial answer."""

    def __init__(self, limit: Limit, used: float, allowed: float, when: str = "") -> None:
        self.limit, self.used, self.allowed = limit, used, allowed
        self.named = _WORDS[limit].format(allowed)
        """The limit in words: 10 model calls."""
        super().__init__(f"The limit of {_one(self.named)} was reached{when and ' ' + when}.")


def _one(words: str) -> str:
    return words.removesuffix("s") if words.startswith("1 ") else words


class Meter:
    """Counts what one answer takes, and ends it at a limit."""

    def __init__(self, limits: Limits, clock: Callable[[], float] = time.monotonic) -> None:
        self.limits = limits
        self.model_calls = 0
        """Replies that came, good or bad."""
        self.retries = 0
        """Model calls that were tried again."""
        self.tool_calls = 0
        self.prompt_tokens = self.completion_tokens = 0
        self.cached_tokens = 0
        """Of the prompt tokens, those that the server had already."""
        self.estimated = False
        """The server gave no usable count of tokens for at least one call: its characters were counted instead."""
        self.notes: list[str] = []
        """What a reader of the answer should know about limits that were met on the way."""
        self._clock, self._started = clock, clock()
        self._lock = threading.Lock()

    @property
    def seconds(self) -> float:
        """Since the work began."""
        return self._clock() - self._started

    @property
    def left(self) -> float:
        """Seconds left; negative when they are over."""
        return self.limits.seconds - self.seconds

    @property
    def tokens(self) -> int:
        """Sent and received together."""
        return self.prompt_tokens + self.completion_tokens

    @property
    def money(self) -> float | None:
        """At the given prices, cached tokens at the full one; None without prices."""
        return self._cost(self.prompt_tokens, self.completion_tokens)

    def before_model(self, characters: int) -> None:
        """End the work when a request of so many characters would break a limit."""
        limits, coming = self.limits, characters // _CHARACTERS_A_TOKEN
        self._hold("model_calls", self.model_calls, limits.model_calls, 1)
        self.in_time()
        self._hold("tokens", self.tokens, limits.tokens, coming)
        if limits.money is not None:
            self._hold("money", self.money or 0.0, limits.money, self._cost(coming, 0) or 0.0)

    def before_tool(self) -> None:
        """Count a tool call; end the work when it is one too many."""
        with self._lock:  # tools may run side by side
            self._hold("tool_calls", self.tool_calls, self.limits.tool_calls, 1)
            self.in_time()
            self.tool_calls += 1

    def in_time(self, when: str = "") -> None:
        """End the work when the seconds are over."""
        if self.left <= 0:
            raise LimitReached("seconds", round(self.seconds, 3), self.limits.seconds, when)

    def add_reply(self, usage: Mapping[str, Any] | None, sent: int, received: int) -> None:
        """Count a reply by the server's count of tokens or, when that is missing or absurd, by its characters."""
        self.model_calls += 1
        counted = _counted(usage, sent)
        if counted is None:
            self.estimated = True
            counted = sent // _CHARACTERS_A_TOKEN, received // _CHARACTERS_A_TOKEN, 0
        self.prompt_tokens += counted[0]
        self.completion_tokens += counted[1]
        self.cached_tokens += counted[2]

    def _hold(self, limit: Limit, used: float, allowed: float, more: float) -> None:
        if used + more > allowed:
            raise LimitReached(limit, used, allowed)

    def _cost(self, sent: int, received: int) -> float | None:
        if self.limits.price_in is None or self.limits.price_out is None:
            return None
        return (sent * self.limits.price_in + received * self.limits.price_out) / 1_000_000


def _counted(usage: Mapping[str, Any] | None, sent: int) -> tuple[int, int, int] | None:
    """Prompt, completion and cached tokens, when they can be true of a request of so many characters."""
    if not usage:
        return None
    prompt, completion = _count(usage.get("input_tokens")), _count(usage.get("output_tokens"))
    if prompt is None or completion is None or not 0 < prompt <= 2_000 + 4 * sent:
        return None
    cached = _count((usage.get("input_token_details") or {}).get("cache_read"))
    return prompt, completion, min(cached or 0, prompt)


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and 0 <= value <= _MOST_TOKENS else None
