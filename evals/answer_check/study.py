"""How many wrong answers the check refuses, and how many correct ones: `python -m evals.answer_check.study`."""

from __future__ import annotations

import argparse
import json
import random
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from agent.check import Checked, check_answer
from agent.check.filling import shown
from evals.answer_check.corpus import CORPORA, Subject, pin, prepare, written
from evals.answer_check.corrupt import REF, Corruption, corrupt
from tools.stats.proportions import wilson_interval

SEED = 7


@dataclass(frozen=True)
class Miss:
    """A wrong verdict of the check."""

    id: str
    operator: str
    changed: str
    draft: str
    text: str
    reasons: list[str]


@dataclass
class Outcome:
    """What the check did with all drafts."""

    correct: int = 0
    refused_correct: list[Miss] = field(default_factory=list)
    tried: dict[str, int] = field(default_factory=dict)
    missed: list[Miss] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    wrong: int = 0
    """Wrong drafts that were written by hand."""
    missed_wrong: list[Miss] = field(default_factory=list)

    @property
    def corruptions(self) -> int:
        """Corrupted drafts in all."""
        return sum(self.tried.values())

    @property
    def refused_rate(self) -> float:
        """Share of the corruptions that was refused."""
        return 1 - len(self.missed) / max(1, self.corruptions)

    @property
    def false_rate(self) -> float:
        """Share of the correct answers that was refused."""
        return len(self.refused_correct) / max(1, self.correct)


def run_study(
    subjects: Sequence[Subject],
    *,
    seed: int = SEED,
    most: int = 2,
    operator: str | None = None,
    each: int | None = None,
) -> Outcome:
    """Check every answer and its corruptions: at most `most` of an answer by an operator, `each` by an operator.

    Wrong drafts are checked as they are and not spoilt any further.
    """
    outcome = _wrong([subject for subject in subjects if subject.wrong])
    subjects = [subject for subject in subjects if not subject.wrong]
    outcome.correct = len(subjects)
    before = {subject.case.id: _correct(subject, outcome) for subject in subjects}
    by_operator: dict[str, list[tuple[Subject, Corruption]]] = {}
    for subject in subjects:
        for spoilt in corrupt(subject.case, seed=seed, only=operator, most=most):
            by_operator.setdefault(spoilt.operator, []).append((subject, spoilt))
    draw = random.Random(seed)
    for made in by_operator.values():
        for subject, spoilt in made if each is None else draw.sample(made, min(each, len(made))):
            _spoilt(subject, spoilt, before[subject.case.id], outcome)
    return outcome


def _wrong(subjects: Sequence[Subject]) -> Outcome:
    """An outcome with what the check did with drafts that are wrong in one sentence: that sentence must be refused."""
    outcome = Outcome(wrong=len(subjects))
    for subject in subjects:
        checked = check_answer(subject.case.draft, subject.ground)
        if not any(_is_in(refused.sentence, subject) for refused in checked.refused):
            reasons = [f"{one.code}: {one}" for one in checked.refused]
            missed = Miss(subject.case.id, "by hand", subject.wrong, subject.case.draft, checked.text, reasons)
            outcome.missed_wrong.append(missed)
    return outcome


def _is_in(sentence: str, subject: Subject) -> bool:
    """Whether a refused sentence is the wrong one, or a part of it, or holds it."""
    facts = subject.case.facts
    wrong = REF.sub(lambda match: shown(facts[match[1]], match[2] or "value"), subject.wrong)
    return sentence.strip() in wrong or wrong in sentence


def _correct(subject: Subject, outcome: Outcome) -> Counter[tuple[str, str]]:
    """Check the answer itself; what was wrongly refused in it is no merit when it is spoilt."""
    checked = check_answer(subject.case.draft, subject.ground)
    if checked.refused:
        reasons = [f"{one.code}: {one}" for one in checked.refused]
        outcome.refused_correct.append(Miss(subject.case.id, "-", "", subject.case.draft, checked.text, reasons))
    return _reasons(checked)


