"""The answer contract: what every question gets back, on the terminal, in JSON and over MCP."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from tools.result import Fact, Model, Table

Status = Literal["answered", "clarify", "declined", "failed"]
Path = Literal["governed", "sql", "none"]
Audience = Literal["executive", "analyst"]


class Usage(Model):
    """What the model calls cost."""

    model_calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    """Those of the prompt that the vendor had already."""
    estimated: bool = False
    """True where the server gave no count and characters were counted instead."""
    money: float | None = None
    """In the currency of NPSIGHT_PRICE; None where no price is known."""


class ToolCall(Model):
    """One call of a tool, so that the answer can be re-run."""

    name: str
    arguments: dict[str, Any]
    error: str | None = None


class Answer(Model):
    """One answer, checked before anyone sees it."""

    status: Status
    """answered; clarify (text asks back); declined (text says why and what can be answered); failed."""
    text: str
    """Markdown. Every number in it is a fact of this run."""
    question: str
    facts: list[Fact] = Field(default_factory=list)
    tables: list[Table] = Field(default_factory=list)
    charts: list[dict[str, Any]] = Field(default_factory=list)
    sql: list[str] = Field(default_factory=list)
    caveats: list[str] = Field(default_factory=list)
    tools: list[ToolCall] = Field(default_factory=list)
    options: list[str] = Field(default_factory=list)
    """What can be chosen from, when the text asks back."""
    path: Path = "none"
    """governed: from metric tools; sql: from free SQL; none: no figures."""
    left_out: str | None = None
    """What is missing, where a limit ended the work before its end."""
    audience: Audience | None = None
    conversation: str | None = None
    """Id of the conversation that the question is part of."""
    model: str = "builtin"
    usage: Usage = Field(default_factory=Usage)
    seconds: float = 0.0
    run: str | None = None
    """Id of the run record in the workspace."""
