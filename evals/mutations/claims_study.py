"""How many spoilt claims the scorer catches, and how many right ones it lets pass: `python -m evals.mutations.claims_study`."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from evals.mutations.claims import Known, known
from evals.mutations.claims_corrupt import Changed, corrupted, equivalents
from tools.stats.proportions import wilson_interval


@dataclass
class Rate:
    """How many of some texts were judged rightly."""

    right: int = 0
    of: int = 0

    def told(self) -> str:
        """As a share with its 95 % interval."""
        if not self.of:
            return "none"
        interval = wilson_interval(self.right, self.of)
        return f"{self.right} of {self.of} ({self.right / self.of:.1%}, 95% interval {interval.low:.1%} to {interval.high:.1%})"


@dataclass
class Study:
    """What the scorer did with all texts."""

    untouched: Rate = field(default_factory=Rate)
    same: dict[str, Rate] = field(default_factory=dict)
    caught: dict[str, Rate] = field(default_factory=dict)
    wrong: list[tuple[str, str, str, str]] = field(default_factory=list)
    """Wrongly judged: id, operator, what the scorer said, the text."""

    @property
    def caught_in_all(self) -> Rate:
        """Spoilt answers."""
        return _sum(self.caught.values())

    @property
    def passed_in_all(self) -> Rate:
        """Right answers, untouched or in other words."""
        return _sum([self.untouched, *self.same.values()])


def study(answers: Iterable[Known] | None = None) -> Study:
    """Judge every known answer as it is, in other words, and spoilt."""
    found = Study()
    for answer in known() if answers is None else answers:
        _judge(found, found.untouched, answer, Changed("untouched", answer.text), right=True)
        for change in equivalents(answer):
            _judge(found, found.same.setdefault(change.operator, Rate()), answer, change, right=True)
        for change in corrupted(answer):
            _judge(found, found.caught.setdefault(change.operator, Rate()), answer, change, right=False)
    return found


def _judge(found: Study, rate: Rate, answer: Known, change: Changed, right: bool) -> None:
    failures = answer.failures(change.text)
    rate.of += 1
    if bool(failures) != right:
        rate.right += 1
        return
    said = (
        "; ".join(f"{failure.code}: {failure.about}: {failure.detail}" for failure in failures) or "nothing found wrong"
    )
    found.wrong.append((answer.id, change.operator, said, change.text))


def _sum(rates: Iterable[Rate]) -> Rate:
    rates = list(rates)
    return Rate(sum(rate.right for rate in rates), sum(rate.of for rate in rates))


def main(say: Callable[[str], None] = print) -> None:
    """Print the rates, and with --show what was judged wrongly."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--show", action="store_true", help="print each text that was judged wrongly")
    show = parser.parse_args().show
    found = study()
    say(f"untouched passed   {found.untouched.told()}")
    for operator, rate in found.same.items():
        say(f"  {operator:32} {rate.told()}")
    say(f"right ones passed  {found.passed_in_all.told()}")
    for operator, rate in found.caught.items():
        say(f"  {operator:32} {rate.told()}")
    say(f"spoilt ones caught {found.caught_in_all.told()}")
    for identity, operator, said, text in found.wrong if show else []:
        say(f"\n== {identity}, {operator}: {said}\n{text}")


if __name__ == "__main__":
    main()
