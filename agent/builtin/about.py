"""What comments are asked to be about ("who mention the price"), and whose comments ("low scores", "6 or less")."""

from __future__ import annotations

import re

from agent.builtin.reading import Mention, Reading
from agent.builtin.vocabulary import stem, tokens, vocabulary
from warehouse.catalog import Catalog

_COMMENT_SIGNS = ("ask_themes", "ask_quotes", "ask_cost", "ask_mention", "ask_sentiment")
_WORD = r"[a-zäöüß][\wäöüß'’-]*"
_FILLER = (
    r"((?:the |our |their |your |its |a |an |some |any |new |old |current |bad |poor |high |low |whole "
    r"|word |words |term |theme |topic )*)"
)
_THEME = rf"({_WORD}(?: {_WORD}){{0,2}}?)"
_END = (
    r"(?=\s*$|\s*[?.!,;:)–]|\s-|\s+(?:in|during|since|among|amongst|for|by|per|from|at|on|of|when|while|who"
    r"|which|to|last|this|than|"
    r"scores?|scored|rates?|rated|lower|higher|worse|better|less|more|do|does|did|have|has|had|gives?|are|is"
    r"|were|was|and|versus|vs|"
    r"compared|against|happier|unhappier|recommend|differ|most|with|cost|costs|hurt|hurts|before|after|between"
    r"|we|theme|topic|please|pls|"
    r"now|lately|recently|left|written|say|says|write|think|feel)\b)"
)
_VERBS = (
    r"complain\w*|talk\w*|writ\w*|wrote|comment\w*|quot\w*|verbatims?|feedback|say|says|saying|said|tone"
    r"|sentiment|mood|unhappy|angry|annoyed|"
    r"happy|moan\w*|gripe\w*|rant\w*|upset|frustrated|grumbl\w*|think|feel|examples?|voices"
)
_ABOUT = re.compile(
    rf"(?:\bmention(?:s|ed|ing)?|\b(?:{_VERBS})\s+(?:about|on|regarding|concerning|with)|\babout|\bregarding"
    rf"|\bconcerning|"
    r"\bprais(?:e|es|ed|ing)|\bcontain(?:s|ing)?|\binclud(?:e|es|ing)|\bwith the words?|\btheme|\btopic"
    r"|\bhat(?:e|es|ed)|\bcriticis\w+)"
    rf"\s+[\"'“]?{_FILLER}{_THEME}[\"'”]?{_END}",
    re.IGNORECASE,
)
_NAMED_BEFORE = re.compile(
    rf"\b({_WORD}) (?:themes?|topics?|issues?|complain(?:t|ts|ers?)|troubles?|problems?|comments?|quotes?)\b",
    re.IGNORECASE,
)
_COSTING = re.compile(
    rf"\b(?:how (?:much|badly|strongly|heavily|far)|how many (?:nps )?points|what) (?:does|do|is|are)"
    rf" {_FILLER}{_THEME} (?:cost|costing|hurt|hurting|drag|dragging|weigh|weighing|harm|harming|damage|damaging)\b"
    rf"|\bif (?:we|they|you) (?:could |would )?(?:fix|fixed|solve|solved|address|addressed|resolve|resolved"
    rf"|eliminate|eliminated|repair|"
    rf"repaired|sort out|sorted out|got rid of|get rid of) {_FILLER}{_THEME}(?: issues?| problems?|"
    rf" complaints?)?(?=\s*$|[?.,;]|\s+(?:how|what|would|for|in|on))",
    re.IGNORECASE,
)
_NO_THEME = frozenset(
    [
        "us",
        "it",
        "them",
        "me",
        "nps",
        "what",
        "most",
        "least",
        "comment",
        "comments",
        "customer",
        "among",
        "of",
        "off",
        "as",
        "amongst",
        "within",
        "across",
        "companies",
        "clients",
        "users",
        "members",
        "customers",
        "people",
        "everything",
        "anything",
        "something",
        "that",
        "this",
        "these",
        "those",
        "detractors",
        "promoters",
        "passives",
        "score",
        "scores",
        "survey",
        "data",
        "you",
        "our",
        "in",
        "on",
        "at",
        "for",
        "by",
        "since",
        "during",
        "from",
        "to",
        "with",
        "when",
        "after",
        "before",
        "per",
        "and",
        "or",
        "not",
        "about",
        "how",
        "why",
        "who",
        "which",
        "whom",
        "where",
        "theirs",
        "each",
        "every",
        "all",
        "last",
        "next",
        "early",
        "late",
        "them",
        "most",
        "often",
        "top",
        "main",
        "things",
        "thing",
        *("lately", "recently", "now", "nowadays", "currently", "today", "overall", "generally", "mostly", "usually"),
        *("exactly", "actually", "really", "here", "there", "again", "still", "always", "more", "less", "right"),
    ]
)
_OF_CUSTOMERS = r"quotes?|comments?|feedback|voices?|base|surveys?|lifetime|attributes?|complaints?|verbatims?|themes?"
_BEFORE_PEOPLE = frozenset(
    [
        "few",
        "more",
        "must",
        "most",
        "invite",
        "invited",
        "inviting",
        "send",
        "sent",
        "us",
        "another",
        "much",
        "lot",
        "lots",
        "kind",
        "kinds",
        "same",
        "similar",
        "identical",
        "keep",
        "whether",
        "could",
        "assuming",
        "per",
        "tell",
        "still",
        "once",
        "otherwise",
        "get",
        "again",
        "about",
        "around",
        "roughly",
        "even",
        "actual",
        "actually",
        "really",
        "whole",
        "entire",
        "any",
        "all",
        "comparable",
        "if",
        "whom",
        "list",
        "ask",
    ]
)
"""Words that do not say which people."""
_PEOPLE = (
    r"(?:customers?|users?|people|clients?|ones|respondents?|members?|subscribers?|guests?|folks|buyers?"
    r"|accounts?|shoppers?|passengers?|compan(?:y|ies)|firms?|payers?|visitors?|guests?|patients?|voices)"
)
_KIND = r"(?!with|about|because|to|in|that|of|by|when|if|and|or|for|the|our|us)[\w-]+"
""" "Unhappy Starter customers"."""
_SAID = r"(?:quotes?|quotations?|verbatims?|testimonials?)"
_WHOSE = rf"(?: {_PEOPLE}|(?= {_SAID})|(?= {_KIND} {_PEOPLE}))"
_SCORES = r"(?:scor(?:es?|ers?|ing|ed)|rat(?:ings?|ers?)|grades?|marks?)"
_WORDED = {
    "detractor": r"(?:scor|rat|mark)\w* us (?:so |that |this )?(?:low(?:ly)?|bad(?:ly)?|poor(?:ly)?)|"
    rf"(?:(?:very |really |so )?(?:low|bad|poor|lowest|worst|terrible|negative)[- ]{_SCORES}"
    "|(?:unhappy|dissatisfied|disappointed|"
    rf"unsatisfied|angry|annoyed|frustrated|unhappiest|least happy|most unhappy){_WHOSE}|negative"
    rf" (?:ones|quotes|voices|"
    r"examples|reviews?|feedback))",
    "promoter": rf"(?:(?:very |really )?(?:high|good|great|top|best|highest|excellent|positive)[- ]{_SCORES}"
    "|(?:happy|satisfied|delighted|"
    rf"happiest|most happy){_WHOSE}|positive (?:ones|quotes|voices|examples|reviews?"
    rf"|feedback))",
}
_RANGE = re.compile(
    r"\b(?:(?:a |an |scores? (?:of )?)?(?P<below>\d+) (?:or|and) (?:less|lower|below|under|fewer|worse)"
    r"|(?P<above>\d+) (?:or|and) (?:more|higher|above|up|better)"
    r"|(?:scores? )?(?:of |from |between )?(?P<low>\d+)(?: ?(?:-|–|to|or|and|/) ?)(?P<high>\d+))\b",
    re.IGNORECASE,
)


