"""Liking and its opposite in everyday words: "less liked", "the unhappy ones", "looks terrible", "hates the new menu".

They become the signs of a higher or lower NPS where groups are compared, and of a rise or a fall where a stretch of
time or an event is named. What asks for comments ("what do they hate?") is left alone.
"""

from __future__ import annotations

import re

from agent.builtin.reading import Reading
from agent.builtin.vocabulary import tokens
from agent.builtin.wordings.signs import event_named, inside, periods_of, put

_VERY = (
    r"(?:(?:really|quite|very|so|much|far|a lot|a bit|a little|rather|pretty|truly|clearly|absolutely|simply"
    r"|just|utterly|totally|all"
    r"|still|now|such|always|being) )*"
)
_LESS_LIKED = re.compile(
    r"\b(?:less (?:liked|loved|popular|appreciated|well[- ]liked|valued)|(?:worse|least) liked|unpopular"
    r"|disliked)\b",
    re.I,
)
_MORE_LIKED = re.compile(
    r"\b(?:(?:more|better) (?:liked|loved|popular|appreciated|valued)|(?:best|most) liked"
    r"|(?<!un)(?<!\w)popular)\b",
    re.I,
)
_SAD = (
    r"(?:unhappy|sad|angry|grumpy|dissatisfied|critical|disappointed|annoyed|displeased|miserable|frustrated"
    r"|discontented|cross)"
)
_GLAD = r"(?:happy|satisfied|content|loyal|pleased|enthusiastic|glad|cheerful|friendly)"
_ONES = r"(?:ones|one|people|lot|bunch|crowd|folks?|guys|customers|clients|members|users|guests|group)"
_MARKS = r"(?:scores?|ratings?|marks?|grades?|nps|results?|figures?)"
_SAD_ONES = re.compile(
    rf"\bthe {_SAD} {_ONES}\b"
    rf"|\b(?:the )?{_ONES} (?:that|who|which) (?:give|gives|get|gets|have|has|got|gave|bring|brings"
    rf"|hand out) (?:us )?(?:the |their )?"
    rf"(?:bad|low|worst|lowest|poor|weak|worse) {_MARKS}\b|\b(?:our|the|a) (?:real |main "
    rf"|big )?(?:problem (?:child|children)|black sheep|trouble ?makers?"
    r"|weak link|sore point)\b",
    re.IGNORECASE,
)
_GLAD_ONES = re.compile(
    rf"\bthe {_GLAD} {_ONES}\b"
    rf"|\b(?:the )?{_ONES} (?:that|who|which) (?:give|gives|get|gets|have|has|got|gave|bring|brings"
    rf"|hand out) (?:us )?(?:the |their )?"
    rf"(?:good|high|best|highest|great|strong|better) {_MARKS}\b",
    re.IGNORECASE,
)
_MOODY = re.compile(
    rf"\b(?:nps|score|trend) (?:of|for|among|from) (?:only )?the (?P<who>{_SAD}|{_GLAD}) {_ONES}\b", re.IGNORECASE
)
_WHAT_LIKED = re.compile(
    r"^\W*(?:so |and )?what (?:do|does|did) [^?.]*?\b(?P<verb>(?:really )?(?:like|enjoy|appreciate|want|miss"
    r"|value))\W*$",
    re.IGNORECASE,
)
_SADDER = re.compile(
    r"\b(?:grumpier|sadder|angrier|crankier|(?:more (?:annoyed|frustrated|disappointed|displeased)"
    r"|less (?:pleased|content|enthusiastic|keen)))\b",
    re.I,
)
_GLADDER = re.compile(
    r"\b(?:cheerier|gladder|fonder of us|friendlier|more (?:enthusiastic|pleased|content|keen))\b", re.I
)
_WORRY = re.compile(
    r"\b(?:(?:do|should|must|need|have to) (?:we|i) (?:really )?(?:need to |have to )?)?(?:be )?(?:worr(?:y"
    r"|ied)|alarmed|concerned|nervous) (?:about|by)\b(?: the| our)?",
    re.IGNORECASE,
)
_SADDEST = re.compile(
    r"\b(?:the )?(?:saddest|grumpiest|angriest|most (?:annoyed|disappointed|frustrated|displeased|angry)"
    r"|hardest to please)\b",
    re.I,
)
_FANS = re.compile(
    r"\b(?:the |our |your )?(?:biggest|greatest|truest|most loyal) (?:fans?|supporters?|advocates?|admirers?)\b"
    r"|\b(?:the )?(?:keenest|friendliest|gladdest|most (?:enthusiastic|pleased|content))\b",
    re.IGNORECASE,
)
_IS = (
    r"(?:is|are|was|were|looks?|looked|seems?(?: to be)?|seemed(?: to be)?|appears?(?: to be)?|feels?|felt|sounds?"
    rf"|must be|has been|have been) {_VERY}(?:an? |the )?{_VERY}"
)
_END = r"(?=\s*(?:$|[.,;:?!]|(?:compared|in|since|after|at|on|for|than|and|or|to us|isn|aren|wasn)\b))"
_TERRIBLE = re.compile(
    rf"\b(?P<is>{_IS})(?P<how>terrible|awful|horrible|dreadful|disastrous|catastrophic|bad|poor|weak|miserable"
    rf"|disappointing|ugly|rubbish"
    rf"|disaster|catastrophe|nightmare|mess|flop|shame|horror|bad (?:month|quarter|year|week|time|spell"
    rf"|patch))\b{_END}",
    re.IGNORECASE,
)
_GREAT = re.compile(
    rf"\b(?P<is>{_IS})(?P<how>great|fantastic|excellent|wonderful|brilliant|terrific|superb|amazing|splendid"
    rf"|outstanding|good"
    rf"|(?:good|great|strong) (?:month|quarter|year|week|time))\b{_END}",
    re.IGNORECASE,
)
_OF_DATA = re.compile(r"\b(?:data|file|sample|response rates?|coverage|churn|retention|sales|revenue)\b", re.IGNORECASE)
_ASKED_WHAT = re.compile(r"^\W*(?:so |and |but )*(?:what|which|why|how|who|whom|where|when)\b", re.IGNORECASE)
_HATES = re.compile(
    r"\b(?:(?:people|customers|they|users|guests|clients|members) )?(?:(?:seems?"
    r"|appears?) to )?(?P<verb>(?:can ?not|can['’]?t|do not|don['’]?t|does not|doesn['’]?t"
    r"|did not|didn['’]?t) (?:stand|bear|like|love"
    r"|want|enjoy)|hates?|hated|dislikes?|disliked|detests?|loathes?|despises?|resents?)(?: us)?(?=\W|$)",
    re.IGNORECASE,
)
_LOVES = re.compile(
    r"\b(?:(?:people|customers|they|users|guests|clients|members) )?(?:(?:seems?|appears?) to )?(?P<verb>loves?"
    r"|loved|adores?|adored|enjoys?|enjoyed|likes?|liked"
    r"|appreciates?|appreciated|welcomes?|welcomed)(?: us)?(?=\W|$)",
    re.IGNORECASE,
)
_HOW_LIKED = re.compile(
    r"\bhow (?:much )?(?:do|does|did|have|has)\b.{0,40}?\b(?P<verb>like|liked|receive|received|take to|taken to"
    r"|find|found|react(?:ed)? to)\b",
    re.I,
)
_COMPLAINS = re.compile(
    r"\b(?:complains?|complained|grumbles?|moans?|whines?) (?P<way>more|less)(?= than\b|\s*\?*$)", re.IGNORECASE
)
_MOODS_ABOUT = (
    (
        re.compile(
            r"\b(?:up in arms|furious|angry|unhappy|upset|annoyed|livid|mad|dissatisfied|disappointed"
            r"|frustrated|fed up|cross|irritated)"
            r" (?:about|with|over|at|by)\b",
            re.IGNORECASE,
        ),
        "fell",
    ),
    (
        re.compile(
            r"\b(?:happy|pleased|delighted|thrilled|enthusiastic|satisfied|glad|excited|over the moon) (?:about"
            r"|with|by)\b",
            re.I,
        ),
        "rose",
    ),
)
_ONLY_HAPPY = re.compile(
    rf"\b(?:only|just|mostly|mainly) (?:the |our )?(?:most )?(?:{_SAD}|{_GLAD}|fans|critics|promoters"
    rf"|detractors)(?: {_ONES})?"
    r" (?:who |that )?(?:answers?|answered|repl(?:y|ies|ied)|responds?|responded|take part|took part|fill in"
    r"|filled in)\b",
    re.IGNORECASE,
)
_ANY_OF = re.compile(
    r"\b(?:is|are|was|were) there (?:really |actually )?(?:any|an?|some|one)\b(?=[^?]*\b(?:less|more|worse"
    r"|better|lower|higher"
    r"|unhapp\w*|happier|least|most)\b)",
    re.IGNORECASE,
)
_NOT_AT_ALL = re.compile(
    r"(?<=[?.!])\s*(?:not (?:at all|much|really)|hardly|a lot|very much|not one bit)\W*$", re.IGNORECASE
)


