"""What a result has tested, in words with the ids of the facts: which differences are clear and which are not."""

from __future__ import annotations

import typing
from typing import Any, Literal

from agent.privacy import as_data
from agent.telling_kept import plain_dimension
from agent.verdict_words import CLEAR, MOST, Telling, cell, differs, listed
from agent.verdicts_beside import alike, replaced, season
from agent.verdicts_cause import CAUSE
from prompts.numbers import format_value
from tools.result import Fact, Model, Result


def verdicts(result: Result) -> list[str]:
    """One line for each test of the result."""
    return (_TOLD | CAUSE).get(type(result).__name__, _by_its_fields)(result)


def _nps(result: Any) -> list[str]:
    ranked = result.ranking
    if ranked is None:
        return (
            [] if not result.cells else ["Not tested: which of these cells differ (compare or find_outliers tests it)."]
        )
    if not ranked.differ:
        return [f"Tested: no clear difference between the cells ({ranked.test}); do not rank them."]
    of = "" if len(ranked.order) == _told_cells(result) else ", of those with enough answers to rank"
    lines = [f"Tested: the cells differ ({ranked.test}){of}."]
    for name, end, way in (("Lowest", ranked.lowest, "below"), ("Highest", ranked.highest, "above")):
        rest = f"clearly {way} the rest" if end.differs else "not clearly apart from the rest"
        line = f"{name} {as_data(end.value)}: {rest} ({end.rest})"
        if end.next:
            next_ = f"clearly {way}" if end.clear_of_next else "not clearly apart from"
            line += f", {next_} the next one, {as_data(end.next_value)} ({end.next})"
        lines.append(f"{line}.")
    return [*lines, "Other cells are not tested against each other."]


def _told_cells(result: Any) -> int:
    return sum(cell.nps is not None for cell in result.cells)


def _compare(result: Any) -> list[str]:
    found = differs(result.verdict, result.difference, result.smallest_detectable)
    one, two = cell(result.first.where), cell(result.second.where)
    tested = f"Tested ({result.p_value}), {one} ({result.first.fact}) minus {two} ({result.second.fact}): {found}."
    return [*replaced(result), tested, *alike(result), *season(result)]


def _trend(result: Any) -> list[str]:
    line = {"rising": "clearly rising", "falling": "clearly falling"}.get(result.direction, "no clear straight trend")
    bent = "" if result.straight else ", but the periods do not lie on a line: the slope alone does not tell it"
    latest = differs(result.latest_verdict, result.latest_change)
    return [
        f"Tested ({result.slope_p}): {line} ({result.slope} a {result.grain}){bent}.",
        f"Tested, {as_data(result.latest)} against {as_data(result.previous)}: {latest}; "
        "other pairs of periods are not tested.",
    ]


def _distribution(result: Any) -> list[str]:
    lines = []
    if result.means_p:
        lines.append(
            f"Tested ({result.means_p}): mean scores {'differ' if result.means_differ else 'do not clearly differ'}."
        )
    if result.shapes_p:
        apart = "differ" if result.shapes_differ else "do not clearly differ"
        lines.append(f"Tested ({result.shapes_p}): distributions {apart}.")
    for note in result.shapes:
        at = f" at {note.score}" if note.score is not None else ""
        lines.append(f"Stands out beyond chance: {note.kind}{at} ({', '.join(note.facts)}).")
    return lines or ["Tested: nothing stands out in the shape."]


def _response_bias(result: Any) -> list[str]:
    apart = [
        f"{as_data(c.dimension)}={as_data(c.value)} {c.verdict} ({c.difference})"
        for c in result.cells
        if c.verdict != "no clear difference"
    ]
    lines = [f"Tested (Holm), who answers: {listed(apart, 'no category clearly answers more or less')}."]
    if result.everybody:
        return [*lines, "Everybody in the base answered: nothing is weighted."]
    if result.unheard:
        return [*lines, f"Part of the base is not heard at all ({result.unheard}); weighting cannot speak for it."]
    if result.verdict is None or result.difference is None:
        return [*lines, "Weighted NPS: not told (see the caveats)."]
    return [*lines, f"Tested ({result.p_value}), weighting: {differs(result.verdict, result.difference)}."]


def _benchmark(result: Any) -> list[str]:
    found = differs(result.verdict, result.difference, result.smallest_detectable)
    return [f"Tested ({result.p_value}), ours {result.ours.fact} minus the figure {result.figure}: {found}."]


def _cohort_nps(result: Any) -> list[str]:
    lines = []
    for what, p, differ, slope, way, straight, effects in (
        ("cohorts at equal age", result.cohort_p, result.cohorts_differ, result.cohort_slope, result.cohort_direction,
         result.cohort_straight, result.cohort_effects),
        ("ages within cohorts", result.age_p, result.ages_differ, result.age_slope, result.age_direction,
         result.age_straight, result.age_effects),
    ):  # fmt: skip
        if differ is None:
            lines.append(f"Not tested: {what}.")
            continue
        clear = [f"{as_data(e.name)} {e.verdict} ({e.difference})" for e in effects if e.verdict in CLEAR]
        lines.append(
            f"Tested ({p}): {what} {'differ' if differ else 'do not clearly differ'}; {way}"
            f"{f' ({slope})' if slope else ''}{'' if straight else ', not on a line'}; clear after Holm: "
            f"{listed(clear)}."
        )
    return lines


