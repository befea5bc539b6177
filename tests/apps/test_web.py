"""The page of `npsight serve`: who is let in, what comes over the stream, and that no text acts in the browser."""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.testclient import TestClient

from agent.scripted import ScriptedChatModel, call
from apps.web.desk import MOST_AT_ONCE, Desk
from apps.web.guard import MOST_BYTES, SEAL, Access
from apps.web.routes import make_app
from warehouse.workspace import Warehouse, make_workspace

PAGE = Path(__file__).parents[2] / "apps" / "web" / "page"
EVIL = "</script><img src=x onerror=alert`x`>"
Event = tuple[str, dict[str, Any]]


@pytest.fixture
def warehouse(survey: Path, tmp_path: Path) -> Iterator[Warehouse]:
    make_workspace([survey], tmp_path / "space")
    with Warehouse(tmp_path / "space") as opened:
        yield opened


@pytest.fixture
def hostile(survey: Path, tmp_path: Path) -> Iterator[Warehouse]:
    """The survey, with a plan whose name is an attack."""
    text = survey.read_text(encoding="utf-8")
    survey.write_text(text.replace("Growth", f'"{EVIL}"'), encoding="utf-8")
    make_workspace([survey], tmp_path / "hostile")
    with Warehouse(tmp_path / "hostile") as opened:
        yield opened


def visitor(warehouse: Warehouse, access: Access | None = None, **chosen: Any) -> TestClient:
    """A browser that has the page open."""
    access = access or Access()
    client = TestClient(make_app(Desk(warehouse, chosen, None), access), base_url="http://127.0.0.1:8080")
    client.headers[SEAL] = access.seal
    client.cookies.set(access.cookie, access.session)
    return client


@pytest.fixture
def client(warehouse: Warehouse) -> TestClient:
    return visitor(warehouse)


def ask(client: TestClient, question: str, **more: Any) -> list[Event]:
    """The events of an answer."""
    response = client.post("/api/ask", json={"question": question, **more})
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].startswith("text/event-stream")
    return events(response.text)


def events(text: str) -> list[Event]:
    found = []
    for block in text.split("\n\n"):
        lines = [line for line in block.split("\n") if line and not line.startswith(":")]
        if lines:
            kind, data = lines  # nothing in an event adds a line to it
            found.append((kind.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return found


# The door


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8080", "127.0.0.1.evil.example", "", "localhost.evil"])
def test_a_name_that_is_not_ours_is_dns_rebinding(client: TestClient, host: str) -> None:
    for path in ("/", "/api/about", "/part/app.js"):
        assert client.get(path, headers={"host": host}).status_code == 421


@pytest.mark.parametrize("host", ["localhost:8080", "127.0.0.1", "[::1]:8080", "LOCALHOST"])
def test_our_own_names_are_known(client: TestClient, host: str) -> None:
    assert client.get("/api/about", headers={"host": host}).status_code == 200


def test_an_address_served_to_all_is_known_by_its_number_only() -> None:
    access = Access(host="0.0.0.0", token="a-long-token-of-mine")
    assert access.knows("192.168.1.7:8080")
    assert not access.knows("evil.example:8080")
    assert Access(host="nps.corp").knows("nps.corp:8080")


def test_every_answer_carries_the_headers_that_bind_the_browser(client: TestClient) -> None:
    for response in (client.get("/"), client.get("/api/about"), client.get("/nothing"), client.post("/api/ask")):
        policy = response.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["cache-control"] == "no-store"
        assert "access-control-allow-origin" not in response.headers


def test_nothing_is_told_without_the_cookie_of_this_server(client: TestClient) -> None:
    client.cookies.clear()
    for path in ("/api/about", "/api/conversations", "/api/conversations/x"):
        assert client.get(path).status_code == 403
    assert client.post("/api/ask", json={"question": "What is our NPS?"}).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {SEAL: ""},
        {SEAL: "guessed"},
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:9999"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_another_site_cannot_ask(client: TestClient, headers: dict[str, str]) -> None:
    assert client.post("/api/ask", json={"question": "What is our NPS?"}, headers=headers).status_code == 403


def test_the_page_gives_the_browser_what_it_needs_to_ask(warehouse: Warehouse) -> None:
    client = TestClient(make_app(Desk(warehouse, {}, None), Access()), base_url="http://localhost:8080")
    page = client.get("/")
    assert "HttpOnly" in page.headers["set-cookie"]
    assert "SameSite=strict" in page.headers["set-cookie"]
    seal = re.search(r'name="npsight-seal" content="([^"]+)"', page.text)
    assert seal is not None
    asked = client.post("/api/ask", json={"question": "What is our NPS?"}, headers={SEAL: seal[1]})
    assert events(asked.text)[-1][0] == "answer"


def test_with_a_token_nobody_is_let_in_who_does_not_know_it(warehouse: Warehouse) -> None:
    app = make_app(Desk(warehouse, {}, None), Access(token="a-long-token-of-mine"))
    client = TestClient(app, base_url="http://127.0.0.1:8080", follow_redirects=False)
    for path in ("/", "/?token=", "/?token=a-long-token-of-min"):
        response = client.get(path)
        assert response.status_code == 401
        assert "set-cookie" not in response.headers
        assert client.get("/api/about").status_code == 403
    entered = client.get("/?token=a-long-token-of-mine")
    assert (entered.status_code, entered.headers["location"]) == (303, "/")  # out of the address line
    assert "a-long-token" not in entered.headers["set-cookie"]
    assert client.get("/").status_code == 200
    assert client.get("/api/about").status_code == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 422),
        (b"[]", 422),
        (b'{"question": 5}', 422),
        (b'{"question": "Why?", "model": "openai:x"}', 422),
        (b'{"question": "Why?", "audience": "king"}', 422),
        (b'{"question": "  "}', 400),
        (b'{"question": "' + b"x" * 5000 + b'"}', 400),
        (b'{"question": "Why?", "conversation": "../../etc"}', 404),
        (b"x" * (MOST_BYTES + 1), 413),
    ],
)
def test_an_unfit_body_is_refused(client: TestClient, body: bytes, status: int) -> None:
    assert client.post("/api/ask", content=body).status_code == status


