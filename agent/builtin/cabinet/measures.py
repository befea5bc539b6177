"""Questions about who stays, who joined when, who answers, how scores are spread, and how others score."""

from __future__ import annotations

import re
from typing import cast

from agent.builtin.cabinet.ages import age_of, names_age, refuse_by_then
from agent.builtin.cabinet.asked import Asked
from agent.builtin.figures import benchmark_figures, left_numbers
from agent.builtin.frame import Claim, Frame, Refusal
from agent.builtin.joined import joining_dates
from warehouse.periods import Grain

_BUYING = r"\b(?:buy(?:s|ing)?|bought|order|orders|ordered|ordering|purchas\w*|shop\w*|re-?order\w*)\b"
_LEAVING = r"\b(?:churn\w*|cancel\w*|leav\w*|left|attrition|los[ei]\w*|lost|quit\w*|terminat\w*)\b"
_USING = r"\b(?:log\w* in|log-?ins?|logged|active|usage|using us|keep using|still use|engaged)\b"
_JOIN = (
    r"(?:join\w*|sign(?:ed|ing)?[- ]?ups?|sign(?:ed|ing) up|regist\w+|became (?:a )?customers?|onboard\w*"
    r"|start(?:ed|ing)?\b)"
)
_JOIN_GRAIN = re.compile(
    rf"{_JOIN}[- ](week|month|quarter|year)\b|(week|month|quarter|year)s? (?:\w+ ){{0,5}}?{_JOIN}|"
    r"(week|month|quarter|year)(?:ly)? (?:cohort|vintage)|(?:cohort|vintage)s? (?:by|per) (?:calendar )?(week"
    r"|month|quarter|year)",
    re.IGNORECASE,
)
_JOINED_WHEN = rf"{_JOIN}(?: us| up)?(?: (?:in|during|since|before|after|between|from|last|this|until|on|the))*\s*$"
_COHORT_OF = (
    r"(?:cohorts?|ones|those|vintages?|customers)(?: that| who| which)?(?: joined)? (?:from|of|in)(?: the)?\s*$"
)
_STAYING = r"\b(?:stay\w*|still|keep\w*|kept|retain\w*|retention|remain\w*|surviv\w*|left after|are left)\b"


def retention(asked: Asked) -> Frame | None:
    """Who stays, buys again or leaves."""
    if asked.says(
        r"\bwhich (?:of our )?(?:customers|users|accounts|clients|members)\b(?! (?:groups?|segments?|types?))"
    ):
        raise Refusal("declined", "npsight tells how many of a group left or stayed, never which customers.")
    if asked.says(r"\bof (?:our |the |all |these |those )*(?:churned|lost|lapsed|cancelled|former|leaving)\b"):
        raise Refusal("declined", "I follow all customers of a group, not those alone who left.")
    source = (
        "orders"
        if asked.says(_BUYING)
        else "churn"
        if asked.says(_LEAVING)
        else "events"
        if asked.says(_USING)
        else None
    )
    age, numbers = age_of(asked)
    refuse_by_then(asked, source, age)
    if source == "orders" and asked.says(r"\bfirst (?:order|purchase)") and asked.has_role("joined_at"):
        raise Refusal("declined", "The data has joining dates, and I follow customers from then on, not from an order.")
    frame = asked.side_by_side("retention", **{"source": source, "grain": asked.when.grain, **age})
    frame.grain, frame.numbers = asked.when.grain, numbers
    rate = asked.reading.has("share", "count") or asked.says(r"\brates?\b") or bool(age)
    frame.leaving = source == "churn" and rate and not asked.says(_STAYING)
    if asked.classes and frame.leaving and asked.when.period and not age:
        raise Refusal(
            "declined", "I tell who of a class leaves by the time since the answer, not in a calendar period."
        )
    if asked.classes:
        if frame.by or (asked.when.period and asked.reading.has("joining")):
            raise Refusal("declined", "I can compare the classes or other groups in who stays, one thing at a time.")
        frame.arguments["by"] = ["nps_class"]
        frame.classes = asked.classes
    elif frame.by:
        frame.arguments["by"] = frame.by
    return frame


def retention_at(asked: Asked) -> Frame | None:
    """Who stays or leaves within an age that is named: "within three months" is no margin of error."""
    others = asked.reading.has("ask_planning", "ask_nonresponse", "ask_experiment", "ask_matched", "ask_drivers")
    return retention(asked) if names_age(asked) and not others and not asked.reading.has("metric", "answers") else None


def cohorts(asked: Asked) -> Frame | None:
    """NPS by when customers joined."""
    if asked.reading.has("ask_retention"):
        return retention(asked)
    cohort = _cohort(asked)
    if cohort is not None:
        asked.when.grain = None  # it is the cohorts', not the answers'
    frame = asked.frame("cohort_nps", cohort=cohort)
    if asked.when.period and _says_before(asked, _COHORT_OF) and asked.reading.has("compare", "higher", "lower"):
        frame.read_as.append(f"{asked.when.period} is taken for when customers joined; all cohorts are shown")
        asked.when.period = frame.period = None
    elif asked.when.period and (_says_before(asked, _JOINED_WHEN) or _says_before(asked, _COHORT_OF)):
        _refuse_joining_filter()
    return frame


