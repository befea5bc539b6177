"""A chat model's server on loopback that misbehaves by script: one behaviour a request, the last one for all the rest.

Its replies play a model that calls `nps` and then writes the answer; every fault is a small change to that.
"""

from __future__ import annotations

import contextlib
import email.utils
import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY = "sk-canary-0123456789abcdef"
ANSWER = "NPS is {{ F1 }} (n = {{ F1.n }})."
USAGE = {"prompt_tokens": 1_000, "completion_tokens": 50, "total_tokens": 1_050}
JSON, SSE, HTML = "application/json", "text/event-stream", "text/html"

Behaviour = Callable[["Handler", dict[str, Any]], None]
BEHAVIOURS: dict[str, Behaviour] = {}


class Handler(BaseHTTPRequestHandler):
    """Plays the next behaviour."""

    protocol_version = "HTTP/1.1"
    server: Misbehaving

    def do_POST(self) -> None:
        """One request of a model's client."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with contextlib.suppress(OSError):  # the client may have left
            BEHAVIOURS[self.server.next_behaviour(body)](self, body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def whole(self, payload: Any, status: int = 200, kind: str = JSON, **headers: str) -> None:
        """A whole response."""
        data = payload.encode() if isinstance(payload, str) else json.dumps(payload).encode()
        self.begin(status, kind, **{"Content-Length": str(len(data)), **headers})
        self.wfile.write(data)

    def begin(self, status: int, kind: str, **headers: str) -> None:
        """Status and headers; without a length the connection ends the body."""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        if "Content-Length" not in headers:
            self.send_header("Connection", "close")
            self.close_connection = True
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def reset(self) -> None:
        """Drop the connection without a goodbye."""
        self.wfile.flush()
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def events(self, lines: list[str]) -> None:
        """A stream of server-sent events."""
        self.begin(200, SSE)
        for line in lines:
            self.wfile.write(f"{line}\n\n".encode())
            self.wfile.flush()


class Misbehaving(ThreadingHTTPServer):
    """The server with its script and what it was asked."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.script: list[str] = ["ok"]
        self.requests: list[dict[str, Any]] = []
        self.over = threading.Event()
        self._lock = threading.Lock()

    @property
    def address(self) -> str:
        """What OPENAI_BASE_URL has to be."""
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def next_behaviour(self, body: dict[str, Any]) -> str:
        """The name of the behaviour for this request."""
        with self._lock:
            self.requests.append(body)
            return self.script[min(len(self.requests), len(self.script)) - 1]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that leaves is no news."""


@contextlib.contextmanager
def serving() -> Iterator[Misbehaving]:
    """A server on a free port, stopped at the end."""
    server = Misbehaving()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


def tool_call(arguments: str, name: str = "nps", call_id: str = "call_1") -> dict[str, Any]:
    """A tool call with its arguments as text."""
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}


def calls(*made: dict[str, Any]) -> dict[str, Any]:
    """A message that calls tools."""
    return {"role": "assistant", "content": None, "tool_calls": list(made)}


def says(text: str | None) -> dict[str, Any]:
    """A message with text."""
    return {"role": "assistant", "content": text}


def played(body: dict[str, Any]) -> dict[str, Any]:
    """What a model would do: call the tool, then answer."""
    done = any(message["role"] == "tool" for message in body["messages"])
    return says(ANSWER) if done else calls(tool_call("{}"))


def send(
    http: Handler, body: dict[str, Any], message: dict[str, Any], *, finish: str | None = None, usage: Any = USAGE
) -> None:
    """A message as the client wants it, in one piece or streamed."""
    if body.get("stream"):
        counted = usage if body.get("stream_options") else None
        http.events([*pieces(message, finish, counted), "data: [DONE]"])
        return
    reason = finish or ("tool_calls" if message.get("tool_calls") else "stop")
    choice = {"index": 0, "message": message, "finish_reason": reason}
    payload = {"id": "c1", "object": "chat.completion", "created": 1, "model": "canned", "choices": [choice]}
    http.whole(payload | ({"usage": usage} if usage is not None else {}))


def pieces(message: dict[str, Any], finish: str | None = None, usage: Any = USAGE) -> list[str]:
    """The message as the lines of a stream; texts and arguments come in pieces."""
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
    text = message.get("content") or ""
    size = max(7, len(text) // 200)
    deltas += [{"content": text[i : i + size]} for i in range(0, len(text), size)]
    for index, call in enumerate(message.get("tool_calls", [])):
        arguments = call["function"]["arguments"]
        head = {**call, "index": index, "function": {"name": call["function"]["name"], "arguments": ""}}
        deltas.append({"tool_calls": [head]})
        deltas += [
            {"tool_calls": [{"index": index, "function": {"arguments": arguments[i : i + 5]}}]}
            for i in range(0, len(arguments), 5)
        ]
    reason = finish or ("tool_calls" if message.get("tool_calls") else "stop")
    lines = [chunk([{"index": 0, "delta": delta, "finish_reason": None}]) for delta in deltas]
    lines.append(chunk([{"index": 0, "delta": {}, "finish_reason": reason}]))
    return [*lines, chunk([], usage=usage)] if usage is not None else lines


def chunk(choices: list[Any], **more: Any) -> str:
    """One event of a stream."""
    data = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "canned", "choices": choices, **more}
    return f"data: {json.dumps(data)}"


def error(message: str, code: str | None = None, kind: str = "invalid_request_error", param: str | None = None) -> Any:
    """The body of a vendor's error."""
    return {"error": {"message": message, "type": kind, "code": code, "param": param}}


