"""Answers in German, Spanish and French: right ones pass, and what is wrong in them is refused as it is in English."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from agent.check import Checked, Ground, check_answer
from agent.check.gloss import language_in
from agent.check.period_words import english_periods
from agent.facts import Run
from tools.registry import run_tool
from warehouse.workspace import Warehouse

# The world of tests/agent/conftest.py: Starter +20.0, Growth +15.0, Scale Up +53.0 (clearly above both and the rest);
# the fall of Growth from March to April is clear, the change from Q1 to Q2 of all answers is not.
CALLS: list[tuple[str, dict[str, object]]] = [
    ("nps", {"by": ["plan"], "detail": True}),
    ("compare", {"before": "2025-Q1", "after": "2025-Q2"}),
    ("compare", {"group": {"plan": "Scale Up"}}),
    ("compare", {"group": {"plan": "Scale Up"}, "against": {"plan": "Growth"}}),
    ("compare", {"group": {"plan": "Growth"}, "before": "2025-03", "after": "2025-04"}),
    ("compare", {"group": {"plan": "Growth"}, "against": {"plan": "Starter"}}),
    ("compare", {"group": {"plan": "Growth"}, "against": {"plan": "Scale Up"}}),
]
# Name in the drafts → call, name of the fact, and a part of its cell.
FACTS: dict[str, tuple[int, str, dict[str, str]]] = {
    "all": (0, "nps", {}),
    "det": (0, "detractors", {}),
    "det_share": (0, "detractor_share", {}),
    "answers": (0, "responses", {}),
    "growth": (0, "nps", {"plan": "Growth"}),
    "growth_det": (0, "detractor_share", {"plan": "Growth"}),
    "scale_pro": (0, "promoter_share", {"plan": "Scale Up"}),
    "starter": (0, "nps", {"plan": "Starter"}),
    "q1": (1, "nps", {"period": "2025-Q1"}),
    "q2": (1, "nps", {"period": "2025-Q2"}),
    "change": (1, "nps_difference", {}),
    "change_p": (1, "p_value", {}),
    "scale": (2, "nps", {"plan": "Scale Up"}),
    "others": (2, "nps", {"plan": "not Scale Up"}),
    "scale_rest": (2, "nps_difference", {}),
    "scale_growth": (3, "nps_difference", {}),
    "scale_growth_p": (3, "p_value", {}),
    "march": (4, "nps", {"period": "2025-03"}),
    "april": (4, "nps", {"period": "2025-04"}),
    "fall": (4, "nps_difference", {}),
    "gap": (5, "nps_difference", {}),
    "gap_p": (5, "p_value", {}),
    "behind": (6, "nps_difference", {}),
}

GERMAN = [
    "Der NPS liegt insgesamt bei <all> <all.interval> (n = <all.n>).",
    "Im ersten Quartal 2025 lag der NPS bei <q1>, im zweiten bei <q2>. Ein klarer Unterschied ist das nicht"
    " (<change_p>).",
    "Im 1. Quartal 2025 lag der NPS bei <q1> und im 2. Quartal bei <q2>; die Differenz von <change> Punkten kann Zufall"
    " sein.",
    "Growth ist von <march> im März 2025 auf <april> im April 2025 gefallen, also um <fall.abs> Punkte.",
    "Der Rückgang bei Growth um <fall.abs> Punkte von März auf April 2025 ist klar (<fall.interval>).",
    "Am zufriedensten sind die Kunden von Scale Up mit einem NPS von <scale>.",
    "Growth liegt <behind.abs> Punkte unter Scale Up (<behind.interval>).",
    "Der Abstand von Scale Up zu Growth beträgt <scale_growth> Punkte und ist statistisch klar (<scale_growth_p>).",
    "Scale Up liegt <scale_rest.abs> Punkte über allen übrigen Kunden.",
    "Scale Up kommt auf <scale>, die übrigen Kunden zusammen auf <others>. Die Daten sagen nicht, warum.",
    "Scale Up liegt deutlich höher als Growth: <scale> gegenüber <growth>.",
    "Zwischen Growth und Starter gibt es keinen klaren Unterschied (<gap> Punkte, <gap.interval>).",
    "Von den <answers> Antworten stammen <det> von Detraktoren, das sind <det_share>.",
    "Bei Growth sind <growth_det> Detraktoren, bei Scale Up sind <scale_pro> Promotoren.",
    "| Tarif | NPS | n |\n|---|---|---|\n| Starter | <starter> | <starter.n> |\n| Growth | <growth> | <growth.n> |\n\n"
    "Das sind die Werte der beiden Tarife, und ein Trend ist das nicht.",
    "Im Mittel aller Antworten ist der NPS <all>; das 95-%-Konfidenzintervall reicht von <all.low> bis <all.high>.",
    "Die Veränderung von Q1 auf Q2 2025 ist nicht eindeutig: <change> Punkte <change.interval>.",
    "Starter steht bei <starter> und Growth bei <growth>. Ob sich die beiden unterscheiden, ist nicht gesichert"
    " (<gap_p>).",
    "Als nächsten Schritt würde ich die Kommentare der Growth-Kunden lesen (NPS <growth>).",
    "- **Starter**: <starter>\n- **Growth**: <growth>\n- **Scale Up**: <scale>\n\nDas ist der Stand für die drei"
    " Tarife, und er gilt für alle Monate.",
    "Im April 2025 stand Growth bei <april>, im März 2025 noch bei <march>.",
    "Ihr NPS beträgt aktuell <all> (95-%-Intervall <all.interval>), auf der Basis von <all.n> Antworten.",
    "**Kurz gesagt:** Scale Up hat mit <scale> den höchsten NPS. Growth (<growth>) und Starter (<starter>) "
    "lassen sich nicht unterscheiden.",
    "Ja. Growth ist zwischen März und April 2025 deutlich eingebrochen: von <march> auf <april> (<fall> "
    "Punkte, <fall.interval>).",
    "Nein, der NPS hat sich vom ersten zum zweiten Quartal 2025 nicht klar verändert: <q1> gegenüber <q2>, "
    "Differenz <change> <change.interval>.",
    "Ein Unterschied zwischen dem ersten und dem zweiten Quartal 2025 lässt sich nicht belegen (<change_p>). "
    "Im ersten lag der NPS bei <q1>, im zweiten bei <q2>.",
    "Growth schneidet <behind.abs> Punkte schlechter ab als Scale Up.",
    "Die Kunden von Scale Up sind zufriedener als die von Growth: Der Vorsprung beträgt <scale_growth> Punkte.",
    "Über die Gründe geben die Zahlen keine Auskunft; sehen Sie sich als Nächstes die Kommentare der "
    "Growth-Kunden an. Ihr NPS ist <growth>.",
    "Insgesamt haben <answers> Kunden geantwortet, davon sind <det_share> Detraktoren.",
    "Zwischen Januar und März 2025 stand der NPS bei <q1>, danach (April bis Juni 2025) bei <q2>.",
]
SPANISH = [
    "El NPS total es <all> <all.interval> (n = <all.n>).",
    "En el primer trimestre de 2025 el NPS fue <q1> y en el segundo fue <q2>. La diferencia no es clara (<change_p>).",
    "Growth pasó de <march> en marzo de 2025 a <april> en abril de 2025: bajó <fall.abs> puntos <fall.interval>.",
    "Growth está <behind.abs> puntos por debajo de Scale Up <behind.interval>.",
    "Scale Up tiene el NPS más alto: <scale>. Los datos no dicen por qué.",
    "Entre Growth y Starter no hay una diferencia clara (<gap> puntos, <gap.interval>).",
    "La diferencia entre Scale Up y Growth es de <scale_growth> puntos y es clara (<scale_growth_p>).",
    "De las <answers> respuestas, <det> son de detractores, es decir, el <det_share>.",
    "En Growth, el <growth_det> son detractores; en Scale Up, el <scale_pro> son promotores.",
    "Scale Up está <scale_rest.abs> puntos por encima de los demás.",
    "Scale Up llega a <scale>, frente a <others> del resto de los clientes.",
    "El cambio del primer al segundo trimestre de 2025 es de <change> puntos y puede deberse al azar (<change_p>).",
    "Starter está en <starter> y Growth en <growth>. No se puede decir que sean distintos (<gap_p>).",
    "- **Starter**: <starter>\n- **Growth**: <growth>\n\nEstos son los valores de los dos planes en el periodo total.",
    "En abril de 2025 el NPS de Growth fue <april>; en marzo de 2025 era <march>.",
    "El siguiente paso: leer los comentarios de los clientes de Growth, cuyo NPS es <growth>.",
    "El NPS de Scale Up supera en <scale_rest> puntos al del resto <scale_rest.interval>.",
    "No hay evidencia clara de un cambio entre el primer trimestre de 2025 (<q1>) y el segundo (<q2>).",
    "**Resumen:** Growth cayó con claridad de marzo a abril de 2025 (<fall> puntos, <fall.interval>).",
    "Scale Up es el plan con el mejor NPS (<scale>); Growth y Starter no se distinguen entre sí (<gap_p>).",
    "Los clientes de Growth están menos satisfechos que los de Scale Up: <growth> frente a <scale>.",
    "Entre enero y marzo de 2025 el NPS fue de <q1>; entre abril y junio fue de <q2>.",
    "Recomiendo leer los comentarios de los clientes de Growth (NPS <growth>) antes de decidir.",
]
FRENCH = [
    "Le NPS global est de <all> <all.interval> (n = <all.n>).",
    "Au premier trimestre 2025, le NPS était de <q1>, et au deuxième de <q2>. La différence n'est pas nette"
    " (<change_p>).",
    "Growth est passé de <march> en mars 2025 à <april> en avril 2025 : il a baissé de <fall.abs> points.",
    "Growth est <behind.abs> points en dessous de Scale Up <behind.interval>.",
    "Scale Up a le NPS le plus élevé : <scale>. Les données ne disent pas pourquoi.",
    "Entre Growth et Starter, il n'y a pas de différence nette (<gap> points, <gap.interval>).",
    "L'écart entre Scale Up et Growth est de <scale_growth> points et il est net (<scale_growth_p>).",
    "Sur les <answers> réponses, <det> sont des détracteurs, soit <det_share>.",
    "Pour Growth, la part des détracteurs est de <growth_det> ; le NPS de Scale Up est de <scale>.",
    "En avril 2025, le NPS de Growth était de <april> ; en mars 2025, il était de <march>.",
    "Les clients de Scale Up sont plus satisfaits que ceux de Growth : <scale> contre <growth>.",
    "Non, il n'y a pas de changement net entre le premier et le deuxième trimestre 2025 (<change> points, "
    "<change.interval>).",
    "Le NPS de Growth a chuté de <fall.abs> points entre mars et avril 2025 <fall.interval>.",
    "Scale Up dépasse le reste de <scale_rest> points <scale_rest.interval>.",
    "De janvier à mars 2025, le NPS était de <q1> ; d'avril à juin 2025, il était de <q2>.",
    "Growth et Starter ne se distinguent pas clairement (<gap_p>), et les données ne disent pas pourquoi.",
]
WRONG = [
    # German
    ("Starter liegt bei <growth> und Growth bei <starter>, das sind die Werte der Tarife.", {"segment"}),
    ("Im ersten Quartal 2025 lag der NPS bei <q2>, im zweiten bei <q1>.", {"period"}),
    ("Im vierten Quartal 2025 lag der NPS der Kunden bei <q2>.", {"period", "date"}),
    (
        "Growth ist von <march> im März 2025 auf <april> im April 2025 gestiegen, also um <fall.abs> Punkte.",
        {"direction"},
    ),
    ("Scale Up liegt <scale_rest.abs> Punkte unter allen übrigen Kunden.", {"direction"}),
    ("Growth ist wegen der Preiserhöhung auf <april> im April 2025 gefallen.", {"cause"}),
    ("Der NPS von Scale Up liegt dank des besseren Supports bei <scale>.", {"cause"}),
    ("Die höheren Preise führten zu einem NPS von <growth> bei Growth.", {"cause"}),
    ("Die meisten sind mit dem Tarif Growth (<growth>) zufrieden, und er hat den höchsten NPS.", {"direction"}),
    ("Der NPS von Scale Up ist doppelt so hoch wie der von Growth und liegt bei <scale>.", {"arithmetic"}),
    (
        "Zwei Drittel der Antworten bei Growth sind von Detraktoren, und der NPS ist <growth>.",
        {"number", "arithmetic", "segment"},
    ),
    ("Der Abstand zwischen Starter und Growth beträgt zwölf Punkte.", {"number", "arithmetic"}),
    ("Der NPS liegt bei 31,7 und ist damit der Wert für alle Kunden.", {"number", "arithmetic"}),
    ("Der Platin-Tarif liegt mit einem NPS von <starter> hinter dem Rest.", {"name", "segment", "direction"}),
    ("Bei Riverside liegt der NPS der Kunden bei <growth>.", {"name"}),
    ("Ein Kunde schreibt: „Ich gehe nie wieder dorthin, das ist eine Frechheit.“ Der NPS ist <all>.", {"quotation"}),
    ("Zwischen Scale Up und Growth gibt es keinen klaren Unterschied.", {"direction"}),
    ("Der NPS ist vom ersten auf das zweite Quartal 2025 klar gefallen.", {"direction"}),
    ("Von den <answers> Antworten sind <det> von Promotoren, das sind <det_share>.", {"segment"}),
    # Spanish
    ("Starter está en <growth> y Growth en <starter>, y estos son los valores.", {"segment"}),
    ("En el primer trimestre de 2025 el NPS fue <q2> y en el segundo fue <q1>.", {"period"}),
    ("Growth subió <fall.abs> puntos de marzo a abril de 2025, y es un cambio de los clientes.", {"direction"}),
    ("Scale Up está <scale_rest.abs> puntos por debajo de los demás.", {"direction"}),
    ("El NPS de Growth es <growth> debido a los precios de la empresa.", {"cause"}),
    ("El NPS de Scale Up es <scale> gracias a la calidad del servicio.", {"cause"}),
    ("La subida de los precios provocó la caída de Growth a <april> en abril de 2025.", {"cause"}),
    ("El NPS de Scale Up es el doble que el de Growth y es de <scale>.", {"arithmetic"}),
    (
        "Dos tercios de los clientes de Growth son detractores y el NPS es <growth>.",
        {"number", "arithmetic", "segment"},
    ),
    ("La diferencia entre los planes es de doce puntos y es la de los clientes.", {"number", "arithmetic"}),
    ("El NPS de los clientes es de 31,7 en todos los planes.", {"number", "arithmetic"}),
    ("En Inglaterra el NPS de los clientes es <growth> y está por debajo.", {"name", "segment"}),
    ("Growth tiene el NPS más alto de los planes: <growth>.", {"direction"}),
    ("Un cliente dice: «No vuelvo nunca más, es una vergüenza». El NPS es <all>.", {"quotation"}),
    # French
    ("Starter est à <growth> et Growth est à <starter>, ce sont les valeurs.", {"segment"}),
    ("Au premier trimestre 2025, le NPS était de <q2>, et au deuxième de <q1>.", {"period"}),
    ("Growth a augmenté de <fall.abs> points de mars à avril 2025, et c'est net.", {"direction"}),
    ("Scale Up est <scale_rest.abs> points en dessous de tous les autres clients.", {"direction"}),
    ("Le NPS de Growth est de <growth> à cause de la hausse des prix.", {"cause"}),
    ("La hausse des prix a entraîné la baisse de Growth à <april> en avril 2025.", {"cause"}),
    ("Le NPS de Scale Up est deux fois plus élevé que celui de Growth et il est de <scale>.", {"arithmetic"}),
    ("L'écart entre les forfaits est de douze points pour les clients.", {"number", "arithmetic"}),
    ("Growth a le NPS le plus élevé de tous les forfaits : <growth>.", {"direction"}),
]


PERIODS = [
    ("german", "Im vierten Quartal 2025 und im 3. Quartal", "Im Q4 2025 und im Q3 2025"),
    ("german", "vom ersten zum zweiten Halbjahr 2025, am 10. März 2025", "vom H1 2025 zum H2 2025, am 10 March 2025"),
    ("german", "am 01.07.2025, im zweiten Versuch", "am 1 July 2025, im zweiten Versuch"),
    ("spanish", "el primer semestre de 2025 y el segundo: mayo de 2025", "el H1 2025 y el H2 2025: May 2025"),
    ("french", "au troisième trimestre 2025, du 1er juillet 2025", "au Q3 2025, du 1 July 2025"),
    ("italian", "nel quarto trimestre del 2025, a maggio 2025", "nel Q4 2025, a May 2025"),
    ("portuguese", "no segundo trimestre de 2025, em maio de 2025", "no Q2 2025, em May 2025"),
    ("dutch", "in het derde kwartaal van 2025, in mei 2025", "in het Q3 2025, in May 2025"),
]


@pytest.fixture(scope="module")
def ground(workspace: Path) -> Ground:
    run = Run()
    with Warehouse(workspace) as warehouse:
        for name, arguments in CALLS:
            run.adopt(run_tool(warehouse, name, arguments))
            run.record(name, arguments)
        return Ground(run.results, run.calls, warehouse.catalog, "NPS?")


def checked(draft: str, ground: Ground) -> Checked:
    """The draft with the names of facts turned into their ids."""

    def reference(match: re.Match[str]) -> str:
        call, name, cell = FACTS[match[1]]
        facts = [f for f in ground.results[call].facts if f.name == name and cell.items() <= f.where.items()]
        found = min(facts, key=lambda fact: len(fact.where))
        return f"{{{{ {found.id}{match[2] or ''} }}}}"

    return check_answer(re.sub(r"<(\w+)(\.\w+)?>", reference, draft), ground)


@pytest.mark.parametrize("draft", [*GERMAN, *SPANISH, *FRENCH])
def test_a_right_answer_passes(ground: Ground, draft: str) -> None:
    assert [str(refused) for refused in checked(draft, ground).refused] == []


@pytest.mark.parametrize(("draft", "wanted"), WRONG)
def test_a_wrong_answer_is_refused_for_its_reason(ground: Ground, draft: str, wanted: set[str]) -> None:
    found = checked(draft, ground)
    assert {refused.code for refused in found.refused} & wanted, found.text


@pytest.mark.parametrize(("language", "text", "english"), PERIODS)
def test_periods_are_read_in_their_language(language: str, text: str, english: str) -> None:
    told = text
    for start, end, words in sorted(english_periods(text, language), reverse=True):
        told = told[:start] + words + told[end:]
    assert told == english


def test_what_is_refused_is_shown_in_the_words_of_its_writer(ground: Ground) -> None:
    draft = "Im ersten Quartal 2025 lag der NPS der Kunden bei <q1>. Scale Up ist wegen der Preise bei <scale>."
    [refused] = [one for one in checked(draft, ground).refused if one.code == "cause"]
    assert refused.phrase in draft and "wegen" in refused.phrase
    assert refused.sentence == "Scale Up ist wegen der Preise bei +53.0."


def test_an_untranslated_name_is_asked_for(ground: Ground) -> None:
    draft = "En Inglaterra el NPS de los clientes es <growth>, según los datos."
    assert any("as in the data: Growth" in refused.why for refused in checked(draft, ground).refused)


@pytest.mark.parametrize(
    "text",
    [
        "NPS in total: +20.0.",
        "Starter: +20.0 (n = 100).",
        "The Mannheim branch in La Paz is a plus.",
        "Best plan: Scale Up",
    ],
)
def test_english_is_left_alone(text: str) -> None:
    assert language_in(text) in ("english", "")
