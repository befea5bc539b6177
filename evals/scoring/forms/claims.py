"""Direction words against the signs of facts, and causal words against the facts of causal tools, clause by clause."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from evals.codes import Failure
from evals.scoring.forms.facts import (
    Figure,
    figures,
    is_causal,
    is_change,
    is_decided,
    is_end,
    is_value,
    names_in,
    shown_by,
)
from evals.scoring.forms.rules import rules
from evals.scoring.forms.text import Sentence
from tools.result import Fact

_UP, _DOWN = rules().words_of("up"), rules().words_of("down")
_TOP, _BOTTOM = rules().words_of("top"), rules().words_of("bottom")
_NOT_A_DIRECTION = rules().words_of("no_direction", closed=False)
_OTHERS = rules().words_of("others")
_HEDGED = rules().words_of("hedged")
_ASKS = re.compile(r"n['’]t\b|\?$", re.I)
"""Denials in short form, and questions."""
_WHOLLY_HEDGED = re.compile(r"\b(?:if|whether|ob|wenn|would|würden?|chance|Zufall)\b|\?$", re.I)
"""One of these takes the certainty from every clause of a sentence."""
_CLAUSE = re.compile(
    r"(?:;|:(?!\s?[+\-−]?\d))\s|,\s(?=while|whereas|but|and|yet|während|aber|und|wobei)|"
    r"\s(?:while|whereas|but|während|aber)\s"
)
_BINDS = re.compile(r",\s|\s(?:and|und)\s")
_LEVEL = r"([+\-−]?\d+(?:[.,]\d+)?)(?![\w-])"
_TRAVELLED = re.compile(rf"\b(?:from|von)\s+(?:an NPS of\s+|einem NPS von\s+)?{_LEVEL}[^.;]*?\s(?:to|auf)\s+{_LEVEL}")
_COMPARED = re.compile(
    r"\b(?:than|against|with|from|of|to|among|for|by|als|gegenüber|von|für|unter|über)\s+(?:\w+\s+){0,2}$", re.I
)
_PART = re.compile(r",\s|;\s|:\s|\s(?:and|und|while|but|aber|während)\s")
_RANKED = 20
"""Answers that a cell needs before it may be called the best or the worst."""
_ILL = re.compile(r"detractor|complain|churn|dropout|waiting|Kritiker|Beschwerde|Abwander", re.I)


@dataclass(frozen=True)
class Word:
    """A direction word in a clause."""

    told: str
    at: int
    sign: int


def wrong_directions(sentence: Sentence, facts: Sequence[Fact], plans: bool = False) -> Iterator[Failure]:
    """Directions that the facts contradict or that no tested fact carries; in plans only contradictions count."""
    blank = _NOT_A_DIRECTION.sub(lambda match: "_" * len(match[0]), sentence.text)
    for clause in _CLAUSE.split(blank):
        found = sorted(
            [Word(m[0], m.start(), 1) for m in _UP.finditer(clause)]
            + [Word(m[0], m.start(), -1) for m in _DOWN.finditer(clause)],
            key=lambda word: word.at,
        )
        hedged = bool(_HEDGED.search(clause) or _ASKS.search(clause) or _WHOLLY_HEDGED.search(sentence.text))
        for word in found:
            why = _wrong_direction(word, clause, _About(facts, sentence.subject, sentence.text), hedged or plans)
            if why:
                yield Failure(
                    code="unsupported direction", detail=f"{word.told.strip()!r}: {why}.", about=sentence.text
                )
        if not hedged:
            yield from _wrong_superlatives(clause, facts, sentence)


@dataclass(frozen=True)
class _About:
    """The facts, and the segment that the heading names."""

    facts: Sequence[Fact]
    subject: str
    sentence: str

    def names(self, clause: str, word: Word) -> set[str]:
        """The segment that a direction word is said of: the first one named before it, else the heading's, else any."""
        named = names_in(clause, self.facts)
        before = [value for at, _, value in named if at < word.at and value not in _periods(self.facts)]
        if before and not self.subject:
            return {before[0]}
        return {value for _, _, value in names_in(self.subject, self.facts)} or {value for _, _, value in named}


def _periods(facts: Sequence[Fact]) -> set[str]:
    return {fact.where["period"] for fact in facts if "period" in fact.where}