def drop_glue(reading: Reading) -> None:
    """Words such as "main" say nothing beside "complaints", and something unknown elsewhere."""
    asked = {sign for mention in reading.mentions for sign in mention.signs}
    if reading.of("event"):
        asked.add("event")
    if reading.of("outcome"):
        asked.add("ask_experiment")
    _drop_names_of_events(reading)
    known = vocabulary().beside
    glue = {word for sign in asked & set(known) for word in known[sign]}
    compared = vocabulary().compared if glue else frozenset()
    outcomes = {mention.first for mention in reading.of("outcome")}
    left = []
    for word, at in zip(reading.unknown, reading.unknown_at, strict=True):
        if word.lower() in ("paid", "paying", "final", "eventual") and at + 1 in outcomes:
            continue  # "paid conversion" is conversion
        if word.lower() in compared:
            reading.add(Mention(at, at, word, signs=("compare",)))
        elif (stem(word.lower()) not in glue and word.lower() not in glue) or _of_people(reading, at, word.lower()):
            left.append((word, at))
    reading.unknown, reading.unknown_at = [w for w, _at in left], [at for _w, at in left]


def _of_people(reading: Reading, at: int, word: str) -> bool:
    """ "large customers": right before people a word says which ones; "juicy customer quotes" are quotes."""
    following = [token.text for token in tokens(reading.question)[at + 1 : at + 3]]
    if not following or word in _BEFORE_PEOPLE or re.fullmatch(_PEOPLE, following[0]) is None:
        return False
    return re.fullmatch(_OF_CUSTOMERS, following[-1]) is None