def behaviour(name: str) -> Callable[[Behaviour], Behaviour]:
    """Register a behaviour under its name."""

    def keep(function: Behaviour) -> Behaviour:
        BEHAVIOURS[name] = function
        return function

    return keep


def fails(name: str, status: int, payload: Any, kind: str = JSON, **headers: str) -> None:
    """Register a response with an error status."""
    BEHAVIOURS[name] = lambda http, _body: http.whole(payload, status, kind, **headers)


def replies(name: str, message: dict[str, Any] | None, **more: Any) -> None:
    """Register a reply; None is what a model would do."""
    BEHAVIOURS[name] = lambda http, body: send(http, body, message or played(body), **more)


BUSY = error("Rate limit reached for requests", "rate_limit_exceeded", "requests")
fails("busy, back at once", 429, BUSY, **{"Retry-After": "0"})
fails("busy, back in a second", 429, BUSY, **{"Retry-After": "1"})
fails("busy, back in an hour", 429, BUSY, **{"Retry-After": "3600"})
fails("busy", 429, BUSY)
fails("no quota", 429, error("You exceeded your current quota", "insufficient_quota", "insufficient_quota"))
fails("failing", 500, error("The server had an error", None, "server_error"))
fails("bad gateway", 502, "<html><h1>502 Bad Gateway</h1></html>", HTML)
fails("wrong key", 401, error(f"Incorrect API key provided: {KEY}", "invalid_api_key"))
fails("no such model", 404, error("The model 'canned' does not exist", "model_not_found"))
fails("too long", 400, error("This model's maximum context length is 8192 tokens", "context_length_exceeded"))
fails("filtered", 400, error("The response was filtered: content management policy", "content_filter"))
fails("no tools", 400, error("registry.local/tiny does not support tools"))
fails("redirected", 302, "", HTML, Location="http://127.0.0.1:9/elsewhere")
fails("web page", 200, "<html><body>Sign in to the wifi</body></html>", HTML)
fails("text", 200, "It works!", "text/plain")
fails("error in the body", 200, error("upstream failed", "server_error"))
replies("ok", None)
replies("call", calls(tool_call("{}")))
replies("answer", says(ANSWER))
replies("empty", says(""))
replies("null", says(None))
replies("blank", says(" \n "))
replies("cut off", says("NPS is {{ F1 }} and the"), finish="length")
replies("cut off in a call", calls(tool_call('{"by": ["pl')), finish="length")
replies("withheld", says(""), finish="content_filter")
replies("arguments cut", calls(tool_call('{"by": ["plan"], "period":')))
replies("arguments of python", calls(tool_call("{'by': ['plan']}")))
replies("arguments of words", calls(tool_call("by=plan")))
replies("arguments of a list", calls(tool_call('["plan"]')))
replies("arguments of a text", calls(tool_call('"plan"')))
replies("arguments none", calls(tool_call("")))
replies("arguments unknown", calls(tool_call('{"colour": "red"}')))
replies("unknown tool", calls(tool_call("{}", "npss")))
replies("nameless tool", calls(tool_call("{}", "")))
replies("many calls", calls(*(tool_call(json.dumps({"by": [f"d{i}"]}), call_id=f"c{i}") for i in range(500))))
replies("one id twice", calls(tool_call("{}"), tool_call('{"by": ["plan"]}')))
replies("no id", calls(tool_call("{}", call_id="")))
replies("call as text", says('<tool_call>{"name": "nps", "arguments": {}}</tool_call>'))
replies("thoughts", says(f"<think>F1 is 12 or 13, they said.</think>{ANSWER}"))
replies("huge", says("word " * 1_000_000))
replies("chinese", says("您的净推荐值良好，客户总体上感到满意，南部地区需要优先关注，建议与那里的客户进行沟通。"))
replies("spanish", says("Los clientes están contentos con la empresa y no hay más que decir sobre el tema por ahora."))
replies("no usage", None, usage=None)
replies("absurd usage", None, usage={"prompt_tokens": -5, "completion_tokens": 10**12, "total_tokens": 3})
replies("usage of words", None, usage={"prompt_tokens": "many", "completion_tokens": "few", "total_tokens": "all"})


