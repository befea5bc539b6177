"""What an intruder tries: what the rules missed once, words of themes, sizes of hidden cells, files that hang."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tools.comments.codebook import read_codebook
from tools.comments.mining import mine_codebook
from tools.comments.quotes import looks_personal, quotes
from tools.comments.redaction import redact
from tools.comments.sentiment import sentiment
from tools.comments.themes import themes
from warehouse.errors import CatalogError, MissingDataError
from warehouse.workspace import Warehouse

SAID = [
    "The price is too high for what we get",
    "Delivery was late again and nobody cared",
    "Support never answers the phone when we call",
    "The website is slow and confusing to use",
    "Billing was wrong twice this year",
]
FENCE = [
    "rescued our garden fence in the storm",
    "painted the garden fence very nicely",
    "repaired that garden fence for nothing",
    "looked after the fence of the garden",
]


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("write to lenapark -at- gmx -dot- net", "lenapark"),
        ("write to lenapark@@gmail.com", "lenapark"),
        ("write to lenapark(ett)gmail.com", "lenapark"),
        ("write to lenapark at the rate gmail.com", "lenapark"),
        ("my pin 4471 was refused", "4471"),
        ("they wanted cvv 737 by phone", "737"),
        ("pwd=hunter2", "hunter2"),
        ("username: jsmith", "jsmith"),
        ("my login jsmith88 is locked", "jsmith88"),
        ("add me, skype lenapark99", "lenapark99"),
        ("my car AB12 CDE was towed", "AB12"),
        ("Mein Auto B-MW 1234 steht da", "1234"),
        ("ma voiture AA-123-BB", "AA-123"),
        ("number plate is KX19 ZZT", "KX19"),
        ("call zero seven seven double oh nine hundred one two three", "seven"),
        ("null eins sieben sechs drei vier fuenf", "sieben"),
        ("Dear Thandiwe, your app is bad", "Thandiwe"),
        ("Hi, Kwabena here", "Kwabena"),
        ("special mention to Kwabena for patience", "Kwabena"),
        ("kudos Bjarne", "Bjarne"),
        ("(signed) Ngozi", "Ngozi"),
        ("Danke an Thandiwe Nkosi", "Nkosi"),
        ("Mit Ngozi gesprochen, sehr nett", "Ngozi"),
        ("J'ai eu Thandiwe au téléphone", "Thandiwe"),
    ],
)
def test_what_once_got_through_is_hidden(text: str, secret: str) -> None:
    assert secret not in redact(text).text


@pytest.mark.parametrize(
    "text",
    [
        "look at the rate card",
        "one two three, done",
        "pin it to the board",
        "login is slow",
        "username is not accepted",
        "Skype is slow",
        "Dear team, thanks",
        "Hi there, ask Support",
        "my licence plate holder broke",
        "mit allem zufrieden",
    ],
)
def test_ordinary_words_beside_those_signs_stay(text: str) -> None:
    assert redact(text).text == text


def mined(lines: list[str], **more: Any) -> str:
    """Everything that a mined codebook says, without the starter's themes."""
    draw = random.Random(7)
    texts = [f"{draw.choice(SAID)} {word}" for word in ("honestly", "sadly", "again", "today") for _ in range(40)]
    names = more.get("names")
    if names is not None:
        more["names"] = [[]] * len(texts) + names
    book = mine_codebook([*texts, *lines], **more)
    return str([theme.model_dump() for theme in book.themes if theme.provenance == "mined"]).lower()


def test_a_name_at_the_head_of_sentences_becomes_no_theme() -> None:
    found = mined([f"Bjarne {line}" for line in FENCE for _ in range(10)])
    assert "fence" in found
    assert "bjarne" not in found


def test_a_name_that_is_hidden_in_some_comments_is_told_from_none() -> None:
    lines = [f"bjarne {line}" for line in FENCE for _ in range(10)] + ["I spoke to Bjarne about the garden fence"] * 8
    found = mined(lines)
    assert "fence" in found
    assert "bjarne" not in found


