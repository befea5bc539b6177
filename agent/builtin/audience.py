"""Who reads the answer: the same facts for everybody, told shorter and in plainer words to those who decide."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from agent.answer import Audience
from agent.builtin.frame import Frame
from prompts import FOLDER, render
from tools.result import Fact

MAX_WORDS = 120
_BRANCHING = frozenset(["priorities"])
"""Templates that look at the audience themselves."""
_P = r"\{\{ F\d+\.p \}\}"
_INTERVAL = re.compile(r"(?:95% interval(?: of the difference)? )?\{\{ (F\d+)\.interval \}\}")
_TESTS = (
    re.compile(rf"\s*\((?:log-rank test over the whole time, )?{_P}[^()]*\)"),
    re.compile(rf"[,;]\s*{_P}(?: adjusted for all pairs| after Holm's adjustment| for no change at all)?"),
)
_JARGON = re.compile(
    r"odds ratio|log-rank|Holm|VADER|kappa|standard deviation|design effect|adjusted for|p-value"
    r"|imbalance|\.p \}\}|median"
    r"|drift|risk ratio|correlation|effective|equally weighted|power of|interval",
    re.IGNORECASE,
)


def told_to(audience: Audience | None, name: str, frame: Frame, variables: Mapping[str, Any]) -> str:
    """The answer `name` for an audience; for nobody in particular as it has always been."""
    if audience == "executive":
        return _short(name, frame, variables)
    text = render(f"answers/{name}.md.j2", variables)
    leads = [render(f"answers/{lead}.md.j2", variables) for lead in _leads(frame)]
    method = [render("answers/analyst.md.j2", variables)] if audience == "analyst" else []
    return "\n\n".join(part for part in [*leads, text, *method] if part)


_BEFORE_IT = ("supposed", "afterwards", "driver", "part")
"""What is said before the first words of an answer and does not stand in their place."""


def _leads(frame: Frame) -> list[str]:
    """What is said before everything else: whether a claim holds, how sure the answer before was."""
    first = ["claim"] if frame.claim is not None else []
    return [*first, *(["sure"] if frame.sure else []), *(["movers"] if frame.whom and not frame.claim else [])]


def _short(name: str, frame: Frame, variables: Mapping[str, Any]) -> str:
    leads = [plain_words(render(f"answers/{lead}.md.j2", variables)) for lead in _leads(frame)]
    if name in _BRANCHING:
        body = render(f"answers/{name}.md.j2", variables)
    elif (FOLDER / "answers" / "executive" / f"{name}.md.j2").is_file():
        body = render(f"answers/executive/{name}.md.j2", variables)
    else:
        body = _first_words(render(f"answers/{name}.md.j2", variables), variables["fact"])
    paragraphs = [re.sub(r"\n{2,}", "\n\n", part) for part in body.split("\n\n") if part.strip()]
    if frame.claim is not None and frame.claim.kind not in _BEFORE_IT and len(paragraphs) > 1:
        paragraphs = paragraphs[1:]  # the claim's own lead says it
    return "\n\n".join([*leads, *paragraphs])


def _first_words(text: str, fact: Callable[[str], Fact]) -> str:
    """The first paragraph of an answer and the first lines of its list, as far as they need no statistics."""
    lead, _, rest = text.partition("\n\n")
    lines = [plain_words(line) for line in rest.split("\n") if line.startswith("- ")]
    listed = [line for line in lines if not _JARGON.search(line) and not _in_points(line, fact)][:3]
    lead = plain_words(lead)
    while listed and len(f"{lead} {' '.join(listed)}".split()) > MAX_WORDS:
        listed.pop()
    ranged = ".low }}" in lead or any(".low }}" in line for line in listed)
    return render("answers/executive/other.md.j2", {"lead": lead, "listed": listed, "ranged": ranged})


def _in_points(line: str, fact: Callable[[str], Fact]) -> bool:
    """Whether a line tells differences of shares, which are short only in "pp"."""
    return any(fact(name).unit == "share difference" for name in re.findall(r"\{\{ (F\d+)", line))


def plain_words(text: str) -> str:
    """The text without tests, its intervals as ranges.

    >>> plain_words("NPS is **{{ F1 }}** (95% interval {{ F1.interval }}, {{ F2.p }}).")
    'NPS is **{{ F1 }}** (between {{ F1.low }} and {{ F1.high }}).'
    """
    for pattern in _TESTS:
        text = pattern.sub("", text)
    return _INTERVAL.sub(r"between {{ \1.low }} and {{ \1.high }}", text)