def _wrong_direction(word: Word, clause: str, about: _About, hedged: bool) -> str | None:
    facts = about.facts
    travelled = _from_to(clause)
    if travelled and not hedged and (travelled > 0) != (word.sign > 0):
        return "the two figures go the other way"
    near = _nearest(word, clause, about)
    if near is not None:
        told, behind = near
        signs = {1 if (fact.value if isinstance(fact.value, int | float) else 0) > 0 else -1 for fact in behind}
        if _of_others(clause[: word.at], facts):
            signs = {-sign for sign in signs}
        if word.sign not in signs and not (_ILL.search(clause) and "better" in word.told.lower()):
            return None if hedged and not told.sign else f"the fact behind {told.told} has the other sign"
        if not hedged and all(fact.low is not None and not is_decided(fact) for fact in behind):
            return f"the interval of {told.told} holds zero, so no direction is established"
        return None
    return None if hedged or _carried(word, clause, about) else "no tested fact carries it"


def _from_to(clause: str) -> float:
    match = _TRAVELLED.search(clause)
    if not match:
        return 0.0
    first, last = (float(text.replace("−", "-").replace(",", ".")) for text in match.groups())
    return last - first if max(abs(first), abs(last)) <= 100 else 0.0  # years are no levels


def _of_others(before: str, facts: Sequence[Fact]) -> bool:
    """Whether a direction is said of the others, so that the sign of the segment's own difference is turned round."""
    match = _OTHERS.search(before)
    if match is None or _COMPARED.search(before[: match.start()]):
        return False
    return not names_in(before[match.end() :], facts)


def _nearest(word: Word, clause: str, about: _About) -> tuple[Figure, list[Fact]] | None:
    """The figure nearest to the word that is the value of a signed fact; a comma between them counts as distance."""
    bound, facts = [], about.facts
    for figure in figures(clause):
        behind = [fact for fact in facts if is_change(fact) and is_value(figure, fact) and fact.value]
        if behind and not any(not is_change(fact) and is_value(figure, fact) for fact in facts):
            between = clause[min(word.at, figure.start) : max(word.at, figure.start)]
            bound.append((abs(word.at - figure.start) + 40 * len(_BINDS.findall(between)), figure, behind))
    if not bound:
        return None
    distance, figure, behind = min(bound, key=lambda item: item[0])
    named = about.names(clause, word)
    own = [fact for fact in behind if named & set(fact.where.values())]
    return (figure, own or behind) if distance <= 160 else None


_WHOLE = {"period", "against", "event", "dimension", "time", "outcome"}


def _carried(word: Word, clause: str, about: _About) -> bool:
    """Whether a tested difference, or intervals that lie apart, carry a direction that is told without its figure."""
    facts, subject = about.facts, about.names(clause, word)
    named = {value for _, _, value in names_in(f"{about.subject}\n{clause}\n{about.sentence}", facts)}
    subject = subject or named
    signed = [fact for fact in facts if is_change(fact) and is_decided(fact) and isinstance(fact.value, int | float)]
    own = [(fact, word.sign) for fact in signed if subject & _segments(fact)]
    own += [(fact, -word.sign) for fact in signed if fact not in [f for f, _ in own] and _is_against(fact, subject)]
    whole = [(fact, word.sign) for fact in signed if set(fact.where) <= _WHOLE]
    if any((float(fact.value or 0) > 0) == (sign > 0) for fact, sign in (own or whole)):
        return True
    levels = [fact for fact in facts if not is_change(fact) and fact.low is not None and fact.unit == "points"]
    mine = [fact for fact in levels if subject & _segments(fact)]
    rest = [fact for fact in levels if not named - subject or (named - subject) & _segments(fact)]
    return any(_apart(one, other, word.sign) for one in mine for other in rest)


def _segments(fact: Fact) -> set[str]:
    return {value for key, value in fact.where.items() if key != "against"}


def _is_against(fact: Fact, subject: set[str]) -> bool:
    return any(name in fact.where.get("against", "") for name in subject)


def _apart(own: Fact, other: Fact, sign: int) -> bool:
    if own.low is None or own.high is None or other.low is None or other.high is None or own.name != other.name:
        return False
    return own.low > other.high if sign > 0 else own.high < other.low


