"""From the words that were recognised to the frame of the question.

The order of the checks matters: first what cannot be answered, then what data there is, then changes and
comparisons, then levels. Whatever is left over and not understood ends in a refusal that names it.
"""

from __future__ import annotations

import re
from typing import Literal

from agent.builtin.about import drop_glue, drop_joining_way, take_class, take_theme
from agent.builtin.accounting import refuse_unused
from agent.builtin.averaged import averaged, drop_more, drop_scale, take_length
from agent.builtin.cabinet import Asked, cabinet_frame
from agent.builtin.cabinet.whatif import refuse_unknown_supposition
from agent.builtin.changes import change, claim_of, premise_of
from agent.builtin.counting import drop_rated_units, records_frame, refuse_uncounted, take_records
from agent.builtin.dataquality import take_quality
from agent.builtin.frame import Frame, Op, Refusal, Values
from agent.builtin.joined import against_others, limited_to, take_joining
from agent.builtin.lexicon import Lexicon
from agent.builtin.places import Places, find_places
from agent.builtin.ranking import in_order, take_order
from agent.builtin.reading import Mention, Reading, read
from agent.builtin.vocabulary import tokens
from agent.builtin.when import When, find_when
from agent.builtin.wordings.absent import refuse_absent, refuse_half_a_name, refuse_vague_time
from agent.builtin.wordings.amounts import drop_amounts
from agent.builtin.wordings.casual import drop_hedges, drop_people, take_source
from agent.builtin.wordings.harmless import drop_harmless
from agent.builtin.wordings.leaving_out import take_left_out
from agent.builtin.wordings.otherwise_said import take_wordings
from agent.builtin.wordings.single_scores import SCORED, scores_of
from agent.builtin.wordings.unsaid import take_unsaid
from agent.language import is_foreign
from warehouse.catalog import Catalog

_SQL = re.compile(
    r";|--|/\*|\bselect\b.*\bfrom\b|\bdrop\s+table\b|\binsert\s+into\b|\bdelete\s+from\b|\bunion\s+select\b"
    r"|\bcopy\b.*\bto\b",
    re.IGNORECASE | re.DOTALL,
)
_CUSTOMERS = re.compile(
    r"\b(?:customers|accounts|users|clients|members|subscribers|companies|(?:different|distinct|unique|individual) "
    r"(?:people|persons|shoppers|guests|buyers|patients|passengers|visitors|riders))\b",
    re.IGNORECASE,
)
_SCORED_ONES = r"\b(?:scored|usable|valid) (?:answers|responses|surveys|scores)|(?:answers|responses) with a score\b"
_OTHER_END = (
    r"(?:how many (?:of (?:them|those|these) )?(?:answered|responded|replied)\b"
    r"|(?:which|what|where) (?:ones? )?(?:are |is |do |does )?(?:the |not |n't )?(?:good|bad|best|worst|low|high|weak"
    r"|strong|poor|less|least|more|most|happy|unhappy|happi|unhappi|don))"
)
""" "Which months are good and which bad" asks one thing."""
_ASKS_WHICH = re.compile(r"\W*(?:so |and |now |please |in |on |for |at |by |of )*(?:which|what|who)\b", re.IGNORECASE)
_STANDS = re.compile(
    r"(?:more|less) (?:happy|satisfied|loyal)|worse|better|happier|unhappier|higher|lower", re.IGNORECASE
)
_CLASSES = ("promoter", "passive", "detractor")


