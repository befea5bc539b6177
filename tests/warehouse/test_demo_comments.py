"""The pricing demo's comments: they read like people's, and they follow the planted themes."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from warehouse.demo import DemoFiles, write_demo
from warehouse.demo.phrases import CLOSERS, CONTACTS, GENERAL, MULTI_LINE, OPENERS, PRICE_RISE, SENTENCES

NAMES_THE_RISE = re.compile(
    r"increase|hike|price rise|new pric|raised the|went up|higher (price|bill)|old price|overnight|costs rise",
    re.IGNORECASE,
)


class Comment(NamedTuple):
    text: str
    score: int
    billing: str
    day: str


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DemoFiles:
    return write_demo("pricing", tmp_path_factory.mktemp("pricing"))


@pytest.fixture(scope="module")
def told(demo: DemoFiles) -> dict[str, Any]:
    comments: dict[str, Any] = json.loads(demo.truth.read_text(encoding="utf-8"))["comments"]
    return comments


@pytest.fixture(scope="module")
def said(demo: DemoFiles) -> dict[str, Comment]:
    """The filled comments by response id."""
    billing = {row["customer_id"]: row["billing"] for row in rows_of(demo.tables["customers"])}
    return {
        row["response_id"]: Comment(
            row["comment"], int(row["score"].split(" ")[0]), billing[row["customer_id"]], row["responded_at"][:10]
        )
        for row in rows_of(demo.tables["survey"])
        if row["comment"]
    }


def test_about_forty_five_percent_of_the_answers_carry_a_comment(said: dict[str, Comment]) -> None:
    assert 0.42 < len(said) / 30_000 < 0.48


def test_only_monthly_customers_name_the_rise_and_only_after_it(said: dict[str, Comment]) -> None:
    named = Counter((c.billing, c.day >= "2025-07-01") for c in said.values() if NAMES_THE_RISE.search(c.text))
    assert set(named) == {("monthly", True)}
    assert named["monthly", True] > 300


def test_the_sentences_about_the_rise_are_the_ones_that_name_it() -> None:
    assert sum(bool(NAMES_THE_RISE.search(s)) for pool in PRICE_RISE.values() for s in pool) >= 15
    assert not any(NAMES_THE_RISE.search(s) for moods in SENTENCES.values() for pool in moods.values() for s in pool)


def test_price_takes_over_among_monthly_detractors_and_stays_put_among_annual_ones(
    said: dict[str, Comment], told: dict[str, Any]
) -> None:
    talk: dict[tuple[str, bool], list[bool]] = {}
    for response, comment in said.items():
        sunk_in = comment.day >= "2025-08-12"
        themes = told["themes"][response]
        if themes and comment.score <= 6 and (sunk_in or comment.day < "2025-07-01"):
            talk.setdefault((comment.billing, sunk_in), []).append(themes[0] == "price")
    share = {key: float(np.mean(price)) for key, price in talk.items()}
    hit = told["main_theme_shares_planted"]["detractors hit by the rise, after the ramp"]["price"]
    usual = told["main_theme_shares_planted"]["detractors not hit, or before the rise"]["price"]
    assert hit > 3 * usual
    assert share["monthly", True] == pytest.approx(hit, abs=0.05)
    for key in (("monthly", False), ("annual", False), ("annual", True)):
        assert share[key] == pytest.approx(usual, abs=0.06), key


def test_no_theme_moves_among_annual_detractors(said: dict[str, Comment], told: dict[str, Any]) -> None:
    counts = {True: Counter[str](), False: Counter[str]()}
    for response, comment in said.items():
        if comment.billing == "annual" and comment.score <= 6:
            counts[comment.day >= "2025-07-01"].update(told["themes"][response][:1])
    n = {late: count.total() for late, count in counts.items()}
    for theme in SENTENCES:
        share = {late: counts[late][theme] / n[late] for late in n}
        pooled = (counts[True][theme] + counts[False][theme]) / (n[True] + n[False])
        error = (pooled * (1 - pooled) * (1 / n[True] + 1 / n[False])) ** 0.5
        assert abs(share[True] - share[False]) < 3 * error, theme


def test_the_comments_are_made_of_many_distinct_sentences(said: dict[str, Comment]) -> None:
    sentences = [s for moods in SENTENCES.values() for pool in moods.values() for s in pool]
    assert len(set(sentences)) == len(sentences) >= 120
    written = " ".join(comment.text for comment in said.values())
    assert all(sentence in written for sentence in sentences)
    assert len({comment.text for comment in said.values()}) > 5_000


def test_every_filled_comment_has_its_themes_in_the_truth(said: dict[str, Comment], told: dict[str, Any]) -> None:
    assert set(said) == set(told["themes"])
    assert told["filled"] == len(said)


def test_comments_have_contacts_non_answers_and_line_breaks_where_the_truth_says(
    said: dict[str, Comment], told: dict[str, Any]
) -> None:
    def ids(pattern: str) -> list[str]:
        return sorted(response for response, comment in said.items() if re.search(pattern, comment.text))

    special = {kind: sorted(responses) for kind, responses in told["special"].items()}
    assert all(special.values())
    assert ids("@") == ids(r"user\d{5}@example\.com") == special["email"]
    assert ids(r"\d{3}-\d{4}") == ids(r"\b555-01\d\d\b") == special["phone"]
    assert ids(r"\n") == special["multi_line"]
    assert ids(r"^(NA|None|n/a|-)$") == special["non_answer"]
    assert {said[response].text for response in special["non_answer"]} >= {"NA", "None"}
    assert all("," in said[response].text and '"' in said[response].text for response in special["multi_line"])


def test_some_comments_carry_emoji_and_some_are_mistyped(said: dict[str, Comment]) -> None:
    assert sum(any(ord(letter) > 0x2600 for letter in c.text) for c in said.values()) > 300
    source = " ".join(str(pool) for pool in (SENTENCES, PRICE_RISE, GENERAL, OPENERS, CLOSERS, CONTACTS, MULTI_LINE))
    known = set(re.findall(r"[a-z]{5,}", source.lower()))
    odd = [set(re.findall(r"[a-z]{5,}", c.text.lower())) - known for c in said.values() if "@" not in c.text]
    assert 0.03 < np.mean([bool(words) for words in odd]) < 0.10
