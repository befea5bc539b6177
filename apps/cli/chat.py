"""`npsight chat`: a conversation, at the terminal or line by line on stdin."""

from __future__ import annotations

import dataclasses
import json as jsonlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from apps.cli.arguments import Audience, Brain, Continued, Overrides, Source
from apps.cli.asking import check_place, conversation_id
from apps.cli.page import Page, note, page, print_json, print_lines, wrap
from apps.cli.places import open_warehouse
from apps.cli.rows import aligned, local_time
from apps.cli.runs import workspace_folder
from apps.cli.steps import ctrl_c_stops

if TYPE_CHECKING:
    from apps.cli.sitting import Sitting

PROMPT = "> "
_SHOWN = 3
_HINT = "Ctrl-D or /quit ends the chat."


def chat(
    source: Source,
    overrides: Overrides,
    brain: Brain,
    audience: Audience = None,
    conversation: Continued = None,
    listed: Annotated[bool, typer.Option("--list", help="List the conversations of the workspace instead.")] = False,
    json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object a line on stdout and nothing else.")
    ] = False,
) -> None:
    """Hold a conversation.

    A follow-up such as "and for Enterprise?" is read in the light of what was said before. /help lists the commands;
    Ctrl-C ends a question, Ctrl-D the chat.
    """
    if listed:
        _list(workspace_folder(source, overrides), json=json)
        return
    if conversation is not None:
        check_place(source)
    with open_warehouse(source, overrides, demo=True) as warehouse, ctrl_c_stops(warehouse, then=_stop):
        from agent.conversation import Conversation
        from apps.cli.sitting import Sitting

        name = conversation_id(warehouse.folder, conversation) if conversation is not None else None
        sitting = Sitting(warehouse, Conversation(warehouse.folder, name), brain.chosen, audience, page(), json)
        try:
            _hold(sitting)
        finally:
            sitting.talk.close()


def _stop() -> None:
    raise KeyboardInterrupt


def _hold(sitting: Sitting) -> None:
    exchanges = sitting.talk.exchanges
    if not sitting.json:
        print_lines(_greeting(sitting) if sys.stdin.isatty() else [])
        for exchange in exchanges[-_SHOWN:]:
            sitting.say(_exchange_lines(exchange.question, exchange.answer, sitting.sheet))
    for line in _lines([exchange.question for exchange in exchanges], quiet=sitting.json):
        if not sitting.json and not sys.stdin.isatty() and line.strip():
            sitting.say([sitting.sheet.bold(f"{PROMPT}{line.strip()}"), ""])
        sitting.hear(line)
        sys.stdout.flush()
        if sitting.over:
            return


def _greeting(sitting: Sitting) -> list[str]:
    catalog = sitting.warehouse.catalog
    model = sitting.chosen.get("model", "builtin")
    told = f"{catalog.name} · {model} · conversation {sitting.talk.id} · /help lists the commands, Ctrl-D ends"
    return [sitting.sheet.dim(line) for line in wrap(told, sitting.sheet.width)]


def _exchange_lines(question: str, answer: str, sheet: Page) -> list[str]:
    from apps.cli.show import markdown_lines

    asked = [sheet.bold(line) for line in wrap(question, sheet.width, first=PROMPT, rest="  ")]
    return [*asked, "", *markdown_lines(answer, sheet), ""]


def _lines(asked: list[str], *, quiet: bool) -> Iterator[str]:
    """What the user types, or the lines of stdin; Ctrl-C clears the line that is being typed."""
    if hasattr(sys.stdin, "reconfigure"):
        sys.stdin.reconfigure(errors="surrogateescape")
    if not sys.stdin.isatty():
        yield from sys.stdin
        return
    _remember(asked)
    prompt = "" if quiet or not sys.stdout.isatty() else PROMPT
    while True:
        try:
            yield input(prompt)
        except KeyboardInterrupt:
            print(file=sys.stderr)
            note(_HINT)
        except EOFError:
            print(file=sys.stderr)
            return


def _remember(asked: list[str]) -> None:
    """Editing and history for the prompt, with the questions of the conversation so far."""
    try:
        import readline
    except ImportError:  # Python was built without it
        return
    readline.clear_history()
    for question in asked:
        readline.add_history(question)


def _list(folder: Path, *, json: bool) -> None:
    from apps.conversations import newest

    found = newest(folder)
    if json:
        told = {"conversations": [dataclasses.asdict(one) for one in found]}
        print_json(jsonlib.dumps(told, ensure_ascii=False))
        return
    if not found:
        print_lines([f"{folder} holds no conversation yet; begin one with `npsight chat`."])
        return
    rows = [[one.id, local_time(one.began), str(one.turns), one.question] for one in found]
    print_lines(aligned(["conversation", "begun", "turns", "first question"], rows, page(), right={2}))