def test_a_body_of_unknown_length_is_read_to_the_limit_only(client: TestClient) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(4):
            yield b"x" * (MOST_BYTES // 2)

    response = client.post("/api/ask", content=endless())
    assert response.status_code == 400
    assert "bytes" in response.json()["error"]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "PATCH"])
def test_only_reading_and_asking_is_possible(client: TestClient, method: str) -> None:
    assert client.request(method, "/api/ask").status_code == 405


@pytest.mark.parametrize("name", ["../guard.py", "%2e%2e/guard.py", "..%2fguard.py", "index.html", "nothing"])
def test_only_the_parts_of_the_page_can_be_read(client: TestClient, name: str) -> None:
    assert client.get(f"/part/{name}").status_code == 404


# The stream


def test_steps_come_first_then_the_text_then_the_answer(client: TestClient) -> None:
    told = ask(client, "What is our NPS for Starter?")
    kinds = [kind for kind, _data in told]
    assert kinds[0] == "model"
    assert kinds.index("tool") < kinds.index("found") < kinds.index("text")
    assert kinds[-2:] == ["shown", "answer"]
    answer = told[-1][1]["answer"]
    assert answer["status"] == "answered"
    assert "".join(data["text"] for kind, data in told if kind == "text") == answer["text"]
    assert all(data["kind"] == kind for kind, data in told)


def test_figures_are_written_out_for_the_page(client: TestClient) -> None:
    shown = dict(ask(client, "What is our NPS by plan?"))["shown"]["shown"]
    (table,) = shown["tables"]
    assert {row[0]: row[1] for row in table["rows"]} == {"Starter": "+40.0", "Growth": "-40.0"}
    assert [column["numeric"] for column in table["columns"][:2]] == [False, True]
    assert {item["label"]: item["value"] for item in table["plot"]} == {"Starter": 40.0, "Growth": -40.0}
    assert "20" in [fact["n"] for fact in shown["facts"]]
    assert shown["origin"].startswith("governed metrics · nps")


def test_a_follow_up_is_read_in_the_light_of_its_conversation(client: TestClient) -> None:
    first = client.post("/api/ask", json={"question": "What is our NPS for Starter?", "audience": "executive"})
    name = first.headers["x-npsight-conversation"]
    answer = events(first.text)[-1][1]["answer"]
    assert (answer["conversation"], answer["audience"]) == (name, "executive")
    ask(client, "How many promoters?", conversation=name)
    listed = client.get("/api/conversations").json()["conversations"]
    assert [(one["id"], one["turns"]) for one in listed] == [(name, 2)]
    turns = client.get(f"/api/conversations/{name}").json()["turns"]
    assert [turn["question"] for turn in turns] == ["What is our NPS for Starter?", "How many promoters?"]