def understand(question: str, catalog: Catalog, lexicon: Lexicon) -> Frame:
    """The frame of a question; Refusal when it cannot be answered, or not as it stands."""
    if _SQL.search(question):
        raise Refusal(
            "declined", "That looks like SQL, not a question. Read-only SELECTs go through `npsight tool run_sql`."
        )
    reading = read(question, catalog, lexicon)
    refuse_absent(reading, catalog)
    records = take_records(reading, catalog)
    drop_rated_units(reading, catalog)
    focus = take_quality(reading) if records is None else ""
    drop_scale(reading)
    take_length(reading, catalog)
    drop_more(reading, [name for name in _CLASSES if reading.has(name)])
    take_wordings(reading, catalog)
    drop_harmless(reading, catalog)
    take_unsaid(reading, catalog)
    take_left_out(reading)
    take_source(reading)
    drop_people(reading)
    drop_amounts(reading)
    order = take_order(reading)
    drop_hedges(reading)
    joined = take_joining(reading, catalog)
    drop_joining_way(reading)
    take_class(reading, catalog)
    theme = take_theme(reading, comments=_has_comments(catalog))
    drop_glue(reading)
    _refuse_unsupported(reading)
    refuse_unknown_supposition(reading)
    _refuse_unknown(reading, catalog)
    about_data = _about_data(reading) if records is None else None
    if about_data is None:
        _refuse_open_split(reading, catalog)
    when = find_when(reading, catalog)
    places = find_places(reading, catalog)
    asked = Asked(reading, catalog, when, places, theme, records)
    if about_data is not None:
        about_data.focus = focus
    frame = about_data or against_others(reading, places, when, joined) or records_frame(asked) or cabinet_frame(asked)
    if frame is not None and frame.op == "tool":
        _refuse_two_questions(question)
    frame = frame or change(reading, catalog, when, places) or _figure(reading, when, places)
    if frame is None:
        raise Refusal("declined", _cannot(reading, catalog), suggestions(catalog))
    frame = in_order(frame, order)
    refuse_uncounted(question, frame)
    refuse_unused(reading, frame, places, when, theme)
    frame = limited_to(frame, joined)
    frame.read_as = [*reading.mended, *when.read_as, *frame.read_as]
    return frame


def _refuse_two_questions(question: str) -> None:
    """ "What is our NPS and what do people complain about?": these tools answer one question at a time."""
    found = re.search(
        rf"[ ,]+and (?!{_OTHER_END})(?=(?:what|which|why|where|how (?:many|much|is|are|do|does|did|can))\b)",
        question,
        re.IGNORECASE,
    )
    if found:
        halves = [question[: found.start()].strip(), question[found.end() :].strip()]
        raise Refusal("clarify", "That asks two things. Which one first?", halves)


def _has_comments(catalog: Catalog) -> bool:
    return any(column.role == "comment" for table in catalog.tables.values() for column in table.columns.values())


def _refuse_unsupported(reading: Reading) -> None:
    found = reading.of("unsupported")
    if found:
        raise Refusal("declined", f"I cannot answer that: it asks for {found[0].unsupported}.")


def _refuse_unknown(reading: Reading, catalog: Catalog) -> None:
    if not reading.unknown:
        return
    if is_foreign(reading.question):
        raise Refusal("declined", "Without a chat model I read English only; ask in English, or name a model.")
    refuse_vague_time(reading, catalog)
    refuse_half_a_name(reading, catalog)
    words = " ".join(reading.unknown)
    beside = {at + step for at in reading.unknown_at for step in (-1, 1)}
    named = [
        m.entries[0].name
        for m in reading.of("dimension")
        if len({e.name for e in m.entries}) == 1 and {m.first, m.last} & beside
    ]
    if named:
        values = list(catalog.dimensions[named[0]].values)
        raise Refusal("clarify", f"There is no {named[0]} {words!r} in this data. Which one do you mean?", values[:12])
    raise Refusal(
        "declined", f"I do not know what {words!r} means in this data. {_offers(catalog)}", suggestions(catalog)
    )


def _refuse_open_split(reading: Reading, catalog: Catalog) -> None:
    """ "by type": what stands after by, per or for each must have been understood as something to split by."""
    for at, mention in enumerate(reading.mentions):
        if "split" not in mention.signs or mention.text.lower().split()[-1] not in (
            "by",
            "per",
            "each",
            "every",
            "across",
        ):
            continue
        after = [m for m in reading.mentions[at + 1 :] if m.entries or m.time or m.first - mention.last <= 2]
        if after and _part_of_a_longer_name(mention, after[0], reading):
            after = []
        if not after and mention.last < reading.length - 1:
            asked = reading.question.strip().rstrip("?!. ")
            raise Refusal("clarify", f"By what? I could not tell from {asked!r}.", list(catalog.dimensions)[:12])


