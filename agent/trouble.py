"""What went wrong with a model call, read from the client's error: whether to try again, and the sentence for people.

The texts of servers are never repeated: they may hold keys, addresses or figures that nobody checked.
"""

from __future__ import annotations

import datetime as dt
import email.utils
import re
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from warehouse.errors import NpsError

Kind = Literal[
    "key", "quota", "busy", "unreachable", "timeout", "server", "model", "request", "context", "refused", "reply"
]
_CLIENTS = ("langchain", "openai", "anthropic", "httpx", "google", "mistralai", "groq", "ollama", "botocore")
_OWN = ("agent", "tools", "warehouse", "prompts", "apps")
_NO_MONEY = re.compile(r"insufficient_quota|billing|exceeded your current quota|credit balance|payment required", re.I)
_CONTEXT = re.compile(
    r"context.?length|context.?window|maximum context|prompt is too long|input tokens exceed|too many tokens", re.I
)
_FILTERED = re.compile(r"content.?filter|content.?policy|responsible.?ai|safety", re.I)
_NO_TOOLS = re.compile(r"not support (?:tools|function)|tools? (?:is|are) not supported", re.I)
_UNKNOWN = re.compile(
    r"unsupported|not supported|n.t support|not support|unrecogni[sz]ed|unknown|unexpected|not permitted", re.I
)
DROPPABLE = ("temperature", "seed", "stream_options")
"""What a request can do without, when a server or a model refuses it."""


class ModelUnusable(NpsError):  # noqa: N818  it says what happened, and the planner answers
    """The model gave no usable reply; the sentence says why and holds nothing that a server wrote."""

    def __init__(self, why: str, kind: Kind) -> None:
        self.why, self.kind = why, kind
        super().__init__(why)


@dataclass(frozen=True)
class Trouble:
    """A model call that did not end in a good reply."""

    kind: Kind
    why: str
    """One sentence for people."""
    again: bool = False
    """Whether the same request may do better."""
    wait: float | None = None
    """Seconds after which the server wants to be asked again."""
    drop: str | None = None
    """The parameter that the server refuses; without it the request may pass."""
    mistake: str | None = None
    """What the model should be told, so that it does better."""

    def error(self) -> ModelUnusable:
        """As the error that ends the model's work."""
        return ModelUnusable(self.why, self.kind)


def trouble_of(error: BaseException, now: dt.datetime) -> Trouble | None:
    """What a client's error means; None for a mistake of our own code, which must not look like the server's."""
    refused = _refused_parameter(error)
    if refused:
        return Trouble("request", f"The model does not take the parameter {refused}.", drop=refused)
    status = _status(error)
    if status is not None:
        return _of_status(status, error, now)
    names = {kind.__name__ for kind in type(error).__mro__}
    if names & {"APITimeoutError", "TimeoutException", "TimeoutError", "ModelTimeoutError", "ReadTimeout"}:
        return Trouble("timeout", f"The model{_at(error)} did not answer in time.", again=True)
    if names & {"APIConnectionError", "ModelConnectionError", "TransportError", "OSError"}:
        return _unreachable(error)
    if _is_our_own(error):
        return None
    return _reported(error) if names & {"APIError", "ModelError"} else _unreadable(error, names)


_CONTEXT_TROUBLE = Trouble("context", "The request is longer than the model can read.")


def _of_status(status: int, error: BaseException, now: dt.datetime) -> Trouble:
    text, wait = _told(error), _retry_after(error, now)
    if status in (401, 403):
        return Trouble("key", f"The model's server refused the key ({status}).")
    if status == 402 or (status == 429 and _NO_MONEY.search(text)):
        return Trouble("quota", f"The model's account has no quota left ({status}).")
    if status == 429:
        return Trouble("busy", "The model's server is too busy (429).", again=True, wait=wait)
    if status == 404:
        return Trouble("model", "The model's server does not know the model or the address (404).")
    if status in (408, 409, 425) or status >= 500:
        return Trouble("server", f"The model's server failed ({status}).", again=status != 501, wait=wait)
    if _CONTEXT.search(text):
        return _CONTEXT_TROUBLE
    if _NO_TOOLS.search(text):
        return Trouble("request", f"The model cannot call tools ({status}); choose one that can.")
    if _FILTERED.search(text):
        return Trouble("refused", f"The model's server refused to answer, by its content filter ({status}).")
    return Trouble("request", f"The model's server refused the request ({status}).")


