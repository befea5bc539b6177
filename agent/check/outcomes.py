"""What a test is about: NPS, or another number that the asker named as the outcome."""

from __future__ import annotations

import re

from agent.check.evidence import Known

SATISFACTION = re.compile(
    r"\b(?:nps|net promoter score|(?:un|dis)?satisf\w+|(?:un)?happ(?:y|ier|iest|iness)|(?:dis)?loyal\w*|"
    r"promoters?|detractors?|likely to recommend|recommend us)\b",
    re.IGNORECASE,
)
_OUTCOME_TOOLS = frozenset(["experiment", "impact", "matched_effect", "compare"])
_UNITS = frozenset(["points", "score", "p-value"])


def of_another(known: Known, said: str) -> bool:
    """Whether a text speaks of satisfaction, and the test is one of conversion, revenue and the like."""
    if known.tool not in _OUTCOME_TOOLS or known.fact.unit in _UNITS or "nps_class" in known.cell:
        return False
    return bool(SATISFACTION.search(said)) and not re.search(r"ratio|growth|answers|response|share_of", known.fact.name)
