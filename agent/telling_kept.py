"""What a model reads of a long result: for each kind of result the figures that answers need, in one line a thing.

What is left out stays a fact of the result: a call with a filter, or the table and the chart of the answer, have it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from agent.privacy import as_data
from agent.telling_figures import cell_text, figure, line
from agent.verdict_words import CLEAR
from tools.result import Fact, Result

TOP = 6
"""Themes told whole, and drivers told with their means."""
_CLASS_SHARES = ("promoter_share", "passive_share", "detractor_share")
_EARLY = {
    "day": (1, 7, 30, 90),
    "week": (1, 4, 12, 26, 52),
    "month": (1, 3, 6, 12, 24),
    "quarter": (1, 2, 4, 8),
    "year": (1, 2, 3),
}
"""Ages at which retention is told."""


@dataclass
class Kept:
    """What is told of a result before its other facts."""

    first: list[str] = field(default_factory=list)
    """Ids that no limit leaves out."""
    out: set[str] = field(default_factory=set)
    """Ids that are not told one by one."""
    lines: list[str] = field(default_factory=list)
    """Lines that tell some of `out` in a shorter form."""
    marks: dict[str, str] = field(default_factory=dict)
    """Words behind a fact's name."""
    note: str = ""
    """What was left out."""


def kept(result: Result) -> Kept:
    """How the facts of this result are told."""
    rule = _RULES.get(type(result).__name__)
    return rule(result, {fact.id: fact for fact in result.facts}) if rule else Kept()


Facts = dict[str, Fact]


def _ids(*names: str | None) -> list[str]:
    return [name for name in names if name]


def _line(facts: Facts, cell: str, labelled: Iterable[tuple[str | None, str]]) -> str:
    """The figures that are there, each with a label."""
    names = {name: label for name, label in labelled if name and name in facts}
    return line(cell, [(facts[name], "") for name in names], None, names)


def _p_beside(result: Result, fact: Fact, name: str) -> str | None:
    """The id of the p-value that stands in the same cell."""
    return next((other.id for other in result.facts if other.name == name and other.where == fact.where), None)


def _nps(result: Any, facts: Facts) -> Kept:
    """Cells with too few answers for the ranking are marked."""
    if result.ranking is None or len(result.by) != 1:
        return Kept()
    by, order = result.by[0], set(result.ranking.order)
    few = [cell.fact for cell in result.cells if cell.nps is not None and cell.where.get(by) not in order]
    named = [at for at in few if facts[at].where.get(by) != "(missing)"]
    return Kept(marks=dict.fromkeys(named, " (too few to rank)"))


def _decompose(result: Any, facts: Facts) -> Kept:
    """Levels and whole first; a dimension in which nothing stands out is told on the line of its verdict."""
    first = _ids(result.before.fact, result.after.fact, result.change, result.p_value, result.smallest_detectable)
    for r in result.replaced:
        first += _ids(r.gone_share, r.new_share, r.difference)
    if result.season:
        first += [*(step.fact for step in result.season.steps), result.season.mean]
    always, out = len(first), set[str]()
    for d in result.dimensions:
        own = _of_dimension(d, facts)
        if plain_dimension(d):
            out |= own
        else:
            first += _ids(d.mix, d.within, d.entering, d.leaving, d.differ_p, d.shared, d.combinations)
            first += [name for s in d.segments for name in _ids(s.nps_before, s.nps_after, s.change)]
            out |= {name for s in d.segments for name in _ids(s.mix) if facts[name].low is None}
    return Kept(first=first, out=out - set(first[:always]))


def plain_dimension(d: Any) -> bool:
    """True where neither the mix effect is clear nor segments changed differently, and none is listed."""
    return not (d.mix_clear or d.segments_differ or d.simpson or d.told or d.parts)


def _of_dimension(d: Any, facts: Facts) -> set[str]:
    named = {d.mix, d.within, d.entering, d.leaving, d.differ_p, d.shared, d.combinations}
    cells = {
        name
        for s in d.segments
        for name in _ids(s.share_before, s.share_after, s.nps_before, s.nps_after, s.change, s.mix, s.within)
    }
    return {name for name in named | cells if name in facts}