def test_a_failure_is_said_in_the_stream(warehouse: Warehouse, capsys: pytest.CaptureFixture[str]) -> None:
    told = ask(visitor(warehouse, model="openai:gpt"), "What is our NPS?")
    assert told == [("error", {"kind": "error", "why": told[0][1]["why"]})]
    assert "OPENAI_API_KEY" in told[0][1]["why"]
    defect = ask(visitor(warehouse, model=ScriptedChatModel(replies=[lambda _: 1 / 0])), "What is our NPS?")
    assert "ZeroDivisionError" not in json.dumps(defect)
    assert defect[-1][0] in ("error", "answer")
    assert "Traceback" not in capsys.readouterr().err


def test_two_conversations_at_once_do_not_mix(warehouse: Warehouse) -> None:
    """Both wait in the model until the other is there too; each answer is of its own question."""
    both = threading.Barrier(2, timeout=30)

    def meet(messages: list[Any]) -> Any:
        both.wait()
        return call("nps", where={"plan": "Starter" if "Starter" in messages[-1].text else "Growth"})

    last = "It is {{ F1 }} {{ F1.interval }}, n = {{ F1.n }}."
    client = visitor(warehouse, model=_Forked(meet, last))
    answers: dict[str, Any] = {}
    plans = {"Starter": 40.0, "Growth": -40.0}

    def run(plan: str) -> None:
        answers[plan] = ask(client, f"What is our NPS for {plan}?")[-1][1]["answer"]

    threads = [threading.Thread(target=run, args=[plan]) for plan in plans]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for plan, value in plans.items():
        assert answers[plan]["facts"][0]["value"] == value
        turns = client.get(f"/api/conversations/{answers[plan]['conversation']}").json()["turns"]
        assert len(turns) == 1
        assert plan in turns[0]["question"]


class _Forked(ScriptedChatModel):
    """Plays its script for each question anew, whoever asks at the same time."""

    def __init__(self, first: Callable[[list[Any]], Any], last: str) -> None:
        super().__init__(replies=[])
        self._first, self._said = first, last

    def reply(self, messages: list[Any]) -> Any:
        told = self._said if messages[-1].type == "tool" else self._first(messages)
        return ScriptedChatModel(replies=[told]).reply(messages)


# What does not wait


@pytest.fixture
def waiting(warehouse: Warehouse) -> Iterator[tuple[Desk, Access, int, threading.Event, ScriptedChatModel]]:
    """A real server whose model does not answer until it is let go."""
    go = threading.Event()

    def late(_messages: list[Any]) -> Any:
        go.wait(30)
        return call("nps")

    model = ScriptedChatModel(replies=[late] * 9)
    desk, access = Desk(warehouse, {"model": model}, None), Access()
    opened = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(make_app(desk, access), log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [opened]}, daemon=True)
    thread.start()
    yield desk, access, opened.getsockname()[1], go, model
    go.set()
    server.should_exit = True
    thread.join(20)


def begin(access: Access, port: int, question: str, conversation: str | None = None) -> tuple[socket.socket, str]:
    """Ask, and read what is there before the model answers."""
    body = json.dumps({"question": question, "conversation": conversation}).encode()
    lines = [
        "POST /api/ask HTTP/1.1",
        f"host: 127.0.0.1:{port}",
        f"cookie: {access.cookie}={access.session}",
        f"{SEAL}: {access.seal}",
        f"content-length: {len(body)}",
    ]
    line = socket.create_connection(("127.0.0.1", port), timeout=30)
    line.sendall("\r\n".join([*lines, "", ""]).encode() + body)
    read = b""
    while b"event: model" not in read and b"error" not in read:
        read += line.recv(65536)
    return line, read.decode()


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_who_goes_away_ends_the_work(waiting: Any, warehouse: Warehouse) -> None:
    desk, access, port, go, model = waiting
    line, read = begin(access, port, "What is our NPS?")
    (asked,) = desk._open
    assert not asked.stopped.is_set()
    assert asked.talk.id in read
    line.close()
    until(asked.stopped.is_set)
    go.set()
    until(lambda: not desk._open)
    assert len(model.requests) == 1  # the tool was not called, the model was not asked again
    assert visitor(warehouse).get("/api/conversations").json() == {"conversations": []}
    left = [path.name for path in (warehouse.folder / "runs").iterdir()]
    assert len(left) == 1
    assert left[0].endswith(".open.jsonl")


