"""What a question asks for and the data has not: other metrics, orders, days that no calendar has, half a name.

The refusal names the thing and says what can be asked instead.
"""

from __future__ import annotations

import calendar
import re

from agent.builtin.frame import Refusal
from agent.builtin.reading import Reading
from agent.builtin.vocabulary import phrase, tokens
from warehouse.catalog import Catalog
from warehouse.roles import words_of

_METRICS: tuple[tuple[str, str, str], ...] = (
    (
        r"\bc-?sat\b|\bcustomer satisfaction (?:score|index|rate|rating)\b",
        "CSAT, the customer satisfaction score",
        "satisf|csat",
    ),
    (
        r"\bces\b|\b(?:customer )?effort (?:score|index|rating)\b|\bcustomer "
        r"effort\b",
        "CES, the customer effort score",
        "effort|ces",
    ),
    (r"\be-?nps\b|\bemployee (?:net promoter|nps)\b", "eNPS, the NPS of employees", "employee|enps"),
    (r"\bconversion(?: rates?)?\b", "a conversion rate", "conver"),
    (
        r"\bopen rates?\b|\bclick(?:-| )?(?:through )?rates?\b|\bbounce "
        r"rates?\b",
        "an open or click rate",
        "open|click|bounce",
    ),
    (r"\b(?:star|app store|google|trustpilot) (?:ratings?|scores?|reviews?)\b", "a star rating", "star|review"),
)
"""What people ask for by its name → what it is called, and what a column of it would be called."""
_BY_RATING = re.compile(
    r"\b(?:by|per|for each|for every|across|depending on)\s+(?:the |each |their "
    r")?ratings?\b(?! of\b)",
    re.IGNORECASE,
)
_SATISFACTION = re.compile(r"\bsatisfaction (?:score|index|rate|rating)s?\b", re.IGNORECASE)
_RATING = re.compile(r"rating|satisf|score|stars?\b|csat|effort", re.IGNORECASE)
_ORDERED = re.compile(
    r"\b(?:rfm|recency|(?:order|basket|purchase|transaction|cart|ticket) (?:values?|sizes?|amounts?|frequency"
    r"|history|counts?)"
    r"|average (?:orders?|basket|purchase)|aov|revenues?|turnover|monetary(?: value)?|(?:customer )?lifetime "
    r"values?|c?ltv|clv|mrr|arr"
    r"|spend(?:s|ing|ers?)?|spent|(?:bought|ordered|purchased) (?:most|more|again|recently)|orders? per"
    r"|big(?:gest)? (?:buyers|orders))\b",
    re.IGNORECASE,
)
_AMOUNTS = re.compile(
    r"\b(?:amount|revenue|spend|spent|spending|turnover|order value|basket value"
    r"|sales)\b",
    re.IGNORECASE,
)
_VAGUE = re.compile(
    r"\b(?:(?:most |more |just )?recently|lately|of late|latterly|in (?:the )?recent (?:times|past|weeks|months"
    r"|days|years)|nowadays|back then"
    r"|in the past|a while (?:ago|back)|(?:some time|not long|long|ages) ago|previously|earlier on|the other "
    r"(?:day|week|month)|for (?:a|some) (?:while|time)"
    r"|at the moment|as of late|as we speak|historically)\b",
    re.IGNORECASE,
)
RECENT = ["last month", "last quarter", "last 30 days", "all answers"]
_MONTHS = {name.lower(): n for n, name in enumerate(calendar.month_name) if name}
_MONTHS |= {name.lower(): n for n, name in enumerate(calendar.month_abbr) if name} | {"sept": 9}
_NAME = "|".join(sorted(_MONTHS, key=len, reverse=True))
_DAYS = (
    re.compile(rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<month>{_NAME})\b\.?,?(?: (?P<year>(?:19"
        r"|20)\d\d)\b)?", re.IGNORECASE),
    re.compile(rf"\b(?P<month>{_NAME})\.? (?:the )?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b(?!\s*(?:%|-|–|to|and"
        r"|answers))(?:,? (?P<year>(?:19|20)\d\d)\b)?", re.IGNORECASE),
    re.compile(r"\b(?P<year>(?:19|20)\d\d)-(?P<number>\d\d)(?:-(?P<day>\d\d))?\b"),
)  # fmt: skip
_PARTS = re.compile(
    r"\b(?:q(?P<q>[5-9]|0)|quarter (?P<q2>[5-9])|h(?P<h>[3-9])|month (?P<m>1[3-9]|[2-9]\d)|week "
    r"(?P<w>5[4-9]|[6-9]\d))\b",
    re.IGNORECASE,
)


def refuse_absent(reading: Reading, catalog: Catalog) -> None:
    """Refusal for what neither npsight nor this data has."""
    refuse_no_day(reading.question)
    _refuse_open_rating(reading, catalog)
    _refuse_orders(reading, catalog)
    _refuse_metrics(reading, catalog)


def refuse_no_day(question: str) -> None:
    """ "30 February" is no day."""
    for pattern in _DAYS:
        for found in pattern.finditer(question):
            told = found.groupdict()
            month = _MONTHS[told["month"].lower()] if told.get("month") else int(told["number"])
            year = int(told["year"]) if told.get("year") else 2024  # a leap year, where none is named
            if not 1 <= month <= 12:
                raise Refusal("declined", f"{found[0]} is no date: a year has 12 months.", [])
            last, day = calendar.monthrange(year, month)[1], int(told["day"] or 1)
            if not 1 <= day <= last:
                _refuse_day(found[0].strip(" ,."), year if told.get("year") else None, month, last)
    part = _PARTS.search(question)
    if part is not None:
        kind = {"q": "4 quarters", "q2": "4 quarters", "h": "2 halves", "m": "12 months", "w": "53 weeks at most"}
        name = next(name for name, text in part.groupdict().items() if text)
        raise Refusal("declined", f"{part[0]!r} is no stretch of time: a year has {kind[name]}.", [])


def _refuse_day(text: str, year: int | None, month: int, last: int) -> None:
    name = calendar.month_name[month]
    options = [f"NPS in {year}-{month:02d}", f"NPS on {year}-{month:02d}-{last}"] if year else []
    shown = f"{name} {year}" if year else name
    raise Refusal(
        "declined", f"{text} is not a date: {shown} has {'at most ' if not year else ''}{last} days.", options
    )


def _refuse_orders(reading: Reading, catalog: Catalog) -> None:
    """RFM, revenue and order values, where no orders were loaded."""
    found = _ORDERED.search(reading.question)
    if found is None or _has_orders(catalog) or _held(reading, found):
        return
    text = (
        f"I cannot tell {found[0]!r}: there is no table of orders, so no orders and no amounts. Load the orders "
        "as well (a file "
        "with customer, date and amount), and it can be asked."
    )
    raise Refusal("declined", text, ["What is our NPS?", *_splits(catalog)])


def _has_orders(catalog: Catalog) -> bool:
    amounts = any(
        column.role in ("amount", "ordered_at")
        for table in catalog.tables.values()
        for column in table.columns.values()
    )
    named = any(
        _AMOUNTS.search(_plain(name)) and "rating" not in _plain(name)
        for name in (*catalog.measures, *catalog.dimensions)
    )
    return "orders" in catalog.tables or amounts or named


def _refuse_open_rating(reading: Reading, catalog: Catalog) -> None:
    """ "NPS by rating", where there are several ratings: asked back."""
    found = _BY_RATING.search(reading.question)
    names = [name for name in catalog.dimensions if _plain(name).lower().find("rating") >= 0]
    own = any(_plain(name).lower() in ("rating", "ratings") for name in catalog.dimensions)
    longer = found is not None and any(
        found.start() <= reading.question.lower().find(m.text.lower()) and len(m.text.split()) > 1
        for m in reading.of("dimension")
    )
    if found is not None and len(names) > 1 and not own and not longer:
        raise Refusal("clarify", "By which rating?", [f"NPS by {name}" for name in names])


def _refuse_metrics(reading: Reading, catalog: Catalog) -> None:
    """CSAT, CES and other metrics: named, with what can be asked in their place."""
    for pattern, name, column in _METRICS:
        found = re.search(pattern, reading.question, re.IGNORECASE)
        if found is None or _held(reading, found):
            continue
        columns = [
            each
            for each in (*catalog.measures, *catalog.dimensions)
            if re.search(rf"\b(?:{column})", _plain(each), re.IGNORECASE)
        ]
        if columns:  # the data may have it: asked back by its own name
            raise Refusal(
                "clarify", f"Do you mean {' or '.join(columns)}?", [f"What is the average {each}?" for each in columns]
            )
        raise Refusal(
            "declined", f"I cannot answer that: {name} is not in this data; I can tell the NPS.", _instead(catalog)
        )
    found = _SATISFACTION.search(reading.question)
    if found is None or _held(reading, found):
        return
    columns = [name for name in catalog.measures if re.search("satisf|csat", name, re.IGNORECASE)]
    if columns:
        text = f"There is no {found[0].lower()!r} by that name. Do you mean {' or '.join(columns)}, or the NPS?"
        raise Refusal("clarify", text, [*[f"What is the average {name}?" for name in columns], "What is our NPS?"])
    reading.mended.append(f'"{found[0]}" read as NPS')


def _plain(name: str) -> str:
    return words_of(name)


def _held(reading: Reading, found: re.Match[str]) -> bool:
    """Whether the data has a name for these words."""
    words = tokens(reading.question)
    inside = {at for at, word in enumerate(words) if found.start() <= word.start and word.end <= found.end()}
    return any(m.entries and inside & set(range(m.first, m.last + 1)) for m in reading.mentions)


def _instead(catalog: Catalog) -> list[str]:
    ratings = [name for name in catalog.measures if _RATING.search(name)][:3]
    return ["What is our NPS?", *[f"What is the average {name}?" for name in ratings]]


def _splits(catalog: Catalog) -> list[str]:
    return [f"NPS by {name}" for name in list(catalog.dimensions)[:3]]


def refuse_vague_time(reading: Reading, catalog: Catalog) -> None:
    """ "Recently", "lately": asked back which stretch of time is meant."""
    found = _VAGUE.search(reading.question)
    if found is None or catalog.as_of is None:
        return
    words = tokens(reading.question)
    inside = {at for at, word in enumerate(words) if found.start() <= word.start and word.end <= found.end()}
    if set(reading.unknown_at) <= inside and not reading.of("when"):
        raise Refusal(
            "clarify", f"Which period do you mean by {found[0]!r}? Name a month, a quarter or a number of days.", RECENT
        )


def refuse_half_a_name(reading: Reading, catalog: Catalog) -> None:
    """ "Bonn", where the values are Bonn 1 and Bonn 2: asked back."""
    words = tokens(reading.question)
    for at in reading.unknown_at:
        word = words[at]
        near: dict[str, list[str]] = {}
        for name, dimension in catalog.dimensions.items():
            fitting = [value for value in dimension.values if {word.text, word.stem} & {*phrase(value), value.lower()}]
            if fitting and word.text.isalpha() and len(word.text) > 2:
                near[name] = fitting
        if near and sum(map(len, near.values())) > 1:
            text = reading.question[word.start : word.end]
            options = [value for values in near.values() for value in values][:12]
            raise Refusal(
                "clarify",
                f"There are several {' and '.join(near)} with {text!r} in this data. Which one do you mean?",
                options,
            )
