"""Spoiling what a good text says: figures, directions, causes, quotations, people."""

from __future__ import annotations

import random
import re

from evals.mutations.prose_pieces import (
    FIGURE,
    Spoilt,
    after_a_sentence,
    digits,
    german,
    join,
    known_figures,
    pieces,
    prose,
    replace,
    told_facts,
)
from evals.prose.texts import Text

_OPPOSITES = [
    ("rose", "fell"),
    ("risen", "fallen"),
    ("higher", "lower"),
    ("above", "below"),
    ("fell by", "rose by"),
    ("fall of", "rise of"),
    ("falling by", "rising by"),
    ("Down by", "Up by"),
    ("more than", "less than"),
    ("lowered NPS", "raised NPS"),
    ("lowered its NPS", "raised its NPS"),
    ("Punkte unter", "Punkte über"),
    ("Punkte über", "Punkte unter"),
    ("stieg", "fiel"),
    ("fällt", "steigt"),
    ("below", "above"),
    ("lower", "higher"),
    ("fell", "rose"),
    ("ahead of", "behind"),
    ("less willing", "more willing"),
]
_HEDGES = re.compile(
    r"\b(?:not|no|nor|neither|could|would|if|whether|nicht|kein\w*|can|cannot|may|might|nichts|unless)\b", re.I
)
_PLANS = (
    r"recommend|empfehl|to do|should do|next|nächst|brief|auftrag|reach|speak|win them|erreichen|fix|task|aufgabe|aim|"
    r"action|did|maßnahme|plan|articulate|vorgehen"
)
_TELLS_NPS = (
    r"NPS|score|against|result|ergebnis|came of|apart|numbers|figures|analy|befund|findings|unterscheiden|they are$"
)


def direction_reversed(text: Text, draw: random.Random) -> Spoilt:
    """Up is down, where a tested figure stands beside the word."""
    del draw
    found = pieces(text.text)
    for at, piece in enumerate(found):
        if re.search(_PLANS, piece.title, re.I) and piece.title != "Plan":
            continue
        for match in prose(piece.body):
            for word, opposite in _OPPOSITES:
                at_word = re.search(rf"\b{word}\b", match[0])
                place = at_word.start() if at_word else -1
                tested = re.search(r"\d+[.,]\d+ (?:points|Punkte)|by (?:about )?\d|(?:um|by) \d", match[0])
                if place >= 0 and tested and not _HEDGES.search(match[0]) and word not in ("fell", "more than"):
                    start = match.start() + place
                    body = replace(piece.body, start, start + len(word), opposite)
                    yield join([*found[:at], type(piece)("", 0, piece.head, body), *found[at + 1 :]])
                    break


def certainty_invented(text: Text, draw: random.Random) -> Spoilt:
    """What chance could have done is told as a change."""
    del draw
    for old, new in (
        ("did not clearly change:", "clearly rose:"),
        ("no clear change:", "a clear rise:"),
        ("No clear change: NPS went", "NPS clearly fell"),
        ("shows no clear effect:", "clearly rose:"),
        ("so no clear difference", "so it is clearly lower"),
        ("kein klarer Verlauf,", "er ist klar gestiegen,"),
        ("no clear trend:", "it is rising:"),
        ("Steady:", "Clearly up by"),
        ("The other customers do not clearly differ:", "This is higher than for the other customers:"),
        ("hat sich nichts klar bewegt:", "ist der NPS gefallen:"),
        ("Insgesamt hat sich nichts klar verändert:", "Insgesamt ist der NPS gefallen:"),
    ):
        if old in text.text:
            yield text.text.replace(old, new, 1)


def number_changed(text: Text, draw: random.Random) -> Spoilt:
    """One digit is another."""
    known = known_figures(text)
    places = [m for m in FIGURE.finditer(text.text) if len(digits(m[0])) >= 2 and re.search(r"[.,]\d|\d{3}", m[0])]
    quotes = [m.span() for m in re.finditer(r"[\"„][^\"“”]*[\"“”]|[Rr]ow \d+|Zeile \d+|\b20\d\d\b", text.text)]
    for match in draw.sample(places, min(8, len(places))):
        if any(a <= match.start() < b for a, b in quotes):
            continue
        at = draw.choice([place for place, sign in enumerate(match[0]) if sign.isdigit()])
        figure = match[0][:at] + str((int(match[0][at]) + draw.randint(2, 7)) % 10) + match[0][at + 1 :]
        if digits(figure) not in known and digits(figure):
            yield replace(text.text, *match.span(), figure)


