"""The cases that come with npsight: readable, complete, and of the breadth that they claim."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path

import pytest

from evals.cases import CASES, SCHEMA, SUITES, Case, built_in, json_schema, read_cases
from evals.gold import gold_rows
from evals.run import Setting, run_cases
from evals.worlds import make_world, worlds
from warehouse.errors import NpsError


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    return built_in()


def test_the_shipped_schema_is_the_cases_own() -> None:
    assert SCHEMA.read_text(encoding="utf-8") == json_schema()


def test_every_suite_has_cases_and_every_world_exists(cases: list[Case]) -> None:
    assert {case.suite for case in cases} == set(SUITES)
    named = {case.world for case in cases if case.suite != "safety"}
    assert named <= set(worlds())
    assert set(worlds()) <= named


def test_ids_are_unique_over_all_suites(cases: list[Case]) -> None:
    assert [name for name, count in Counter(case.id for case in cases).items() if count > 1] == []


def test_answers_ask_two_hundred_questions_over_many_worlds(cases: list[Case]) -> None:
    answers = [case for case in cases if case.suite == "answers"]
    assert len(answers) >= 200
    assert len({case.world for case in answers}) >= 5
    assert {"de", "es"} <= {case.language for case in answers}


def test_every_trap_of_judgement_has_something_to_say_and_something_not_to(cases: list[Case]) -> None:
    traps: dict[str, list[Case]] = defaultdict(list)
    for case in cases:
        if case.suite == "judgement":
            traps[case.family].append(case)
            assert case.must or case.gold or case.lead, f"{case.id} can be passed by saying nothing"
    assert len(traps) >= 13
    assert all(any(case.never for case in those) for those in traps.values())


def test_conversations_have_three_to_six_turns(cases: list[Case]) -> None:
    turns = [len(case.turns) for case in cases if case.suite == "dialogue"]
    assert min(turns) >= 3
    assert max(turns) <= 6


def test_every_tool_is_asked_for(cases: list[Case]) -> None:
    from tools.registry import TOOLS

    asked = {call.tool for case in cases for turn in case.turns if turn.tools for call in turn.tools.any_of}
    assert set(TOOLS) <= asked


def test_a_world_is_the_same_each_time(tmp_path: Path) -> None:
    for at in ("one", "two"):
        (tmp_path / at).mkdir()
    first, second = (worlds()["hotel"].write(tmp_path / at, 7) for at in ("one", "two"))
    assert [path.read_bytes() for path in first.files] == [path.read_bytes() for path in second.files]
    assert list(first.tables["answers"].rows) == list(second.tables["answers"].rows)


def test_gold_counts_what_the_world_drew() -> None:
    folder = make_world("hotel")
    case = next(case for case in read_cases([CASES / "answers" / "hotel.yaml"]) if case.id == "hotel-level")
    assert case.gold is not None
    rows = gold_rows(case.gold, folder).rows
    scores = [row[3] for row in worlds()["hotel"].write(folder / "files", 7).tables["answers"].rows]
    counted = 100 * (sum(s >= 9 for s in scores) - sum(s <= 6 for s in scores)) / len(scores)
    assert rows == [{"nps": pytest.approx(counted), "n": len(scores)}]


@pytest.mark.parametrize(("model", "verdict"), [("builtin", "passed"), ("scarecrow:timid", "failed")])
def test_a_plain_question_is_passed_by_whoever_answers_it(model: str, verdict: str) -> None:
    asked = [case for case in read_cases([CASES / "answers" / "hotel.yaml"]) if case.id == "hotel-level"]
    run = run_cases(asked, Setting(model=model, processes=1))
    assert [case.verdict for case in run.cases] == [verdict]


def test_questions_in_other_languages_are_declined_and_not_counted_as_passed(cases: list[Case]) -> None:
    asked = [case for case in cases if case.language == "de"][:1]
    run = run_cases(asked, Setting(processes=1))
    assert run.cases[0].verdict in ("not judged", "passed")
    assert run.cases[0].verdict == "passed" or "English only" in run.cases[0].why


def test_what_the_money_does_not_reach_is_not_judged() -> None:
    asked = read_cases([CASES / "answers" / "hotel.yaml"])[:1]
    run = run_cases(asked, Setting(processes=1, max_cost=0.0))
    assert [(case.verdict, case.why) for case in run.cases] == [("not judged", "the money of this run was used up")]


def test_an_unknown_world_is_named() -> None:
    asked = [read_cases([CASES / "answers" / "hotel.yaml"])[0].model_copy(update={"world": "atlantis"})]
    with pytest.raises(NpsError, match="atlantis"):
        run_cases(asked, Setting(processes=1))
