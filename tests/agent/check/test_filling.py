"""Filling a draft: figures come from facts, and its template can do nothing else."""

from __future__ import annotations

import pytest

from agent.check.filling import DraftError, fill
from agent.facts import Run
from tools.result import Fact, Result

NPS = Fact(id="F1", name="nps", value=48.3689, unit="points", n=1889, low=43.97, high=52.44, source="nps#1")
SHARE = Fact(id="F2", name="promoter_share", value=0.6153, unit="share", n=1889, low=0.583, high=0.647, source="nps#1")
FALL = Fact(id="F3", name="nps_difference", value=-14.57, unit="points", n=1889, low=-17.1, high=-12.0, source="c#1")


def run_with(*facts: Fact) -> Run:
    run = Run()
    run.adopt(Result(facts=list(facts)))
    return run


def test_a_draft_is_filled_from_facts() -> None:
    draft = "NPS {{ F1 }} {{ F1.interval }}, n = {{ F1.n }}; {{ F2 }} promoters; fell by {{ F3.abs }}."
    filled = fill(draft, run_with(NPS, SHARE, FALL).facts)
    assert filled.text == "NPS +48.4 [+44.0, +52.4], n = 1,889; 61.5% promoters; fell by 14.6."
    told = {(place.fact, place.part): filled.text[place.start : place.end] for place in filled.references}
    assert told["F1", "interval"] == "[+44.0, +52.4]"
    assert told["F3", "abs"] == "14.6"


@pytest.mark.parametrize(
    "draft",
    [
        "{{ F9 }}",
        "{{ F1 - F3 }}",
        "{{ F1.value.__class__ }}",
        "{{ ''.__class__.__mro__ }}",
        "{% for x in range(9) %}{{ x }}{% endfor %}",
        "{{ F1",
        "{{ F1 | upper }}",
        "{{ range(10) }}",
        "{{ cycler.__init__.__globals__ }}",
        "{{ F1.n * 2 + 1 }} {{ lipsum }}",
        "x" * 30_000,
    ],
)
def test_a_draft_cannot_compute_or_reach_anything_else(draft: str) -> None:
    with pytest.raises(DraftError):
        fill(draft, run_with(NPS, FALL).facts)


def test_facts_of_several_calls_are_numbered_on() -> None:
    run = run_with(NPS)
    second = run.adopt(Result(facts=[SHARE.model_copy(update={"id": "F1"})]))
    assert second.facts[0].id == "F2"
    assert list(run.facts) == ["F1", "F2"]
    assert run.facts["F2"].name == "promoter_share"
