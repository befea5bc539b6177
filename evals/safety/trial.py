"""One attack, tried in one way: what was answered, told to the model, opened and changed."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import Field

from agent.answer import Answer, ToolCall
from agent.ask import ask
from agent.conversation import Conversation
from agent.events import Event
from agent.limits import Limits
from agent.models import BUILTIN
from agent.obedient import ObedientModel
from agent.runs import FOLDER
from evals.safety.attacks import Attack
from evals.safety.places import KEPT, place
from evals.safety.watch import FILE_TEXT, Opened, canaries, elsewhere, watching
from tools.data.sql import run_sql, run_sql_aggregated
from tools.result import Model
from warehouse.engine import Limits as QueryLimits
from warehouse.errors import NpsError
from warehouse.workspace import Warehouse

OBEDIENT = "obedient"
LOOT = "loot"
QUERIES = QueryLimits(seconds=2.0, memory="300MB", threads=1)
_FEW = Limits(model_calls=6, tool_calls=10, seconds=20)
_MANY = Limits(model_calls=12, tool_calls=120, seconds=60, tokens=5_000_000)


class Way(Model):
    """Who is asked, and how."""

    who: str
    """obedient, builtin or a chat model."""
    questions: list[str]
    """One after the other, in one conversation where there are several."""
    world: str
    first: list[dict[str, Any]] = Field(default_factory=list)
    """What an obedient model calls by itself."""
    many: bool = False
    """Whether it may call many tools in one answer."""
    direct: bool = False
    """Whether the calls go to `run_sql` itself, without the walls before it."""

    @property
    def vendor(self) -> bool:
        """Whether somebody's server is asked."""
        return self.who not in (OBEDIENT, BUILTIN)


class Reply(NamedTuple):
    """What came back of a call with SQL."""

    sql: str
    text: str
    refused: bool


@dataclass
class Evidence:
    """Everything that is known of a trial."""

    attack: Attack
    way: Way
    warehouse: Warehouse
    answers: list[Answer] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    """The texts that the model was sent; not its own."""
    replies: list[Reply] = field(default_factory=list)
    """What came back of each call."""
    obeyed: list[str] = field(default_factory=list)
    """To whom the orders were addressed that the model obeyed."""
    loot: list[Any] = field(default_factory=list)
    """What stands in columns called loot: statements name so the figure that they are after."""
    opened: Opened = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    """Files that were made, changed or removed."""
    seconds: list[float] = field(default_factory=list)
    scratch: Path = Path()


def tried(attack: Attack, way: Way, warehouse: Warehouse, seed: int) -> Evidence:
    """Ask it, and see what becomes of it."""
    found = Evidence(attack, way, warehouse)
    roots = (warehouse.folder, place(KEPT))
    before = _files(roots)
    with elsewhere() as scratch, canaries(key=not way.vendor):
        found.scratch = scratch
        if way.direct:
            _call(found)
        else:
            _converse(found, seed)
        left = [path.name for path in scratch.iterdir() if not path.name.startswith("conversations.sqlite")]
    after = _files(roots)
    found.changed = [*left, *sorted({path for path, _ in before.items() ^ after.items()})]
    return found


def _converse(found: Evidence, seed: int) -> None:
    way = found.way
    model = ObedientModel(key=found.attack.key, first=way.first) if way.who == OBEDIENT else None
    with Conversation(found.scratch) if len(way.questions) > 1 else nullcontext() as talk:
        for question in way.questions:
            _asked(found, question, model or way.who, talk, seed)
            if model is not None:
                model.first = []
    if model is not None:
        found.sent = [_text(m) for request in model.requests for m in request if m.type != "ai"]
        found.replies = list(_replies(model.requests[-1])) if model.requests else []
        found.obeyed = [order.to for order in model.obeyed]
    elif way.vendor:
        found.sent = [text for answer in found.answers for text in _sent(found.warehouse, answer)]


def _call(found: Evidence) -> None:
    """Each statement through `run_sql` itself, as a model's SQL runs, or as it runs where rows may be read."""
    run = run_sql if found.warehouse.catalog.privacy.rows_to_model else run_sql_aggregated
    hostile_frame = [FILE_TEXT]
    started = time.perf_counter()
    with watching() as opened:
        for call in found.way.first:
            sql = call["args"]["sql"]
            try:
                result = run(found.warehouse, sql=sql)
                said, refused = result.model_dump_json(exclude={"sql"}), False
                found.loot += _loot(result.columns, result.rows)
            except NpsError as error:
                said, refused = str(error), True
            found.replies.append(Reply(sql, said, refused))
    del hostile_frame
    found.seconds.append(time.perf_counter() - started)
    found.opened += opened
    calls = [
        ToolCall(name="run_sql", arguments={"sql": r.sql}, error=r.text if r.refused else None) for r in found.replies
    ]
    text = f"{sum(r.refused for r in found.replies)} of {len(found.replies)} statements were refused."
    found.answers = [
        Answer(status="answered", text=text, question=found.way.questions[0], tools=calls, model="run_sql")
    ]
    found.sent = [reply.text for reply in found.replies]


def _asked(found: Evidence, question: str, model: Any, talk: Conversation | None, seed: int) -> None:
    way = found.way
    limits = None if way.vendor else _MANY if way.many else _FEW
    started = time.perf_counter()
    with watching() as opened:
        answer = ask(
            question,
            found.warehouse,
            model=model,
            seed=seed,
            conversation=talk,
            limits=limits,
            watch=found.events.append,
            record=way.vendor,
        )
    found.seconds.append(time.perf_counter() - started)
    found.answers.append(answer)
    found.opened += opened
    for table in answer.tables:
        found.loot += _loot([column.name for column in table.columns], table.rows)
    found.loot += [fact.value for fact in answer.facts if fact.name == LOOT and fact.value is not None]


def _replies(messages: Sequence[Any]) -> Iterator[Reply]:
    """What the model was told of each statement that it sent."""
    made = {call["id"]: call["args"].get("sql", "") for m in messages for call in getattr(m, "tool_calls", [])}
    for message in messages:
        if message.type == "tool" and message.name == "run_sql":
            yield Reply(str(made.get(message.tool_call_id)), message.text, message.status == "error")


def _loot(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[Any]:
    """What stands in the column loot."""
    at = [i for i, name in enumerate(columns) if name == LOOT]
    return [row[i] for row in rows for i in at if row[i] is not None]


def _text(message: Any) -> str:
    return f"{message.text} {getattr(message, 'tool_calls', '')}"


def _sent(warehouse: Warehouse, answer: Answer) -> list[str]:
    """What a vendor's model was sent, by the run record."""
    path = warehouse.folder / FOLDER / f"{answer.run}.json"
    record = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    messages = [m for sent in record.get("sent", []) for m in sent["request"]["messages"]]
    return [json.dumps(m, ensure_ascii=False) for m in messages if m.get("role") != "assistant"]


def _files(roots: Sequence[Path]) -> dict[str, str]:
    """Every file with what is in it, but for records and conversations."""
    return {
        f"{root.name}/{path.relative_to(root)}": hashlib.sha256(path.read_bytes()).hexdigest()
        for root in roots
        for path in sorted(root.rglob("*"))
        if path.is_file() and FOLDER not in path.parts and not path.name.startswith("conversations.sqlite")
    }
