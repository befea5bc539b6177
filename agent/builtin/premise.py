"""Questions that take something for granted or want it confirmed: what is claimed is put to the data, never taken over.

"Confirm that …", "…, right?" and "it's obviously …" are taken off; what is left is understood as a question, and the
claim is kept beside it, so that the answer says first whether the data bears it out.
"""

from __future__ import annotations

import dataclasses
import re
from typing import Literal

from agent.builtin.conversation.fragment import read_piece
from agent.builtin.frame import Claim, Frame, Refusal
from agent.builtin.lexicon import Lexicon
from agent.builtin.reading import read
from agent.builtin.understand import understand
from agent.builtin.vocabulary import stem
from warehouse.catalog import Catalog

_REPORTER = (
    r"(?:(?:everybody|everyone|somebody|someone|people|they|he|she|some|many|rumou?r)(?: here| in the office)?"
    r"|(?:my|our|the|some|all) (?:\w+ )?(?:boss|manager|managers|management|ceo|cfo|coo|team|colleagues?"
    r"|developers?|engineers?"
    r"|marketing|sales|product people|board|investors?|consultants?|agency|director|directors|staff|trainers?"
    r"|partners?|analysts?"
    r"|wife|husband|chief|head|leadership|press|media|competitors?))"
)
"""Who may have said it: nobody of whom the data tells."""
_ASKED = (
    r"(?:please |can you |could you |would you |i need you to |just |kindly )*(?:confirm|verify|prove"
    r"|demonstrate|validate|agree"
    r"|show)(?: (?:to|for) (?:me|us|them|the board|my boss))?(?: (?:me|us))? that"
    r"|(?:is|isn['’]?t) it (?:not )?(?:really |actually )?(?:true|right|correct|a fact|the case"
    r"|fair to say)(?: that)?"
    r"|(?:it['’]?s|it is|that['’]?s) (?:obvious|clear|evident|a fact|well known|true)(?: that)?|am i right(?: that)?"
    r"|(?:we all|everybody|everyone|we) knows?(?: that)?|as we (?:all )?know,?|i(?: am"
    r"|['’]m) (?:pretty |quite )?(?:sure|certain|convinced)"
    r"(?: that)?|i (?:bet|think|believe|guess|assume|suspect|claim|fear|reckon|suppose|would say|hope"
    r"|have (?:a|the) (?:strong )?(?:feeling|hunch|suspicion|impression))(?: that)?|my (?:theory|guess"
    r"|hunch|view|impression|suspicion|feeling) is(?: that)?"
    rf"|{_REPORTER} (?:says?|said|thinks?|claims?|swears?|believes?|insists?|tells? (?:me|us)|told (?:me|us)"
    rf"|keeps? saying"
    r"|(?:is|are) (?:convinced|sure|certain)|maintains?|fears?|suspects?)(?: that|(?=,? \w+ (?:is|are|was|were"
    r"|has|have|did|fell"
    r"|rose)\b))"
    r"|(?:obviously|clearly|surely|of course|no doubt|admit(?: it)?)[,:]?"
)
_PREFIX = re.compile(rf"^(?:{_ASKED})\s+", re.IGNORECASE)
_SUFFIX = re.compile(
    r"(?:\s*[,;–-]\s*|\s+)(?:right|correct|true|isn['’]?t (?:it|that (?:so|right))|is it not|aren['’]?t (?:they|we)"
    r"|(?:did|does|do|was|were|has|have|had|is|are|must|ca|could|wo|would|should)n['’]?t (?:it|they|we|that|he"
    r"|she)|don['’]?t you (?:think"
    r"|agree)|am i right|agreed?)\s*\?*\s*$"
    r"|\s*[,;–-]\s*(?:no|yes|or|surely|obviously)\s*\?+\s*$",
    re.IGNORECASE,
)
_THEORY = re.compile(
    r"^(?:it(?:['’]?s| is| was| must be| has to be| can only be)|that(?:['’]?s| is| must be)|(?:the )?(?:main "
    r"|real |biggest )?(?:reason"
    r"|problem|cause|driver|issue)(?: for (?:it|that|this))? is)"
    r"\s+(?:(?:obviously|clearly|surely|all|just|simply|only|because of|about|down to|due to"
    r"|always)\s+)*(?:the |our |their )?"
    r"(?P<what>[a-z][\w-]*(?: [a-z][\w-]*)?)[\s?.!]*$",
    re.IGNORECASE,
)
_FIGURE = re.compile(
    r"(?:\b(?P<above>above|over|higher than|more than|at least|exceed(?:s|ed)?|beats?|better than)"
    r"|\b(?P<below>below|under"
    r"|lower than|less than|at most|worse than)|\b(?P<at>of|at|is|was|are|stands? at|stood at|equals?"
    r"|around|about|exactly))"
    r"\s+(?:an? )?(?P<number>[-+−]?\d{1,3}(?:\.\d+)?)(?![\d%]|\s*(?:%|per ?cent|points|answers"
    r"|responses|customers|people"
    r"|months|weeks|days|years|quarters|or|and|to|-))",
    re.IGNORECASE,
)
_NO_HARM = re.compile(
    r"\b(?:(?:did|does|do|had|has|have|caused|made|makes|was)\s+(?:us |our customers )?(?:no|not any"
    r"|zero)\s+(?:real |lasting )?"
    r"(?:harm|damage|difference|effect|impact)|(?:did|does|do|has|have)(?:n['’]?t| not"
    r"| never)\s+(?:really )?(?:hurt|harm|harmed"
    r"|damaged?|affect(?:ed)?|cost|hit)|never (?:hurt|harmed|damaged|affected)|was harmless)(?: us"
    r"| nps| our nps| our score"
    r"| customers| our customers| anything| anybody| anyone)*",
    re.IGNORECASE,
)
_LOVES = re.compile(r"\b(?:loves?|likes?|rates?|prefers?) us (?P<way>more|better|less|worse) than\b", re.IGNORECASE)
_EVER_SINCE = re.compile(
    r"^(?:ever )?since (?P<when>[^,]+?),? (?:everything|things|all|nps|our nps|scores?|it"
    r"|we)(?: all)? (?:has |have |is |are )?"
    r"(?P<way>got(?:ten)? (?:so much |much )?(?:better|worse)|improved|went (?:up|down)|gone (?:up"
    r"|down)|(?:is|are) (?:better|worse)"
    r"|better|worse|fell|dropped|rose|declined|risen|fallen)[\s?.!]*$",
    re.IGNORECASE,
)
_BEST = re.compile(
    r"\b(?:best|highest|strongest|happiest|top)\b|\bthe (?:better|happier|stronger|nicer)\b(?! than)", re.IGNORECASE
)
_WORST = re.compile(
    r"\b(?:worst|lowest|weakest|poorest|unhappiest|least happy)\b|\bthe (?:worse|weaker|unhappier|poorer)\b(?! than)"
    r"|\b(?:our|the|a|my) (?:(?:real|main|big|biggest) )?(?:problem|trouble|sorrow)\b(?= (?!child|with|of|in|is)\w)",
    re.IGNORECASE,
)