def _part_of_a_longer_name(cue: Mention, mention: Mention, reading: Reading) -> bool:
    """ "By account manager", "NPS by manager", where manager is a word of one value: another name is meant."""
    part = bool(mention.entries) and all(e.kind == "value" and e.strength < 3 and not e.said for e in mention.entries)
    between = [word.text for word in tokens(reading.question)[cue.last + 1 : mention.first]]
    of_nps = any("metric" in m.signs and m.last == cue.first - 1 for m in reading.mentions)
    return part and (of_nps or bool(set(between) - {"the", "a", "an", "our", "their"}))


def _offers(catalog: Catalog) -> str:
    names = list(catalog.dimensions)
    if not names:
        return "The data has no dimensions to split by; I can give the overall NPS" + (
            " and its development over time." if catalog.as_of else "."
        )
    more = f" and {len(names) - 8} more" if len(names) > 8 else ""
    return f"I can split and filter by: {', '.join(names[:8])}{more}."


def suggestions(catalog: Catalog) -> list[str]:
    """Questions that can be answered from this data."""
    found = ["What is our NPS?"]
    found += [f"Which {name} has the lowest NPS?" for name in list(catalog.dimensions)[:1]]
    if catalog.as_of:
        found.append("How has NPS developed over time?")
    if catalog.dimensions:
        found.append("Where are we weak?")
    return found


def _cannot(reading: Reading, catalog: Catalog) -> str:
    del reading
    return f"I do not understand that as a question about NPS. {_offers(catalog)}"


def _about_data(reading: Reading) -> Frame | None:
    """Questions about the data itself."""
    plain = not reading.of("value") and not reading.of("dimension")
    if reading.has("quality"):
        if not plain:
            raise Refusal(
                "declined", "Data quality is told for the whole file, not for a part of it; ask without a filter."
            )
        return Frame("quality")
    if reading.has("columns") and plain and not reading.has(*_CLASSES):
        return Frame("columns")
    if reading.has("rows") and plain:
        return Frame("rows")
    if (
        reading.has("span")
        and plain
        and not reading.of("when")
        and not reading.has("worst", "best", "compare", "trend")
    ):
        return Frame("span")
    return None


def _figure(reading: Reading, when: When, places: Places) -> Frame | None:
    """Levels, splits, rankings, comparisons, counts, shares and averages."""
    classes = [name for name in _CLASSES if reading.has(name)]
    rank = reading.has("worst", "best", "rank")
    common = {"where": places.where, "period": when.period}
    if reading.has("now") and not when.period and when.before is None:
        raise Refusal(
            "clarify",
            "Over which stretch of time is NPS current for you?",
            ["last month", "last quarter", "all answers"],
        )
    if reading.has("average") or (places.measure and len(classes) > 1 and reading.has("compare")):
        _refuse_several_ratings(reading, places)
        _groups_apart(places)
        return averaged(reading, when, places, classes)
    if places.measure:
        raise Refusal(
            "declined", f"{places.measure!r} is a number; I can give its average (by a dimension), not a split by it."
        )
    if reading.has("count") or reading.has("share"):
        _groups_apart(places)
    single = reading.has("share") and not classes and reading.of("number") and SCORED.search(reading.question)
    if reading.has("count") or single:
        return _count(reading, when, places, classes)
    if reading.has("share") or (classes and not rank):
        if classes or (reading.has("share") and not places.where):
            return Frame("share", by=places.by, grain=when.grain, classes=classes, **common)  # type: ignore[arg-type]
        return Frame("value_share", **common)  # type: ignore[arg-type]
    if places.group:
        return Frame(
            "compare_groups",
            group=places.group,
            against=places.against,
            premise=claim_of(reading),
            **common,  # type: ignore[arg-type]
        )
    if reading.has("outliers") or (
        not places.by
        and not when.grain
        and ((reading.has("segment") and (rank or reading.has("which"))) or _who(reading))
    ):
        return Frame("outliers", by=places.by, end=_end(reading), **common)  # type: ignore[arg-type]
    return _level(reading, when, places, rank)


def _refuse_several_ratings(reading: Reading, places: Places) -> None:
    """ "average rating" where the file has rating columns beside the score."""
    others = [name for name in places.numbers if "rating" in name.lower()]
    asked = any("rating" in mention.text.lower() for mention in reading.of("sign"))
    if asked and others and places.measure is None:
        raise Refusal("clarify", "Which rating do you mean?", ["the 0-10 score", *others])


