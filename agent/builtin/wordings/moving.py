"""Changes told in other words: people become less happy, turn away, do worse, are better since the relaunch.

Such words become the sign of a fall or a rise. Where they compare two groups, or say only how things stand, they are
left as they are.
"""

from __future__ import annotations

import re

from agent.builtin.reading import Reading
from agent.builtin.wordings.signs import event_named, inside, periods_of, put

_TURN = (
    r"(?:become|becomes|became|becoming|get|gets|got|gotten|getting|grow|grows|grew|grown|growing|turn|turns|turned"
    r"|turning)"
)
_MUCH = (
    r"(?: (?:any|much|so|a lot|a bit|a little|even|far|ever|still|really|clearly|significantly|noticeably|slightly"
    r"|somewhat|generally|all))*"
)
_PLEASED = (
    r"(?:happy|satisfied|content|pleased|loyal|positive|enthusiastic|fond of us|keen|likely to recommend(?: us)?)"
)
_SORRY = r"(?:unhappy|dissatisfied|critical|negative|annoyed|disappointed|displeased)"
_LOWER = (
    rf"(?:less {_PLEASED}|more {_SORRY}|unhappier|sadder|angrier|grumpier|{_SORRY}|worse|weaker|cooler on us"
    rf"|not as happy)"
)
_HIGHER = rf"(?:more {_PLEASED}|less {_SORRY}|happier|better|stronger|friendlier|{_PLEASED})"
_FALLING = re.compile(
    rf"\b(?:{_TURN}{_MUCH} {_LOWER}|turn(?:s|ed|ing)? (?:away(?: from us)?|against us|their backs?(?: on us)?"
    rf"|cold|sour|bitter)"
    r"|cool(?:s|ed)? (?:off|on us)"
    r"|(?:go|goes|going|went|gone) (?:downhill|backwards?))\b",
    re.IGNORECASE,
)
_RISING = re.compile(
    rf"\b(?:{_TURN}{_MUCH} {_HIGHER}|warm(?:s|ed)? (?:up )?to us"
    r"|(?:go|goes|going|went|gone) uphill|(?:come|came|win|won|turn|turned) (?:back )?round)\b",
    re.IGNORECASE,
)
_DOING = re.compile(
    rf"\b(?:do|did|done|doing|fare|fared|faring|perform|performed|performing|feel|felt|feeling|are|is|were|was"
    rf"|been){_MUCH}"
    r" (?P<low>worse|unhappier|less (?:happy|satisfied)|more unhappy)\b"
    rf"|\b(?:do|did|done|doing|fare|fared|faring|perform|performed|performing|feel|felt|feeling|are|is|were|was"
    rf"|been){_MUCH}"
    r" (?P<high>better|happier|more (?:happy|satisfied)|less unhappy)\b",
    re.IGNORECASE,
)
_STATE_LOW = re.compile(
    r"\b(?:worse|lower|unhappier|unhappy|less (?:happy|satisfied|loyal)|more unhappy|weaker)(?: off)?$", re.I
)
_STATE_HIGH = re.compile(r"\b(?:better|higher|happier|more (?:happy|satisfied|loyal)|stronger)(?: off)?$", re.I)
_SINCE = re.compile(r"\b(?:since|after|following)\b", re.IGNORECASE)
_THEN = re.compile(r"\b(?:did|have|has)\b", re.IGNORECASE)
_STANDING = ("compare", "rest", "average", "share", "count", "best", "worst", "rank")
_HELD_AGAINST = ("than", "compared to", "compared with", "versus", "vs")
_ANYBODY = (
    r"(?:anybody|anyone|somebody|someone|everybody|everyone|nobody|no one|all of (?:them|us)|any (?:group|segment)s?)"
)
_SUBJECT = re.compile(
    rf"\b(?:(?:for|to|with|from|of|among|did|has|have|are|is|was|were|does"
    rf"|do|hurt|harm|harmed|help|helped|affect|affected|hit|benefit|benefited) )(?P<who>{_ANYBODY})\b",
    re.I,
)
_ANYTHING = re.compile(
    r"\b(?:did|has|have|does)(?:n['’]t)? (?P<what>anything|something|nothing)(?= (?:really |at all "
    r"|ever )?(?:chang|mov|shift|happen))",
    re.IGNORECASE,
)
_SOMETHING = re.compile(
    r"\b(?:chang\w*|bring|brought|do|done|did|achiev\w*|improv\w*|hurt|help\w*|affect\w*|add|added) "
    r"(?P<what>anything|something|a thing)\b(?: at all)?",
    re.IGNORECASE,
)
_ASKED_SO = re.compile(
    r"\bbecause (?:of )?(?:the |our |a )?(?:new |other |different |changed )*(?:way|manner|channel"
    r"|method) (?:of|for) (?:asking|surveying)\b|"
    r"(?:,? or|,? and)(?: (?:is|was|were|does|did))? (?:it|this|that|they|there|we)? ?(?:just |only |merely "
    r"|simply )*"
    r"(?:(?:down to|due to|because of|caused by) )?(?:(?:the|a change (?:in|of) the) )?"
    r"(?:way|how|channel (?:by|in) which|manner in which) (?:we|you|they) (?:ask|asked|survey|surveyed|collect"
    r"|collected)(?: (?:them|people))?\b",
    re.IGNORECASE,
)
_BRING = re.compile(
    r"\b(?:bring|brings|brought|yield|yields|yielded|add|adds|added|deliver|delivered|win|won|earn|earned|achieve"
    r"|achieved"
    r"|give us|gave us|get us|got us|buy us|bought us|do for (?:us|nps)|did for (?:us|nps))(?: (?:us|in|about))?\b",
    re.IGNORECASE,
)
_POINTS = re.compile(
    r"\b(?:by )?how many (?:nps |percentage |score )?points(?: of (?:the |our )?(?:nps|score))?(?! (?:each|per))\b"
    r"|\bhow much nps\b|\bby how much\b",
    re.IGNORECASE,
)
_OTHERWISE = (
    "ask_cost",
    "ask_themes",
    "ask_priorities",
    "ask_benchmark",
    "ask_planning",
    "ask_retention",
    "ask_cohorts",
)
_GONE = re.compile(r"\b(?:go|goes|going|went|gone)(?= up (?:from|since|between|in|over|during|after)\b)", re.IGNORECASE)