def understand_claim(question: str, catalog: Catalog, lexicon: Lexicon) -> Frame:
    """The frame of a question, with what it claims kept apart."""
    core, wanted = _core(question)
    if not wanted:
        return _with_claim(understand(question, catalog, lexicon), question)
    theory = _THEORY.match(core) or _THEORY.match(_SUFFIX.sub("", question.strip()))
    if theory:
        return _theory(theory["what"], catalog, lexicon)
    frame = _figure(core, catalog, lexicon) or _no_harm(core, catalog, lexicon)
    if frame is not None:
        return frame
    frame = _with_claim(understand(_plain(core), catalog, lexicon), core)
    if frame.op == "event" and frame.premise in ("rose", "fell"):
        frame = dataclasses.replace(frame, claim=Claim("effect", "above" if frame.premise == "rose" else "below"))
    return dataclasses.replace(frame, confirm=frame.premise is not None or frame.claim is not None)


def _core(question: str) -> tuple[str, bool]:
    """The claim itself, and whether there is one."""
    text = question.strip()
    short = _SUFFIX.sub("", text)
    bare = _PREFIX.sub("", _PREFIX.sub("", short))
    theory = _THEORY.match(short) is not None and re.search(r"obviously|clearly|surely|always", short, re.I) is not None
    return bare, bare != text or theory


