"""What each column is taken for, why, and how it is overruled; where two could be meant, nobody picks silently."""

from __future__ import annotations

from pathlib import Path

import pytest

from warehouse.errors import AmbiguousRoleError, NpsError
from warehouse.options import LoadOptions
from warehouse.quality import QualityReport
from warehouse.workspace import Warehouse, make_workspace

COMMENTS = [
    "The support team answered within an hour, thank you",
    "Too expensive for what it does these days",
    "Exports break on larger accounts and nobody tells us why",
    "I love the new dashboard, it saves us a day a month",
]


def load(folder: Path, text: str, options: LoadOptions | None = None) -> QualityReport:
    file = folder / "survey.csv"
    file.write_text(text, encoding="utf-8")
    return make_workspace([file], folder / "ws", options)


def table(header: str, *columns: list[object], rows: int = 44) -> str:
    lines = (",".join(f'"{column[i % len(column)]}"' for column in columns) for i in range(rows))
    return header + "\n" + "\n".join(lines) + "\n"


IDS: list[object] = [f"r{i:03}" for i in range(60)]
SCORES: list[object] = [*range(11)]
DATES: list[object] = [f"2025-0{i % 9 + 1}-{i % 28 + 1:02}" for i in range(60)]
PLANS: list[object] = ["Starter", "Growth", "Enterprise"]
TEXTS: list[object] = [f"{COMMENTS[i % 4]} ({i})" for i in range(60)]
CUSTOMERS: list[object] = [f"C-{1000 + i % 30}" for i in range(60)]


def roles(report: QualityReport) -> dict[str, str]:
    return {guess.column: guess.role for guess in report.responses.guesses}


def test_every_column_of_a_plain_file_gets_a_role_and_a_reason(tmp_path: Path) -> None:
    emails: list[object] = [f"person{i}@example.org" for i in range(60)]
    text = table(
        "id,client no,answered on,nps,why did you give this score,plan,e-mail",
        *(IDS, CUSTOMERS, DATES, SCORES, TEXTS, PLANS, emails),
    )
    report = load(tmp_path, text)
    assert roles(report) == {
        "id": "response_id",
        "client no": "customer_id",
        "answered on": "responded_at",
        "nps": "score",
        "why did you give this score": "comment",
        "plan": "dimension",
        "e-mail": "personal",
    }
    assert all(guess.why for guess in report.responses.guesses)


@pytest.mark.parametrize(
    "name",
    [
        "nps",
        "NPS Score",
        "nps_rating",
        "LikelyToRecommend",
        "Likely-To-Recommend",
        "recommendation_score",
        "How likely is it that you would recommend us to a friend or colleague?",
        "likelihood_to_recommend",
        "score",
        "rating",
        "Q1",
        "x7",
    ],
)
def test_the_score_is_found_under_any_usual_name_and_among_other_numbers(tmp_path: Path, name: str) -> None:
    ages: list[object] = [*range(18, 70)]
    text = table(f"response_id,{name},age,sessions", IDS, SCORES, ages, [3, 15, 120, 7])
    assert roles(load(tmp_path, text))[name] == "score"


@pytest.mark.parametrize(
    ("header", "score", "comment"),
    [
        (
            "Antwort-ID,Kundennummer,Datum,Wie wahrscheinlich ist es dass Sie uns weiterempfehlen?,Kommentar,Tarif",
            "Wie wahrscheinlich ist es dass Sie uns weiterempfehlen?",
            "Kommentar",
        ),
        (
            "ID respuesta,ID cliente,Fecha,¿Qué probabilidad hay de que nos recomiende?,Comentario,Región",
            "¿Qué probabilidad hay de que nos recomiende?",
            "Comentario",
        ),
        ("ID réponse,Numéro client,Date de réponse,Recommanderiez-vous notre service ?,Commentaire,Offre", "", ""),
        (
            "Antwortnummer,Kunden-Nr.,Beantwortet am,Weiterempfehlung,Begründung,Region",
            "Weiterempfehlung",
            "Begründung",
        ),
    ],
)
def test_headers_in_other_languages_are_understood(tmp_path: Path, header: str, score: str, comment: str) -> None:
    names = header.split(",")
    report = load(tmp_path, table(header, IDS, CUSTOMERS, DATES, SCORES, TEXTS, PLANS))
    found = roles(report)
    assert found[score or names[3]] == "score"
    assert found[comment or names[4]] == "comment"
    assert found[names[1]] == "customer_id"
    assert found[names[2]] == "responded_at"
    assert found[names[5]] == "dimension"


