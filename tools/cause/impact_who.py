"""Does the effect come from who answers: composition, the same customers, and how many answer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from tools.cause.impact_design import AFTER, BEFORE, CONTROL, EXPOSED, Design, names_of
from tools.cause.impact_effect import Estimate, FourCells, add_estimate
from tools.cause.survey_answers import NUMBER, STATE, STATES, Apart, looks_like, only_numbers, survey_answers
from tools.outcome import Outcome
from tools.result import FactSheet, Model
from tools.rows import SampledRows, fetch_rows
from tools.scope import Axis, axes, axis
from tools.stats.contrasts import Contrast, linear_contrast
from tools.stats.did import welch_df
from tools.stats.did_composition import AdjustedDifference, adjusted_did, composition_shift
from tools.stats.multiplicity import holm
from tools.stats.tails import critical_value, two_sided_p
from warehouse.catalog import Dimension
from warehouse.errors import NpsError
from warehouse.workspace import Warehouse

MAX_VALUES = 60
MAX_DIMENSIONS = 12
MAX_FEATURES = 150
MAX_ROWS = 60_000
SPARSE = 0.05
"""Share of the answers that may be left out because nobody like them is in another cell."""
LEVEL = 0.05
MIX_LEVEL = 0.20
"""Below, the part that a changing mix makes is taken away; it need not be proven (Mickey & Greenland 1989)."""
REST = "(other values)"
Texts = NDArray[np.object_]


class Shift(Model):
    """A dimension whose mix changed differently in the two groups."""

    dimension: str
    value: str = Field(description="The value whose share moved most.")
    share: str = Field(description="Id of the fact with the difference in differences of its share.")
    p_holm: float


class WhoAnswers(Model):
    """Whether a changing base could be the effect; ids of facts, None where there is none."""

    shifts: list[Shift] = Field(description="Dimensions whose mix changed differently, after Holm's adjustment.")
    looked_at: list[str] = Field(description="Dimensions that were looked at.")
    held: list[str] = Field(description="Dimensions that the adjusted effect holds fixed.")
    adjusted: str | None = Field(None, description="The effect with the mix of the exposed group after the event.")
    part: str | None = Field(None, description="The part of the plain effect that comes from a changing mix.")
    same_customers: str | None = Field(None, description="The effect among customers who answered before and after.")
    volume: str | None = Field(
        None, description="By what factor answers of the exposed grew beside those of the control."
    )
    volume_moved: bool = False


@dataclass
class Who:
    """What was found, for the verdict and the caveats."""

    told: WhoAnswers
    adjusted: Estimate | None = None
    part_counts: bool = False
    caveats: list[str] = field(default_factory=list)
    sql: list[str] = field(default_factory=list)

    @property
    def mix_matters(self) -> bool:
        """True when who answers changed differently in the groups, or may well have moved the figure."""
        return bool(self.told.shifts) or self.part_counts


def who_answers(
    warehouse: Warehouse,
    design: Design,
    outcome: Outcome,
    cells: FourCells,
    plain: Estimate,
    hold: list[str] | None,
    sheet: FactSheet,
    first: int,
) -> Who:
    """Look at everything else that is known of those who answered; `first` is the number of the next statement."""
    others, apart = _others(warehouse, design, outcome, hold)
    found = Who(WhoAnswers(shifts=[], looked_at=[item.name for item in others], held=[]))
    if others:
        rows = _rows(warehouse, design, outcome, others)
        found.sql += rows.sql
        sheet.statement = first + len(found.sql) - 1
        drawn = _Drawn(rows, others, warehouse.catalog.minimum_base.cell)
        found.told.shifts = _shifts(drawn, design, sheet)
        _adjust(found, drawn, design, outcome, plain, cells, sheet)
        found.caveats += rows.caveat()
    if warehouse.catalog.repeated_customers:
        sql, moved = _same_customers(
            warehouse,
            design,
            outcome,
            found.told,
            sheet,
            first + len(found.sql),
            float(np.abs(cells.moments.mean).max()),
        )
        found.sql.append(sql)
        found.caveats += moved
    _volume(design, cells, found, sheet)
    found.sql += apart.sql
    if apart.reasons:
        found.caveats.append(
            f"Not held constant, as it may be a result of the event itself ({apart.words}); name what was known before "
            "with hold."
        )
    return found


def _others(warehouse: Warehouse, design: Design, outcome: Outcome, hold: list[str] | None) -> tuple[list[Axis], Apart]:
    """What is looked at: the dimensions of `hold`, else all that do not look like answers or results themselves."""
    taken = names_of([design.exposed, design.control, design.rows]) | set(outcome.columns)
    if hold is not None:
        wrong = sorted({item.name for item in axes(warehouse, hold)} & taken)
        if wrong:
            raise NpsError(
                f"{wrong[0]!r} cannot be held constant: it is the outcome, or tells who was exposed; leave it out of "
                "hold."
            )
        return axes(warehouse, hold), Apart()
    usable = {
        name: dimension
        for name, dimension in warehouse.catalog.dimensions.items()
        if name not in taken and 2 <= len(dimension.values) <= MAX_VALUES
    }
    reasons = {name: reason for name, found in usable.items() if (reason := _no_trait(name, found))}
    names = [name for name in usable if name not in reasons][: 2 * MAX_DIMENSIONS]
    follow = survey_answers(warehouse, names, [], design.scope, outcome)
    traits = [name for name in names if name not in follow.reasons]
    return [axis(warehouse, name) for name in traits[:MAX_DIMENSIONS]], Apart(reasons | follow.reasons, follow.sql)


def _no_trait(name: str, dimension: Dimension) -> str | None:
    """Ratings and yes/no states (converted, churned) may be what the event changed: they are not held constant."""
    if {value.strip().lower() for value in dimension.values} <= STATES:
        return STATE
    return looks_like(name, dimension) or (NUMBER if only_numbers(dimension) else None)


def _rows(warehouse: Warehouse, design: Design, outcome: Outcome, others: Sequence[Axis]) -> SampledRows:
    customer = "customer_id" if warehouse.catalog.repeated_customers else "response_id"
    expressions = {"y": outcome.sql, "g": design.group.sql, "w": design.window.sql, "c": customer}
    expressions |= {f"x{at}": item.sql for at, item in enumerate(others)}
    columns = [*outcome.columns, *design.group.columns, customer, "response_id", "responded_at"]
    columns += [column for item in others for column in item.columns]
    there = (f"({outcome.sql}) IS NOT NULL",)
    return fetch_rows(warehouse, expressions, columns, design.scope, conditions=there, limit=MAX_ROWS)


class _Drawn:
    """The rows as arrays, values below the minimum base in any of the four cells put together."""

    def __init__(self, rows: SampledRows, others: Sequence[Axis], base: int) -> None:
        self.y = rows.numbers("y")
        self.treated = (rows.columns["g"] == EXPOSED).astype(int)
        self.post = (rows.columns["w"] == AFTER).astype(int)
        who = rows.columns["c"]
        seen: dict[object, int] = {}
        self.clusters = np.array([seen.setdefault(at if c is None else str(c), len(seen)) for at, c in enumerate(who)])
        self.cell = 2 * (1 - self.treated) + (1 - self.post)
        self.base, self.sampled = base, rows.sampled
        self.names = [item.name for item in others]
        self.values = [self._pooled(rows.columns[f"x{at}"]) for at in range(len(others))]

    def _pooled(self, column: Texts) -> Texts:
        seen: dict[object, int] = {}
        at = np.array([seen.setdefault(value, len(seen)) for value in column])
        names = [str(value) for value in seen]
        counts = self.counts(at, len(names))
        pooled = np.array([*names, REST], dtype=object)
        found: Texts = pooled[np.where(counts.min(axis=1)[at] >= self.base, at, len(names))]
        return found

    def counts(self, at: NDArray[np.int64], size: int) -> NDArray[np.int64]:
        """Values × cells."""
        return np.bincount(4 * at + self.cell, minlength=4 * size).reshape(size, 4)

    def enough(self) -> bool:
        """All four cells hold the minimum base."""
        return bool(np.bincount(self.cell, minlength=4).min() >= self.base)

    def features(self) -> tuple[NDArray[np.float64], NDArray[np.bool_], list[str]]:
        """Dummies of all dimensions that all four cells have in common, the rows that they hold for, their names."""
        kept, dummies, held, width = np.ones(len(self.y), bool), [], [], 0
        for name, values in zip(self.names, self.values, strict=True):
            names, at = np.unique(values.astype(str), return_inverse=True)
            thin = (names == REST) & (self.counts(at, len(names)).min(axis=1) < self.base)
            strange = thin[at]
            common = names[~thin]
            worst = max(float(strange[self.cell == c].mean()) for c in range(4))
            if worst > SPARSE or len(common) < 2 or width + len(common) - 1 > MAX_FEATURES:
                continue
            kept &= ~strange
            dummies.append(values.astype(str)[:, None] == common[None, 1:])
            held.append(name)
            width += len(common) - 1
        features = np.hstack(dummies).astype(float) if dummies else np.zeros((len(self.y), 0))
        return features, kept, held


def _shifts(drawn: _Drawn, design: Design, sheet: FactSheet) -> list[Shift]:
    """Dimensions whose shares changed differently, judged together."""
    if not drawn.enough():
        return []
    tests = [composition_shift(v.astype(str), drawn.treated, drawn.post, drawn.clusters) for v in drawn.values]
    shifts = []
    for name, test, p_value in zip(drawn.names, tests, holm([test.test.p_value for test in tests]), strict=True):
        if p_value >= LEVEL:
            continue
        most = max(range(len(test.differences)), key=lambda k: (test.categories[k] != REST, abs(test.differences[k])))
        value, by, error = str(test.categories[most]), test.differences[most], test.standard_errors[most]
        margin = critical_value(0.95) * error
        where = {**design.contrast_where(), name: value}
        fact = sheet.add(
            "share_change_difference",
            by,
            "share difference",
            n=len(drawn.y),
            low=by - margin,
            high=by + margin,
            where=where,
        )
        shifts.append(Shift(dimension=name, value=value, share=fact.id, p_holm=p_value))
    return shifts


def _adjust(
    found: Who,
    drawn: _Drawn,
    design: Design,
    outcome: Outcome,
    plain: Estimate,
    cells: FourCells,
    sheet: FactSheet,
) -> None:
    """The effect with the mix held fixed; from a sample only the part that the mix made is taken."""
    features, kept, held = drawn.features()
    if not held or not drawn.enough():
        return
    try:
        made = adjusted_did(drawn.y[kept], drawn.treated[kept], drawn.post[kept], features[kept], drawn.clusters[kept])
    except ValueError:
        found.caveats.append("The groups have too little in common to hold constant who answers.")
        return
    found.told.held = held
    found.part_counts = made.part_p < MIX_LEVEL
    scale = float(np.abs(drawn.y).max())
    adjusted = _on_all(made, plain, scale) if drawn.sampled else _contrast(made.estimate, made.standard_error, scale)
    where, n = design.contrast_where(), cells.n if drawn.sampled else made.n
    found.adjusted = add_estimate(sheet, "difference_in_differences_adjusted", adjusted, outcome, n, where)
    found.told.adjusted = found.adjusted.fact
    part = _contrast(made.part, made.part_error, scale)
    found.told.part = add_estimate(sheet, "part_from_who_answered", part, outcome, made.n, where).fact
    if not kept.all():
        found.caveats.append(
            f"{1 - kept.mean():.1%} of the answers were left out of the adjusted effect: nobody like them answered in "
            "another group or window."
        )


def _on_all(made: AdjustedDifference, plain: Estimate, scale: float) -> Contrast:
    """The plain effect of all answers less the part that the mix made in the sample."""
    return _contrast(plain.value - made.part, math.hypot(plain.error, made.part_error), scale)


def _contrast(estimate: float, error: float, scale: float) -> Contrast:
    estimate, error = _dusted(estimate, scale), _dusted(error, scale)
    margin = critical_value(0.95) * error
    chance = two_sided_p(estimate / error) if error > 0 else float(estimate == 0)
    return Contrast(estimate, error, estimate - margin, estimate + margin, chance)


def _same_customers(
    warehouse: Warehouse,
    design: Design,
    outcome: Outcome,
    told: WhoAnswers,
    sheet: FactSheet,
    statement: int,
    scale: float,
) -> tuple[str, list[str]]:
    """Each customer's own change, averaged within the groups; those who changed sides are left out."""
    rows, y = design.scope, f"({outcome.sql})"
    columns = [*rows.columns, *outcome.columns, "customer_id", "responded_at"]
    by_window = ", ".join(
        f"avg(CASE WHEN {design.window.sql} = '{window}' THEN {y} END) AS {name}"
        for window, name in ((BEFORE, "b"), (AFTER, "a"))
    )
    own = (
        f"SELECT customer_id, min({design.group.sql}) AS g, max({design.group.sql}) AS h, {by_window} "
        f"FROM {warehouse.relation(columns)}{rows.sql(f'{y} IS NOT NULL', 'customer_id IS NOT NULL')} GROUP BY 1"
    )
    sql = (
        "SELECT CASE WHEN g = h THEN g ELSE 'both' END AS side, count(*) AS n, avg(a - b) AS mean, "
        f"var_samp(a - b) AS spread FROM ({own}) AS own WHERE a IS NOT NULL AND b IS NOT NULL GROUP BY 1"
    )
    found = {row[0]: (int(row[1]), float(row[2]), row[3]) for row in warehouse.run(sql).rows}
    base = max(warehouse.catalog.minimum_base.cell, 2)
    moved = found.get("both", (0, 0.0, None))[0]
    some = f"{moved:,}" if moved >= base else "A few"
    caveats = [f"{some} customers were on both sides and count in each as they stood."] if moved else []
    sides = [found.get(group) for group in (EXPOSED, CONTROL)]
    if any(side is None or side[0] < base for side in sides):
        return sql, caveats
    (n1, mean1, spread1), (n0, mean0, spread0) = (side for side in sides if side is not None)
    mean1, mean0 = _dusted(mean1, scale), _dusted(mean0, scale)
    parts = [_dusted(float(spread1 or 0), scale**2) / n1, _dusted(float(spread0 or 0), scale**2) / n0]
    error = math.sqrt(sum(parts))
    change = linear_contrast([mean1, mean0], np.diag(parts), [1, -1], welch_df(parts, [n1, n0]) if error else None)
    sheet.statement = statement
    where = {**design.contrast_where(), "customers": "who answered before and after"}
    made = add_estimate(sheet, "difference_in_differences_same_customers", change, outcome, n1 + n0, where)
    told.same_customers = made.fact
    return sql, caveats


def _dusted(value: float, scale: float) -> float:
    """Twelve digits, and 0 where sums in the engine left only dust behind because nobody changed."""
    return 0.0 if abs(value) <= 1e-10 * scale else float(f"{value:.12g}")


def _volume(design: Design, cells: FourCells, found: Who, sheet: FactSheet) -> None:
    """Ratio of the growth of answers; a customer's answers come together, so customers are what varies."""
    at = {(g, w): cells.place(g, w) for g in (EXPOSED, CONTROL) for w in (BEFORE, AFTER)}
    n = {key: float(cells.moments.n[place]) for key, place in at.items()}
    log = math.log(n[EXPOSED, AFTER] * n[CONTROL, BEFORE] / n[EXPOSED, BEFORE] / n[CONTROL, AFTER])
    error = math.sqrt(sum(1 / max(1.0, float(cells.moments.customers[place])) for place in at.values()))
    margin = critical_value(0.95) * error
    sheet.statement = 1
    fact = sheet.add(
        "answers_growth_ratio",
        math.exp(log),
        "number",
        n=cells.n,
        low=math.exp(log - margin),
        high=math.exp(log + margin),
        where=design.contrast_where(),
    )
    found.told.volume, found.told.volume_moved = fact.id, abs(log) > margin