def _wrong_superlatives(clause: str, facts: Sequence[Fact], sentence: Sentence) -> Iterator[Failure]:
    for part in _BINDS.split(clause):
        named = names_in(part, facts)
        top = _TOP.search(part)
        if (top is None and _BOTTOM.search(part) is None) or len({value for _, _, value in named}) != 1:
            continue
        _, key, value = named[0]
        levels = [
            (float(fact.value), fact.where[key])
            for fact in facts
            if fact.name in ("nps", "outcome_rate", "mean_score")
            and (fact.n or 0) >= _RANKED
            and list(fact.where) == [key]
            and isinstance(fact.value, int | float)
        ]
        if len({name for _, name in levels}) < 2 or value not in {name for _, name in levels}:
            continue
        end = (max if top else min)(levels)
        if value != end[1]:
            word = (top or _BOTTOM.search(part) or [""])[0]
            yield Failure(
                code="unsupported direction", detail=f"{word!r}: that is {end[1]}, not {value}.", about=sentence.text
            )


_CAUSE, _OUTCOME, _NO_CAUSE = (rules().words_of(name) for name in ("cause", "outcome", "no_cause"))
_THIS = re.compile(r"^(?:this|that|it|das|dies)\b[^.]{0,12}\b(?:because|due|caused|wegen|liegt an)\b", re.I)


def wrong_causes(sentence: Sentence, facts: Sequence[Fact]) -> Iterator[Failure]:
    """Causal words about an outcome, in a sentence that no decided fact of a causal tool carries."""
    word = _CAUSE.search(sentence.text)
    outcome = _OUTCOME.search(sentence.text) or _THIS.search(sentence.text)
    if word is None or not outcome or _NO_CAUSE.search(sentence.text) or _ASKS.search(sentence.text):
        return
    causal = [fact for fact in facts if is_causal(fact) and is_change(fact)]
    if any(is_decided(fact) and _bound(sentence.text, fact) for fact in causal):
        return
    why = "the causal facts do not carry this sentence" if causal else "no tool for causes was used"
    yield Failure(code="unsupported cause", detail=f"{word[0]!r}: {why}.", about=sentence.text)


def _bound(text: str, fact: Fact) -> bool:
    told = figures(text)
    if any(is_value(figure, fact) or is_end(figure, fact) for figure in told):
        return True
    event = fact.where.get("event", "").replace("_", " ").lower()
    return bool(event) and event in text.lower()


def swapped(sentence: Sentence, facts: Sequence[Fact]) -> Iterator[Failure]:
    """Figures that are another segment's: the sentence names one value of a dimension, the facts say another."""
    told = [(at, key, value) for at, key, value in names_in(sentence.text, facts) if key != "period"]
    heading = {key: value for _, key, value in names_in(sentence.subject, facts)}
    spans = [range(at, at + len(value)) for at, _, value in told]
    for figure in figures(sentence.text):
        if any(figure.start in span for span in spans):
            continue
        behind = [fact for fact in shown_by(figure, facts) if is_value(figure, fact) or is_end(figure, fact)]
        for key in {key for _, key, _ in told} | set(heading):
            values = _named_for(figure, key, told, heading, sentence.text)
            if behind and values and all(_elsewhere(fact, key, values) for fact in behind):
                detail = f"{figure.told} is {behind[0].where[key]}, not {' or '.join(sorted(values))}."
                yield Failure(code="swapped", detail=detail, about=sentence.text)


def _named_for(
    figure: Figure, key: str, told: Sequence[tuple[int, str, str]], heading: dict[str, str], text: str
) -> set[str]:
    """The value of a dimension that a figure is told of: the only one, or the one in its own part of the sentence."""
    named = {value for _, one, value in told if one == key}
    if len(named | ({heading[key]} if key in heading else set())) == 1:
        return named or {heading[key]}
    if text.count("(", 0, figure.start) > text.count(")", 0, figure.start):
        return set()
    start = max([0, *(m.end() for m in _PART.finditer(text, 0, figure.start))])
    end = min([len(text), *(m.start() for m in _PART.finditer(text, figure.start))])
    own = {value for at, one, value in told if one == key and start <= at < end}
    if len(own) == 1:
        return own
    return {heading[key]} if key in heading and not any(at < figure.start for at, _, _ in told) and not own else set()


def _elsewhere(fact: Fact, key: str, values: set[str]) -> bool:
    return (
        key in fact.where
        and fact.where[key] not in values
        and not values & set(fact.where.values())
        and not any(value in told for value in values for told in fact.where.values())
    )
