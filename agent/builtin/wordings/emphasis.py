"""Words that only lend weight: "fell a lot", "the dentists themselves", "is it proven that …", "what did we do wrong?".

How much, how sure and whose fault it is stands in every answer about a change or a comparison, so there these words ask
for nothing more. Elsewhere they stay unknown.
"""

from __future__ import annotations

import re

from agent.builtin.reading import Reading
from agent.builtin.wordings.moving import flag_named
from agent.builtin.wordings.signs import event_named, inside, periods_of, put

_MOVING = ("fell", "rose", "moved", "higher", "lower", "compare", "impact", "why", "trend", "worst", "best", "rest")
_DEGREE = re.compile(
    r"\b(?:quite )?a (?:whole )?(?:lot|bit|little|great deal|good deal|tad|touch|few points)\b(?! of\b)"
    r"|\b(?:quite )?(?:a few|several|many|some|a couple of|a lot of|lots of) (?:nps )?points\b"
    r"|\b(?:massively|considerably|sharply|badly|heavily|strongly|dramatically|hugely|markedly|terribly|awfully"
    r"|severely|steeply|visibly"
    r"|enormously|substantially|seriously|deeply|noticeably|nicely|still|suddenly|obviously|apparently"
    r"|allegedly|definitely"
    r"|certainly|surely|by far"
    r"|far|way|even|ever|overnight|steadily|constantly|continuously|horribly|miserably|tremendously|greatly"
    r"|vastly|notably|drastically)\b"
    r"|\b(?:themselves|himself|herself|itself|ourselves|myself)\b|\b(?:and|or) (?:less and less"
    r"|more and more)\b|\banyway\b|\banyhow\b"
    r"|\bat all\b|\b(?:on earth|the hell|the heck|in the world|for god['’]?s sake)\b|\bin the first place\b"
    r"|\b(?:or|and) not\b(?=\W*$)",
    re.IGNORECASE,
)
_MUST = re.compile(
    r"\b(?:must|has to|have to|had to|ought to|is bound to|are bound to)(?: (?:surely|obviously"
    r"|really))?(?= (?:be|have|like|love)\b)",
    re.I,
)
_PROVEN = re.compile(
    r"\b(?:(?:is|was|has) it (?:been )?(?:really |already |actually |now |fully )*(?:proven|proved|established"
    r"|certain|sure|beyond (?:any |all )?doubt"
    r"|confirmed|safe to say|demonstrated|a given|clear|possible|likely|plausible|conceivable"
    r"|known)(?: now)?(?: that)?"
    r"|(?:is|was) there (?:any |some |a |real |hard |solid |clear )*(?:proof|evidence|indication|sign"
    r"|reason to believe)(?: that)?"
    r"|(?:can|could) (?:we|you|i|one|it) (?:really )?(?:prove|say|be (?:sure|certain)|claim|conclude"
    r"|tell)(?: for (?:sure|certain))? that"
    r"|(?:i|we) (?:do not|don['’]?t|can(?:not|['’]?t)) (?:really |quite |fully )?(?:trust|believe|rely on|buy)"
    r"|(?:can|could|may|should|shall) (?:we|i) (?:safely )?(?:tell|report to|write to|explain to) (?:my|our"
    r"|the) \w+ that"
    r"|(?:are|is) (?:we|you) (?:sure|certain|confident) that|does (?:that|this|it) (?:prove|mean"
    r"|show)(?: that)?|(?:that|this|which|it) (?:proves|means|shows)(?: that)?)\b",
    re.IGNORECASE,
)
_FAULT = re.compile(
    r"\bwhat (?:did|have|had|do|are) (?:we|they|you|our \w+) (?:do|done|doing|get|got) (?:so )?(?:wrong|right"
    r"|well|badly)\b"
    r"|\bwhat (?:went|has gone|is going|was) (?:so )?(?:wrong|right|well)\b(?! with\b)|\bwhere did (?:we|they"
    r"|it|things) go (?:so )?wrong\b"
    r"|\bwhat (?:on earth |the hell )?(?:happened|is going on|was going on|is the (?:matter|explanation|reason"
    r"|cause|background|story)|was it"
    r"|could it be|can it be)\b|\bhow (?:could|can|did) (?:that|this|it) happen\b|\bwhat (?:is|was|lies"
    r"|['’]s) behind (?:it|that|this)\b"
    r"|(?:^|(?<=[.;!?,–-] ))(?:(?:and )?(?:the|any) )?(?:reasons?|causes?|explanations?)\s*\?",
    re.IGNORECASE,
)
_WHOSE = re.compile(
    r"\bwho (?:deserves|gets|has|earns|takes|bears) the (?:credit|blame|praise|fault)\b|\bwho (?:is|was|are"
    r"|were) (?:responsible|guilty)\b(?! for\b)"
    r"|\bwhose (?:fault|merit|doing|mistake) (?:is|was) (?:it|that|this)\b",
    re.IGNORECASE,
)
_WRONG_WITH = re.compile(r"\bwhat(?: is|['’]s| was) (?:so )?wrong with(?: the| our)?\b", re.IGNORECASE)
_SPOILT = re.compile(
    r"\b(?:(?:mess|messed|screw|screwed|cock|cocked)(?= up (?:in|during|from|since|between)\b)|(?:go|goes|going"
    r"|went|gone) (?:south|wrong|badly|pear-shaped)|(?:mess|messed|screw|screwed|cock"
    r"|cocked|foul|fouled) (?:it |things )?up"
    r"|(?:mess|messed|screw|screwed|cock|cocked)(?= up (?:in|during|from|since|between)\b)|ruin(?:s|ed)?"
    r"|spoil(?:s|ed|t)?|wreck(?:s|ed)?"
    r"|destroy(?:s|ed)?|blow it|blew it|blundered|do (?:something|anything) wrong|did (?:something|anything) wrong"
    r"|make a mistake|made a mistake)\b",
    re.IGNORECASE,
)
_WENT_WRONG = re.compile(
    r"\b(?:something|anything|things?) (?:must have |has |have |is |seems? to have )?(?:went|gone|go|goes|going"
    r"|be|is|was) (?:very |badly |terribly )?wrong (?:with|for)\b"
    r"|\b(?:has|have|had) (?:such )?an? (?:bad|poor|terrible|dubious|good) (?:name|reputation|image)\b"
    r"|\bdeserved(?:ly)?\b",
    re.IGNORECASE,
)
_GOOD_OR_BAD = re.compile(
    r"\b(?:good or bad|bad or good|(?:any|of any|no) (?:good|use)|(?:a |an )?(?:good|bad|great|poor|clever"
    r"|stupid|wise) (?:idea|move|decision|step|thing)"
    r"|(?:a |such a )?(?:great |big |real |huge )?(?:mistake|blunder|flop|failure|success|hit|error|own goal"
    r"|disaster)|hit or miss|worth it|worth the (?:effort|money|trouble)"
    r"|(?:annoy|annoyed|annoys|upset|upsets|irritate|irritated|anger|angered|displease|displeased|disappoint"
    r"|disappointed|alienate|alienated"
    r"|put off|drive away|drove away|scare off|delight|delighted)(?: (?:people|customers|them|us|anybody"
    r"|everybody))?)\b",
    re.IGNORECASE,
)
_SIDES = re.compile(
    r"\b(?:the )?(?P<way>winners?|losers?|victims?|beneficiar(?:y|ies)) (?:of|from|in)\b", re.IGNORECASE
)
_NOTHING = re.compile(
    r"\b(?:chang(?:ed|es|e)|did|does|do|achiev(?:ed|es)|brought|brings|moved) (?:absolutely "
    r"|really )?nothing(?: at all)?\b"
    r"|\b(?:did|does|do|achieved?|done) (?:anything|something)(?! (?:wrong|right)\b)(?: at all)?",
    re.IGNORECASE,
)
_BLAMED = re.compile(
    r"\b(?:to blame for|guilty of|at fault for|behind|the reason for|responsible for) (?:anything|something"
    r"|this|that|it|all (?:this|that))\b",
    re.I,
)
_BY_LOT = re.compile(
    r"\b(?:(?:we|they|you) )?(?:(?:gave|give|showed|show|assigned|sent|offered|put|rolled out|tried|tested|let"
    r"|had|got|split|drew|chose|picked|flipped|tossed)\b[^.?!]{0,60}?\b)?"
    r"(?:by lot|by (?:coin|dice|chance|lottery|draw)|at random|randomly|by drawing lots|flipp\w* (?:of )?a coin"
    r"|toss\w* (?:of )?a coin|flipped a coin|tossed a coin|drew lots|drawn by lot)\b",
    re.IGNORECASE,
)
_PART_OF = re.compile(
    r"\b(?:the )?(?:one |other )?(?:half|third|quarter|part|some|every (?:second"
    r"|other))(?: (?:one )?of)?(?: (?:the|our|them|all))?(?= (?:\w+ )?(?:members|customers|users|guests|clients"
    r"|people|them|visitors|got|saw|the\b))",
    re.I,
)