def test_what_is_known_of_the_writer_becomes_no_theme() -> None:
    lines = [f"old hvidsten {line}" for line in FENCE for _ in range(10)]
    assert "hvidsten" in mined(lines)
    assert "hvidsten" not in mined(lines, names=[["Bjarne Hvidsten"]] * len(lines))


def survey(load: Callable[..., Warehouse], **more: Any) -> Warehouse:
    """Two plans with sixty answers each, of which forty hold a comment, and one with three comments."""
    draw = random.Random(3)
    rows = []
    for plan, n, silent in (("Basic", 40, 20), ("Pro", 40, 20), ("Secret", 3, 4)):
        for i in range(n + silent):
            text = f"{draw.choice(SAID)} {draw.choice(['really', 'honestly', 'indeed'])}" if i < n else None
            rows.append({"nps_score": draw.randrange(11), "plan": plan, "comment": text, **more})
    return load(rows)


def test_themes_by_segment_do_not_tell_how_large_a_hidden_one_is(
    load: Callable[..., Warehouse], fact: Callable[..., Any]
) -> None:
    result = themes(survey(load), by=["plan"])
    share = fact(result, "comment_share")
    assert share.n == 120
    assert round(share.value * share.n) == fact(result, "comments").value == 80


def test_sentiment_by_segment_does_not_tell_how_large_a_hidden_one_is(
    load: Callable[..., Warehouse], by_id: Callable[..., Any]
) -> None:
    result = sentiment(survey(load), by=["plan"])
    assert by_id(result, result.left_out).n == by_id(result, result.mean).n == 80


def test_a_search_does_not_bring_back_what_is_hidden(load: Callable[..., Warehouse]) -> None:
    rows = [
        {"nps_score": i % 11, "comment": f"Sarah was {word} to me on the phone yesterday"}
        for i, word in enumerate(["rude", "kind", "short", "patient", "cold", "warm", "deaf", "loud", "curt", "nice"])
    ]
    opened = load(rows)
    assert quotes(opened, contains="phone").quotes
    for word in ("Sarah", "sar", "name"):
        with pytest.raises(MissingDataError):
            quotes(opened, contains=word)


@pytest.mark.parametrize("key", ["07700900123", "07700 900123", "020-79460958", "kwabena.osei", "a@b.com", "+4477"])
def test_ids_that_tell_who_somebody_is_are_known(key: str) -> None:
    assert looks_personal(key)


@pytest.mark.parametrize("key", ["r155", "114020300028", "R_3kJ9a8Zq2xY", "2025-0001", "17", "resp-12"])
def test_ordinary_ids_are_shown(key: str) -> None:
    assert not looks_personal(key)


BOMB = "a: &a [x]\n" + "".join(
    f"{chr(98 + at)}: &{chr(98 + at)} [{', '.join(['*' + chr(97 + at)] * 9)}]\n" for at in range(9)
)


@pytest.mark.parametrize(
    "text",
    [
        BOMB + "themes: *j\n",
        "&a [*a]\n",
        "themes: " + "[" * 3000 + "]" * 3000,
        "{a: " * 2000 + "}" * 2000,
        "themes: 2025-13-45\n",
        "themes:\n- name: a\n  words: [" + "9" * 5000 + "]\n",
        'themes:\n- name: "\\u200b"\n  words: [price]\n',
    ],
)
def test_a_hostile_codebook_is_refused_at_once(tmp_path: Path, text: str) -> None:
    path = tmp_path / "codebook.yaml"
    path.write_text(text, encoding="utf-8")
    start = time.process_time()
    with pytest.raises(CatalogError, match=r"codebook\.yaml"):
        read_codebook(path)
    assert time.process_time() - start < 1.0


def test_the_name_of_a_theme_holds_nothing_invisible(tmp_path: Path) -> None:
    path = tmp_path / "codebook.yaml"
    path.write_text('themes:\n- name: "pr\\u202eice\\e[31m"\n  words: [price]\n', encoding="utf-8")
    assert read_codebook(path).names == ["price [31m"]
