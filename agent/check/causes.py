"""Causes: "because", "led to", "drove" need an effect that a causal tool found, and of that very event or group."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from agent.check.evidence import Evidence
from agent.check.matching import candidates
from agent.check.names import lower
from agent.check.reading import Line, Reading
from agent.check.said import clause_after, clause_before
from tools.registry import TOOLS

_AFTER = re.compile(
    r"\b(?:because of|because|due to|thanks to|owing to|on account of|as a (?:direct )?(?:result|"
    r"consequence) of|in the wake of|caused by|driven by|explained by|"
    r"attribut(?:able|ed) to|down to (?=the |our |its |poor |slow )|result(?:s|ed|ing)? "
    r"from|stem(?:s|med|ming)? from|the (?:main |real |root |likely )?(?:reason|cause|"
    r"driver)s? (?:(?:for|of|behind) [^.;,]{0,60}? )?(?:is|are|was|were)|"
    r"triggered by|brought (?:on|about) by|pulled (?:down|up) by|dragged down by|hit by|"
    r"prompted by|pushed (?:down|up) by|hurt by|helped by|lifted by|(?<=, )as (?=(?:customers|"
    r"users|people|they|the (?:price|support|product))\b))\b",
    re.IGNORECASE,
)
_BEFORE = re.compile(
    r"\b(?:caus(?:ed|es|ing)|led to|leads to|leading to|drove|driv(?:es|en|ing)(?! by\b)|"
    r"result(?:ed|s|ing) in|mad(?:e|es) (?:\S+ ){1,4}?(?:lower|higher|worse|better|unhapp\w+|"
    r"happier|fall|drop|rise|leave)|"
    r"hurt(?:s|ing)?(?! by)|damag(?:ed|es|ing)|harm(?:ed|s|ing)|boost(?:ed|s|ing)|lift(?:ed|"
    r"s|ing)?(?! by)|push(?:ed|es|ing) (?:\S+ ){0,3}?(?:up|down|higher|lower)|drag(?:ged|"
    r"s|ging) (?:\S+ ){0,3}?down|"
    r"pull(?:ed|s|ing) (?:\S+ ){0,3}?(?:up|down)|thus|thereby|trigger(?:ed|s|ing)(?! by)|"
    r"brought about|explains? (?:why|the (?:fall|drop|rise|decline|change|gap|difference|"
    r"low|high|score|nps|movement))|explained (?:why|the (?:fall|drop|rise|decline|change))|"
    r"accounts? for the (?:drop|fall|rise|decline)|is behind|are behind|lay behind|"
    r"cost(?:s|ing)? (?:us|the (?:company|business|nps)|about|some|[\d\x00-])|(?:is|are|"
    r"was|were) (?:responsible for|to blame for|the (?:main |real |root )?(?:cause|reason|"
    r"culprit))|"
    r"prompted|provoked|contribut(?:ed|es|ing) to|backfired|work(?:ed|s) as intended|paid "
    r"off|knock(?:ed|s) (?:\S+ ){0,3}?off|reduced (?:the )?(?:nps|scores?|satisfaction)|"
    r"(?:improved|lowered|raised|increased|decreased) (?:the |our |its )?(?:nps|scores?|"
    r"satisfaction|loyalty)|"
    r"(?:had|has|have) (?:a|an) (?:\w+ ){0,3}?(?:impact|effect|influence)|(?:impact|effect) "
    r"(?:of (?=(?:the|our|this|that|a|raising|introducing) )|was|is|on (?=nps|the|our|"
    r"scores?|satisfaction))|affected|impacted|influenced|as a result|consequently|therefore "
    r"(?=nps|scores?|the nps|customers))",
    re.IGNORECASE,
)
_NOT_SAID = re.compile(
    r"\b(?:not (?:say|tell|show|prove|mean|imply|establish|settle|know|necessarily|what|"
    r"why|that|a|the|caused?|proof|due|because|necessarily)|cannot|can't|couldn't|doesn't|"
    r"don't|didn't|isn't|wasn't|n't|no (?:clear |causal |single |sign |evidence |proof "
    r")?(?:effect|cause|impact|claim|causal|evidence|sign|reason)|"
    r"without|nor|whether|association|correlation|unclear|unknown|rather than|not|never|"
    r"nothing|no causes?|an effect|its effect only|effect on|the effects?|allow|net of|"
    r"if|could|might|may|should|"
    r"estimate[ds]?|hypothes\w+|suspect\w*|possible|possibly|perhaps|ask|asks|asked|test|"
    r"settle|experiment|says?|theme|reasons? given|customers? (?:say|write|mention|cite|"
    r"name))\b[^.;]{0,90}$",
    re.IGNORECASE,
)
_METHOD = re.compile(
    r"\b(?:interval|sample|base|test(?:ed|s)?|certain|sure|shown|hidden|suppressed|left "
    r"out|comparable|figure is|figures are|wide|wider|narrow|read|treat|trust|exact|judged?|"
    r"ranked?|told|reported?|estimate|"
    r"told apart|counted|excluded|not (?:clear|clearly|certain|shown|told|tested|significant)|"
    r"unclear|uncertain|careful|caution|with care|cannot|can't|separate|too few|rounded|"
    r"differ from the table|no number|precision|weighted|adjusted)\b",
    re.IGNORECASE,
)
_SUBSTANCE = re.compile(
    r"\b(?:nps|scores?|scoring|satisfaction|loyalty|rose|fell|fall|drop\w*|ris\w+|lower|"
    r"higher|worse|better|declin\w+|increas\w+|decreas\w+|improv\w+|worsen\w*|change[ds]?|"
    r"moved|unhapp\w+|happy|happier|dissatisf\w+|satisf\w+|churn\w*|left|leav\w+|complain\w*|"
    r"detractors?|promoters?|passives?|differ\w*|apart|stands?|zero|gap|difference|weak\w*|"
    r"strong\w*|low|high|lag\w*|trail\w*|lead\w*|behind|ahead|customers|it)\b|\d|\x00",
    re.IGNORECASE,
)
_OPEN = re.compile(
    r"\b(?:cannot|can't|not|n't|unknown|unclear|open|would need|needs?|question|settle|ask|look)\b|n't\b", re.IGNORECASE
)
_DOUBT = re.compile(
    r"\b(?:whether|if|cannot|can't|could|might|may|unclear|unknown|unsure|not (?:say|mean|"
    r"clear)|to (?:test|check|see|find))\b",
    re.IGNORECASE,
)
_PRONOUN = re.compile(
    r"^\W*(?:it|this|that|which|these|they|the (?:change|event|effect|rise|move|increase|treatment|variant|switch))\b",
    re.IGNORECASE,
)
_ASSOCIATED = re.compile(
    r"\b(?:effect of detectable|mix effect|within effect|season'?s effect|effect sizes?|no clear effect|drift)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Proof:
    """An effect that a causal tool found."""

    terms: tuple[str, ...]
    """What it is the effect of, in small letters."""
    clear: bool
    told: str
    causal: bool = False
    """Whether its design can show a cause at all, in whatever part of the data."""


def proofs(evidence: Evidence, events: dict[str, str]) -> list[Proof]:
    """The effects of the run's causal tools."""
    made = []
    for result, _call in evidence.results:
        tool = result.facts[0].source.partition("#")[0] if result.facts else ""
        if tool not in TOOLS or TOOLS[tool].group != "cause" or tool == "sample_size":
            continue
        made.append(_proof(tool, result, events))
    return made


