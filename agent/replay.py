"""Replaying a run from its record: the same requests, byte for byte, and the same answer, with no model asked."""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from langchain_core.messages import AIMessage, BaseMessage, messages_from_dict
from pydantic import Field

from agent.answer import Answer
from agent.ask import answered, planner
from agent.examples import Example
from agent.history import restored
from agent.job import Job
from agent.limits import Limits, Meter
from agent.models import BUILTIN
from agent.performing import performer
from agent.recording import Journal
from agent.runs import FORMAT, answer_of
from agent.speaking import Speaking
from agent.trouble import ModelUnusable
from tools.registry import result_model
from tools.result import Result
from warehouse.catalog import Catalog
from warehouse.errors import NpsError

if TYPE_CHECKING:
    from agent.toolbox import Perform
    from warehouse.workspace import Warehouse

UNLIKE = frozenset(["run", "seconds"])
"""What differs between two runs that are the same."""
MAX_TOLD = 20


@dataclass(frozen=True)
class Replayed:
    """What a replay gave."""

    answer: Answer
    sent: list[dict[str, Any]]
    """Each model call of the replay, as a record holds them."""
    differences: list[str] = field(default_factory=list)

    @property
    def requests(self) -> int:
        """Model calls that were compared."""
        return sum(one["reply"] is not None for one in self.sent)

    @property
    def identical(self) -> bool:
        """True when every request and the whole answer were the same."""
        return not self.differences


def replay(record: dict[str, Any], warehouse: Warehouse | None = None) -> Replayed:
    """Run the record again and compare.

    The record holds what is needed, the catalog included. With a `warehouse` the tools run again on its data; without
    one their recorded results stand in.
    Raises NpsError for a record of an older version, or of a run that was cut off.
    """
    if record.get("format") != FORMAT or (before := answer_of(record)) is None:
        raise NpsError(f"The run {record.get('run')} cannot be replayed: it was cut off, or an older npsight wrote it.")
    journal = Journal({"run": record["run"]})
    catalog = Catalog.model_validate(record["catalog"])
    history = [restored(message) for message in messages_from_dict(record["history"])]
    local = record["model"] == BUILTIN
    tape = _Tape(replies=[one["reply"] for one in record["sent"] if one["reply"] is not None])
    job = Job(
        question=record["question"],
        catalog=catalog,
        chat=planner(catalog, record["audience"]) if local else tape,
        model=record["model"],
        perform=performer(warehouse, journal, history, local=local) if warehouse else _player(record, journal),
        meter=Meter(Limits()),
        journal=journal,
        audience=record["audience"],
        seed=record["seed"],
        history=history,
        examples=[Example.model_validate(example) for example in record["examples"]],
    )
    answer, _turn = answered(job)
    answer.audience, answer.conversation = before.audience, before.conversation
    asked = [one["request"] for one in record["sent"] if one["reply"] is not None]
    sent = [one["request"] for one in journal.sent if one["reply"] is not None]
    differences = [*_compared("request", asked, sent), *_answers(before, answer)]
    return Replayed(answer, journal.sent, differences[:MAX_TOLD])


class _Tape(Speaking):
    """Gives the recorded replies, one after the other."""

    replies: list[dict[str, Any]]
    at: list[int] = Field(default_factory=lambda: [0])

    @property
    def _llm_type(self) -> str:
        return "replay"

    def reply(self, messages: list[BaseMessage]) -> AIMessage:
        """The next one of the record."""
        del messages
        if self.at[0] >= len(self.replies):
            raise ModelUnusable("The record holds no further reply.", "reply")
        (message,) = messages_from_dict([copy.deepcopy(self.replies[self.at[0]])])
        self.at[0] += 1
        if not isinstance(message, AIMessage):
            raise NpsError("The record holds a reply that no model gave.")
        return message


def _player(record: dict[str, Any], journal: Journal) -> Perform:
    """Tools whose results come from the record, in the order of their calls."""
    left = list(record["tools"])

    def perform(name: str, arguments: dict[str, Any]) -> Result:
        at = next((i for i, one in enumerate(left) if (one["name"], one["arguments"]) == (name, arguments)), None)
        if at is None:
            raise NpsError(f"The record holds no call of {name} with these arguments.")
        known = left.pop(at)
        if known["result"] is None:
            journal.tool(name, arguments, None, known["error"])
            raise NpsError(known["error"])
        result = result_model(name).model_validate(known["result"])
        journal.tool(name, arguments, result)
        return result

    return perform


def _compared(what: str, before: Sequence[Any], after: Sequence[Any]) -> list[str]:
    found = [f"{len(before)} {what}s then, {len(after)} now"] if len(before) != len(after) else []
    for number, (one, other) in enumerate(zip(before, after, strict=False), 1):
        first, second = (json.dumps(told, ensure_ascii=False) for told in (one, other))
        if first != second:
            found.append(f"{what} {number} differs at character {_first_difference(first, second)}")
    return found


def _answers(before: Answer, after: Answer) -> list[str]:
    told, again = (answer.model_dump(mode="json", exclude=set(UNLIKE)) for answer in (before, after))
    return [f"the answer's {name} differs" for name in told if told[name] != again[name]]


def _first_difference(one: str, other: str) -> str:
    at = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return f"{at:,}: {one[at : at + 40]!r} then, {other[at : at + 40]!r} now"