def sign_changed(text: Text, draw: random.Random) -> Spoilt:
    """Plus is minus."""
    places = list(re.finditer(r"(?<![\w-])[+-](?=\d)", text.text))
    for match in draw.sample(places, min(4, len(places))):
        figure = FIGURE.match(text.text, match.start())
        twin = ("-" if match[0] == "+" else "+") + (figure[0][1:] if figure else "")
        values = [v for f in told_facts(text) for v in (f.value, f.low, f.high) if isinstance(v, int | float)]
        if float(twin.replace(",", ".")) not in {round(float(v), 1) for v in values}:
            yield replace(text.text, *match.span(), twin[0])


def number_invented(text: Text, draw: random.Random) -> Spoilt:
    """A figure that nobody computed."""
    english = [
        "Another 37.3% said they would come back.",
        "This costs us about 127,400 a year.",
        "Retention stands at 81.6%.",
    ]
    english += ["The industry average is +43.7.", "A further 1,913 customers agree.", "That is worth 19.9 points."]
    deutsch = [
        "Weitere 37,3 % würden wiederkommen.",
        "Das kostet uns etwa 127.400 im Jahr.",
        "Der Branchenschnitt ist +43,7.",
    ]
    for sentence in deutsch if german(text) else english:
        yield from after_a_sentence(text.text, sentence, draw)


def cause_inserted(text: Text, draw: random.Random) -> Spoilt:
    """Something is made the cause that nobody tested."""
    english = [
        "This is because of the weather.",
        "The low score is due to poor training.",
        "The new website led to a higher NPS.",
        "Staff shortages caused the fall in NPS.",
        "NPS is driven by the price list.",
        "The gap is a result of poor advice.",
        "Thanks to the newsletter the score holds up.",
        "A weak brand is responsible for the detractors.",
        "Friendly staff made NPS what it is.",
        "The score suffers owing to the old building.",
        "The campaign boosted the NPS.",
        "The reason for the low score is bad coffee.",
        "Poor signage explains the difference in NPS.",
    ]
    deutsch = [
        "Der Wert ist wegen des Wetters niedriger.",
        "Die neue Webseite führte zu einem höheren NPS.",
        "Schlechte Schulung hat den Rückgang verursacht.",
        "Der NPS ist dank des Rundbriefs gestiegen.",
    ]
    found = pieces(text.text)
    for sentence in deutsch if german(text) else english:
        places = [
            at for at, piece in enumerate(found) if prose(piece.body) and not re.search(_PLANS, piece.title, re.I)
        ]
        if places:
            at = draw.choice(places)
            for body in after_a_sentence(found[at].body, sentence, draw):
                yield join([*found[:at], type(found[at])("", 0, found[at].head, body), *found[at + 1 :]])


_INTERVAL = re.compile(
    r",? \(?(?:95% interval |95-%-Intervall )?\[[^\]]*\d\](?:, )?|"
    r",? ?\(?(?:between|zwischen|95% interval) [+-]?\d[\d.,]* (?:and|und|to) [+-]?\d[\d.,]*\d(?:, )?\)?"
)


def interval_dropped(text: Text, draw: random.Random) -> Spoilt:
    """No interval is left in the section that told the NPS, or anywhere in an answer."""
    del draw
    if text.form in ("answer", "executive"):
        yield _INTERVAL.sub(" (", text.text).replace(" ( (", " (").replace("(n =", "n =").replace("()", "")
    if text.form in ("segment", "4a", "star", "persona"):
        for at, piece in enumerate(found := pieces(text.text)):
            told = re.search(_TELLS_NPS, piece.title, re.I)
            if told and _INTERVAL.search(piece.body):
                body = _INTERVAL.sub("", piece.body)
                yield join([*found[:at], type(piece)("", 0, piece.head, body), *found[at + 1 :]])