def _reasons(checked: Checked) -> Counter[tuple[str, str]]:
    return Counter((str(one.code), one.phrase) for one in checked.refused)


def _spoilt(subject: Subject, spoilt: Corruption, before: Counter[tuple[str, str]], outcome: Outcome) -> None:
    outcome.tried[spoilt.operator] = outcome.tried.get(spoilt.operator, 0) + 1
    checked = check_answer(spoilt.draft, subject.ground)
    if not _reasons(checked) - before:
        outcome.missed.append(Miss(subject.case.id, spoilt.operator, spoilt.changed, spoilt.draft, checked.text, []))


def table(outcome: Outcome) -> str:
    """One line an operator, aligned, with Wilson intervals."""
    missed = {name: sum(miss.operator == name for miss in outcome.missed) for name in outcome.tried}
    rows = [(name, tried, tried - missed[name]) for name, tried in sorted(outcome.tried.items())]
    rows.append(("all corruptions", outcome.corruptions, outcome.corruptions - len(outcome.missed)))
    lines = [f"{'operator':<28}{'corruptions':>12}{'refused':>9}{'rate':>8}  95 % interval"]
    lines += [_row(*row) for row in rows if row[1]]
    if outcome.wrong:
        lines.append(_row("wrong by hand", outcome.wrong, outcome.wrong - len(outcome.missed_wrong)))
    lines.append(_row("correct answers", outcome.correct, len(outcome.refused_correct)))
    if outcome.stale:
        lines.append(f"{len(outcome.stale)} answers are stale (a tool tells other figures now): {outcome.stale}")
    return "\n".join(lines)


def _row(name: str, tried: int, refused: int) -> str:
    found = wilson_interval(refused, tried)
    return f"{name:<28}{tried:>12,}{refused:>9,}{refused / tried:>8.1%}  {found.low:.1%} to {found.high:.1%}"


def details(misses: Sequence[Miss]) -> str:
    """Wrong verdicts in full."""
    parts = []
    for miss in misses:
        reasons = "".join(f"\n    ! {reason}" for reason in miss.reasons)
        body = miss.text.replace("\n", "\n    ")
        parts.append(f"[{miss.operator}] {miss.id}: {miss.changed}{reasons}\n    {body}")
    return "\n\n".join(parts)


def main() -> None:
    """The study as a command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", choices=list(CORPORA), default="answers", help="the correct answers to start from")
    parser.add_argument("--show", choices=["missed", "refused", "wrong"], help="print the wrong verdicts")
    parser.add_argument("--operator", help="only this operator")
    parser.add_argument("--json", type=Path, help="write the outcome to a file")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--most", type=int, default=2, help="corruptions of an answer by one operator, at most")
    parser.add_argument("--folder", type=Path, help="keep the surveys here instead of in a temporary folder")
    parser.add_argument("--pin", action="store_true", help="write down the facts that the answers rest on, and stop")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="npsight-study-") as scratch:
        folder = given.folder or Path(scratch)
        if given.pin:
            pin(given.corpus, folder)
            return
        subjects, stale = prepare(written(corpus=given.corpus), folder)
        outcome = run_study(subjects, seed=given.seed, most=given.most, operator=given.operator)
        outcome.stale = stale
    print(table(outcome))
    if given.show:
        wanted = {"missed": outcome.missed, "refused": outcome.refused_correct, "wrong": outcome.missed_wrong}
        print("\n" + details(wanted[given.show]))
    if given.json:
        given.json.write_text(json.dumps(_record(outcome), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _record(outcome: Outcome) -> dict[str, object]:
    return {
        "correct": outcome.correct,
        "refused_correct": [vars(miss) for miss in outcome.refused_correct],
        "corruptions": outcome.tried,
        "missed": [vars(miss) for miss in outcome.missed],
        "refused_rate": outcome.refused_rate,
        "false_rate": outcome.false_rate,
        "wrong": outcome.wrong,
        "missed_wrong": [vars(miss) for miss in outcome.missed_wrong],
        "stale": outcome.stale,
    }


if __name__ == "__main__":
    main()
