"""One question, one answer."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from langchain_core.messages import BaseMessage, messages_to_dict

from agent.answer import Answer, Audience
from agent.answering import make_answer, partial_answer, passing_answer, same_work, usage_of
from agent.builtin.model import BuiltinModel
from agent.card import names_of
from agent.events import Event, Watch, nobody
from agent.examples import nearest, read_examples
from agent.history import finished, made
from agent.job import Job
from agent.limits import LimitReached, Limits, Meter
from agent.loop import Worked, begin, work
from agent.models import BUILTIN, make_model
from agent.performing import performer
from agent.privacy import masked
from agent.recording import Journal
from agent.runs import FOLDER, FORMAT, new_run
from agent.telemetry import answer_span
from agent.trouble import ModelUnusable
from warehouse.errors import NpsError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from agent.conversation import Conversation
    from warehouse.catalog import Catalog
    from warehouse.workspace import Warehouse

MAX_QUESTION = 4_000


def planner(catalog: Catalog, audience: Audience | None) -> BuiltinModel:
    """The built-in planner, which needs no model."""
    return BuiltinModel(catalog=catalog, audience=audience)


def ask(
    question: str,
    warehouse: Warehouse,
    *,
    model: str | BaseChatModel = BUILTIN,
    seed: int = 7,
    audience: Audience | None = None,
    conversation: Conversation | None = None,
    limits: Limits | None = None,
    watch: Watch = nobody,
    stream: bool = False,
    clock: dt.datetime | None = None,
    record: bool = True,
) -> Answer:
    """Answer a question in plain words from the warehouse.

    The answer is checked before it is returned; it declines or asks back rather than guess. With a `conversation` a
    follow-up is read in its light, and the turn is kept. `watch` is told each step as it happens.

    Raises NpsError for a question that is empty or longer than 4,000 characters, and for a model that cannot be had.
    """
    started = time.perf_counter()
    question = masked(fit_question(question), keep=names_of(warehouse.catalog))
    limits = limits if limits is not None else Limits.from_environment()
    moment = clock or dt.datetime.now(dt.UTC)
    folder = warehouse.folder / FOLDER
    thread = conversation.id if conversation is not None else None
    journal = Journal(_head(question, warehouse, moment, seed, audience, thread), folder if record else None)
    chat = _chat(model, warehouse.catalog, seed, audience, journal, limits, stream)
    history = conversation.messages if conversation is not None else []
    job = Job(
        question=question,
        catalog=warehouse.catalog,
        chat=chat,
        model=model if isinstance(model, str) else chat._llm_type,
        perform=performer(warehouse, journal, history, local=isinstance(chat, BuiltinModel)),
        meter=Meter(limits),
        journal=journal,
        audience=audience,
        seed=seed,
        history=history,
        examples=nearest(question, read_examples(warehouse.folder)),
        watch=watch,
        stream=stream,
    )
    journal.head |= {
        "model": job.model,
        "history": messages_to_dict(history),
        "examples": [example.model_dump(mode="json") for example in job.examples],
    }
    with answer_span(job.model, thread) as told:
        answer, turn = answered(job)
        answer.audience, answer.conversation = audience, thread
        answer.seconds = round(time.perf_counter() - started, 3)
        if isinstance(model, str):
            _let_go(chat)
        _keep(answer, turn, journal, conversation)
        told(answer)
    _tell(answer, watch)
    return answer


def _chat(
    model: str | BaseChatModel,
    catalog: Catalog,
    seed: int,
    audience: Audience | None,
    journal: Journal,
    limits: Limits,
    stream: bool,
) -> BaseChatModel:
    if not isinstance(model, str):
        return model
    if model == BUILTIN:
        return planner(catalog, audience)
    return make_model(model, catalog, seed, stream=stream, seconds=limits.seconds, wire=journal.wire)


def fit_question(question: str) -> str:
    """The question without blanks round it; NpsError where it is none."""
    question = question.strip()
    if not question:
        raise NpsError('The question is empty; ask for example "What is our NPS?".')
    if not question.isascii() and any("\ud800" <= sign <= "\udfff" for sign in question):
        raise NpsError("The question holds bytes that are not text; write it in UTF-8.")
    if len(question) > MAX_QUESTION:
        raise NpsError(f"The question has {len(question):,} characters; {MAX_QUESTION:,} are the most.")
    return question


def answered(job: Job) -> tuple[Answer, list[BaseMessage]]:
    """The answer to a job and the messages of its turn; the planner stands in where the model gave none."""
    worked = begin(job)
    limit = False
    try:
        work(job, worked)
        answer = make_answer(job, worked)
        if answer.status != "failed" or job.local:
            return _metered(answer, job), worked.messages
        why = answer.text
    except LimitReached as reached:
        why, limit = str(reached), True
        job.watch(Event(kind="limit", why=why))
    except ModelUnusable as unusable:
        why = str(unusable)
    return _instead(job, worked, why, limit=limit)


def _instead(job: Job, worked: Worked, why: str, *, limit: bool) -> tuple[Answer, list[BaseMessage]]:
    """The planner's answer in the place of one that did not come or did not pass."""
    job.watch(Event(kind="instead", why=why))
    refused = bool(worked.check.reasons)
    stand_in = dataclasses.replace(job, chat=planner(job.catalog, job.audience), model=BUILTIN, meter=Meter(Limits()))
    again = begin(stand_in)
    work(stand_in, again)
    answer = make_answer(stand_in, again)
    note = f"{why.rstrip('.')}; this is the template answer of the built-in planner."
    left_out = f"{why} The model's own answer is left out." if limit else None
    if answer.status == "answered" and (not refused or same_work(again.run, worked.run)):
        answer = answer.model_copy(update={"caveats": [note, *answer.caveats], "left_out": left_out})
        return _metered(answer, job), again.messages
    if (passing := passing_answer(job, worked)) is not None:
        return _metered(passing, job), worked.messages or made(worked.run)
    if limit or any(result.facts for result in worked.run.results):
        return _metered(partial_answer(job, worked, why, limit=limit), job), worked.messages or made(worked.run)
    if answer.status == "failed":
        return _metered(Answer(status="failed", text=why, question=job.question), job), []
    answer = answer.model_copy(update={"caveats": [f"{why.rstrip('.')}; the built-in planner read the question."]})
    return _metered(answer, job), again.messages


