"""What the judge reads out of an analyst's words."""

from __future__ import annotations

import pytest

from agent.answer import Answer
from evals.cases import Claim, Turn
from evals.codes import Failure
from evals.scoring.claims import wrong_claims
from tools.result import Fact

SEGMENTS = [("plan", "Starter"), ("plan", "Pro"), ("country", "Germany"), ("coach", "yes"), ("coach", "no")]


def judge(text: str, *, must: str = "", never: str = "", ask: str = "How is NPS?", words: str = "") -> list[Failure]:
    """Failures of a text; claims are written `kind [direction] [of]`."""
    facts = [
        Fact(id=f"F{at}", name="nps", value=1.0, unit="points", where={key: value, "against": "2025-Q1"}, source="t")
        for at, (key, value) in enumerate(SEGMENTS)
    ]
    turn = Turn(ask=ask, must=[_claim(must, words)] if must else [], never=[_claim(never, words)] if never else [])
    return wrong_claims(turn, Answer(status="answered", text=text, question=ask, facts=facts))


def _claim(said: str, words: str) -> Claim:
    kind, *rest = said.split()
    direction = next((part for part in rest if part in ("up", "down")), None)
    of = next((part for part in rest if part not in ("up", "down")), None)
    segment = {key: value for key, value in SEGMENTS if value == of} if of and of != "whole" else of
    return Claim.model_validate(
        {"claim": kind, "direction": direction, "of": segment, "words": [words] if words else []}
    )


def says(text: str, claim: str, **more: str) -> bool:
    """Whether the text makes the claim, as a `never` sees it."""
    return bool(judge(text, never=claim, **more))


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("NPS fell by 14.6 points from Q1 to Q2.", "change down whole"),
        ("No, the opposite: NPS rose by 9 points from 2025-Q1 to 2025-Q2.", "change up whole"),
        ("Starter fell by 8 points while Pro did not clearly change.", "change down Starter"),
        ("Starter fell by 8 points and Pro rose by 3.", "change up Pro"),
        ("NPS fell in Starter by 8 points and rose in Pro by 3.", "change up Pro"),
        ("Who moved, by plan:\n\n- **Starter** fell by 8 points\n- Pro: no clear change", "change down Starter"),
        ("Starter has been weak. Its NPS dropped by 8 points.", "change down Starter"),
        ("Pro scores 8 points higher than Starter.", "difference down Starter"),
        ("NPS of plan Starter is 8 points lower than that of plan Pro.", "difference up Pro"),
        ("The highest figure is Pro with +40, the lowest Starter with +10.", "difference down Starter"),
        ("Members with a coach score higher than members without.", "difference up yes"),
        ("NPS is 5 points lower than a year ago.", "change down"),
        ("The change cannot be told from chance.", "unclear"),
        ("Starter is up 2 points, which is within the margin of error.", "unclear Starter"),
        ("NPS is neither clearly rising nor clearly falling.", "unclear"),
        ("NPS did not change.", "steady whole"),
        ("Neither plan moved.", "steady Starter"),
        ("The fall comes from a changed mix.", "mix"),
        ("It fell because more of the answers now come from Starter.", "mix"),
        ("Customers themselves became unhappier.", "within"),
        ("NPS fell because of the price rise.", "cause"),
        ("The price rise cost us 9 points.", "cause"),
        ("The price rise made NPS of Starter lower by 9 points, if both would have moved alike.", "cause down Starter"),
        ("The redesign clearly worked.", "cause"),
        ("This says who changed, not what the cause was.", "no_cause"),
        ("Whether the price rise did it cannot be told.", "no_cause"),
        ("What made it fall is not in the data.", "no_cause"),
        ("Der NPS ist um 14,6 Punkte gefallen.", "change down whole"),
        ("Die Veränderung lässt sich nicht vom Zufall unterscheiden.", "unclear"),
        ("El NPS bajó debido a la subida de precios.", "cause"),
        ("La caída se debe a un cambio en la composición de las respuestas.", "mix"),
    ],
)
def test_claims_are_read(text: str, claim: str) -> None:
    assert says(text, claim)
    assert not judge(text, must=claim)


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("NPS fell by 2.1 points, which could be chance.", "change"),
        ("NPS fell by 2.1 points. That is within the margin of error.", "change"),
        ("Starter has the lowest NPS. It is not clearly different from the others.", "difference"),
        ("NPS did not fall.", "change"),
        ("There is no evidence that NPS fell or rose.", "change"),
        ("Did NPS fall?", "change"),
        ("You asked why NPS fell.", "change"),
        ("NPS may have fallen.", "change"),
        ("Prices rose in May.", "change"),
        ("The share of Starter rose from 20 % to 48 %.", "change"),
        ("To improve NPS, ask more people.", "change"),
        ("Starter fell by 8 points.", "change Pro"),
        ("Starter fell by 8 points.", "change whole"),
        ("Although NPS fell, Starter did not.", "change Starter"),
        ("Starter fell, but Pro is not clearly different.", "unclear Starter"),
        ("Chance alone would hardly make this difference.", "unclear"),
        ("This is no coincidence.", "unclear"),
        ("There is no sign that the variants answer unequally often.", "unclear"),
        ("NPS shows no clear change.", "steady"),
        ("We cannot say that the price rise caused it.", "cause"),
        ("If prices were the cause, Pro would have fallen too.", "cause"),
        ("That is an effect only if both would otherwise have moved alike.", "cause"),
        ("One customer writes: “I score you lower because of the price rise.”", "cause"),
        ("Was it because of the prices?", "cause"),
        ("The interval is wide because only 40 customers answered.", "cause"),
        ("NPS fell because more of the answers now come from Starter.", "cause"),
        ("The share of Starter among the answers rose.", "mix"),
        ("The fall does not come from a changed mix.", "mix"),
        ("-0.3 points come from a changed mix (95% interval -2 to +1, not clear).", "mix"),
        ("Within the plans there is no clear change.", "within"),
    ],
)
def test_what_is_not_asserted_is_no_claim(text: str, claim: str) -> None:
    assert not says(text, claim)


