"""How many spoilt claims the scorer catches, how many right ones pass: `python -m evals.mutations.claims_study`."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from evals.cases import built_in
from evals.mutations.claims import Known, by_case, from_planner, known, lone_sentences
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
        rate = wilson_interval(self.right, self.of)
        return f"{self.right} of {self.of} ({rate.estimate:.1%}, 95% interval {rate.low:.1%} to {rate.high:.1%})"


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
    parser.add_argument(
        "--planner", action="store_true", help="the built-in planner's answers to suite judgement instead"
    )
    given = parser.parse_args()
    found = study(from_planner(built_in(("judgement",))) if given.planner else None)
    say(f"untouched passed   {found.untouched.told()}")
    for operator, rate in found.same.items():
        say(f"  {operator:32} {rate.told()}")
    say(f"right ones passed  {found.passed_in_all.told()}")
    for operator, rate in found.caught.items():
        say(f"  {operator:32} {rate.told()}")
    say(f"spoilt ones caught {found.caught_in_all.told()}")
    for identity, operator, said, text in found.wrong if given.show else []:
        say(f"\n== {identity}, {operator}: {said}\n{text}")
    if not given.planner:
        _tell_sentences(say)


def _tell_sentences(say: Callable[[str], None]) -> None:
    both = by_case()
    careful, careless = [not one.failures() for one, _ in both], [bool(one.failures(text)) for one, text in both]
    say("\nBy case, written by the author of the cases, not of the scorer:")
    say(f"  careful ones passed  {Rate(sum(careful), len(careful)).told()} (first reported: 74 of 84)")
    say(f"  careless ones caught {Rate(sum(careless), len(careless)).told()} (first reported: 84 of 84)")
    say("\nSentences judged alone, now and before anything was changed for them:")
    for name, those in lone_sentences().items():
        caught, passed = [one[-1] for one in those.caught()], [one[-1] for one in those.passed()]
        first = those.at_first
        say(f"  {name:7} wrong ones caught    {Rate(sum(caught), len(caught)).told()}")
        say(f"  {'':7}   at first           {Rate(first['caught'], first['of']).told()}")
        say(f"  {'':7} harmless ones passed {Rate(sum(passed), len(passed)).told()}")
        say(f"  {'':7}   at first           {Rate(first['passed'], first['harmless']).told()}")


if __name__ == "__main__":
    main()