def take_likings(reading: Reading, *, comments: bool) -> None:
    """Read liking and disliking as a higher or lower NPS, or as its rise or fall."""
    timed = bool(periods_of(reading)) or event_named(reading)
    low, high = ("fell", "rose") if timed else ("lower", "higher")
    for pattern, sign in (
        (_SADDER, low),
        (_GLADDER, high),
        (_LESS_LIKED, low),
        (_MORE_LIKED, high),
        (_SADDEST, "worst"),
        (_FANS, "best"),
    ):
        for found in pattern.finditer(reading.question):
            put(reading, found.span(), sign)
    if _value_named(reading) and not reading.has("which"):
        for pattern, sign in ((_SAD_ONES, "lower"), (_GLAD_ONES, "higher")):
            for found in pattern.finditer(reading.question):
                if _said_of(reading.question, found):
                    put(reading, found.span(), sign)
    _refuse_moody_group(reading)
    liked = _WHAT_LIKED.match(reading.question)
    if liked is not None and not reading.has("ask_themes", "ask_drivers") and not reading.of("event"):
        put(reading, liked.span("verb"), "ask_themes")
    for found in _ONLY_HAPPY.finditer(reading.question):
        put(reading, found.span(), "ask_nonresponse")
    _states(reading)
    _feelings(reading)
    _any_of(reading)
    _worries(reading)
    if not comments:
        for found in _COMPLAINS.finditer(reading.question):
            if put(reading, found.span(), "lower" if found["way"].lower() == "more" else "higher"):
                reading.mended.append(
                    f'"{found[0]}" read as {"a lower" if found["way"].lower() == "more" else "a higher"} NPS'
                )


