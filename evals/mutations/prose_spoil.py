"""Spoiling a good text's form: what is missing, empty, in the wrong place, unfilled, too long, said twice."""

from __future__ import annotations

import random
import re

from evals.mutations.prose_pieces import (
    FIGURE,
    Piece,
    Spoilt,
    after_a_sentence,
    german,
    join,
    pieces,
    prose,
    replace,
    sections,
    unmarked,
)
from evals.prose.texts import Text

REPORTS = ("executive", "segment", "4a", "star", "persona", "quality")
_UNKNOWN = r"not know|open questions|limits|nicht wissen|data (?:cannot|do)"


def section_dropped(text: Text, draw: random.Random) -> Spoilt:
    """A section is gone without a word."""
    del draw
    for at in sections(text, needed=True):
        found = pieces(text.text)
        if text.form in REPORTS and not re.search(_UNKNOWN, found[at].title, re.I):
            yield join([piece for place, piece in enumerate(found) if place != at])


def limits_dropped(text: Text, draw: random.Random) -> Spoilt:
    """What is not known is not told."""
    del draw
    found = pieces(text.text)
    for at in sections(text):
        if text.form in ("executive", "persona") and re.search(_UNKNOWN, found[at].title, re.I):
            yield join([piece for place, piece in enumerate(found) if place != at])


def order_swapped(text: Text, draw: random.Random) -> Spoilt:
    """Two sections have changed places."""
    found, places = pieces(text.text), sections(text)
    if text.form in ("executive", "4a", "star", "persona", "quality"):
        places = [at for at in places if not re.search("fairness", found[at].title, re.I)]
        one, other = sorted(draw.sample(places, 2))
        changed = list(found)
        changed[one], changed[other] = found[other], found[one]
        yield join(changed)


def section_emptied(text: Text, draw: random.Random) -> Spoilt:
    """A heading with nothing, or only a dash, under it."""
    found = pieces(text.text)
    for at in sections(text):
        body = (
            draw.choice(["\n\n", " –\n\n", "\n-\n\n"])
            if not found[at].level
            else draw.choice(["\n", "\n–\n\n", "\n-\n\n"])
        )
        if text.form in REPORTS:
            yield join([*found[:at], Piece("", 0, found[at].head, body), *found[at + 1 :]])


def evidence_removed(text: Text, draw: random.Random) -> Spoilt:
    """A recommendation has lost its evidence."""
    del draw
    for match in re.finditer(r"(?:Evidence|Belege): (?:F\d+(?:, | and |\.)? ?)+", text.text):
        rest = text.text[match.end() :]
        end = re.search(r"\n\s*(?:\d\.|###|- )|$", rest)
        own = re.sub(r" ?\(F\d+(?:, F\d+)*\)", "", rest[: end.start() if end else None])
        yield text.text[: match.start()] + own + rest[len(rest) if end is None else end.start() :]


def _line_removed(text: Text, label: str) -> Spoilt:
    for match in re.finditer(rf"(?:\n[ ]+)?(?:{label}): [^\n]*?(?:(?<=[a-z0-9\])])\. ?(?=[A-Z])|(?=\n|$))", text.text):
        if text.form == "4a":
            yield replace(text.text, *match.span(), "")


def test_removed(text: Text, draw: random.Random) -> Spoilt:
    """A recommendation says nothing of how it would be tested."""
    del draw
    yield from _line_removed(text, "Test")


def owner_removed(text: Text, draw: random.Random) -> Spoilt:
    """A recommendation is nobody's."""
    del draw
    yield from _line_removed(text, "Owner|Zuständig")


def risk_removed(text: Text, draw: random.Random) -> Spoilt:
    """A recommendation has no risk."""
    del draw
    yield from _line_removed(text, "Risk|Risiko")


def expectation_blurred(text: Text, draw: random.Random) -> Spoilt:
    """A recommendation promises without a figure."""
    del draw
    for match in re.finditer(r"(?:Expected|Erwartet): [^\n]*?(?=\.? (?:Test):|\n|$)", text.text):
        if text.form == "4a":
            yield replace(text.text, *match.span(), "Erwartet: viel" if german(text) else "Expected: a good deal")


def count_wrong(text: Text, draw: random.Random) -> Spoilt:
    """An executive summary with two recommendations, or with five."""
    if text.form != "executive":
        return
    found = pieces(text.text)
    at = [
        at for at in sections(text) if re.search(r"recommend|empfehl|to do|should do|schritte", found[at].title, re.I)
    ][-1]
    lines = [line for line in found[at].body.splitlines() if re.match(r"\d\.|-", line)]
    gone = draw.choice(lines)
    yield join([*found[:at], Piece("", 0, found[at].head, found[at].body.replace(gone + "\n", "")), *found[at + 1 :]])
    more = "\n".join([*lines, "- Train the staff in every branch.", "- Write a newsletter about it."])
    yield join([*found[:at], Piece("", 0, found[at].head, f"\n{more}\n\n"), *found[at + 1 :]])


def slot_left(text: Text, draw: random.Random) -> Spoilt:
    """A place was never filled."""
    for slot in ("{{ F7 }}", "[insert figure]", "TBD", "XX", "{nps}", "<segment_name>", "{% if fact %}", "____"):
        match = draw.choice(list(FIGURE.finditer(text.text)))
        yield replace(text.text, *match.span(), slot)


