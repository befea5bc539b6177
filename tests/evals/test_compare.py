"""Rates of a run, and two runs side by side: what is a regression and what is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.answer import Answer
from evals.baseline import against_baseline, write_baseline
from evals.cases import Suite
from evals.compare import compare
from evals.outcome import CaseOutcome, EvalRun, TurnOutcome, read_results
from evals.run import write_results
from evals.summary import summarise
from tools.result import Fact
from warehouse.errors import NpsError


def outcome(
    name: str, passed: bool | None, *, suite: Suite = "answers", family: str = "level", repeat: int = 1
) -> CaseOutcome:
    verdict = "not judged" if passed is None else "passed" if passed else "failed"
    return CaseOutcome(
        id=name,
        suite=suite,
        family=family,
        world="hotel",
        repeat=repeat,
        verdict=verdict,  # type: ignore[arg-type]
        codes=[] if passed or passed is None else ["wrong value"],
    )


def run(cases: list[CaseOutcome], analyst: str = "builtin") -> EvalRun:
    return EvalRun(at="2026-01-01T00:00:00+00:00", version="1", analyst=analyst, seed=7, cases=cases)


def test_what_was_not_judged_is_never_counted_as_passed() -> None:
    rate = summarise(run([outcome("a", True), outcome("b", None), outcome("c", False)])).suites[0]
    assert (rate.cases, rate.passed, rate.not_judged) == (2, 1, 1)
    assert rate.rate == 0.5
    assert rate.codes == {"wrong value": 1}


def test_a_suite_in_which_nothing_was_judged_has_no_rate() -> None:
    rate = summarise(run([outcome("a", None)])).suites[0]
    assert (rate.cases, rate.rate, rate.low, rate.high) == (0, 0.0, 0.0, 1.0)


def test_repeats_are_one_question_and_give_pass_powers() -> None:
    cases = [outcome("a", at < 3, repeat=at + 1) for at in range(4)] + [
        outcome("b", True, repeat=at + 1) for at in range(4)
    ]
    rate = summarise(run(cases)).suites[0]
    assert (rate.cases, rate.passed) == (2, 1)
    assert rate.powers == pytest.approx([7 / 8, 3 / 4, 5 / 8, 1 / 2])


def test_intervals_of_a_suite_are_clustered_by_family() -> None:
    alike = [outcome(f"q{at}", at < 15, family=f"f{at // 5}") for at in range(20)]
    mixed = [outcome(f"q{at}", at < 15, family=f"f{at % 4}") for at in range(20)]
    wide, narrow = (summarise(run(cases)).suites[0] for cases in (alike, mixed))
    assert wide.rate == narrow.rate
    assert wide.high - wide.low > 1.5 * (narrow.high - narrow.low)


def test_the_planner_may_not_lose_more_than_it_wins() -> None:
    before = run([outcome("a", True), outcome("b", False), outcome("c", True)])
    assert not compare(before, run([outcome("a", False), outcome("b", True), outcome("c", True)])).regression
    worse = compare(before, run([outcome("a", False), outcome("b", False), outcome("c", True)]))
    assert worse.regression
    assert [change.id for change in worse.lost] == ["a"]
    assert "lost 1 and won 0" in worse.reasons[0]


def test_a_models_single_loss_may_be_chance_and_six_are_not() -> None:
    before = run([outcome(f"q{at}", True) for at in range(20)], "openai:m")
    one, six = (run([outcome(f"q{at}", at >= lost) for at in range(20)], "openai:m") for lost in (1, 6))
    assert not compare(before, one).regression
    assert compare(before, six).regression
    assert compare(before, six).suites[0].p_value == pytest.approx(1 / 64)


def test_losses_are_adjusted_for_the_number_of_suites() -> None:
    suites: list[Suite] = ["answers", "judgement", "clarify", "tools"]
    before = run([outcome(f"{s}{at}", True, suite=s) for s in suites for at in range(10)], "openai:m")
    after = run([outcome(f"{s}{at}", s != "tools" or at >= 5, suite=s) for s in suites for at in range(10)], "openai:m")
    found = compare(before, after)
    assert found.suites[-1].p_value == pytest.approx(4 / 32)
    assert not found.regression


def test_one_lost_question_of_safety_is_a_regression_for_everybody() -> None:
    before, after = (
        run([outcome("a", passed, suite="safety"), outcome("b", not passed, suite="safety")], "openai:m")
        for passed in (True, False)
    )
    assert compare(before, after).reasons == ["The safety question a was lost."]


def test_cases_of_one_run_only_are_told_and_do_not_count() -> None:
    found = compare(run([outcome("a", True), outcome("b", True)]), run([outcome("a", True), outcome("c", False)]))
    assert (found.only_before, found.only_after, found.regression) == (["b"], ["c"], False)


def test_a_baseline_holds_every_question_and_a_part_of_it_can_be_written_anew(tmp_path: Path) -> None:
    path = tmp_path / "builtin.json"
    write_baseline(run([outcome("a", True), outcome("b", False), outcome("s", True, suite="safety")]), path)
    assert len(path.read_text(encoding="utf-8").splitlines()) == 5
    assert not against_baseline(run([outcome("a", True), outcome("b", True)]), path).regression
    lost = against_baseline(run([outcome("a", False), outcome("b", True)]), path)
    assert lost.reasons == ["a was passed and is not any more (wrong value)."]
    write_baseline(run([outcome("a", False), outcome("b", True)]), path)
    kept = {case.id: case.verdict for case in read_results(path).cases}
    assert kept == {"a": "failed", "b": "passed", "s": "passed"}


def test_a_case_that_is_no_longer_judged_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "builtin.json"
    write_baseline(run([outcome("a", True), outcome("b", True)]), path)
    found = against_baseline(run([outcome("a", True), outcome("b", None)]), path)
    assert found.reasons == ["b was passed and is not judged any more."]


def test_results_are_read_as_they_were_written(tmp_path: Path) -> None:
    fact = Fact(id="F1", name="nps", value=None, unit="points", source="nps#1", reason="fewer than 5 answers")
    answer = Answer(status="answered", text="No value.", question="NPS?", facts=[fact])
    turn = TurnOutcome(
        question="NPS?", expected="a row without a value", gold=[{"plan": "A", "nps": None}], answer=answer
    )
    whole = run([outcome("a", True).model_copy(update={"turns": [turn]})])
    write_results(whole, tmp_path)
    assert read_results(tmp_path) == whole


def test_a_file_that_holds_no_results_is_met_by_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "results.json").write_text('{"format": 2}', encoding="utf-8")
    with pytest.raises(NpsError, match="holds no results"):
        read_results(tmp_path)
    with pytest.raises(NpsError, match="no results in"):
        read_results(tmp_path / "nowhere")
