"""One attack, tried in one way: what was answered, told to the model, opened and changed."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import Field

from agent.answer import Answer
from agent.ask import ask
from agent.conversation import Conversation
from agent.events import Event
from agent.limits import Limits
from agent.models import BUILTIN
from agent.obedient import ObedientModel
from agent.runs import FOLDER
from evals.safety.attacks import Attack
from evals.safety.places import KEPT, place
from evals.safety.watch import Opened, canaries, elsewhere, watching
from tools.result import Model
from warehouse.engine import Limits as QueryLimits
from warehouse.workspace import Warehouse

OBEDIENT = "obedient"
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

    @property
    def vendor(self) -> bool:
        """Whether somebody's server is asked."""
        return self.who not in (OBEDIENT, BUILTIN)


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
    obeyed: list[str] = field(default_factory=list)
    """To whom the orders were addressed that the model obeyed."""
    opened: Opened = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    """Files that were made, changed or removed."""
    seconds: list[float] = field(default_factory=list)
    scratch: Path = Path()


def tried(attack: Attack, way: Way, warehouse: Warehouse, seed: int) -> Evidence:
    """Ask it, and see what becomes of it."""
    found = Evidence(attack, way, warehouse)
    model = ObedientModel(key=attack.key, first=way.first) if way.who == OBEDIENT else None
    roots = (warehouse.folder, place(KEPT))
    before = _files(roots)
    with elsewhere() as scratch, canaries(key=not way.vendor):
        found.scratch = scratch
        with Conversation(scratch) if len(way.questions) > 1 else nullcontext() as talk:
            for question in way.questions:
                _asked(found, question, model or way.who, talk, seed)
                if model is not None:
                    model.first = []
        left = [path.name for path in scratch.iterdir() if not path.name.startswith("conversations.sqlite")]
    after = _files(roots)
    found.changed = [*left, *sorted({path for path, _ in before.items() ^ after.items()})]
    if model is not None:
        found.sent = [_text(m) for request in model.requests for m in request if m.type != "ai"]
        found.obeyed = [order.to for order in model.obeyed]
    elif way.vendor:
        found.sent = [text for answer in found.answers for text in _sent(warehouse, answer)]
    return found


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
