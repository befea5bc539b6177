"""Operators that spoil what is claimed: directions, superlatives, causes, certainty, quotations."""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Iterator

from evals.answer_check.corrupt import (
    CAUSAL,
    REF,
    Case,
    Change,
    Operator,
    append,
    excludes_zero,
    insert_before_stop,
    put,
)
from tools.result import Fact

OPPOSITE = {
    "fell": "rose",
    "fallen": "risen",
    "fall": "rise",
    "drop": "rise",
    "dropped": "rose",
    "decline": "increase",
    "declined": "improved",
    "improved": "declined",
    "slipped": "climbed",
    "lower": "higher",
    "higher": "lower",
    "below": "above",
    "above": "below",
    "lowered": "raised",
    "raised": "lowered",
    "hurt": "helped",
    "helped": "hurt",
    "down": "up",
    "up": "down",
    "worse": "better",
    "happier": "unhappier",
    "ahead": "behind",
    "rose": "fell",
    "reduced": "increased",
    "happiest": "unhappiest",
    "unhappiest": "happiest",
    "weakest": "strongest",
}
GUARD = re.compile(
    r"\b(not|no|none|nothing|neither|nor|cannot|can't|isn't|whether|may|might|could|if|would|perhaps|probably|but)\b|n't\b"
    r"|confirm|includes zero|in case|even|asked|show(s|ed)? no|interval|smaller"
)
DOUBT = re.compile(r"\b(may|might|could)\b")
OTHERWISE = re.compile(
    r"\b(?:comes?|makes?|set|opened) (?:up|down)|-up\b|\bduplicates were dropped|\brise fell\b|\bdown to\b|\bup to\b"
)
"""The words of direction in another sense."""
CLAUSE = re.compile(r"(?:[^.,;:!?()–|\n]|[.,:](?=\w)|\(\S*\))+")
HEDGES = {
    r"\bno clear difference": "a clear difference",
    r"\bno clear change": "a clear change",
    r"\bno clear effect": "a clear effect",
    r"\bcan(?:not|'t) be told apart": "differ clearly",
    r"\bdo not differ beyond chance": "differ beyond chance",
    r"\bdo(?:es)? not clearly differ": "clearly differ",
    r"\bis within chance": "is beyond chance",
    r"\bare within chance": "are beyond chance",
    r"\bis not clear\b": "is clear",
    r"\bis not certain\b": "is certain",
    r"\bincludes zero": "excludes zero",
    r"\bspans zero": "excludes zero",
    r"\bno trend": "a clear trend",
    r"\bmay be chance": "is more than chance",
    r"\bcould be chance": "is more than chance",
    r"\bno clear": "a clear",
}
CAUSES = (
    " because of the new pricing",
    ", driven by slow support",
    " due to the weaker onboarding",
    ", which is the result of last year's reorganisation",
    " as a result of rising prices",
    ", caused by the competition",
    " thanks to the new app",
    ", a consequence of staff shortages",
    " owing to longer delivery times",
    ", since the competitor launched a cheaper offer",
    " on the back of the new campaign",
    ", triggered by the website outage",
    " as customers are annoyed by the new terms",
    ", fuelled by complaints about billing",
    " following poor communication by the sales team",
    ", attributable to the change of supplier",
)
CAUSAL_SENTENCES = (
    "The reason is the slow support.",
    "This led to more cancellations.",
    "Long waiting times drove this.",
    "It stems from the new pricing.",
    "Poor onboarding explains the result.",
    "The main driver is the quality of service.",
    "Behind this are the recent layoffs.",
    "That is what the staff shortage did to us.",
    "The new website is to blame.",
    "This comes down to price.",
    "It was the weather that made people unhappy.",
    "The campaign paid off here.",
    "Training the staff brought this about.",
    "Without the delays the figure would be higher.",
)
CERTAIN = {
    r"\bis associated with\b": "causes",
    r"\bgoes with\b": "drives",
    r"\bare associations\b": "are effects",
    r"\bdoes not tell what caused it\b": "shows that the price rise caused it",
    r"\bbeing near is no proof that it was the cause\b": "it was the cause",
    r"\bit need not be the online teaching that made the difference\b": "the online teaching made the difference",
    r"\bneed not mean that switching people would change their answers\b": "means that switching people raises the NPS",
    r"\bwhich supports reading this as an effect\b": "which proves the effect beyond doubt",
    r"\bIt does not say what caused it\b": "It shows that the price rise caused it",
    r"\bThe comparison alone cannot say\b": "The price rise caused it",
    r"\bfor reasons this analysis does not show\b": "because of the slower support there",
}
QUOTATIONS = (
    "I cancelled because nobody ever called me back.",
    "Honestly the best decision we made this year!",
    "They keep changing everything without asking us.",
    "My invoice was wrong three times in a row.",
    "Would not come back even for free.",
    "Everyone here is so kind and helpful.",
)


