"""The conversations of a workspace as every face lists them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

LISTED = 50


@dataclass(frozen=True)
class Summary:
    """One conversation in a list."""

    id: str
    began: str
    """ISO moment; empty where the id does not tell."""
    turns: int
    question: str
    """The first one."""


def newest(folder: Path, most: int = LISTED) -> list[Summary]:
    """The conversations that were spoken in last, the last at the end."""
    from agent.conversation import Conversation, list_conversations

    found = []
    for name in list_conversations(folder)[-most:]:
        with Conversation(folder, name) as talk:
            exchanges = talk.exchanges
        found.append(Summary(name, _began(name), len(exchanges), exchanges[0].question if exchanges else ""))
    return found


def _began(name: str) -> str:
    try:
        moment = dt.datetime.strptime(name[:15], "%Y%m%d-%H%M%S").replace(tzinfo=dt.UTC)
    except ValueError:
        return ""
    return moment.isoformat(timespec="seconds")