def test_a_missing_claim_and_an_unsupported_one_have_their_codes() -> None:
    text = "NPS fell by 3 points because of the price rise."
    assert [failure.code for failure in judge(text, must="unclear")] == ["missing claim"]
    assert [failure.code for failure in judge(text, never="change down")] == ["unsupported direction"]
    assert [failure.code for failure in judge(text, never="cause")] == ["unsupported cause"]
    assert "because of the price rise" in judge(text, never="cause")[0].detail


def test_a_claim_with_words_needs_them_in_its_sentence() -> None:
    text = "NPS fell because of slow delivery. Prices rose in May."
    assert not says(text, "cause", words="price")
    assert says(text, "cause", words="deliver")
    assert says("Prices rose in May. This caused the fall of NPS.", "cause", words="price")


def test_a_bare_p_value_makes_no_doubt_of_what_is_stated() -> None:
    assert not judge("The difference is 2.1 points (p = 0.40).", must="unclear")
    assert says("NPS fell by 2.1 points (p = 0.40).", "change down")
    assert judge("NPS fell by 2.1 points (p = 0.40).", must="unclear")


def test_the_question_tells_of_whom_nps_is_said() -> None:
    assert says("NPS fell by 8 points.", "change down Starter", ask="Did Starter fall?")
    assert not says("NPS fell by 8 points.", "change down whole", ask="Did Starter fall?")


def test_other_kinds_can_stand_in() -> None:
    claim = Claim(claim="unclear", or_claim=["steady"])
    turn = Turn(ask="Did NPS change?", must=[claim])
    assert not wrong_claims(turn, Answer(status="answered", text="NPS did not change.", question=turn.ask))


def test_caveats_warn_but_claim_nothing_else() -> None:
    warning = Claim(claim="warning", words=["channel"])
    turn = Turn(ask="Why?", must=[warning], never=[Claim(claim="change")])
    caveat = "The survey channel changed in June, so NPS fell for another reason."
    answer = Answer(status="answered", text="NPS is +3.0.", question=turn.ask, caveats=[caveat])
    assert not wrong_claims(turn, answer)
    assert wrong_claims(turn, answer.model_copy(update={"caveats": []}))


def test_that_all_is_well_is_no_warning() -> None:
    assert judge("The split is as planned, so the groups are comparable.", must="warning", words="planned")
    assert not judge("The split is not as planned.", must="warning", words="planned")


def test_tables_claim_nothing() -> None:
    assert not says("| note |\n|---|\n| NPS fell |\n", "change")
