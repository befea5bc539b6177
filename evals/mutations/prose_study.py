"""How many spoilt texts the scorers of form catch, and how many good ones they pass.

    python -m evals.mutations.prose_study [--corpus corpus|blind] [--show missed|refused] [--kind NAME] [--most N]

The good texts are written by hand (evals/prose/corpus); what is done to them stands in prose_spoil and prose_untrue
(wrong afterwards) and in prose_alike (still right afterwards).
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from evals.codes import Code
from evals.mutations.prose_alike import ALIKE
from evals.mutations.prose_spoil import FORM
from evals.mutations.prose_untrue import TRUTH
from evals.prose.texts import Text, blind, corpus
from evals.scoring.forms import wrong_form
from tools.stats.proportions import wilson_interval

SEED, MOST = 7, 4
Operator = Callable[[Text, random.Random], Iterator[str]]
_CODES: Mapping[str, frozenset[Code]] = {
    "cause inserted": frozenset(["unsupported cause"]),
    "direction reversed": frozenset(["unsupported direction"]),
    "certainty invented": frozenset(["unsupported direction"]),
    "number changed": frozenset(["ungrounded number"]),
    "number invented": frozenset(["ungrounded number"]),
    "sign changed": frozenset(["ungrounded number"]),
    "segments swapped": frozenset(["swapped", "unsupported direction"]),
}
"""What a corruption must be caught as; the others are failures of form."""
SPOIL: Mapping[str, Operator] = {**FORM, **TRUTH}


@dataclass(frozen=True)
class Verdict:
    """A changed text that was read wrongly."""

    id: str
    kind: str
    text: str
    reasons: list[str]


@dataclass
class Study:
    """What the scorers did."""

    tried: dict[str, int] = field(default_factory=dict)
    wrong: list[Verdict] = field(default_factory=list)

    def right(self, kind: str) -> int:
        """How many of a kind were read rightly."""
        return self.tried[kind] - sum(verdict.kind == kind for verdict in self.wrong)

    @property
    def counts(self) -> tuple[int, int]:
        """Read rightly, and all."""
        return sum(self.tried.values()) - len(self.wrong), sum(self.tried.values())


def changed(text: Text, kind: str, operator: Operator, most: int = MOST, seed: int = SEED) -> list[str]:
    """At most `most` texts that an operator makes of a text, drawn from the seed."""
    draw = random.Random(f"{seed}:{text.id}:{kind}")
    made = [new for new in dict.fromkeys(operator(text, draw)) if new.strip() != text.text.strip()]
    return draw.sample(made, min(most, len(made)))


def study(texts: Sequence[Text], operators: Mapping[str, Operator], *, wrong: bool, most: int = MOST) -> Study:
    """Score what the operators make of the texts; `wrong` says whether it should be found wrong."""
    found = Study()
    for kind, operator in operators.items():
        for text in texts:
            for new in changed(text, kind, operator, most):
                found.tried[kind] = found.tried.get(kind, 0) + 1
                failures = wrong_form(text.form, text.answer().model_copy(update={"text": new}))
                meant = _CODES.get(kind, frozenset(["form"]))
                caught = any(failure.code in meant for failure in failures) if wrong else bool(failures)
                if caught != wrong:
                    told = [f"{failure.code}: {failure.detail} [{failure.about}]" for failure in failures]
                    found.wrong.append(Verdict(text.id, kind, new, told))
    return found


def untouched(texts: Sequence[Text]) -> Study:
    """Score the good texts as they are."""
    return study(texts, {"untouched": lambda text, _: iter([text.text + "\n\u200b"])}, wrong=False)


def _line(name: str, right: int, of: int) -> str:
    span = wilson_interval(right, of)
    return (
        f"{name:26} {right:5} of {of:5}   {100 * span.estimate:5.1f} %  [{100 * span.low:.1f}, {100 * span.high:.1f}]"
    )


def table(spoilt: Study, alike: Study, good: Study) -> str:
    """The rates with their intervals, as text."""
    lines = ["caught"] + [_line(f"  {kind}", spoilt.right(kind), of) for kind, of in sorted(spoilt.tried.items())]
    lines += [_line("all corruptions", *spoilt.counts), "passed"]
    lines += [_line(f"  {kind}", alike.right(kind), of) for kind, of in sorted(alike.tried.items())]
    lines += [_line("all equivalents", *alike.counts), _line("untouched", *good.counts)]
    return "\n".join(lines)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--show", choices=["missed", "refused"])
    parser.add_argument("--kind")
    parser.add_argument("--most", type=int, default=MOST)
    parser.add_argument("--corpus", choices=["corpus", "blind"], default="corpus")
    given = parser.parse_args()
    chosen = {kind: made for kind, made in SPOIL.items() if given.kind in (None, kind)}
    harmless = {kind: made for kind, made in ALIKE.items() if given.kind in (None, kind)}
    texts = blind() if given.corpus == "blind" else corpus()
    spoilt, alike = (
        study(texts, chosen, wrong=True, most=given.most),
        study(texts, harmless, wrong=False, most=given.most),
    )
    good = untouched(texts)
    for verdict in {"missed": spoilt.wrong, "refused": [*alike.wrong, *good.wrong], None: []}[given.show]:
        print(f"== {verdict.kind}: {verdict.id}\n{verdict.text}\n-- {verdict.reasons}\n")
    print(table(spoilt, alike, good))


if __name__ == "__main__":
    main()