def base_dropped(text: Text, draw: random.Random) -> Spoilt:
    """Nobody can see how many answers a figure rests on."""
    del draw
    if text.form in ("executive", "answer", "persona"):
        gone = re.sub(r",? ?\(?n = [\d.,]*\d", "", text.text)
        if gone != text.text and not re.search(r"\d (?:responses|answers|customers|guests|Antworten)", gone):
            yield gone


def segments_swapped(text: Text, draw: random.Random) -> Spoilt:
    """The figures of two segments have changed places."""
    del draw
    levels = [
        fact for fact in told_facts(text) if fact.name == "nps" and len(fact.where) == 1 and "period" not in fact.where
    ]
    for one in levels:
        for other in levels:
            a, b = (_as_told(text, fact.value) for fact in (one, other))
            same = list(one.where) == list(other.where) and one.id < other.id
            if same and text.text.count(a) == 1 and text.text.count(b) == 1:
                yield text.text.replace(a, "\0").replace(b, a).replace("\0", b)


def _as_told(text: Text, value: float | int | str | None) -> str:
    told = f"{value:+.1f}"
    return told.replace(".", ",") if german(text) else told


def quotation_changed(text: Text, draw: random.Random) -> Spoilt:
    """A customer is quoted with words that nobody wrote."""
    for match in re.finditer(r"[\"„]([^\"“”\n]{15,})[\"“”]", text.text):
        words = match[1].split()
        at = draw.randrange(len(words))
        yield replace(text.text, *match.span(1), " ".join([*words[:at], "absolutely wonderful", *words[at + 1 :]]))
        yield replace(text.text, *match.span(1), "They never listen and I will tell all my friends.")


_TRAITS = {
    "en": [
        "They are 34 years old on average, mostly 34-year-olds.",
        "Most are in their thirties.",
        "She loves hiking and good coffee.",
        "They live in the suburbs.",
        "Most are married with two kids.",
        "He earns well and votes conservative.",
        "They are tech-savvy early adopters.",
        "Many are young adults with a university degree.",
        "Her husband does the cooking.",
        "They enjoy travelling and yoga at weekends.",
        "They are ambitious and impatient.",
        "Most are women.",
        "They own a dog and like gardening.",
    ],
    "de": [
        "Die meisten sind Rentner.",
        "Sie lebt in München.",
        "Er ist verheiratet und hat zwei Kinder.",
        "Sie liebt Wandern und Kaffee.",
        "Die meisten sind Frauen.",
    ],
}


def attribute_invented(text: Text, draw: random.Random) -> Spoilt:
    """A persona with a trait that is not in the data."""
    if text.form != "persona":
        return
    found = pieces(text.text)
    places = [
        at for at, piece in enumerate(found) if prose(piece.body) and not re.search("fairness", piece.title, re.I)
    ]
    for trait in _TRAITS["de" if german(text) else "en"]:
        at = draw.choice(places)
        for body in after_a_sentence(found[at].body, trait, draw):
            yield join([*found[:at], type(found[at])("", 0, found[at].head, body), *found[at + 1 :]])


def biography(text: Text, draw: random.Random) -> Spoilt:
    """A persona with the name of a person."""
    if text.form != "persona":
        return
    first, _, rest = text.text.partition("\n")
    mark = first.split(" ")[0] + " " if first.startswith("#") else ""
    for name in ("Anna", "Thomas", "Priya", "Kevin", "Sabine"):
        yield f"{mark}{name}, {'die Kassenwartin' if german(text) else 'the regular'}\n{rest}"
        told = draw.choice([f"Meet {name}, 41.", f"This is {name}.", f"{name} is typical of them."])
        yield from after_a_sentence(text.text, told, draw)


TRUTH = {
    function.__name__.replace("_", " "): function
    for function in (
        direction_reversed,
        certainty_invented,
        number_changed,
        sign_changed,
        number_invented,
        cause_inserted,
        interval_dropped,
        base_dropped,
        segments_swapped,
        quotation_changed,
        attribute_invented,
        biography,
    )
}
