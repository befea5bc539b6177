"""What a question leaves out: "everything but Bikes", "if we ignore mobile", "with Hull and Whitby removed".

Only what is a value of the data can be left out. A list is left out as a whole ("except Germany and France"); words
for it that stand before no value keep their other meaning or stay unknown.
"""

from __future__ import annotations

import re

from agent.builtin.frame import Refusal
from agent.builtin.reading import Mention, Reading
from agent.builtin.vocabulary import Token, tokens, vocabulary
from agent.builtin.wordings.everyday import everyday

_VERB = (
    r"(?:ignor|omit|omitt|exclud|disregard|remov|subtract|eliminat|discard|skip|skipp|drop|dropp)(?:e|ing)?"
    r"|excl\.?|(?:leav|tak|strip|stripp|filter|cut|cutt|throw|set|sett|put|putt|keep)(?:e|ing)?\s+(?:out|away|aside)"
)
_HEAD = re.compile(
    rf"\b(?P<verb>{_VERB})(?=\W)(?:\s+of)?"
    r"|(?<=\s)(?:do|does|did|have|has|had)n['’]t\s+(?P<doing>[a-z]+)(?=\s)"
    r"|(?<=\s)(?:is|are|was|were)n['’]t(?=\s+(?:in|on|from|at|with|using|of)\s)|\beverywhere\s+(?:but|except)(?=\s)"
    r"|\b(?:except(?:ing)?(?:\s+for)?|with\s+the\s+exception\s+of|other\s+than|apart\s+from|aside\s+from"
    r"|barring|save\s+for|sans|outside(?:\s+of)?|not\s+(?:including|counting|considering|includ(?:e|ed)))(?=\W)"
    r"|\b(?:all|every|everyone|everybody|everything|anyone|anybody|anything|any|each|no\s?one|nobody|nothing)\b"
    r"(?:\s+(?!but\b)[\w-]+){0,3}?\s+(?P<but>but|bar|save)(?=\s)(?!\s+(?:only|also|why|how|what|not|who|which|when|where|is|are|in)\b)",
    re.IGNORECASE,
)
_AROUND = re.compile(
    r"\b(?:leav|tak|strip|filter|cut|put|set|keep|throw)(?:e|ing|ping|ting)?\b(?!\s+(?:out|away|aside|off)\b)",
    re.IGNORECASE,
)
_AWAY = frozenset(["out", "away", "aside"])
_GONE = re.compile(
    r"(?:\s+(?P<be>is|are|was|were|being|would\s+be|had\s+been|has\s+been|have\s+been))?\s+"
    r"(?:left\s+(?:out|aside)|taken\s+(?:out|away)|filtered\s+out|stripped\s+out|set\s+aside|put\s+aside|excluded|removed"
    r"|omitted|ignored|disregarded|skipped|(?:not|(?:is|are|was|were)n['’]t)\s+(?:counted|included|considered)|aside)\b",
    re.IGNORECASE,
)
_FELL = re.compile(
    r"\b(?:did|does|do|has|have|had|why|how|the|a|an|this|that|which|our|will|nps|score)\W+$", re.IGNORECASE
)
_SUPPOSED = re.compile(r"\b(?:if|when|once|with|after)\b")
_QUALITY = re.compile(r"\b(?:why|how many|how much|which|what share|what percentage)\b", re.IGNORECASE)
_STOP = frozenset(
    [
        "what",
        "how",
        "why",
        "when",
        "where",
        "nps",
        "score",
        "is",
        "are",
        "was",
        "were",
        "does",
        "do",
        "did",
        "than",
        "and",
        "or",
        "but",
        "if",
    ]
)
_COUNTING = frozenset(["count", "include", "consider", "have", "own", "use", "come", "belong", "take"])
_ADVICE = re.compile(r"\b(?:should|shall|must|ought to|better|worth|dare we)\b[^,.;]{0,15}$", re.IGNORECASE)
_BOTH = re.compile(
    r"\b(?:with|including|incl\.?)\s+(?:and|or|vs\.?|versus)\s+(?P<out>without|excluding|excl\.?)(?=\W)", re.IGNORECASE
)
_WHERE = frozenset(["in", "on", "at", "for", "of", "by", "from", "during", "among"])
_OR_NOT = re.compile(r"\bor not\W*$")
_BREAK = re.compile(r"[,;:.?!–—]|\s-\s")
_AND = frozenset(["and", "or", "nor", "plus"])
_ENTRY = frozenset(
    [
        "the",
        "our",
        "all",
        "any",
        "in",
        "from",
        "on",
        "via",
        "by",
        "at",
        "of",
        "with",
        "for",
        "who",
        "that",
        "those",
        "people",
        "customers",
    ]
)
_LEFT = frozenset(["remain", "remains", "left", "once", "but", "aside", "including", "entirely", "completely", "fully"])
_EVERYONE = re.compile(r"every(?:one|body)", re.IGNORECASE)
_EVERYBODY = re.compile(
    r"every(?:one|body)(?: else)?|all (?:the )?others?|others?|remaining|the rest|rest", re.IGNORECASE
)