def test_two_columns_that_could_be_the_score_are_an_error_that_lists_both(tmp_path: Path) -> None:
    text = table("response_id,nps_product,nps_service", IDS, SCORES, SCORES[::-1])
    with pytest.raises(AmbiguousRoleError) as caught:
        load(tmp_path, text)
    said = str(caught.value)
    assert "nps_product" in said
    assert "nps_service" in said
    assert "--" in said
    assert "\n" not in said


def test_two_nameless_zero_to_ten_columns_are_an_error_that_lists_both(tmp_path: Path) -> None:
    text = table("response_id,Q3,Q7", IDS, SCORES, SCORES[::-1])
    with pytest.raises(AmbiguousRoleError, match=r"Q3.*Q7"):
        load(tmp_path, text)


def test_two_dates_of_which_neither_is_named_are_an_error_that_lists_both(tmp_path: Path) -> None:
    text = table("response_id,score,date_a,date_b", IDS, SCORES, DATES, DATES[::-1])
    with pytest.raises(AmbiguousRoleError, match=r"date_a.*date_b"):
        load(tmp_path, text)


def test_two_customer_keys_are_an_error_that_lists_both(tmp_path: Path) -> None:
    text = table("response_id,score,user_id,member_id", IDS, SCORES, CUSTOMERS, CUSTOMERS[::-1])
    with pytest.raises(AmbiguousRoleError, match=r"user_id.*member_id.*--customer"):
        load(tmp_path, text)


def test_a_column_that_is_called_customer_id_is_the_customer_whatever_else_there_is(tmp_path: Path) -> None:
    text = table("response_id,score,user_id,customer_id,account_id", IDS, SCORES, IDS, CUSTOMERS, PLANS)
    assert roles(load(tmp_path, text))["customer_id"] == "customer_id"


def test_an_ambiguous_choice_is_settled_by_stating_the_role(tmp_path: Path) -> None:
    text = table("response_id,nps_product,nps_service", IDS, SCORES, [10])
    load(tmp_path, text, LoadOptions(roles={"score": "nps_service"}))
    with Warehouse(tmp_path / "ws") as warehouse:
        assert warehouse.run("SELECT min(score), max(score) FROM responses").rows == [(10, 10)]


def test_a_stated_role_beats_the_name(tmp_path: Path) -> None:
    text = table("response_id,score,real_score,when,sent_at", IDS, [5], SCORES, DATES, ["2020-01-01"])
    report = load(tmp_path, text, LoadOptions(roles={"score": "real_score", "responded_at": "sent_at"}))
    assert roles(report)["real_score"] == "score"
    with Warehouse(tmp_path / "ws") as warehouse:
        assert str(warehouse.catalog.as_of) == "2020-01-01"
        assert warehouse.run("SELECT max(score) FROM responses").rows == [(10,)]


def test_a_stated_column_that_is_not_there_is_named_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(NpsError, match="nps_score"):
        load(tmp_path, table("response_id,nps_score", IDS, SCORES), LoadOptions(roles={"score": "nps_scor"}))


def test_a_column_cannot_play_two_roles(tmp_path: Path) -> None:
    with pytest.raises(NpsError, match="nps"):
        load(tmp_path, table("response_id,nps", IDS, SCORES), LoadOptions(roles={"score": "nps", "customer_id": "nps"}))


def test_dimensions_personal_columns_and_ignored_ones_are_as_stated(tmp_path: Path) -> None:
    text = table("response_id,score,plan,account,secret", IDS, SCORES, PLANS, [*range(500, 530)], ["x", "y"])
    report = load(tmp_path, text, LoadOptions(dimensions=("account",), personal=("plan",), ignore=("secret",)))
    assert roles(report)["account"] == "dimension"
    with Warehouse(tmp_path / "ws") as warehouse:
        columns = warehouse.catalog.tables["responses"].columns
        assert "account" in warehouse.catalog.dimensions
        assert columns["plan"].personal
        assert "plan" not in warehouse.catalog.dimensions
        assert columns["secret"].role == "attribute"
        assert set(warehouse.catalog.dimensions) == {"account"}


@pytest.mark.parametrize(
    "options",
    [
        LoadOptions(dimensions=("plann",)),
        LoadOptions(personal=("plann",)),
        LoadOptions(ignore=("plann",)),
        LoadOptions(columns=("response_id", "score", "plann")),
    ],
    ids=["dimensions", "personal", "ignore", "columns"],
)
def test_a_misspelt_column_in_an_option_is_an_error(tmp_path: Path, options: LoadOptions) -> None:
    with pytest.raises(NpsError, match="plan"):
        load(tmp_path, table("response_id,score,plan", IDS, SCORES, PLANS), options)