def _unreachable(error: BaseException) -> Trouble:
    causes = {kind.__name__ for cause in _causes(error) for kind in type(cause).__mro__}
    if causes & {"SSLCertVerificationError", "SSLError"}:
        return Trouble("unreachable", f"The certificate of the model's server{_at(error)} is not trusted.")
    if causes & {"UnsupportedProtocol", "InvalidURL", "LocalProtocolError"}:
        return Trouble("unreachable", "The address of the model's server cannot be used; check OPENAI_BASE_URL.")
    if causes & {"RemoteProtocolError", "ReadError", "ConnectionResetError"}:
        return Trouble("unreachable", f"The connection to the model's server{_at(error)} broke off.", again=True)
    return Trouble("unreachable", f"The model's server{_at(error)} cannot be reached.", again=True)


def _reported(error: BaseException) -> Trouble:
    """An error that the server reports inside of a reply that began well."""
    text = _told(error)
    if _CONTEXT.search(text):
        return _CONTEXT_TROUBLE
    if _NO_MONEY.search(text):
        return Trouble("quota", "The model's account has no quota left.")
    if _FILTERED.search(text):
        return Trouble("refused", "The model's server refused to answer, by its content filter.")
    return Trouble("server", "The model's server failed in the middle of its reply.", again=True)


def _unreadable(error: BaseException, names: set[str]) -> Trouble:
    if not names & {"ValueError", "LookupError", "TypeError", "AttributeError"}:
        return Trouble("server", f"The model failed ({type(error).__name__}).", again=True)
    unreadable = "The model's server sent a reply that could not be read."
    if "ValidationError" in names and "tool_calls" in str(error):  # the client could not even build the message
        mistake = "the arguments of a tool call were not one JSON object"
        return Trouble("reply", f"The model's reply could not be read: {mistake}.", mistake=mistake)
    if "ValidationError" in names and "usage_metadata" in str(error):  # it counts tokens in no numbers
        return Trouble("reply", unreadable, again=True, drop="stream_options")
    return Trouble("reply", unreadable, again=True)


def _refused_parameter(error: BaseException) -> str | None:
    """The parameter that a server, or the client's own method, refuses to take."""
    if _status(error) not in (400, 422) and not isinstance(error, TypeError):
        return None
    text, named = _told(error), str(getattr(error, "param", "") or "")
    if not _UNKNOWN.search(text):
        return None
    # "seed" alone is a word: it counts only where it stands as a name.
    return next((name for name in DROPPABLE if named == name or re.search(rf"""['"`.\[]{name}['"`\].]""", text)), None)


def _status(error: BaseException) -> int | None:
    response = getattr(error, "response", None)
    for holder, name in ((error, "status_code"), (response, "status_code"), (error, "code")):
        value = getattr(holder, name, None)
        if isinstance(value, int) and 400 <= value < 600:
            return value
    if isinstance(response, dict):  # botocore
        value = response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        return value if isinstance(value, int) and value >= 400 else None
    return None


def _retry_after(error: BaseException, now: dt.datetime) -> float | None:
    """Seconds until the server wants to be asked again; its header holds seconds or a date."""
    headers = getattr(getattr(error, "response", None), "headers", None) or {}
    try:
        milliseconds, text = headers.get("retry-after-ms"), headers.get("retry-after")
        if milliseconds:
            return max(0.0, float(milliseconds) / 1000)
        return None if not text else max(0.0, _seconds(str(text), now))
    except (ValueError, TypeError, OverflowError):
        return None


def _seconds(text: str, now: dt.datetime) -> float:
    if re.fullmatch(r"\d+(?:\.\d+)?", text.strip()):
        return float(text)
    moment = email.utils.parsedate_to_datetime(text)
    return (moment.replace(tzinfo=moment.tzinfo or dt.UTC) - now).total_seconds()


def _told(error: BaseException) -> str:
    """What the server wrote: to be searched, never to be shown."""
    return f"{error} {getattr(error, 'code', '')} {getattr(error, 'body', '')}"[:10_000]


def _at(error: BaseException) -> str:
    """Host and port of the server, without whatever else the address holds."""
    for cause in _causes(error):
        try:
            url: Any = getattr(getattr(cause, "request", None), "url", None)
        except RuntimeError:  # httpx raises when the error has no request
            continue
        host = getattr(url, "host", None)
        if isinstance(host, str) and host:
            port = getattr(url, "port", None)
            return f" at {host}:{port}" if port else f" at {host}"
    return ""


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    at: BaseException | None = error
    while at is not None and id(at) not in seen:
        seen.add(id(at))
        yield at
        at = at.__cause__ or at.__context__


def _is_our_own(error: BaseException) -> bool:
    """Whether it was raised by our code rather than by a client that our code called."""
    frames = [frame.f_globals.get("__name__", "") for frame, _line in traceback.walk_tb(error.__traceback__)]
    tops = [name.partition(".")[0].partition("_")[0] for name in frames]
    last_own = max((i for i, top in enumerate(tops) if top in _OWN), default=-1)
    last_client = max((i for i, top in enumerate(tops) if top in _CLIENTS), default=-1)
    return last_own > last_client
