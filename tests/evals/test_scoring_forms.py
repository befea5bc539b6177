"""The rules of the forms, one by one: what they catch and what they let pass."""

from __future__ import annotations

import pytest

from agent.answer import Answer
from evals.codes import Failure
from evals.prose.texts import blind, corpus
from evals.scoring.forms import form_names, wrong_form
from evals.scoring.forms.facts import figures
from evals.scoring.forms.reading import ease, syllables
from evals.scoring.forms.text import parts, sentences, tongue
from tools.result import Fact
from warehouse.errors import UnknownNameError

GOOD = "NPS is **+18.2** (95% interval [+11.0, +25.3], n = 640). 45% are promoters."


def fact(name: str, value: float | str, unit: str = "points", source: str = "nps#1", **more: object) -> Fact:
    made = {"id": f"F{more.pop('id', 1)}", "name": name, "value": value, "unit": unit, "source": source, **more}
    return Fact.model_validate(made)


LEVEL = fact("nps", 18.2, n=640, low=11.0, high=25.3)
SHARE = fact("promoter_share", 0.45, "share", id=2, n=640)
SOUTH = fact("nps", -4.0, id=3, n=200, low=-12.0, high=4.1, where={"region": "South"})
NORTH = fact("nps", 30.0, id=4, n=440, low=22.0, high=37.6, where={"region": "North"})
GAP = fact(
    "nps_difference", -34.0, id=5, n=640, low=-45.0, high=-22.8, where={"region": "South", "against": "region North"}
)
STEADY = fact("nps_difference", 1.1, id=6, low=-3.0, high=5.2, where={"period": "2025-Q2", "against": "2025-Q1"})
EFFECT = fact("effect", -9.0, id=7, low=-14.0, high=-4.0, source="impact#1", where={"event": "price_rise"})


def wrong(text: str, *facts: Fact, form: str = "answer", question: str = "What is our NPS?") -> list[Failure]:
    answer = Answer(status="answered", text=text, question=question, facts=list(facts) or [LEVEL, SHARE])
    return wrong_form(form, answer)


def codes(text: str, *facts: Fact, form: str = "answer") -> set[str]:
    return {failure.code for failure in wrong(text, *facts, form=form)}


def test_a_good_answer_passes() -> None:
    assert wrong(GOOD) == []


def test_every_good_text_passes() -> None:
    found = {text.id: wrong_form(text.form, text.answer()) for text in (*corpus(), *blind())}
    assert {name: failures for name, failures in found.items() if failures} == {}


def test_the_corpus_has_five_texts_of_every_kind_of_report_over_many_trades() -> None:
    forms = [text.form for text in corpus()]
    for form in form_names():
        assert forms.count(form) >= (4 if "answer" in form else 5), form
    assert len({text.trade for text in corpus()}) >= 30
    assert len({text.id for text in corpus()}) == len(forms)


def test_a_form_that_nobody_knows_is_an_error() -> None:
    with pytest.raises(UnknownNameError, match="executive-answer"):
        wrong("x", form="haiku")


@pytest.mark.parametrize(
    "text",
    [
        GOOD.replace("45%", "{{ F2 }}"),
        GOOD.replace("45%", "[insert share]"),
        GOOD + " The change is None.",
        GOOD.replace("45%", "nan"),
        GOOD + " See F2.",
        GOOD + " This is nps_difference.",
        GOOD + " Half of them said so in May. Half of them said so in May.",
        "# NPS\n\n" + GOOD,
        "Here is what I found. " + GOOD,
        GOOD.replace(" (95% interval [+11.0, +25.3], n = 640)", ""),
        GOOD.replace(", n = 640", ""),
        GOOD + "\n\n- \n",
    ],
)
def test_what_is_no_good_form(text: str) -> None:
    assert codes(text) == {"form"}


def test_none_as_an_english_word_passes() -> None:
    assert wrong(GOOD + " None of the regions stands out. In no case is it none.") == []


def test_a_sentence_said_twice_is_found_even_with_a_label_before_it() -> None:
    assert codes(GOOD + "\n\nNext: ask what they write about us. Ask what they write about us.") == {"form"}