def test_after_a_stop_the_conversation_goes_on_at_once_and_the_late_answer_is_not_added(
    waiting: Any, warehouse: Warehouse
) -> None:
    desk, access, port, go, model = waiting
    model.replies[0] = _late(go, "Never read.")
    name = ask(visitor(warehouse), "What is our NPS for Starter?")[-1][1]["answer"]["conversation"]
    line, _read = begin(access, port, "Tell me a story.", name)
    (asked,) = desk._open
    line.close()
    until(asked.stopped.is_set)
    desk.chosen = {}
    told, _read = begin(access, port, "And for Growth?", name)
    until(lambda: [asked] == desk._open)
    told.close()
    go.set()
    until(lambda: not desk._open)
    turns = visitor(warehouse).get(f"/api/conversations/{name}").json()["turns"]
    assert [turn["question"] for turn in turns] == ["What is our NPS for Starter?", "And for Growth?"]


def _late(go: threading.Event, said: str) -> Callable[[list[Any]], str]:
    def reply(_messages: list[Any]) -> str:
        go.wait(30)
        return said

    return reply


def test_one_question_at_a_time_in_a_conversation_and_few_in_all(waiting: Any, warehouse: Warehouse) -> None:
    desk, access, port, _go, _model = waiting
    name = ask(visitor(warehouse), "What is our NPS?")[-1][1]["answer"]["conversation"]
    lines = [begin(access, port, "What is our NPS?", name)[0]]
    again, read = begin(access, port, "What is our NPS?", name)
    assert "409" in read
    assert "waits for an answer already" in read
    lines += [begin(access, port, "What is our NPS?")[0] for _ in range(MOST_AT_ONCE - 1)]
    full, read = begin(access, port, "What is our NPS?")
    assert "409" in read
    assert "questions are being answered" in read
    for line in (*lines, again, full):
        line.close()
    desk.stop()


def test_the_end_of_the_server_ends_the_streams(waiting: Any) -> None:
    desk, access, port, _go, _model = waiting
    line, _read = begin(access, port, "What is our NPS?")
    desk.stop()
    rest = b""
    while piece := line.recv(65536):
        rest += piece
        if b"0\r\n\r\n" in rest:
            break
    line.close()
    assert b"The server is being stopped." in rest


# Texts that act


def test_the_page_holds_nothing_of_the_data_and_nothing_from_elsewhere(client: TestClient) -> None:
    ask(client, "What is our NPS by plan?")
    page = client.get("/").text
    assert "Starter" not in page
    assert "alert" not in page
    for path in PAGE.iterdir():
        text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert "://" not in text, path.name
    assert not re.search(r"<script(?! type=\"module\" src=\"/part/app\.js\"></script>)", page)
    assert " style=" not in page
    assert not re.search(r"\son\w+=", page)


@pytest.mark.parametrize("name", sorted(path.name for path in PAGE.glob("*.js")))
def test_the_scripts_make_text_and_never_markup_links_or_images(name: str) -> None:
    text = (PAGE / name).read_text(encoding="utf-8")
    sinks = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|srcdoc|javascript:"
    assert not re.search(sinks, text)
    assert not re.search(r"""\(\s*(?:SVG, )?["'](?:a|img|image|iframe|script|object|embed|link|form)["'],""", text)
    assert not re.search(r"\.(?:href|src)\b", text)


def test_a_hostile_name_stays_a_text(hostile: Warehouse) -> None:
    model = ScriptedChatModel(replies=[call("nps", by=["plan"]), "The NPS is {{ F1 }}."])
    client = visitor(hostile, model=model)
    shown = dict(ask(client, "What is our NPS?"))["shown"]["shown"]
    (table,) = shown["tables"]
    assert EVIL in [row[0] for row in table["rows"]]  # as it is: the page sets texts, it does not parse them
    assert "<img" not in client.get("/").text
    assert EVIL not in json.dumps(client.get("/api/conversations").json())


def test_hostile_texts_travel_as_json_and_cannot_forge_an_event(warehouse: Warehouse) -> None:
    forged = 'Hello.\n\nevent: answer\ndata: {"kind": "answer"}\n\n![i](http://evil.example/i.png) <script>x</script>'
    told = ask(visitor(warehouse, model=ScriptedChatModel(replies=[forged, forged])), f"{EVIL}\n\nevent: error")
    assert [kind for kind, _data in told].count("answer") == 1
    assert told[-1][0] == "answer"
    assert [kind for kind, _data in told if kind == "error"] == []
