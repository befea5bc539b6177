"""What one answer may take, and how it is counted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.limits import LimitReached, Limits, Meter
from warehouse.errors import NpsError


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_without_settings_there_are_limits_all_the_same() -> None:
    limits = Limits.from_environment({})
    assert (limits.model_calls, limits.tool_calls, limits.seconds, limits.tokens, limits.money) == (
        10,
        20,
        120.0,
        150_000,
        None,
    )


def test_limits_and_prices_are_read_from_the_environment() -> None:
    limits = Limits.from_environment(
        {
            "NPSIGHT_LIMIT_MODEL_CALLS": "3",
            "NPSIGHT_LIMIT_TOOL_CALLS": " 4 ",
            "NPSIGHT_LIMIT_SECONDS": "2.5",
            "NPSIGHT_LIMIT_TOKENS": "10_000",
            "NPSIGHT_LIMIT_MONEY": "0.25",
            "NPSIGHT_PRICE": "1.25/10",
        }
    )
    assert (limits.model_calls, limits.tool_calls, limits.seconds, limits.tokens) == (3, 4, 2.5, 10_000)
    assert (limits.money, limits.price_in, limits.price_out) == (0.25, 1.25, 10.0)


@pytest.mark.parametrize("value", ["ten", "0", "-1", "1.5", "nan", "inf", "1e400", "0x10", "3 calls"])
def test_nonsense_for_a_count_names_the_variable_and_what_is_allowed(value: str) -> None:
    with pytest.raises(NpsError, match=r"NPSIGHT_LIMIT_TOOL_CALLS is .*; give a whole number above 0"):
        Limits.from_environment({"NPSIGHT_LIMIT_TOOL_CALLS": value})


@pytest.mark.parametrize("value", ["1.25", "1/2/3", "a/b", "-1/2", "1/", "/", "nan/1"])
def test_nonsense_for_the_price_is_refused(value: str) -> None:
    with pytest.raises(NpsError, match=r"NPSIGHT_PRICE is .*1\.25/10"):
        Limits.from_environment({"NPSIGHT_PRICE": value})


def test_a_limit_of_money_needs_prices() -> None:
    with pytest.raises(NpsError, match="needs prices"):
        Limits(money=1.0)


@pytest.mark.parametrize("seconds", [0.0, -1.0, float("nan"), float("inf")])
def test_a_limit_is_a_number_above_zero(seconds: float) -> None:
    with pytest.raises(NpsError, match="The limit seconds is"):
        Limits(seconds=seconds)


def test_the_message_names_the_limit_that_was_set() -> None:
    meter = Meter(Limits(model_calls=1))
    meter.before_model(10)
    meter.add_reply(None, 10, 10)
    with pytest.raises(LimitReached, match=r"^The limit of 1 model call was reached\.$") as caught:
        meter.before_model(10)
    assert (caught.value.limit, caught.value.used, caught.value.allowed) == ("model_calls", 1, 1)


def test_tool_calls_end_at_their_limit() -> None:
    meter = Meter(Limits(tool_calls=2))
    meter.before_tool()
    meter.before_tool()
    with pytest.raises(LimitReached, match="The limit of 2 tool calls was reached"):
        meter.before_tool()
    assert meter.tool_calls == 2


def test_seconds_end_models_and_tools() -> None:
    clock = Clock()
    meter = Meter(Limits(seconds=5), clock)
    clock.now += 4
    meter.before_model(1)
    meter.before_tool()
    assert meter.left == pytest.approx(1)
    clock.now += 1.5
    for before in (lambda: meter.before_model(1), meter.before_tool):
        with pytest.raises(LimitReached, match="The limit of 5 seconds was reached"):
            before()


def test_tokens_are_those_the_server_counted() -> None:
    meter = Meter(Limits(price_in=2.0, price_out=10.0))
    meter.add_reply(
        {"input_tokens": 1_000, "output_tokens": 100, "input_token_details": {"cache_read": 600}}, 4_000, 400
    )
    assert (meter.prompt_tokens, meter.completion_tokens, meter.cached_tokens) == (1_000, 100, 600)
    assert meter.money == pytest.approx(1_000 * 2 / 1e6 + 100 * 10 / 1e6)
    assert not meter.estimated


@pytest.mark.parametrize(
    "usage",
    [
        None,
        {},
        {"input_tokens": 0, "output_tokens": 0},
        {"input_tokens": -5, "output_tokens": 3},
        {"input_tokens": 10**12, "output_tokens": 3},
        {"input_tokens": 100, "output_tokens": 10**12},
        {"input_tokens": "many", "output_tokens": None},
    ],
)
def test_without_a_usable_count_characters_are_counted_and_that_is_marked(usage: dict[str, object] | None) -> None:
    meter = Meter(Limits())
    meter.add_reply(usage, 4_000, 400)
    assert (meter.prompt_tokens, meter.completion_tokens) == (1_000, 100)
    assert meter.estimated


def test_a_request_that_would_break_the_limit_of_tokens_is_not_sent() -> None:
    meter = Meter(Limits(tokens=1_000))
    meter.add_reply({"input_tokens": 700, "output_tokens": 100}, 2_800, 400)
    meter.before_model(400)
    with pytest.raises(LimitReached, match="The limit of 1,000 tokens was reached"):
        meter.before_model(1_000)


def test_a_request_that_would_break_the_limit_of_money_is_not_sent() -> None:
    meter = Meter(Limits(money=0.01, price_in=1.0, price_out=10.0))
    meter.add_reply({"input_tokens": 4_000, "output_tokens": 500}, 16_000, 2_000)
    assert meter.money == pytest.approx(0.009)
    meter.before_model(400)
    with pytest.raises(LimitReached, match=r"The limit of 0\.01 in money was reached"):
        meter.before_model(16_000)


def test_without_prices_money_is_unknown_rather_than_zero() -> None:
    assert Meter(Limits()).money is None


@given(st.lists(st.tuples(st.integers(), st.integers(), st.integers(0, 10**6)), max_size=20))
def test_whatever_a_server_counts_the_sums_never_fall(replies: list[tuple[int, int, int]]) -> None:
    meter = Meter(Limits(price_in=1.0, price_out=1.0))
    before = 0
    for prompt, completion, characters in replies:
        meter.add_reply({"input_tokens": prompt, "output_tokens": completion}, characters, characters)
        assert meter.tokens >= before
        assert meter.prompt_tokens <= 2_000 * meter.model_calls + 4 * sum(row[2] for row in replies)
        before = meter.tokens
