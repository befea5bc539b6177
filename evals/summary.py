"""What a run comes to: rates with intervals by suite and family, repeats, reasons, and what an answer costs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from statistics import mean, median

from evals.cases import ALL_SUITES, Suite
from evals.codes import Code
from evals.outcome import CaseOutcome, EvalRun
from tools.result import Model
from tools.stats.rates import clustered_rate, pass_power


class Cost(Model):
    """What one answer takes on average; seconds are the median."""

    tool_calls: float
    model_calls: float
    tokens: float
    seconds: float
    money: float | None = None


class Rate(Model):
    """How often a group of cases is passed."""

    name: str
    cases: int
    """Different questions (or conversations) that were judged."""
    passed: int
    """Those that were passed in every repeat."""
    rate: float
    low: float
    high: float
    """95 % interval, clustered by family."""
    powers: list[float]
    """pass^1, pass^2, … for as many repeats as there are."""
    codes: dict[Code, int]
    """Reasons for failure and how many failed runs had them, the most frequent first."""
    not_judged: int = 0


class Summary(Model):
    """A run in figures."""

    suites: list[Rate]
    families: dict[Suite, list[Rate]]
    costs: dict[Suite, Cost]


def summarise(run: EvalRun) -> Summary:
    """The rates of a run; suites without a judged case are left out of the rates of families."""
    suites = [suite for suite in ALL_SUITES if any(case.suite == suite for case in run.cases)]
    by_suite = {suite: [case for case in run.cases if case.suite == suite] for suite in suites}
    return Summary(
        suites=[rate_of(suite, cases) for suite, cases in by_suite.items()],
        families={suite: _families(cases) for suite, cases in by_suite.items()},
        costs={suite: cost for suite, cases in by_suite.items() if (cost := cost_of(cases)) is not None},
    )


def _families(cases: Sequence[CaseOutcome]) -> list[Rate]:
    names = sorted({case.family for case in cases})
    return [rate_of(name, [case for case in cases if case.family == name], by=lambda case: case.id) for name in names]


def rate_of(
    name: str, cases: Sequence[CaseOutcome], by: Callable[[CaseOutcome], str] = lambda case: case.family
) -> Rate:
    """The rate over some cases, its interval clustered by `by`; 0 to 1 where nothing was judged."""
    judged = [case for case in cases if case.verdict != "not judged"]
    runs: dict[str, list[CaseOutcome]] = {}
    for case in judged:
        runs.setdefault(case.id, []).append(case)
    shares = [share_passed(those) for those in runs.values()]
    found = clustered_rate(shares, [by(those[0]) for those in runs.values()]) if shares else None
    codes: Counter[Code] = Counter(code for case in judged for code in case.codes)
    return Rate(
        name=name,
        cases=len(runs),
        passed=sum(share == 1 for share in shares),
        rate=found.estimate if found else 0.0,
        low=found.low if found else 0.0,
        high=found.high if found else 1.0,
        powers=_powers(list(runs.values())),
        codes=dict(codes.most_common()),
        not_judged=len({case.id for case in cases if case.verdict == "not judged"} - set(runs)),
    )


def share_passed(runs: Sequence[CaseOutcome]) -> float:
    """Of the repeats of a case, the share that was passed."""
    return sum(case.verdict == "passed" for case in runs) / len(runs)


def _powers(runs: Sequence[Sequence[CaseOutcome]]) -> list[float]:
    most = min((len(those) for those in runs), default=0)
    counted = [(sum(case.verdict == "passed" for case in those), len(those)) for those in runs]
    return [mean(pass_power(passed, tried, k) for passed, tried in counted) for k in range(1, most + 1)]


def cost_of(cases: Sequence[CaseOutcome]) -> Cost | None:
    """What an answer of these cases takes; None where there is no answer."""
    answers = [turn.answer for case in cases for turn in case.turns if turn.answer is not None]
    if not answers:
        return None
    paid = [answer.usage.money for answer in answers if answer.usage.money is not None]
    return Cost(
        tool_calls=mean(len(answer.tools) for answer in answers),
        model_calls=mean(answer.usage.model_calls for answer in answers),
        tokens=mean(answer.usage.prompt_tokens + answer.usage.completion_tokens for answer in answers),
        seconds=median(answer.seconds for answer in answers),
        money=mean(paid) if paid else None,
    )