def test_only_the_columns_that_were_asked_for_are_read(tmp_path: Path) -> None:
    text = table("response_id,score,plan,other", IDS, SCORES, PLANS, PLANS)
    load(tmp_path, text, LoadOptions(columns=("response_id", "score", "plan")))
    with Warehouse(tmp_path / "ws") as warehouse:
        assert "other" not in warehouse.run("SELECT * FROM responses LIMIT 1").columns
        assert "plan" in warehouse.catalog.dimensions


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("email", [f"p{i}@example.com" for i in range(60)]),
        ("phone", [f"+49 151 2345{i:03}" for i in range(60)]),
        ("Name", [f"Ada Lovelace{i}" for i in range(60)]),
        ("full_name", [f"Ada Lovelace{i}" for i in range(60)]),
        ("IP Address", [f"10.0.3.{i}" for i in range(60)]),
        ("contact", [f"p{i}@example.com" for i in range(60)]),
        ("Vorname", ["Ada", "Grace", "Emmy", "Mary"]),
    ],
)
def test_columns_about_a_person_are_personal_and_never_a_dimension(
    tmp_path: Path, name: str, values: list[object]
) -> None:
    load(tmp_path, table(f"response_id,score,plan,{name}", IDS, SCORES, PLANS, values))
    with Warehouse(tmp_path / "ws") as warehouse:
        columns = [column for column in warehouse.catalog.tables["responses"].columns.values() if column.source == name]
        assert [column.personal for column in columns] == [True]
        assert list(warehouse.catalog.dimensions) == ["plan"]


def test_an_email_that_is_the_only_key_is_the_customer_and_still_personal(tmp_path: Path) -> None:
    emails: list[object] = [f"p{i % 20}@example.com" for i in range(60)]
    load(tmp_path, table("score,email,plan", SCORES, emails, PLANS))
    with Warehouse(tmp_path / "ws") as warehouse:
        people = [column for column in warehouse.catalog.tables["responses"].columns.values() if column.personal]
        assert [column.source for column in people] == ["email"]


def test_numbers_are_measures_constants_are_neither_and_few_numbers_may_be_a_dimension(tmp_path: Path) -> None:
    usage: list[object] = [i * 17.25 for i in range(44)]
    load(tmp_path, table("response_id,score,usage_hours,tool_name", IDS, SCORES, usage, ["npsight"]))
    with Warehouse(tmp_path / "ws") as warehouse:
        assert "usage_hours" in warehouse.catalog.measures
        assert "tool_name" not in warehouse.catalog.measures
        columns = warehouse.catalog.tables["responses"].columns
        assert columns["tool_name"].role in ("attribute", "dimension")


@pytest.mark.parametrize(
    ("name", "values", "role"),
    [
        ("Avg Monthly Long Distance Charges", [i * 1.37 for i in range(60)], "measure"),
        ("contact reason", [f"reason {letter}" for letter in "abcdefgh"], "dimension"),
        ("phone model", [f"model {letter}" for letter in "abcdefgh"], "dimension"),
        ("product name", [f"product {letter}" for letter in "abcdefgh"], "dimension"),
    ],
)
def test_a_word_in_a_name_does_not_make_a_column_personal(
    tmp_path: Path, name: str, values: list[object], role: str
) -> None:
    assert roles(load(tmp_path, table(f"response_id,score,{name}", IDS, SCORES, values)))[name] == role


@pytest.mark.parametrize("options", [LoadOptions(ignore=("nps_a",)), LoadOptions(dimensions=("nps_a",))])
def test_a_candidate_that_is_said_to_be_something_else_is_none(tmp_path: Path, options: LoadOptions) -> None:
    assert (
        roles(load(tmp_path, table("response_id,nps_a,nps_b", IDS, SCORES, SCORES[::-1]), options))["nps_b"] == "score"
    )


def test_the_names_of_options_may_be_typed_in_any_case(tmp_path: Path) -> None:
    options = LoadOptions(roles={"score": "NPS_B"}, personal=("PLAN",))
    found = roles(load(tmp_path, table("response_id,nps_a,nps_b,Plan", IDS, SCORES, SCORES[::-1], PLANS), options))
    assert (found["nps_b"], found["Plan"]) == ("score", "personal")


def test_a_file_without_any_score_says_what_a_score_is(tmp_path: Path) -> None:
    with pytest.raises(NpsError, match=r"0.*10") as caught:
        load(tmp_path, table("response_id,plan,comment", IDS, PLANS, TEXTS))
    assert "\n" not in str(caught.value)


def test_an_empty_file_is_an_error_in_one_sentence(tmp_path: Path) -> None:
    for text in ("", "response_id,score\n"):
        with pytest.raises(NpsError) as caught:
            load(tmp_path, text)
        assert "survey.csv" in str(caught.value)
        assert "\n" not in str(caught.value)