@behaviour("busy until a date")
def _busy_until(http: Handler, _body: dict[str, Any]) -> None:
    http.whole(BUSY, 429, **{"Retry-After": email.utils.formatdate(time.time() + 1, usegmt=True)})


@behaviour("busy until tomorrow")
def _busy_long(http: Handler, _body: dict[str, Any]) -> None:
    http.whole(BUSY, 429, **{"Retry-After": email.utils.formatdate(time.time() + 86_400, usegmt=True)})


def _refuses(parameter: str, code: str) -> Behaviour:
    def play(http: Handler, body: dict[str, Any]) -> None:
        if parameter in body:
            text = f"Unsupported value: '{parameter}' does not support this with this model."
            http.whole(error(text, code, param=parameter), 400)
        else:
            send(http, body, played(body))

    return play


BEHAVIOURS["no temperature"] = _refuses("temperature", "unsupported_value")
BEHAVIOURS["no seed"] = _refuses("seed", "unsupported_parameter")
BEHAVIOURS["no stream options"] = _refuses("stream_options", "unknown_parameter")


@behaviour("reset in the headers")
def _reset(http: Handler, _body: dict[str, Any]) -> None:
    http.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Ty")
    http.reset()


@behaviour("silent")
def _silent(http: Handler, _body: dict[str, Any]) -> None:
    http.server.over.wait(30)
    http.close_connection = True


@behaviour("dripping")
def _dripping(http: Handler, body: dict[str, Any]) -> None:
    http.begin(200, SSE if body.get("stream") else JSON)
    while not http.server.over.wait(0.05):
        http.wfile.write(b": " if body.get("stream") else b" ")
        http.wfile.flush()


@behaviour("half a body")
def _half_json(http: Handler, _body: dict[str, Any]) -> None:
    http.whole('{"id": "c1", "choices": [{"index": 0, "message": {"role": "assi')


