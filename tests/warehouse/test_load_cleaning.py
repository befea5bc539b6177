"""Cleaning on purpose: what is a score and what is not, what is one value, and what stays as it was typed."""

from __future__ import annotations

from pathlib import Path

import pytest

from warehouse.errors import NotNpsScaleError, NpsError
from warehouse.options import LoadOptions
from warehouse.workspace import Warehouse, make_workspace


def load(folder: Path, text: str, options: LoadOptions | None = None) -> Warehouse:
    file = folder / "survey.csv"
    file.write_text(text, encoding="utf-8")
    make_workspace([file], folder / "ws", options)
    return Warehouse(folder / "ws")


def column(warehouse: Warehouse, name: str) -> list[object]:
    return [row[0] for row in warehouse.run(f"SELECT {name} FROM responses ORDER BY response_id").rows]


def survey(scores: list[str]) -> str:
    """Padding of 7s makes plain which column the score is; it sorts after the rows under test."""
    rows = [f"a{i:03},{score}\n" for i, score in enumerate(scores)] + [f"z{i:03},7\n" for i in range(20)]
    return "response_id,nps_score\n" + "".join(rows)


@pytest.mark.parametrize(
    ("typed", "score"),
    [
        ("0", 0),
        ("10", 10),
        (" 9 ", 9),
        ("8.0", 8),
        ("10 - Extremely likely", 10),
        ("0 - Not at all likely", 0),
        ('"10 = Extremely likely"', 10),
        ("06", 6),
    ],
)
def test_a_score_that_says_its_number_is_that_number(tmp_path: Path, typed: str, score: int) -> None:
    with load(tmp_path, survey([typed])) as warehouse:
        assert column(warehouse, "score")[0] == score


@pytest.mark.parametrize(
    "typed", ["-1", "11", "", " ", "n/a", "N/A", "-", "100", "1e9", "ten-ish", "7.5", "nan", "inf", "99", "1 0"]
)
def test_what_is_no_score_is_kept_as_an_unscored_answer_with_its_reason(tmp_path: Path, typed: str) -> None:
    with load(tmp_path, survey([typed, "0"])) as warehouse:
        assert column(warehouse, "score")[:2] == [None, 0]
        assert column(warehouse, "nps_class")[:2] == [None, "detractor"]
        assert warehouse.quality.scored == 21
        assert sum(reason.rows for reason in warehouse.quality.unscored) == 1
        assert all(reason.reason for reason in warehouse.quality.unscored)


def test_each_reason_for_a_missing_score_is_counted_apart_and_shown_by_example(tmp_path: Path) -> None:
    with load(tmp_path, survey(["-1", "11", "11", "", "n/a", "maybe"])) as warehouse:
        reasons = warehouse.quality.unscored
        assert sum(reason.rows for reason in reasons) == 6
        assert len({reason.reason for reason in reasons}) == len(reasons) >= 2
        shown = " ".join(example for reason in reasons for example in reason.examples)
        assert "11" in shown or any("11" in reason.reason for reason in reasons)


@pytest.mark.parametrize("scores", [[str(score) for score in range(11)], ["10", "9", "0", "6"]])
def test_the_classes_are_nine_and_ten_seven_and_eight_and_all_below(tmp_path: Path, scores: list[str]) -> None:
    with load(tmp_path, survey(scores)) as warehouse:
        for score, nps_class in zip(column(warehouse, "score"), column(warehouse, "nps_class"), strict=True):
            assert isinstance(score, int)
            assert nps_class == ("promoter" if score >= 9 else "passive" if score >= 7 else "detractor")


def anchored(low: str, high: str, numbers: range) -> str:
    scores = [high, *map(str, reversed(numbers)), low] * 5
    return "Response ID,How likely is it that you would recommend us to a friend?\n" + "".join(
        f"r{i:03},{score}\n" for i, score in enumerate(scores)
    )


@pytest.mark.parametrize(
    ("low", "high", "numbers", "lowest"),
    [
        ("Not at all likely", "Extremely likely", range(1, 10), 0),
        ("Not likely at all", "Very likely", range(1, 10), 0),
        ("Not at all likely", "Extremely likely", range(2, 10), 1),
        ("0", "Extremely likely", range(1, 10), 0),
        ("Not at all likely", "10", range(1, 10), 0),
    ],
)
def test_an_end_of_the_scale_that_became_words_is_that_end(
    tmp_path: Path, low: str, high: str, numbers: range, lowest: int
) -> None:
    with load(tmp_path, anchored(low, high, numbers)) as warehouse:
        scores = column(warehouse, "score")
        assert scores[: len(numbers) + 2] == [10, *reversed(numbers), lowest]
        assert warehouse.quality.scored == len(scores)


def test_words_at_the_ends_are_said_in_the_report_and_not_read_silently(tmp_path: Path) -> None:
    with load(tmp_path, anchored("Not at all likely", "Extremely likely", range(1, 10))) as warehouse:
        said = warehouse.quality.responses.model_dump_json()
        assert "Extremely likely" in said
        assert "Not at all likely" in said


def test_a_class_column_is_never_trusted(tmp_path: Path) -> None:
    rows = "".join(f"r{i},{i % 11},Promoter,x\n" for i in range(44))
    with load(tmp_path, "response_id,score,nps_class,segment\n" + rows) as warehouse:
        found = warehouse.run("SELECT nps_class, count(*) FROM responses GROUP BY 1").rows
        assert dict(found) == {"promoter": 8, "passive": 8, "detractor": 28}  # 44 answers: four of each score
        assert any("lass" in note for note in warehouse.quality.responses.notes)