def _any_of(reading: Reading) -> None:
    """ "Is there any city where guests like us less?": whether one stands out."""
    columns = [m.first for m in reading.of("dimension")]
    for found in _ANY_OF.finditer(reading.question):
        end = max(inside(reading, found.span()), default=-1)
        if end + 1 in columns and not _value_named(reading):
            put(reading, found.span(), "outliers")


def _worries(reading: Reading) -> None:
    """ "Do we need to worry about Berlin?": whether it lies below the others, or a month below the one before."""
    for found in _WORRY.finditer(reading.question):
        after = max(inside(reading, found.span()), default=-1) + 1
        named = next((m for m in reading.mentions if m.first == after), None)
        alone = named is not None and len([m for m in reading.mentions if m.entries or m.time]) == 1
        if named is not None and alone and (named.kind == "value" or named in periods_of(reading)):
            put(reading, found.span(), "lower" if named.kind == "value" else "fell")


def _refuse_moody_group(reading: Reading) -> None:
    """ "NPS of the happy ones": who is happy is what NPS asks, and no group of the data."""
    words = tokens(reading.question)
    for found in _MOODY.finditer(reading.question):
        for at in sorted(inside(reading, found.span("who"))):
            if any({"metric", "worst", "best"} & set(m.signs) and m.first <= at <= m.last for m in reading.of("sign")):
                reading.forget({at})
                reading.unknown.append(words[at].text)
                reading.unknown_at.append(at)