@pytest.mark.parametrize(
    "claim", ["37% would come back.", "It was +18.9 before.", "That is twelve points more than theirs."]
)
def test_a_figure_that_no_fact_holds(claim: str) -> None:
    assert "ungrounded number" in codes(f"{GOOD} {claim}")


@pytest.mark.parametrize(
    "told", ["In 2025 we asked.", "On a scale of 0 to 10.", "On 3 May 2025 it began.", "It is +18 rounded."]
)
def test_dates_scales_and_rounding_need_no_fact(told: str) -> None:
    assert wrong(f"{GOOD} {told}") == []


def test_a_level_below_zero_is_told_with_its_sign() -> None:
    assert "ungrounded number" in codes("NPS is 4.0 in South (n = 200), [-12.0, +4.1].", SOUTH)
    assert "ungrounded number" not in codes("NPS is minus 4.0 in South (n = 200), [-12.0, +4.1].", SOUTH)


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("South is 34.0 points below North [-45.0, -22.8].", True),
        ("South is 34.0 points above North [-45.0, -22.8].", False),
        ("South has the lowest NPS of all.", True),
        ("North has the lowest NPS of all.", False),
        ("North lies clearly above South.", True),
        ("North lies clearly below South.", False),
        ("NPS rose by 1.1 points [-3.0, +5.2].", False),
        ("NPS did not clearly rise: +1.1 points [-3.0, +5.2].", True),
        ("Whether NPS rose cannot be told.", True),
        ("NPS fell from +30.0 to -4.0.", False),
        ("Below 20 answers nothing is shown.", True),
        ("It goes with a higher or lower NPS.", True),
        ("NPS fell by 34.0 points from 2024 to 2025 [-45.0, -22.8] in South.", True),
    ],
)
def test_directions_keep_to_the_signs_of_the_facts(text: str, right: bool) -> None:
    found = codes(f"No surprise here. {text}", SOUTH, NORTH, GAP, STEADY, fact("base", 20, "number", id=9))
    assert ("unsupported direction" not in found) == right


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("The price rise lowered NPS by 9.0 points [-14.0, -4.0].", True),
        ("NPS fell by 9.0 points [-14.0, -4.0] because of the price rise.", True),
        ("The low score is due to the weather.", False),
        ("Poor training caused the low NPS.", False),
        ("This does not say what caused the low NPS.", True),
        ("Der Wert ist wegen des Wetters niedriger.", False),
    ],
)
def test_causes_need_a_fact_of_a_causal_tool_in_their_own_sentence(text: str, right: bool) -> None:
    assert ("unsupported cause" not in codes(f"No surprise here. {text}", EFFECT)) == right


def test_without_a_causal_tool_no_cause_may_be_told() -> None:
    assert "unsupported cause" in codes("NPS is lower by 34.0 points because of the price rise [-45.0, -22.8].", GAP)


def test_figures_of_another_segment_are_found_in_text_and_tables() -> None:
    table = "| region | NPS | low | high | n |\n| --- | --- | --- | --- | --- |\n| {} | +30.0 | +22.0 | +37.6 | 440 |"
    told = "They differ, and not by chance.\n\n"
    assert "swapped" in codes(told + table.format("South"), SOUTH, NORTH)
    assert "swapped" not in codes(told + table.format("North"), SOUTH, NORTH)
    assert "swapped" in codes("South stands at +30.0, and North at -4.0.", SOUTH, NORTH)


@pytest.mark.parametrize("term", ["p = 0.03", "a p-value", "statistically significant", "Holm's adjustment"])
def test_executives_are_spared_statistics_unless_they_are_explained(term: str) -> None:
    assert codes(f"{GOOD} It is {term}.", form="executive-answer") >= {"form"}


def test_a_term_that_is_explained_at_once_passes() -> None:
    text = f"{GOOD} It is statistically significant (chance would hardly show it)."
    assert wrong(text, form="executive-answer") == []


def test_a_column_name_may_stand_in_an_answer_but_not_before_executives() -> None:
    split = fact("nps", 18.2, n=640, low=11.0, high=25.3, where={"guest_type": "couple"})
    text = "NPS of guest_type couple is +18.2 (95% interval [+11.0, +25.3], n = 640)."
    assert wrong(text, split) == []
    assert codes(text, split, form="executive-answer") == {"form"}