FRAMES = (
    'One customer wrote: "{}"',
    "As one of them put it, “{}”",
    '"{}" is a typical comment.',
    "> {}",
    "One respondent said: '{}'",
    "In a customer's words: *“{}”*",
)
SAME = ("score the same", "are level with each other", "do not differ", "are on a par", "are equally satisfied")
STEADY = ("stayed flat", "did not change", "was stable", "held steady", "remained unchanged", "moved sideways")
LEAST = ("is the {} of all", "comes off worst", "has the lowest NPS", "brings up the rear")
MOST = ("has the highest NPS", "is the best of all", "comes out on top", "leads the field", "is the most loyal group")
ORDER = ("scores higher than", "is happier than", "beats", "is ahead of", "does better than")


def direction_reversed(case: Case, draw: random.Random) -> Iterator[Change]:
    """A word of direction is its opposite; clauses that deny, doubt or suppose are left alone."""
    del draw
    blanked = REF.sub(lambda match: "x" * len(match[0]), case.draft)
    for clause in CLAUSE.finditer(blanked):
        span = case.sentence_of(clause.start())
        if GUARD.search(clause[0].lower()) or DOUBT.search(blanked[slice(*span)]) or not case.refs_in(span):
            continue
        elsewise = [found.span() for found in OTHERWISE.finditer(clause[0])]
        for match in re.finditer(r"[a-z]+", clause[0]):
            opposite = OPPOSITE.get(match[0])
            if opposite and not any(start <= match.start() < end for start, end in elsewise):
                yield put(case.draft, clause.start() + match.start(), clause.start() + match.end(), opposite)


def hedge_dropped(case: Case, draw: random.Random) -> Iterator[Change]:
    """What was not clear is told as clear."""
    del draw
    for pattern, sure in HEDGES.items():
        for match in re.finditer(pattern, case.draft, re.I):
            if any(_unclear(ref.fact) for ref in case.refs_in(case.sentence_of(match.start())) if ref.fact):
                yield put(case.draft, match.start(), match.end(), sure)


def _unclear(fact: Fact) -> bool:
    """Whether a fact is a difference or a test that shows nothing."""
    if fact.unit == "p-value":
        return isinstance(fact.value, int | float) and fact.value > 0.05
    return fact.low is not None and fact.high is not None and fact.low <= 0 <= fact.high


def _said(case: Case, fact: Fact, *, sure: bool) -> tuple[str, str] | None:
    """The two sides of a difference, as a sentence names them."""
    against = fact.where.get("against", "")
    own = [(name, value) for name, value in fact.where.items() if name not in ("period", "against", "test")]
    if fact.name != "nps_difference" or fact.low is None or excludes_zero(fact) != sure or not against:
        return None
    if not own and re.fullmatch(r"\d{4}-[QH]\d", against):
        return fact.where["period"], against
    if len(own) != 1 or own[0][0] not in case.catalog.dimensions or own[0][1].isdigit() or own[0][1] in ("yes", "no"):
        return None
    other = against.removeprefix(f"{own[0][0]} ").split(", ")[0]
    if other == own[0][1]:
        return None
    if other == "rest" or other in case.catalog.dimensions[own[0][0]].values:
        return own[0][1], "the rest" if other == "rest" else other
    return None


def _in_words(side: str) -> str:
    return re.sub(r"(\d{4})-([QH]\d)", r"\2 \1", side)


def direction_untested(case: Case, draw: random.Random) -> Iterator[Change]:
    """A direction is claimed where the interval of the difference includes zero."""
    for fact in case.facts.values():
        sides = _said(case, fact, sure=False)
        if sides and "period" in fact.where and fact.where["period"] == sides[0]:
            verb = "fell" if float(fact.value or 0) < 0 else "rose"
            yield append(case.draft, f"NPS {verb} from {_in_words(sides[1])} to {_in_words(sides[0])}.")
        elif sides:
            word = "lower" if float(fact.value or 0) < 0 else "higher"
            yield append(case.draft, f"{sides[0]} scores {draw.choice(['clearly ', ''])}{word} than {sides[1]}.")


def order_untested(case: Case, draw: random.Random) -> Iterator[Change]:
    """Two segments are put in an order that their overlapping levels do not show and no test has shown."""
    levels = [fact for fact in case.facts.values() if fact.name == "nps" and fact.low is not None]
    for one, other in itertools.permutations(levels[:10], 2):
        cut = [name for name in one.where if name not in ("period", "time")]
        if set(one.where) != set(other.where) or len(cut) != 1 or cut[0] not in case.catalog.dimensions:
            continue
        names = one.where[cut[0]], other.where[cut[0]]
        known = all(name in case.catalog.dimensions[cut[0]].values for name in names)
        near = (one.low or 0) < float(other.value or 0) < (one.high or 0) and names[0] != names[1]
        if known and near and not _tested(case, *names):
            yield append(case.draft, f"{names[0]} {draw.choice(ORDER)} {names[1]}.")


def _tested(case: Case, *names: str) -> bool:
    """Whether a clear difference between the two is among the facts."""
    facts = [fact for fact in case.facts.values() if "difference" in fact.name and excludes_zero(fact)]
    return any(all(name in " ".join(fact.where.values()) for name in names) for fact in facts)