def _retention(result: Any) -> list[str]:
    if result.differ is None:
        return ["Not tested: whether groups differ."]
    lines = [
        f"Tested ({result.p_value or 'by age'}): the groups {'differ' if result.differ else 'do not clearly differ'}."
    ]
    at = [f"age {one.age} {'differ' if one.differ else 'no clear difference'} ({one.p_value})" for one in result.ages]
    lines += [f"By age (Holm): {listed(at)}."] if at else []
    for pair in result.pairs[:MOST]:
        lines.append(
            f"Tested ({pair.p_value}), {cell(pair.group)} minus {cell(pair.against)}: "
            f"{differs(pair.verdict, pair.difference)}."
        )
    return [*lines, *(["Those who stay are sorted: the share that stays rises with age."] if result.sorting else [])]


def _decompose(result: Any) -> list[str]:
    found = differs(result.verdict, result.change, result.smallest_detectable)
    lines = [*replaced(result), f"Tested ({result.p_value}), the whole change: {found}.", *season(result)]
    lines += [_split(d) for d in result.dimensions if not plain_dimension(d)]
    plain = [d for d in result.dimensions if plain_dimension(d)]
    facts = {fact.id: fact for fact in result.facts}
    if plain:
        told = "; ".join(
            f"{as_data(d.dimension)} mix {_value(facts, d.mix)}, within {_value(facts, d.within)}" for d in plain
        )
        lines.append(f"Tested, neither a clear mix effect nor segments that changed differently: {told}.")
    return lines


def _value(facts: dict[str, Fact], name: str) -> str:
    return f"{name} {format_value(facts[name].value, facts[name].unit)}"


def _split(d: Any) -> str:
    mix = "clear" if d.mix_clear else "not clear"
    within = "clear" if d.within_clear else "not clear"
    apart = "segments changed differently" if d.segments_differ else "no clear difference between segments' changes"
    line = f"By {as_data(d.dimension)}: mix {d.mix} {mix}; within {d.within} {within}; {apart}"
    line += f" ({d.differ_p})" if d.differ_p else ""
    line += "; Simpson: the whole moved one way and no segment did" if d.simpson else ""
    clear = [f"{as_data(s.segment)} {s.verdict} ({s.change})" for s in d.segments if s.change and s.verdict in CLEAR]
    line += f"; clear changes: {listed(clear)}" if d.told else ""
    parts = [f"{as_data(p.dimension)} {'clear' if p.clear else 'not clear'} ({p.effect})" for p in d.parts if p.effect]
    return line + (f"; parts of the mix: {listed(parts)}" if parts else "") + "."


def _priorities(result: Any) -> list[str]:
    if not result.priorities:
        return [f"Tested (Holm): {as_data(result.verdict, 300)}"]
    lines = [
        f"Order: impact, then urgency, then effort{'' if result.effort_given else ' (not known, taken as equal)'}."
    ]
    for p in result.priorities:
        tied = ", not told apart from the one before it" if p.tied else ""
        urgency = f"{p.urgency}{f' ({p.change})' if p.change else ''}"
        lines.append(
            f"{p.rank}. {cell(p.where)}: {_IMPACT[p.impact]} ({p.difference} against all other answers, costs the "
            f"whole {p.cost}); {_URGENCY.get(p.urgency, p.urgency).format(urgency=urgency)}; effort {p.effort}{tied}."
        )
    if result.whole_verdict and result.whole_change:
        lines.append(f"The whole between both stretches: {differs(result.whole_verdict, result.whole_change)}.")
    more = [f"{result.left_out} further segments were found and are not listed."] if result.left_out else []
    return [
        *lines,
        *more,
        "A cost is an upper mark, no forecast and no cause; costs of segments that overlap do not add up.",
    ]


_IMPACT = {
    "clear and large": "clearly below, large",
    "clear": "clearly below",
    "not clear": "below, but not clearly",
    "none now": "not below now",
}
_URGENCY = {
    "worsening": "its own change is clear: {urgency}",
    "improving": "its own change is clear: {urgency}",
    "no clear change": "its own change: {urgency}",
    "not known": "whether it gets worse is not known",
}


def _outliers(result: Any) -> list[str]:
    lines = []
    for way, found in (("below", result.below), ("above", result.above)):
        sure = [
            f"{cell(o.where)} ({o.difference}{'' if o.own else ', no more than its parts'})" for o in found if o.decided
        ]
        maybe = [f"{cell(o.where)} ({o.difference})" for o in found if not o.decided]
        lines.append(f"Tested (Holm), clearly {way} all other answers: {listed(sure)}.")
        lines += [f"Only worth a look, {way}: {listed(maybe)}."] if maybe else []
    return lines