_LIKING = re.compile(
    r"\b(?:like|love|rate|score|recommend|value|prefer)(?:s|d)? us (?:(?:clearly|really|so|even|still|a lot"
    r"|a bit|much|far) )*(?P<way>more|better|less"
    r"|worse)(?= than|\W*$| (?:in|at|with)\b)?",
    re.IGNORECASE,
)
_OWN_QUESTION = re.compile(
    r"[.;!]\s+(?:so |but |and )?(?:did|have|has|are|is) (?:we|our \w+|the \w+|they|it)\b[^.?]*\??\s*$", re.IGNORECASE
)


def take_moves(reading: Reading) -> None:
    """Read words of change as the signs of a fall, a rise or a question of who moved."""
    reading.forget({at for found in _GONE.finditer(reading.question) for at in _unknown(reading, found.span())})
    _asked_so(reading)
    for pattern, sign in ((_FALLING, "fell"), (_RISING, "rose")):
        for found in pattern.finditer(reading.question):
            if not _held_against_others(reading, found.end()):
                put(reading, found.span(), sign)
    _liking(reading)
    _doing(reading)
    _since(reading)
    _really(reading)
    _lost(reading)
    _subjects(reading)
    _points(reading)


def _unknown(reading: Reading, span: tuple[int, int]) -> set[int]:
    return inside(reading, span) & set(reading.unknown_at)


def _held_against_others(reading: Reading, end: int) -> bool:
    """ "Became happier than the others": a comparison of groups, unless what follows than is a time."""
    after = re.match(r"\W*(?:than|compared (?:to|with)|versus|vs)\b\W*", reading.question[end:], re.IGNORECASE)
    if after is None:
        return False
    start = end + after.end()
    return not any(m.time is not None and 0 <= m.time.start - start <= 8 for m in reading.of("when"))


def _doing(reading: Reading) -> None:
    """ "Did we do worse in May?": a change, where one stretch of time is named and no others are."""
    if len(periods_of(reading)) != 1 or reading.has(*_STANDING) or _named_end(reading):
        return
    for found in _DOING.finditer(reading.question):
        past = _THEN.search(reading.question[: found.end()])
        if past is not None and not _held_against_others(reading, found.end()):
            put(reading, found.span(), "fell" if found["low"] else "rose")