@behaviour("body shorter than said")
def _short(http: Handler, body: dict[str, Any]) -> None:
    http.begin(200, SSE if body.get("stream") else JSON, **{"Content-Length": "5000"})
    http.wfile.write(b'{"id": "c1", "choices"')
    http.reset()


@behaviour("stream dies")
def _dies(http: Handler, body: dict[str, Any]) -> None:
    lines = pieces(played(body))
    http.events(lines[: len(lines) // 2])


@behaviour("stream is reset")
def _is_reset(http: Handler, body: dict[str, Any]) -> None:
    http.begin(200, SSE, **{"Transfer-Encoding": "chunked"})
    for line in pieces(played(body))[:3]:
        data = f"{line}\n\n".encode()
        http.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
    http.reset()


@behaviour("stream without an end mark")
def _no_done(http: Handler, body: dict[str, Any]) -> None:
    http.events(pieces(played(body)))


@behaviour("stream with comments")
def _comments(http: Handler, body: dict[str, Any]) -> None:
    lines = pieces(played(body))
    http.events([": keep-alive", lines[0], ": another", *lines[1:], "data: [DONE]"])


@behaviour("stream with garbage")
def _garbage(http: Handler, body: dict[str, Any]) -> None:
    lines = pieces(played(body))
    http.events([lines[0], "data: {not json", *lines[1:], "data: [DONE]"])


@behaviour("error in the stream")
def _stream_error(http: Handler, body: dict[str, Any]) -> None:
    broken = error("The server had an error while processing your request", "server_error", "server_error")
    http.events([pieces(played(body))[0], f"data: {json.dumps(broken)}"])


@behaviour("empty choices")
def _no_choices(http: Handler, body: dict[str, Any]) -> None:
    if body.get("stream"):
        http.events([chunk([]), "data: [DONE]"])
    else:
        http.whole({"id": "c1", "object": "chat.completion", "created": 1, "model": "canned", "choices": []})


@behaviour("null choices")
def _null_choices(http: Handler, body: dict[str, Any]) -> None:
    payload = {"id": "c1", "object": "chat.completion", "created": 1, "model": "canned", "choices": None}
    http.events([f"data: {json.dumps(payload)}"]) if body.get("stream") else http.whole(payload)


@behaviour("ever new calls")
def _ever_new(http: Handler, body: dict[str, Any]) -> None:
    at = len(http.server.requests)
    send(http, body, calls(tool_call(json.dumps({"period": f"2025-{at % 12 + 1:02d}"}), call_id=f"c{at}")))


@behaviour("responses")
def _responses(http: Handler, body: dict[str, Any]) -> None:
    done = any(item.get("type") == "function_call_output" for item in body["input"])
    http.whole(response(_written() if done else _called()))


@behaviour("responses cut off")
def _responses_cut(http: Handler, _body: dict[str, Any]) -> None:
    http.whole(response(_written(), status="incomplete", incomplete_details={"reason": "max_output_tokens"}))


def response(item: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The body of the newer endpoint."""
    details = {"input_tokens_details": {"cached_tokens": 100}, "output_tokens_details": {"reasoning_tokens": 0}}
    usage = {"input_tokens": 1_000, "output_tokens": 50, "total_tokens": 1_050, **details}
    head = {"id": "resp_1", "object": "response", "created_at": 1, "model": "canned", "status": "completed"}
    rest = {"error": None, "parallel_tool_calls": True, "tool_choice": "auto", "tools": [], "usage": usage}
    return {**head, **rest, "output": [item], **more}


def _written() -> dict[str, Any]:
    text = {"type": "output_text", "text": ANSWER, "annotations": []}
    return {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": [text]}


def _called() -> dict[str, Any]:
    call = {"name": "nps", "arguments": "{}", "call_id": "call_1", "id": "fc_1", "status": "completed"}
    return {"type": "function_call", **call}