def test_age_is_not_backed_by_a_package() -> None:
    good = next(text for text in corpus() if text.id == "persona-bulkbuyer")
    answer = good.answer()
    answer.facts[0].where["package"] = "Large"
    answer.text = answer.text.replace("A trade customer spends", "Most are in their forties. A trade customer spends")
    assert [failure.code for failure in wrong_form("persona", answer)] == ["form"]
    answer.facts[0].where["age_group"] = "40 to 49"
    assert wrong_form("persona", answer) == []


def test_a_persona_has_a_name_by_role() -> None:
    good = next(text for text in corpus() if text.id == "persona-nightnurse").answer()
    without = good.model_copy(update={"text": good.text.partition("\n")[2].strip()})
    assert ["the name by role" in failure.detail for failure in wrong_form("persona", without)] == [True]


def test_a_missing_section_is_excused_by_a_line_that_says_why() -> None:
    good = next(text for text in corpus() if text.id == "quality-library").answer()
    cut = good.text.replace("**Response bias:** cannot be told, because the invitations are not in the data.\n\n", "")
    assert "'response bias' is missing" in wrong_form("quality", good.model_copy(update={"text": cut}))[0].detail
    line = "Response bias is left out, because the invitations are not in the data."
    told = cut.replace("**What to fix", f"{line}\n\n**What to fix")
    assert wrong_form("quality", good.model_copy(update={"text": told})) == []


@pytest.mark.parametrize("style", ["## {}", "### {}", "**{}**", "**{}:**", "{}:", "## 2. {}", "{}\n-------"])
def test_headings_are_read_in_any_style(style: str) -> None:
    found = parts(f"Before.\n\n{style.format('Risk')}\n\nAfter it.", ["risk"])
    assert [(part.title, part.body) for part in found] == [("", "Before."), ("Risk", "After it.")]


@pytest.mark.parametrize(
    "line", ["**Risk:** after it.", "- **Risk.** after it.", "Risk: after it.", "**1. Risk.** after it."]
)
def test_labels_are_headings_too_where_the_form_knows_them(line: str) -> None:
    assert [(part.title, part.body) for part in parts(line, ["risk"])][1] == ("Risk", "after it.")
    assert all(part.title != "Risk" for part in parts(line, ["size"]) if part.level == 0)


def test_sentences_are_not_cut_at_abbreviations_or_decimals() -> None:
    told = sentences("NPS is +1.5, e.g. Here. It fell.\n\n- One item\n- Two. Three.\n\n| a | b |")
    assert [sentence.text for sentence in told] == [
        "NPS is +1.5, e.g. Here.",
        "It fell.",
        "One item",
        "Two.",
        "Three.",
    ]


def test_figures_are_read_in_both_spellings() -> None:
    assert figures("1.310 Zeilen")[0].readings == ((1310.0, 0), (1.31, 3))
    assert figures("+12,5 Punkte")[0].readings == ((12.5, 1),)
    assert [figure.told for figure in figures("from -3.0 to +4 in 2025-Q2 (95% interval [1,200, 1,300])")] == [
        "-3.0",
        "+4",
        "1,200",
        "1,300",
    ]


@pytest.mark.parametrize(
    ("word", "language", "number"),
    [
        ("score", "en", 1),
        ("recommend", "en", 3),
        ("people", "en", 2),
        ("asked", "en", 1),
        ("wanted", "en", 2),
        ("Kunde", "de", 2),
        ("Weiterempfehlung", "de", 5),
        ("Häuser", "de", 2),
    ],
)
def test_syllables(word: str, language: str, number: int) -> None:
    assert syllables(word, language) == number  # type: ignore[arg-type]


def test_the_language_decides_the_scale_of_reading() -> None:
    plain = sentences("The cat sat on the mat and it was warm in the sun. " * 4)
    schlicht = sentences("Die Katze sitzt auf der Matte und es ist warm in der Sonne. " * 4)
    assert tongue(schlicht[0].text) == "de"
    english, deutsch = ease(plain, "en"), ease(schlicht, "de")
    assert english is not None
    assert deutsch is not None
    assert english.scale == "Flesch-Kincaid"
    assert english.value < 5
    assert deutsch.scale == "Amstad"
    assert deutsch.value > 70
