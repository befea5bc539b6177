"""Words that say nothing new where they stand: who answered, what is rated, how somebody comes to a value.

Each kind has a rule about its neighbours; elsewhere the same words stay unknown. What could be meant otherwise is said.
"""

from __future__ import annotations

import re

from agent.builtin.reading import Mention, Reading
from agent.builtin.vocabulary import Token, phrase, stem, tokens, vocabulary
from agent.builtin.wordings.everyday import everyday
from warehouse.catalog import Catalog
from warehouse.roles import words_of

_KIND_WORDS = frozenset(["type", "kind", "category", "class", "group", "segment", "option", "method", "mode"])
_ASIDES = re.compile(
    r"\bi mean\b|\b(?:i am|i'm|im) (?:talking about|thinking of|referring to)\b"
    r"|\b(?:going|judging|judged|measured|as measured|expressed|told) (?:by|in|on|from)"
    r"(?= (?:the |our |their )?(?:nps|net promoter))"
    r"|\A\W*(?:please |pls |can you |could you |would you |let's |lets "
    r"|i(?:'d| would) like (?:you )?to |i want (?:you )?to )*"
    r"(?:plot|chart|graph|draw|visuali[sz]e|print|compute|calculate|work out|determine|pull up|bring up|fetch|output)\b"
    r"(?: (?:me|us))?(?: an?\b| the\b)?(?: (?:chart|graph|plot|line|table|picture) of\b)?"
    r"|\bbut (?=only\b|just\b|without\b|excluding\b|except\b|ignoring\b|leaving\b|minus\b)"
    r"|\b(?:i|we)(?:['’]m| am|['’]re| are)? (?:only |just |really |mainly |mostly )*(?:care about|interested in"
    r"|concerned with"
    r"|looking at|look at)\b(?: here| now)?"
    r"|\b(?<=ing )(?:something|anything|things|stuff)\b"
    r"|\A\W*(?:(?:hi|hello|hey)\W+)?(?:good )?(?:morning|afternoon|evening)(?=\s*[,!.:;-]| all\b| everyone\b)",
    re.IGNORECASE,
)
_HEARERS = (
    r"(?:board|boss|ceo|cfo|coo|cmo|chief|manager|management|leadership|directors?|executives?|investors?|committee"
    r"|team|colleagues?)(?: (?:meeting|call))?"
)
_PURPOSE = re.compile(
    r"\b(?:i|we)(?: have| need|'ve got| got| am going|'m going| want| must| will|'ll)?(?: to)?"
    r" (?:report|present|tell|show|give)\b[^.,;:?!]{0,30}?\b(?:to|at|for) (?:the |my |our |a )?"
    rf"{_HEARERS}(?:,? (?:in|at|on|today|tomorrow|later|this|next)\b[^.,;:?!]{{0,20}})?(?=\s*[.,;:?!])"
    rf"|\bfor my {_HEARERS}(?=\s*(?:$|[.,;:?!]))"
    r"|\bfor (?:the|our|a) (?:next )?(?:(?:board|team|management|weekly|monthly|quarterly|sales) )?"
    r"(?:meeting|slide|presentation|newsletter|call|deck)(?=\s*(?:$|[.,;:?!]))",
    re.IGNORECASE,
)
_THOUGHT = re.compile(
    r"\b(?:think of|thinks of|feel about|rates?|rated|recommend(?:s|ed)?|opinion of)\s+$", re.IGNORECASE
)
_WITH_US = re.compile(
    r"\b(?:who|that|which|have|has|had|ever|they|people|those) (?:have |has |had |ever |once )?"
    r"(?P<verb>[a-z]+) "
    r"(?:(?:with|from|at|to|on) )?(?P<us>us|(?:our|the|your) (?:product|products|service|services))\b",
    re.IGNORECASE,
)
_ARTICLES = frozenset(["the", "our", "your", "this", "that"])
_BETWEEN = frozenset(
    [
        "about",
        "by",
        "via",
        "through",
        "over",
        "on",
        "in",
        "at",
        "from",
        "with",
        "using",
        "to",
        "for",
        "of",
        "as",
        "the",
        "a",
        "an",
        "our",
        "their",
        "us",
        "it",
        "we",
        "them",
    ]
)
_COMBINED = re.compile(r"combinations?|combos?|pairings?|pairs?", re.IGNORECASE)


def drop_harmless(reading: Reading, catalog: Catalog) -> None:
    """Forget the words that say nothing new where they stand."""
    words = tokens(reading.question)
    _drop_asides(reading, words)
    _drop_purpose(reading, words)
    _billed(reading, words)
    _drop_usable(reading, words)
    _drop_relations(reading, words)
    _drop_us(reading, words)
    _drop_people(reading, words)
    _drop_business(reading, words)
    _gone(reading, words)
    _depends(reading, catalog)
    _drop_kinds(reading, words)
    _drop_combinations(reading)


