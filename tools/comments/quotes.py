"""Comments in customers' own words: those that speak for a group, redacted."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from tools.comments.given_names import FIRST_NAMES
from tools.comments.language import NAMES, detect_languages, named_language
from tools.comments.marks import ANY_PLACEHOLDER
from tools.comments.picking import LONGEST, SHORTEST, representative
from tools.comments.reading import Comments, comment_column, has_comment, personal_columns, read_comments
from tools.comments.redaction import fold, plain, redact
from tools.extras import need
from tools.moments import cell_moments
from tools.outcome import Outcome
from tools.result import Column, FactSheet, Model, Result, Table
from tools.scope import Axis, Scope, Where, axes, scope
from tools.stats.proportions import wilson_interval
from warehouse.engine import identifier, quoted
from warehouse.errors import MissingDataError, NpsError, UnknownNameError
from warehouse.workspace import Warehouse

if TYPE_CHECKING:
    from tools.comments.codebook import Codebook

NpsClass = Literal["promoter", "passive", "detractor"]
MOST = 20
_MOST_HIDDEN = 0.34
"""A comment of which more than this part was hidden says little."""


class Quote(Model):
    """One comment."""

    fact: str = Field(description="Id of the fact that holds the redacted text.")
    row: str = Field(description="The answer's id in the data, or its place among the answers read.")
    nps_class: NpsClass | None
    score: float | None
    date: str | None
    where: dict[str, str] = Field(description="The dimensions asked for.")


class QuotesResult(Result):
    """Comments that speak for a group, and how large the group is."""

    quotes: list[Quote] = Field(description="The most typical first.")
    answers: str = Field(description="Id of the fact with the number of answers in the scope.")
    comments: str = Field(description="Id of the fact with the number of them that hold a comment.")
    comment_share: str = Field(description="Id of the fact with their share.")
    group: str = Field(description="Id of the fact with the number of comments that the quotations were chosen from.")
    group_share: str = Field(description="Id of the fact with their share among the comments that say something.")
    about: str = Field(description="What the group is, in words: comments by detractors about price.")
    narrowed: bool = Field(description="True where a theme, a word or a language narrows the comments down.")
    sampled: bool


def quotes(
    warehouse: Warehouse,
    *,
    theme: Annotated[
        str | None, Field(description="A theme of the codebook; where none fits, comments with these words.")
    ] = None,
    nps_class: Annotated[NpsClass | None, Field(description="Only comments of this class.")] = None,
    where: Annotated[Where, Field(description='Filter: {"plan": "Starter"}.')] = {},
    period: Annotated[str | None, Field(description='Only this stretch of time, e.g. "2025-Q1".')] = None,
    contains: Annotated[str | None, Field(description="A word, or the beginning of one, that they hold.")] = None,
    limit: Annotated[int, Field(ge=1, le=MOST, description="Most comments to quote.")] = 5,
    language: Annotated[str | None, Field(description='Only comments in this language: "de" or "German".')] = None,
    by: Annotated[list[str], Field(description="Dimensions to give beside each comment.", max_length=3)] = [],
    column: Annotated[str | None, Field(description="The column of comments, where there are several.")] = None,
) -> QuotesResult:
    """Representative comments in customers' own words, with everything personal hidden.

    Use it to illustrate a finding: "what do detractors say", "show me comments about price", "give me some quotes".
    It picks what is typical of the group and never proves how common it is: for shares and effects use the tools for
    themes. Groups of fewer than eight comments are not quoted.
    """
    need("sklearn.feature_extraction.text", "comments", "quotes")
    name, rows, split = comment_column(warehouse, column), scope(warehouse, where, period), axes(warehouse, by)
    if nps_class is not None:
        rows.conditions.append(f"nps_class = {quoted(nps_class)}")
        rows.columns.append("nps_class")
        rows.where["nps_class"] = nps_class
    found = _read(warehouse, name, rows, split)
    coded = _find_theme(warehouse, name, theme) if theme is not None else None
    notes = (
        [] if coded is not None or theme is None else [f"{theme!r} is no theme of the codebook; the word was searched."]
    )
    contains = contains or (theme if coded is None else None)
    theme = coded.name if coded is not None else None
    group = _narrowed(found, coded, contains, language)
    about = _about(theme, nps_class, contains, language)
    base = warehouse.catalog.minimum_base.comments
    if len(group) < base:
        raise MissingDataError(
            f"There are {f'fewer than {base}' if len(group) else 'no'} {about}{_within(rows)}"
            f"{', too few to quote' if len(group) else ''}; ask about a larger group, a longer period or another theme."
        )
    picked = _quotable(warehouse, group, limit)
    if not picked:
        raise MissingDataError(
            f"None of the {about}{_within(rows)} has {SHORTEST} to {LONGEST} characters once everything personal is "
            "hidden; ask about a larger group."
        )
    sheet = FactSheet("quotes")
    narrowed = any(item is not None for item in (theme, contains, language))
    cell = dict(rows.where) | _narrowing(theme, contains, language)
    ids = _counts(warehouse, sheet, name, rows, found, group, cell)
    made = _quotes(sheet, group, picked, split, base, where=cell)
    return QuotesResult(
        facts=sheet.facts,
        caveats=[*notes, *_caveats(found, made, limit)],
        sql=[*found.sql, *ids.sql],
        table=_table(sheet, made, split),
        quotes=made,
        answers=ids.answers,
        comments=ids.comments,
        comment_share=ids.share,
        group=ids.group,
        group_share=ids.group_share,
        about=about,
        narrowed=narrowed,
        sampled=found.read < found.of,
    )


def _read(warehouse: Warehouse, name: str, rows: Scope, split: list[Axis]) -> Comments:
    dated = "responded_at" in warehouse.catalog.times
    beside = {"id": "response_id", "score": "score", "nps_class": "nps_class"}
    beside |= {"date": "CAST(CAST(responded_at AS DATE) AS VARCHAR)"} if dated else {}
    beside |= {f"by{at}": axis.sql for at, axis in enumerate(split)}
    needs = ["score", "nps_class", *(["responded_at"] if dated else []), *(c for axis in split for c in axis.columns)]
    return read_comments(warehouse, name, rows, beside=beside, needs=needs)


def _narrowed(found: Comments, theme: _Theme | None, contains: str | None, language: str | None) -> Comments:
    """The comments about the theme, with the word, in the language."""
    keep: NDArray[np.bool_] = np.ones(len(found), dtype=bool)
    if theme is not None:
        keep &= _about_theme(found.texts, theme)
    if contains is not None:
        word = fold(contains).strip("* ")
        if len(word) < 2:
            raise NpsError(f"{contains!r} is no word to look for; give at least two letters.")
        pattern = re.compile(rf"(?<!\w){re.escape(word)}", re.IGNORECASE)
        keep &= np.array([_holds(text, pattern) for text in found.texts], dtype=bool)
    if language is not None:
        code = named_language(language)
        if code is None:
            raise UnknownNameError("language", language, [*NAMES.values()])
        languages = detect_languages(found.texts)
        keep &= np.array([spoken is not None and spoken.code == code for spoken in languages], dtype=bool)
    return found.take(keep)


def _holds(text: str, pattern: re.Pattern[str]) -> bool:
    """True where the word is still there once everything personal is hidden: a search must not bring it back."""
    if not pattern.search(fold(text)):
        return False
    return bool(pattern.search(ANY_PLACEHOLDER.sub(" ", redact(text).text)))


@dataclass(frozen=True)
class _Theme:
    """A theme of a codebook."""

    codebook: Codebook
    at: int

    @property
    def name(self) -> str:
        return self.codebook.names[self.at]


def _find_theme(warehouse: Warehouse, column: str, wanted: str) -> _Theme | None:
    """In the workspace's codebook, or among the themes that all its comments speak of; None where none fits."""
    from tools.comments.coded import codebook_for

    codebook, _from_file, _sql = codebook_for(warehouse, column)
    try:
        return _Theme(codebook, codebook.find(wanted, by_words=False))
    except NpsError:
        return None


