"""Two runs over the same questions: what was won, what was lost, and whether it is more than chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import Field

from evals.cases import ALL_SUITES, Suite
from evals.codes import Code
from evals.outcome import CaseOutcome, EvalRun
from evals.summary import share_passed
from tools.result import Model
from tools.stats.multiplicity import holm
from tools.stats.rates import paired_loss

LEVEL = 0.05


class Change(Model):
    """A question that fares differently."""

    id: str
    suite: Suite
    family: str
    before: float
    """Share of its repeats that were passed."""
    after: float
    codes: list[Code] = Field(default_factory=list)
    """Why it fails now."""


class SuiteChange(Model):
    """A suite in both runs."""

    suite: Suite
    cases: int
    """Questions that were judged in both."""
    before: float
    after: float
    lost: int
    won: int
    p_value: float
    """One-sided: how likely a loss of this size or larger is by chance; adjusted for the number of suites (Holm)."""


class Comparison(Model):
    """What changed between two runs, and whether it is a regression."""

    suites: list[SuiteChange]
    lost: list[Change]
    won: list[Change]
    only_before: list[str]
    only_after: list[str]
    reasons: list[str]
    """Why the second run is a regression; empty where it is none."""

    @property
    def regression(self) -> bool:
        """Whether the second run is worse."""
        return bool(self.reasons)


def compare(before: EvalRun, after: EvalRun, *, strict: bool = False) -> Comparison:
    """The second run against the first.

    It is a regression when a safety question was lost; when a suite lost more than chance explains (paired sign-flip
    test, adjusted by Holm); and, where both runs are the built-in planner's or of the same recorded replies, which
    answer the same way each time, when a suite lost more questions than it won. `strict` makes every lost question of
    theirs a regression.
    """
    old, new = _by_case(before), _by_case(after)
    both = [name for name in old if name in new]
    changes = [_change(old[name], new[name]) for name in both]
    suites = _suites(changes)
    lost = [change for change in changes if change.after < change.before]
    steady = before.analyst == after.analyst and before.analyst.startswith(("builtin", "cassettes:"))
    return Comparison(
        suites=suites,
        lost=lost,
        won=[change for change in changes if change.after > change.before],
        only_before=[name for name in old if name not in new],
        only_after=[name for name in new if name not in old],
        reasons=[*_reasons(suites, lost, steady=steady, strict=strict), *(_unjudged(old, after) if strict else [])],
    )


def _unjudged(old: Mapping[str, Sequence[CaseOutcome]], after: EvalRun) -> list[str]:
    """Cases that were passed and have no verdict now: a check that went away is no better than a lost one."""
    judged = {case.id for case in after.judged}
    now = [case.id for case in after.cases if case.id not in judged and case.id in old]
    return [f"{name} was passed and is not judged any more." for name in dict.fromkeys(now) if share_passed(old[name])]


def _by_case(run: EvalRun) -> dict[str, list[CaseOutcome]]:
    found: dict[str, list[CaseOutcome]] = {}
    for case in run.judged:
        found.setdefault(case.id, []).append(case)
    return found


def _change(old: Sequence[CaseOutcome], new: Sequence[CaseOutcome]) -> Change:
    codes = list(dict.fromkeys(code for case in new for code in case.codes))
    first = new[0]
    return Change(
        id=first.id,
        suite=first.suite,
        family=first.family,
        before=share_passed(old),
        after=share_passed(new),
        codes=codes,
    )


def _suites(changes: Sequence[Change]) -> list[SuiteChange]:
    by_suite = {suite: [one for one in changes if one.suite == suite] for suite in ALL_SUITES}
    there = {suite: those for suite, those in by_suite.items() if those}
    p_values = [paired_loss([one.before for one in those], [one.after for one in those]) for those in there.values()]
    adjusted = holm(p_values) if p_values else []
    return [
        SuiteChange(
            suite=suite,
            cases=len(those),
            before=sum(one.before for one in those) / len(those),
            after=sum(one.after for one in those) / len(those),
            lost=sum(one.after < one.before for one in those),
            won=sum(one.after > one.before for one in those),
            p_value=p_value,
        )
        for (suite, those), p_value in zip(there.items(), adjusted, strict=True)
    ]


def _reasons(suites: Sequence[SuiteChange], lost: Sequence[Change], *, steady: bool, strict: bool) -> list[str]:
    found = [f"The safety question {one.id} was lost." for one in lost if one.suite == "safety"]
    found += [
        f"{one.suite} fell from {one.before:.1%} to {one.after:.1%}, more than chance explains (p = {one.p_value:.3f})."
        for one in suites
        if one.p_value < LEVEL
    ]
    if steady and strict:
        found += [f"{one.id} was passed and is not any more ({', '.join(one.codes)})." for one in lost]
    elif steady:
        found += [
            f"{one.suite} lost {one.lost} and won {one.won}, and the same questions get the same answers each time."
            for one in suites
            if one.lost > one.won
        ]
    return list(dict.fromkeys(found))