def take_left_out(reading: Reading) -> None:
    """Mark the values that are left out; the words that say so become the sign "not"."""
    if reading.has("not") or reading.unknown:  # "with and without the upgrade" was read as both of its values
        _refuse_both(reading.question)
    words = tokens(reading.question)
    taken = [*_heads(reading, words), *_around(reading, words), *_passives(reading, words)]
    for mention in reading.of("sign"):
        either = _OR_NOT.search(_before(reading, words, mention.last + 1)) is not None
        if "not" in mention.signs and mention not in taken and not either:
            _mark(reading, words, mention.last + 1, longest=3 if mention.text.lower() in ("not", "non") else 7)
    if taken:
        _forget_around(reading, words)
    if not reading.has("compare", "higher", "lower"):
        _everybody_is_all(reading, left_out=any(m.left_out for m in reading.mentions))


def _refuse_both(question: str) -> None:
    """ "With and without Germany" asks for two figures."""
    if _BOTH.search(question):
        without = _BOTH.sub(lambda found: found["out"], question)
        raise Refusal("clarify", "That asks for two figures. Which one first?", [without, "What is our NPS?"])


def _heads(reading: Reading, words: list[Token]) -> list[Mention]:
    """ "Except Hull", "leaving out answers that came by sms", "all branches but Hull"."""
    found = []
    for head in _HEAD.finditer(reading.question):
        verb = (head["verb"] or "").lower()
        if verb.startswith("drop") and _FELL.search(reading.question[: head.start()]):
            continue
        if head["doing"] and head["doing"].lower() not in everyday().relations | _COUNTING:
            continue  # "why don't Germans like us"
        group = "but" if head["but"] else 0
        at = _tokens_in(words, head.span(group))
        if verb and at and max(at) + 1 < len(words) and words[max(at) + 1].text in _WHERE:
            continue  # "a sharp drop in Germany"
        if verb and at and _ADVICE.search(reading.question[: head.start()]) and _objects(reading, words, max(at) + 1):
            raise Refusal("declined", "npsight tells what was measured, not what to do; ask for the NPS without them.")
        held = any(_holds_value(m) and at & set(range(m.first, m.last + 1)) for m in reading.mentions)
        if at and not held and _mark(reading, words, max(at) + 1):
            found.append(_put(reading, at, head[group]))
    return found


def _around(reading: Reading, words: list[Token]) -> list[Mention]:
    """ "Leave Hull and Whitby out", "leaving the students aside"."""
    found = []
    for verb in _AROUND.finditer(reading.question):
        at = _tokens_in(words, verb.span())
        objects = _objects(reading, words, max(at) + 1) if at else []
        last = max((mention.last for mention in objects), default=-1)
        away = [i for i in range(last + 1, min(last + 4, len(words))) if words[i].text in _AWAY]
        if not objects or not away or _broken(reading, words[last], words[away[0]]):
            continue
        for mention in objects:
            mention.left_out = True
        found += [_put(reading, at, verb[0]), _put(reading, {away[0]}, words[away[0]].text)]
    return found


def _passives(reading: Reading, words: list[Token]) -> list[Mention]:
    """ "With Hull removed", "if Hull and Whitby are left out", "NPS, Hull excluded"."""
    found = []
    for gone in _GONE.finditer(reading.question):
        at = _tokens_in(words, gone.span())
        first = min(at, default=0)
        objects = [m for m in reading.mentions if _holds_value(m) and m.last < first and first - m.last <= 3]
        supposed = _SUPPOSED.search(_before(reading, words, first)) and not _QUALITY.match(reading.question.strip())
        if not objects or (gone["be"] and not supposed):
            continue
        if _broken(reading, words[objects[-1].last], words[first]):
            continue
        listed = _joined_before(reading, words, objects[-1])
        for mention in listed:
            mention.left_out = True
        found.append(_put(reading, at, gone[0].strip()))
    return found


def _before(reading: Reading, words: list[Token], at: int) -> str:
    return reading.question[: words[at].start if at < len(words) else None].lower()


def _mark(reading: Reading, words: list[Token], at: int, longest: int = 7) -> bool:
    objects = _objects(reading, words, at, longest)
    for mention in objects:
        mention.left_out = True
    return bool(objects)


