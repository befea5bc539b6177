"""The language of short comments: named where it can be told, never guessed."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest

from tools.comments.language import UNTOLD, detect_language, detect_languages, languages, named_language

SHORT = {
    "en": """
        Great service, no complaints
        The engineer never turned up
        Too expensive for what it is
        Very helpful staff
        Still waiting for my refund
        Easy to set up and works well
        I would not recommend it
        Support took three days to answer
        Good value for money
        The app keeps crashing
        Everything was fine
        My bill went up again without notice
        Love it, use it every day
        Slow connection in the evening
        Customer service is poor
        Quick delivery and friendly driver
        Hard to reach anyone on the phone
        It does what it says
        No idea why I was charged twice
        The new dashboard is confusing
        Prompt and polite
        Could be cheaper
        Nothing to improve
        Bad experience with the call centre
        Works fine but lacks reports
    """,
    "de": """
        Sehr guter Service, keine Beschwerden
        Der Techniker ist nie erschienen
        Zu teuer für das, was es ist
        Sehr hilfsbereite Mitarbeiter
        Ich warte immer noch auf meine Erstattung
        Einfach einzurichten und läuft gut
        Ich würde es nicht empfehlen
        Der Support hat drei Tage gebraucht
        Gutes Preis-Leistungs-Verhältnis
        Die App stürzt ständig ab
        Alles war in Ordnung
        Meine Rechnung ist schon wieder gestiegen
        Ich nutze es jeden Tag
        Langsame Verbindung am Abend
        Der Kundenservice ist schlecht
        Schnelle Lieferung und netter Fahrer
        Man erreicht niemanden am Telefon
        Tut was es soll
        Keine Ahnung warum ich doppelt bezahlt habe
        Das neue Dashboard ist verwirrend
        Schnell und freundlich
        Könnte billiger sein
        Nichts zu verbessern
        Schlechte Erfahrung mit der Hotline
        Funktioniert gut, aber Berichte fehlen
    """,
    "es": """
        Muy buen servicio, sin quejas
        El técnico nunca llegó
        Demasiado caro para lo que es
        Personal muy amable
        Sigo esperando mi reembolso
        Fácil de instalar y funciona bien
        No lo recomendaría
        El soporte tardó tres días en contestar
        Buena relación calidad precio
        La aplicación se cierra sola
        Todo estuvo bien
        Mi factura subió otra vez sin aviso
        Me encanta, lo uso todos los días
        Conexión lenta por la noche
        La atención al cliente es mala
        Entrega rápida y conductor amable
        Es difícil hablar con alguien por teléfono
        Hace lo que dice
        No sé por qué me cobraron dos veces
        El nuevo panel es confuso
        Rápido y amable
        Podría ser más barato
        Nada que mejorar
        Mala experiencia con el centro de llamadas
        Funciona bien pero faltan informes
    """,
    "fr": """
        Très bon service, rien à redire
        Le technicien n'est jamais venu
        Trop cher pour ce que c'est
        Personnel très serviable
        J'attends toujours mon remboursement
        Facile à installer et fonctionne bien
        Je ne le recommanderais pas
        Le support a mis trois jours à répondre
        Bon rapport qualité prix
        L'application plante sans arrêt
        Tout était parfait
        Ma facture a encore augmenté sans prévenir
        J'adore, je l'utilise tous les jours
        Connexion lente le soir
        Le service client est mauvais
        Livraison rapide et chauffeur sympathique
        Difficile de joindre quelqu'un au téléphone
        Fait ce qu'il dit
        Aucune idée pourquoi j'ai payé deux fois
        Le nouveau tableau de bord est confus
        Rapide et aimable
        Pourrait être moins cher
        Rien à améliorer
        Mauvaise expérience avec le centre d'appels
        Ça marche bien mais il manque des rapports
    """,
}
COMMENTS = [(code, line.strip()) for code, lines in SHORT.items() for line in lines.strip().splitlines()]


def test_a_hundred_short_comments_are_named_rightly_or_not_at_all() -> None:
    found = [(code, detect_language(text)) for code, text in COMMENTS]
    assert len(found) == 100
    wrong = [(code, language) for code, language in found if language is not None and language.code != code]
    assert wrong == []
    assert sum(language is None for _code, language in found) <= 5


@pytest.mark.parametrize(
    "text",
    [
        "ok",
        "gut",
        "super",
        "Top!",
        "no",
        "n/a",
        "-",
        "",
        "   ",
        "10/10",
        "👍👍👍",
        "12345 67890",
        "!!!",
        "great",
        "Danke",
    ],
)
def test_what_is_too_short_is_not_guessed(text: str) -> None:
    assert detect_language(text) is None


@pytest.mark.parametrize(
    ("text", "code"),
    [("非常好的服务", "zh"), ("とても良いです", "ja"), ("아주 좋아요", "ko"), ("Очень хороший сервис, спасибо", "ru")],
)
def test_scripts_that_write_syllables_need_fewer_letters(text: str, code: str) -> None:
    language = detect_language(text)
    assert language is not None
    assert language.code == code


def test_addresses_links_and_numbers_are_no_evidence() -> None:
    assert detect_language("https://www.beispiel.de/rechnung max.mustermann@beispiel.de 4711") is None


def test_gibberish_is_no_language() -> None:
    assert detect_language("asdfgh jklqwe rtzuio") is None


def test_the_same_text_has_the_same_language_every_time() -> None:
    texts = [text for _code, text in COMMENTS]
    assert detect_languages(texts) == detect_languages(texts) == [detect_language(text) for text in texts]


def test_shares_of_a_column_add_up_and_leave_out_empty_fields() -> None:
    column = ["The engineer never turned up"] * 3 + ["Der Techniker ist nie erschienen"] * 2 + ["ok"] * 5 + ["", "  "]
    assert languages(column) == {"en": 0.3, "de": 0.2, UNTOLD: 0.5}
    assert list(languages(column)) == ["en", "de", UNTOLD]
    assert languages([]) == {}


def test_languages_go_by_code_or_by_name() -> None:
    assert named_language("de") == named_language(" German ") == "de"
    assert named_language("Klingon") is None


@pytest.mark.skipif("NPSIGHT_DATA" not in os.environ, reason="NPSIGHT_DATA does not name the folder of real files")
def test_an_english_survey_is_english() -> None:
    path = Path(os.environ["NPSIGHT_DATA"]) / "uk-broadband-verbatims" / "verbatim.csv"
    with path.open(encoding="utf-8", newline="") as file:
        found = [detect_language(row["text"]) for row in csv.DictReader(file)]
    told = [language.code for language in found if language is not None]
    assert len(told) > 2000
    assert sum(code != "en" for code in told) <= 2