def _proof(tool: str, result: object, events: dict[str, str]) -> Proof:
    def said(name: str) -> str:
        value = getattr(result, name, None)
        return str(value) if value is not None else ""

    if tool == "impact":
        event = said("event")
        called = [name for name, key in events.items() if key == event]
        terms = [event, event.replace("_", " "), said("event_date"), *called, *_parts(said("exposed"))]
        causal = bool(getattr(result, "causal", False))
        clear = causal and said("verdict") in ("higher", "lower")
        return Proof(_terms(terms), clear, f"impact found {said('verdict') or 'nothing'}", causal)
    if tool == "matched_effect":
        return Proof(
            _terms(_parts(said("treated"))),
            said("verdict") in ("higher", "lower"),
            f"matched_effect found {said('verdict')}",
        )
    effects = getattr(result, "effects", [])
    terms = [said("variant"), *[str(getattr(effect, "variant", "")) for effect in effects]]
    clear = bool(getattr(result, "trusted", False)) and said("decision") == "clear difference"
    return Proof(_terms(terms), clear, f"the experiment's decision is {said('decision')!r}")


def _parts(text: str) -> list[str]:
    words = text.split(" ")
    return [text, " ".join(words[1:]), words[-1]] if len(words) > 1 else [text]


def _terms(texts: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(lower(text) for text in texts if len(text) > 1))


