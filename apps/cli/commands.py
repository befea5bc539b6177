"""The commands of `npsight`, and how every kind of failure reads."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from typer import TyperException
from typer.core import TyperGroup

from apps.cli import asking, chat, codebook, doctor, evaluating, loading, runs, serving, tooling
from apps.cli.arguments import gather_data_files, spread
from apps.cli.main import INTERRUPTED, interrupted
from apps.cli.page import never_fail_on_text, note

CALLER, FAILURE = 2, 1


class Npsight(TyperGroup):
    """The commands; a failure is one line on stderr, with exit 2 for the caller's mistakes and 1 for ours."""

    def main(self, args: Sequence[str] | None = None, *rest: Any, **extra: Any) -> Any:
        """Prepare the arguments and the streams, then run."""
        never_fail_on_text(sys.stdout)
        never_fail_on_text(sys.stderr)
        return super().main(gather_data_files(sys.argv[1:] if args is None else args), *rest, **extra)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """A question without `ask` before it gets a hint."""
        if args and " " in args[0] and args[0] not in self.commands:
            ctx.fail('No such command. To ask a question, write: npsight ask "QUESTION"')
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Run the command and turn what goes wrong into a line and an exit code."""
        try:
            try:
                super().invoke(ctx)
            finally:
                sys.stdout.flush()
        except BrokenPipeError:
            _forget_stdout()
        except (typer.Exit, typer.Abort, TyperException):
            raise
        except Exception as error:  # noqa: BLE001 a face shows no traceback
            raise typer.Exit(_explain(error)) from None


def _explain(error: Exception) -> int:
    from warehouse.errors import NpsError

    if interrupted():  # DuckDB says "Query interrupted" for a Ctrl-C
        return INTERRUPTED
    if isinstance(error, NpsError):
        return _say(str(error), CALLER)
    if os.environ.get("NPSIGHT_DEBUG"):
        import traceback

        traceback.print_exception(error)
        return FAILURE
    if isinstance(error, OSError):
        return _say(_file_trouble(error), CALLER)
    what = f"{type(error).__name__}: {error}".rstrip(": ")
    return _say(f"this is a defect of npsight, not of your data ({what}); set NPSIGHT_DEBUG=1 to see where.", FAILURE)


def _say(sentence: str, code: int) -> int:
    note(f"error: {sentence}")
    return code


def _file_trouble(error: OSError) -> str:
    what = (error.strerror or type(error).__name__).lower()
    return f"{error.filename}: {what}." if error.filename else f"the system refused: {what}."


def _forget_stdout() -> None:
    """Nobody reads any more (`| head`): say nothing, not even when Python flushes at its end."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):
        return


app = typer.Typer(
    name="npsight",
    cls=Npsight,
    help="Ask your NPS data: every number is computed, with its base and interval.",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _say_version(asked: bool) -> None:
    if asked:
        from apps.cli.version import own_version

        print(f"npsight {own_version()}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_say_version, help="Say which version this is.")
    ] = False,
) -> None:
    """Options before the command."""


for _command in (
    loading.load,
    asking.ask,
    chat.chat,
    serving.serve,
    tooling.tool,
    tooling.tools,
    codebook.codebook,
    loading.demo,
    doctor.doctor,
):
    app.command()(spread(_command))
app.command("eval")(spread(evaluating.evaluate))
app.add_typer(runs.app, name="runs")
