"""A question in its conversation: what cannot stand alone is read together with what was asked before.

A complete question stands alone and forgets the filters of the one before; only "it", "they" and "there" keep them.
Whatever was taken over is said in the answer ("read as: …"), and what could be read in two ways is asked back.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence

from agent.builtin.compound import answered_together, parts
from agent.builtin.conversation.fragment import Piece, Said, is_piece, read_piece, without_lead
from agent.builtin.conversation.lifting import for_everyone, lifted
from agent.builtin.conversation.merging import accepts, changed, merged, settled
from agent.builtin.conversation.picking import WHOLE, picked_option
from agent.builtin.conversation.pointing import with_times
from agent.builtin.conversation.prefatory import only_talk, without_preface
from agent.builtin.conversation.shortcuts import shortcut
from agent.builtin.conversation.talk import Focus, Talk, Turn, focus
from agent.builtin.frame import Frame, Refusal
from agent.builtin.lexicon import Lexicon
from agent.builtin.naming import describe, values_in_words
from agent.builtin.premise import understand_claim
from agent.builtin.reading import read
from agent.builtin.understand import suggestions
from agent.builtin.vocabulary import tokens
from agent.builtin.wordings.asides import set_aside
from agent.builtin.wordings.statements import one_question
from warehouse.catalog import Catalog

_RESET = re.compile(
    r"^(?:ok(?:ay)?[\s,]+|now[\s,]+|let(?:'|’)?s )*(?:please )?(?:start(?: all)? over|begin again"
    r"|start again|start from scratch"
    r"|from scratch|reset(?: everything)?|forget (?:about )?(?:all )?(?:of )?(?:that|it|this|everything|the above)"
    r"(?: before)?|new (?:question|topic)|different (?:question|topic)|change of topic|something else|scratch that"
    r"|never ?mind)\b(?: then| please| again)*[\s,.:;!–-]*",
    re.IGNORECASE,
)
_THANKS = re.compile(
    r"\W*(?:(?:ok(?:ay)?|thanks?(?: a lot| so much)?|thank you(?: very much| so much)?|thx|ty|great|nice|good|cool"
    r"|perfect|fine|super|awesome|wow|interesting|i see|got it|understood|alright|all right|very|so|that is|that's"
    r"|that helps|helpful|useful|well|hm+|aha|oh|hi|hello|hey|there|good (?:morning|afternoon|evening)|bye|cheers|yes"
    r"|please|makes sense)\b\W*)+",
    re.IGNORECASE,
)
"""Words that ask for nothing."""
_PRONOUN = re.compile(
    r"\b(?:it|its|they|them|their|theirs|there|those|these|that (?:segment|group|plan|country|region|one|period|quarter"
    r"|month)|this (?:segment|group|plan)|such customers|(?:is|are|was|were) that)\b",
    re.IGNORECASE,
)
_EMPTY_IT = re.compile(
    r"\b(?:is|was) it (?:true|right|possible|likely|fair|correct|the case)\b|\bwhat is it that\b"
    r"|\bis there\b|\bare there\b"
    r"|\bwas there\b|\bwere there\b|\bthere (?:is|are|was|were)\b|\bdoes it (?:matter|make)\b|\bworth it\b|\bit['’]s\b"
    r"|\bthose (?:who|that|with|in|on|of|from|which)\b|\bthese days\b|\bstill there\b|\bleft there\b",
    re.IGNORECASE,
)
_PEOPLE = re.compile(
    r"\b(?:customers?|users?|people|clients?|members|respondents|promoters|detractors|passives|segments?|groups?|plans?"
    r"|countr(?:y|ies)|everybody|everyone|nps|scores?|comments?|themes?|topics?|tests?|surveys?|competitors?|industry"
    r"|market|benchmark|gap|difference|ones who|those who)\b",
    re.IGNORECASE,
)
_HOW_MANY = re.compile(r"^how many (?:are |were |is )?(?=(?:in|for|of|on|with|from|among|by)\b)", re.IGNORECASE)
_TIMED = ("trend", "why", "compare_periods", "event", "columns", "span", "rows", "quality")
_THERE = re.compile(r"\b(?:there|them|those|these|their|they)\b", re.IGNORECASE)
_FIGURES = ("level", "count", "share", "average", "commented", "scores")
_STANDS_ALONE = re.compile(
    r"\b(?:is|are|was|were|do|does|did|have|has|had|our|we|us|overall|total|all|everyone|everybody|whole|general"
    r"|which|who|why|when)\b",
    re.IGNORECASE,
)
_EARLY = 5
"""How many words may stand before a pronoun that has no noun of its own in the question."""
NOTHING = "There is nothing before this that it could refer to. Please ask the whole question."


def in_conversation(turns: Sequence[Turn], catalog: Catalog, lexicon: Lexicon) -> Frame:
    """The frame of the last question, read in the light of those before it; Refusal when it cannot be."""
    talk = Talk(catalog, lexicon)
    for turn in turns[:-1]:
        talk = _after(turn, talk)
    question, talk = _reset(turns[-1].question, talk)
    return _resolved(question, talk)


def _resolved(question: str, talk: Talk) -> Frame:
    """The frame of a sentence, which may hold several questions."""
    question = set_aside(question).question
    question, aside = without_preface(question, talk.catalog, talk.lexicon)
    if aside:
        frame = _resolved(question, talk)
        return dataclasses.replace(frame, read_as=[*frame.read_as, *aside])
    question = one_question(question, talk.catalog, talk.lexicon)
    questions = parts(question)
    if len(questions) == 1:
        return resolve(questions[0], talk)
    return answered_together(questions, lambda one: resolve(one, talk))


def _reset(question: str, talk: Talk) -> tuple[str, Talk]:
    found = _RESET.match(question) if talk.begun else None
    if found is None or lifted(question, talk) is not None:
        return question, talk
    rest = question[found.end() :].strip()
    if not rest:
        raise Refusal(
            "clarify", "What was said before is forgotten. What would you like to know?", suggestions(talk.catalog)
        )
    return rest, Talk(talk.catalog, talk.lexicon)


def _after(turn: Turn, talk: Talk) -> Talk:
    """Where the conversation stands after a turn; where it stood, after a word of thanks."""
    reset = _RESET.match(turn.question) is not None
    if talk.begun and not turn.answered and not reset and _asks_nothing(turn.question, talk):
        return talk
    fresh = Talk(talk.catalog, talk.lexicon, begun=True)
    found = _RESET.match(turn.question)
    if found and talk.begun and not turn.question[found.end() :].strip():
        return dataclasses.replace(fresh, begun=False)
    try:
        question, before = _reset(turn.question, talk)
        frame = _resolved(question, before)
    except Refusal as refusal:
        if turn.answered:  # by another model, which understood what the planner does not
            return fresh
        kept = talk.frame if _leans(turn.question, talk) else None
        results = talk.results if kept else ()
        asked = refusal.of or turn.question
        return dataclasses.replace(fresh, frame=kept, results=results, pending=asked, asked=refusal)
    if not turn.answered:
        return dataclasses.replace(fresh, pending=turn.question)
    return dataclasses.replace(fresh, frame=frame, earlier=talk.frame, results=turn.results)


def _asks_nothing(question: str, talk: Talk) -> bool:
    """Thanks, greetings, small talk: no word of the data, of time or of what can be asked."""
    small = bool(_THANKS.fullmatch(question)) or only_talk(question, talk.catalog, talk.lexicon)
    return small or not read(question, talk.catalog, talk.lexicon).mentions


def _leans(question: str, talk: Talk) -> bool:
    """Whether a question that was refused was a piece of the one before it."""
    said = without_lead(question)
    piece = is_piece(said, talk.catalog, talk.lexicon, first=not talk.begun)
    return piece or said.lead or _PRONOUN.search(question) is not None or _is_short(said, talk)


def resolve(question: str, talk: Talk) -> Frame:
    """The frame of a question where the conversation stands as `talk` says."""
    if _THANKS.fullmatch(question):
        raise Refusal("clarify", "What would you like to know?", suggestions(talk.catalog))
    pointed = with_times(question, talk)
    if pointed != question:
        return _told(_at_that_time(pointed, question, talk))
    if talk.pending:
        frame = _completed(question, talk)
        if frame is not None:
            return frame
    said = without_lead(question)
    if talk.begun:
        frame = _without_lifted(question, talk) or _short(said, question, talk)
        if frame is not None:
            return frame
        _refuse_small_talk(question, talk)
    elif _is_short(said, talk):
        raise Refusal("clarify", NOTHING, suggestions(talk.catalog))
    if said.lead and _HOW_MANY.match(said.rest):
        said = _how_many(said, talk)
    if is_piece(said, talk.catalog, talk.lexicon, first=talk.frame is None):
        return _from_piece(said, talk)
    frame = understand_claim(said.plain, talk.catalog, talk.lexicon)
    if (said.lead or said.bound) and talk.frame is not None and not _STANDS_ALONE.search(said.plain):
        return _of_the_same(frame, question, talk, talk.frame)
    return _with_focus(frame, question, talk)


def _of_the_same(frame: Frame, question: str, talk: Talk, before: Frame) -> Frame:
    """ "And the average score?", "what about the share of promoters?": another figure of the same people."""
    open_ = not frame.where and not frame.period and not frame.by and not frame.grain and frame.before is None
    if frame.op not in _FIGURES or before.op not in (*_FIGURES, "split") or not open_:
        return _with_focus(frame, question, talk)
    by = list(before.by) if before.op == "split" and frame.op != "customers" else []
    kept = dataclasses.replace(frame, where=dict(before.where), period=before.period, by=by)
    return _told(settled(kept)) if kept != frame else frame


def _at_that_time(pointed: str, question: str, talk: Talk) -> Frame:
    """A question whose time was written out; "that month" keeps the filters, as "they" does."""
    said = without_lead(pointed)
    if is_piece(said, talk.catalog, talk.lexicon, first=talk.frame is None):
        return resolve(pointed, talk)
    return _with_focus(resolve(pointed, talk), question, talk)


def _short(said: Said, question: str, talk: Talk) -> Frame | None:
    frame = shortcut(question, talk) or (shortcut(said.rest, talk) if said.lead or said.rest != question else None)
    return _told(frame) if frame is not None else None


def _without_lifted(question: str, talk: Talk) -> Frame | None:
    """ "Forget Starter, by region for everyone": what is left of the frame before, and then the rest."""
    found = lifted(question, talk)
    if found is None:
        return None
    if not found.rest:
        return _told(found.frame)
    return resolve(found.rest, dataclasses.replace(talk, frame=found.frame, pending="", asked=None, lifted=True))


def _refuse_small_talk(question: str, talk: Talk) -> None:
    if only_talk(question, talk.catalog, talk.lexicon):
        raise Refusal("clarify", "What would you like to know?", suggestions(talk.catalog))


def _is_short(said: Said, talk: Talk) -> bool:
    """A follow-up to nothing: "why?", "and the worst?"."""
    try:
        return shortcut(said.rest, dataclasses.replace(talk, frame=None)) is not None
    except Refusal:
        return True


def _how_many(said: Said, talk: Talk) -> Said:
    """ "And how many in Germany?": of what was counted before."""
    counted = talk.frame is not None and talk.frame.op in ("count", "share", "customers", "scores", "commented")
    if not counted:
        raise Refusal("clarify", "How many of what? Please ask the whole question.", ["How many answers are there?"])
    return dataclasses.replace(said, rest=_HOW_MANY.sub("", said.rest))


def _told(frame: Frame) -> Frame:
    return dataclasses.replace(frame, read_as=[f"read as: {describe(frame)}"])


def _from_piece(said: Said, talk: Talk) -> Frame:
    plain = for_everyone(said.rest) if talk.frame is not None else None
    if plain is not None and talk.frame is not None:
        talk = dataclasses.replace(talk, frame=changed(talk.frame, where={}))
    said.lifted = talk.lifted or plain is not None
    piece = read_piece(plain or said.rest, talk.catalog, talk.lexicon)
    if talk.frame is None:
        raise Refusal("clarify", NOTHING, _whole_questions(piece, talk.catalog))
    if _THERE.search(said.rest):
        talk = _about_them(talk)
    if talk.frame is None:
        raise Refusal("clarify", NOTHING, [])
    _refuse_contradiction(piece, talk.frame)
    _leave_out_as_well(piece, said, talk.frame)
    return _told(merged(talk.frame, piece, said, talk.catalog))


def _about_them(talk: Talk) -> Talk:
    """ "And by plan there?" after a ranking: of the one that it ended on."""
    if talk.frame is None or talk.frame.op not in ("rank", "outliers"):
        return talk
    whom = focus(talk)
    return dataclasses.replace(talk, frame=Frame("level", where=whom.where, period=whom.period))


def _leave_out_as_well(piece: Piece, said: Said, frame: Frame) -> None:
    """ "And without Line 7?": what was left out before stays out, and the rest is one group."""
    if not piece.places.negated:
        return
    said.narrow = True
    for name, wanted in piece.places.where.items():
        before = frame.where.get(name) or wanted
        piece.places.where[name] = [value for value in wanted if value in before]


def _refuse_contradiction(piece: Piece, frame: Frame) -> None:
    """ "Without Starter" where only Starter was asked about."""
    if not piece.places.negated:
        return
    for name, wanted in piece.places.where.items():
        if frame.where.get(name) and not set(frame.where[name]) & set(wanted):
            raise Refusal(
                "clarify", f"Only {values_in_words({name: frame.where[name]})} was asked about before. And now?"
            )


def _whole_questions(piece: Piece, catalog: Catalog) -> list[str]:
    where = {**piece.places.where, **piece.places.group}
    period = f" in {piece.when.period}" if piece.when.period else ""
    if where:
        return [f"What is our NPS for {' and '.join(value for v in where.values() for value in v)}{period}?"]
    return [f"What is our NPS{period}?"] if period else suggestions(catalog)


def _with_focus(frame: Frame, question: str, talk: Talk) -> Frame:
    """Filters of the last answer, where "they", "it" or "there" stands for whom it was about."""
    if not talk.begun or not _points_back(question):
        return frame
    if talk.frame is None:
        return _of_nobody(frame, question)
    named = {*frame.where, *frame.group, *frame.against}
    whom = focus(talk, tuple(named))
    if frame.op == "compare_groups" and not frame.against and len(frame.group) == 1:
        found = _own_side(frame, whom)
        if found is not None:
            return found
    if frame.op in ("columns", "span", "rows", "quality") or (frame.op == "tool" and not accepts(frame, "where")):
        return frame
    taken = {name: wanted for name, wanted in whom.where.items() if name not in {*named, *frame.by}}
    timed = frame.period or frame.grain or frame.before or frame.op in _TIMED
    takes_period = frame.op != "tool" or accepts(frame, "period")
    period = whom.period if whom.period and not timed and takes_period else frame.period
    if not taken and period == frame.period:
        return frame
    return _told(dataclasses.replace(frame, where={**taken, **frame.where}, period=period))


def _of_nobody(frame: Frame, question: str) -> Frame:
    """ "They", where the answer before is not understood; "it" may be the NPS."""
    if re.search(r"\b(?:they|them|their|theirs|those|these|that \w+)\b", question, re.IGNORECASE):
        everybody = re.sub(r"\b(?:they|them|those|these)\b", "customers", question, count=1, flags=re.IGNORECASE)
        raise Refusal("clarify", "Whom do you mean? Please name them.", [everybody])
    return frame


def _points_back(question: str) -> bool:
    found = _PRONOUN.search(_EMPTY_IT.sub(lambda m: "·" * len(m[0]), question))
    if found is None or _PEOPLE.search(question[: found.start()]):
        return False
    return len(tokens(question[: found.start()])) <= _EARLY


def _own_side(frame: Frame, whom: Focus) -> Frame | None:
    """ "How do they compare with Growth?", where they are on another plan."""
    name = next(iter(frame.group))
    own = whom.where.get(name)
    if own is None:
        return None
    if own == frame.group[name]:
        raise Refusal("clarify", f"{values_in_words(frame.group)} against what?", [])
    where = {**{key: wanted for key, wanted in whom.where.items() if key != name}, **frame.where}
    return _told(dataclasses.replace(frame, group={name: own}, against=frame.group, where=where))


def _completed(answer: str, talk: Talk) -> Frame | None:
    """The question that was asked back, together with the answer to that; None when it is a question of its own."""
    picked = picked_option(answer, talk)
    if picked != answer and WHOLE.search(picked):
        return _told(resolve(picked, dataclasses.replace(talk, pending="", asked=None)))
    answer = picked
    said = without_lead(answer)
    chosen = talk.asked is not None and answer.strip().lower() in [text.lower() for text in talk.asked.options]
    piece = is_piece(said, talk.catalog, talk.lexicon, first=False)
    declined = talk.asked is not None and talk.asked.kind == "declined"
    if declined and not said.correction and not chosen:
        return None
    if not (piece or (chosen and not WHOLE.search(answer))):
        return None
    if talk.asked is not None and talk.asked.whom and piece:
        return _of_these(read_piece(said.rest, talk.catalog, talk.lexicon), talk)
    bare = dataclasses.replace(talk, pending="", asked=None)
    refused: Refusal | None = None
    for text in _together(said.rest, talk):
        try:
            frame = resolve(text, bare) if text.strip().lower() != talk.pending.strip().lower() else None
        except Refusal as refusal:
            refused = refused or dataclasses.replace(refusal, of=text)
            continue
        if frame is not None:
            return _told(frame)
    if refused is not None and talk.frame is None and not chosen:
        raise refused
    return None


def _of_these(piece: Piece, talk: Talk) -> Frame:
    """The question again, after it was said whom it is about."""
    where = {**piece.places.where, **piece.places.group}
    period = talk.frame.period if talk.frame is not None else None
    whom = dataclasses.replace(talk, frame=Frame("level", where=where, period=period), pending="", asked=None)
    return _told(resolve(talk.pending, whom))


def _together(answer: str, talk: Talk) -> list[str]:
    """The ways in which an answer may complete the question: in the place of what was unclear, or added to it."""
    question = talk.pending.strip().rstrip("?!. ")
    unclear = re.search(r"'([^']+)'", talk.asked.text) if talk.asked is not None else None
    texts = []
    if unclear and unclear[1].lower() in question.lower():
        start = question.lower().index(unclear[1].lower())
        texts.append(question[:start] + answer + question[start + len(unclear[1]) :])
    joined = f"{question} {answer}"
    return [*texts, joined, f"{question} for {answer}", answer]