def causes(line: Line, reading: Reading, found: list[Proof]) -> Iterator[tuple[int, int, str, str]]:
    """Causal claims that no effect bears out: (start, end, phrase, why)."""
    said = line.said
    if said.rstrip().endswith("?"):
        return
    for pattern, forward in ((_AFTER, True), (_BEFORE, False)):
        for match in pattern.finditer(said):
            if _is_no_claim(said, match, forward):
                continue
            why = _judged(said, match, forward, line, reading, found)
            if why:
                start = line.sentence.start
                yield start + match.start(), start + match.end(), match.group().strip(), why


def _is_no_claim(said: str, match: re.Match[str], forward: bool) -> bool:
    before = re.split(r",\s", clause_before(said, match.start()))[-1]
    if re.search(r"\b(?:what|why|how|which)\b", before, re.IGNORECASE) and _OPEN.search(said):
        return True
    if _NOT_SAID.search(before) or _DOUBT.search(before):
        return True
    if re.match(r"\s+(?:is|was|are|were) (?:not|unknown|unclear)|\s+(?:cannot|can't|remains? )", said[match.end() :]):
        return True
    if not forward:
        return bool(_ASSOCIATED.search(said[max(0, match.start() - 20) : match.end() + 12])) or (
            "effect" in match.group().lower() and bool(re.match(r"\s*(?:no clear|not|unclear)", said[match.end() :]))
        )
    effect = re.sub(r"\([^()]*\)", " ", _effect_part(said, match))
    if re.match(r"the .*(?:reason|cause|driver)", match.group(), re.IGNORECASE):
        return bool(re.search(r"\bkey drivers?\b", match.group(), re.IGNORECASE))
    if match.start() < 3 and not effect:
        return True
    if match.group().lower().startswith("because") and _METHOD.search(effect):
        return True
    return (
        bool(_METHOD.search(effect))
        and not re.search(r"\b(?:rose|fell|dropp?\w*|declin\w+|lower\w*|higher|raised|hurt|differ)\b", effect)
    ) or not _SUBSTANCE.search(effect)


def _effect_part(said: str, match: re.Match[str]) -> str:
    """What is explained: before the word, or after the comma when the sentence begins with it."""
    before = re.sub(r"\([^()]*\)", " ", said[: match.start()])[-200:]
    cut = re.split(r"[.;]\s", before)[-1]
    if cut.strip(" *-—:(") or not re.search(r",", said[match.end() :]):
        return cut
    return said[match.end() :].partition(",")[2][:160]


def _judged(
    said: str, match: re.Match[str], forward: bool, line: Line, reading: Reading, found: list[Proof]
) -> str | None:
    part = clause_after(said, match.end()) if forward else clause_before(said, match.start())
    if forward and match.start() < 4:
        part = part.partition(",")[0]
    cause = lower(part)
    about = [proof for proof in found if any(_holds(cause, term) for term in proof.terms)]
    if not about and not forward and (_PRONOUN.match(cause) or not cause.strip()):
        near = " ".join(
            other.said for other in [line, *reading.before(line)[:2], *reading.over(line)[:2], reading.asked]
        )
        about = [proof for proof in found if any(_holds(lower(near), term) for term in proof.terms)]
    if not about and not forward and "effect" in match.group().lower():
        whole = lower(said)
        about = [proof for proof in found if any(_holds(whole, term) for term in proof.terms)]
    if any(proof.clear for proof in about):
        return None
    if any(proof.causal for proof in about) and _tells_effect(line, reading):
        return None
    if about:
        return f"{about[0].told}, which shows no cause; say what goes together, not what made it"
    if found:
        return "the causal result of this run is not about that; word it as an association or leave it out"
    return "no causal tool (impact, matched_effect, experiment) has shown it; word it as an association or leave it out"


def _tells_effect(line: Line, reading: Reading) -> bool:
    """Whether the line tells an effect that is clear in its part of the data."""
    for figure in line.figures:
        for known in candidates(figure, reading.evidence):
            if known.tool == "impact" and "effect" in known.fact.name and known.tested in ("up", "down"):
                return True
    return False


def _holds(text: str, term: str) -> bool:
    return bool(re.search(rf"(?<!\w){re.escape(term)}(?:s|'s)?(?!\w)", text))
