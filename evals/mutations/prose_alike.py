"""Changes that leave a good text good: other headings, other order, other rounding, other marks."""

from __future__ import annotations

import random
import re

from evals.mutations.prose_pieces import Piece, Spoilt, german, join, pieces, prose, sections
from evals.prose.texts import Text

_OTHER_TITLES = {
    "what moved it": ["What is behind the change", "What pushed the figure", "Was dahinter steckt"],
    "recommendations": ["Next steps", "What to do", "We recommend", "Empfehlungen"],
    "what we do not know": ["Open questions", "Limits", "What the data cannot say", "Was wir nicht wissen"],
    "acknowledge": ["What the average hides", "Behind the average", "Was der Durchschnitt verbirgt"],
    "articulate": ["The plan of cuts", "How we looked at it", "Vorgehen"],
    "analyze": ["Analysis", "Findings", "What we found", "Befunde"],
    "recommend": ["Recommendations", "What to do", "Empfehlungen"],
    "situation": ["Where we stood", "Background", "Ausgangslage"],
    "task": ["The goal", "What was to be done", "Aufgabe"],
    "action": ["What we did", "The change", "Maßnahme"],
    "result": ["Outcome", "What came of it", "Ergebnis"],
    "what sets them apart": ["In numbers", "How they differ", "Was sie unterscheidet"],
    "praise and complaints": ["What they say", "In their own words", "Lob und Kritik"],
    "how to reach them": ["How to speak to them", "Reaching them", "Ansprache"],
    "creative brief": ["The brief", "Briefing", "Kreativer Auftrag"],
    "what came in": ["What we got", "Rows read", "Was ankam"],
    "what was dropped and why": ["Left out", "Cleaning", "Was wegfiel"],
    "coverage": ["Who is covered", "Gaps", "Abdeckung"],
    "response bias": ["Who did not answer", "Non-response", "Verzerrung"],
    "what to fix first": ["First repairs", "What to mend first", "Was zuerst zu tun ist"],
    "size": ["How many", "Größe"],
    "trend": ["Over time", "Development", "Verlauf"],
    "drivers": ["Themes", "What matters", "Treiber"],
    "risk": ["What could go wrong", "Risiko"],
    "next step": ["What to do", "Nächster Schritt"],
}


def other_titles(text: Text, draw: random.Random) -> Spoilt:
    """Headings by another name, German ones among them."""
    del draw
    found = pieces(text.text)
    for at in sections(text):
        for other in _OTHER_TITLES.get(re.sub(r"^[A-Z]?\d\. ", "", found[at].title).split(":")[0].lower(), []):
            head = found[at].head.replace(found[at].title, other)
            if head.count("\n") == 2:
                head = f"{other}\n{'-' * len(other)}\n"
            yield join([*found[:at], Piece("", 0, head, found[at].body), *found[at + 1 :]])


def other_headings(text: Text, draw: random.Random) -> Spoilt:
    """Headings in another style."""
    del draw
    found = pieces(text.text)
    own = sections(text)
    if text.form in ("4a", "star", "quality", "persona", "executive") and own:
        for style in ("## {}\n\n", "### {}\n\n", "**{}**\n\n", "{}:\n\n", "## 1. {}\n\n", "{}\n------\n\n"):
            if any(found[at].level == 3 for at in range(len(found)) if at not in own) and style != "## {}\n\n":
                continue  # subsections would rise above their section
            told = [
                Piece("", 0, style.format(re.sub(r"^[A-Z]?\d\. ", "", piece.title)), piece.body.lstrip())
                if at in own and (at != own[0] or text.form != "executive")
                else piece
                for at, piece in enumerate(found)
            ]
            yield join(
                [
                    piece if piece.whole.endswith("\n\n") else Piece("", 0, piece.head, piece.body.rstrip() + "\n\n")
                    for piece in told
                ]
            ).strip()


def other_order(text: Text, draw: random.Random) -> Spoilt:
    """The sentences of a section in another order."""
    found = pieces(text.text)
    for at in sections(text)[1:]:
        piece = found[at]
        told = prose(piece.body)
        if (
            len(told) >= 2
            and not re.search(r"^\s*(?:[-*>|]|\d\.)", piece.body, re.M)
            and "\n\n" not in piece.body.strip()
        ):
            words = [match[0].strip() for match in told]
            if " ".join(words) == " ".join(piece.body.split()) and not any(
                re.match(r"That|This|It |Das|They|Both|Of that", word) for word in words
            ):
                mixed = words[1:] + words[:1] if len(words) == 2 else draw.sample(words, len(words))
                yield join(
                    [
                        *found[:at],
                        Piece(
                            "",
                            0,
                            piece.head,
                            f" {' '.join(mixed)}\n\n" if not piece.level else f"\n{' '.join(mixed)}\n\n",
                        ),
                        *found[at + 1 :],
                    ]
                )