def take_emphasis(reading: Reading) -> None:
    """Let words of weight be, and read questions of fault and proof as those of why and how sure."""
    if reading.has("fell", "rose", "moved") or periods_of(reading):
        for found in _WHOSE.finditer(reading.question):
            put(reading, found.span(), "why", "whom")
    for found in _WRONG_WITH.finditer(reading.question):
        after = max(inside(reading, found.span()), default=-1) + 1
        if any(m.first <= after <= m.last for m in reading.of("value")) and not periods_of(reading):
            put(reading, found.span(), "why", "lower")
    for pattern, sign in ((_PROVEN, "sure"), (_FAULT, "why")):
        for found in pattern.finditer(reading.question):
            if put(reading, found.span(), sign):
                _forget_mended(reading, found[0])
    _lots(reading)
    _events(reading)
    if periods_of(reading):
        for found in _SPOILT.finditer(reading.question):
            if put(reading, found.span(), "fell"):
                reading.mended.append(f'"{found[0]}" read as a fall of NPS')
    if reading.has("compare", "higher", "lower"):
        for found in _WENT_WRONG.finditer(reading.question):
            put(reading, found.span())


def drop_degrees(reading: Reading) -> None:
    """Forget words of degree beside a change or a comparison; to be called once all of these are known."""
    if not reading.has(*_MOVING):
        return
    for pattern in (_DEGREE, _MUST):
        for found in pattern.finditer(reading.question):
            unknown = inside(reading, found.span()) & set(reading.unknown_at)
            if unknown:
                put(reading, found.span())