def _groups_apart(places: Places) -> None:
    """Compared groups as a split: counts, shares and averages have no test of their own."""
    if places.group and not places.against:
        raise Refusal("declined", "I can give counts, shares and averages of named groups, not of everybody else.")
    for values in (places.group, places.against):
        for name, wanted in values.items():
            places.by = list(dict.fromkeys([*places.by, name]))
            places.where[name] = list(dict.fromkeys([*places.where.get(name, []), *wanted]))
    places.group, places.against = {}, {}


def _who(reading: Reading) -> bool:
    """ "who is unhappiest" asks for segments."""
    return reading.has("whom") and reading.has("worst", "best")


def _count(reading: Reading, when: When, places: Places, classes: list[str]) -> Frame:
    numbers = [m.number for m in reading.of("number") if m.number is not None]
    if numbers and not classes:
        return Frame("scores", where=places.where, period=when.period, scores=scores_of(reading, numbers))
    op: Op = "count"
    focus = "scored" if re.search(_SCORED_ONES, reading.question, re.IGNORECASE) else ""
    if not classes and not focus and _CUSTOMERS.search(reading.question) and not reading.has("segment"):
        op = "customers"
    frame = Frame(op, by=places.by, grain=when.grain, where=places.where, period=when.period, classes=classes)
    frame.focus = focus
    return frame


def _level(reading: Reading, when: When, places: Places, rank: bool) -> Frame | None:
    common = {"where": places.where, "period": when.period}
    rank = rank or _which_is_lower(reading, when, places)
    _refuse_numbers(reading, rank)
    if rank and (places.by or when.grain):
        grain = when.grain if not places.by else None
        if reading.has("worst") and reading.has("best") and not reading.has("rank"):  # a split tells both ends
            return Frame("split", by=places.by, grain=grain, **common)  # type: ignore[arg-type]
        top = next((m.number for m in reading.of("number")), None)
        listed = reading.has("rank")
        return Frame("rank", by=places.by, grain=grain, end=_end(reading), top=top, listed=listed, **common)  # type: ignore[arg-type]
    if rank and not reading.has("metric", "span"):
        return None
    if rank:
        raise Refusal(
            "clarify", "The lowest or highest of what? Name a dimension or a calendar period.", list(places.known[:10])
        )
    if places.by:
        return Frame("split", by=places.by, grain=when.grain, **common)  # type: ignore[arg-type]
    if reading.has("compare") and not when.period:
        raise Refusal(
            "clarify", "Compare what with what? Name two values, two periods, or a dimension.", list(places.known[:10])
        )
    if when.grain or reading.has("trend", "moved", "fell", "rose"):
        return Frame("trend", grain=when.grain, premise=premise_of(reading), **common)  # type: ignore[arg-type]
    if reading.has("metric", "whole", "sure") or places.where or (when.period and not reading.has("whom")):
        return Frame("level", **common)  # type: ignore[arg-type]
    return None


def _which_is_lower(reading: Reading, when: When, places: Places) -> bool:
    """ "Which courier does worse in the Centre?": the lowest of them."""
    told = [m for m in reading.of("sign") if {"lower", "higher"} & set(m.signs) and _STANDS.fullmatch(m.text)]
    asked = (
        _ASKS_WHICH.match(reading.question) is not None
        and len(places.by) == 1
        and not places.group
        and when.grain is None
    )
    others = reading.of("number") or reading.has("compare", "rest", "moved", "fell", "rose")
    return bool(told) and asked and not others


def _refuse_numbers(reading: Reading, rank: bool) -> None:
    numbers: list[Mention] = reading.of("number")
    if numbers and not (rank and len(numbers) == 1):
        text = ", ".join(m.text for m in numbers)
        raise Refusal(
            "declined", f"I do not understand the number {text} in this question; I filter by dimension values only."
        )


def _end(reading: Reading) -> Literal["lowest", "highest"] | None:
    if reading.has("worst") or reading.has("lower"):
        return "lowest"
    if reading.has("best") or reading.has("higher"):
        return "highest"
    return None


__all__ = ["Frame", "Refusal", "Values", "suggestions", "understand"]
