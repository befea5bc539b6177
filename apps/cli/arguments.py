"""Options that several commands share, and the preparation of the command line before it is parsed."""

from __future__ import annotations

import dataclasses
import functools
import inspect
import os
import re
import typing
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:
    from warehouse.catalog import Role
    from warehouse.options import LoadOptions

_FILE_LIKE = re.compile(
    r"[^\s{}\[\]?]+\.(?:csv|tsv|txt|tab|psv|dat|xlsx?|xlsm|xlsb|ods|parquet|pq|json|jsonl|ndjson|duckdb|ddb|db|sqlite3?)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Source:
    """Where the answers come from."""

    workspace: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder made by `npsight load`. [default: here, if it is one]")
    ] = None
    data: Annotated[
        list[Path], typer.Option(metavar="FILE...", help="Files to use without making a workspace; repeatable.")
    ] = field(default_factory=list)


@dataclass(frozen=True)
class Overrides:
    """What the user says about the files, above every guess."""

    score: Annotated[str | None, typer.Option(metavar="COL", help="Column with the 0-10 score.")] = None
    date: Annotated[str | None, typer.Option(metavar="COL", help="Column with the day of the answer.")] = None
    customer: Annotated[str | None, typer.Option(metavar="COL", help="Column with the customer's id.")] = None
    comment: Annotated[str | None, typer.Option(metavar="COL", help="Column with the comment.")] = None
    response_id: Annotated[str | None, typer.Option(metavar="COL", help="Column with the answer's id.")] = None
    dimension: Annotated[list[str], typer.Option(metavar="COL", help="Column to split by; repeatable.")] = field(
        default_factory=list
    )
    personal: Annotated[
        list[str], typer.Option(metavar="COL", help="Column that tells who somebody is; repeatable.")
    ] = field(default_factory=list)
    ignore: Annotated[list[str], typer.Option(metavar="COL", help="Column to set aside; repeatable.")] = field(
        default_factory=list
    )
    columns: Annotated[str | None, typer.Option(metavar="A,B", help="Read only these columns.")] = None
    date_order: Annotated[Literal["dmy", "mdy"] | None, typer.Option(help="How to read dates such as 03/04/2025.")] = (
        None
    )
    scale: Annotated[str | None, typer.Option(metavar="0-10", help="Scale, and class limits if not 0-10: 1-5:3:5.")] = (
        None
    )
    event: Annotated[list[str], typer.Option(metavar="NAME=DATE", help="Dated event of the business; repeatable.")] = (
        field(default_factory=list)
    )
    sheet: Annotated[str | None, typer.Option(metavar="NAME", help="Sheet of the workbook.")] = None
    survey: Annotated[str | None, typer.Option(metavar="FILE", help="The file that holds the scores.")] = None
    no_score: Annotated[
        bool, typer.Option("--no-score", help="There is no 0-10 score: other outcomes are analysed, NPS is not.")
    ] = False

    @property
    def given(self) -> list[str]:
        """The options that were used, as they are typed."""
        return [
            f"--{item.name.replace('_', '-')}"
            for item in dataclasses.fields(self)
            if getattr(self, item.name) not in (None, [], False)
        ]

    def load_options(self) -> LoadOptions:
        """The same for the loader."""
        from warehouse.options import LoadOptions, parse_event, parse_scale

        return LoadOptions(
            roles=self._roles(),
            dimensions=tuple(self.dimension),
            personal=tuple(self.personal),
            ignore=tuple(self.ignore),
            columns=_listed(self.columns) if self.columns is not None else None,
            date_order=self.date_order,
            scale=parse_scale(self.scale) if self.scale is not None else None,
            events=dict(parse_event(text) for text in self.event),
            sheet=self.sheet,
            survey=Path(self.survey).name if self.survey and Path(self.survey).exists() else self.survey,
            no_score=self.no_score,
        )

    def _roles(self) -> dict[Role, str]:
        chosen: dict[Role, str | None] = {
            "score": self.score,
            "responded_at": self.date,
            "customer_id": self.customer,
            "comment": self.comment,
            "response_id": self.response_id,
        }
        return {role: column for role, column in chosen.items() if column is not None}


@dataclass(frozen=True)
class Brain:
    """Who plans and writes, and from which seed."""

    model: Annotated[
        str | None,
        typer.Option(
            metavar="MODEL", help="builtin, openai:NAME or PROVIDER:NAME. [default: NPSIGHT_MODEL, else builtin]"
        ),
    ] = None
    seed: Annotated[int | None, typer.Option(metavar="N", help="Seed of everything that is drawn.")] = None

    @property
    def chosen(self) -> dict[str, Any]:
        """What the user chose, on the command line or for good; the rest is the agent's own default."""
        model = self.model or os.environ.get("NPSIGHT_MODEL", "").strip() or None
        return {name: value for name, value in (("model", model), ("seed", self.seed)) if value is not None}


Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout and nothing else.")]
Audience = Annotated[
    Literal["executive", "analyst"] | None,
    typer.Option(help="Who reads the answer: sets its depth and words, never its facts."),
]
Continued = Annotated[
    str | None,
    typer.Option("--conversation", metavar="ID|last|new", help="Go on with this conversation, or begin one."),
]


def _listed(text: str) -> tuple[str, ...]:
    """`A,B`, where a name that holds a comma stands in double quotes."""
    import csv

    names = next(csv.reader([text], skipinitialspace=True), [])
    return tuple(name.strip() for name in names if name.strip())


def spread(command: Callable[..., None]) -> Callable[..., None]:
    """The command with each of its groups of options spread into single ones, as typer reads them."""
    hints = typing.get_type_hints(command, include_extras=True)
    groups: dict[str, Any] = {name: hint for name, hint in hints.items() if dataclasses.is_dataclass(hint)}
    parameters: list[inspect.Parameter] = []
    for parameter in inspect.signature(command).parameters.values():
        if parameter.name in groups:
            parameters += _parameters(groups[parameter.name])
        else:
            parameters.append(parameter.replace(annotation=hints[parameter.name], kind=parameter.KEYWORD_ONLY))

    @functools.wraps(command)
    def flat(**values: Any) -> None:
        for name, group in groups.items():
            own = {item.name: values.pop(item.name) for item in dataclasses.fields(group)}
            values[name] = group(**own)
        command(**values)

    del flat.__wrapped__
    flat.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    flat.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return flat


def _parameters(group: Any) -> list[inspect.Parameter]:
    hints = typing.get_type_hints(group, include_extras=True)
    return [
        inspect.Parameter(
            item.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=[] if item.default is dataclasses.MISSING else item.default,
            annotation=hints[item.name],
        )
        for item in dataclasses.fields(group)
    ]


def gather_data_files(arguments: Sequence[str]) -> list[str]:
    """`--data a.csv b.csv` as `--data a.csv --data b.csv`, since a shell's `*.csv` gives the former.

    A token belongs to --data when it is a file, or is named like one and holds no space; a question is neither.
    """
    gathered: list[str] = []
    rest = list(arguments)
    while rest:
        token = rest.pop(0)
        gathered.append(token)
        if token == "--":
            return [*gathered, *rest]
        if token == "--data" and rest:
            gathered.append(rest.pop(0))
        while token.partition("=")[0] == "--data" and rest and _is_file_like(rest[0]):
            gathered += ["--data", rest.pop(0)]
    return gathered


def _is_file_like(token: str) -> bool:
    return bool(_FILE_LIKE.fullmatch(token)) or Path(token).is_file()
