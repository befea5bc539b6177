"""Numbers that need no fact: the asker's own, those of a caveat, the least base, the median, the power."""

from __future__ import annotations

import re

from agent.check.figures import Figure
from agent.check.reading import Line, Reading


def is_median(figure: Figure, line: Line, reading: Reading) -> bool:
    """ "half of them leave within 300 days": the median says it; "a random half first": advice."""
    if figure.words and re.search(
        r"\b(?:random|other|one|each|either) $", line.said[: figure.start - line.sentence.start]
    ):
        return figure.numbers[0].value == 50
    if (
        not figure.words
        or figure.numbers[0].value != 50
        or not re.search(r"leave|left|within|stay|still here|median", line.said)
    ):
        return False
    return any(known.fact.name.startswith("median") for known in reading.evidence.known)


def is_power(figure: Figure, line: Line) -> bool:
    """ "would have shown four times in five": the power that smallest detectable differences are told for."""
    told = figure.words and figure.unit == "percent" and figure.numbers[0].value == 80
    return told and bool(re.search(r"would|detect|power|chance", line.said))


def in_caveats(figure: Figure, reading: Reading) -> bool:
    """A count that a caveat of the run holds: "111 of 21,948 responses carry no usable score"."""
    number = figure.numbers[0]
    shown = reading.page.text[figure.start : figure.end].strip()
    if figure.unit not in ("plain", "percent") or len(figure.numbers) > 1:
        return False
    after = re.match(r"[\s%]*(?:of\s)?([a-z]+)?", reading.page.plain[figure.end : figure.end + 30].lower())
    word = after[1] if after else None
    lead = re.search(r"([a-z]+\s+[a-z]+)\s+$", reading.page.plain[max(0, figure.start - 30) : figure.start].lower())
    for result, _call in reading.evidence.results:
        for caveat in result.caveats:
            for held in re.finditer(rf"(?<![\d.,]){re.escape(shown)}(?![\d%]|[.,]\d)", caveat):
                if lead and caveat[: held.start()].lower().rstrip().endswith(lead[1]):
                    return True
                if (abs(number.value) >= 20 and not number.sign and held.group() == shown and not figure.words) or (
                    word and re.match(rf"[\s%]*(?:of\s)?{word}", caveat[held.end() :].lower())
                ):
                    return True
    return False


_SAYING = (
    r"(?:mention|ask|quot|name|g[ai]ve|sa(?:y|id)|expect|stat|cit|suggest|assum|suspect|claim|suppos|th(?:ink|ought)|believ|"
    r"hop|report|had in mind|have in mind)\w*"
)
_THEIRS = re.compile(
    rf"\byou(?:'ve|'d)?(?: have| had)? {_SAYING}[^,;:]{{0,40}}$|"
    r"\byour (?:figure|number|claim|question|premise|assumption|estimate|guess|suggestion|idea)\b[^,;:]{0,30}$|"
    r"\b(?:figure|number|claim|premise|idea|question|assumption)(?: of| that| about)[^,;:]{0,40}$|"
    r"(?:\bnot|n't|\bno|\bnever|\bcannot|\bneither|\bnor|\brather than|\binstead of|\bwithout)"
    r"(?: (?!doubt|only|less|just|question)[\w']+){0,4}\s*$",
    re.IGNORECASE,
)
_DENIED = re.compile(
    rf"\s*(?:points?|percent|per cent|%)?\s*(?:(?:that |which )?you(?:'ve|'d)?(?: have| had)? {_SAYING}|"
    r"(?:is|was|are|does|do|did|can)(?: wrong| false| not|n't|not)\b)",
    re.IGNORECASE,
)
"""Words behind and before a number with which a text says that it is the asker's, or denies it."""


def is_askers(figure: Figure, line: Line, reading: Reading) -> bool:
    """A number of the question's own where the text denies it or says whose it is, or by which a call has filtered."""
    number = figure.numbers[0]
    if figure.fact is not None or number.places < 0:
        return False
    shown = reading.page.text[figure.start : figure.end].strip().lstrip("+")
    if not _holds(shown, reading.asked.said):
        return False
    begin = line.sentence.start
    before = re.split(r";|, (?:but|and|while|so)\b|\bbut\b", line.said[: figure.start - begin])[-1]
    after = line.said[figure.end - begin :][:40]
    if _THEIRS.search(before) or _DENIED.match(after):
        return True
    return any(
        _holds(shown, str(value))
        for _result, call in reading.evidence.results
        if call is not None and call.name != "benchmark"
        for value in call.arguments.values()
    )


def _holds(shown: str, text: str) -> bool:
    return bool(re.search(rf"(?<![\d.,]){re.escape(shown)}(?![\d.,]\d|\d)", text))


_RULE = re.compile(r"^\s+(?:scored )?(?:answers|people|responses|customers)\b", re.IGNORECASE)


def is_least_base(figure: Figure, reading: Reading) -> bool:
    """ "fewer than 5 answers": the rule by which cells are withheld."""
    before = reading.page.plain[max(0, figure.start - 14) : figure.start].lower()
    if not re.search(r"\b(?:fewer than|less than|under|at least) $", before):
        return False
    shown = f"{figure.numbers[0].value:.0f}"
    if figure.numbers[0].value == reading.catalog.minimum_base.cell and _RULE.search(
        reading.page.plain[figure.end : figure.end + 12]
    ):
        return True
    reasons = (known.fact.reason or "" for known in reading.evidence.known if known.fact.value is None)
    return any(re.search(rf"(?:fewer|less) than {shown}\b", reason) for reason in reasons)
