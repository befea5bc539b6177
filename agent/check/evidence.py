"""What the facts of a run say: the cell and the periods of each, and which way its test decided."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel

from agent.answer import ToolCall
from tools.result import Fact, Result
from warehouse.catalog import Catalog
from warehouse.errors import NpsError
from warehouse.periods import parse_period

Way = Literal["up", "down", "none"]
Span = tuple[dt.date, dt.date]
CLASSES = ("promoter", "passive", "detractor")
LEVEL = 0.05
_CHANGE = re.compile(r"difference|change|effect|slope|step|drift|_per_|cuped|gap|part_from|ratio")
_NO_TEST = re.compile(r"detectable|if_alike|smallest|standardised|imbalance|sample_ratio|effects_differ")
_UP = {"higher", "more often", "more positive", "rising", "rose", "answers more"}
_DOWN = {"lower", "less often", "more negative", "falling", "fell", "answers less"}
_UNTESTED = {"not tested", "cannot tell a cause"}
# A verdict field → the fields beside it that hold the fact it is about.
_JUDGED: dict[str, tuple[str, ...]] = {
    "verdict": ("difference", "change", "effect", "headline"),
    "adjusted_verdict": ("adjusted",),
    "latest_verdict": ("latest_change",),
    "gap_verdict": ("gap",),
    "direction": ("slope", "difference"),
    "cohort_direction": ("cohort_slope",),
    "age_direction": ("age_slope",),
    "mix_clear": ("mix",),
    "within_clear": ("within",),
    "clear": ("effect",),
    "decided": ("difference",),
    "differs": ("rest",),
    "clear_of_next": ("next",),
    "leans": ("difference",),
}
_OWN_PERIOD = ("period", "cohort", "date", "day")
_OTHER_PERIOD = ("against", "before", "reference", "event_date", "placebo_date")


@dataclass(frozen=True)
class Known:
    """A fact with what binds it."""

    fact: Fact
    cell: Mapping[str, str]
    """Its `where`, and the NPS class that its name holds."""
    own: frozenset[Span]
    """The periods that it is of; empty: of all answers."""
    other: frozenset[Span]
    """Periods that it is held against."""
    tested: Way | None
    """How its test decided; None for what is no difference."""
    tool: str
    literals: str = ""
    """The values that its call filtered by, in small letters."""

    @property
    def number(self) -> float | None:
        """Its value when it is a number."""
        value = self.fact.value
        return None if isinstance(value, bool) or not isinstance(value, int | float) else float(value)


@dataclass
class Evidence:
    """All facts of a run and of the turns before it."""

    known: list[Known]
    by_id: dict[str, Known]
    spans: set[Span]
    """Periods that facts or calls are of."""
    first: dt.date | None
    last: dt.date | None
    as_of: dt.date
    results: list[tuple[Result, ToolCall | None]] = field(default_factory=list)
    candidates: dict[object, list[Known]] = field(default_factory=dict)
    """Figures → the facts that have their number, looked up once."""
    read: dict[str, Span | None] = field(default_factory=dict)
    """Period labels → their days."""

    def period(self, text: str) -> Span | None:
        """A period label as its days."""
        if text not in self.read:
            self.read[text] = read_span(text, self.as_of, self.first, self.last)
        return self.read[text]


def read_span(text: str, as_of: dt.date, first: dt.date | None, last: dt.date | None) -> Span | None:
    """A period in the argument convention as its days; None for anything else."""
    if not text or (not any(sign.isdigit() for sign in text) and not text.startswith(("last", "this"))):
        return None
    try:
        found = parse_period(text, as_of=as_of)
    except (NpsError, ValueError, OverflowError):
        return None
    return found.start or first or dt.date.min, found.end or last or as_of


def gather(results: list[Result], calls: list[ToolCall], catalog: Catalog, earlier: list[Fact]) -> Evidence:
    """The evidence of a run."""
    stretch = [day for time in catalog.times.values() for day in (time.first, time.last) if day]
    answered = catalog.times.get("responded_at")
    first = answered.first if answered else None
    last = answered.last if answered else None
    as_of = catalog.as_of or last or (max(stretch) if stretch else dt.date(2000, 1, 1))
    made = Evidence([], {}, set(), first, last or as_of, as_of)
    for result, call in _with_calls(results, calls):
        made.results.append((result, call))
        judged, chances = dict(_judgements(result)), _chances(result)
        control = str(getattr(result, "control", "") or "")
        for fact in result.facts:
            _add(made, fact, call, judged, chances, control)
    for fact in earlier:
        if fact.id not in made.by_id:
            _add(made, fact, None, {}, {})
    for call in calls:
        for value in call.arguments.values():
            found = made.period(value) if isinstance(value, str) else None
            if found:
                made.spans.add(found)
    for known in made.known:
        made.spans |= known.own | known.other
    return made


def _with_calls(results: list[Result], calls: list[ToolCall]) -> Iterator[tuple[Result, ToolCall | None]]:
    """Each result with the call that made it: calls are made in turn, and some make no result."""
    left = [call for call in calls if call.error is None]
    for result in results:
        tool = result.facts[0].source.partition("#")[0] if result.facts else ""
        at = next((i for i, call in enumerate(left) if call.name == tool), None)
        yield result, left.pop(at) if at is not None else None


def _add(
    made: Evidence,
    fact: Fact,
    call: ToolCall | None,
    judged: Mapping[str, Way | None],
    chances: Mapping[tuple[tuple[str, str], ...], list[float]],
    control: str = "",
) -> None:
    cell = dict(fact.where)
    if control and "against" not in cell and (is_test(fact) or fact.unit == "p-value"):
        cell.setdefault("control", control)
    for axis in fact.where:
        for part in cell.get("against", "").split(", "):
            if part.startswith(f"{axis} ") and part != f"{axis} {fact.where[axis]}":
                cell["against"] = part.removeprefix(f"{axis} ")
    stem = next((name for name in CLASSES if fact.name.startswith(name) or fact.name.endswith(f"_{name}s")), None)
    if stem and "nps_class" not in cell:
        cell["nps_class"] = stem
    for axis, value in fact.where.items():
        names, values = axis.split(" × "), value.split(" × ")
        if len(names) > 1 and len(names) == len(values):
            del cell[axis]
            cell |= dict(zip(names, values, strict=True))
    if re.match(r"[^\W\d].{2,} against [^\W\d].{2,}", fact.where.get("step", "")) and "driver" in fact.where:
        cell[fact.where["driver"]], _against, cell["against"] = fact.where["step"].partition(" against ")
    arguments = call.arguments if call else {}
    own, other = _periods(made, fact, arguments)
    known = Known(
        fact, cell, own, other, _tested(fact, judged, chances), fact.source.partition("#")[0], _said(arguments)
    )
    made.known.append(known)
    made.by_id[fact.id] = known


def _said(arguments: Mapping[str, Any]) -> str:
    return " ".join(str(value) for value in arguments.values() if value).lower()


def _periods(made: Evidence, fact: Fact, arguments: Mapping[str, Any]) -> tuple[frozenset[Span], frozenset[Span]]:
    def spans(texts: list[Any]) -> frozenset[Span]:
        return frozenset(span for text in texts if isinstance(text, str) and (span := made.period(text)))

    own = spans([fact.where.get(key) for key in _OWN_PERIOD])
    other = spans([part for key in _OTHER_PERIOD for part in fact.where.get(key, "").split(", ")])
    time = fact.where.get("time")
    if not own and time in ("before", "after"):
        own = spans([arguments.get(time)])
    elif not own and fact.name in ("share_before", "share_after"):
        own = spans([arguments.get(fact.name.removeprefix("share_"))])
    elif not own:
        own = spans([arguments.get("period"), arguments.get("after")])
        other |= spans([arguments.get("before")])
    if fact.unit == "date" and isinstance(fact.value, str):
        own |= spans([fact.value])
    return own, other


def _chances(result: Result) -> dict[tuple[tuple[str, str], ...], list[float]]:
    """The p-values of a result by cell."""
    found: dict[tuple[tuple[str, str], ...], list[float]] = {}
    for fact in result.facts:
        if fact.unit == "p-value" and isinstance(fact.value, int | float):
            found.setdefault(tuple(sorted(fact.where.items())), []).append(float(fact.value))
    return found


def is_test(fact: Fact) -> bool:
    """Whether the fact is a difference with an interval."""
    if fact.low is None or fact.high is None or fact.value is None or _NO_TEST.search(fact.name):
        return False
    return fact.unit == "share difference" or bool(_CHANGE.search(fact.name))


def _tested(
    fact: Fact, judged: Mapping[str, Way | None], chances: Mapping[tuple[tuple[str, str], ...], list[float]]
) -> Way | None:
    if not is_test(fact):
        return None
    if fact.id in judged:
        return judged[fact.id]
    assert fact.low is not None and fact.high is not None
    beside = chances.get(tuple(sorted(fact.where.items())), [])
    null = 1.0 if "ratio" in fact.name else 0.0
    if (len(beside) == 1 and beside[0] >= LEVEL) or fact.low <= null <= fact.high:
        return "none"
    return "up" if fact.low > null else "down"


def _judgements(result: Result) -> Iterator[tuple[str, Way | None]]:
    """What the verdict fields of a result say of its facts."""
    facts = {fact.id: fact for fact in result.facts}
    for node in _nodes(result):
        for verdict, fields in _JUDGED.items():
            said = getattr(node, verdict, None)
            if said is None or said in _UNTESTED:
                continue
            for name in fields:
                fact = facts.get(str(getattr(node, name, None)))
                if (
                    fact is not None
                    and is_test(fact)
                    and not (verdict == "direction" and fact.name == "weight_difference")
                ):
                    yield fact.id, _way(said, fact)


def _nodes(value: Any, depth: int = 0) -> Iterator[BaseModel]:
    if depth > 6 or isinstance(value, Fact):
        return
    if isinstance(value, BaseModel):
        yield value
        for name in type(value).model_fields:
            if name not in ("facts", "table", "chart", "sql", "caveats"):
                yield from _nodes(getattr(value, name), depth + 1)
    elif isinstance(value, list):
        for item in value:
            yield from _nodes(item, depth + 1)


def _way(said: object, fact: Fact) -> Way:
    """A verdict as a way; what only says that there is one ("decided") takes the sign of the estimate."""
    if isinstance(said, str) and said in _UP | _DOWN:
        return "up" if said in _UP else "down"
    if said is True or said in ("detractors", "promoters"):
        return "up" if isinstance(fact.value, int | float) and fact.value > 0 else "down"
    return "none"
