"""Corruptions of figures: each makes a right figure of a text or a table wrong."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

from evals.mutations.corpus import Subject, cell, spell
from evals.mutations.places import Mutant, Place, gold_columns, known_values, like, places, replaced, with_rows


def figures_wrong(subject: Subject, draw: random.Random) -> Iterator[Mutant]:
    """All of them."""
    found = places(subject)
    for place in found:
        yield from _digit(subject, place, draw)
        yield from _sign(subject, place)
        yield from _factor(subject, place)
        yield from _count(subject, place, draw)
        yield from _share(subject, place)
        yield from _unit(subject, place)
        yield from _other_figure(subject, place)
        yield from _end_of_interval(subject, place)
        yield from _whole(subject, place)
    yield from _too_coarse(subject, found)
    yield from _n(subject, draw)
    yield from _invented(subject, draw)
    yield from _cells(subject, draw)


def _digit(subject: Subject, place: Place, draw: random.Random) -> Iterator[Mutant]:
    if place.measure == "count":
        return
    step = (0.001 if place.measure == "share" else 0.1) * draw.choice([-4, -3, -2, 2, 3, 4])
    yield _put(subject, place, place.value + step, "digit changed")


def _put(subject: Subject, place: Place, value: float, kind: str) -> Mutant:
    said = like(place, value)
    return Mutant(kind, replaced(subject, place.start, place.end, said), f"{place.said} → {said}")


def _sign(subject: Subject, place: Place) -> Iterator[Mutant]:
    if place.measure == "points" and abs(place.value) >= 0.2 and not _tells_way(subject, place):
        yield _put(subject, place, -place.value, "sign changed")


def _tells_way(subject: Subject, place: Place) -> bool:
    """ "7.4 points lower": the sign is in the words."""
    return bool(re.match(r"\W*points? (?:higher|lower|above|below)", subject.answer.text[place.end :]))


def _factor(subject: Subject, place: Place) -> Iterator[Mutant]:
    for factor in (10.0, 0.5):
        value = place.value * factor
        if abs(value - place.value) > 1 or (place.measure == "share" and abs(value - place.value) > 0.01):
            yield _put(subject, place, round(value) if place.measure == "count" else value, "multiplied")


def _count(subject: Subject, place: Place, draw: random.Random) -> Iterator[Mutant]:
    if place.measure == "count":
        value = place.value + draw.choice([-9, -3, -1, 1, 2, 10])
        if value >= 0 and round(value, 1) not in known_values(subject):
            yield _put(subject, place, value, "count changed")


def _share(subject: Subject, place: Place) -> Iterator[Mutant]:
    if place.measure == "share" and abs(place.value - 0.5) > 0.01:
        yield _put(subject, place, 1 - place.value, "share of the others")
        yield _put(subject, place, place.value / 100, "share divided again")


def _unit(subject: Subject, place: Place) -> Iterator[Mutant]:
    if place.measure == "points":
        rest = re.match(r"\s*(?:points?|Punkten?|puntos)", subject.answer.text[place.end :])
        end = place.end + (rest.end() if rest else 0)
        yield Mutant(
            "points as percent", replaced(subject, place.start, end, f"{place.said}%"), f"{place.said} → {place.said}%"
        )


def _other_figure(subject: Subject, place: Place) -> Iterator[Mutant]:
    """The right kind of figure, of another cell."""
    kind = {"points": "points", "share": "share", "count": "responses"}.get(place.measure)
    same_row = [cell(subject.gold.rows[place.row][name]) for name in subject.gold.values]
    for fact in subject.answer.facts:
        value = cell(fact.value)
        named = {str(subject.gold.rows[place.row][column]) for column in subject.gold.key}
        if (
            fact.unit != kind
            or value is None
            or named & set(fact.where.values())
            or not fact.where
            or value in same_row
        ):
            continue
        if (
            "against" in fact.where
            or "rest" in fact.where.values()
            or any(value_of in subject.case.ask for value_of in fact.where.values())
        ):
            continue
        if subject.gold.key and not fact.name.startswith(("nps", "promoter_share", "promoters", "detractor")):
            continue
        if like(place, value) != place.said and abs(value - place.value) > (0.002 if place.measure == "share" else 0.2):
            yield _put(subject, place, value, "another cell's figure")
            return


def _end_of_interval(subject: Subject, place: Place) -> Iterator[Mutant]:
    if place.measure not in ("points", "share"):
        return
    for fact in subject.answer.facts:
        value = cell(fact.value)
        if (
            value is not None
            and abs(value - place.value) < 1e-6
            and fact.low is not None
            and abs(fact.low - place.value) > 0.2
        ):
            if not re.search(
                r"between|from|interval|confidence|intervalo|Intervall",
                subject.answer.text[max(0, place.start - 40) : place.start],
            ):
                yield _put(subject, place, fact.low, "end of the interval as the figure")
            return


def _whole(subject: Subject, place: Place) -> Iterator[Mutant]:
    """The figure of the whole for a segment."""
    if not subject.gold.key or place.measure != "points":
        return
    for fact in subject.answer.facts:
        value = cell(fact.value)
        if fact.name == "nps" and not fact.where and value is not None and abs(value - place.value) > 0.2:
            yield _put(subject, place, value, "the whole's figure for a segment")
            return


def _too_coarse(subject: Subject, found: list[Place]) -> Iterator[Mutant]:
    """Whole points, where the text is all there is to see."""
    if "rounding" in subject.case.ignore or subject.answer.tables:
        return
    text = subject.answer.text
    coarse = [place for place in found if place.measure == "points" and abs(place.value - round(place.value)) > 0.1]
    for place in reversed(coarse):
        said = re.sub(r"[.,]\d+$", "", like(place, float(round(place.value))))
        text = text[: place.start] + said + text[place.end :]
    if coarse:
        yield Mutant("rounded to whole points", subject.answer.model_copy(update={"text": text}), coarse[0].said)


def _n(subject: Subject, draw: random.Random) -> Iterator[Mutant]:
    known = known_values(subject)
    for match in re.finditer(r"\bn = (\d[\d,.]*\d|\d)", subject.answer.text):
        size = int(re.sub(r"[.,]", "", match.group(1)))
        other = size + draw.choice([-20, -7, -2, 3, 11, 40])
        if other > 0 and float(other) not in known:
            said = spell(other, "count", subject.language)
            yield Mutant("n changed", replaced(subject, *match.span(1), said), f"{match.group(1)} → {said}")


INVENTED = {
    "en": [
        "The response rate was {share}.",
        "That is {points} points above the industry average.",
        "A further {count} customers were asked but did not answer.",
        "In the previous survey the NPS stood at {points}.",
    ],
    "de": [
        "Die Rücklaufquote lag bei {share}.",
        "Das sind {points} Punkte mehr als in der Branche üblich.",
        "Weitere {count} Kunden haben nicht geantwortet.",
    ],
    "es": [
        "La tasa de respuesta fue del {share}.",
        "Son {points} puntos más que la media del sector.",
        "Otros {count} clientes no respondieron.",
    ],
}
"""Sentences with a number that nobody computed."""


def _invented(subject: Subject, draw: random.Random) -> Iterator[Mutant]:
    known = known_values(subject)
    for sentence in INVENTED[subject.language]:
        points, share, count = (
            _unknown(known, draw, low, high, whole)
            for low, high, whole in ((11, 79, False), (12, 88, False), (120, 980, True))
        )
        told = sentence.format(
            share=spell(share / 100, "share", subject.language),
            points=spell(points, "points", subject.language),
            count=spell(count, "count", subject.language),
        )
        yield Mutant(
            "number invented", subject.answer.model_copy(update={"text": f"{subject.answer.text}\n\n{told}"}), told
        )


def _unknown(known: set[float], draw: random.Random, low: int, high: int, whole: bool) -> float:
    while True:
        value = float(draw.randint(low, high)) if whole else round(draw.uniform(low, high), 1)
        if all(abs(value - other) > 0.25 for other in known) and (whole or value != round(value)):
            return value


def _cells(subject: Subject, draw: random.Random) -> Iterator[Mutant]:
    """Figures of the tables under the text."""
    for number, table in enumerate(subject.answer.tables):
        for column, name, rows in gold_columns(subject, table):
            row, gold = draw.choice(rows)
            value = cell(subject.gold.rows[gold][name])
            if value is None:
                continue
            for kind, wrong in _wrong_cells(value, subject.gold.values[name]):
                changed = [
                    [wrong if (at, place) == (row, column) else one for place, one in enumerate(line)]
                    for at, line in enumerate(table.rows)
                ]
                yield Mutant(
                    f"table: {kind}", with_rows(subject, number, changed), f"{table.rows[row][column]} → {wrong}"
                )


def _wrong_cells(value: float, measure: str) -> Iterator[tuple[str, float]]:
    if measure == "count":
        yield "count changed", int(value) + 7
        return
    yield "digit changed", value + (0.004 if measure == "share" else 0.4)
    if measure == "points" and abs(value) > 0.2:
        yield "sign changed", -value
