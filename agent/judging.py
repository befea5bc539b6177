"""A chat model as a judge of how a text is written: five scores by a rubric, beside the checks and never among them.

What the judge reads is data. A judge that cannot be had, or that gives no usable reply twice, is "not judged".
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from langchain.agents.middleware.types import ModelRequest
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage
from langsmith import tracing_context
from pydantic import Field, ValidationError

from agent.answer import Usage
from agent.answering import usage_of
from agent.calling import Calling
from agent.limits import LimitReached, Limits, Meter
from agent.models import BUILTIN, make_model
from agent.privacy import LONGEST, as_data, masked
from agent.trouble import ModelUnusable
from prompts import render
from prompts.numbers import format_value, interval
from tools.result import Fact, Model
from tools.shown import where_text
from warehouse.catalog import Catalog
from warehouse.errors import NpsError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

TRIES = 2
LONGEST_TEXT = 12_000
"""Characters of a text that a judge reads; a longer one is not judged, for half a text is another text."""
_WORDS = "[a customer's words]"
_RUBRIC = "judge.md.j2"


class Scores(Model):
    """One to five, by the rubric in prompts/judge.md.j2."""

    clarity: int = Field(ge=1, le=5, strict=True)
    finding_first: int = Field(ge=1, le=5, strict=True)
    emphasis: int = Field(ge=1, le=5, strict=True)
    recommendation: int = Field(ge=1, le=5, strict=True)
    honesty: int = Field(ge=1, le=5, strict=True)
    reasons: dict[str, str] = Field(default_factory=dict)
    """Why, by name of the score."""

    @property
    def mean(self) -> float:
        """The five with equal weight."""
        return (self.clarity + self.finding_first + self.emphasis + self.recommendation + self.honesty) / 5


class Judgement(Model):
    """What a judge said of a text, or why there is no judgement."""

    verdict: Literal["judged", "not judged"]
    why: str = ""
    """Why it was not judged."""
    scores: Scores | None = None
    model: str
    """Who judged, or was to."""
    usage: Usage = Field(default_factory=Usage)


def judge(
    model: str | BaseChatModel,
    text: str,
    question: str,
    facts: Sequence[Fact],
    *,
    seed: int = 7,
    limits: Limits | None = None,
) -> Judgement:
    """Let a chat model score how a text is written.

    Customers' words, people's contacts and keys are taken out of what it is sent. It never raises for a judge that is
    not there: the judgement says "not judged" and why.
    """
    name = model if isinstance(model, str) else model._llm_type
    meter = Meter(limits if limits is not None else Limits.from_environment())

    def without(why: str) -> Judgement:
        return Judgement(verdict="not judged", why=why, model=name, usage=usage_of(meter))

    if name == BUILTIN:
        return without("The built-in planner cannot judge; name a chat model.")
    if len(text) > LONGEST_TEXT:
        return without(f"The text has {len(text):,} characters; a judge reads {LONGEST_TEXT:,} at most.")
    try:
        chat = make_model(model, _NO_DATA, seed, seconds=meter.limits.seconds) if isinstance(model, str) else model
        scores, why = _asked(chat, messages_for(text, question, facts), Calling(meter, seed=seed))
    except (ModelUnusable, LimitReached, NpsError) as error:
        return without(str(error))
    return (
        without(why)
        if scores is None
        else Judgement(verdict="judged", scores=scores, model=name, usage=usage_of(meter))
    )


_NO_DATA = Catalog(name="nothing", tables={})
"""A judge sees no data of its own."""


def messages_for(text: str, question: str, facts: Sequence[Fact]) -> list[BaseMessage]:
    """What a judge is sent: the rubric, and in a message of its own the text as data.

    The mark of the block is made from the text, so that nothing in the text can close it.
    """
    told = masked(_without_quotations(text, facts))
    mark = hashlib.blake2b(f"{question}\n{told}".encode(), digest_size=6).hexdigest()
    shared: dict[str, Any] = {"question": as_data(masked(question), 4 * LONGEST), "text": told, "mark": mark}
    shared |= {"facts": [_fact_line(fact) for fact in facts if not isinstance(fact.value, str)]}
    rules = render(_RUBRIC, {"part": "rules", **shared})
    return [SystemMessage(rules), HumanMessage(render(_RUBRIC, {"part": "data", **shared}), name="judged")]


def _without_quotations(text: str, facts: Sequence[Fact]) -> str:
    for fact in facts:
        if fact.unit == "text" and isinstance(fact.value, str) and fact.value.strip():
            text = text.replace(fact.value, _WORDS)
    return text


def _fact_line(fact: Fact) -> str:
    parts = [fact.name, where_text(fact.where), format_value(fact.value, fact.unit)]
    parts += [interval(fact.low, fact.high, fact.unit)] if fact.low is not None else []
    parts += [f"n = {fact.n}"] if fact.n is not None else []
    return as_data(" ".join(part for part in parts if part), 2 * LONGEST)


def _asked(chat: BaseChatModel, messages: list[BaseMessage], calling: Calling) -> tuple[Scores | None, str]:
    """The scores, or what was wrong with the last reply."""
    why = ""
    system = _system(messages)
    rest: list[Any] = [*messages[1:]]
    for _ in range(TRIES):
        with tracing_context(enabled=False):
            request: ModelRequest[Any] = ModelRequest(model=chat, messages=rest, system_message=system)
            reply = calling.wrap_model_call(request, lambda _: None).result[0]
        assert isinstance(reply, AIMessage)
        scores, why = read_scores(reply.text)
        if scores is not None:
            return scores, ""
        again = f"Your reply could not be used: {why} Reply with the JSON object alone."
        rest = [*rest, reply, HumanMessage(again, name="reply-check")]
    return None, f"The judge gave no usable reply in {TRIES} tries: {why}"


def _system(messages: Sequence[BaseMessage]) -> SystemMessage:
    assert isinstance(messages[0], SystemMessage)
    return messages[0]


def read_scores(reply: str) -> tuple[Scores | None, str]:
    """The scores in a reply, in a fence or not; else what is wrong, without the reply's own words."""
    bare = re.sub(r"\A\s*```(?:json)?\s*|\s*```\s*\Z", "", reply)
    try:
        found = json.loads(bare)
    except ValueError:
        return None, "It was no JSON object."
    if not isinstance(found, dict):
        return None, "It was no JSON object."
    try:
        return Scores.model_validate(found), ""
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        known = {*Scores.model_fields}
        place = next((str(part) for part in first["loc"] if part in known), "a field that was not asked for")
        return None, f"{place}: {first['msg'].rstrip('.')}."
