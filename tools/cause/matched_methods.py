"""Three ways to make controls like the treated, side by side, and the rule by which one figure is told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from tools.cause.covariates import Design, Table
from tools.stats.adjusted_effects import (
    AdjustedEffect,
    balanced_effect,
    matched_effect_on,
    propensity_weighted_effect,
)
from tools.stats.balancing import InfeasibleTargetError, entropy_balance
from tools.stats.matching import nearest_neighbours
from tools.stats.propensity import (
    Estimand,
    FloatArray,
    PropensityModel,
    overlap,
    propensity_scores,
    standardised_differences,
    weight_share,
)
from warehouse.errors import NpsError

BALANCED = 0.1
CALIPER = 0.2
MOST_OUTSIDE = 0.5
FEWEST_EFFECTIVE = 10
Name = Literal["entropy balancing", "propensity weighting", "matching"]
Agreement = Literal["agree", "disagree", "too few balanced"]


@dataclass(frozen=True)
class Method:
    """One method's effect and how alike it makes the arms."""

    name: Name
    effect: AdjustedEffect
    differences: list[float]
    """Standardised differences after it, one for each column."""

    @property
    def worst(self) -> float:
        """The largest standardised difference that is left."""
        return max((abs(value) for value in self.differences), default=0.0)

    @property
    def balanced(self) -> bool:
        """True when no column differs by more than a tenth of a standard deviation."""
        return self.worst <= BALANCED


@dataclass(frozen=True)
class Methods:
    """All methods, the state before, and how far the arms overlap."""

    found: list[Method]
    before: list[float]
    outside: float
    """Share of those that count (treated; everybody for the ATE) without a neighbour within the caliper."""
    heaviest: float
    """Share of the controls' weight that the heaviest 1 % hold after propensity weighting."""
    caveats: list[str] = field(default_factory=list)

    @property
    def headline(self) -> Method | None:
        """The first balanced method, entropy balancing before weighting before matching."""
        return next((method for method in self.found if method.balanced), None)

    @property
    def agreement(self) -> Agreement:
        """Balanced methods agree when each one's interval holds the headline and no two are sure of opposite signs."""
        usable = [method for method in self.found if method.balanced]
        if len(usable) < 2:
            return "too few balanced"
        value = usable[0].effect.estimate
        holds = all(method.effect.low <= value <= method.effect.high for method in usable)
        signs = {np.sign(m.effect.estimate) for m in usable if m.effect.low > 0 or m.effect.high < 0}
        return "agree" if holds and len(signs) < 2 else "disagree"


def run_methods(table: Table, design: Design, estimand: Estimand) -> Methods:
    """Fit, weigh, match; refused where the arms cannot be made alike."""
    model = propensity_scores(design.x, table.treated)
    if model.separated:
        raise NpsError(_separated(design, model))
    logit = model.linear
    if np.any(model.scores[~table.treated] >= 1) or (estimand == "ate" and np.any(model.scores[table.treated] <= 0)):
        raise NpsError(
            "There is no overlap: some answers look certain to belong to the other group, by an extreme value of "
            f"{', '.join(dict.fromkeys(design.owners))}; compare narrower groups, with where, or fewer covariates."
        )
    outside = _outside(logit, table, estimand)
    if outside > MOST_OUTSIDE:
        raise NpsError(
            f"There is hardly any overlap: {100 * outside:.0f}% of the answers have nobody like them in the other "
            "group; compare narrower groups, with where or control, or fewer covariates."
        )
    caveats: list[str] = []
    found = []
    effects: list[tuple[Name, AdjustedEffect | None]] = [
        ("entropy balancing", _balanced(table, design, estimand, caveats)),
        (
            "propensity weighting",
            propensity_weighted_effect(
                table.y, table.treated, design.x, model, estimand=estimand, clusters=table.customers
            ),
        ),
        (
            "matching",
            matched_effect_on(
                table.y, logit, table.treated, estimand=estimand, caliper=CALIPER, clusters=table.customers
            ),
        ),
    ]
    for name, effect in effects:
        if effect is not None:
            found.append(Method(name, effect, _differences(table, design, estimand, effect.weights)))
    if max(min(m.effect.ess_treated, m.effect.ess_control) for m in found) < FEWEST_EFFECTIVE:
        raise NpsError(
            f"After weighting fewer than {FEWEST_EFFECTIVE} answers would carry one of the groups: they are too "
            "unlike; compare narrower groups or name fewer covariates."
        )
    weighted = next(m.effect for m in found if m.name == "propensity weighting")
    heaviest = weight_share(weighted.weights[~table.treated])
    support = overlap(model.scores, table.treated)
    if support.treated_outside > 0.05:
        caveats.append("Some treated lie outside of what controls are like (common support); there it is extrapolated.")
    return Methods(found, _differences(table, design, estimand, None), outside, heaviest, caveats)


def _differences(table: Table, design: Design, estimand: Estimand, weights: FloatArray | None) -> list[float]:
    return standardised_differences(
        design.x, table.treated, weights, denominator="treated" if estimand == "att" else "pooled", binary="std"
    )


def _outside(logit: FloatArray, table: Table, estimand: Estimand) -> float:
    arms = [table.treated] if estimand == "att" else [table.treated, ~table.treated]
    matchings = [nearest_neighbours(logit, arm, caliper=CALIPER) for arm in arms]
    return sum(len(m.unmatched) for m in matchings) / sum(len(m.unmatched) + len(m.treated) for m in matchings)


def _balanced(table: Table, design: Design, estimand: Estimand, caveats: list[str]) -> AdjustedEffect | None:
    t, x = table.treated, design.x
    weights = np.ones(len(t))
    arms, target = ([~t], x[t].mean(axis=0)) if estimand == "att" else ([t, ~t], x.mean(axis=0))
    try:
        for arm in arms:
            weights[arm] = entropy_balance(x[arm], target).weights
    except InfeasibleTargetError as error:
        names = list(dict.fromkeys(design.owners[column] for column in error.columns))
        caveats.append(f"Entropy balancing found no weights that balance {', '.join(names)}; it is left out.")
        return None
    return balanced_effect(table.y, t, x, weights, estimand=estimand, clusters=table.customers)


def _separated(design: Design, model: PropensityModel) -> str:
    names = list(dict.fromkeys(design.owners[column] for column in model.separated))
    rest = list(dict.fromkeys(owner for owner in design.owners if owner not in names))
    verb, it = ("tells", "it") if len(names) == 1 else ("tell", "them")
    advice = f"covariates = {rest}" if rest else "other covariates"
    return (
        f"{', '.join(repr(name) for name in names)} {verb} treated and controls apart (separation), so that nobody can "
        f"be compared; leave {it} out, with {advice}, or compare where both occur."
    )