def _change_points(result: Any) -> list[str]:
    lines = []
    for search in result.searches[:MOST]:
        found = "; ".join(_break(item) for item in search.breaks)
        way = f", it {search.direction}" if search.direction and not found else ""
        line = f"Tested ({search.p_value}), {cell(search.where)}: {search.verdict}{way}"
        lines.append(f"{line}: {found}." if found else f"{line}.")
    return lines


def _break(found: Any) -> str:
    when = "sharp" if found.sharp else f"between {found.earliest} and {found.latest}"
    near = f"; near, no cause: {', '.join(as_data(name) for name in found.near)}" if found.near else ""
    return f"{found.direction} from {found.date} ({found.difference}, {found.p_value}; {when}{near})"


def _seasonality(result: Any) -> list[str]:
    lines = [f"Tested ({result.p_value}): {'there is a pattern' if result.seasonal else 'no clear seasonal pattern'}."]
    if result.seasonal:
        clear = [f"{as_data(s.season)} {s.verdict} ({s.effect})" for s in result.seasons if s.verdict in CLEAR]
        lines.append(f"Clear after adjusting: {listed(clear)}. Repeats: {result.repeats}.")
    return lines


def _drivers(result: Any) -> list[str]:
    if not result.explains:
        return ["Tested: the drivers together explain no more than chance would."]
    lines = []
    for d in result.drivers[:MOST]:
        line = f"{as_data(d.name)}: {'clear' if d.clear else 'not clear'} ({d.importance}), {d.direction} ({d.p_holm})"
        line += ", the other way round on its own" if d.turned else ""
        line += "" if d.told else ", do not rank it"
        lines.append(line + (", clearly above the next" if d.above_next else ""))
    halo = [" The ratings move together: separate weights say little."] if result.halo else []
    return ["Tested, others held equal (association, not cause): " + "; ".join(lines) + "." + "".join(halo)]


def _data(result: Any) -> list[str]:
    """No test, but what there is."""
    lines = []
    for d in result.dimensions:
        more = f"; and {d.more_values} more (nps by it lists them)" if d.more_values else ""
        lines.append(f"Dimension {as_data(d.name)}: {'; '.join(as_data(value) for value in d.values)}{more}")
    for kind, names in (("Numbers", result.measures), ("Dates", result.times), ("Events", result.events)):
        lines += [f"{kind}: {', '.join(as_data(name) for name in names)}"] if names else []
    return lines


def _nothing(_result: Any) -> list[str]:
    return []


def _sql(_result: Any) -> list[str]:
    return [
        "Nothing here was tested: no difference between these figures may be called real (compare tests one, with "
        "outcome for a number or a share)."
    ]


_TOLD: dict[str, Telling] = {
    "NpsResult": _nps,
    "CompareResult": _compare,
    "TrendResult": _trend,
    "DistributionResult": _distribution,
    "ResponseBiasResult": _response_bias,
    "BenchmarkResult": _benchmark,
    "CohortNpsResult": _cohort_nps,
    "RetentionResult": _retention,
    "DecomposeResult": _decompose,
    "PrioritiesResult": _priorities,
    "OutliersResult": _outliers,
    "ChangePointsResult": _change_points,
    "SeasonalityResult": _seasonality,
    "KeyDriversResult": _drivers,
    "DataResult": _data,
    "QualityResult": _nothing,
    "SampleSizeResult": _nothing,
    "SqlResult": _sql,
}


def _by_its_fields(result: Result) -> list[str]:
    """What a result without wording of its own says in its verdict fields."""
    found = [f"{name}: {as_data(value)}" for name, value in _choices(result)]
    for name in type(result).model_fields.keys() - Result.model_fields.keys():
        items = getattr(result, name)
        parts = [item for item in items if isinstance(item, Model)] if isinstance(items, list) else []
        said = [(item, ", ".join(f"{key}: {as_data(value)}" for key, value in _choices(item))) for item in parts[:MOST]]
        found += [f"{_named(item)} {words}" for item, words in said if words]
    return [f"Verdicts: {'; '.join(found)}."] if found else []


def _choices(item: Model) -> list[tuple[str, object]]:
    """Fields that take one of a few values, or yes and no."""
    own = {name: field for name, field in type(item).model_fields.items() if name not in Result.model_fields}
    chosen = [name for name, field in own.items() if field.annotation is bool or _is_choice(field.annotation)]
    return [(name, getattr(item, name)) for name in chosen if getattr(item, name) is not None]


def _is_choice(annotation: Any) -> bool:
    return typing.get_origin(annotation) is Literal or any(_is_choice(a) for a in typing.get_args(annotation))


def _named(item: Model) -> str:
    told = next(
        (getattr(item, key) for key in ("where", "name", "value", "segment", "theme") if hasattr(item, key)), ""
    )
    fact = next((getattr(item, key) for key in ("difference", "effect", "fact") if hasattr(item, key)), "")
    return f"{cell(told) if isinstance(told, dict) else as_data(told)} {fact or ''}".strip()