def test_a_class_column_alone_is_no_score(tmp_path: Path) -> None:
    rows = "".join(f"r{i},{['Promoter', 'Passive', 'Detractor'][i % 3]}\n" for i in range(30))
    with pytest.raises(NpsError, match="0"):
        load(tmp_path, "response_id,nps_group\n" + rows)


def test_scores_on_another_scale_are_refused_and_the_way_to_state_it_is_named(tmp_path: Path) -> None:
    rows = "".join(f"r{i},{i % 5 + 1}\n" for i in range(50))
    with pytest.raises(NotNpsScaleError, match="--scale") as caught:
        load(tmp_path, "response_id,satisfaction_score\n" + rows)
    assert str(caught.value).count("\n") == 0


def test_scores_from_0_to_100_are_refused(tmp_path: Path) -> None:
    rows = "".join(f"r{i},{i % 11 * 10}\n" for i in range(50))
    with pytest.raises(NpsError):
        load(tmp_path, "response_id,nps_score\n" + rows)


def test_values_that_differ_only_by_case_or_blanks_are_one_value(tmp_path: Path) -> None:
    plans = ["Starter", "starter", " Starter", "STARTER ", "Star ter", "Growth", "Growth ", "growth"]
    rows = "".join(f"r{i},{i % 11},{plans[i % 8]}\n" for i in range(80))
    with load(tmp_path, "response_id,score,plan\n" + rows) as warehouse:
        assert warehouse.catalog.dimensions["plan"].values == {"Starter": 40, "Growth": 30, "Star ter": 10}
        assert any("plan" in note for note in warehouse.quality.responses.notes)


def test_inner_runs_of_blanks_are_one_blank(tmp_path: Path) -> None:
    plans = ["Small  Business", "Small Business", "small\u00a0business", "Other"]
    rows = "".join(f"r{i},{i % 11},{plans[i % 4]}\n" for i in range(40))
    with load(tmp_path, "response_id,score,plan\n" + rows) as warehouse:
        assert warehouse.catalog.dimensions["plan"].values == {"Small Business": 30, "Other": 10}


def test_ids_that_differ_by_case_are_different_ids(tmp_path: Path) -> None:
    ids = [f"a0B{i:02}{end}" for i in range(22) for end in ("Xq", "xQ")]
    rows = "".join(f"{id_},{i % 11}\n" for i, id_ in enumerate(ids))
    with load(tmp_path, "id,nps_score\n" + rows) as warehouse:
        assert column(warehouse, "response_id") == sorted(ids)


def test_long_ids_stay_exact_and_leading_zeros_stay(tmp_path: Path) -> None:
    long = [str(9_007_199_254_740_993_000 + i) for i in range(30)]
    rows = "".join(f"{long[i]},{i:05},{i % 11}\n" for i in range(30))
    with load(tmp_path, "response_id,customer_id,nps_score\n" + rows) as warehouse:
        assert column(warehouse, "response_id") == long
        assert column(warehouse, "customer_id") == [f"{i:05}" for i in range(30)]


def test_leading_zeros_of_a_dimension_stay(tmp_path: Path) -> None:
    rows = "".join(f"r{i},{i % 11},{['01067', '80331', '00501'][i % 3]}\n" for i in range(60))
    with load(
        tmp_path, "response_id,score,branch_code\n" + rows, LoadOptions(dimensions=("branch_code",))
    ) as warehouse:
        assert set(warehouse.catalog.dimensions["branch_code"].values) == {"01067", "80331", "00501"}


def test_comments_that_say_na_none_or_null_stay_text(tmp_path: Path) -> None:
    comments = [
        "NA",
        "None",
        "null",
        "nan",
        "N/A",
        "-",
        "really good service, thanks to all of you",
        "too expensive for us",
    ]
    rows = "".join(f'r{i:02},{i % 11},"{comments[i % 8]}"\n' for i in range(40))
    with load(tmp_path, "response_id,score,comment\n" + rows) as warehouse:
        assert column(warehouse, "comment")[:8] == comments


def test_a_comment_keeps_its_lines_quotes_and_emoji(tmp_path: Path) -> None:
    odd = 'Line one\nline "two", with; 🙂 and Ünïcode'
    quoted = odd.replace('"', '""')
    rows = "".join(f'r{i:02},{i % 11},"this is answer number {i} of many"\n' for i in range(1, 30))
    with load(tmp_path, f'response_id,score,comment\nr00,3,"{quoted}"\n' + rows) as warehouse:
        assert column(warehouse, "comment")[0] == odd


def test_a_blank_dimension_value_is_missing_and_not_a_value(tmp_path: Path) -> None:
    rows = "".join(f"r{i},{i % 11},{['A', 'B', '', '  '][i % 4]}\n" for i in range(40))
    with load(tmp_path, "response_id,score,plan\n" + rows) as warehouse:
        assert warehouse.catalog.dimensions["plan"].values == {"A": 10, "B": 10}
        assert warehouse.run("SELECT count(*) FROM responses WHERE plan IS NULL").rows == [(20,)]


def test_a_country_code_na_is_namibia_and_a_region_na_is_north_america(tmp_path: Path) -> None:
    rows = "".join(f"r{i},{i % 11},{['NA', 'EMEA'][i % 2]}\n" for i in range(40))
    with load(tmp_path, "response_id,score,region\n" + rows) as warehouse:
        found = dict(warehouse.run("SELECT coalesce(region, 'missing'), count(*) FROM responses GROUP BY 1").rows)
        said = " ".join(warehouse.quality.responses.notes)
        assert found == {"NA": 20, "EMEA": 20} or ("NA" in said and "region" in said)