def _themes(result: Any, facts: Facts) -> Kept:
    """A line a theme: how often, the NPS that goes with it, and whose comments speak of it."""
    found = Kept(first=[result.comments])
    found.out = {fact.id for fact in result.facts if fact.name in _CLASS_SHARES and "theme" in fact.where}
    for t in result.themes:
        chance = _p_beside(result, facts[t.difference], "p_value_holm") if t.difference else None
        told = [
            (t.comments, "comments"),
            (t.share, "theme_share"),
            (None if result.nps_class else t.nps, "nps"),
            (t.detractor_share, "share of detractors' comments"),
            (t.promoter_share, "share of promoters' comments"),
            (t.difference, "detractors minus promoters"),
            (chance, "p_value_holm"),
        ]
        found.lines.append(_line(facts, f"theme={as_data(t.theme)}", told))
        found.out |= set(_ids(t.nps, *(name for name, _label in told)))
    segments = _theme_segments(result, facts)
    return Kept(first=found.first, out=found.out | segments.out, lines=[*found.lines, *segments.lines])


def _theme_segments(result: Any, facts: Facts) -> Kept:
    """Shares of a theme along the segments, on one line."""
    found = Kept()
    by_theme: dict[str, list[str]] = {}
    for s in result.segments:
        own = {name: value for name, value in s.where.items() if name != "theme"}
        told = figure(facts[s.share], None, name="")
        if s.difference:
            told += f" ({figure(facts[s.difference], facts[s.difference].n, name='against rest')})"
        by_theme.setdefault(s.theme, []).append(f"{cell_text(own.items())} {told}")
        found.out |= set(_ids(s.share, s.difference))
    found.lines = [f"theme={as_data(theme)}, theme_share by segment: {'; '.join(of)}" for theme, of in by_theme.items()]
    return found


def _theme_impact(result: Any, facts: Facts) -> Kept:
    """The themes with the most points in them whole; of the others that are clear the differences."""

    def points(effect: Any) -> float:
        value = facts[effect.change_if_alike].value
        return -abs(value) if isinstance(value, int | float) else 0.0

    clear = [e for e in result.effects if e.verdict in CLEAR or e.adjusted_verdict in CLEAR]
    top = sorted(clear, key=points)[:TOP] or list(result.effects[:1])
    found = Kept(first=_ids(result.nps, result.written, result.silent, result.gap))
    for e in result.effects:
        plain, held = (_p_beside(result, facts[name], "p_value_holm") for name in (e.difference, e.adjusted))
        found.out |= set(_ids(e.share, e.nps, e.without, e.difference, plain, e.adjusted, held, e.change_if_alike))
        found.out |= set(e.together)
        whole = e in top
        if whole or e in clear:
            told = [
                (e.share if whole else None, "theme_share"),
                (e.nps, "nps with it"),
                (e.without if whole else None, "nps without it"),
                (e.difference, "with minus without"),
                (plain if whole else None, "p_value_holm"),
                (e.adjusted, "the same with other themes held equal"),
                (e.change_if_alike if whole else None, "nps_change_if_alike"),
            ]
            found.lines.append(_line(facts, f"theme={as_data(e.theme)}", told))
    found.out -= set(found.first)
    return found


def _priorities(result: Any, _facts: Facts) -> Kept:
    """The order is told in sentences; the text that was made of them is not told again."""
    out = {fact.id for fact in result.facts if fact.unit == "text"}
    out |= {item.experiment for item in result.priorities}
    first = [name for p in result.priorities for name in _ids(p.cost, p.nps, p.difference, p.change, p.share)]
    return Kept(first=_ids(result.nps, *first), out=out)


def _impact(result: Any, facts: Facts) -> Kept:
    """Periods of the event study before the event are told in one sentence."""
    before = [p.effect for p in result.periods if p.effect in facts and p.when == "before"]
    after = [p.effect for p in result.periods if p.effect in facts and p.when == "after"]
    if not before and not after:
        return Kept()
    out = {name for name in before if not _apart(facts[name])} | set(after[TOP:])
    moved = [name for name in before if _apart(facts[name])]
    away = [name for name in after if _apart(facts[name])]
    reference = next((as_data(p.period) for p in result.periods if p.when == "reference"), "")
    said = (
        f"Event study{f' against {reference}' if reference else ''}: before the event {len(moved)} of {len(before)} "
        f"intervals leave out 0{f' ({_listed(moved)})' if moved else ''}, after it {len(away)} of {len(after)}."
    )
    return Kept(out=out, lines=[said])