def _plain(core: str) -> str:
    """A claim in words that a question would have."""
    since = _EVER_SINCE.match(core)
    if since:
        better = re.search(r"better|improv|up|rose|risen", since["way"], re.IGNORECASE)
        return f"Did NPS {'improve' if better else 'get worse'} since {since['when']}?"
    return _LOVES.sub(
        lambda m: "scores us higher than" if m["way"].lower() in ("more", "better") else "scores us lower than", core
    )


def _with_claim(frame: Frame, text: str) -> Frame:
    """ "Why is Starter the best plan?", "unhappy about price": the place of the plan or theme is looked up."""
    if frame.op == "compare_groups" and not frame.against and len(frame.group) == 1:
        side: Literal["lowest", "highest", ""] = (
            "highest" if _BEST.search(text) else "lowest" if _WORST.search(text) else ""
        )
        name, wanted = next(iter(frame.group.items()))
        if side and len(wanted) == 1:
            return dataclasses.replace(frame, claim=Claim("end", side, name, wanted[0]), premise=None)
    blamed = frame.op == "tool" and frame.tool in ("quotes", "theme_impact") and frame.theme and frame.classes
    if blamed and re.match(r"\W*(?:so )?why\b", text, re.IGNORECASE):
        return _theme_frame(frame.theme or "", frame)
    return frame


def _theme_frame(theme: str, frame: Frame) -> Frame:
    given = {"nps_class": frame.classes[0]} if len(frame.classes) == 1 else {}
    claim = Claim("theme", value=theme)
    return dataclasses.replace(frame, tool="themes", arguments=given, claim=claim, used_by=[])


def _figure(core: str, catalog: Catalog, lexicon: Lexicon) -> Frame | None:
    """ "NPS is above 40": put to the test as a figure that was given."""
    found = _FIGURE.search(core)
    reading = read(core, catalog, lexicon)
    if (
        found is None
        or not reading.has("metric")
        or re.search(r"\b(?:average|share|percent|median|mean)\b", core, re.I)
    ):
        return None
    taken = [m.time for m in reading.of("when") if m.time is not None]
    if any(time.start < found.end("number") and found.start("number") < time.end for time in taken):
        return None
    rest = read_piece(core[: found.start()] + " " + core[found.end() :], catalog, lexicon)
    if rest.places.group or rest.places.by or rest.when.before or rest.classes or len(re.findall(r"\d", core)) > 12:
        return None
    side: Literal["above", "below", "at"] = "above" if found["above"] else "below" if found["below"] else "at"
    figure = float(found["number"].replace("−", "-"))
    return Frame(
        "tool",
        tool="benchmark",
        where=rest.places.where,
        period=rest.when.period,
        arguments={"figure": figure},
        claim=Claim("figure", side),
        read_as=rest.when.read_as,
    )


def _no_harm(core: str, catalog: Catalog, lexicon: Lexicon) -> Frame | None:
    """ "The price rise did no harm": asked as whether it did."""
    found = _NO_HARM.search(core)
    if found is None:
        return None
    subject = core[: found.start()].strip(" ,")
    frame = understand(f"Did {subject} hurt us{core[found.end() :]}", catalog, lexicon)
    if frame.op != "event" and frame.tool != "impact":
        raise Refusal(
            "clarify", "What is it that is said to have done no harm? Name an event of this data.", list(catalog.events)
        )
    return dataclasses.replace(frame, claim=Claim("no harm"), premise=None)


def _theory(what: str, catalog: Catalog, lexicon: Lexicon) -> Frame:
    """ "It's obviously the support": held against everything else that the data has on it."""
    word = what.lower()
    rated = [
        name for name in catalog.measures if stem(word) in {stem(part) for part in re.split(r"[\W_]+", name.lower())}
    ]
    claim = Claim("theme", value=word)
    if len(rated) == 1:
        return Frame("tool", tool="key_drivers", claim=claim)
    reading = read(what, catalog, lexicon)
    written = any(column.role == "comment" for table in catalog.tables.values() for column in table.columns.values())
    named = [m for m in reading.mentions if m.kind in ("value", "dimension", "event", "when")]
    if named or not written:
        raise Refusal(
            "clarify",
            "What would you like to hold that against? Ask what goes with NPS, or how a group differs from the rest.",
            ["What drives NPS?", "Where are we weak?"],
        )
    return Frame(
        "tool", tool="themes", arguments={"nps_class": "detractor"}, classes=["detractor"], theme=word, claim=claim
    )
