"""Causes: what makes one thing responsible for another needs an effect that a causal tool found, of that very thing."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agent.check import causewords as say
from agent.check.binding import misfit
from agent.check.causeidioms import Cue, is_figurative
from agent.check.figures import Figure
from agent.check.languages import foreign_causes
from agent.check.matching import candidates
from agent.check.names import Mention, lower
from agent.check.outcomes import SATISFACTION
from agent.check.proofs import Proof
from agent.check.reading import Line, Reading
from agent.check.said import clause_after, clause_before, undotted
from agent.check.strata import BY_MIX

_PRONOUN = re.compile(
    r"^\W*(?:(?:yes|no|indeed|so|then|and|but|clearly|in short|first|second|here),? )*(?:(?:all|"
    r"most|much|part|some|both) (?:of )?)?(?:it|its|this|that|which|these|they|the (?:change|"
    r"event|effects?|rise|move|increase|treatment|variant|switch|"
    r"rollout|roll-out|measure))\b",
    re.IGNORECASE,
)
_OPEN = re.compile(
    r"\b(?:not|n't|cannot|nothing|nor) (?:\w+ )?(?:say|tell|show|know|known|told|shown|"
    r"explain|reveal|answer|settle)|n't (?:say|tell|show)|unknown|you can ask|"
    r"\bask for\b|\bopen question",
    re.IGNORECASE,
)
_OWN_EFFECT = re.compile(
    r"\b(?:mix|within|season(?:al|'s)?|weekday|monthly|calendar|design|detectable|no clear|"
    r"no visible|ceiling|sizes?|segment|fixed|random|equal|"
    r"smaller|larger|(?:mon|tues|wednes|thurs|fri|satur|sun)day(?:'s)?|direct) (?:effects?|"
    r"influence)\b|\beffect sizes?\b|\beffects? (?:under|over|above|below|smaller|larger|"
    r"of "
    r"(?:at least|less|more|under|over|[\d\x00]))",
    re.IGNORECASE,
)
_ACCOUNTS = ("decompose_change", "nps_change")
_MIX = re.compile(r"\b(?:mix|composition|make-?up)\b", re.IGNORECASE)
_LIKENED = re.compile(
    r"\b(?:as|so|such|same|read|treat\w*|regard\w*|se[et]|view\w*|us[ei]\w*|count\w*|defin\w*) [^.;,]{0,30}$"
)
_PURPOSE = re.compile(
    r"(?<!managed )(?<!began )(?<!seems )(?<!helped )(?<!continues )\b(?:in order |so as )?to (?:\w+ly )?$",
    re.IGNORECASE,
)
_CAUSAL = ("impact", "experiment", "matched_effect")
_UNASKED = "no causal tool (impact, matched_effect, experiment) has shown it; word it as an association or leave it out"
_OTHER = "the causal result of this run is not about that; word it as an association or leave it out"


def causes(line: Line, reading: Reading, found: list[Proof]) -> Iterator[tuple[int, int, str, str]]:
    """Causal claims that no effect bears out: (start, end, phrase, why)."""
    said = undotted(line.said)
    if said.rstrip().endswith("?"):
        return
    start = line.sentence.start
    held = list(cues(said))
    for cue in held:
        why = None if _is_no_claim(said, cue, line, reading) else _judged(cue, line, reading, found)
        if why:
            yield start + cue.start, start + cue.end, cue.text.strip(), why
    for first, last, whole in foreign_causes(line):
        if not any(proof.clear and _names_it(whole, proof) for proof in found):
            yield start + first, start + last, said[first:last], _UNASKED
    yield from _overdone(said, line, bool(held))


def _overdone(said: str, line: Line, causal: bool) -> Iterator[tuple[int, int, str, str]]:
    """ "proves", "beyond doubt"; and of a cause also "certainly", "entirely"."""
    why = "no study of a survey is as sure as that; say what was found and on which condition"
    for pattern in (say.OVERDONE, *([say.SURE] if causal else [])):
        for match in pattern.finditer(said):
            before = clause_before(said, match.start())
            if say.DENIED.search(before) or say.DOUBTED.search(before) or _of_people(said, match):
                continue
            yield line.sentence.start + match.start(), line.sentence.start + match.end(), match.group(), why


def _of_people(said: str, match: re.Match[str]) -> bool:
    return bool(re.match(r"\s+(?:correct|right|wrong|true|nothing|possible|not)\b", said[match.end() :], re.IGNORECASE))


def cues(said: str) -> Iterator[Cue]:
    """Where a sentence makes something the cause of something."""
    taken: list[tuple[int, int]] = []
    for pattern in (say.BOTH, say.AFTER, say.BEFORE, say.SINCE, say.AS, say.FOLLOWING, say.REASONED):
        for match in pattern.finditer(said):
            if any(a < match.end() and match.start() < b for a, b in taken) or _idiom(said, match, pattern):
                continue
            taken.append(match.span())
            yield _cue(said, match, pattern)


def _idiom(said: str, match: re.Match[str], pattern: re.Pattern[str]) -> bool:
    """ "as much drift as we could have missed", "where it hurts"."""
    before = said[max(0, match.start() - 40) : match.start()]
    if pattern is say.AS:
        return bool(_LIKENED.search(before))
    if re.fullmatch(r"lower|increase|decrease|cut|influence|help", match.group(), re.IGNORECASE):
        return not re.search(r"(?:[a-z]s|\b(?:to|will|would|and|which|that|they|we)) $", before) or bool(
            re.search(r"\b(?:is|was|as|this|its|has|his|us|less|versus|plus) $", before)
        )
    return bool(re.search(r"\bwhere (?:it|this|that) $", before, re.IGNORECASE))


def _cue(said: str, match: re.Match[str], pattern: re.Pattern[str]) -> Cue:
    before, after = clause_before(said, match.start()), clause_after(said, match.end())
    if pattern is say.BOTH:
        return Cue(match.start(), match.end(), match.group(), "both", said, said)
    if pattern in (say.BEFORE, say.REASONED):
        return Cue(match.start(), match.end(), match.group(), "before", before, after)
    if not before.strip(" *-—:(,#") and "," in after:
        after, _comma, effect = after.partition(",")
        return Cue(match.start(), match.end(), match.group(), "after", after, effect or said[match.end() :])
    return Cue(match.start(), match.end(), match.group(), "after", after, before)


def _is_no_claim(said: str, cue: Cue, line: Line, reading: Reading) -> bool:
    if _doubted(said, cue) or _of_method(cue, said) or is_figurative(cue, said, reading):
        return True
    word = cue.text.lower()
    if "effect" in word or "influence" in word:
        around = said[max(0, cue.start - 24) : cue.end + 24]
        if _OWN_EFFECT.search(around) or _effect_told(line, reading):
            return True
    if cue.side == "both" and _effect_told(line, reading):
        return True
    if re.match(
        r"(?:un)?happy|angry|upset|(?:dis)?satisf|frustrat|annoyed|disappoint|displeas|pleased|"
        r"delight|impress|fed up",
        word,
    ):
        at = line.sentence.start
        if any("theme" in m.axes() and at + cue.end <= m.start < at + cue.end + 30 for m in line.mentions):
            return True
    return _accounted(cue, line, reading) or _temporal(cue, line, reading)


def _doubted(said: str, cue: Cue) -> bool:
    """ "whether it was because of", "not because of", "does not say what caused", "for reasons that are not known"."""
    if cue.side == "both":
        if re.search(r"\b(?:answers|responses|respondents|samples?|data|base)\b", cue.text, re.IGNORECASE):
            return True
        if say.DENIED_AFTER.match(said[cue.end :]):
            return True
        return bool(say.DOUBTED.search(re.sub(r"\bif (?:it|not)\b", "", said[: cue.end], flags=re.IGNORECASE)))
    if re.match(r"wh(?:y|at)\b|effect|impact", cue.text, re.IGNORECASE) and _OPEN.search(said):
        return True
    before = re.sub(r"\([^()]*\)", " ", clause_before(said, cue.start))
    doubts = list(say.DOUBTED.finditer(before))
    if doubts and not say.CLOSED_DOUBT.search(before) and not _ended(before[doubts[-1].end() :], cue):
        return True
    if say.DENIED_NEAR.search(before) or (cue.side == "before" and _PURPOSE.search(before)):
        return True
    if cue.side == "before" and say.DENIED.search(before):
        return True
    return bool(say.DENIED_AFTER.match(said[cue.end :]))


def _ended(between: str, cue: Cue) -> bool:
    """A doubt about something said before: "may differ, and slow support drives it"."""
    return bool(re.search(r", which |; ", between)) or (
        cue.side == "before" and bool(re.search(r", (?:and|so|as|since) ", between))
    )


def _of_method(cue: Cue, said: str) -> bool:
    """Reasons about data, tests and advice: "wider because some customers answered twice"."""
    effect = re.sub(r"\([^()]*\)", " ", cue.effect)
    if say.ADVICE.search(effect) and cue.side == "after":
        return True
    if cue.side == "after" and cue.start < 3 and (say.DOUBTED.search(effect) or say.DENIED.search(effect)):
        return True
    if cue.side == "after":
        if say.OF_METHOD.search(cue.cause):
            return True
        if not effect.strip(" *-—:(,#"):
            return cue.start < 3 and bool(say.OF_DATA.search(cue.cause))
        return bool(say.METHOD.search(effect)) and bool(say.OF_DATA.search(cue.cause))
    if say.REASONED.fullmatch(cue.text) or re.match(
        r"conseq|thereby|which is why|th\w+(?:'s| is) why|as a|for th", cue.text, re.IGNORECASE
    ):
        return not say.HAPPENED.search(said[cue.end : cue.end + 90]) or bool(say.METHOD.search(cue.effect))
    if say.OF_METHOD.search(cue.cause) and say.METHOD.search(cue.effect):
        return True
    return bool(re.search(r"\b(?:account|explain|contribut|caus|result)", cue.text, re.IGNORECASE)) and bool(
        re.match(
            r"\s*(?:an? )?(?:wide|wider|uncertain|larger?|smaller?|the (?:uncertainty|interval|width))\b", cue.effect
        )
    )


def _accounted(cue: Cue, line: Line, reading: Reading) -> bool:
    """Words of accounting: what a decomposition or a model of drivers splits up."""
    tools = {known.tool for known in reading.evidence.known}
    word = cue.text.lower()
    told = {known.tool for figure in line.figures for known in candidates(figure, reading.evidence)}
    modelled = "key_drivers" in tools and "key_drivers" in told | _named_drivers(line)
    if modelled and _MODELLED.search(word) and say.VARIATION.search(line.said):
        return True
    if "key_drivers" in tools and re.search(r"\bto do with$", word.strip()):
        return True  # "has most to do with the score": goes with it
    if not _SPLIT_UP.search(word):
        return False
    if any(known.fact.name.endswith(BY_MIX) for known in reading.evidence.known) and _MIX.search(cue.cause):
        return True
    if not tools & set(_ACCOUNTS):
        return False
    if say.ACCOUNTED.search(cue.cause):
        return True
    names = any(mention.axes() & set(reading.catalog.dimensions) for mention in _mentions(cue, line))
    names = names or bool(_PRONOUN.match(cue.cause))
    return "decompose_change" in told and names and not re.search(r"caus|because|due", word)


_SOME_OF_IT = re.compile(
    r"(?:explain\w*|account\w* for|is behind|caus\w+|drove|made up) (?:(?:a|the) (?:good|large|big|great|"
    r"greater|major|substantial|fair|better) "
    r"(?:part|share|deal|portion|chunk)|most|much|half|the (?:bulk|whole|lion's share)|nearly all|almost all)\b",
    re.IGNORECASE,
)
_MODELLED = re.compile(r"explain(?!s why)|account|driver")
_SPLIT_UP = re.compile(
    r"account|explain|contribut|because|due|come|came|coming|down to|reflect|drag|pull|"
    r"push|result|driven|made|effect|"
    r"owe|caused"
)


def _named_drivers(line: Line) -> set[str]:
    return {"key_drivers"} if any("driver" in mention.axes() for mention in line.mentions) else set()


def _mentions(cue: Cue, line: Line) -> list[Mention]:
    at = line.sentence.start
    return [m for m in line.mentions if (m.start >= at + cue.end) == (cue.side == "after")]


def _temporal(cue: Cue, line: Line, reading: Reading) -> bool:
    """ "since July", "following the price rise": a time, when the event is one of the data."""
    if not re.match(r"(?:since|following)\b", cue.text, re.IGNORECASE):
        return False
    at = line.sentence.start + cue.end
    if any(period.start - 4 <= at <= period.end for period in line.periods):
        return True
    begins = r"\W*(?:(?:the|our|this|that|last|its) )?(?:\w+ )?"
    known = (*reading.names.events, *reading.names.heads)
    return any(re.match(rf"{begins}{re.escape(name)}\b", lower(cue.cause)) for name in known)


def _effect_told(line: Line, reading: Reading) -> bool:
    """Whether a figure of the line is called an effect by its own tool."""
    told = [known for figure in line.figures for known in candidates(figure, reading.evidence)]
    return any("effect" in known.fact.name or known.tool in _CAUSAL for known in told)


def _judged(cue: Cue, line: Line, reading: Reading, found: list[Proof]) -> str | None:
    if not found:
        return _UNASKED
    about = _about(cue, line, reading, found)
    if not about:
        return _OTHER
    if why := _other_outcome(cue, about, reading):
        return why
    if _SOME_OF_IT.search(line.said[cue.start :][:70]) and not {known.tool for known in reading.evidence.known} & set(
        _ACCOUNTS
    ):
        return (
            "how much of a change that explains is no fact of this run; say the effect, on whom, and leave the part out"
        )
    for proof in about:
        if proof.clear and (proof.tool != "matched_effect" or _conditional(reading)):
            return None
        if proof.causal and _clear_part(cue, line, reading, proof):
            return None
    if any(proof.clear for proof in about):
        return "a matched comparison shows an effect only if nothing else differs; keep that condition in the answer"
    return f"{about[0].told}, which shows no cause; say what goes together, not what made it"


def _conditional(reading: Reading) -> bool:
    return bool(
        re.search(
            r"\b(?:if|assum\w+|observational|adjust\w+|alike|estimat\w+|associat\w+|match\w+|unmeasured|"
            r"nobody measured|held|"
            r"like (?:with|to) like)\b",
            reading.page.plain,
            re.IGNORECASE,
        )
    )


def _about(cue: Cue, line: Line, reading: Reading, found: list[Proof]) -> list[Proof]:
    cause = re.sub(r"^\W*(?:that|this|it) (?:is|was) what ", "", lower(cue.cause))
    about = [proof for proof in found if _names_it(cause, proof)]
    near = [line, *reading.before(line)[:2], *reading.over(line)[:2], reading.asked]
    if (
        not about
        and cue.side != "both"
        and (_PRONOUN.match(cause) or (cue.side == "before" and not cause.strip(' *-—:(,#"“')))
    ):
        said = lower(" ".join(other.said for other in near))
        about = [proof for proof in found if _names_it(said, proof)]
    if not about and "effect" in cue.text.lower():
        about = [proof for proof in found if _names_it(lower(line.said), proof)]
    return about


def _names_it(text: str, proof: Proof) -> bool:
    return any(_holds(text, term) for term in proof.terms)


def _other_outcome(cue: Cue, about: list[Proof], reading: Reading) -> str | None:
    """An effect on something that the tool did not look at: "which led to more cancellations"."""
    if SATISFACTION.search(cue.effect) and not any(proof.outcome in ("nps", "score") for proof in about):
        return f"the causal result of this run is about {about[0].outcome} and not about NPS; say it of that"
    match = say.OTHER_OUTCOMES.search(cue.effect)
    if match is None:
        return None
    word = lower(match.group())
    if any(word[:6] in proof.outcomes for proof in about) or word in reading.names.words:
        return None
    return f"the causal result of this run says nothing about {word}; leave it out"


def _clear_part(cue: Cue, line: Line, reading: Reading, proof: Proof) -> bool:
    """Whether the effect is clear in the part of the data that the line speaks of."""
    for figure in line.figures:
        for known in candidates(figure, reading.evidence):
            if known.tool == proof.tool and "effect" in known.fact.name and known.tested in ("up", "down"):
                return True
    at = line.sentence.start
    after = [m for m in line.strong() if m.start >= at + cue.end and m.start - at - cue.end < 40]
    place = after[0].end if after else at + cue.end
    spot = Figure(place, place, "value", ())
    return any(
        known.tool == proof.tool
        and "effect" in known.fact.name
        and known.tested in ("up", "down")
        and set(known.cell) & set(reading.catalog.dimensions) & {axis for m in line.mentions for axis in m.axes()}
        and misfit(known, spot, line, reading) is None
        for known in reading.evidence.known
    )


def _holds(text: str, term: str) -> bool:
    return bool(re.search(rf"(?<!\w){re.escape(term)}(?:s|'s)?(?!\w)", text))
