"""Conversations that survive a restart: LangGraph's checkpointer on SQLite, one thread each.

A turn is written once it is finished, whole or not at all, and masked before it is written; a turn that was cut off
leaves the conversation as it was.
"""

from __future__ import annotations

import datetime as dt
import secrets
import sqlite3
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from langchain_core.messages import BaseMessage

from agent.history import restored, turns
from warehouse.errors import NpsError, UnknownNameError

if TYPE_CHECKING:
    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.graph.state import CompiledStateGraph

FILE = "conversations.sqlite"
_WAIT, _PAUSE = 10.0, 0.05


@dataclass(frozen=True)
class Exchange:
    """One turn as people see it."""

    question: str
    answer: str


class Conversation:
    """One conversation in a workspace. Close it, or use it as a context manager."""

    def __init__(self, folder: Path, name: str | None = None) -> None:
        """Open the conversation called `name`, or begin a new one.

        Raises NpsError where there is none of that name, or where the file cannot be read.
        """
        self.id = name or f"{dt.datetime.now(dt.UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
        self._path = folder / FILE
        if name is not None and name not in (known := list_conversations(folder)):
            raise UnknownNameError(
                "conversation", name, known, hint="`npsight chat --list` lists them, `new` begins one"
            )
        self._connection = _connect(self._path)
        self._graph = _graph(self._connection)
        self._config: Any = {"configurable": {"thread_id": self.id}}

    def __enter__(self) -> Conversation:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    @property
    def messages(self) -> list[BaseMessage]:
        """All finished turns."""
        found: list[BaseMessage] = self._graph.get_state(self._config).values.get("messages", [])
        return [restored(message) for message in found]

    @property
    def exchanges(self) -> list[Exchange]:
        """Questions and answers, oldest first."""
        return [Exchange(turn[0].text, turn[-1].text) for turn in turns(self.messages)]

    def add(self, turn: Sequence[BaseMessage]) -> None:
        """Write a finished turn; nothing older is kept beside the newest state."""
        try:
            _patiently(lambda: self._graph.update_state(self._config, {"messages": list(turn)}), self._connection)
            _patiently(self._keep_newest, self._connection)
        except sqlite3.Error as error:
            raise NpsError(f"The conversation could not be written to {self._path}: {error}.") from None

    def _keep_newest(self) -> None:
        with self._connection:
            for table in ("checkpoints", "writes"):
                self._connection.execute(
                    f"DELETE FROM {table} WHERE thread_id = ? AND checkpoint_id < "
                    "(SELECT max(checkpoint_id) FROM checkpoints WHERE thread_id = ?)",
                    (self.id, self.id),
                )


def list_conversations(folder: Path) -> list[str]:
    """The ids of the conversations of a workspace, the one that was spoken in last at the end."""
    if not (folder / FILE).is_file():
        return []
    connection = _connect(folder / FILE)
    try:
        # Ids of checkpoints begin with the time.
        rows = connection.execute("SELECT thread_id FROM checkpoints GROUP BY 1 ORDER BY max(checkpoint_id)").fetchall()
    finally:
        connection.close()
    return [str(name) for (name,) in rows]


def _connect(path: Path) -> sqlite3.Connection:
    try:
        connection = sqlite3.connect(path, timeout=_WAIT, check_same_thread=False)
        _patiently(lambda: connection.execute("PRAGMA journal_mode = WAL"), connection)
        _patiently(_saver(connection).setup, connection)
        path.chmod(0o600)
    except (sqlite3.Error, OSError) as error:
        raise NpsError(f"The conversations in {path} cannot be read ({error}); move the file away.") from None
    return connection


def _patiently(action: Callable[[], object], connection: sqlite3.Connection) -> None:
    """Do it when the file is free: SQLite does not wait by itself where waiting could be a deadlock."""
    end = time.monotonic() + _WAIT
    while True:
        try:
            action()
        except sqlite3.OperationalError as error:
            connection.rollback()
            if "locked" not in str(error) or time.monotonic() > end:
                raise
            time.sleep(_PAUSE)
        else:
            return


def _saver(connection: sqlite3.Connection) -> SqliteSaver:
    from langgraph.checkpoint.sqlite import SqliteSaver

    return SqliteSaver(connection)


def _graph(connection: sqlite3.Connection) -> CompiledStateGraph[Any, Any, Any, Any]:
    """A graph of one node: it holds the messages, the work is done elsewhere."""
    from langgraph.graph import END, START, MessagesState, StateGraph

    builder = StateGraph(MessagesState)
    builder.add_node("turn", lambda _state: {})
    builder.add_edge(START, "turn")
    builder.add_edge("turn", END)
    return builder.compile(checkpointer=_saver(connection))
