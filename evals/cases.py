"""Cases: what is asked, and what a right answer is. They are data (YAML), checked on reading.

A file of cases names its suite and the world that its questions are about:

    # yaml-language-server: $schema=../../cases.schema.json
    suite: answers
    world: hotel
    cases:
      - id: hotel-level-1
        family: level
        ask: What is our NPS?
        gold:
          sql: SELECT nps(score) AS nps FROM answers
          values: {nps: points}
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import Field, ValidationError, model_validator

from agent.answer import Audience, Status
from tools.result import Cell, Model
from warehouse.errors import NpsError

Suite = Literal["answers", "judgement", "clarify", "dialogue", "prose", "safety", "tools", "others"]
SUITES: tuple[Suite, ...] = ("answers", "judgement", "clarify", "dialogue", "prose", "safety", "tools")
ALL_SUITES: tuple[Suite, ...] = (*SUITES, "others")
"""With the one that reads other people's questions where they lie, and is only asked when it is named."""
Measure = Literal["points", "share", "count", "score", "amount", "days", "date", "text"]
Ignored = Literal["order", "extra rows", "empty rows", "small rows", "rounding"]
Language = Literal["en", "de", "es", "fr"]
ClaimKind = Literal[
    "change", "difference", "unclear", "steady", "mix", "within", "cause", "no_cause", "warning", "words"
]
CASES = Path(__file__).parent / "cases"
WRITTEN = frozenset(["answer", "executive-answer"])
"""The forms of suite prose that npsight writes by now; the others are not judged."""
SCHEMA = Path(__file__).parent / "cases.schema.json"
_ID = re.compile(r"[a-z0-9][a-z0-9-]*")


class Gold(Model):
    """The right figures: from SQL over the world's own tables, from its planted truth, or written out."""

    sql: str | None = None
    """One SELECT over the tables of the world (of your workspace, for your own cases); `nps(score)` is the NPS."""
    truth: str | None = None
    """A place in the world's truth, with dots: `price_rise.effect`."""
    rows: list[dict[str, Cell]] | None = None
    """The rows written out."""
    key: list[str] = Field(default_factory=list)
    """The columns that say which row it is (segment, period); none for a single figure."""
    values: dict[str, Measure]
    """The columns that are figures, and what they are. A share is 0 to 1, points -100 to 100."""
    tolerance: float = 0.0
    """How far off a shown figure may be, over and above rounding: a sample misses a planted truth a little."""

    @model_validator(mode="after")
    def _one_source(self) -> Gold:
        given = [name for name in ("sql", "truth", "rows") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError("give exactly one of sql, truth and rows")
        return self


class Claim(Model):
    """Something that an answer says: read from its words, whoever wrote them."""

    claim: ClaimKind
    """change: it moved over time; difference: it lies above or below others; unclear: that a change or difference
    cannot be told from chance; steady: that nothing changed; mix or within: that a change comes from who answered, or
    from the segments themselves; cause: that something made it so; no_cause: that a cause cannot be told; warning: that
    the data or the comparison cannot be relied on; words: any of the patterns in `words`."""
    or_claim: list[ClaimKind] = Field(default_factory=list)
    """Kinds that do as well: unclear or steady is the right answer to most false alarms."""
    direction: Literal["up", "down"] | None = None
    of: dict[str, str] | Literal["whole"] | None = None
    """Of which segment, of the whole; None for any."""
    words: list[str] = Field(default_factory=list)
    """Patterns (case does not matter); one of them must be found in the sentence that makes the claim."""

    def told(self) -> str:
        """The claim in a few words, for tables."""
        kinds = " or ".join([self.claim, *self.or_claim])
        parts = [kinds, self.direction, f"of {self.of}" if self.of else None, " | ".join(self.words) or None]
        return " ".join(part for part in parts if part)


class Call(Model):
    """A tool call that is right for a question."""

    tool: str
    arguments: dict[str, Any] = Field(default_factory=dict)
    """What must be among its arguments; names of columns and values as in the data, order in lists does not matter."""


class Tools(Model):
    """Which calls answer the question."""

    any_of: list[Call]
    """One of these must be among the calls."""
    most: int | None = None
    """More calls than these are needless."""


class Turn(Model):
    """A question, and what a right answer to it is."""

    ask: str
    status: list[Status] = Field(default_factory=lambda: list[Status](["answered"]))
    """Each of these is right. Write [declined, clarify] where an answer would be wrong."""
    gold: Gold | None = None
    lead: list[str] = Field(default_factory=list)
    """Names, in order: the first names of segments that the answer gives as its finding (who is worst, who fell)."""
    ignore: list[Ignored] = Field(default_factory=list)
    """Differences that do not matter. order: of rows; extra rows: rows beside the gold; empty rows: those whose gold is
    NULL may be missing; small rows: those under the minimum base may be missing or suppressed; rounding: to whole
    points or percent is enough."""
    must: list[Claim] = Field(default_factory=list)
    """What must be claimed."""
    never: list[Claim] = Field(default_factory=list)
    """What must not be claimed."""
    tools: Tools | None = None


class Case(Turn):
    """One question, or a conversation that begins with it."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    family: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    """Questions of one kind; what is wrong in one is likely wrong in all, so intervals are clustered by it."""
    then: list[Turn] = Field(default_factory=list)
    """The further turns of a conversation."""
    language: Language = "en"
    audience: Audience | None = None
    form: str | None = None
    """Suite prose: the form whose rules the text must keep (executive, answer, segment, 4a, star, persona, quality)."""
    note: str = ""
    suite: Suite = "answers"
    world: str = ""
    """Both stand at the head of the file."""

    @property
    def turns(self) -> list[Turn]:
        """All turns, the first included."""
        return [self, *self.then]


class CaseFile(Model):
    """A file of cases."""

    suite: Suite
    world: str = ""
    """The world's name; empty in your own workspace."""
    cases: list[Case]


def read_cases(paths: Iterable[Path]) -> list[Case]:
    """All cases of the files, each with the suite and the world of its file.

    Raises NpsError for a file that cannot be read or does not fit, with the place and what is allowed there.
    """
    found: list[Case] = []
    places: dict[str, Path] = {}
    for path in paths:
        for case in _read(path):
            if case.id in places:
                raise NpsError(f"{path}: the id {case.id!r} is taken by a case in {places[case.id]}; ids are unique.")
            places[case.id] = path
            found.append(case)
    return found


def built_in(suites: Sequence[Suite] = SUITES) -> list[Case]:
    """The cases that come with npsight."""
    return [case for suite in suites for case in _of_suite(suite)]


def _of_suite(suite: Suite) -> list[Case]:
    if suite == "safety":
        from evals.safety import cases

        return cases()
    if suite == "others":
        from evals.others import cases as theirs

        return theirs()
    return read_cases(sorted((CASES / suite).glob("*.yaml")))


def _read(path: Path) -> list[Case]:
    try:
        listed = CaseFile.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise NpsError(f"{path} cannot be read as YAML: {' '.join(str(error).split())}.") from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        raise NpsError(
            f"{path}: {place}: {first['msg']}. The schema is {SCHEMA.name}, beside npsight's own cases."
        ) from None
    return [
        case.model_copy(update={"suite": listed.suite, "world": case.world or listed.world}) for case in listed.cases
    ]


def json_schema() -> str:
    """The schema of a file of cases, for editors."""
    return json.dumps(CaseFile.model_json_schema(), indent=1, ensure_ascii=False) + "\n"