def none_left(text: Text, draw: random.Random) -> Spoilt:
    """A value of a program stands where a figure belongs."""
    for value in ("None", "nan", "NaN", "undefined", "NULL", "NaT"):
        match = draw.choice(list(FIGURE.finditer(text.text)))
        yield replace(text.text, *match.span(), value)


def jargon_inserted(text: Text, draw: random.Random) -> Spoilt:
    """Names from inside the program."""
    for name in ("nps_difference", "find_outliers", "decompose_change", "mix_effect", "theme_share", "p_value_holm"):
        yield from after_a_sentence(text.text, draw.choice([f"See {name}.", f"This is {name} of the run."]), draw)


def statistics_inserted(text: Text, draw: random.Random) -> Spoilt:
    """Terms of statistics for readers who need none."""
    if text.form in ("executive", "executive-answer"):
        for term in ("The p-value is small.", "This is statistically significant.", "Tested with Holm's adjustment."):
            yield from after_a_sentence(text.text, term, draw)


def id_left(text: Text, draw: random.Random) -> Spoilt:
    """The id of a fact stands in the text; in a 4A report, the id of a fact that is not there."""
    match = draw.choice(prose(text.text) or [re.search(r"$", text.text)])
    if match is not None:
        yield replace(
            text.text, match.end(), match.end(), " (F97)" if text.form == "4a" else draw.choice([" (F2)", " See F1."])
        )


_PADDING = (
    "It helps to talk about this in the team and to keep it in view. ",
    "Many small steps often matter as much as a single large one. ",
    "Whoever reads this may want to share it with their own people. ",
    "A customer who is heard is more likely to say what is wrong. ",
    "The survey is one of several ways to listen, and a good one. ",
)


def too_long(text: Text, draw: random.Random) -> Spoilt:
    """Padded far beyond the length of its form; no sentence comes twice."""
    most = {"answer": 280, "executive-answer": 150, "executive": 350, "star": 600}.get(text.form, 900)
    padding, number = "", 0
    while len(text.text.split()) + len(padding.split()) < most + 60:
        padding += (
            draw.choice(_PADDING)
            .replace("It", "This")
            .replace(". ", f" as team {chr(65 + number % 26)}{chr(65 + number // 26)} knows. ")
        )
        number += 1
    found = prose(text.text)
    if found:
        yield replace(text.text, found[-1].end(), found[-1].end(), " " + padding)


def doubled(text: Text, draw: random.Random) -> Spoilt:
    """A sentence stands there twice."""
    found = prose(text.text)
    for match in draw.sample(found, min(3, len(found))):
        if len(unmarked(match[0]).split()) >= 5:
            yield replace(text.text, match.end(), match.end(), " " + unmarked(match[0]))


def heavy(text: Text, draw: random.Random) -> Spoilt:
    """Written so that nobody finishes it."""
    del draw
    tangle = (
        "Notwithstanding organisational heterogeneity, multidimensional considerations regarding customer-centricity "
        "necessitate comprehensive operationalisation of interdepartmental accountability, whereby, irrespective of "
        "methodological particularities, the institutionalisation of continuous optimisation constitutes an "
        "indispensable prerequisite for sustainable differentiation, particularly considering the accelerating "
        "commoditisation of comparable propositions throughout adjacent competitive environments"
    )
    if not german(text) and text.form in ("answer", "executive-answer", "star"):
        found = prose(text.text)
        at = found[-1].end() if found else len(text.text)
        yield replace(text.text, at, at, f" {tangle}; {tangle.replace('Notwithstanding', 'Considering')}.")


def preamble(text: Text, draw: random.Random) -> Spoilt:
    """The finding comes after a preamble."""
    if text.form in ("answer", "executive-answer"):
        opening = [
            "Based on the data provided, here is what I found.",
            "Sure! Let me look at that for you.",
            "Great question.",
        ]
        opening += ["In this analysis we look at the survey.", "Thank you for asking.", "I have analysed your survey."]
        for words in (
            opening if not german(text) else ["Gerne.", "Im Folgenden sehen Sie die Werte.", "Hier ist die Antwort."]
        ):
            yield f"{words} {text.text}"
        del draw


def heading_needless(text: Text, draw: random.Random) -> Spoilt:
    """A short answer with headings."""
    if text.form in ("answer", "executive-answer") and len(text.text.split()) < 100:
        first, _, rest = text.text.partition("\n\n")
        yield f"{draw.choice(['# Answer', '## Summary', '### NPS'])}\n\n{first}\n\n{rest}"
        yield f"{first}\n\n## Details\n\n{rest or 'That is all there is to say about it.'}"


FORM = {
    function.__name__.replace("_", " "): function
    for function in (
        section_dropped,
        limits_dropped,
        order_swapped,
        section_emptied,
        evidence_removed,
        test_removed,
        owner_removed,
        risk_removed,
        expectation_blurred,
        count_wrong,
        slot_left,
        none_left,
        jargon_inserted,
        statistics_inserted,
        id_left,
        too_long,
        doubled,
        heavy,
        preamble,
        heading_needless,
    )
}
