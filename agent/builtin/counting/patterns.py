"""Words for people, orders and money, as patterns, and the question that they are looked for in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from agent.builtin.counting.kinds import Records
from agent.builtin.reading import Reading
from warehouse.catalog import Catalog

Span = tuple[int, int]
Found = tuple[Records, list[Span]] | None

PEOPLE = (
    r"(?:customers?|users?|people|clients?|members?|subscribers?|guests?|buyers?|accounts?|shoppers?|passengers?"
    r"|compan(?:y|ies)|firms?|trials?|trialists|leads|payers?|visitors?|patients?|households?|persons?|tenants?|riders?|viewers?|holders?)"
)
ORDERS = r"(?:orders|purchases|transactions|invoices)"
ORDER = r"(?:order|purchase|transaction|invoice|basket)"
WORTH = r"(?:value|amount|total|size|price|sum|worth|volume)s?"
INCOME = r"(?:revenues?|turnover|takings|sales)"
HOW_MANY = r"(?:how many|(?:total |overall )?numbers? of|counts? of|no\. of|headcount of)"
SHARE_OF = (
    r"(?:what |which )?(?:share|percentage|percent|per cent|proportion|fraction|%|part) of (?:our |all |the |total )*"
)
FEW = r"(?:[\w'’-]+ ){0,4}?"
""" "How many GOLD CARD orders": up to four words that say which ones."""
MEAN = r"(?:average|mean|avg\.?)"
MOST = r"(?:the )?(?:most|fewest|least|(?:highest|largest|biggest|lowest|smallest|greatest) (?:number|count) of)"


_PLAIN = frozenset(
    ["of", "our", "the", "all", "these", "those", "my", "different", "distinct", "unique", "individual", "total", "and"]
)


@dataclass
class Question:
    """A question as the patterns see it: its text without time words, and what was read in it."""

    text: str
    reading: Reading
    catalog: Catalog

    def find(self, pattern: str, start: int = 0) -> Span | None:
        """Where a pattern of whole words is first found."""
        found = compiled(pattern).search(self.text, start)
        return found.span() if found else None

    def leads_to(self, noun: str) -> re.Match[str] | None:
        """ "How many … orders", where the words between are names of the data or say nothing: no "one-time buyers"."""
        found = compiled(rf"{HOW_MANY} (?P<which>{FEW})(?P<noun>{noun})").search(self.text)
        return found if found and set(re.findall(r"[\w'’-]+", found["which"])) <= _PLAIN else None

    def first_of(self, *patterns: str) -> Span | None:
        """Where the first pattern that fits is found."""
        return next((span for span in map(self.find, patterns) if span), None)

    @property
    def counts(self) -> bool:
        """ "How many", "the number of"."""
        return self.find(HOW_MANY) is not None

    @property
    def by_calendar(self) -> bool:
        """ "Per month"."""
        return any(m.time is not None and m.time.kind == "grain" for m in self.reading.mentions)

    def has_table(self, name: str) -> bool:
        """True where the data has such a table."""
        return name in self.catalog.tables


def compiled(pattern: str) -> re.Pattern[str]:
    """A pattern of whole words, with any room between them."""
    return re.compile(rf"(?<!\w)(?:{pattern.replace(' ', ' +')})(?!\w)")


def end_of(words: str) -> Literal["lowest", "highest"]:
    """Which end of an order the words mean: "the fewest" is the lowest."""
    return "lowest" if re.search(r"fewest|lowest|least|smallest", words) else "highest"
