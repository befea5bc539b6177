"""What a question asks for: one frame, or the reason why npsight asks back or declines."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from warehouse.periods import Grain

Op = Literal[
    "level",
    "split",
    "rank",
    "compare_groups",
    "compare_periods",
    "trend",
    "why",
    "event",
    "outliers",
    "count",
    "customers",
    "share",
    "value_share",
    "average",
    "scores",
    "commented",
    "columns",
    "span",
    "rows",
    "quality",
    "records",  # customers, orders, sums and events, in `records`
    "tool",  # one of the tools beyond levels, comparisons and changes, named in `tool`
]
Values = dict[str, list[str]]


@dataclass
class Claim:
    """What a question wants to have confirmed; premises of changes and comparisons stand in the frame itself."""

    kind: Literal["end", "figure", "theme", "no harm", "effect", "weighted", "supposed", "afterwards", "driver", "part"]
    side: Literal["lowest", "highest", "above", "below", "at", ""] = ""
    name: str = ""
    """The dimension of an end, the column asked about."""
    value: str = ""
    """The value that is claimed to be at the end, or the theme."""


@dataclass
class Frame:
    """A question understood."""

    op: Op
    by: list[str] = field(default_factory=list)
    where: Values = field(default_factory=dict)
    group: Values = field(default_factory=dict)
    against: Values = field(default_factory=dict)
    period: str | None = None
    before: str | None = None
    after: str | None = None
    grain: Grain | None = None
    classes: list[str] = field(default_factory=list)
    end: Literal["lowest", "highest"] | None = None
    top: int | None = None
    place: int | None = None
    """The place in the order that is asked for: the second best."""
    listed: bool = False
    """The whole order is wanted, not only its end."""
    premise: Literal["fell", "rose", "higher", "lower"] | None = None
    """What the question takes for granted."""
    why: bool = False
    """The question asks for a reason."""
    whom: Literal["", "who", "all"] = ""
    """The question is who moved, or whether all did, more than whether the whole did."""
    measure: str | None = None
    measures: list[str] = field(default_factory=list)
    """All numbers of the data that went into it, `measure` among them."""
    outcome: str | None = None
    """What is asked about instead of NPS: conversion."""
    theme: str | None = None
    """What comments are asked to be about."""
    numbers: list[int] = field(default_factory=list)
    """Where the numbers of the question stand that went into the arguments."""
    scores: list[int] = field(default_factory=list)
    event: str | None = None
    records: Any = None
    """What is counted or added up besides answers: a counting.Records."""
    tool: str | None = None
    arguments: dict[str, Any] = field(default_factory=dict)
    """What the tool is called with, over and above filter, period, split and grain."""
    used_by: list[str] = field(default_factory=list)
    """Dimensions of the question that went into the arguments."""
    focus: str = ""
    """What of the data's quality is told first: unscored, unmatched."""
    leaving: bool = False
    """The share who left is asked for, not the one who stayed."""
    sure: bool = False
    """The question is how sure the answer before it is."""
    themes: bool = False
    """What the group writes is told beside its figure."""
    confirm: bool = False
    """The question wants its premise confirmed."""
    claim: Claim | None = None
    read_as: list[str] = field(default_factory=list)
    """How unclear words were read, said in the answer."""
    also: list[Frame] = field(default_factory=list)
    """What the same sentence asks for besides."""


@dataclass
class Refusal(Exception):  # noqa: N818  it is control flow, not an error
    """The question is not answered: the sentence, and what can be chosen or asked instead."""

    kind: Literal["clarify", "declined"]
    text: str
    options: list[str] = field(default_factory=list)
    whom: bool = False
    """It asks whom "they" stands for."""
    of: str = ""
    """The question as it then stood, where an answer to an earlier question back was added to it."""

    def __post_init__(self) -> None:
        super().__init__(self.text)
