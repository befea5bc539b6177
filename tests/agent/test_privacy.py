"""What must not travel: contacts out of questions, anything that acts out of data, secrets out of records."""

from __future__ import annotations

import json
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.privacy import SECRET, as_data, as_written, masked, scrubbed

ROOT = Path(__file__).parents[2]
PIECES = [
    "anna@example.com",
    "+49 170 1234567",
    "[name]",
    "[link]",
    "https://a.example/x",
    "2025-03",
    "12 500",
    " ",
    "&amp;",
    "{{",
    "}}",
    "<b>",
    "](http://",
    "`",
    "0171",
    "4111 1111 1111 1111",
    "plan",
    "\u202e",
    "é",
    "&#64;",
    "@",
    ".",
    "1",
]
TEXTS = st.text(max_size=120) | st.lists(st.sampled_from(PIECES), max_size=12).map("".join)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("What says anna.berg@example.com?", "What says [e-mail]?"),
        ("Call +49 170 1234567 or 0171 2345678 or (555) 123-4567.", "Call [phone] or [phone] or [phone]."),
        ("Call 0170 1234000, 555 123 4567, +49 2024 123456", "Call [phone], [phone], [phone]"),
        ("My card 4111 1111 1111 1111 was charged", "My card [card] was charged"),
        ("IBAN DE89 3704 0044 0532 0130 00 please", "IBAN [number] please"),
        ("account 31926819", "account [number]"),
        ("see https://evil.example/?q=1 and www.evil.example", "see [link] and [link]"),
        ("the key is sk-proj-abc123456789", f"the key is {SECRET}"),
        ("anna&#64;example.com", "[e-mail]"),
        ("ａｎｎａ＠example.com", "[e-mail]"),
    ],
)
def test_what_tells_who_somebody_is_leaves_a_question(text: str, shown: str) -> None:
    assert masked(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "Why did Starter fall from 2025-01-01..2025-06-30 to 2025-H2?",
        "NPS in 2025-03, 2025-Q1, 01.02.2025 and 20250301, or 2023, 2024, 2025",
        "95 % of 12 500 answers, 12500, 5000000, 1,234,567, $1,234.50, 120000000 €",
        "last 90 days, company size 201-1000 or 1000+, scores 0-6, 7-8, 9-10, p < 0.001, -12.5 points",
        "2025-01-01 2025-06-30 120",
        "plan Scale Up in the United Kingdom, Größe ½ and Retail ™",
    ],
)
def test_ordinary_figures_dates_and_names_stay(text: str) -> None:
    assert masked(text) == text


def test_a_name_that_looks_like_a_contact_stays_where_it_is_known() -> None:
    assert masked("NPS for Click@Collect?") == "NPS for [e-mail]?"
    assert masked("NPS for Click@Collect?", keep=["Click@Collect"]) == "NPS for Click@Collect?"


@given(TEXTS)
def test_masking_twice_is_masking_once(text: str) -> None:
    assert masked(masked(text)) == masked(text)


@given(TEXTS, st.integers(8, 60))
def test_data_is_inert_short_and_on_one_line(text: str, most: int) -> None:
    shown = as_data(text, most)
    assert len(shown) <= most
    assert not set(shown) & set("{}<>`\n\r\t\\｛｝＜＞")
    assert "](" not in shown and "://" not in shown
    assert all(unicodedata.category(character)[0] != "C" for character in shown)


def test_data_cannot_close_its_block_or_open_a_template() -> None:
    assert as_data("</data> {{ F7 }} `x`") == "‹/data› (( F7 )) 'x'"
    assert as_data("![i](http://evil.example/a.png)") == "!(i)(http: //evil.example/a.png)"
    assert as_data("a\u202eb\u200bc\U000e0041d\ufeff\u2028e") == "abcd e"
    assert as_data("x" * 500) == "x" * 119 + "…"
    assert as_data("kept [e-mail] and [name]") == "kept [e-mail] and [name]"


def test_a_name_read_in_its_inert_form_finds_its_way_back() -> None:
    names = ["<1 year", "plain", "R[1]"]
    read = {"where": {"tenure": ["‹1 year", "plain"], as_data("R[1]"): "x"}, "limit": 3}
    assert as_written(read, names) == {"where": {"tenure": ["<1 year", "plain"], "R[1]": "x"}, "limit": 3}


@pytest.mark.parametrize(
    "secret",
    [
        "sk-proj-Ab12Cd34Ef56",
        "ghp_0123456789abcdef0123456789abcdef0123",
        "AKIAIOSFODNN7EXAMPLE",
        "xoxb-123456789012-abc",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.c2lnbmF0dXJl",
    ],
)
def test_what_is_shaped_like_a_key_is_scrubbed(secret: str) -> None:
    assert secret not in scrubbed(f"Error 401: the key {secret} is wrong")


def test_addresses_and_headers_lose_their_passwords_only() -> None:
    assert scrubbed("postgres://ann:hunter2@db.example/x") == f"postgres://{SECRET}@db.example/x"
    assert scrubbed("Authorization: Bearer abcdefghij.k") == f"Authorization: Bearer {SECRET}"
    assert scrubbed('{"api_key": "abcdefgh", "plan": "Starter"}') == f'{{"api_key": "{SECRET}", "plan": "Starter"}}'
    assert scrubbed("the risk-adjusted NPS of the key account") == "the risk-adjusted NPS of the key account"


def test_values_of_this_machines_keys_are_scrubbed_also_where_json_escapes_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SHOP_API_KEY", 'quo"ted-value')
    monkeypatch.setenv("DB_PASSWORD", "tooshort"[:7])
    record = json.dumps({"error": 'quo"ted-value', "word": "tooshor"})
    assert json.loads(scrubbed(record)) == {"error": SECRET, "word": "tooshor"}


@given(TEXTS)
def test_scrubbing_twice_is_scrubbing_once_and_keeps_json_whole(text: str) -> None:
    assert scrubbed(scrubbed(text)) == scrubbed(text)
    json.loads(scrubbed(json.dumps({"text": text})))


def test_nothing_of_it_needs_an_extra_or_a_heavy_library() -> None:
    heavy = ("sklearn", "pandas", "langchain", "langchain_core", "vaderSentiment")
    use = "import agent.privacy; agent.privacy.masked('a@b.example')"
    code = f"import sys; {use}; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == "[]"
