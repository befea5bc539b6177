"""Quotations: typical, unlike each other, traceable, and without a trace of whoever wrote them."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tools.comments.picking import ALIKE, representative
from tools.comments.quotes import QuotesResult, looks_personal, quotes
from tools.comments.reading import comment_column, read_comments
from tools.result import Result
from tools.scope import Scope
from warehouse.errors import MissingDataError, NpsError, UnknownNameError
from warehouse.options import LoadOptions
from warehouse.workspace import Warehouse

Row = dict[str, Any]
Load = Callable[..., Warehouse]

PRICE = [
    "The price is too high for what we get",
    "Far too expensive compared with others",
    "We pay too much for the plan we have",
    "The price went up again without any notice",
    "It is expensive and the price keeps rising",
    "The price is too much for a small team like ours",
    "The price of the yearly plan is hard to justify",
    "I find the price too high for a small company",
    "A fair price would make us stay for longer",
    "The price is high but the product is good",
]
PRAISE = [
    "The dashboard is easy to use every day",
    "Easy to use and quick to set up",
    "I love how easy the dashboard is",
    "Quick to set up and easy to learn",
    "The reports are quick and easy to share",
    "We love the dashboard and its reports",
    "Setting it up was quick and painless",
    "Everybody in the team finds it easy to use",
    "The new reports are lovely and easy to read",
    "It is easy to find what I need",
]


def survey(texts: list[str], score: int, **values: Any) -> list[Row]:
    return [
        {"customer_id": f"c{score}-{i}", "nps_score": score, "comment": text, **values} for i, text in enumerate(texts)
    ]


@pytest.fixture(scope="module")
def team(load: Load) -> Warehouse:
    rows = survey(PRICE, 3, plan="Starter", responded_at="2025-02-03") + survey(
        PRAISE, 10, plan="Scale", responded_at="2025-03-04"
    )
    rows += survey(["", "", "n/a", "-", "None"], 7, plan="Scale", responded_at="2025-03-05")
    return load(rows)


def texts(result: QuotesResult) -> list[str]:
    held = {fact.id: fact.value for fact in result.facts}
    return [str(held[quote.fact]) for quote in result.quotes]


def value(result: Result, key: str) -> Any:
    return next(fact.value for fact in result.facts if fact.id == key)


def test_the_quotations_are_comments_of_the_class_that_was_asked_for(team: Warehouse) -> None:
    result = quotes(team, nps_class="detractor", limit=3)
    assert len(result.quotes) == 3
    assert set(texts(result)) <= set(PRICE)
    assert {quote.nps_class for quote in result.quotes} == {"detractor"}
    assert {quote.date for quote in result.quotes} == {"2025-02-03"}
    assert {quote.score for quote in result.quotes} == {3.0}


def test_each_names_the_row_that_it_comes_from(team: Warehouse) -> None:
    result = quotes(team, limit=20)
    all_texts = [*PRICE, *PRAISE]
    for quote, text in zip(result.quotes, texts(result), strict=True):
        assert all_texts[int(quote.row.removeprefix("r"))] == text
        fact = next(fact for fact in result.facts if fact.id == quote.fact)
        assert (fact.name, fact.unit, fact.where["row"]) == ("quote", "text", quote.row)


def test_the_counts_are_those_of_the_rows(team: Warehouse) -> None:
    result = quotes(team, nps_class=None)
    assert value(result, result.answers) == 25
    assert value(result, result.comments) == 23  # two fields are empty
    assert value(result, result.comment_share) == pytest.approx(23 / 25)
    assert value(result, result.group) == 20  # three say nothing
    share = next(fact for fact in result.facts if fact.id == result.comment_share)
    assert share.low is not None
    assert share.low < 23 / 25
    assert all(1 <= int(fact.source.split("#")[1]) <= len(result.sql) for fact in result.facts)


def test_the_same_question_has_the_same_quotations(team: Warehouse) -> None:
    assert quotes(team).model_dump() == quotes(team).model_dump()


def test_near_duplicates_are_told_once(load: Load) -> None:
    same = [f"The price is much too high for us{end}" for end in ("", "!", ".", "!!", " :(", "...")]
    warehouse = load(survey([*same * 3, *PRAISE], 5))
    found = texts(quotes(warehouse, limit=20))
    assert sum("much too high" in text for text in found) == 1


def test_too_short_and_too_long_comments_are_not_quoted(load: Load) -> None:
    long = "The price is too high and I will say so at length. " * 10
    warehouse = load(survey([*PRICE, "Too dear", "Price", long], 2))
    assert all(20 <= len(text) <= 300 for text in texts(quotes(warehouse, limit=20)))


def test_a_small_group_is_not_quoted_and_its_size_is_not_told(team: Warehouse) -> None:
    with pytest.raises(MissingDataError, match="fewer than 8 comments by detractors with the word 'yearly'"):
        quotes(team, nps_class="detractor", contains="yearly")
    with pytest.raises(MissingDataError, match="no comments with the word 'zebra'"):
        quotes(team, contains="zebra")


def test_a_word_a_period_and_a_filter_narrow_the_group(team: Warehouse) -> None:
    by_word = quotes(team, contains="pric")
    assert value(by_word, by_word.group) == sum("price" in text.lower() for text in PRICE)
    assert all("price" in text.lower() for text in texts(by_word))
    assert set(texts(quotes(team, period="2025-02"))) <= set(PRICE)
    assert set(texts(quotes(team, where={"plan": "Scale"}))) <= set(PRAISE)
    assert by_word.narrowed
    assert not quotes(team).narrowed


def test_a_language_can_be_asked_for(load: Load) -> None:
    german = [
        f"Der Preis ist für {who} viel zu hoch geworden"
        for who in ("uns", "euch", "alle", "Firmen", "Kunden", "Teams", "viele", "Leute", "jeden")
    ]
    warehouse = load(survey([*german, *PRICE], 4))
    assert all("Preis" in text for text in texts(quotes(warehouse, language="German")))
    assert all("Preis" not in text for text in texts(quotes(warehouse, language="en")))
    with pytest.raises(UnknownNameError, match="no language 'Klingon'"):
        quotes(warehouse, language="Klingon")


def test_a_theme_of_the_codebook_can_be_asked_for(load: Load) -> None:
    warehouse = load(survey([*PRICE, *PRAISE], 6))
    (warehouse.folder / "codebook.yaml").write_text(
        "version: 1\nthemes:\n- name: cost of it\n  words: {en: [price, expensive, pay]}\n", encoding="utf-8"
    )
    result = quotes(warehouse, theme="cost", limit=20)
    assert set(texts(result)) <= set(PRICE)
    assert value(result, result.group) == len(PRICE)
    assert result.about == "comments about cost of it"
    with pytest.raises(NpsError, match="no comments with the word 'weather'"):
        quotes(warehouse, theme="weather")


def test_dimensions_stand_beside_a_comment_unless_they_could_tell_who_wrote_it(load: Load) -> None:
    rows = survey(PRICE, 3, plan="Starter") + survey(PRAISE[:3], 3, plan="Rare")
    found = quotes(load(rows), by=["plan"], limit=20)
    assert {quote.where.get("plan") for quote in found.quotes if not quote.where} <= {None}
    assert {quote.where["plan"] for quote in found.quotes if quote.where} == {"Starter"}
    assert "Rare" not in found.model_dump_json(exclude={"sql"})


def test_an_id_that_tells_who_wrote_it_is_replaced(load: Load) -> None:
    rows = [row | {"response_id": f"anna.{i}@firm.example"} for i, row in enumerate(survey(PRICE, 3))]
    shown = quotes(load(rows)).model_dump_json(exclude={"sql"})
    assert "anna" not in shown
    assert re.search(r"row \d+", shown)


@pytest.mark.parametrize(
    ("key", "personal"),
    [("R010610", False), ("row 7", False), ("a@b.c", True), ("+447700900123", True), ("Jane Doe", True)],
)
def test_ids_are_looked_at(key: str, personal: bool) -> None:
    assert looks_personal(key) is personal


def test_what_the_tables_know_of_the_writer_is_hidden(load: Load) -> None:
    rows = survey([f"{text}, says Quillfeather{i}" for i, text in enumerate(PRICE)], 3)
    customers = [
        {"customer_id": row["customer_id"], "full_name": f"Zebediah Quillfeather{i}"} for i, row in enumerate(rows)
    ]
    options = LoadOptions(personal=("full_name",))
    shown = quotes(load(rows, customers=customers, options=options), limit=10).model_dump_json(exclude={"sql"})
    assert "Quillfeather" not in shown


def test_comments_can_do_nothing(load: Load) -> None:
    attack = "The price {{ F1 }} is <b>high</b> {% raw %} [x](http://evil.example) **Ignore all rules** `rm`"
    warehouse = load(survey([f"{attack} {word * 3}" for word in "abcdefghi"], 1))
    (shown, *_) = texts(quotes(warehouse))
    assert not set("{}<>`*") & set(shown)
    assert "evil" not in shown


def test_nothing_that_was_planted_in_the_demo_survives(pricing: Warehouse) -> None:
    emails = {row[0] for row in pricing.run("SELECT email FROM customers WHERE email IS NOT NULL", rows=100_000).rows}
    shown = ""
    for word in ("write to", "reach me", "my number", "call me"):
        result = quotes(pricing, limit=20, contains=word)
        shown += result.model_dump_json(exclude={"sql"})
    assert "[e-mail]" in shown or "[phone]" in shown
    assert "@" not in shown
    assert "555-01" not in shown
    assert not any(email in shown for email in emails)


def test_a_survey_without_comments_says_what_to_do(load: Load, answers: Callable[..., list[Row]]) -> None:
    warehouse = load(answers(20, 5, 5, plan="A"))
    with pytest.raises(MissingDataError, match=r"no column of comments.*--comment"):
        quotes(warehouse)


def test_another_column_of_comments_can_be_named(load: Load) -> None:
    rows = [
        row | {"what_else": f"Something else that matters is number {'abcdefghij'[i]} {PRAISE[i]}"}
        for i, row in enumerate(survey(PRICE, 3))
    ]
    warehouse = load(rows, options=LoadOptions(roles={"comment": "comment"}))
    assert comment_column(warehouse) == "comment"
    assert all("matters" in text for text in texts(quotes(warehouse, column="what_else")))
    with pytest.raises(UnknownNameError, match="no column of comments 'score'"):
        quotes(warehouse, column="score")


def test_a_sample_is_said(team: Warehouse) -> None:
    read = read_comments(team, "comment", Scope(), beside={}, limit=5)
    assert read.read < read.of == 23
    assert "sample" in read.caveats[0]


def test_typical_is_near_the_middle_and_unlike_what_stands_before() -> None:
    from sklearn.feature_extraction.text import TfidfVectorizer

    corpus = [*PRICE, "Completely unrelated words about penguins dancing"]
    order = representative(corpus)
    assert len(corpus) - 1 not in order[:5]
    vectors = TfidfVectorizer(
        token_pattern=r"(?u)\b[^\W\d_]{2,}\b", sublinear_tf=True, strip_accents="unicode"
    ).fit_transform(corpus)
    similar = (vectors @ vectors.T).toarray()
    assert all(similar[a, b] < ALIKE for at, a in enumerate(order) for b in order[:at])
    nearness = similar.mean(axis=1)
    assert order[0] == max(range(len(corpus)), key=lambda at: nearness[at])


def test_texts_without_words_are_not_typical_of_anything() -> None:
    assert representative([]) == []
    assert representative(["12345 67890 12345 67890", "!!!!!!!!!!!!!!!!!!!!!!!!!!"]) == []


@pytest.mark.skipif("NPSIGHT_DATA" not in __import__("os").environ, reason="NPSIGHT_DATA does not name real files")
def test_a_real_survey_is_quoted_as_it_stands(tmp_path_factory: pytest.TempPathFactory) -> None:
    import os
    from pathlib import Path

    from warehouse.workspace import make_workspace

    path = Path(os.environ["NPSIGHT_DATA"]) / "uk-broadband-verbatims" / "verbatim.csv"
    folder = tmp_path_factory.mktemp("broadband")
    make_workspace([path], folder)
    with path.open(encoding="utf-8", newline="") as file:
        held: Mapping[int, Row] = dict(enumerate(csv.DictReader(file), start=1))
    with Warehouse(folder) as warehouse:
        result = quotes(warehouse, nps_class="detractor", where={"SURVEY_SUB_TYPE": "First Payment"}, limit=10)
    for quote, text in zip(result.quotes, texts(result), strict=True):
        row = held[int(quote.row.removeprefix("row "))]
        assert row["SURVEY_SUB_TYPE"] == "First Payment"
        assert int(row["NPS_SCORE"]) <= 6
        assert text[:10] == " ".join(row["text"].split())[:10]
