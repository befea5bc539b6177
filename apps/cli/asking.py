"""`npsight ask`: one question, one answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from apps.cli.arguments import Audience, Brain, Continued, Json, Overrides, Source
from apps.cli.page import page, print_json, print_lines
from apps.cli.places import is_workspace, open_warehouse
from apps.cli.steps import Steps, ctrl_c_stops

if TYPE_CHECKING:
    from agent.conversation import Conversation


def ask(
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="In plain words, in quotes.")],
    source: Source,
    overrides: Overrides,
    brain: Brain,
    audience: Audience = None,
    conversation: Continued = None,
    json: Json = False,
    sql: Annotated[bool, typer.Option("--sql", help="Also show the SQL that was run.")] = False,
) -> None:
    """Answer one question.

    With neither --data nor a workspace it is about the pricing demo, and the answer says so.
    """
    from warehouse.errors import NpsError

    if not question.strip():
        raise NpsError('The question is empty; ask in quotes, such as npsight ask "What is our NPS by plan?"')
    if conversation is not None:
        check_place(source)
    with (
        open_warehouse(source, overrides, demo=True) as warehouse,
        ctrl_c_stops(warehouse),
        Steps(text=not json) as steps,
        continued(warehouse.folder, conversation) as talk,
    ):
        from agent.ask import ask as answer_to

        answer = answer_to(
            question,
            warehouse,
            **brain.chosen,
            audience=audience,
            conversation=talk,
            watch=steps.tell,
            stream=steps.live,
        )
    if json:
        print_json(answer.model_dump_json())
    else:
        from apps.cli.show import answer_lines

        rest = answer_lines(answer, page(), sql=sql, text=not steps.shown)
        print_lines(["", *rest] if steps.shown else rest)
    if answer.status == "failed":
        raise typer.Exit(1)


def check_place(source: Source) -> None:
    """Conversations are gone on with where they were held: in a workspace."""
    from warehouse.errors import NpsError

    if source.data or (source.workspace is None and not is_workspace(Path())):
        raise NpsError(
            "A conversation is kept in a workspace; name it with --workspace DIR, or make one with `npsight load FILE`."
        )


@contextmanager
def continued(folder: Path, name: str | None) -> Iterator[Conversation | None]:
    """The conversation of that name, `last` the newest, `new` one that begins; None where none is asked for."""
    if name is None:
        yield None
        return
    from agent.conversation import Conversation

    with Conversation(folder, None if name == "new" else conversation_id(folder, name)) as talk:
        yield talk


def conversation_id(folder: Path, name: str) -> str:
    """The id that a name stands for."""
    from agent.conversation import list_conversations
    from warehouse.errors import NpsError

    if name != "last":
        return name
    known = list_conversations(folder)
    if not known:
        raise NpsError(f"{folder} holds no conversation yet; begin one with --conversation new or `npsight chat`.")
    return known[-1]