def _said_of(question: str, found: re.Match[str]) -> bool:
    """ "Are Germans the unhappy ones?": said of a group; "the NPS of the unhappy ones" is not."""
    before, after = question[: found.start()], question[found.end() :]
    verb = re.search(r"\b(?:is|are|was|were|be|been)\b[^.;?!]*$", before, re.IGNORECASE)
    filtered = re.search(r"\b(?:of|for|among|from|by|about|in|with|and|or|than)\s+$", before, re.IGNORECASE)
    return verb is not None and filtered is None and re.match(_END, after) is not None


def _value_named(reading: Reading) -> bool:
    return any(entry.kind == "value" for m in reading.mentions for entry in m.entries)


def _states(reading: Reading) -> None:
    """ "Berlin is a disaster", "January 2025 looks terrible": lower than the others, or a fall."""
    about = _value_named(reading), bool(periods_of(reading)) or event_named(reading)
    others = {sign for m in reading.of("sign") for sign in m.signs if sign.startswith("ask_")}
    other = reading.has("average", "count", "share", "quality", "answers", "rows") or others or reading.of("number")
    if _ASKED_WHAT.match(reading.question) or not any(about) or other or _OF_DATA.search(reading.question):
        return
    for pattern, signs in ((_TERRIBLE, ("lower", "fell")), (_GREAT, ("higher", "rose"))):
        for found in pattern.finditer(reading.question):
            sign = signs[1] if about[1] else signs[0]
            held = reading.has("higher", "lower", "fell", "rose") and reading.has("compare")
            if held:  # the comparison asks for more than this
                put(reading, (found.start("how"), found.end("how")))
            elif put(reading, (found.start("how"), found.end("how")), sign):
                reading.mended.append(f'"{found["how"]}" read as a {"lower" if signs[0] == "lower" else "higher"} NPS')
            put(reading, found.span("is"))


def _feelings(reading: Reading) -> None:
    """ "Teachers love the new timetable", "Bristol hates us": a claim about a group, with an event as a change."""
    event = event_named(reading)
    for found in _NOT_AT_ALL.finditer(reading.question) if event else ():
        put(reading, found.span())
    for pattern, mood in _MOODS_ABOUT if event else ():
        for found in pattern.finditer(reading.question):
            if _object_is_event(reading, found.end()) and put(reading, found.span(), mood):
                reading.mended.append(f'"{found[0]}" read as a {"fall" if mood == "fell" else "rise"} of NPS')
    how = _HOW_LIKED.search(reading.question) if event else None
    if how is not None:
        put(reading, how.span("verb"), "moved")
        return
    why = event and reading.has("why") and re.match(r"\W*(?:so |and )?why\b", reading.question, re.IGNORECASE)
    if (_ASKED_WHAT.match(reading.question) and not why) or reading.has(
        "higher", "lower", "fell", "rose", "compare", "most"
    ):
        return
    if not (event or reading.of("value") or reading.has("joining")):
        return
    for pattern, low in ((_HATES, True), (_LOVES, False)):
        for found in pattern.finditer(reading.question):
            us = found[0].lower().endswith(" us") and (low or found["verb"].lower()[:4] in ("love", "ador"))
            of_event = event and _object_is_event(reading, found.end())
            if not (us or of_event):
                continue
            sign = ("fell" if low else "rose") if of_event else ("lower" if low else "higher")
            if put(reading, found.span(), sign):
                told = {
                    "fell": "a fall of NPS",
                    "rose": "a rise of NPS",
                    "lower": "a lower NPS",
                    "higher": "a higher NPS",
                }[sign]
                reading.mended.append(f'"{found[0].strip()}" read as {told}')
                return


def _object_is_event(reading: Reading, end: int) -> bool:
    """The event stands right after the verb, or "it" does."""
    after = inside(reading, (end, end + 40))
    named = [m.first for m in reading.mentions if m.kind == "event" or (m.time is not None and m.time.event)]
    return (
        any(at in after and at - min(after) <= 3 for at in named)
        or re.match(r"\s+(?:it|them)\b", reading.question[end:]) is not None
    )