def _liking(reading: Reading) -> None:
    """ "Customers like us more": a rise where times are compared, else a higher NPS."""
    timed = bool(periods_of(reading)) or event_named(reading)
    for found in _LIKING.finditer(reading.question):
        more = found["way"].lower() in ("more", "better")
        put(reading, found.span(), ("rose" if more else "fell") if timed else ("higher" if more else "lower"))


def _really(reading: Reading) -> None:
    """ "NPS is higher in H1 than in H2. Did we get better?": what is behind the change is asked."""
    found = _OWN_QUESTION.search(reading.question)
    if found is None or len(periods_of(reading)) != 2:
        return
    for mention in reading.of("sign"):
        if {"fell", "rose"} & set(mention.signs) and mention.first >= min(inside(reading, found.span()), default=0):
            mention.signs = (*mention.signs, "why")


def _lost(reading: Reading) -> None:
    """ "Which zone lost?" beside a change asks for a fall, not for answers that were dropped."""
    points = re.search(r"\b(?:lost|lose|losing)\b[^.?!]{0,30}\bpoints\b", reading.question, re.IGNORECASE)
    timed = periods_of(reading) and (reading.has("metric") or reading.of("dimension") or points)
    groups = event_named(reading) and (reading.of("value") or reading.of("dimension"))
    if reading.has("answers", "rows") or not (timed or groups):
        return
    for mention in reading.of("sign"):
        if {"fell", "quality"} <= set(mention.signs):
            mention.signs = ("fell",)


def _named_end(reading: Reading) -> bool:
    """ "Which team did better in May": the best one is asked for, no change."""
    return re.match(r"\W*(?:in )?(?:which|what|who)\b", reading.question, re.IGNORECASE) is not None


def _since(reading: Reading) -> None:
    """ "Is the chat queue worse since the chatbot?": since then against before."""
    times = periods_of(reading)
    if len(times) != 1 or reading.has(*_STANDING) or reading.has("ask_breaks", "fell", "rose"):
        return
    time = times[0].time
    if time is None or time.role not in ("after", "from") or not _SINCE.match(times[0].text):
        return
    for mention in list(reading.of("sign")):
        sign = "fell" if _STATE_LOW.search(mention.text) else "rose" if _STATE_HIGH.search(mention.text) else None
        if sign and {"lower", "higher"} & set(mention.signs):
            mention.signs = (sign,)


def _subjects(reading: Reading) -> None:
    """ "Did anything change for anybody?", "did everybody fall?": who moved."""
    for found in _ANYTHING.finditer(reading.question):
        put(reading, found.span("what"), "moved")
    for found in _SOMETHING.finditer(reading.question):
        put(reading, found.span("what"))
    if not reading.has("fell", "rose", "moved", "impact"):
        return
    for found in _SUBJECT.finditer(reading.question):
        put(reading, found.span("who"), "whom")


def _asked_so(reading: Reading) -> None:
    """ "… or was it the way we asked?": a change of who was asked, which is what taking a change apart tells."""
    for found in _ASKED_SO.finditer(reading.question):
        within = inside(reading, found.span())
        reading.mentions = [m for m in reading.mentions if not {m.first, m.last} & within or m.time is not None]
        put(reading, found.span(), "why")


def _points(reading: Reading) -> None:
    """ "How many points did the programme bring?": the size of an effect, a difference or a change."""
    if reading.has(*_OTHERWISE) or reading.of("number"):
        return
    if event_named(reading) or flag_named(reading):
        for found in _BRING.finditer(reading.question):
            put(reading, found.span(), "impact")
    asked = _POINTS.search(reading.question)
    if asked is None:
        return
    if (event_named(reading) and reading.has("impact", "fell", "rose", "moved")) or flag_named(reading):
        put(reading, asked.span(), "impact", "moved")
    elif reading.has("compare", "higher", "lower", "rest") or _pair(reading):
        put(reading, asked.span(), "compare")
    elif reading.has("fell", "rose", "moved"):
        put(reading, asked.span(), "moved")


def flag_named(reading: Reading) -> bool:
    """A column of yes and no is named by what its yes means: "the pro upgrade"."""
    return any({"dimension", "value"} <= {entry.kind for entry in m.entries} for m in reading.mentions)


def _pair(reading: Reading) -> bool:
    """Two values of one dimension are named."""
    held: dict[str, set[str | None]] = {}
    for mention in reading.of("value"):
        held.setdefault(mention.entries[0].name, set()).add(mention.entries[0].value)
    return any(len(values) == 2 for values in held.values())