def _forget_mended(reading: Reading, text: str) -> None:
    """A word that was taken for a slip of the pen is none, once the phrase that holds it is known."""
    words = {word.lower() for word in re.findall(r"[\w'’]+", text)}
    told = re.compile(r'^"([^"]+)" read as')
    reading.mended = [n for n in reading.mended if not ((m := told.match(n)) and m[1].lower() in words)]


def _events(reading: Reading) -> None:
    """ "Relaunch - good or bad?", "was the new menu a mistake?": the effect of the event."""
    if not event_named(reading):
        if flag_named(reading) and not reading.has("ask_themes", "ask_quotes"):
            for found in _GOOD_OR_BAD.finditer(reading.question):
                put(reading, found.span(), "impact")
        return
    for found in _SIDES.finditer(reading.question):
        put(reading, found.span(), "fell" if found["way"].lower().startswith(("los", "victim", "suff")) else "rose")
    for found in _NOTHING.finditer(reading.question):
        put(reading, found.span(), "moved")
    for found in _BLAMED.finditer(reading.question):
        put(reading, found.span(), "impact")
    for found in _GOOD_OR_BAD.finditer(reading.question):
        within = inside(reading, found.span())
        others = [m for m in reading.of("sign") if not {m.first, m.last} & within]
        if not any({"ask_themes", "ask_quotes", "ask_sentiment"} & set(m.signs) for m in others):
            put(reading, found.span(), "impact")


def _lots(reading: Reading) -> None:
    """ "We gave half of them the new screen by lot": an experiment."""
    found = _BY_LOT.search(reading.question)
    if found is None or not (reading.of("value") or reading.of("dimension")):
        return
    for part in _PART_OF.finditer(reading.question):
        put(reading, part.span())
    words = inside(reading, found.span())
    told = re.search(r"\b(?:by|at|random\w*|flip\w*|toss\w*|drew|drawn)\b[^.?!,]*$", found[0], re.IGNORECASE)
    start = found.start() + (told.start() if told else 0)
    put(reading, (start, found.end()), "ask_experiment")
    reading.forget(words & set(reading.unknown_at))