def _metered(answer: Answer, job: Job) -> Answer:
    notes = [] if answer.left_out else job.meter.notes
    return answer.model_copy(
        update={"usage": usage_of(job.meter), "model": job.model, "caveats": [*notes, *answer.caveats]}
    )


def _let_go(chat: BaseChatModel) -> None:
    """Close the client that was made for this answer: a request that was left behind at the deadline ends with it."""
    client = getattr(chat, "http_client", None)
    if client is not None:
        client.close()


def _head(
    question: str, warehouse: Warehouse, moment: dt.datetime, seed: int, audience: Audience | None, thread: str | None
) -> dict[str, Any]:
    catalog = warehouse.catalog
    return {
        "format": FORMAT,
        "run": new_run(warehouse.folder / FOLDER, question, seed, moment),
        "at": moment.isoformat(timespec="milliseconds"),
        "question": question,
        "seed": seed,
        "audience": audience,
        "conversation": thread,
        "catalog": catalog.model_dump(mode="json"),
    }


def _keep(answer: Answer, turn: Sequence[BaseMessage], journal: Journal, conversation: Conversation | None) -> None:
    """Record and conversation; neither may cost the answer."""
    answer.run = journal.run
    try:
        journal.finish(answer)
    except OSError as error:  # a full disk or a read-only folder
        answer.run = None
        answer.caveats.append(f"The run could not be recorded: {error.strerror}.")
    if conversation is None:
        return
    try:
        conversation.add(finished(answer.question, turn, answer.text))
    except NpsError as error:
        answer.caveats.append(str(error))


def _tell(answer: Answer, watch: Watch) -> None:
    """The checked text piece by piece, then the answer."""
    for piece in re.findall(r"[^\n]*\n*", answer.text):
        if piece:
            watch(Event(kind="text", text=piece))
    watch(Event(kind="answer", answer=answer.model_dump(mode="json")))
