"""What a chat does with each line: a question to the agent, a choice by number, or a command."""

from __future__ import annotations

import json as jsonlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from apps.cli.page import Page, note, print_json, print_lines, wrap
from apps.cli.steps import Steps, with_numbers
from warehouse.errors import NpsError

if TYPE_CHECKING:
    from agent.answer import Answer
    from agent.conversation import Conversation
    from warehouse.workspace import Warehouse

HELP = {
    "/help": "what can be typed",
    "/new": "begin a new conversation",
    "/sql": "the SQL behind the last answer",
    "/caveats": "the caveats of the last answer",
    "/facts": "every figure of the last answer, with base and interval",
    "/runs": "the last runs of this workspace",
    "/audience executive": "whom to answer: executive, analyst or anyone",
    "/model openai:NAME": "who answers from now on: builtin, openai:NAME, PROVIDER:NAME",
    "/quit": "end (as does Ctrl-D)",
}
Audience = Literal["executive", "analyst"] | None
_AUDIENCES: dict[str, Audience] = {"executive": "executive", "analyst": "analyst", "anyone": None}
_RUNS = 10


@dataclass
class Sitting:
    """A conversation with what was set for it, and the last answer."""

    warehouse: Warehouse
    talk: Conversation
    chosen: dict[str, Any]
    """Model and seed, where they were chosen."""
    audience: Audience
    sheet: Page
    json: bool = False
    answer: Answer | None = None
    over: bool = False

    def hear(self, line: str) -> None:
        """Do what a line says."""
        line = line.strip()
        try:
            if line.startswith("/"):
                self._command(*line.split(maxsplit=1))
            elif line:
                self._ask(self._picked(line))
        except NpsError as error:
            self._fail(str(error))
        except KeyboardInterrupt:
            self._fail("stopped; the conversation goes on without this question.")

    def say(self, lines: list[str], *, command: str = "") -> None:
        """Show lines; as an object where the chat speaks JSON."""
        if self.json:
            print_json(jsonlib.dumps({"command": command, "lines": lines}, ensure_ascii=False))
        else:
            print_lines(lines)

    def _fail(self, sentence: str) -> None:
        if self.json:
            print_json(jsonlib.dumps({"error": sentence}, ensure_ascii=False))
        else:
            note(f"error: {sentence}")

    def _picked(self, line: str) -> str:
        """The choice that a number stands for, when the last answer gave choices."""
        options = self.answer.options if self.answer is not None else []
        if not (line.isdecimal() and 1 <= int(line) <= len(options)):
            return line
        picked = options[int(line) - 1]
        if not self.json:
            self.say([*wrap(picked, self.sheet.width, first="> ", rest="  "), ""])
        return picked

    def _ask(self, question: str) -> None:
        with Steps(text=not self.json) as steps:
            from agent.ask import ask

            answer = ask(
                question,
                self.warehouse,
                **self.chosen,
                audience=self.audience,
                conversation=self.talk,
                watch=steps.tell,
                stream=steps.live,
            )
        self.answer = answer
        if self.json:
            print_json(answer.model_dump_json())
            return
        from apps.cli.show import answer_lines

        told = answer.model_copy(update={"text": with_numbers(answer.text, answer.options)})
        lines = answer_lines(told, self.sheet, text=not steps.shown)
        self.say([*([""] if steps.shown else []), *lines, ""])

    def _command(self, name: str, value: str = "") -> None:
        does: dict[str, Callable[[str], list[str]]] = {
            "/help": self._help,
            "/new": self._new,
            "/sql": self._sql,
            "/caveats": self._caveats,
            "/facts": self._facts,
            "/runs": self._runs,
            "/audience": self._set_audience,
            "/model": self._set_model,
            "/quit": self._quit,
        }
        if name not in does:
            raise NpsError(f"There is no command {name}; /help lists them. A question needs no sign before it.")
        lines = does[name](value.strip())
        if lines or self.json:
            self.say([*lines, *([""] if not self.json else [])], command=name)

    def _help(self, _value: str) -> list[str]:
        width = max(map(len, HELP))
        lines = [f"{name:<{width}}  {what}" for name, what in HELP.items()]
        return [*lines, "a number picks from the choices of the last answer; Ctrl-C ends a question"]

    def _new(self, _value: str) -> list[str]:
        from agent.conversation import Conversation

        fresh = Conversation(self.warehouse.folder)
        self.talk.close()
        self.talk, self.answer = fresh, None
        return [f"conversation {fresh.id}"]

    def _sql(self, _value: str) -> list[str]:
        from apps.cli.show import sql_lines

        return sql_lines(self._last().sql) or ["no SQL was run for it"]

    def _caveats(self, _value: str) -> list[str]:
        return self.sheet.bullets(self._last().caveats) or ["it has none"]

    def _facts(self, _value: str) -> list[str]:
        from apps.cli.show import fact_lines

        return fact_lines(self._last().facts, self.sheet) or ["it has none"]

    def _runs(self, _value: str) -> list[str]:
        from agent.runs import FOLDER, list_runs
        from apps.cli.runs import run_lines

        found = list_runs(self.warehouse.folder / FOLDER)[-_RUNS:]
        return run_lines(found, self.sheet) if found else ["there is no run yet"]

    def _set_audience(self, value: str) -> list[str]:
        if value not in _AUDIENCES:
            raise NpsError(f"The audience is {self.audience or 'anyone'}; give /audience executive, analyst or anyone.")
        self.audience = _AUDIENCES[value]
        return [f"answers are for {'an ' + value if self.audience else 'anyone'}"]

    def _set_model(self, value: str) -> list[str]:
        if not value:
            return [f"{self.chosen.get('model', 'builtin')} answers; /model builtin, openai:NAME or PROVIDER:NAME"]
        self.chosen = {**self.chosen, "model": value}
        return [f"{value} answers from now on"]

    def _quit(self, _value: str) -> list[str]:
        self.over = True
        return []

    def _last(self) -> Answer:
        if self.answer is None:
            raise NpsError("There is no answer in this sitting yet; ask a question first.")
        return self.answer
