"""Whether an answer is in the language of its question."""

from __future__ import annotations

import pytest

from agent.language import same_language

ANSWERS = {
    "en": [
        "NPS is +29.3 (n = 300; 95 % interval +20.1 to +38.0).",
        "**South** has the lowest NPS, but it is not clearly different from the rest; that may be chance.",
    ],
    "de": ["Der NPS liegt bei +29,3 und ist damit nicht höher als im Mai; die Region Süd hat den niedrigsten Wert."],
    "es": ["Nuestro NPS es de +29,3. La mayoría de los clientes son promotores, y no hay más detractores que en mayo."],
    "fr": ["Le NPS est de +29,3 et la région Sud a le score le plus bas de toutes les régions de notre base."],
    "it": ["Il NPS è di +29,3 e la regione Sud ha il valore più basso di tutte, ma la differenza non è chiara."],
    "pt": ["O NPS é de +29,3 e a região Sul tem o valor mais baixo de todas, mas a diferença não é muito clara."],
    "nl": ["De NPS is +29,3 en de regio Zuid heeft het laagste cijfer van alle regio's, maar dat is niet zeker."],
    "zh": ["您的净推荐值为二十九点三，其中南部地区的净推荐值最低，与其他地区的差异显著，需要优先关注该地区。"],
    "ja": ["あなたのスコアは二十九点三です。南部地域が最も低く、その差は有意です。まずそこを確認してください。"],
    "ru": ["Ваш показатель составляет двадцать девять, а самый низкий показатель в регионе Юг, и разница значима."],
    "ar": ["صافي نقاط الترويج لديكم مرتفع والمنطقة الجنوبية هي الأدنى والفرق واضح بين المناطق كلها"],
}
QUESTIONS = {
    "en": [
        "What is our NPS?",
        "NPS by plan",
        "compare plans",
        "Why did NPS fall in March?",
        "does growth do any better",
    ],
    "de": ["Wie hoch ist unser NPS?", "Welche Region hat den niedrigsten NPS?"],
    "es": ["¿Cuál es nuestro NPS?", "NPS por plan en la región norte"],
    "fr": ["Quel est notre NPS ?"],
    "it": ["Qual è il nostro NPS e perché è basso?"],
    "zh": ["我们的NPS是多少？"],
    "ru": ["Какой у нас NPS?"],
}


@pytest.mark.parametrize("answer", [text for code in ANSWERS if code != "en" for text in ANSWERS[code]])
@pytest.mark.parametrize("question", QUESTIONS["en"])
def test_an_english_question_is_not_answered_in_another_language(question: str, answer: str) -> None:
    assert not same_language(question, answer)


@pytest.mark.parametrize("code", [code for code in QUESTIONS if code != "en"])
def test_an_answer_in_the_language_of_the_question_or_in_english_passes(code: str) -> None:
    for question in QUESTIONS[code]:
        for answer in [*ANSWERS[code], *ANSWERS["en"]]:
            assert same_language(question, answer), (question, answer)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Wie hoch ist unser NPS?", ANSWERS["es"][0]),
        ("¿Cuál es nuestro NPS?", ANSWERS["de"][0]),
        ("我们的NPS是多少？", ANSWERS["fr"][0]),
        ("Какой у нас NPS?", ANSWERS["zh"][0]),
    ],
)
def test_a_third_language_is_refused(question: str, answer: str) -> None:
    assert not same_language(question, answer)


@pytest.mark.parametrize(
    "answer",
    [
        "+29.3",
        "**Süd** (n = 40), **El Paso de los Toros** and **Île-de-France** are the lowest of all.",
        "The theme most told of is price: “el servicio es muy malo y no hay soporte para los clientes de la empresa”.",
        "Detractors write of the app.\n> la aplicación no funciona en el móvil y no hay nada que hacer\n",
        "Lowest are 東京, 大阪 and 名古屋, each with fewer than 40 answers.",
        "| plan | NPS |\n|---|---|\n| der die das und | 12 |\n| la de los que | 13 |\n",
        "Die, Was and Den are the plans with the lowest NPS.",
    ],
)
def test_names_and_quotations_in_another_language_are_no_answer_in_it(answer: str) -> None:
    assert same_language("Which plan has the lowest NPS?", answer)


@pytest.mark.parametrize("question", ["", "NPS?", "???", "42", "😀"])
def test_a_question_that_tells_nothing_is_taken_as_english(question: str) -> None:
    assert all(same_language(question, answer) for answer in ANSWERS["en"])