def _about_theme(texts: list[str], theme: _Theme) -> NDArray[np.bool_]:
    from tools.comments.codebook import code_texts

    coded: NDArray[np.bool_] = code_texts(texts, theme.codebook)[:, theme.at]
    return coded


def _about(theme: str | None, nps_class: str | None, contains: str | None, language: str | None) -> str:
    code = named_language(language) if language else None
    words = ["comments"] + ([f"in {NAMES[code]}"] if code else []) + ([f"by {nps_class}s"] if nps_class else [])
    words += [f"about {plain(theme)}"] if theme else []
    words += [f"with the word '{plain(contains)}'"] if contains else []
    return " ".join(words)


def _narrowing(theme: str | None, contains: str | None, language: str | None) -> dict[str, str]:
    """What narrows the group down, as facts show it."""
    given = {"theme": theme, "contains": contains, "language": language}
    return {name: plain(text) for name, text in given.items() if text is not None}


def _within(rows: Scope) -> str:
    parts = [f"{name} {value}" for name, value in rows.where.items() if name != "nps_class"]
    return f" for {', '.join(parts)}" if parts else ""


@dataclass(frozen=True)
class _Counts:
    answers: str
    comments: str
    share: str
    group: str
    group_share: str
    sql: list[str]


def _counts(
    warehouse: Warehouse,
    sheet: FactSheet,
    name: str,
    rows: Scope,
    found: Comments,
    group: Comments,
    cell: dict[str, str],
) -> _Counts:
    """How many answer, how many of them comment, and how large the quoted group is."""
    sql = f"CASE WHEN {has_comment(name)} THEN 1.0 ELSE 0.0 END"
    moments = cell_moments(warehouse, [], rows, Outcome("comment", sql, "share", (name,)))
    n, share = int(moments.n[0]), float(moments.mean[0])
    spread, variance = share * (1 - share), float(moments.covariance[0, 0])
    effect = max(1.0, variance * n / spread) if spread > 0 and np.isfinite(variance) else 1.0
    interval = wilson_interval(share * n / effect, n / effect)
    where = dict(rows.where)
    comments = sheet.add("comments", found.of, "responses", n=n, where=where)
    sheet.statement = len(found.sql) + 1
    answers = sheet.add("answers", n, "responses", n=n, where=where)
    commented = sheet.add("comment_share", share, "share", n=n, low=interval.low, high=interval.high, where=where)
    sheet.statement = len(found.sql)
    said = sheet.add("comments_that_say_something", len(found), "responses", n=found.read, where=where)
    part = wilson_interval(len(group), len(found))
    chosen = sheet.add("comments_in_group", len(group), "responses", n=len(found), where=cell)
    of_said = sheet.add(
        "group_share", part.estimate, "share", n=int(said.value or 0), low=part.low, high=part.high, where=cell
    )
    return _Counts(answers.id, comments.id, commented.id, chosen.id, of_said.id, moments.sql)