def _apart(fact: Fact) -> bool:
    return fact.low is not None and fact.high is not None and (fact.low > 0 or fact.high < 0)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)


def _retention(result: Any, facts: Facts) -> Kept:
    """Each group's retention at a few ages, its median, and the tests; the curves are in the chart."""
    talked = facts[result.age].value if result.age else None
    shown = {*_EARLY.get(result.grain, ()), talked}
    found = Kept(out={fact.id for fact in result.facts if fact.name == "period_to_period_retention"})
    for curve in (result.overall, *result.groups):
        at = [point for point in curve.points if point.age in shown] or list(curve.points[-1:])
        ages = "; ".join(f"{point.age} {figure(facts[point.retention], None, name='')}" for point in at)
        cell = cell_text(curve.where.items()) or "everybody"
        size = _line(facts, cell, [(curve.customers, "customers"), (curve.median, "median_days")])
        found.lines.append(f"{size}; retention by {as_data(result.age_name)}: {ages}" if at else size)
        found.out |= {point.retention for point in curve.points} | set(_ids(curve.customers, curve.median))
    found.out |= {cell.retention for cell in result.cohorts}
    found.note = "Other ages are in the chart, cohorts by age in the table."
    found.first = _ids(result.headline, result.p_value, *(pair.difference for pair in result.pairs))
    return found


def _cohort_nps(result: Any, facts: Facts) -> Kept:
    """The margins and tests of the triangle; what differs from the others at equal age first."""
    out = {cell.cell.fact for cell in result.cells}
    clear = [e.difference for e in (*result.cohort_effects, *result.age_effects) if e.verdict in CLEAR]
    unclear = {e.difference for e in (*result.cohort_effects, *result.age_effects)} - set(clear)
    first = _ids(result.total.fact, result.cohort_p, result.age_p, result.cohort_slope, result.age_slope, *clear)
    return Kept(first=first, out=(out | unclear) & set(facts), note="The cells of cohorts by age are in the table.")


def _drivers(result: Any, _facts: Facts) -> Kept:
    """Importance, direction and level of each; of those far down the ranking the importance alone."""
    spare = {
        "odds_ratio", "variance_inflation", "answered_share", "weight", "weight_difference", "weight_difference_p",
        "mcfadden_r2", "events_per_coefficient", "average_rating_correlation", "first_component_share",
        "standard_deviation", "share_of_value",
    }  # fmt: skip
    out = {fact.id for fact in result.facts if fact.name in spare}
    far = {as_data(d.name) for d in result.drivers[TOP:]}
    low = {"mean", "performance", "nps_effect"}
    out |= {f.id for f in result.facts if as_data(f.where.get("driver", "")) in far and f.name in low}
    return Kept(first=_ids(result.n, result.r_squared, *(d.importance for d in result.drivers)), out=out)


def _response_bias(result: Any, _facts: Facts) -> Kept:
    """Where everybody answered no category is told by itself."""
    cells = {fact.id for fact in result.facts if any(cell.dimension in fact.where for cell in result.cells)}
    return Kept(first=_ids(result.rate, result.nps), out=cells if result.everybody else set())


def _matched(result: Any, _facts: Facts) -> Kept:
    """How alike the groups are is told by the worst covariate of each method."""
    out = {name for one in result.balance for name in (one.before, *one.after.values())}
    return Kept(out=out - {result.worst_before, *(method.worst_imbalance for method in result.methods)})


_RULES: dict[str, Callable[[Any, Facts], Kept]] = {
    "NpsResult": _nps,
    "DecomposeResult": _decompose,
    "ThemesResult": _themes,
    "ThemeImpactResult": _theme_impact,
    "PrioritiesResult": _priorities,
    "ImpactResult": _impact,
    "MatchedEffectResult": _matched,
    "ResponseBiasResult": _response_bias,
    "RetentionResult": _retention,
    "CohortNpsResult": _cohort_nps,
    "KeyDriversResult": _drivers,
}
