"""What would be if: nobody's answers tell that, and a trend or a level does not either.

Where the question names what everybody should get ("if every customer took the upgrade"), those who have it are
compared with those who are otherwise alike and have it not; that is what can be said. Everything else is declined.
"""

from __future__ import annotations

import re

from agent.builtin.cabinet.asked import Asked, plain_values
from agent.builtin.cabinet.causes import event_of, impact
from agent.builtin.frame import Claim, Frame, Refusal
from agent.builtin.lexicon import is_flag
from agent.builtin.reading import Reading

_IT = (
    r"(?:the |our |your |this |that )?(?:\w+ )?(?:nps|net promoter score|scores?|satisfaction|we|it|they"
    r"|customers|members|people|users|that|this|things)"
)
_WOULD = (
    rf"\bwould {_IT}\b.*\bif\b(?! (?:any|possible|so)\b)"
    rf"|(?<!wonder )(?<!know )(?<!see )(?<!check )(?<!ask )(?<!tell me )\bif\b.*\bwould\b"
    rf"|\b{_IT} would\b.*\bif\b|\bwhat if\b|\bwhat would happen\b|\b(?:suppose|imagine|assuming"
    rf"|assume) (?:that )?(?:we|all|every\w*)\b"
    r"|\bwould (?:it|that|this) (?:help|pay|make sense|be worth|be better|be good)\b|\b(?:what|how) (?:happens"
    r"|will happen) (?:to (?:our |the )?nps )?if\b"
)
_EVERYBODY = (
    r"(?:everybody|everyone|every (?:\w+ )?(?:customer|member|user|client|guest|account|patient|subscriber|person"
    r"|one|company)"
    r"|all (?:of )?(?:our |the |other )?(?:\w+ )?(?:customers?|members|users|clients|guests|accounts|patients"
    r"|subscribers|people|companies"
    r"|of them)|more (?:customers|members|users|clients|people|of them)|the others|the rest)"
)
_SHOULD = (
    rf"\b(?:should|shall|ought) (?:we|i|you|one) (?:\w+ ){{0,2}}?(?:give|offer|sell|roll|move|switch|push|get|put"
    rf"|upgrade|provide"
    rf"|bring|introduce|make|let|have|extend|enrol|enroll|sign)\b.*\b{_EVERYBODY}\b|\b(?:moving|giving|offering"
    rf"|putting|getting|switching|upgrading) {_EVERYBODY}\b"
)
_LEFT_OUT = (
    r"\bif (?:we |you |i )?(?:left out|leave out|ignored?|excluded?|excluding|removed?|counted|took out|take out"
    r"|dropped|disregard\w*)\b"
    r"|\bif .*\b(?:were|was|are|is) (?:not )?(?:counted|included|left out|excluded|ignored|weighted)\b"
)
""" "What would NPS be if we left out Germany?": a figure of what is there."""
_TOLD = (
    "ask_planning",
    "ask_nonresponse",
    "ask_cost",
    "ask_themes",
    "ask_benchmark",
    "ask_priorities",
    "ask_distribution",
    "ask_retention",
)
"""These tools answer their own what-ifs: how many answers a margin would need, the NPS if all had answered."""
TOLD = "how those differ who are alike in all else that is known"
AFTER_EVENT = "what the {} did for those who had it"
_CANNOT = (
    "What would be cannot be told from answers: npsight measures what happened. It can compare those who have"
    " something "
    "with those who are otherwise alike and have it not."
)


def supposed(asked: Asked) -> Frame | None:
    """What can be said of a what-if, None where the question is none; Refusal where nothing can."""
    if asked.reading.has(*_TOLD) or not (asked.says(_WOULD) or asked.says(_SHOULD)) or asked.says(_LEFT_OUT):
        return None
    treated = _treated(asked) if asked.says(rf"\b{_EVERYBODY}\b") else None
    if treated is None:
        if asked.places.event or asked.when.event or asked.reading.has("ask_matched"):
            return None
        raise Refusal("declined", _CANNOT, _nearest(asked))
    name, value = treated
    event = event_of(asked.catalog, name, value)
    if event is not None:  # before against after, beside those who did not get it, tells more than likeness
        frame = impact(asked, event)
        frame.arguments.pop("exposed", None)
        frame.where, frame.event = {key: kept for key, kept in asked.places.where.items() if key != name}, event
        frame.used_by = [*dict.fromkeys([*frame.used_by, name])]
        frame.claim = Claim("supposed", value=AFTER_EVENT.format(event.replace("_", " ")))
        return frame
    where = {other: wanted for other, wanted in asked.places.where.items() if other != name}
    other = [each for each in asked.catalog.dimensions[name].values if each != value]
    control = {name: other[0]} if len(other) == 1 else None
    frame = asked.frame("matched_effect", treatment=plain_values({name: [value]}), control=control)
    frame.where = where
    frame.group, frame.against = asked.places.group, asked.places.against
    frame.used_by = [*dict.fromkeys([name, *asked.places.group, *asked.places.by])]
    frame.claim = Claim("supposed", value=TOLD)
    return frame


def refuse_unknown_supposition(reading: Reading) -> None:
    """A what-if with words that nobody knows: said to be one, rather than asked back about the words."""
    told = re.search(_WOULD, reading.question, re.IGNORECASE) and not re.search(
        _LEFT_OUT, reading.question, re.IGNORECASE
    )
    if reading.unknown and told and not reading.has(*_TOLD) and not reading.has("ask_experiment"):
        raise Refusal("declined", _CANNOT, ["What drives NPS?"])


def _treated(asked: Asked) -> tuple[str, str] | None:
    """The one value that everybody should have."""
    values = {**asked.places.where, **asked.places.group}
    held = [(name, wanted[0]) for name, wanted in values.items() if len(wanted) == 1]
    flags = [pair for pair in held if is_flag(asked.catalog.dimensions[pair[0]])]
    one = flags if len(flags) == 1 else held
    return one[0] if len(one) == 1 and not asked.places.against and not asked.places.by else None


def _nearest(asked: Asked) -> list[str]:
    flags = [name for name, dimension in asked.catalog.dimensions.items() if is_flag(dimension)]
    asks = [f"Does NPS differ by {name} among comparable customers?" for name in flags[:2]]
    return [*asks, "What drives NPS?"]