def _drop_asides(reading: Reading, words: list[Token]) -> None:
    """ "I mean their NPS", "going by NPS", "Plot NPS per quarter"."""
    for found in _ASIDES.finditer(reading.question):
        inside = {at for at, word in enumerate(words) if found.start() <= word.start and word.end <= found.end()}
        touched = [m for m in reading.mentions if inside & set(range(m.first, m.last + 1))]
        greeting = re.search(r"(?:morning|afternoon|evening)$", found[0], re.IGNORECASE) is not None
        if greeting or not any(m.entries or m.time or not {m.first, m.last} <= inside for m in touched):
            reading.forget(inside)


def _drop_purpose(reading: Reading, words: list[Token]) -> None:
    """ "I have to report our NPS to the board in ten minutes": whom it is for; what is asked for stays."""
    for found in _PURPOSE.finditer(reading.question):
        inside = {at for at, word in enumerate(words) if found.start() <= word.start and word.end <= found.end()}
        touched = [m for m in reading.mentions if inside & set(range(m.first, m.last + 1))]
        if inside and not any(m.entries or not {m.first, m.last} <= inside for m in touched):
            reading.forget(inside)
            for mention in touched:
                if "metric" in mention.signs and "nps" in mention.text.lower():
                    reading.add(mention)


def _billed(reading: Reading, words: list[Token]) -> None:
    """ "Customers who pay yearly", where billing is monthly or annual: a value, not a calendar year."""
    for mention in reading.mentions:
        value = next((entry for entry in mention.clash if entry.kind == "value"), None)
        if value is None or mention.time is None:
            continue
        near = {
            words[at].text for at in (mention.first - 1, mention.first - 2, mention.last + 1) if 0 <= at < len(words)
        }
        told = bool(near & everyday().billing)
        if value.said and not told and len(words) > 2:  # "and yearly?" is asked back
            mention.clash = []
        if told:
            mention.time, mention.entries, mention.clash = None, [value], []
        if told and value.said:
            reading.mended.append(f'"{mention.text}" read as {value.value}')


def _drop_usable(reading: Reading, words: list[Token]) -> None:
    """ "Usable scores": an answer without a score is none that is counted."""
    for at in list(reading.unknown_at):
        counted = any({"metric", "answers"} & set(m.signs) and m.first == at + 1 for m in reading.mentions)
        if words[at].text in ("usable", "useable", "countable") and counted:
            reading.forget({at})


def _drop_relations(reading: Reading, words: list[Token]) -> None:
    """ "Paid by card", "dealt with by telephone", "stream on their television": the value says it all."""
    values = {m.first for m in reading.mentions if any(entry.kind == "value" for entry in m.entries)}
    glue = vocabulary().glue
    for at in list(reading.unknown_at):
        if words[at].text not in everyday().relations or (at and words[at - 1].text in everyday().wishes):
            continue
        after = at + 1
        while (
            after < len(words)
            and after not in values
            and (words[after].text in _BETWEEN or _relates(words[after], glue))
        ):
            after += 1
        if after in values and after - at <= 5 and not _apart(reading, words, at, after):
            reading.forget({at} | ({i for i in reading.unknown_at if at < i < after}))


def _relates(word: Token, glue: frozenset[str]) -> bool:
    return word.text in everyday().relations or ((word.stem,) in everyday().people and word.stem not in glue)


def _apart(reading: Reading, words: list[Token], one: int, other: int) -> bool:
    return re.search(r"[,;:.?!]", reading.question[words[one].end : words[other].start]) is not None


def _drop_us(reading: Reading, words: list[Token]) -> None:
    """ "People who tried us", "those who shop with us": everybody who was asked."""
    for found in _WITH_US.finditer(reading.question):
        inside = {at for at, word in enumerate(words) if found.start("verb") <= word.start and word.end <= found.end()}
        if found["verb"].lower() in everyday().dealings and {at for at in inside if at in reading.unknown_at}:
            reading.forget(inside & set(reading.unknown_at))


def _drop_people(reading: Reading, words: list[Token]) -> None:
    """ "Phone viewers", "our riders": who answered. Where a column tells their kind, only a cue asks for it."""
    for mention in list(reading.of("dimension")):
        if _people_of_a_kind(mention) and not _cued(reading, mention):
            reading.forget({mention.first})
    for at in list(reading.unknown_at):
        if (words[at].stem,) not in everyday().people or at not in reading.unknown_at:
            continue
        beside = any(
            any(entry.kind == "value" for entry in m.entries) and at - 1 <= m.last + 1 and m.first - 4 <= at
            for m in reading.mentions
        )
        first = at - 1 if at and words[at - 1].text in ("our", "the", "all", "your") else at
        reading.forget({at})
        if not beside:
            reading.mended.append(
                f'"{reading.question[words[first].start : words[at].end]}" read as everybody who answered'
            )


