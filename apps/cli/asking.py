"""`npsight ask`: one question, one answer."""

from __future__ import annotations

from typing import Annotated

import typer

from apps.cli.arguments import Brain, Json, Overrides, Source
from apps.cli.page import page, print_json, print_lines
from apps.cli.places import open_warehouse


def ask(
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="In plain words, in quotes.")],
    source: Source,
    overrides: Overrides,
    brain: Brain,
    json: Json = False,
    sql: Annotated[bool, typer.Option("--sql", help="Also show the SQL that was run.")] = False,
) -> None:
    """Answer one question.

    With neither --data nor a workspace it is about the pricing demo, and the answer says so.
    """
    from warehouse.errors import NpsError

    if not question.strip():
        raise NpsError('The question is empty; ask in quotes, such as npsight ask "What is our NPS by plan?"')
    with open_warehouse(source, overrides, demo=True) as warehouse:
        from agent.ask import ask as answer_to

        answer = answer_to(question, warehouse, **brain.chosen)
    if json:
        print_json(answer.model_dump_json())
    else:
        from apps.cli.show import answer_lines

        print_lines(answer_lines(answer, page(), sql=sql))
    if answer.status == "failed":
        raise typer.Exit(1)
