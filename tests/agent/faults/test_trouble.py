"""What is made of a client's error: whether to try again, and a sentence without secrets."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from agent.models import default_model, make_model
from agent.trouble import trouble_of
from warehouse.catalog import Catalog
from warehouse.errors import NpsError

NOW = dt.datetime(2026, 3, 1, 12, 0, tzinfo=dt.UTC)


class Response:
    """Of an HTTP client, as far as it is looked at."""

    def __init__(self, status: int, **headers: str) -> None:
        self.status_code = status
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


class StatusError(Exception):
    """As the clients of several vendors raise it."""

    def __init__(self, text: str, response: Response) -> None:
        super().__init__(text)
        self.response, self.status_code = response, response.status_code


class APIConnectionError(Exception):
    """A connection that failed."""


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0),
        ("7", 7),
        ("2.5", 2.5),
        ("Sun, 01 Mar 2026 12:00:30 GMT", 30),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0),
        ("Sun, 01 Mar 2026 13:00:30 +0100", 30),
        ("soon", None),
        ("-3", None),
        ("", None),
    ],
)
def test_a_server_may_say_when_to_come_back_in_seconds_or_by_date(header: str, seconds: float | None) -> None:
    trouble = trouble_of(StatusError("busy", Response(429, retry_after=header)), NOW)
    assert trouble is not None
    assert (trouble.kind, trouble.again, trouble.wait) == ("busy", True, seconds)


def test_milliseconds_are_more_exact_than_seconds() -> None:
    trouble = trouble_of(StatusError("busy", Response(429, retry_after="1", retry_after_ms="250")), NOW)
    assert trouble is not None
    assert trouble.wait == 0.25


@pytest.mark.parametrize(
    ("status", "text", "kind", "again"),
    [
        (400, "maximum context length is 8192 tokens", "context", False),
        (400, "prompt is too long: 210000 tokens > 200000 maximum", "context", False),
        (400, "filtered due to content management policy: content_filter", "refused", False),
        (400, "tiny does not support tools", "request", False),
        (400, "whatever", "request", False),
        (401, "bad key", "key", False),
        (402, "pay first", "quota", False),
        (403, "not for you", "key", False),
        (404, "no such model", "model", False),
        (408, "slow", "server", True),
        (429, "You exceeded your current quota (insufficient_quota)", "quota", False),
        (429, "Your credit balance is too low", "quota", False),
        (429, "slow down", "busy", True),
        (500, "oops", "server", True),
        (501, "not implemented", "server", False),
        (503, "overloaded", "server", True),
        (529, "overloaded_error", "server", True),
    ],
)
def test_each_status_has_its_meaning(status: int, text: str, kind: str, again: bool) -> None:
    trouble = trouble_of(StatusError(text, Response(status)), NOW)
    assert trouble is not None
    assert (trouble.kind, trouble.again) == (kind, again)
    assert text not in trouble.why, "what a server writes is not repeated"


@pytest.mark.parametrize(
    ("text", "dropped"),
    [
        ("Unsupported value: 'temperature' does not support 0 with this model.", "temperature"),
        ("Unsupported parameter: 'seed' is not supported with this model.", "seed"),
        ("Unrecognized request argument supplied: `stream_options`", "stream_options"),
        ("body.seed: Extra inputs are not permitted; ['seed']", "seed"),
        ("Unknown parameter: 'tools'.", None),
        ("The temperature must lie between 0 and 2.", None),
    ],
)
def test_a_parameter_that_is_refused_can_be_left_out(text: str, dropped: str | None) -> None:
    trouble = trouble_of(StatusError(text, Response(400)), NOW)
    assert trouble is not None
    assert trouble.drop == dropped


def test_a_parameter_that_the_clients_own_method_does_not_have_can_be_left_out() -> None:
    trouble = trouble_of(TypeError("Responses.create() got an unexpected keyword argument 'seed'"), NOW)
    assert trouble is not None
    assert trouble.drop == "seed"


def test_an_untrusted_certificate_is_not_tried_again() -> None:
    import ssl

    error = APIConnectionError("Connection error.")
    error.__cause__ = ssl.SSLCertVerificationError("self-signed certificate")
    trouble = trouble_of(error, NOW)
    assert trouble is not None
    assert (trouble.kind, trouble.again) == ("unreachable", False)


def test_a_mistake_of_our_own_code_is_not_taken_for_the_servers() -> None:
    from agent.limits import Meter

    with pytest.raises(AttributeError) as caught:
        Meter(None)  # type: ignore[arg-type]
        Meter(None).before_model(3)  # type: ignore[arg-type]
    assert trouble_of(caught.value, NOW) is None


def test_broken_json_is_the_servers() -> None:
    with pytest.raises(json.JSONDecodeError) as caught:
        json.loads("{")
    caught.value.__traceback__ = None
    trouble = trouble_of(caught.value, NOW)
    assert trouble is not None
    assert trouble.kind == "reply"


def test_the_model_is_chosen_by_the_user_and_never_by_a_key_that_lies_about() -> None:
    assert default_model({"OPENAI_API_KEY": "sk-canary"}) == "builtin"
    assert default_model({"NPSIGHT_MODEL": " openai:small ", "OPENAI_API_KEY": "sk-canary"}) == "openai:small"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("gpt", "'gpt' is no model"),
        ("openai:", "'openai:' is no model"),
        (":x", "':x' is no model"),
        ("openai:x", "OPENAI_API_KEY"),
        ("anthropic:x", "install langchain-anthropic"),
        ("bedrock:x", "install langchain-aws"),
        ("nonsense:x", "cannot be used"),
    ],
)
def test_a_model_that_cannot_be_had_says_what_is_missing(warehouse_catalog: Catalog, name: str, told: str) -> None:
    with pytest.raises(NpsError, match=told):
        make_model(name, warehouse_catalog, 7)


@pytest.mark.parametrize(
    "address", ["localhost:11434", "ftp://user:hunter2@host/v1", "http://", "http://user:hunter2@host:99999999/v1"]
)
def test_an_address_that_is_none_is_refused_without_being_repeated(
    warehouse_catalog: Catalog, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", address)
    with pytest.raises(NpsError, match="OPENAI_BASE_URL is no address") as caught:
        make_model("openai:x", warehouse_catalog, 7)
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None
