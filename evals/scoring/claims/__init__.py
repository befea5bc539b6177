"""What an answer claims, read from its words: what a case wants to be said is there, what must not be said is not.

The words are read sentence by sentence. A claim counts where it is asserted: "cannot say that prices caused it", "may
have risen", a question and "fell by 2 points, which could be chance" assert nothing but what they say is unclear.
"""

from __future__ import annotations

import re

from agent.answer import Answer
from evals.cases import Claim, Turn
from evals.codes import Code, Failure
from evals.scoring.claims.read import read_claims
from evals.scoring.claims.said import Said
from evals.scoring.claims.subjects import Name, Subject, mentions, names_of
from evals.scoring.claims.text import unmarked

_EFFECTS = frozenset({"cause", "mix", "within"})
_ABOUT_NO_SEGMENT = frozenset({"cause", "mix", "within", "no_cause", "warning"})


def wrong_claims(turn: Turn, answer: Answer) -> list[Failure]:
    """Claims that are missing, and claims that nothing supports."""
    if not turn.must and not turn.never:
        return []
    said = claims_in(turn, answer)
    found = [
        Failure(code="missing claim", detail=f"It should say {claim.told()!r} and does not.", about=claim.told())
        for claim in turn.must
        if not any(_makes(claim, one, turn) for one in said)
    ]
    for claim in turn.never:
        made = next((one for one in said if _makes(claim, one, turn, strictly=True)), None)
        if made is not None:
            found.append(Failure(code=_code(claim), detail=f"Nothing supports: “{made.sentence}”", about=claim.told()))
    return found


def claims_in(turn: Turn, answer: Answer) -> list[Said]:
    """Every claim of the answer: of its text, and the warnings among its caveats."""
    names = names_of(turn, answer)
    asked = frozenset(mention.name for mention in mentions(turn.ask, names))
    usual = Subject(asked, whole=not asked)
    said = read_claims(answer.text, names, usual)
    for caveat in answer.caveats:
        said += [one for one in read_claims(caveat, names, usual) if one.kind == "warning"]
    shown = (answer.text, unmarked(answer.text), *answer.caveats, *answer.options)
    return said + [Said("words", None, Subject(), text, text, (0, 0)) for text in shown]


def _code(claim: Claim) -> Code:
    return "unsupported cause" if claim.claim in _EFFECTS else "unsupported direction"


def _makes(claim: Claim, said: Said, turn: Turn, strictly: bool = False) -> bool:
    """True where the text makes the claim. `strictly`: it has to be more than described."""
    if said.kind not in (claim.claim, *claim.or_claim) or not said.asserted:
        return False
    if strictly and not said.linked and said.kind != "unclear":
        return False
    if claim.direction is not None and said.direction != claim.direction and _has_direction(said):
        return False
    if said.kind == "warning" and not claim.words and not said.sure:
        return False
    return _is_of(claim, said, turn) and _has_words(claim, said)


def _has_direction(said: Said) -> bool:
    """A cause may be told without a direction; then it goes with either."""
    return said.kind in ("change", "difference") or (said.kind == "cause" and said.direction is not None)


def _is_of(claim: Claim, said: Said, turn: Turn) -> bool:
    if claim.of is None:
        return not said.converse
    if claim.of == "whole":
        return said.kind in _ABOUT_NO_SEGMENT or said.subject.whole
    wanted: set[Name] = set(claim.of.items())
    if said.subject.every and said.kind not in _ABOUT_NO_SEGMENT:
        return True
    if not wanted <= said.subject.names:
        return False
    columns = {column for column, _ in wanted}
    further = {column for column, _ in said.subject.names} - columns
    asked = {column for column, _ in (mention.name for mention in mentions(turn.ask, said.subject.names))}
    return said.kind in _ABOUT_NO_SEGMENT or not (further - asked)


def _has_words(claim: Claim, said: Said) -> bool:
    return not claim.words or any(re.search(pattern, said.scope, re.IGNORECASE) for pattern in claim.words)
