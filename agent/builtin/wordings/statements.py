"""A statement with a short question after it, or a suspicion after a question: read as one question.

"NPS fell in May. Is that so?" claims that it fell, and "Which carrier drags us down? I suspect BlueVan" claims that it
is BlueVan. What is stated is put to the data, never taken over.
"""

from __future__ import annotations

import re

from agent.builtin.frame import Refusal
from agent.builtin.lexicon import Lexicon
from agent.builtin.reading import read
from warehouse.catalog import Catalog

_WHO = r"(?:it|that|this|they|we|he|she|there|i)"
_TRUE = re.compile(
    r"^(?P<said>(?!\W*(?:which|what|who|whom|where|when|why|how|is|are|did|do|does|has|have|was|were|should|can"
    r"|could|would|will|show|give|tell|list|rank|compare|plot"
    r"|split|break|name|count|explain|find|please)\b)"
    r"[^?]*?\w)\s*[.;!–]+\s+(?:but |so |and |now )?"
    r"(?:true|correct|right|agreed|really|am i right|are (?:they|we|you) right|is (?:he|she|this|that|it"
    r"|that really|this really)"
    r" (?:so|true|right|correct|the case|really so|a fact|justified|deserved)(?: or (?:not|false|wrong))?"
    r"|true or false|yes or no|can that be"
    r"|(?:should|must|do|need) (?:i|we) (?:need to |have to )?(?:be )?(?:worr(?:y|ied)|alarmed|concerned|panic"
    r"|care)(?: about (?:it|that|this))?"
    r"|is (?:that|this|it) (?:a )?(?:fair|bad|normal|serious|problem|big problem|unfair)"
    r"|can you (?:confirm|prove|verify) (?:that|this|it)|please (?:confirm|verify)"
    rf"|(?:is|are|was|were|did|do|does|has|have|isn['’]?t|aren['’]?t|don['’]?t|doesn['’]?t"
    rf"|didn['’]?t) {_WHO})\s*(?:\?+|\.|$)\s*$",
    re.IGNORECASE,
)
"""The short question adds nothing of its own: it wants the statement confirmed."""
_SUSPECTED = re.compile(
    r"^(?P<asked>(?:[^?]*[.;!]\s+)?\W*(?:and |so |now )?(?:which|what|who|where)\b[^?]*?)\s*[?.;,–-]+\s*"
    r"(?:(?:i|we|my \w+|everybody|everyone|some|people|they|the \w+) (?:would |['’]d )?(?:suspects?|bets?"
    r"|guess(?:es)?|thinks?|believes?"
    r"|assumes?|fears?|says?|tips?|blames?|would say|points? (?:at|to))(?: that)?(?: (?:on|it(?: i|['’])s"
    r"|it was|that it(?: i|['’])s|it must be"
    r"|it might be|it could be|it['’]?ll be))?"
    r"|(?:my|our) (?:guess|money|bet|tip|suspicion|hunch|theory|feeling|suspect|favourite|favorite)(?: (?:is"
    r"|would be|goes to|falls on))?(?: (?:on|for))?"
    r"|(?:it|that) (?:must|might|could|may|has to|will) be|(?:maybe|perhaps|probably|presumably|surely"
    r"|i suppose)(?: it(?: i|['’])s)?"
    r"|(?:is|isn['’]?t) it)\s+(?:the |our )?(?P<what>[^?.!,]+?)\s*[?.!]*\s*$",
    re.IGNORECASE,
)
_SUPPOSED = re.compile(
    r"^\W*(?:i|we) (?:suspect|think|believe|guess|assume|fear|bet|feel|claim|presume"
    r"|reckon)(?: that)? ",
    re.IGNORECASE,
)
_BARE = 2
"""So few words state nothing: "thanks. Really?"."""
_LOW = re.compile(
    r"\b(?:drag\w*|pull\w* (?:us )?down|worst|lowest|weakest|poorest|unhappiest|least|weak|hurt\w*|harm\w*"
    r"|problem|fix|down|blame|trouble)\b",
    re.I,
)
_HIGH = re.compile(
    r"\b(?:best|highest|strongest|happiest|top|most (?:happy|loyal|satisfied)|lift\w*|pull\w* (?:us )?up)\b", re.I
)


def one_question(question: str, catalog: Catalog, lexicon: Lexicon) -> str:
    """The statement and the question beside it as one question; the text itself where there is no such pair."""
    stated = _TRUE.match(question)
    if stated is not None and len(stated["said"].split()) > _BARE:
        return f"Is it true that {_SUPPOSED.sub('', stated['said'].strip())}?"
    return _suspected(question, catalog, lexicon) or question


def _suspected(question: str, catalog: Catalog, lexicon: Lexicon) -> str | None:
    """ "Which carrier drags us down? I suspect BlueVan": "is BlueVan the worst carrier?"."""
    found = _SUSPECTED.match(question)
    if found is None:
        return None
    named = read(found["what"], catalog, lexicon)
    values = {(entry.name, entry.value) for m in named.of("value") for entry in m.entries}
    asked = read(found["asked"], catalog, lexicon)
    columns = {entry.name for m in asked.of("dimension") for entry in m.entries}
    others = asked.of("value") or asked.of("when") or asked.of("event")
    if len(values) != 1 or len(columns) != 1 or len(named.mentions) != 1 or named.unknown:
        return None
    name, value = next(iter(values))
    if name not in columns:
        column = next(iter(columns))
        raise Refusal(
            "clarify",
            f"{value} is a value of {name}, and not of {column}. Which of them do you mean?",
            [f"{found['asked'].strip()}?", f"How does {value} compare with the others?"],
        )
    if others:
        return found["asked"] if name in columns else None
    side = "worst" if _LOW.search(found["asked"]) else "best" if _HIGH.search(found["asked"]) else ""
    return f"Is {value} our {side} {name}?" if side and name in columns else None