def flat_claimed(case: Case, draw: random.Random) -> Iterator[Change]:
    """What clearly moved or differs is told as the same."""
    for fact in case.facts.values():
        sides = _said(case, fact, sure=True)
        if sides and fact.where.get("period") == sides[0]:
            word = draw.choice(STEADY)
            yield append(case.draft, f"NPS {word} between {_in_words(sides[1])} and {_in_words(sides[0])}.")
        elif sides:
            word = draw.choice(SAME)
            yield append(case.draft, f"{sides[0]} and {sides[1]} {word}.")


def wrong_superlative(case: Case, draw: random.Random) -> Iterator[Change]:
    """A segment in the middle or at the other end is called the best or the worst."""
    cells = [fact for fact in case.facts.values() if fact.name == "nps" and fact.low is not None]
    groups: dict[tuple[str, ...], list[Fact]] = {}
    for fact in cells:
        groups.setdefault(tuple(sorted(fact.where)), []).append(fact)
    for names, facts in groups.items():
        varying = [name for name in names if len({fact.where[name] for fact in facts}) > 2]
        if len(varying) != 1 or varying[0] not in case.catalog.dimensions or "year_of_study" in names:
            continue
        if len(facts) != len({fact.where[varying[0]] for fact in facts}):
            continue
        ordered = sorted(facts, key=lambda fact: float(fact.value or 0))
        wrong_best = draw.choice(ordered[:-1]).where[varying[0]]
        wrong_worst = draw.choice(ordered[1:]).where[varying[0]]
        yield append(case.draft, f"{wrong_best} {draw.choice(MOST)}.")
        low = draw.choice(LEAST).format(draw.choice(["weakest", "lowest", "unhappiest"]))
        yield append(case.draft, f"{wrong_worst} {low}.")


def cause_invented(case: Case, draw: random.Random) -> Iterator[Change]:
    """A sentence with a figure is given a cause that no causal tool found."""
    if CAUSAL & set(case.tools):
        yield append(case.draft, draw.choice(CAUSAL_SENTENCES))
        return
    for span in case.sentences():
        text = case.draft[span[0] : span[1]]
        if case.refs_in(span) and text[-1] in ".!" and not GUARD.search(text.lower()) and "?" not in text:
            yield insert_before_stop(case.draft, span, draw.choice(CAUSES))
    yield append(case.draft, draw.choice(CAUSAL_SENTENCES))


def cause_made_certain(case: Case, draw: random.Random) -> Iterator[Change]:
    """What goes together is told as cause and effect."""
    del draw
    for pattern, sure in CERTAIN.items():
        for match in re.finditer(pattern, case.draft):
            yield put(case.draft, match.start(), match.end(), sure)


def quotation_invented(case: Case, draw: random.Random) -> Iterator[Change]:
    """A customer is quoted who does not exist."""
    said = draw.choice(QUOTATIONS)
    yield append(case.draft, draw.choice(FRAMES).format(said))


def quotation_altered(case: Case, draw: random.Random) -> Iterator[Change]:
    """A customer's words are changed, cut or mended."""
    for ref in case.refs():
        if ref.fact and ref.fact.unit == "text" and ref.fact.name == "quote":
            words = ref.told.split()
            place = draw.randrange(1, len(words) - 1)
            altered = [*words[:place], draw.choice(["never", "always", "really"]), *words[place + 1 :]]
            yield put(case.draft, ref.start, ref.end, " ".join(altered))
            yield put(case.draft, ref.start, ref.end, " ".join([*words[:-1], "at all, and we are leaving."]))
            yield put(case.draft, ref.start, ref.end, " ".join([*words, "We will switch to somebody else."]))


def classes_swapped(case: Case, draw: random.Random) -> Iterator[Change]:
    """The share of promoters is told as that of detractors, or a detractor's words as a promoter's."""
    del draw
    opposite = {"promoter": "detractor", "detractor": "promoter"}
    for span in case.sentences():
        about = [ref.fact for ref in case.refs_in(span) if ref.fact]
        text = case.draft[span[0] : span[1]]
        for kind in opposite:
            told = any(fact.name.startswith(kind) or fact.where.get("nps_class") == kind for fact in about)
            if told and re.search(rf"\b{kind}s?\b", text, re.I):
                swapped = re.sub(r"(?i)\b(promoter|detractor)", lambda found: opposite[found[0].lower()], text)
                yield put(case.draft, *span, swapped)


OPERATORS: dict[str, Operator] = {
    "direction reversed": direction_reversed,
    "hedge dropped": hedge_dropped,
    "direction not shown": direction_untested,
    "order not shown": order_untested,
    "flat where it moved": flat_claimed,
    "superlative misplaced": wrong_superlative,
    "cause invented": cause_invented,
    "cause made certain": cause_made_certain,
    "quotation invented": quotation_invented,
    "quotation altered": quotation_altered,
    "classes swapped": classes_swapped,
}
