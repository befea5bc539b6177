"""One question, one answer."""

from __future__ import annotations

import datetime as dt
import re
import time
from typing import TYPE_CHECKING

from langchain_core.messages import AIMessage, BaseMessage

from agent.answer import Answer, Path, Status, Usage
from agent.card import known_texts, system_prompt
from agent.facts import Run
from agent.loop import AnswerCheck, run_loop
from agent.models import BUILTIN, make_model, model_errors
from agent.runs import save_run
from agent.toolbox import ASK, DECLINE
from tools.result import Result
from warehouse.engine import first_line
from warehouse.errors import NpsError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from warehouse.workspace import Warehouse

MAX_QUESTION = 4_000
_NUMBERS = re.compile(r"[\d.,]+")


def ask(
    question: str,
    warehouse: Warehouse,
    *,
    model: str | BaseChatModel = BUILTIN,
    seed: int = 7,
    clock: dt.datetime | None = None,
    record: bool = True,
) -> Answer:
    """Answer a question in plain words from the warehouse.

    The answer is checked before it is returned; it declines or asks back rather than guess. Raises NpsError for a
    question that is empty or longer than 4,000 characters, and for a model that cannot be had.
    """
    started = time.perf_counter()
    question = question.strip()
    if not question:
        raise NpsError('The question is empty; ask for example "What is our NPS?".')
    if not question.isascii() and any("\ud800" <= sign <= "\udfff" for sign in question):
        raise NpsError("The question holds bytes that are not text; write it in UTF-8.")
    if len(question) > MAX_QUESTION:
        raise NpsError(f"The question has {len(question):,} characters; {MAX_QUESTION:,} are the most.")
    catalog = warehouse.catalog
    chat = make_model(model, catalog, seed) if isinstance(model, str) else model
    system = "" if model == BUILTIN else system_prompt(catalog)
    known = known_texts(catalog, question)
    try:
        run, check, messages = run_loop(chat, warehouse, question, system, known)
        answer = _answer(question, run, check, messages)
    except model_errors() as error:
        answer = _failed(question, f"The model could not be used ({first_line(error)})")
    if answer.status == "failed" and model != BUILTIN:
        answer = _template_answer(question, warehouse, seed, answer)
    answer.model = model if isinstance(model, str) else chat._llm_type
    answer.seconds = round(time.perf_counter() - started, 3)
    if record:
        moment = clock or dt.datetime.now(dt.UTC)
        try:
            answer.run = save_run(warehouse.folder / "runs", answer, catalog, seed, moment)
        except OSError as error:  # a full disk or a read-only folder must not cost the answer
            answer.caveats.append(f"The run could not be recorded in {warehouse.folder / 'runs'}: {error.strerror}.")
    return answer


def _template_answer(question: str, warehouse: Warehouse, seed: int, refused: Answer) -> Answer:
    """The built-in planner's answer in the place of a draft that did not pass; its own failure stays a failure."""
    instead = ask(question, warehouse, seed=seed, record=False)
    if instead.status != "answered":
        return refused
    note = f"{refused.text.rstrip('.')}; this is the template answer of the built-in planner."
    return instead.model_copy(update={"caveats": [note, *instead.caveats], "usage": refused.usage})


def _failed(question: str, why: str) -> Answer:
    return Answer(status="failed", text=f"{why}.", question=question)


def _answer(question: str, run: Run, check: AnswerCheck, messages: list[BaseMessage]) -> Answer:
    status, text, options = _outcome(run, check, messages)
    shown = status == "answered"
    results = run.results if shown else []
    return Answer(
        status=status,
        text=text,
        question=question,
        facts=[fact for result in results for fact in result.facts],
        tables=[result.table for result in results if result.table is not None],
        charts=[result.chart for result in results if result.chart is not None],
        sql=[statement for result in results for statement in result.sql],
        caveats=_caveats(results),
        tools=[call for call in run.calls if call.name not in (ASK, DECLINE)],
        options=options,
        path=_path(run) if shown else "none",
        usage=_usage(messages),
    )


def _caveats(results: list[Result]) -> list[str]:
    """Each kind of caveat once: several calls of one question say the same with other counts."""
    said: list[str] = []
    for result in results:
        kinds = {_NUMBERS.sub("#", caveat) for caveat in said}
        said += [caveat for caveat in result.caveats if _NUMBERS.sub("#", caveat) not in kinds]
    return list(dict.fromkeys(said))


def _outcome(run: Run, check: AnswerCheck, messages: list[BaseMessage]) -> tuple[Status, str, list[str]]:
    for call in run.calls:
        if call.name == ASK:
            return (
                "clarify",
                _with_options(call.arguments["question"], call.arguments["options"]),
                call.arguments["options"],
            )
        if call.name == DECLINE:
            nearest = call.arguments["nearest"]
            return "declined", _with_options(call.arguments["reason"], nearest, "You could ask:"), nearest
    if check.text is not None:
        return "answered", check.text, []
    calls = sum(isinstance(message, AIMessage) for message in messages)
    reasons = "; ".join(check.reasons) or f"no answer came after {calls} calls of the model"
    return "failed", f"No answer passed the check: {reasons}.", []


def _with_options(text: str, options: list[str], lead: str = "You can choose:") -> str:
    return "\n".join([text, "", lead, *(f"- {option}" for option in options)]) if options else text


def _path(run: Run) -> Path:
    used = {call.name for call in run.calls if call.error is None}
    if not used:
        return "none"
    return "sql" if "run_sql" in used else "governed"


def _usage(messages: list[BaseMessage]) -> Usage:
    usage = Usage()
    for message in messages:
        if isinstance(message, AIMessage):
            usage.model_calls += 1
            tokens = message.usage_metadata
            usage.prompt_tokens += tokens["input_tokens"] if tokens else 0
            usage.completion_tokens += tokens["output_tokens"] if tokens else 0
    return usage