def _people_of_a_kind(mention: Mention) -> bool:
    """Whether "riders" is only the first word of a column such as Rider type."""
    names = {entry.name for entry in mention.entries}
    if mention.first != mention.last or len(names) != 1 or any(e.kind != "dimension" for e in mention.entries):
        return False
    full = phrase(words_of(names.pop()))
    told = stem(mention.text.lower())
    people = (
        told in vocabulary().glue or (told,) in everyday().people or told in ("user", "guest", "customer", "client")
    )
    return people and len(full) == 2 and full[0] == told and full[1] in _KIND_WORDS


def _cued(reading: Reading, mention: Mention) -> bool:
    before = [m for m in reading.mentions if mention.first - 2 <= m.last < mention.first]
    cues = {"split", "each", "which", "rank", "compare", "outliers"}
    near = [m for m in before if m.last == mention.first - 1 or "which" not in m.signs]
    return any(cues & set(m.signs) for m in near)


def _drop_business(reading: Reading, words: list[Token]) -> None:
    """ "Recommend the bank", "our shop", "the bus service": what the whole survey is about."""
    for at in range(1, len(words)):
        told = [tuple(word.text for word in words[at : at + n]) for n in (1, 2, 3)]
        longest = max((len(name) for name in told if name in everyday().business), default=0)
        span = set(range(at, at + longest))
        column = any(m.kind == "dimension" and m.first == at + longest for m in reading.mentions)
        if longest and column and span <= set(reading.unknown_at):
            reading.forget(span)  # "by bus line", "the bank branches"
            continue
        if not longest or words[at - 1].text not in _ARTICLES or not _means_the_whole(reading, span):
            continue
        text = reading.question[words[at - 1].start : words[at + longest - 1].end]
        reading.forget(span)
        if _THOUGHT.search(reading.question[: words[at - 1].start]):
            reading.add(Mention(at, at + longest - 1, text, signs=("metric",)))
        reading.mended.append(f'"{text}" read as all that is rated')


def _means_the_whole(reading: Reading, span: set[int]) -> bool:
    """Unknown words, or the part of a column's name that nothing asks to split by; not a name of the data."""
    touched = [m for m in reading.mentions if span & set(range(m.first, m.last + 1))]
    if max(span) + 1 in reading.unknown_at:  # "the company pays", "the shop assistants" say something of their own
        return False
    if not touched:
        return bool(span & set(reading.unknown_at))
    names = {entry.name for m in touched for entry in m.entries}
    weak = all(e.kind == "dimension" and e.strength < 3 for m in touched for e in m.entries)
    held = any(entry.name in names for m in reading.of("value") for entry in m.entries)
    last = max(m.last for m in touched)
    kind = any(m.kind == "dimension" and m.first == last + 1 for m in reading.mentions)
    return bool(names) and weak and not held and not kind and not any(_cued(reading, m) for m in touched)


def _gone(reading: Reading, words: list[Token]) -> None:
    """ "How has the NPS of Bikes gone?" asks for its course."""
    if not re.search(r"\bhow (?:has|have|did|is|are|was|were)\b", reading.question, re.IGNORECASE):
        return
    for at in list(reading.unknown_at):
        following = words[at + 1].text if at + 1 < len(words) else ""
        if words[at].text in ("gone", "going") and following not in ("up", "down", "to", "with"):
            reading.forget({at})
            reading.add(Mention(at, at, words[at].text, signs=("trend",)))


def _depends(reading: Reading, catalog: Catalog) -> None:
    """ "Does NPS depend on the plan?" is answered by plan; what it depends on otherwise is a question about drivers."""
    for mention in reading.of("sign"):
        told = re.fullmatch(r"depend(?:s|ed|ing)? (?:up)?on", mention.text, re.IGNORECASE) is not None
        after = [m for m in reading.of("dimension") if 0 < m.first - mention.last <= 3]
        if told and after and after[0].entries[0].name not in catalog.measures:
            mention.signs = ("split",)


def _drop_kinds(reading: Reading, words: list[Token]) -> None:
    """ "The shipping method … list it by method": the column that was named with that word before."""
    for at in list(reading.unknown_at):
        kind = words[at].stem
        earlier = [m for m in reading.of("dimension") if m.last < at and words[m.last].stem == kind]
        if (
            kind in _KIND_WORDS
            and earlier
            and at
            and words[at - 1].text in ("by", "per", "each", "every", "the", "that")
        ):
            reading.forget({at})
            reading.add(Mention(at, at, words[at].text, entries=earlier[-1].entries))


def _drop_combinations(reading: Reading) -> None:
    """ "Every plan and billing combination": two columns are crossed anyway."""
    columns = {entry.name for m in reading.of("dimension") for entry in m.entries}
    if len(columns) > 1:
        words = [(at, word) for word, at in zip(reading.unknown, reading.unknown_at, strict=True)]
        reading.forget({at for at, word in words if _COMBINED.fullmatch(word)})