def joined(asked: Asked) -> Frame | None:
    """ "NPS by the quarter in which people joined"; a filter on the joining date is asked back."""
    if asked.when.period:
        _refuse_joining_filter()
    wanted = asked.when.grain or asked.reading.has(
        "split", "compare", "higher", "lower", "worst", "best", "trend", "which"
    )
    return cohorts(asked) if wanted else None


def _refuse_joining_filter() -> None:
    raise Refusal(
        "clarify",
        "I cannot filter by the date of joining; NPS by cohort shows those who joined in each stretch of time.",
        ["NPS by joining year", "NPS by joining quarter", "NPS by joining month"],
    )


def _says_before(asked: Asked, pattern: str) -> bool:
    """True when the words before a time expression end in the pattern."""
    question = asked.reading.question
    starts = [m.time.start for m in asked.reading.of("when") if m.time is not None and m.time.kind != "grain"]
    ends = [m.time.end for m in asked.reading.of("when") if m.time is not None and m.time.kind != "grain"]
    last = [question[:start] for start in starts] + [
        question[:end] for end in ends if re.match(r"\s*cohort", question[end:])
    ]
    return any(re.search(pattern, text, re.IGNORECASE) for text in last) or any(
        re.match(r"\W*(?:cohort|vintage|joiner)", question[end:], re.IGNORECASE) for end in ends
    )


def _cohort(asked: Asked) -> str | None:
    """The joining date with the grain that the question names."""
    found = _JOIN_GRAIN.search(asked.reading.question)
    grain = next((part for part in found.groups() if part), None) if found else None
    grain = grain or asked.when.grain
    dates = joining_dates(asked.catalog)
    if grain not in ("week", "month", "quarter", "year") or not dates:
        return None
    return f"{dates[0]}:{cast(Grain, grain)}"


def nonresponse(asked: Asked) -> Frame | None:
    """Who answers and who does not."""
    frame = asked.side_by_side("response_bias")
    named = {name for name in asked.places.where if len(asked.catalog.dimensions[name].values) <= 2}
    if not frame.by and len(named) == 1 and asked.reading.has("compare", "higher", "lower"):
        frame.by, frame.used_by = list(named), list(named)
        frame.where = {name: wanted for name, wanted in frame.where.items() if name not in named}
    return _held_against_figure(frame, asked)


_LIMITED = (
    r"\b(?:above|over|below|under|at least|at most|higher than|lower than|more than|less than|exceeds?|reach(?:es)?)\b"
)


def _held_against_figure(frame: Frame, asked: Asked) -> Frame:
    """ "Would NPS still be above 20 if those who did not answer were counted in?": the weighted NPS against it."""
    numbers = asked.reading.of("number")
    if len(numbers) == 1 and numbers[0].number is not None and asked.says(_LIMITED) and asked.reading.has("metric"):
        below = asked.says(r"\b(?:below|under|at most|lower than|less than)\b")
        frame.numbers = [numbers[0].first]
        frame.claim = Claim("weighted", "below" if below else "above", value=str(numbers[0].number))
    return frame


def distribution(asked: Asked) -> Frame | None:
    """How scores are spread over the scale."""
    frame = asked.side_by_side("nps_distribution")
    if {m.number for m in asked.reading.of("number")} <= {asked.catalog.scale.low, asked.catalog.scale.high}:
        frame.numbers = [m.first for m in asked.reading.of("number")]
    return frame


def benchmark_given(asked: Asked) -> Frame | None:
    """A comparison with a figure that the question brings along."""
    given, left = benchmark_figures(asked.text)
    if "figure" not in given or asked.classes:
        return None
    frame = asked.narrowed("benchmark", **given)
    frame.numbers = left_numbers(asked.reading, left)
    return frame


_LIMIT = (
    r"(?:different from|above|below|over|under|higher than|lower than|better than|worse than|at least|exceeds?"
    r"|reach(?:es|ed)?|hit|beat|"
    r"more than|less than|past|greater than|compared (?:to|with)|vs\.?|versus|equal to|up to|off|from)\s+(?:an? "
    r"|our |the )?(?:nps |score )?"
    r"(?:of )?[-+−]?\d+(?:\.\d+)?(?!\d|[ -]*(?:%|percent|month|week|day|year|quarter|answers|responses|people"
    r"|customers|or |and ))"
)


def limit_given(asked: Asked) -> Frame | None:
    """ "Is our NPS significantly different from 12?"."""
    told = asked.reading.has("metric") or asked.says(r"\bbeat(?:s|ing)?\b")
    wanted = asked.says(_LIMIT) and len(asked.reading.of("number")) == 1 and told
    if (
        not wanted
        or asked.reading.has("count", "share", "average", "which")
        or asked.says(r"^\s*(?:which|what|where|how)\b")
    ):
        return None
    return benchmark_given(asked)


def benchmark(asked: Asked) -> Frame | None:
    """A comparison with others, which needs a figure of theirs."""
    found = benchmark_given(asked)
    if found is not None:
        return found
    raise Refusal(
        "clarify",
        "npsight has only your data, not other companies' figures, and invents none. Give me a figure and where it "
        "comes from, and I compare it with yours.",
        ["How do we compare with a benchmark of 40?", "Are we above the industry average of 32 (n = 1,200)?"],
    )
