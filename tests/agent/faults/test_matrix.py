"""Whatever the model's server does, the answer comes in time, says who gave it and why, and holds no secret."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Literal

import pytest

from agent.answer import Answer
from agent.ask import ask
from agent.events import Event
from agent.limits import Limits
from warehouse.workspace import Warehouse

QUESTION = "What is our NPS?"
MODELS_TEXT = "NPS is +29.3 (n = 300)."
QUICK = Limits(seconds=8.0, wait=0.01, tool_calls=6)
BRIEF = Limits(seconds=1.5, wait=0.01)
Who = Literal["model", "planner"]


@dataclass(frozen=True)
class Case:
    """A script, who answers in the end, after how many requests, and what is said of it."""

    script: tuple[str, ...]
    who: Who
    requests: int
    told: str = ""
    only: Literal["streamed", "whole"] | None = None
    limits: Limits = QUICK


def once(fault: str, requests: int = 3, **more: Any) -> Case:
    """A fault that passes: the model answers after all."""
    return Case((fault, "ok"), "model", requests, **more)


def always(fault: str, requests: int, told: str, **more: Any) -> Case:
    """A fault that stays: the built-in planner stands in."""
    return Case((fault,), "planner", requests, told, **more)


UNREADABLE, UNUSABLE, OBJECT = "could not be read, in 3 tries", "could not be used", "JSON object"
CASES = [
    once("ok", 2),
    once("busy, back at once"),
    once("busy, back in a second"),
    once("busy until a date"),
    always("busy", 3, "too busy (429), in 3 tries"),
    always("busy, back in an hour", 1, "would take 3,600 s"),
    always("busy until tomorrow", 1, "too busy (429)"),
    always("no quota", 1, "no quota left"),
    once("failing", only="streamed"),
    always("failing", 3, "failed (500), in 3 tries"),
    Case(("ok", "failing"), "planner", 4, "failed (500)"),
    once("bad gateway", only="streamed"),
    always("bad gateway", 3, "failed (502)"),
    always("wrong key", 1, "refused the key (401)"),
    always("no such model", 1, "does not know the model"),
    always("too long", 1, "longer than the model can read"),
    always("filtered", 1, "content filter"),
    always("no tools", 1, "cannot call tools"),
    Case(("no temperature",), "model", 3),
    Case(("no seed",), "model", 3),
    Case(("no stream options",), "model", 3, only="streamed"),
    once("redirected"),
    once("reset in the headers", only="streamed"),
    always("reset in the headers", 3, "broke off"),
    once("silent", only="streamed", limits=Limits(seconds=2.0, wait=0.01)),
    always("silent", 2, "limit of 1.5 seconds was reached", limits=BRIEF),
    always("dripping", 1, "limit of 1.5 seconds was reached", limits=BRIEF),
    Case(("ok", "dripping"), "planner", 2, "limit of 2.5 seconds", "streamed", Limits(seconds=2.5)),
    once("half a body", only="streamed"),
    always("half a body", 3, UNREADABLE),
    once("body shorter than said"),
    once("stream dies", only="streamed"),
    always("stream dies", 3, "broke off half-way", only="streamed"),
    once("stream is reset", only="streamed"),
    Case(("stream without an end mark",), "model", 2, only="streamed"),
    Case(("stream with comments",), "model", 2, only="streamed"),
    once("stream with garbage", only="streamed"),
    once("error in the stream", only="streamed"),
    always("error in the stream", 3, "in the middle of its reply", only="streamed"),
    always("web page", 3, UNREADABLE),
    once("text"),
    once("error in the body", only="streamed"),
    always("error in the body", 3, UNREADABLE),
    once("empty choices"),
    once("null choices"),
    always("empty choices", 3, UNREADABLE, only="whole"),
    once("empty", only="streamed"),
    always("empty", 2, "it was empty"),
    once("null"),
    once("blank"),
    once("cut off", only="streamed"),
    always("cut off", 2, "cut off at the length limit"),
    once("cut off in a call"),
    always("withheld", 1, "withheld"),
    once("arguments cut", only="streamed"),
    always("arguments cut", 2, OBJECT),
    once("arguments of python"),
    once("arguments of words"),
    once("arguments of a list", only="streamed"),
    always("arguments of a list", 2, OBJECT),
    once("arguments of a text"),
    once("arguments none", 2),
    Case(("arguments unknown", "call", "answer"), "model", 3),
    Case(("unknown tool", "call", "answer"), "model", 3),
    always("unknown tool", 3, "identical tool calls"),
    once("nameless tool"),
    once("many calls", only="streamed"),
    always("many calls", 2, "more than 16 tool calls at once"),
    Case(("one id twice", "answer"), "model", 2),
    Case(("no id", "answer"), "model", 2),
    once("call as text"),
    Case(("call", "thoughts"), "model", 2),
    always("call", 3, "limit of 2 identical tool calls was reached"),
    always("ever new calls", 8, "limit of 6 tool calls was reached"),
    once("huge", only="streamed"),
    always("huge", 2, "longer than 40,000 characters"),
    once("no usage", 2),
    once("absurd usage", 2),
    once("usage of words", 2, only="whole"),
    once("usage of words", 3, only="streamed"),
]
MATRIX = [
    pytest.param(case, way == "streamed", id=f"{', '.join(case.script)}-{case.who}-{way}")
    for case in CASES
    for way in ("whole", "streamed")
    if case.only in (None, way)
]


def asked(
    warehouse: Warehouse, limits: Limits, *, stream: bool = False, question: str = QUESTION
) -> tuple[Answer, list[Event], float]:
    """An answer by the server, what was told on the way, and the seconds it took."""
    events: list[Event] = []
    started = time.monotonic()
    answer = ask(question, warehouse, model="openai:canned", limits=limits, stream=stream, watch=events.append)
    return answer, events, time.monotonic() - started


def everything(answer: Answer, events: list[Event], warehouse: Warehouse) -> str:
    """All that is shown or kept of an answer."""
    record = warehouse.folder / "runs" / f"{answer.run}.json"
    told = "".join(event.model_dump_json() for event in events)
    return answer.model_dump_json() + told + record.read_text(encoding="utf-8")


@pytest.mark.parametrize(("case", "stream"), MATRIX)
def test_every_fault_ends_in_an_answer_that_says_who_gave_it(
    case: Case,
    stream: bool,
    server: Any,
    faults: ModuleType,
    warehouse: Warehouse,
    capfd: pytest.CaptureFixture[str],
) -> None:
    server.script = list(case.script)
    answer, events, seconds = asked(warehouse, case.limits, stream=stream)
    assert answer.status == "answered"
    assert len(server.requests) == case.requests
    assert seconds < case.limits.seconds + 1.5
    if case.who == "model":
        assert answer.text == MODELS_TEXT
        assert not [caveat for caveat in answer.caveats if "planner" in caveat]
    else:
        assert answer.text != MODELS_TEXT
        assert "+29.3" in answer.text
        assert case.told in answer.caveats[0]
        assert "built-in planner" in answer.caveats[0]
    assert faults.KEY not in everything(answer, events, warehouse)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("reply", ["chinese", "spanish"])
def test_a_reply_in_another_language_goes_back_once_and_is_then_replaced(
    reply: str, stream: bool, server: Any, warehouse: Warehouse
) -> None:
    server.script = ["call", reply]
    answer, _events, _seconds = asked(warehouse, QUICK, stream=stream)
    assert len(server.requests) == 3
    assert answer.text.startswith("NPS is **+29.3**")
    assert "built-in planner" in answer.caveats[0]


@pytest.mark.parametrize(
    ("limits", "told"),
    [
        (Limits(model_calls=3, seconds=5), "The limit of 3 model calls was reached"),
        (Limits(tool_calls=2, seconds=5), "The limit of 2 tool calls was reached"),
        (Limits(tokens=9_000, seconds=5), "The limit of 9,000 tokens was reached"),
        (Limits(money=0.01, price_in=1.0, price_out=10.0, seconds=5), "The limit of 0.01 in money was reached"),
    ],
    ids=["model calls", "tool calls", "tokens", "money"],
)
def test_each_limit_ends_in_an_answer_that_says_what_was_left_out(
    limits: Limits, told: str, server: Any, warehouse: Warehouse
) -> None:
    server.script = ["ever new calls"]
    answer, events, _seconds = asked(warehouse, limits)
    assert answer.status == "answered"
    assert told in answer.caveats[0]
    assert answer.left_out is not None
    assert told in answer.left_out
    assert [event.why for event in events if event.kind == "limit"] == [f"{told}."]
    assert answer.usage.model_calls == len(server.requests)


def test_where_the_planner_cannot_answer_the_figures_found_by_then_are_told(server: Any, warehouse: Warehouse) -> None:
    server.script = ["ever new calls"]
    question = "Enlighten me about something surprising in here"
    answer, _events, _seconds = asked(warehouse, Limits(model_calls=3, seconds=5), question=question)
    assert answer.status == "answered"
    assert "The limit of 3 model calls was reached" in answer.text
    assert len(answer.facts) >= 3
    assert answer.left_out is not None


def test_the_model_is_told_before_its_last_call(server: Any, warehouse: Warehouse) -> None:
    server.script = ["call", "answer"]
    answer, _events, _seconds = asked(warehouse, Limits(model_calls=2))
    assert answer.text == MODELS_TEXT
    assert "your last call" in server.requests[1]["messages"][-1]["content"]


@pytest.mark.parametrize("stream", [False, True])
def test_a_server_that_cannot_be_reached_is_named_without_its_password(
    stream: bool, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    monkeypatch.setenv("OPENAI_BASE_URL", f"http://ann:hunter2@127.0.0.1:{port}/v1?token=hunter2")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    answer, events, _seconds = asked(warehouse, QUICK, stream=stream)
    assert f"The model's server at 127.0.0.1:{port} cannot be reached, in 3 tries" in answer.caveats[0]
    assert "+29.3" in answer.text
    assert "hunter2" not in everything(answer, events, warehouse)
    assert capfd.readouterr() == ("", "")


def test_a_parameter_that_was_refused_is_not_sent_again(server: Any, warehouse: Warehouse) -> None:
    server.script = ["no temperature"]
    asked(warehouse, QUICK)
    assert ["temperature" in request for request in server.requests] == [True, False, False]
    assert all("seed" in request for request in server.requests)


def test_a_mistake_is_named_to_the_model_in_one_further_message(server: Any, warehouse: Warehouse) -> None:
    server.script = ["arguments of python", "ok"]
    asked(warehouse, QUICK)
    first, second, third = (request["messages"] for request in server.requests)
    assert second[:-1] == first
    assert (second[-1]["role"], second[-1]["name"]) == ("user", "reply-check")
    assert "the arguments of the tool call 'nps' were not one JSON object" in second[-1]["content"]
    assert second[-1] not in third, "once it is mended it is not told again"


def test_an_unknown_tool_is_answered_with_the_nearest_one(server: Any, warehouse: Warehouse) -> None:
    server.script = ["unknown tool", "call", "answer"]
    asked(warehouse, QUICK)
    assert "There is no tool 'npss'; the nearest: nps" in server.requests[1]["messages"][-1]["content"]


def test_a_call_made_twice_is_answered_with_the_facts_that_are_there(server: Any, warehouse: Warehouse) -> None:
    server.script = ["call", "call", "answer"]
    answer, _events, _seconds = asked(warehouse, QUICK)
    assert "You have this already: F1" in server.requests[2]["messages"][-1]["content"]
    assert answer.text == MODELS_TEXT
    assert len([f for f in answer.facts if f.name == "nps"]) == 1


def test_ids_used_twice_are_told_apart(server: Any, warehouse: Warehouse) -> None:
    server.script = ["one id twice", "answer"]
    asked(warehouse, QUICK)
    results = [message for message in server.requests[1]["messages"] if message["role"] == "tool"]
    assert len({message["tool_call_id"] for message in results}) == 2


@pytest.mark.parametrize("stream", [False, True])
def test_nothing_that_was_not_checked_is_told_while_it_is_written(
    stream: bool, server: Any, warehouse: Warehouse
) -> None:
    server.script = ["answer"]  # it refers to facts that nobody computed
    answer, events, _seconds = asked(warehouse, QUICK, stream=stream)
    written = [event for event in events if event.kind == "writing"]
    assert bool(written) == stream
    assert all(event.characters > 0 and not event.text for event in written)
    assert "".join(event.text for event in events if event.kind == "text") == answer.text


@pytest.mark.parametrize("stream", [False, True])
def test_usage_is_what_the_server_counted(stream: bool, server: Any, warehouse: Warehouse) -> None:
    limits = Limits(price_in=1.0, price_out=10.0)
    answer, _events, _seconds = asked(warehouse, limits, stream=stream)
    usage = answer.usage
    assert (usage.model_calls, usage.prompt_tokens, usage.completion_tokens) == (2, 2_000, 100)
    assert usage.money == pytest.approx(2_000 / 1e6 + 100 * 10 / 1e6)
    assert not usage.estimated
    server.script = ["no usage"]
    answer, _events, _seconds = asked(warehouse, limits, stream=stream)
    assert answer.usage.estimated
    assert answer.usage.prompt_tokens > 0


def test_retries_are_told_to_whoever_watches(server: Any, warehouse: Warehouse) -> None:
    server.script = ["busy, back in a second", "ok"]
    _answer, events, seconds = asked(warehouse, QUICK)
    assert [(event.why, event.wait) for event in events if event.kind == "retry"] == [
        ("The model's server is too busy (429).", 1.0)
    ]
    assert seconds >= 1.0


def test_ctrl_c_is_heard_while_a_model_keeps_silent(server: Any, warehouse: Warehouse) -> None:
    server.script = ["silent"]
    timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        asked(warehouse, Limits(seconds=20))
    assert time.monotonic() - started < 5
    timer.join()


@pytest.mark.parametrize(
    ("script", "who", "requests"), [(["responses"], "model", 2), (["responses cut off"], "planner", 2)]
)
def test_the_newer_endpoint_is_spoken_to_as_well(
    script: list[str], who: Who, requests: int, server: Any, faults: ModuleType, warehouse: Warehouse
) -> None:
    from langchain_openai import ChatOpenAI

    model = ChatOpenAI(model="canned", use_responses_api=True, temperature=0, seed=7, max_retries=0)
    server.script = script
    answer = ask(QUESTION, warehouse, model=model, limits=QUICK)
    assert (answer.text == MODELS_TEXT) == (who == "model")
    assert len(server.requests) == requests
    assert all("seed" not in request for request in server.requests)
    assert faults.KEY not in answer.model_dump_json()