def _objects(reading: Reading, words: list[Token], at: int, longest: int = 7) -> list[Mention]:
    """The values that begin at `at`, with nothing before them but words that say nothing, and those joined to them."""
    first = _next_value(reading, words, at, longest)
    return [] if first is None else [first, *_joined(reading, words, first)]


def _next_value(reading: Reading, words: list[Token], at: int, longest: int) -> Mention | None:
    i = at
    while i < min(at + longest, len(words)):
        if i > at and _broken(reading, words[i - 1], words[i]):
            return None
        mention = next((m for m in reading.mentions if m.first <= i <= m.last), None)
        if mention is not None and _holds_value(mention):
            return mention
        if words[i].text in _STOP or not _says_nothing(words[i], mention):
            return None
        i = mention.last + 1 if mention is not None else i + 1
    return None


def _says_nothing(word: Token, mention: Mention | None) -> bool:
    if mention is not None:
        told = {"answers", "whole", "each", "rest"} & set(mention.signs)
        return mention.kind == "dimension" or word.text in ("by", "total") or bool(told)
    known = vocabulary().glue | everyday().relations
    return word.text in known or word.stem in known or (word.stem,) in everyday().people


def _joined(reading: Reading, words: list[Token], first: Mention) -> list[Mention]:
    """Further values of the list: "Germany, France and Spain", "Line 4 or on Line 7"."""
    found: list[Mention] = []
    while True:
        last = found[-1] if found else first
        following = _following(reading, words, last, first)
        if following is None:
            return found
        found.append(following)


def _following(reading: Reading, words: list[Token], last: Mention, first: Mention) -> Mention | None:
    at, told = last.last + 1, False
    while at < len(words):
        gap = reading.question[words[at - 1].end : words[at].start]
        told = told or bool(re.search("[,&/]", gap))
        mention = next((m for m in reading.mentions if m.first <= at <= m.last), None)
        if mention is not None and _holds_value(mention):
            prefixed = any(words[i].text in ("in", "from", "on", "for", "at") for i in range(last.last + 1, at))
            comma = (
                not any(words[i].text in _AND for i in range(last.last + 1, at))
                and "," in reading.question[words[last.last].end : words[at].start]
            )
            alike = _names(mention) & _names(first)
            return mention if told and (alike or not (prefixed or comma)) else None
        if words[at].text in _AND:
            told = True
        elif words[at].text not in _ENTRY and not (mention is not None and mention.kind == "dimension" and not told):
            return None
        if re.search(r"[;:.?!]", gap):
            return None
        at += 1
    return None


def _joined_before(reading: Reading, words: list[Token], last: Mention) -> list[Mention]:
    """The list that ends with a value."""
    for mention in reading.mentions:
        if _holds_value(mention) and mention.first < last.first:
            listed = [mention, *_joined(reading, words, mention)]
            if last in listed:
                return listed
    return [last]


def _names(mention: Mention) -> set[str]:
    return {entry.name for entry in mention.entries if entry.kind == "value"}


def _holds_value(mention: Mention) -> bool:
    return any(entry.kind == "value" for entry in mention.entries)


def _broken(reading: Reading, one: Token, other: Token) -> bool:
    return _BREAK.search(reading.question[one.end : other.start]) is not None


def _put(reading: Reading, at: set[int], text: str) -> Mention:
    reading.forget(at)
    sign = Mention(min(at), max(at), text, signs=("not",), left_out=True)
    reading.add(sign)
    return sign


def _forget_around(reading: Reading, words: list[Token]) -> None:
    """ "What NPS remains", "once Hull is taken out": words that only tell that something is left out."""
    unknown = {at for at in reading.unknown_at if words[at].text in _LEFT or words[at].stem in _LEFT}
    asked = {at for m in reading.mentions if "not" in m.signs for at in range(m.first - 7, m.last + 8)}
    related = {at for at in reading.unknown_at if words[at].text in everyday().relations and at in asked}
    reading.forget(unknown | related)


def _everybody_is_all(reading: Reading, *, left_out: bool) -> None:
    """ "Everyone except Germany", "everybody in Hull": all of them, where nothing is compared."""
    for mention in reading.of("sign"):
        plain = (_EVERYBODY if left_out else _EVERYONE).fullmatch(mention.text) is not None
        joined = re.search(rf"\b(?:and|or|vs) (?:the |all )*{re.escape(mention.text)}", reading.question) is not None
        if "rest" in mention.signs and plain and not joined:
            mention.signs = ("whole",)


def _tokens_in(words: list[Token], span: tuple[int, int]) -> set[int]:
    return {at for at, word in enumerate(words) if span[0] <= word.start and word.end <= span[1]}