def other_marks(text: Text, draw: random.Random) -> Spoilt:
    """Other list marks, minus signs, quotation marks; no emphasis."""
    del draw
    yield re.sub(r"^- (?!\*\*)", "* ", text.text, flags=re.M)
    yield re.sub(r"^(\d)\. ", r"\1) ", text.text, flags=re.M)
    yield re.sub(r"(?<![\w-])-(?=\d)", "−", text.text)
    yield re.sub(r'"([^"\n]+)"', "“\\1”", text.text)
    if text.form in ("answer", "executive-answer"):
        yield text.text.replace("**", "")
    yield text.text.replace("95% interval", "95 % interval")


def list_to_sentences(text: Text, draw: random.Random) -> Spoilt:
    """A list as running text, or running text as a list."""
    del draw
    found = pieces(text.text)
    for at in sections(text)[1:]:
        piece = found[at]
        counted = re.search(r"recommend|empfehl|to do|should do|schritte", piece.title, re.I)
        if re.match(r"\s*(?:- |\d\. )", piece.body) and not counted and "\n  " not in piece.body:
            body = " ".join(re.sub(r"^(?:- |\d\. )", "", line) for line in piece.body.splitlines() if line.strip())
            yield join([*found[:at], Piece("", 0, piece.head, f"\n{body}\n\n"), *found[at + 1 :]])
            continue
        told = [match[0].strip() for match in prose(piece.body)]
        marked = "|" in piece.body or re.search(r"^[-\d>]", piece.body, re.M)
        if (
            len(told) >= 2
            and piece.level
            and not marked
            and not counted
            and " ".join(told) == " ".join(piece.body.split())
        ):
            listed = "\n".join(f"- {one}" for one in told)
            yield join([*found[:at], Piece("", 0, piece.head, f"\n{listed}\n\n"), *found[at + 1 :]])


def other_rounding(text: Text, draw: random.Random) -> Spoilt:
    """Whole points."""
    del draw
    if text.form not in ("4a",):

        def whole(match: re.Match[str]) -> str:
            value = float(match[2].replace(",", "."))
            return (
                f"{match[1]}{int(value)}"
                if abs(value - round(value)) < 0.31 and int(value) == round(value) and value >= 1
                else match[0]
            )

        yield re.sub(r"(?<![\w.,])([+-]?)(\d+[.,]\d)(?![\d\w]|[.,]\d)(?! ?(?:pp|%)|\))", whole, text.text)


def other_intervals(text: Text, draw: random.Random) -> Spoilt:
    """Intervals written in another way."""
    del draw
    if not german(text):
        yield re.sub(r"95% interval \[([^\],]+), ([^\]]+)\]", r"between \1 and \2", text.text)
        yield re.sub(r"95% interval \[([^\],]+), ([^\]]+)\]", r"95% interval \1 to \2", text.text)
        yield re.sub(r"\(between ([+-]?[\d.]+) and ([+-]?[\d.]+)\)", r"[\1, \2]", text.text)


def other_words(text: Text, draw: random.Random) -> Spoilt:
    """Other words for the same direction."""
    del draw
    for old, new in (
        ("fell by", "dropped by"),
        ("rose by", "climbed by"),
        ("fell by", "went down by"),
        ("rose by", "is up by"),
        ("points below", "points lower than"),
        ("points above", "points higher than"),
        ("Punkte unter", "Punkte tiefer als"),
        ("answers", "responses"),
        ("stieg der NPS", "legte der NPS zu"),
    ):
        if old in text.text:
            yield text.text.replace(old, new)


def left_out_with_reason(text: Text, draw: random.Random) -> Spoilt:
    """A section that the data cannot carry, with the line that says why."""
    del draw
    found = pieces(text.text)
    for at in sections(text):
        if text.form == "segment" and re.search(r"say|trend|drivers|themes", found[at].title, re.I):
            body = " Left out, because there are no comments or dates in the data.\n"
            yield join([*found[:at], Piece("", 0, found[at].head, body), *found[at + 1 :]])


ALIKE = {
    function.__name__.replace("_", " "): function
    for function in (
        other_titles,
        other_headings,
        other_order,
        other_marks,
        list_to_sentences,
        other_rounding,
        other_intervals,
        other_words,
        left_out_with_reason,
    )
}
