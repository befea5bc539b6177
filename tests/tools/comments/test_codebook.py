"""The codebook: what its words match, how it is read, written and refused, and how it is mined."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tools.comments.codebook import (
    FILE_NAME,
    Codebook,
    Theme,
    code_texts,
    load_codebook,
    read_codebook,
    starter_codebook,
    write_codebook,
)
from tools.comments.coded import codebook_for, suggest_codebook
from tools.comments.mining import is_near_empty, mine_codebook
from tools.comments.stems import LANGUAGES, stem, words
from warehouse.errors import CatalogError, NpsError
from warehouse.workspace import Warehouse


def about(text: str, *entries: str, language: str = "en", excluded: list[str] | None = None) -> bool:
    """True when a theme with these entries is found in the text."""
    theme = Theme(name="x", words={language: list(entries)}, excluded={language: excluded or []})
    return bool(code_texts([text], Codebook(themes=[theme]))[0, 0])


class TestMatching:
    @pytest.mark.parametrize(
        "text", ["The PRICES are high", "new pricing!", "price?", "half-price", "It's the price's fault"]
    )
    def test_a_word_counts_in_all_its_forms(self, text: str) -> None:
        assert about(text, "price")

    @pytest.mark.parametrize("text", ["priceless", "a prize", "", "😡", "pr ice"])
    def test_a_word_does_not_count_inside_others(self, text: str) -> None:
        assert not about(text, "price")

    def test_an_inflection_is_no_derivation(self) -> None:
        assert not about("our local community", "communication")
        assert about("our local community", "commun*")

    def test_a_phrase_is_its_words_in_a_row(self) -> None:
        assert about("Not good value for the money, but value for money once", "value for money")
        assert not about("the money has its value, for once", "value for money")
        assert about("they set it up but setting up took days", "set up")
        assert not about("they set it up", "set up")

    def test_apostrophes_hyphens_and_accents_do_not_matter(self) -> None:
        assert about("It doesn’t work", "doesn't work") and about("it doesnt work", "doesn't work")
        assert about("set-up was fine", "set up")
        assert about("demasiado CARO, facturación", "facturacion", language="es")

    def test_stars_stand_for_letters(self) -> None:
        assert about("Internetgeschwindigkeiten", "*geschwindigkeit*", language="de")
        assert not about("Geschwindigkeit", "*geschwindigkeiten", language="de")

    def test_what_stands_in_an_excluded_phrase_does_not_count_but_the_rest_does(self) -> None:
        assert not about("avoid at all costs", "cost", excluded=["at all costs"])
        assert about("avoid at all costs, the cost is mad", "cost", excluded=["at all costs"])
        assert not about("my account manager helped", "account manager", "account", excluded=["my account manager"])

    def test_negation_does_not_change_what_a_comment_is_about(self) -> None:
        assert about("not expensive at all", "expensive")

    def test_a_comment_may_be_about_several_themes_and_order_is_kept(self) -> None:
        book = Codebook(
            themes=[Theme(name="a", words={"any": ["apple"]}), Theme(name="b", words={"any": ["bread and butter"]})]
        )
        texts = ["bread and butter with apples", "bread", "", "apple"]
        assert code_texts(texts, book).tolist() == [[True, True], [False, False], [False, False], [True, False]]

    def test_words_of_other_languages_have_their_own_forms(self) -> None:
        assert about("Die Preise sind zu hoch", "preis", language="de")
        assert about("los precios", "precio", language="es")
        assert about("les factures", "facture", language="fr")
        assert about("de prijzen", "prijzen", language="nl") and not about("de prijs", "prijzen", language="nl")

    def test_every_word_of_the_starter_codebook_finds_itself(self) -> None:
        for theme in starter_codebook().themes:
            book = Codebook(themes=[theme])
            entries = [entry.replace("*", "") for found in theme.words.values() for entry in found]
            missed = [e for e, hit in zip(entries, code_texts(entries, book)[:, 0], strict=True) if not hit]
            assert not missed, f"{theme.name}: {missed}"

    def test_fifty_thousand_comments_give_the_same_as_one_by_one(self) -> None:
        draw = random.Random(1)
        vocabulary = ["price", "support", "slow", "app", "the", "of", "value", "for", "money", "set", "up", "not"]
        texts = [" ".join(draw.choices(vocabulary, k=12)) for _ in range(50_000)]
        book = starter_codebook(frozenset({"en"}))
        found = code_texts(texts, book)
        for at in range(0, 50_000, 9_973):
            assert (code_texts([texts[at]], book)[0] == found[at]).all()

    def test_words_and_stems(self) -> None:
        assert words("Don't over-charge Anna's café; l’eau, 5G_x") == [
            "dont", "over", "charge", "anna", "cafe", "eau", "5g", "x",
        ]  # fmt: skip
        assert stem("deliveries") == stem("delivery") and stem("crashed") == stem("crashes") == "crash"
        assert stem("used") == stem("using") == stem("use")
        assert stem("xx", "xx") == "xx"


class TestFile:
    def test_what_is_written_is_read_back(self, tmp_path: Path) -> None:
        book = starter_codebook()
        path = write_codebook(tmp_path, book)
        assert path.name == FILE_NAME
        assert read_codebook(path) == book

    def test_a_plain_list_is_for_all_languages_and_a_hand_written_theme_is_the_users(self, tmp_path: Path) -> None:
        path = tmp_path / FILE_NAME
        path.write_text("version: 1\nthemes:\n- name: parking\n  words: [parking, car park]\n", encoding="utf-8")
        (theme,) = read_codebook(path).themes
        assert theme.words == {"any": ["parking", "car park"]}
        assert theme.provenance == "user"

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("themes:\n- name: a\n  word: [x]\n", r"line 3, themes.0.word: 'word' is not a key here \(allowed: name,"),
            ("themes:\n- name: a\n  words: [x]\n- name: A\n  words: [y]\n", "two themes are called 'A'"),
            ("themes:\n- name: a\n  words: ['*a*']\n", r"'\*a\*' needs at least 3 letters"),
            ("themes:\n- name: a\n  words: [one two three four five six seven]\n", "at most 6 words"),
            ("themes:\n- name: a\n  words: {english: [x]}\n", "'english' is no language"),
            ("themes:\n- name: a\n  words: []\n", "'a' has no words"),
            ("themes: []\n", "at least 1 item"),
            ("themes:\n- name: a\n  words: [yes]\n", "valid string, not True"),
            ("theme: 3\n", "'theme' is not a key here"),
            ("themes: [\n", "this is not YAML"),
            ("", "top level"),
            ("themes:\n- name: a\n  words: [x]\n  words: [y]\n", "'words' stands here twice"),
        ],
    )
    def test_a_mistake_is_refused_in_one_sentence_with_its_line(self, tmp_path: Path, text: str, said: str) -> None:
        path = tmp_path / FILE_NAME
        path.write_text(text, encoding="utf-8")
        with pytest.raises(CatalogError, match=said) as caught:
            read_codebook(path)
        assert "\n" not in str(caught.value)

    def test_a_theme_is_found_by_its_name_or_by_words_of_it_alone(self) -> None:
        book = starter_codebook()
        assert book.find("PRICE and Value") == book.find("prices") == 0
        assert book.names[book.find("support")] == "customer service and support"
        with pytest.raises(NpsError, match=r"no theme 'prise'.*price and value"):
            book.find("prise")
        with pytest.raises(NpsError, match="no theme 'and'"):
            book.find("and")

    def test_the_workspaces_file_goes_before_what_is_mined(self, load: Callable[..., Warehouse]) -> None:
        warehouse = load([{"nps_score": 5, "comment": f"The parking is full again {i}"} for i in range(40)])
        assert load_codebook(warehouse) is None
        write_codebook(warehouse.folder, Codebook(themes=[Theme(name="parking", words={"en": ["parking"]})]))
        book, from_file, statements = codebook_for(warehouse)
        assert (book.names, from_file, statements) == (["parking"], True, [])


NOISE = ["we", "were", "there", "and", "it", "was", "so", "for", "us", "all"]


def comments(sentences: dict[str, int], seed: int = 0) -> list[str]:
    draw = random.Random(seed)
    texts = [f"{s} {' '.join(draw.choices(NOISE, k=3))}" for s, n in sentences.items() for _ in range(n)]
    draw.shuffle(texts)
    return texts


ZOO = {
    "The penguins and the giraffes were asleep": 60,
    "giraffes, penguins, elephants: seen none": 40,
    "The playground has a rotten slide": 50,
    "A slide in the playground is rusty": 40,
    "Far too expensive": 60,
    "Ask Marvin Quux at marvin.quux@example.org or 0151 2345678": 20,
    "Thanks to Brunhilde and Brunhilde again": 20,
}


@pytest.fixture(scope="module")
def zoo() -> Codebook:
    pytest.importorskip("sklearn")
    return mine_codebook(comments(ZOO))


class TestMining:
    def test_starter_themes_stand_beside_what_they_leave_over(self, zoo: Codebook) -> None:
        kinds = {theme.name: theme.provenance for theme in zoo.themes}
        assert kinds["price and value"] == "starter"
        mined = [theme for theme in zoo.themes if theme.provenance == "mined"]
        found = [set(theme.words["en"]) for theme in mined]
        assert any({"penguins", "giraffes"} <= entries for entries in found)
        assert any("playground" in entries and "giraffes" not in entries for entries in found)
        assert "starter codebook" in zoo.origin() and "mined" in zoo.origin()

    def test_starter_themes_that_nobody_speaks_of_are_left_out(self, zoo: Codebook) -> None:
        assert "contract and cancellation" not in zoo.names

    def test_nothing_that_tells_who_somebody_is_gets_into_a_theme(self, zoo: Codebook) -> None:
        told = zoo.model_dump_json().lower()
        mined = [theme.model_dump_json().lower() for theme in zoo.themes if theme.provenance == "mined"]
        for secret in ("quux", "marvin", "example", "2345678", "0151", "brunhilde"):
            assert secret not in told
        assert not any(character.isdigit() for text in mined for character in text)

    def test_mining_is_the_same_every_time(self) -> None:
        texts = comments({"The penguins and the giraffes were asleep": 60, "The playground has a rotten slide": 50})
        assert mine_codebook(texts) == mine_codebook(texts)

    def test_themes_can_be_mined_alone(self) -> None:
        texts = comments({"The price is too expensive": 60, "penguins, giraffes and elephants": 60})
        book = mine_codebook(texts, starter=False)
        assert {theme.provenance for theme in book.themes} == {"mined"}
        coded = code_texts(texts, book)
        price = np.array(["price" in text for text in texts])
        assert any((coded[:, at] == price).mean() > 0.95 for at in range(len(book.themes)))

    @pytest.mark.parametrize(
        ("language", "sentence", "theme"),
        [
            ("de", "Die Preise sind viel zu hoch für das was man bekommt", "price and value"),
            ("es", "Los precios son demasiado altos para lo que ofrecen", "price and value"),
            ("fr", "Les prix sont beaucoup trop élevés pour ce que vous offrez", "price and value"),
        ],
    )
    def test_the_starter_speaks_the_comments_language(self, language: str, sentence: str, theme: str) -> None:
        book = mine_codebook([f"{sentence}{'!' * (i % 3)}" for i in range(40)])
        found = book.themes[book.find(theme)]
        assert set(found.words) == {language}
        assert language in LANGUAGES

    def test_fewer_than_thirty_comments_are_refused(self) -> None:
        with pytest.raises(NpsError, match=r"at least 30 comments that say something and there are 29"):
            mine_codebook([*["too expensive"] * 29, *["n/a"] * 50, ""])

    def test_comments_without_a_recurring_word_are_refused(self) -> None:
        draw = random.Random(4)
        texts = ["".join(draw.choices("bcdfgklmnprst", k=9)) for _ in range(60)]
        with pytest.raises(NpsError, match="No word recurs"):
            mine_codebook(texts)

    @pytest.mark.parametrize("text", ["n/a", "-", "None", "no comment", "nichts", "10", "…", "ninguno", "N.A.", "👍"])
    def test_near_empty_comments(self, text: str) -> None:
        assert is_near_empty(text)

    @pytest.mark.parametrize("text", ["No internet", "bad", "nothing works", "no support at all"])
    def test_short_comments_that_say_something(self, text: str) -> None:
        assert not is_near_empty(text)

    def test_the_suggestion_for_a_workspace_finds_the_demos_themes(self, pricing: Warehouse) -> None:
        book = suggest_codebook(pricing)
        assert {"price and value", "customer service and support", "reliability and outages", "ease of use"} <= {
            *book.names
        }
        assert book == suggest_codebook(pricing)


def test_the_demos_planted_themes_are_found(planted: dict[str, Any]) -> None:
    texts, themes = planted["texts"], planted["themes"]
    book = starter_codebook(frozenset({"en"}))
    coded = code_texts(texts, book)
    for theme, name in (
        ("price", "price and value"),
        ("support", "customer service and support"),
        ("reliability", "reliability and outages"),
        ("ease of use", "ease of use"),
    ):
        said = np.array([theme in found for found in themes])
        hit = coded[:, book.find(name)]
        assert (hit & said).sum() / hit.sum() > 0.8, name
        assert (hit & said).sum() / said.sum() > 0.55, name


def test_a_theme_is_found_by_its_name_by_a_part_of_it_and_by_a_word_that_only_it_is_told_by() -> None:
    book = Codebook(
        themes=[
            Theme(name="price and value", words={"en": ["price", "expensive"]}),
            Theme(name="waiting and delays", words={"en": ["late", "waited", "price"]}),
        ]
    )
    assert [book.find(name) for name in ("Price and value", "price", "delays", "expensive")] == [0, 0, 1, 0]
    for word in ("holiday", "expensive late"):
        with pytest.raises(NpsError, match="There is no theme"):
            book.find(word)
    with pytest.raises(NpsError, match="There is no theme"):
        book.find("expensive", by_words=False)
