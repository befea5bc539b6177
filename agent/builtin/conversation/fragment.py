"""Questions that lean on the one before: what leads them in ("and", "the same", "I meant") and what they bring."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from agent.builtin.about import take_class
from agent.builtin.frame import Refusal
from agent.builtin.lexicon import Lexicon
from agent.builtin.places import Places, find_places
from agent.builtin.reading import Reading, read
from agent.builtin.vocabulary import tokens
from agent.builtin.when import When, find_when
from agent.builtin.wordings.casual import drop_hedges, drop_people
from agent.builtin.wordings.harmless import drop_harmless
from agent.builtin.wordings.leaving_out import take_left_out
from warehouse.catalog import Catalog

_POLITE = re.compile(
    r"^(?:(?:ok(?:ay)?|so|well|right|great|good|cool|nice|thanks?(?: a lot)?|thank you(?: very much)?|thx|ty|hm+"
    r"|yes|yeah|please|oh|hey"
    r"|alright|all right|fine|sure|perfect|super|wow|ouch|aha|ah|hi|hello|anyway|lol|got it|understood|makes sense"
    r"|interesting|i see)\b[\s,.:;!–-]+)+",
    re.IGNORECASE,
)
_OOPS = (
    r"(?:no|nope|sorry|wait|actually|oh|ah|oops|pardon(?: me)?|hm+|argh|ugh|damn|hang on|hold on|typo|my mistake"
    r"|my bad|excuse me"
    r"|(?:the )?wrong (?:one|plan|region|country|segment|group|column|name|month|quarter|year)|one "
    r"(?:sec(?:ond)?|moment)|correction)"
)
_CORRECTION = re.compile(
    rf"^(?:{_OOPS}\b[\s,.:;!–-]*)*"
    r"(?:(?:i|we) said [^,;.]+?,? (?:but|when) )?(?:(?:i|we) (?:actually |really |of course )?"
    r"(?:meant|mean|(?:was|were|am|are) (?:asking|talking|thinking) (?:about|for|of)|wanted|should have said)"
    r"|(?:it|that|this) (?:should|was supposed to|was meant to) (?:be|have been|read|say)|make (?:it|that)"
    r"|correction|rather)"
    r"\b[\s,:]*(?:to say )?",
    re.IGNORECASE,
)
_CORRECTED = re.compile(
    r"(?:\s*[,;.–-]+\s*|\s+)(?:(?:is what |that is what )?(?:i|we) (?:actually |really |of course )?(?:meant"
    r"|mean|wanted|intended)"
    r"(?: to (?:say|ask|write))?|(?:i am |i'm |so )?sorry|my (?:mistake|bad|fault|error)|oops|pardon(?: me)?|i "
    r"should have said"
    r"|apologies)(?:,? (?:sorry|my (?:mistake|bad)|of course))?[\s.!?]*$",
    re.IGNORECASE,
)
""" "Starter I meant", "Growth, sorry": said at the end."""
_OF_COURSE = re.compile(r"[\s,]*\b(?:of course|obviously|naturally|i guess|i think|i suppose)\b[\s,]*$", re.IGNORECASE)
_NOT_THIS = (
    re.compile(r"^(?:no\b[\s,.:;!–-]*)?not (?P<not>[^,;.–]+?)(?:[,;.–]+\s*(?:but |rather )?| but )(?P<but>.+)$", re.I),
    re.compile(r"^(?:no\b[\s,.:;!–-]*)?(?P<but>[^,;]+?)(?:,| and|, and) (?:not|rather than) (?P<not>[^,;]+)$", re.I),
    re.compile(r"^(?:please )?(?:replace|swap|exchange) (?P<not>[^,;]+?) (?:with|by|for) (?P<but>[^,;]+)$", re.I),
    re.compile(r"^(?P<but>\S+(?: \S+)?) (?:not|instead of|rather than) (?P<not>\S+(?: \S+)?)$", re.I),
    re.compile(
        rf"^(?:{_OOPS}[\s,;:.!–-]+)+(?:(?:i|we) (?:need|want)(?:ed)? )?(?P<but>(?!not\b).+)$",
        re.I,
    ),
)
_SLIPS = {
    "olny": "only", "onyl": "only", "adn": "and", "nad": "and", "jsut": "just", "wihtout": "without",
    "withuot": "without", "abuot": "about", "baout": "about", "hwo": "how",
    "waht": "what", "wath": "what", "teh": "the", "thier": "their",
    "smae": "same", "insted": "instead", "agian": "again", "sicne": "since", "comapre": "compare", "taht": "that",
}  # fmt: skip
"""Slips in the words that join a question to the one before."""
_SLIP = re.compile(rf"\b(?:{'|'.join(_SLIPS)})\b", re.IGNORECASE)
_JOINS = r"(?:and|but|or|then|also|now)"
_LEAD = re.compile(
    rf"^(?:{_JOINS}\b[\s,]*(?:then |now |also )?)?(?:what|how) about\b[\s,]*"
    rf"|^(?:{_JOINS}[\s,]+)*(?:go |let'?s go |return )?back to\b[\s,]*"
    rf"|^(?:{_JOINS}[\s,]+)*(?:let'?s )?(?:switch|change|move|turn)(?: (?:it|that|this|over))? to (?:the )?"
    rf"|^(?:{_JOINS}[\s,]+)*what (?:is|was|were|are|would) (?:it|that|the same)(?: be)?"
    r"(?= (?:for|in|on|with|among|by|per|at|during|last|this|without)\b)[\s,]*"
    rf"|^{_JOINS}\b[\s,]*(?:then |now |also )?(?:what (?:is|was|are) it )?",
    re.IGNORECASE,
)
_SAME = re.compile(
    r"^(?:(?:can|could) you )?(?:do |show |give |tell )?(?:me |us )?(?:the |that |it )?(?:same"
    r"|likewise|ditto)\b(?: again"
    r"| thing| question| figure| number| analysis| split)*\s*(?:but\b)?\s*",
    re.IGNORECASE,
)
_THAT_AGAIN = re.compile(
    r"^(?:(?:can|could|may|would) (?:you|i|we) )?(?:please )?(?:"
    r"(?:do|show|give|tell|have|get|see|run|repeat|redo|try|make|want|need|compute)(?: me| us)? (?:that|it|this"
    r"|these|those|them"
    r"|the (?:whole thing|numbers|figures))(?: (?:once )?(?:again|more))?|(?:repeat|redo|again|once more)"
    r"|(?:what|how) (?:does|do|did|would|will|is|was|are) (?:it|that|this|they|these|things) (?:look(?: like)?"
    r"|turn out|come out))\s+"
    r"(?=(?:for|in|on|with|among|of|but|without|only|across|at|during|from|just)\b)",
    re.IGNORECASE,
)
""" "Do that again for the North", "what does it look like in Q2?"."""
_SOFT_END = re.compile(
    r"[\s,]+(?:please|pls|for (?:a|one|just a) (?:moment|minute|second|sec)|for now|for once|if possible|if you "
    r"can|for me|for us|thanks?"
    r"|thank you|thx|quickly|would be (?:even )?(?:better|nice|great|good|fine|perfect|helpful|enough)|is enough"
    r"|will do)\W*$",
    re.IGNORECASE,
)
_NARROW = re.compile(
    r"^(?:only|just|solely|narrow (?:it|that) (?:down )?to|limit (?:it|that|this) to|restrict (?:it|that|this) to"
    r"|filter (?:it|that|this) (?:to|by|for|on)|without|except|excluding|leaving out)\b\s*",
    re.IGNORECASE,
)
_SPLIT_THAT = re.compile(
    r"^(?:(?:can|could) you )?(?:please )?(?:split|break|cut|slice|show|group|give|see)\s+(?:me "
    r"|us )?(?:that|it|this|them|those)\b"
    r"(?: down| up| out| further)*\s*(?=by|per|for|in|over|across|as|only|split)",
    re.IGNORECASE,
)
_AGAINST = re.compile(
    r"^(?:(?:and|but) )?(?:versus|vs\.?|compared?(?: (?:that|it|this|them))? (?:to|with|against)|against)\b", re.I
)
_INSTEAD = re.compile(r"[\s,]*\b(?:instead|rather|this time|as well|too|again|then)\b\s*[?.!]*$", re.IGNORECASE)
SOFT = frozenset(
    ["split", "each", "which", "not", "whole", "two", "together", "rest", "compare", "promoter", "passive", "detractor"]
)
"""Signs that leave open what is asked about."""
_OPENERS = re.compile(
    r"^(?:what|which|who|whom|whose|how|why|when|where|is|are|was|were|do|does|did|has|have|had|can|could|should|will"
    r"|would|show|tell|give|list|rank|compare|explain|find)\b",
    re.IGNORECASE,
)
BRIEF = 6
"""Words that a question without any lead may have to be taken as a mere piece of one."""


@dataclass
class Said:
    """A question without what leads it in."""

    rest: str
    plain: str = ""
    """The question without polite words and "and", as it would be asked alone."""
    lead: bool = False
    """It begins as a piece does: "and for …", "what about …"."""
    bound: bool = False
    """It says that it changes the one before: "the same …", "… instead", "I meant …"."""
    correction: bool = False
    narrow: bool = False
    """ "Only …", "without …": on top of what was asked."""
    added: bool = False
    """ "Split that by …"."""
    instead: bool = False
    against: bool = False
    lifted: bool = False
    """Something was taken off before: the rest may be what was just answered."""


@dataclass
class Piece:
    """What a piece of a question brings along."""

    reading: Reading
    when: When
    places: Places
    classes: list[str] = field(default_factory=list)

    @property
    def empty(self) -> bool:
        """True when it names nothing of the data and no time."""
        when, places = self.when, self.places
        timed = when.period or when.grain or when.before
        placed = places.where or places.group or places.by or places.event or places.measures
        return not (timed or placed or self.classes or self.reading.has("rest"))


def without_lead(question: str) -> Said:
    """Take off what only joins the question to the one before."""
    text = _POLITE.sub("", _SLIP.sub(lambda found: _SLIPS[found[0].lower()], question.strip()))
    said = Said(text)
    found = _CORRECTION.match(text)
    if found:
        said.correction = said.bound = True
        text = text[found.end() :]
    text = _corrected_at_end(text, said)
    text = _SOFT_END.sub("", text) if text.strip() else text
    said.plain = text
    for pattern in _NOT_THIS:
        other = pattern.match(text)
        if other and len(text.split()) <= BRIEF + 2 and not _OPENERS.match(text):
            said.correction = said.lead = True
            text = other["but"]
            break
    if not said.correction:
        text = _joined(text, said)
    short = _INSTEAD.sub("", text)
    if short != text and short.strip():
        said.instead = said.bound = True
        text = short
    said.rest = text.strip()
    return said


def _corrected_at_end(text: str, said: Said) -> str:
    short = _CORRECTED.sub("", text)
    if short == text or not short.strip() or _OPENERS.match(short):
        return text
    said.correction = said.bound = True
    return re.sub(
        r"^(?:no|nope|sorry|wait|oh|ah"
        r"|oops)\b[\s,.:;!–-]*",
        "",
        _OF_COURSE.sub("", short),
        flags=re.IGNORECASE,
    )


def _joined(text: str, said: Said) -> str:
    if _AGAINST.match(text):
        said.against = said.lead = True
        return text
    found = _LEAD.match(text)
    if found and found.end():
        said.lead, text = True, text[found.end() :]
        said.plain = said.plain if found[0].lower().startswith("now") else text
    same = _SAME.match(text)
    if same and same.end() and re.search(r"same|likewise|ditto", same[0], re.I):
        said.bound, text = True, text[same.end() :]
    again = _THAT_AGAIN.match(text)
    if again and again.end():
        said.bound, text = True, text[again.end() :]
    split = _SPLIT_THAT.match(text)
    if split:
        said.bound = said.added = True
        text = text[split.end() :]
    narrow = _NARROW.match(text)
    if narrow:
        said.lead = said.narrow = True
        if not re.match(r"without|except|excluding|leaving", narrow[0], re.I):
            text = text[narrow.end() :]
    return text


def is_piece(said: Said, catalog: Catalog, lexicon: Lexicon, *, first: bool) -> bool:
    """True when the question cannot stand alone: it leaves open what is asked about."""
    reading = read(said.rest, catalog, lexicon)
    open_ = SOFT | {"metric"} if said.bound else SOFT
    heads = [m for m in reading.of("sign") if not set(m.signs) & open_]
    if heads or reading.of("unsupported"):
        return False
    if said.lead or said.bound:
        return True
    brief = len(tokens(said.rest)) <= BRIEF and not _OPENERS.match(said.rest)
    one = sum(reading.has(name) for name in ("promoter", "passive", "detractor")) < 2
    return not first and brief and one and bool(reading.mentions)


def read_piece(text: str, catalog: Catalog, lexicon: Lexicon) -> Piece:
    """What the piece names; Refusal for a word that is not known."""
    reading = read(text, catalog, lexicon)
    drop_harmless(reading, catalog)
    take_left_out(reading)
    drop_people(reading)
    drop_hedges(reading)
    take_class(reading, catalog)
    if reading.unknown:
        words = " ".join(reading.unknown)
        raise Refusal(
            "clarify",
            f"I do not know what {words!r} means in this data. What shall I change?",
            [f"by {name}" for name in list(catalog.dimensions)[:6]],
        )
    numbers = reading.of("number")
    when = find_when(reading, catalog)
    places = find_places(reading, catalog)
    if any(mention in reading.mentions for mention in numbers):
        raise Refusal("clarify", "I cannot tell what the number in that asks for. Please ask the whole question.", [])
    classes = [name for name in ("promoter", "passive", "detractor") if reading.has(name)]
    return Piece(reading, when, places, classes)
