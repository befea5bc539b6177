"""How times are written in plain words: the patterns that `spots` reads.

Groups carry what a reader needs (year, month, day, unit, word …); where a language has several places for the
same thing, the group's name gets a figure (`quarter`, `quarter1`).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

from agent.builtin.timewords.plainwords import ANY_MONTH

Role = Literal["", "from", "to", "before", "after"]

_YEAR = r"(?:199\d|20\d\d|2100)"
_UNIT = r"(?P<unit>day|week|month|quarter|half(?:[ -]year)?|year)"
_GRAIN = r"(?P<unit>day|week|month|quarter|year)"
_COUNTED_THINGS = (
    r"(?:customers?|people|users?|respon\w+|answers?|surveys?|accounts?|comments?|promoters?|detractors?|passives?"
    r"|orders?|rows?|records?|reviews?|members?|employees|points?|stars?|percent|pct|dollars?|euros?|usd|eur|times)\b"
)
_NO_COUNT = rf"(?! ?%| {_COUNTED_THINGS})"
_NOT_INSIDE = r"(?<![\w#$€£.,/'-])"
_NOT_WORD = r"(?<![\w#$€£.])"
_ENDS = r"(?![\w%]|[.,:/-]\d)"
_OF_YEAR = (
    rf"(?:(?:,? (?:of |in |for )?|[-/ ]?)(?P<year>{_YEAR}){_ENDS}|[-/ ]?(?P<yy>'\d\d|\d\d){_ENDS}{_NO_COUNT}"
    r"|,? (?:of |in )?(?P<rel>this|the current|current|last|the last|the previous|previous|next|the) year\b"
    r"(?! (?:before|ago|earlier)|-)|)"
)
_YEAR_FIRST = rf"(?:(?P<rel1>this|last|previous|next) year's |(?P<year1>{_YEAR})[-/ ]|(?P<word>this|last|past|next) )?"
_DAY = r"(?P<day>[0-3]?\d)(?P<th>st|nd|rd|th)?"
_FIRST_DAY = r"(?P<opening>(?P<first>[0-3]?\d)(?:st|nd|rd|th)?) ?(?:-|to|through|until|and) ?(?:the )?"
_DOT = r"(?:\.(?= ?\d))?"
_NOT_OF = (
    r"(?:(?<=year)|(?! (?:of (?:the (?:year|quarter|month|half|week)|this|last|previous)"
    rf"|(?:of|in) (?:{ANY_MONTH}|\d{{4}}|[qh]\d))))"
)
_NAMED = r"\d{4}(?:-(?:q[1-4]|h[12]|w\d\d|\d\d(?:-\d\d)?))?"
_FISCAL_YEAR = rf"(?P<year>{_YEAR}|\d\d)(?:[-/](?:20)?(?P<next>\d\d))?"
_HOLIDAYS = (
    r"spring|summer|autumn|winter|fall|christmas|xmas|easter|thanksgiving|halloween|ramadan|diwali|black friday"
    r"|cyber monday|new year'?s?(?: eve| day)?|holidays?|(?:holiday )?season"
)


def _compile(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


@lru_cache(maxsize=64)
def event_pattern(names: tuple[str, ...]) -> re.Pattern[str]:
    """Finds any of the names, a group for each; blank and hyphen are the same, and an s may follow."""
    parts = [re.escape(name).replace(r"\ ", r"[ -]").replace(r"\-", "[ -]") for name in names]
    return re.compile(r"(?<!\w)(?:" + "|".join(f"({part})" for part in parts) + r")(?:e?s)?(?!\w)", re.I)


# Left alone, so that whoever asked hears that they were not understood.
IGNORED = _compile(
    rf"\b(?:{_HOLIDAYS})(?: (?:season|period|time|sales?))?,? (?:of )?(?:{_YEAR}|'\d\d)\b"
    r"|\bday of (?:the )?week\b|\bhours? of (?:the )?day\b|\b(?:by|per) (?:month|week|quarter) of (?:the )?year\b"
    r"|\b(?:month|week|quarter|year)[- ]end\b|\b\d+[- ](?:day|week|month|year)s?[- ]old\b"
)

CONVENTION = _compile(rf"(?<![\w.-])(?:{_NAMED}\.\.(?:{_NAMED})?|\.\.{_NAMED})(?![\w-])")
ISO_DAY = _compile(
    rf"{_NOT_INSIDE}(?P<year>{_YEAR})(?P<sep>[-/.])(?P<month>\d\d?)(?P=sep)(?P<day>\d\d?)(?![\w/-]|\.\d)"
)
FIGURES = _compile(
    rf"{_NOT_INSIDE}(?P<a>\d\d?)(?P<sep>[./-])(?P<b>\d\d?)(?P=sep)(?P<year>{_YEAR}|(?<=/)\d\d)(?![\w/-]|\.\d)"
)
ISO_MONTH = _compile(rf"{_NOT_INSIDE}(?P<year>{_YEAR})[-/](?P<month>0[1-9]|1[0-2])(?![\w/-]|\.\d)")
FIGURE_MONTH = _compile(rf"{_NOT_INSIDE}(?P<month>0?[1-9]|1[0-2])[/.-](?P<year>{_YEAR})(?![\w/-]|\.\d)")
FISCAL = _compile(
    rf"\b(?:(?:fy|fiscal(?: year)?|financial year) ?'?{_FISCAL_YEAR}(?:[ -]?q(?P<quarter>[1-4]))?"
    r"|(?:fy|fiscal)[ -]?q(?P<quarter1>[1-4])(?:,? (?:of )?(?:fy ?)?'?(?P<year1>20\d\d|\d\d))?"
    r"|q(?P<quarter2>[1-4])(?: of|,)? ?fy ?'?(?P<year2>20\d\d|\d\d)"
    r"|(?:the )?(?P<word>this|last|current|previous) (?:fiscal|financial) (?:year|quarter))(?!\w)"
    rf"|{_NOT_INSIDE}(?P<year3>{_YEAR})[-/](?P<next1>\d\d)(?![\w/-]|\.\d)"
)
DAYS_OF_MONTH = _compile(
    rf"{_NOT_WORD}(?P<month>{ANY_MONTH}){_DOT} {_FIRST_DAY}{_DAY}(?P<core>)(?:,? ?(?P<year>{_YEAR}))?{_ENDS}{_NO_COUNT}"
)
DAYS_THEN_MONTH = _compile(
    rf"{_NOT_INSIDE}(?:the )?{_FIRST_DAY}{_DAY}(?: of)?[ -](?P<core>(?P<month>{ANY_MONTH}){_DOT}){_OF_YEAR}(?!\w)"
)
MONTH_DAY = _compile(
    rf"{_NOT_WORD}(?P<month>{ANY_MONTH}){_DOT}[ -](?:the )?{_DAY}"
    rf"(?:,? ?(?:of |in )?(?P<year>{_YEAR})|,? (?:of )?(?P<rel>this|last|next) year)?{_ENDS}{_NO_COUNT}"
)
DAY_MONTH = _compile(rf"{_NOT_INSIDE}(?:the )?{_DAY}(?: of)?[ -](?P<core>(?P<month>{ANY_MONTH}){_DOT}){_OF_YEAR}(?!\w)")
MONTH = _compile(rf"{_NOT_WORD}{_YEAR_FIRST}(?P<core>(?P<month>{ANY_MONTH}){_DOT}){_OF_YEAR}(?!\w)")
QUARTER = _compile(
    rf"{_NOT_WORD}{_YEAR_FIRST}(?P<core>q ?(?P<quarter>[1-4])|(?P<quarter1>[1-4])q"
    rf"|(?:the )?(?P<quarter2>[1-4])(?:st|nd|rd|th)[ -]quarter|quarter (?P<quarter3>[1-4])){_OF_YEAR}(?!\w)"
)
ORDINALS = _compile(
    rf"{_NOT_WORD}(?:the )?(?P<first>[1-4])(?:st|nd|rd|th) (?:and|or|vs|to|through|&) (?:the )?(?P<second>[1-4])"
    rf"(?:st|nd|rd|th) (?P<core>(?P<unit>quarter|half)s?){_OF_YEAR}(?!\w)"
)
HALF = _compile(
    rf"{_NOT_WORD}{_YEAR_FIRST}(?P<core>h(?P<half>[12])|(?P<half1>[12])h"
    rf"|(?:the )?(?P<half2>[12])(?:st|nd)[ -]half(?:[ -]year)?){_OF_YEAR}(?!\w)"
)
BEFORE_HALF = _compile(r"\b(?:in|during|for|since|vs|between|and|to|from|with|than|against)(?: the)? $")
WEEK = _compile(
    rf"{_NOT_WORD}{_YEAR_FIRST}(?P<core>(?:calendar )?week (?:no\.? |number )?(?P<week>\d\d?)){_OF_YEAR}(?!\w)"
    rf"|{_NOT_INSIDE}(?P<year2>{_YEAR})[- ]?w(?P<week1>\d\d)(?!\w)"
)
YEAR = _compile(
    rf"(?<![\w#$€£.,/'])(?:(?:the |calendar )*year |cy ?)?(?P<year>{_YEAR})"
    r"(?![\w%]|[./,]\d|-\d(?!\d{3}\b))"
)
NAMED_NUMBER = _compile(
    r"\b(?P<by>by )?(?:the )?(?:plan|version|model|edition|release|campaign|ticket|room|store|order|product|tier"
    r"|package|bundle|contract|customer|account|wave|windows|office|no|nr|number|id)[.:]? $"
)
GLUED = _compile(r"(?<!mid)(?<!early)(?<!late)(?<!before)(?<!after)-(?<=[a-z]-)$")
RANK = _compile(r"(?:\b(?:top|bottom|1st|last|next)|[=~<>≥≤+]) ?$")
QUANTITY = _compile(
    r"\b(?:least|most|more than|less than|fewer than|above|below|over|under|about|around|approximately|roughly"
    r"|nearly|almost|exactly) $"
)
COUNTED = _compile(rf" (?:\w+ )?{_COUNTED_THINGS}")
IN_YEAR = _compile(r"\b(?:in|since|during|before|after|until|from)(?: the)? $")

OVER_UNIT = _compile(
    rf"\b{_GRAIN}[- ](?:over|on|vs)[- ](?P=unit)\b"
    r"|(?<!\w)(?P<short>yoy|y/y|y-o-y|qoq|q/q|q-o-q|mom|m/m|m-o-m|wow|w/w|dod)(?!\w)"
)
SAME_LAST_YEAR = _compile(
    r"\b(?:the )?same (?:period|time|point|stretch|day|week|month|quarter|half|days|weeks|months|quarters)"
    r"(?: of| in| from)?(?: the)? (?:(?:last|previous|prior|preceding) year|year (?:before|earlier|ago|prior)"
    r"|(?:a|1) year (?:ago|earlier|before|prior))\b"
)
UNIT_BEFORE = _compile(
    r"\b(?:the (?:(?P<n>[1-9]\d{0,2}) )?|an? |(?P<n1>[1-9]\d{0,2}) )"
    r"(?P<unit>day|week|month|quarter|half(?:[ -]year)?|year)s?"
    r" (?:earlier\b|prior\b(?! to\b)|(?P<before>before)\b(?: that\b| then\b|(?= ?(?:$|[?.,;!)]))"
    r"|(?= (?:in|for|by|on|among|(?:and|or)(?! after)|at|with|per|across)\b)))"
)
TO_DATE = _compile(
    r"\b(?P<ago>last year(?:'s)? )?(?:(?P<unit>year|quarter|month|week)[- ]to[- ]date|(?P<short>[yqm])td)\b"
    r"(?P<ago1> (?:of )?last year\b)?"
)
PREVIOUS_ONE = _compile(r"\bthe (?:(?:previous|prior|preceding) 1|1 before)\b")
NAMED_DAY = _compile(r"\b(?:the day before yesterday|yesterday|today|tomorrow)\b")
BEFORE_LAST = _compile(rf"\b(?:the )?{_UNIT} before last\b")
EACH_OF = _compile(rf"\b(?:in |for )?each of(?= (?:the )?(?:last|past|previous|trailing) \d+ {_GRAIN}s)")
COUNTED_BACK = _compile(
    r"\b(?:the )?(?P<word>last|past|previous|prior|preceding|trailing|rolling(?= \d+ \w+s\b)|most recent|latest"
    r"|recent|next|coming)(?: (?P<n>[1-9]\d{0,2})(?: of)?|(?: few| several| some)?(?= \w+s\b))[ -]"
    rf"(?P<full>(?:full|complete|completed|whole|calendar) )?{_UNIT}s?\b(?! (?:average|mean)\b){_NOT_OF}"
)
AGO = _compile(rf"\b(?P<n>[1-9]\d{{0,2}}|an?) {_UNIT}s? (?:ago|back)\b")
WAY = _compile(r" (?:before|prior to|preceding|leading up to|after|following)\b")
RELATIVE = _compile(
    r"\b(?:the )?(?P<word>this|current|last|past|previous|prior|preceding|most recent|latest|trailing|next|coming"
    rf"|upcoming)(?: (?:full|complete|completed|whole|calendar|entire))* {_UNIT}\b(?!-){_NOT_OF}"
)
OF_THE = _compile(r"\bthe (?P<unit>year|quarter|month|week)\b")

ADVERBS = {"daily": "day", "weekly": "week", "monthly": "month", "quarterly": "quarter"} | dict.fromkeys(
    ("yearly", "annually", "annual"), "year"
)
INITIALS = {"y": "year", "q": "quarter", "m": "month", "w": "week", "d": "day"}
_LY_WORDS = r"daily|weekly|monthly|quarterly|yearly|annually"
_LY_THINGS = (
    r"plans?|customers?|subscri\w+|contracts?|bill\w*|pay\w*|users?|members?\w*|active|fees?|pric\w+|charges?|tiers?"
    r"|package\w*|revenue|spend\w*|invoic\w+|newsletter\w*|reviews?|emails?|calls?|meetings?|webinars?|accounts?"
    r"|licen[cs]es?|installments?|usage|visits?|log-?ins?|costs?|rates?|commitments?|renewals?"
)
_BEST = (
    r"(?:best|worst|highest|lowest|strongest|weakest|top|bottom|peak|biggest|largest|smallest|poorest|greatest|record"
    r"|busiest|slowest|(?:most|least) \w+)(?:[ -](?:performing|scoring|rated|ranked|ever|\d+))*"
)
GRAINS = (
    _compile(rf"\b(?:from )?{_GRAIN}[- ](?:by|after|to)[- ](?P=unit)\b(?! (?:{_LY_THINGS})\b)"),
    _compile(rf"\b(?:on an? |on |in an? )?(?P<ly>{_LY_WORDS}|annual) (?:basis|intervals|steps)\b"),
    _compile(
        r"(?<!\bon )(?<!pay )(?<!paid )(?<!pays )(?<!paying )(?<!billed )(?<!use )(?<!used )(?<!it )(?<!active )"
        rf"(?<!than )\b(?P<ly>{_LY_WORDS})\b(?! (?:{_LY_THINGS})\b)"
    ),
    _compile(
        r"\b(?P<ly>annual)(?= (?:nps|net promoter|scores?|trends?|figures|results|numbers|breakdown|view"
        r"|development|averages?|changes?)\b)"
    ),
    _compile(
        r"\b(?:by|per|(?:for |in )?(?:each|every)|(?:over|across)(?: the)?(?= \w+s\b))"
        rf" (?:(?:calendar|single|individual|the) )*{_GRAIN}s?\b(?! (?:old|ago|end|before)\b)"
    ),
    _compile(rf"\b(?:at |on )?(?:the |a )?{_GRAIN}(?:[- ]?wise|[- ](?:level|granularity|grain))\b"),
    _compile(rf"\b(?:in |during |for )?(?:which|what) (?:\d+ )?{_GRAIN}s?\b(?![- ](?:over|on|to)\b)"),
    _compile(rf"\b(?P<rank>{_BEST}) {_GRAIN}s?\b"),
    _compile(
        rf"(?<!\d )(?<!same )\b(?:the |any |all |those )?{_GRAIN}s?(?= (?:with|that had|when|where|in which|having)\b)"
    ),
    _compile(
        rf"(?:,|\band|&|\bx|/|\bthen)(?P<also> ?)(?:by |per )?{_GRAIN}s?\b(?![ -](?:over|on|to|before|ago|old)\b)"
    ),
)

# The words before and after a place, and between two of them.
LEADS: dict[str, Role] = {
    "since": "from",
    "starting": "from",
    "beginning": "from",
    "so far": "from",
    "until": "to",
    "up to": "to",
    "through": "to",
    "by": "to",
    "no later than": "to",
    "before": "before",
    "prior to": "before",
    "ahead of": "before",
    "earlier than": "before",
    "leading up to": "before",
    "after": "after",
    "following": "after",
    "later than": "after",
}
EDGED: dict[tuple[str, str], Role] = {
    ("from", "start"): "from",
    ("from", "end"): "after",
    ("to", "end"): "to",
    ("to", "start"): "before",
    ("before", "start"): "before",
    ("before", "end"): "to",
    ("after", "end"): "after",
    ("after", "start"): "from",
}
_ARTICLE = r"(?: (?:the|our|my|this|that))?[ -]$"
LEAD = _compile(
    r"(?<![\w-])(?:up )?(?P<lead>so far|since|starting|beginning|from|between|until|up to|through|by|no later than"
    r"|before|prior to|ahead of|earlier than|leading up to|after|following|later than|in|during|for|over|on|within"
    r"|throughout|across|of|at|as of|inside)(?: (?:in|from|on|with|and including|the|our|my|this|that|all of|whole"
    r"|full|entire|whole of|course of|months? of|year|period|period of))*[ -]$"
)
EDGE = _compile(
    r"(?<![\w-])(?:the )?(?:very )?(?:(?P<start>start|beginning)|(?P<end>end)|(?P<mid>middle)) of(?: the)? $"
    r"|(?<![\w-])(?:(?P<early>early)|(?P<late>late)|(?P<mid1>mid))(?: in)?[ -]$"
)
PART = _compile(
    r"(?<![\w-])(?:the )?(?P<nth>1st|2nd|3rd|4th|last|final|opening|closing)(?: (?P<n>[1-9]\d{0,2}))?"
    r" (?P<unit>day|week|month|quarter|half)s? (?:of|in)(?: the)? $"
)
OFFSET = _compile(
    r"(?<![\w-])(?:the )?(?:(?:1st|last|next) )?(?:(?P<n>[1-9]\d{0,2}|an?)[ -])?(?P<unit>day|week|month|quarter|year)"
    r"(?P<many>s?) (?:immediately |directly |right |just )?"
    rf"(?P<way>before|prior to|preceding|leading up to|up to|until|after|following|since){_ARTICLE}"
)
BOTH = _compile(
    r"(?<![\w-])(?:(?:in |for |during )?(?:the )?(?:(?P<n>[1-9]\d{0,2}|an?)[ -])?"
    r"(?P<unit>day|week|month|quarter|year)s? )?"
    r"(?P<one>before|after)[ ,/&-]*(?:during[ ,]*)?(?:and|or|vs\.?|to|with|compared (?:to|with))?[ ,/&-]*"
    rf"(?P<two>before|after|since|following){_ARTICLE}"
)
_STOP = r"(?= ?(?:$|[?.!,;)]))"
ONWARDS = _compile(
    rf"(?:'s)?(?P<on> (?:onwards?|on{_STOP}|(?:and|or) (?:later|onwards?|beyond|after{_STOP})|forward|to date|so far"
    rf"|(?:until|to) (?:now|present|the present|date)))?(?P<back> (?:and|or) (?:earlier|before{_STOP}))?(?!\w)"
)
EXCEPT = _compile(
    r"\b(?:not|except|excluding|excl\.?|without|outside|apart from|other than|ignoring|exclude)"
    r"(?: (?:in|for|during|of|the))* $"
)
LINK = _compile(
    r" ?(?P<word>and|&|to|up to|until|up until|through|-)(?: and including)?(?: the)?(?: end of(?: the)?)? ?"
)
COMPARING = _compile(r"\b(?:compar\w*|differ\w*|vs|against|relative|gap)\b")
_CHANGE = (
    r"\b(?:chang|up|down|improv|ris|rose|fell|fall|drop|declin|increas|decreas|mov|grow|grew|differ|better|worse"
    r"|higher|lower|gain|los|decay|jump|slip)\w*\b"
)
_FILLERS = r"(?: (?:the|that|those|in|of|for|during|it was|what it was))* ?$"
AGAINST = _compile(
    rf"(?:\b(?:vs\.?|against|than|relative to)|\bcompar\w*\b.*\b(?:to|with|against|and)){_FILLERS}"
    rf"|(?:{_CHANGE}.*\bfrom|{_CHANGE} (?:on|over)) $"
)
SHARE = _compile(
    r"[ ,;/&-]*(?:and|or|vs\.?|to|with|against|than|over|until|through|compare[ds]? (?:to|with|against)|then)?"
    r"[ ,;&/-]*(?:the )?"
)
