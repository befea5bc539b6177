"""A tool result as compact text for a chat model: the facts with their ids, what was tested, and the caveats.

Names, values and texts come from files of strangers: they are made inert, and they stand in a block whose end no text
from the data can write. Customers' words stay out unless rows may be read; a draft puts them in by their fact's id.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence

from agent.privacy import as_data, masked
from agent.telling_figures import cell_text, common_base, figure, line, name_of
from agent.telling_kept import Kept, kept
from agent.verdict_words import listed
from agent.verdicts import verdicts
from tools.result import Fact, Result

MAX_FACTS = 80
LONGEST_WORDS = 300
"""Characters of a comment."""
LONGEST_CAVEAT = 400
MAX_CAVEATS = 12
Items = tuple[tuple[str, str], ...]
_SERIES = ("score", "period", "cohort")
_BESIDE = ("against", "time", "method", "test", "step", "held equal", "customers", "placebo_date")
_THROUGHOUT = ("before", "control", "event_date", "reference")
"""What a figure is held against: told once, where it is the same for all figures that have it."""
_USUAL = 4
"""Figures from which the n that most of them have is told once."""
_SOME = 4
"""Facts along a key from which they are told on one line."""
_OF_A_ROW = frozenset(["row", "date"])
_EXTREMES = 3
_CALENDAR = re.compile(r"\d{4}(?:-(?:\d\d(?:-\d\d)?|[QHW]\d\d?))?")
_LITERAL = re.compile(r"'((?:[^']|'')*)'")
_IDS = re.compile(r"\bF\d+\b")


def tell(result: Result, *, rows: bool = False, known: Collection[str] | None = None) -> str:
    """What a model reads of a result: a line for each cell, at most MAX_FACTS facts, the important ones first.

    `rows`: customers' words, redacted, may be read. `known`: the only texts that rows of free SQL may tell (the
    values of dimensions); None leaves them as they are.
    """
    tool = result.facts[0].source.partition("#")[0] if result.facts else type(result).__name__
    said, plan = verdicts(result), kept(result)
    words = [fact for fact in result.facts if fact.unit == "text" and fact.id not in plan.out]
    few = _suppressed(result.facts, plan.out)
    figures = [fact for fact in result.facts if fact.unit != "text" and fact.id not in {*plan.out, *few}]
    shown = _chosen(figures, {name for told in said for name in _IDS.findall(told)}, plan.first)
    lines = [
        *_lines(_restricted(shown, known, result.sql) if tool == "run_sql" and not rows else shown, plan),
        *plan.lines,
        *_not_told([fact for fact in result.facts if fact.id in few]),
        *_left_out(figures, shown),
        *([plan.note] if plan.note else []),
        *(_read(words) if rows else _unread(words, figures)),
        *said,
        *(f"Caveat: {as_data(caveat, LONGEST_CAVEAT)}" for caveat in result.caveats[:MAX_CAVEATS]),
    ]
    return "\n".join([f'<data tool="{as_data(tool)}">', *lines, "</data>"])


def _suppressed(facts: Sequence[Fact], out: Collection[str]) -> set[str]:
    """Cells without a figure for one reason, where there are several."""
    reasons = Counter((fact.name, fact.reason) for fact in facts if fact.value is None and fact.id not in out)
    many = {kind for kind, count in reasons.items() if count >= _SOME}
    return {fact.id for fact in facts if fact.value is None and (fact.name, fact.reason) in many} - {*out}


def _not_told(facts: Sequence[Fact]) -> list[str]:
    cells: dict[tuple[str, str], list[str]] = {}
    for fact in facts:
        kind = (name_of(fact), as_data(fact.reason or ""))
        cells.setdefault(kind, []).append(cell_text(fact.where.items()) or "all")
    return [f"{name} not told ({reason}): {listed(of)}." for (name, reason), of in cells.items()]


def _restricted(facts: Sequence[Fact], known: Collection[str] | None, sql: Sequence[str]) -> list[Fact]:
    """Rows of free SQL with the texts left out that are neither values of dimensions nor written in the statement."""
    if known is None:
        told = [{name: masked(value) for name, value in fact.where.items()} for fact in facts]
    else:
        written = {text.replace("''", "'") for one in sql for text in _LITERAL.findall(one)}
        open_ = {*known, *written}
        hidden: dict[str, str] = {}
        told = [{name: _told(value, open_, hidden) for name, value in fact.where.items()} for fact in facts]
    return [fact.model_copy(update={"where": where}) for fact, where in zip(facts, told, strict=True)]


def _told(value: str, known: Collection[str], hidden: dict[str, str]) -> str:
    if value in known:
        return value
    if _CALENDAR.fullmatch(value):
        return masked(value)
    return hidden.setdefault(value, f"(text {len(hidden) + 1}, not shown to you)")


def _lines(facts: Sequence[Fact], plan: Kept) -> list[str]:
    """What holds for all facts first; then a line a cell, and a line for a figure along scores, ages or periods."""
    shared, base = _shared(facts), common_base(_one_a_cell(facts), _USUAL)
    throughout = _throughout(facts, shared)
    along = _along(facts)
    cells: dict[Items, list[tuple[Fact, str]]] = {}
    series: dict[Items, list[str]] = {}
    for fact in facts:
        own = [(k, v) for k, v in fact.where.items() if k not in shared and k not in throughout]
        if fact.id in along:
            key = along[fact.id]
            rest = (*(item for item in own if item[0] != key), (f"{name_of(fact)} by {as_data(key)}", ""))
            series.setdefault(rest, []).append(f"{as_data(fact.where[key])} {figure(fact, base, name='')}")
            continue
        beside = plan.marks.get(fact.id, "") + "".join(f" {cell_text([item])}" for item in own if item[0] in _BESIDE)
        cells.setdefault(tuple(item for item in own if item[0] not in _BESIDE), []).append((fact, beside))
    told = [line(cell_text(cell), figures, base) for cell, figures in cells.items()]
    told += [f"{cell_text(cell)}: {'; '.join(figures)}" for cell, figures in series.items()]
    head = [f"All of it: {cell_text(shared.items())}."] if shared else []
    head += [f"Throughout: {cell_text(throughout.items())}."] if throughout else []
    head += [f"n={base} unless given."] if base is not None else []
    return [" ".join(head), *told] if head else told


def _one_a_cell(facts: Sequence[Fact]) -> list[Fact]:
    """Of the figures of one cell with one n the first: the others are told with it."""
    cells = {(*((k, v) for k, v in fact.where.items() if k not in _BESIDE), fact.n): fact for fact in reversed(facts)}
    return list(cells.values())


def _throughout(facts: Sequence[Fact], shared: Collection[str]) -> dict[str, str]:
    """What some figures are held against, where it is the same for all that have it."""
    found: dict[str, set[str]] = {}
    for fact in facts:
        for name in _THROUGHOUT:
            if name in fact.where and name not in shared:
                found.setdefault(name, set()).add(fact.where[name])
    return {name: next(iter(values)) for name, values in found.items() if len(values) == 1}


def _along(facts: Sequence[Fact]) -> dict[str, str]:
    """Facts of one figure along scores, ages or periods: the key that varies (the names are told once)."""
    series: dict[tuple[str, str, Items], list[str]] = {}
    for fact in facts:
        for key in fact.where:
            if key in _SERIES or key.startswith("age_"):
                rest = tuple(item for item in fact.where.items() if item[0] != key)
                series.setdefault((fact.name, key, rest), []).append(fact.id)
    return {name: kind[1] for kind, names in series.items() if len(names) >= _SOME for name in names}


def _shared(facts: Sequence[Fact]) -> dict[str, str]:
    """What stands in the cell of every fact."""
    if len(facts) < 2:
        return {}
    first, *others = (fact.where for fact in facts)
    return {name: value for name, value in first.items() if all(where.get(name) == value for where in others)}


def _chosen(facts: list[Fact], told: Collection[str], first: Collection[str]) -> list[Fact]:
    """All of them, or the most important in their own order."""
    if len(facts) <= MAX_FACTS:
        return facts
    total, ends = _shared(facts), _extremes(facts)

    def rank(fact: Fact) -> tuple[int, int]:
        if fact.id in told or fact.id in first:
            return 0, 0
        if fact.where == total:
            return 1, 0
        if _stands_out(fact):
            return 2, 0
        return (3 if fact.id in ends else 4 if fact.unit == "p-value" else 5), len(fact.where)

    chosen = {fact.id for fact in sorted(facts, key=rank)[:MAX_FACTS]}
    return [fact for fact in facts if fact.id in chosen]


def _stands_out(fact: Fact) -> bool:
    """A difference whose interval leaves out 0, or a small p-value."""
    if fact.unit == "p-value":
        return isinstance(fact.value, float) and fact.value < 0.05
    differs = "difference" in fact.name or "effect" in fact.name or "step" in fact.name
    return differs and fact.low is not None and fact.high is not None and (fact.low > 0 or fact.high < 0)


def _extremes(facts: Sequence[Fact]) -> set[str]:
    """The lowest and highest of each figure that was computed for many cells."""
    kinds: dict[tuple[str, ...], list[tuple[float, str]]] = {}
    for fact in facts:
        if isinstance(fact.value, int | float) and fact.unit != "p-value":
            kinds.setdefault((fact.name, *fact.where), []).append((fact.value, fact.id))
    found: set[str] = set()
    for values in kinds.values():
        values.sort()
        found |= {name for _value, name in [*values[:_EXTREMES], *values[-_EXTREMES:]]}
    return found


def _left_out(facts: Sequence[Fact], shown: Sequence[Fact]) -> list[str]:
    if len(shown) == len(facts):
        return []
    told, shared = {fact.id for fact in shown}, _shared(facts)
    kinds = Counter(
        f"{name_of(fact)}{_by([name for name in fact.where if name not in shared])}"
        for fact in facts
        if fact.id not in told
    )
    most = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common(4))
    return [
        f"Shown: {len(shown)} of {len(facts)} facts (totals, tests, extremes first). Left out: {most}"
        f"{' and others' if len(kinds) > 4 else ''}. Narrow it with where, period or fewer dimensions to see them."
    ]


def _by(names: Sequence[str]) -> str:
    return f" by {' × '.join(as_data(name) for name in names)}" if names else ""


def _read(words: Sequence[Fact]) -> list[str]:
    return [
        f"{fact.id} {as_data(fact.name)} ({cell_text(fact.where.items())}): "
        f"<comment>{as_data(str(fact.value), LONGEST_WORDS)}</comment>"
        for fact in words
    ]


def _unread(words: Sequence[Fact], figures: Sequence[Fact]) -> list[str]:
    """That there are customers' words, and of which group: the cells of the figures beside them, nothing of a row."""
    if not words:
        return []
    open_ = {item for fact in figures for item in fact.where.items() if item[0] not in _OF_A_ROW}
    common = [item for item in words[0].where.items() if item in open_ and all(item in w.where.items() for w in words)]
    of = f" ({cell_text(common)})" if common else ""
    first = words[0].id
    if len(words) == 1:
        return [f"{first} a customer's words{of}, not shown to you; {{{{ {first} }}}} puts them in"]
    names = ", ".join(fact.id for fact in words)
    return [f"{names}: each a customer's words{of}, not shown to you; {{{{ {first} }}}} puts them in"]
