"""The table of an eval run, and of two of them side by side."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from apps.cli.page import Page, cut, pad, text_width, wrap

if TYPE_CHECKING:
    from evals.cases import Suite
    from evals.compare import Change, Comparison
    from evals.judged import Judged
    from evals.outcome import CaseOutcome, EvalRun
    from evals.summary import Cost, Rate, Summary

_WORST, _LISTED = 8, 12
_GAP, _BELOW = "  ", "      "
_NAME, _ROOM = 36, 24
"""Columns of a name at most, and for reasons at least beside it."""


def run_lines(run: EvalRun, summary: Summary, folder: Path, sheet: Page) -> list[str]:
    """Rates by suite and family, what an answer costs, the worst cases."""
    cases = f"{len({case.id for case in run.cases}):,} cases"
    head = f"{run.analyst}, seed {run.seed}, {run.repeats} × {cases}, {run.seconds:.0f} s"
    notes = [line for note in run.notes for line in wrap(note, sheet.width)]
    lines = [sheet.bold(head), *notes, ""]
    names = ["", "cases", "passed", "rate", "95% interval", *_power_names(summary.suites), "why it failed"]
    rows: list[list[str]] = []
    for suite in summary.suites:
        rows.append(_rate_row(suite, suite.name))
        rows += [_rate_row(family, f"  {family.name}") for family in summary.families[suite.name]]  # type: ignore[index]
    lines += _sheet(names, rows, sheet, strong={suite.name for suite in summary.suites})
    lines += ["", *_cost_lines(summary.costs, sheet)]
    worst = _worst(run)
    if worst:
        lines += ["", sheet.bold("Worst cases")]
        lines += [line for case in worst for line in _case_lines(case, folder, sheet)]
    return [*lines, *_not_judged(run, sheet)]


def _power_names(rates: Sequence[Rate]) -> list[str]:
    return [f"pass^{k}" for k in range(2, max((len(rate.powers) for rate in rates), default=1) + 1)]


def _rate_row(rate: Rate, name: str) -> list[str]:
    why = ", ".join(f"{code} {count}" for code, count in rate.codes.items())
    if rate.not_judged:
        why = f"{why}{', ' if why else ''}({rate.not_judged} not judged)"
    if not rate.cases:
        return [name, "0", "0", "–", "–", *["–"] * (len(rate.powers) - 1), why]
    powers = [f"{power:.0%}" for power in rate.powers[1:]]
    interval = f"{rate.low:.0%} to {rate.high:.0%}"
    return [name, str(rate.cases), str(rate.passed), f"{rate.rate:.1%}", interval, *powers, why]


def _sheet(names: Sequence[str], rows: Sequence[Sequence[str]], sheet: Page, strong: Collection[str] = ()) -> list[str]:
    """Columns of equal width, figures to the right; the last one folded, below its row where there is little room."""
    width = len(names)
    rows = [[cut(row[0], _NAME), *row[1:-1], *["–"] * (width - len(row)), row[-1]] for row in rows]
    widths = [max(text_width(row[at]) for row in [names, *rows]) for at in range(width - 1)]
    room = sheet.width - sum(widths) - len(_GAP) * (width - 1)
    beside = room >= _ROOM
    lines = []
    for row in [names, *rows]:
        line = _GAP.join(pad(cell, widths[at], right=at > 0) for at, cell in enumerate(row[:-1]))
        told = wrap(row[-1], room) if beside and row[-1] else []
        line = f"{line}{_GAP}{told[0]}" if told else line.rstrip()
        lines.append(sheet.bold(line) if row is names or row[0] in strong else line)
        lines += [" " * (sheet.width - room) + rest for rest in told[1:]]
        if not beside and row[-1] and row is not names:
            lines += wrap(row[-1], sheet.width, first=_BELOW, rest=_BELOW)
    return lines


def _cost_lines(costs: Mapping[Suite, Cost], sheet: Page) -> list[str]:
    names = ["an answer takes", "tool calls", "model calls", "tokens", "seconds", "money", ""]
    rows = [
        [
            suite,
            f"{cost.tool_calls:.1f}",
            f"{cost.model_calls:.1f}",
            f"{cost.tokens:,.0f}",
            f"{cost.seconds:.2f}",
            f"{cost.money:.4f}" if cost.money is not None else "–",
            "",
        ]
        for suite, cost in costs.items()
    ]
    return _sheet(names, rows, sheet)


def _worst(run: EvalRun) -> list[CaseOutcome]:
    """What is unsafe first, then what is wrong and was told all the same, then the rest; one of each family."""
    order = {"unsafe": 0, "unsupported cause": 1, "wrong value": 2, "swapped": 2, "ungrounded number": 2}
    failed = [case for case in run.cases if case.verdict == "failed"]
    failed.sort(key=lambda case: min((order.get(code, 5) for code in case.codes), default=5))
    seen: dict[tuple[str, str], CaseOutcome] = {}
    for case in failed:
        seen.setdefault((case.suite, case.family), case)
    return list(seen.values())[:_WORST]


def _case_lines(case: CaseOutcome, folder: Path, sheet: Page) -> list[str]:
    turn = next((turn for turn in case.turns if turn.failures), None)
    if turn is None:
        return [case.id]
    failure = turn.failures[0]
    lines = wrap(f"{case.id}: {turn.question}", sheet.width, rest="  ")
    lines += wrap(f"{failure.code}: {failure.detail}", sheet.width, first="  ", rest="  ")
    return [*lines, *([sheet.dim(f"  {folder / turn.record}")] if turn.record else [])]


def _not_judged(run: EvalRun, sheet: Page) -> list[str]:
    why: dict[str, int] = {}
    for case in run.cases:
        if case.verdict == "not judged":
            why[case.why] = why.get(case.why, 0) + 1
    return ["", *sheet.bullets([f"{count} not judged: {reason}." for reason, count in why.items()])] if why else []


def judge_lines(judged: Judged | None, sheet: Page) -> list[str]:
    """What the judge of prose said; it passes and fails nothing."""
    if judged is None:
        return []
    lines = ["", sheet.bold(f"Judged by {judged.model}: {judged.texts} texts, one to five")]
    if judged.scores:
        lines += wrap(", ".join(f"{k.replace('_', ' ')} {v:.1f}" for k, v in judged.scores.items()), sheet.width)
    return [*lines, *sheet.bullets([f"{judged.not_judged} not judged: {why}" for why in judged.why])]


def comparison_lines(comparison: Comparison, sheet: Page, before: str, after: str) -> list[str]:
    """What was won and lost, by suite and question, and whether it is a regression."""
    lines = [sheet.bold(line) for line in wrap(f"From {before} to {after}", sheet.width)]
    rows = [
        [
            one.suite,
            str(one.cases),
            f"{one.before:.1%}",
            f"{one.after:.1%}",
            str(one.won),
            str(one.lost),
            f"{one.p_value:.3f}",
            "",
        ]
        for one in comparison.suites
    ]
    lines += _sheet(["", "in both", "before", "after", "won", "lost", "p of a loss", ""], rows, sheet)
    for name, changes in (("Lost", comparison.lost), ("Won", comparison.won)):
        lines += _changes(name, changes, sheet)
    for name, ids in (("Only in the first", comparison.only_before), ("Only in the second", comparison.only_after)):
        lines += wrap(f"{name}: {len(ids):,} cases.", sheet.width) if ids else []
    if comparison.regression:
        return [*lines, "", sheet.bold("This is a regression:"), *sheet.bullets(comparison.reasons)]
    return [*lines, "", "No regression."]


def _changes(name: str, changes: Sequence[Change], sheet: Page) -> list[str]:
    if not changes:
        return []
    told = [f"{one.id}{' (' + ', '.join(one.codes) + ')' if one.codes else ''}" for one in changes[:_LISTED]]
    more = f" and {len(changes) - _LISTED} more" if len(changes) > _LISTED else ""
    return wrap(f"{name}: {', '.join(told)}{more}", sheet.width, rest="  ")