def _drop_names_of_events(reading: Reading) -> None:
    """ "the app update": what is unknown right before such a word only says which one, and it has to be dated."""
    for mention in reading.mentions:
        if "launched" in mention.signs:
            reading.forget({at for at in reading.unknown_at if at in (mention.first - 1, mention.first - 2)})


def drop_joining_way(reading: Reading) -> None:
    """ "who joined via advertisement" is a filter by where they came from, not by when."""
    for found in re.finditer(
        r"\b(?:joined|join|signed up|registered|came) (?:us )?(?:via|through|by|over|thanks to)\b",
        reading.question,
        re.I,
    ):
        inside = _inside(reading, found.span())
        if any(m.kind == "value" and m.first - max(inside) in (1, 2) for m in reading.mentions):
            reading.forget(inside)


def take_class(reading: Reading, catalog: Catalog) -> None:
    """ "quotes of people who gave 6 or less", "reasons for low scores": the class that is meant becomes its sign."""
    if not reading.has(*_COMMENT_SIGNS, "ask_retention", "ask_reasons", "why") or reading.has("ask_nonresponse"):
        return
    for name, pattern in _WORDED.items():
        for found in re.finditer(rf"\b{pattern}\b", reading.question, re.IGNORECASE):
            _replace(reading, found.span(), name, found[0])
    scale = catalog.scale
    ranges = {
        (0, scale.detractor_to): "detractor",
        (scale.detractor_to + 1, scale.promoter_from - 1): "passive",
        (scale.promoter_from, 10): "promoter",
    }
    for found in _RANGE.finditer(reading.question):
        low = 0 if found["below"] else int(found["above"] or found["low"])
        high = 10 if found["above"] else int(found["below"] or found["high"])
        if (low, high) in ranges:
            _replace(reading, found.span(), ranges[low, high], found[0])


def _replace(reading: Reading, span: tuple[int, int], sign: str, text: str) -> None:
    """Put one sign in the place of the words between two positions, unless they mean something of the data."""
    inside = _inside(reading, span)
    touched = [m for m in reading.mentions if inside & set(range(m.first, m.last + 1))]
    if not inside or any(m.entries or m.time for m in touched):
        return
    reaching = [m for m in touched if not {m.first, m.last} <= inside]
    reading.forget(inside)
    for mention in reaching:  # "customers leave", where "unhappy customers" is the class
        reading.add(mention)
    reading.add(Mention(min(inside), max(inside), text, signs=(sign,)))
    reading.mended.append(f'"{text}" read as {sign}s')


