"""Do the scorers of figures see what is wrong, and let pass what is right? `python -m evals.mutations.study`.

Good answers are spoilt, each time truly, and told otherwise, each time rightly. Those of the built-in planner are the
ones that passed, so that they say nothing about untouched answers; the written ones and the equivalents do.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from agent.answer import Answer
from evals.codes import Failure
from evals.gold import GoldRows
from evals.mutations.alike import alike
from evals.mutations.corpus import Subject, subjects
from evals.mutations.figures_wrong import figures_wrong
from evals.mutations.places import Mutant
from evals.mutations.rows_wrong import rows_wrong
from evals.scoring.values import ungrounded, wrong_lead, wrong_values
from tools.stats.proportions import wilson_interval

SEED = 7
Operators = Callable[[Subject, random.Random], Iterator[Mutant]]


@dataclass(frozen=True)
class Verdict:
    """What the scorers said of an answer."""

    kind: str
    id: str
    right: bool
    """The verdict is right: a spoilt answer failed, a good one passed."""
    what: str
    text: str
    failures: list[Failure]


@dataclass
class Outcome:
    """All verdicts."""

    spoilt: list[Verdict] = field(default_factory=list)
    good: list[Verdict] = field(default_factory=list)
    """Written answers, untouched, and equivalents."""
    stale: list[str] = field(default_factory=list)

    def rate(self, good: bool) -> float:
        """The share of right verdicts."""
        verdicts = self.good if good else self.spoilt
        return sum(one.right for one in verdicts) / max(1, len(verdicts))


def judged(subject: Subject, answer: Answer, gold: GoldRows | None = None) -> list[Failure]:
    """What the scorers of figures find wrong."""
    gold = gold or subject.gold
    return [
        *wrong_values(gold, answer, subject.case.ignore),
        *wrong_lead(subject.case, answer),
        *ungrounded(answer, gold),
    ]


def run_study(found: Sequence[Subject], *, seed: int = SEED, most: int = 2, only: str | None = None) -> Outcome:
    """Spoil and retell every answer, at most `most` times by a kind."""
    outcome = Outcome()
    for subject in found:
        failures = judged(subject, subject.answer)
        if subject.written:
            outcome.good.append(
                Verdict("written, untouched", subject.id, not failures, "", subject.answer.text, failures)
            )
        if failures:
            continue
        for mutant in _made(figures_wrong, subject, seed, most, only) + _made(rows_wrong, subject, seed, most, only):
            outcome.spoilt.append(_verdict(subject, mutant, good=False))
        for mutant in _made(alike, subject, seed, most, only):
            outcome.good.append(_verdict(subject, mutant, good=True))
    return outcome


def _made(operators: Operators, subject: Subject, seed: int, most: int, only: str | None) -> list[Mutant]:
    draw = random.Random(f"{seed}-{subject.id}")
    by_kind: dict[str, list[Mutant]] = {}
    for mutant in operators(subject, draw):
        changed = mutant.answer != subject.answer
        if changed and (only is None or mutant.kind == only):
            by_kind.setdefault(mutant.kind, []).append(mutant)
    return [one for made in by_kind.values() for one in (made if len(made) <= most else draw.sample(made, most))]


def _verdict(subject: Subject, mutant: Mutant, *, good: bool) -> Verdict:
    failures = judged(subject, mutant.answer, mutant.gold)
    return Verdict(mutant.kind, subject.id, good == (not failures), mutant.what, mutant.answer.text, failures)


def table(outcome: Outcome) -> str:
    """One line a kind, with Wilson intervals."""
    lines = [
        f"{'corruption':<34}{'tried':>7}{'caught':>8}{'rate':>8}  95 % interval",
        *_rows(outcome.spoilt, "all corruptions"),
        "",
    ]
    lines += [
        f"{'good answers':<34}{'tried':>7}{'passed':>8}{'rate':>8}  95 % interval",
        *_rows(outcome.good, "all good answers"),
    ]
    if outcome.stale:
        lines += ["", f"{len(outcome.stale)} written answers are stale: {', '.join(outcome.stale)}"]
    return "\n".join(lines)


def _rows(verdicts: Sequence[Verdict], together: str) -> list[str]:
    kinds = sorted({one.kind for one in verdicts})
    groups = [(kind, [one for one in verdicts if one.kind == kind]) for kind in kinds]
    return [_row(name, group) for name, group in [*groups, (together, list(verdicts))] if group]


def _row(name: str, group: Sequence[Verdict]) -> str:
    right = sum(one.right for one in group)
    found = wilson_interval(right, len(group))
    return f"{name:<34}{len(group):>7,}{right:>8,}{right / len(group):>8.1%}  {found.low:.1%} to {found.high:.1%}"


def details(verdicts: Sequence[Verdict]) -> str:
    """Wrong verdicts in full."""
    parts = []
    for one in verdicts:
        if not one.right:
            reasons = "".join(f"\n    ! {failure.code}: {failure.detail}" for failure in one.failures)
            body = one.text.replace("\n", "\n    ")
            parts.append(f"[{one.kind}] {one.id}: {one.what}{reasons}\n    {body}")
    return "\n\n".join(parts)


def main() -> None:
    """The study as a command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--world", action="append", help="only about this world; may be given again")
    parser.add_argument("--kind", help="only this kind of corruption or equivalent")
    parser.add_argument("--show", choices=["missed", "refused"], help="print the wrong verdicts")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--most", type=int, default=2, help="changes of an answer of one kind, at most")
    given = parser.parse_args()
    found, stale = subjects(given.world)
    outcome = run_study(found, seed=given.seed, most=given.most, only=given.kind)
    outcome.stale = stale
    print(table(outcome))
    if given.show:
        print("\n" + details(outcome.spoilt if given.show == "missed" else outcome.good))


if __name__ == "__main__":
    main()