@dataclass(frozen=True)
class _Picked:
    at: int
    text: str


def _quotable(warehouse: Warehouse, group: Comments, limit: int) -> list[_Picked]:
    """The typical ones, redacted; what is hidden for the greater part is passed over."""
    texts = [" ".join(fold(text).split()) for text in group.texts]
    order = representative(texts)[: 4 * limit]
    known = _personal(warehouse, [str(group.columns["id"][at]) for at in order])
    picked = []
    for at in order:
        text = plain(redact(group.texts[at], names=known.get(str(group.columns["id"][at]), [])).text)
        hidden = sum(len(found) for found in ANY_PLACEHOLDER.findall(text))
        if SHORTEST <= len(text) <= LONGEST + 100 and hidden <= _MOST_HIDDEN * len(text):
            picked.append(_Picked(at, text))
    return picked[:limit]


def _personal(warehouse: Warehouse, ids: Sequence[str]) -> dict[str, list[str]]:
    """What the personal columns hold for these answers, and their customer ids."""
    wanted = personal_columns(warehouse)
    if not ids or not wanted:
        return {}
    listed = ", ".join(quoted(key) for key in ids)
    names = ", ".join(f"CAST({identifier(c)} AS VARCHAR)" for c in wanted)
    found = warehouse.run(
        f"SELECT CAST(response_id AS VARCHAR), {names} FROM {warehouse.relation(wanted)} "
        f"WHERE CAST(response_id AS VARCHAR) IN ({listed})"
    )
    return {row[0]: [value for value in row[1:] if value] for row in found.rows}