def _inside(reading: Reading, span: tuple[int, int]) -> set[int]:
    words = tokens(reading.question)
    return {at for at, word in enumerate(words) if span[0] <= word.start and word.end <= span[1]}


def take_theme(reading: Reading, *, comments: bool) -> str | None:
    """The theme's words, which are then neither unknown nor a filter; None where none is named."""
    if not comments:
        return None
    costing = _costing(reading)
    if costing is not None:
        return costing
    if not reading.has(*_COMMENT_SIGNS):
        return None
    for found in _ABOUT.finditer(reading.question):
        theme = _taken(reading, found)
        if theme is not None:
            return theme
    for found in _NAMED_BEFORE.finditer(reading.question):
        inside = _inside(reading, found.span(1))
        if found[1].lower() in vocabulary().fillers | _NO_THEME or stem(found[1].lower()) in vocabulary().fillers:
            continue
        if inside & set(reading.unknown_at) or _part_of_a_name(reading, inside):
            reading.forget(_inside(reading, found.span()) & set(reading.unknown_at))
            return _take(reading, inside, found[1])
    return None


def _part_of_a_name(reading: Reading, inside: set[int]) -> bool:
    """ "the support theme", where support could be support_rating."""
    entries = [e for m in reading.mentions if {m.first, m.last} <= inside for e in m.entries]
    return bool(entries) and all(entry.strength < 3 and entry.kind != "value" for entry in entries)


def _costing(reading: Reading) -> str | None:
    """ "How much does price cost us?", "if we fixed reliability": a theme's weight, where it names nothing else."""
    found = _COSTING.search(reading.question)
    if found is None:
        return None
    group = 2 if found[2] else 4
    inside = _inside(reading, found.span(group))
    named = any(m.entries for m in reading.mentions if inside & set(range(m.first, m.last + 1)))
    if named or not inside or _empty(found[group]):
        return None
    theme = _take(reading, inside, found[group])
    reading.forget(_inside(reading, (found.start(), found.start(group))))
    reading.add(Mention(min(inside), max(inside), found[group], signs=("ask_cost", "ask_themes")))
    return theme


def _taken(reading: Reading, found: re.Match[str]) -> str | None:
    start, end = found.span(2)
    times = [m.time for m in reading.mentions if m.time is not None and m.time.start < end and start < m.time.end]
    if _empty(found[2]) or found[2].lower().split()[0] in _NO_THEME or times:
        return None
    inside = _inside(reading, (start, end))
    within = [m for m in reading.mentions if {m.first, m.last} <= inside]
    reached = [m for m in reading.mentions if inside & set(range(m.first, m.last + 1))]
    if re.match(r"theme|topic", found[0], re.IGNORECASE) and any(m.signs for m in reached):
        return None  # "which theme hurts NPS"
    held = [m for m in within if m.entries and m.entries[0].strength == 3 and m.kind != "event"]
    others = [m for m in reading.of("value") if m not in held]
    if held and any(a.entries[0].name == b.entries[0].name for a in held for b in others):
        held = []  # "what do Starter customers say about Growth"
    mentioned = re.match(r"mention|contain|includ|complain|prais|theme|topic|with the word", found[0], re.I)
    if held and not mentioned:
        return None  # "comments about Starter" asks for the comments of the Starter plan
    reading.forget(_inside(reading, found.span(1)) & set(reading.unknown_at))
    return _take(reading, inside, found[2])


def _take(reading: Reading, inside: set[int], text: str) -> str:
    reading.forget(inside)
    reading.mended = [note for note in reading.mended if text.lower() not in note.lower()]
    return text.lower()


def _empty(words: str) -> bool:
    return set(words.lower().split()) <= _NO_THEME
