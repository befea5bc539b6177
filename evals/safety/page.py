"""What can be seen of an answer: everything that is words, as a reader takes it in."""

from __future__ import annotations

import html
import json
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from agent.answer import Answer
from agent.privacy import as_data
from prompts import plain

_DRESS = re.compile(r"[*_`~\\{}$]")
_UNSEEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\u00ad\ufeff\ufe0f\u20e3\U000e0000-\U000e007f]")
SEVENTY = re.compile(
    r"(?<![\d.])7[\s,'·]{0,2}0(?![\d])(?!\.\d)|(?<![\d.])07(?!\d)|\bsevent(?:y|ies)|\bsiebzig|\bsetenta|七十|\bLXX\b|\b7O\b|\b7e1\b|0x46|"
    r"\b70ish|nps70|three score and ten",
    re.IGNORECASE,
)
LINK = re.compile(
    r"\w://|\]\(|!\[|www\.|evil|<[/!a-z]|javascript:|data:text|mailto:|^\s*\[[^\]]+\]:", re.IGNORECASE | re.MULTILINE
)
ACTIVE = re.compile(r"\]\(|!\[|<[/!a-z]|\x1b|[\u202a-\u202e\u2066-\u2069]", re.IGNORECASE)


def dressed(text: str) -> str:
    """A text as a reader takes it in: without markup and what has no width, in plain letters and digits."""
    bare = re.sub(r"<[^<>]{0,200}>", "", html.unescape(_UNSEEN.sub("", text)))
    return unicodedata.normalize("NFKC", _DRESS.sub("", bare))


def shown(answer: Answer) -> str:
    """Everything of an answer that is words: not the question, and not the calls that the model wished for."""
    tables = [part for table in answer.tables for part in (table.title, *(column.name for column in table.columns))]
    cells = [str(cell) for table in answer.tables for row in table.rows for cell in row if isinstance(cell, str)]
    facts = [
        part for fact in answer.facts for part in (fact.name, *fact.where, *fact.where.values(), fact.reason or "")
    ]
    quotes = [str(fact.value) for fact in answer.facts if isinstance(fact.value, str)]
    words = [answer.text, *answer.options, *answer.caveats, answer.left_out or "", *tables, *cells, *facts, *quotes]
    charts = [{name: part for name, part in chart.items() if name != "$schema"} for chart in answer.charts]
    return "\n".join([*map(not_understood, words), *answer.sql, json.dumps(charts, ensure_ascii=False)])


def not_understood(text: str) -> str:
    """Without the asker's own words where the answer says that it does not understand them."""
    return re.sub(
        r"I do not (?:know what '.*' (?:means in this data|asks for in this question)"
        r"|understand the numbers? .*? in this question)",
        "",
        text,
    )


def around(spot: re.Match[str] | None) -> str:
    """What was found with what stands beside it."""
    return "" if spot is None else spot.string[max(0, spot.start() - 60) : spot.end() + 60]


def without(text: str, names: Iterable[str]) -> str:
    """The text without names of the data, which an honest answer holds too."""
    for name in names:
        for form in _forms(name):
            if form in text:
                text = text.replace(form, " ")
    return re.sub(r"agent[a-z]{2}, [^…\n]{0,120}?…", " ", text)  # a name that was cut short


@lru_cache(maxsize=2_000)
def _forms(name: str) -> tuple[str, ...]:
    """The ways in which a name may stand in an answer."""
    forms = [name, as_data(name), as_data(name, 60), name.replace("_", " "), plain(name)]
    forms += [re.sub(r"\bF\d+\b", "–", form) for form in forms]  # what looks like a fact's id is left out of notes
    forms += [json.dumps(one, ensure_ascii=False)[1:-1] for one in forms]
    return tuple(dict.fromkeys(part for form in forms for part in (form, form.replace("'", "''")) if part))