def _quotes(
    sheet: FactSheet, group: Comments, picked: list[_Picked], split: list[Axis], base: int, where: dict[str, str]
) -> list[Quote]:
    ids = [str(value) for value in group.columns["id"]]
    told = not any(looks_personal(key) for key in ids)
    cells = list(zip(*(group.columns[f"by{at}"] for at in range(len(split))), strict=True)) if split else []
    made = []
    for item in picked:
        at = item.at
        row = plain(ids[at]) if told else f"row {at + 1}"
        row = row if re.search(r"[^\W\d_]", row) else f"row {row}"
        # A cell with few comments, told beside one of them, could tell who wrote it.
        common = bool(cells) and cells.count(cells[at]) >= base
        own = {axis.name: plain(cells[at][k]) for k, axis in enumerate(split)} if common else {}
        score = group.columns["score"][at]
        date = group.columns["date"][at] if "date" in group.columns else None
        nps_class = group.columns["nps_class"][at]
        tags = {"row": row} | ({"nps_class": nps_class} if nps_class else {}) | ({"date": date} if date else {})
        fact = sheet.add("quote", item.text, "text", where={**where, **own, **tags})
        made.append(
            Quote(
                fact=fact.id,
                row=row,
                nps_class=nps_class,
                score=None if score is None else float(score),
                date=date,
                where=own,
            )
        )
    return made


def looks_personal(key: str) -> bool:
    """True for an id that tells who somebody is: an e-mail address, a phone number, a name."""
    words = re.findall(r"[^\W\d_]+", key)
    names = sum(word.casefold() in FIRST_NAMES for word in words)
    digits = re.sub(r"[\s()./-]", "", key)
    phone = digits.isdecimal() and len(digits) >= 9 and (digits[0] == "0" or len(digits) < len(key.strip()))
    named = len(words) > 1 and all(len(word) > 2 for word in words) and not re.search(r"\d", key)
    return "@" in key or key.strip().startswith("+") or phone or named or names > 0


def _caveats(found: Comments, made: list[Quote], limit: int) -> list[str]:
    caveats = list(found.caveats)
    caveats.append(
        "Quotations show what is typical of what was said; they say nothing about how common it is among customers who "
        "wrote no comment."
    )
    caveats.append(
        "Names, contacts, numbers and addresses were hidden by rules; read a quotation before it is published."
    )
    if len(made) < limit:
        caveats.append(f"Only {len(made)} are quoted: the others repeat them, or are too short or too long to quote.")
    return caveats


def _table(sheet: FactSheet, made: list[Quote], split: list[Axis]) -> Table:
    texts = {fact.id: fact.value for fact in sheet.facts}
    names = [axis.name for axis in split]
    columns = [Column(name="comment"), Column(name="class"), Column(name="score", unit="score"), Column(name="date")]
    columns += [Column(name=name) for name in names] + [Column(name="row")]
    rows = [
        [texts[q.fact], q.nps_class, q.score, q.date, *(q.where.get(name, "(few)") for name in names), q.row]
        for q in made
    ]
    return Table(title="Comments", columns=columns, rows=rows)
