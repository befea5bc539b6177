"""Answers of treated and controls with what is known of them, as columns of numbers for weighting and matching."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from tools.cause.impact_design import everybody_else, refuse_empty_period
from tools.cause.survey_answers import Apart, survey_answers
from tools.outcome import Outcome
from tools.rows import SampledRows, fetch_rows
from tools.scope import MISSING, Axis, Scope, Where, axis, scope
from tools.shown import where_text
from tools.stats.propensity import BoolArray, Estimand, FloatArray, independent_columns
from warehouse.cohorts import TENURE
from warehouse.engine import identifier
from warehouse.errors import MissingDataError, NpsError
from warehouse.workspace import Warehouse

ROWS_OF_ARM = 50_000
MOST_LEVELS = 20
FEWEST_OF_LEVEL = 20
RARE_LEVEL = 0.005
MOST_LEFT_OUT = 0.1
MOST_POOLED = 0.2
"""Share of the answers whose values may go together as rare ones before it is said."""
OTHER = "(other)"
TOO_MANY = "too many to adjust for"
TextArray = NDArray[np.str_]


@dataclass(frozen=True)
class Groups:
    """Who counts as treated and who as control."""

    treated: Scope
    control: Scope
    rows: Scope
    """The filter that holds for both."""

    @property
    def arm(self) -> Axis:
        """1 for the treated, 0 for the controls, NULL for neither."""
        cases = [(1, self.treated), (0, self.control)]
        sql = " ".join(f"WHEN {' AND '.join(side.conditions)} THEN '{name}'" for name, side in cases)
        columns = [*self.treated.columns, *self.control.columns]
        return Axis("arm", f"CASE {sql} END", tuple(dict.fromkeys(columns)))

    @property
    def both(self) -> Scope:
        """The answers of either group."""
        rows = self.rows
        conditions = [*rows.conditions, f"({self.arm.sql}) IS NOT NULL"]
        return Scope(conditions, [*rows.columns, *self.arm.columns], dict(rows.where), rows.period)


@dataclass(frozen=True)
class Table:
    """Rows of both arms: outcome, arm, customer, and covariates as they came."""

    y: FloatArray
    treated: BoolArray
    customers: NDArray[np.int64]
    texts: dict[str, TextArray]
    numbers: dict[str, FloatArray]
    sql: list[str]
    caveats: list[str]

    def keep(self, rows: BoolArray) -> Table:
        """Only some of the rows."""
        texts = {name: column[rows] for name, column in self.texts.items()}
        numbers = {name: column[rows] for name, column in self.numbers.items()}
        y, treated, customers = self.y[rows], self.treated[rows], self.customers[rows]
        return replace(self, y=y, treated=treated, customers=customers, texts=texts, numbers=numbers)


@dataclass(frozen=True)
class Design:
    """Columns of numbers; column j is called `names[j]` and belongs to covariate `owners[j]`."""

    x: FloatArray
    names: list[str]
    owners: list[str]


def find_groups(
    warehouse: Warehouse, treatment: Where, control: Where, where: Where, period: str | None, outcome: Outcome
) -> Groups:
    """Read the arguments; whatever is no treatment is refused."""
    if not treatment:
        raise NpsError('matched_effect needs a treatment, a value that some have and others have not: {"plan": "Pro"}.')
    if period is not None:
        refuse_empty_period(warehouse, period)
    one = scope(warehouse, treatment)
    other = scope(warehouse, control) if control else everybody_else(warehouse, treatment)
    rows = scope(warehouse, where, period)
    groups = Groups(one, other, rows)
    if set(outcome.columns) & set(groups.arm.columns):
        raise NpsError(f"The outcome {outcome.name!r} is the treatment itself; name another outcome.")
    for name in one.where:
        if name in rows.where and not control:
            raise NpsError(f"{name!r} is the treatment; leave it out of where, or name a control.")
    if control:
        both = " AND ".join([*one.conditions, *other.conditions])
        relation = warehouse.relation([*one.columns, *other.columns])
        if warehouse.run(f"SELECT count(*) FROM {relation} WHERE {both}").rows[0][0]:
            raise NpsError("Some answers are both treated and control; name groups that do not overlap.")
    return groups


@dataclass(frozen=True)
class Covariates:
    """What the arms are made alike on."""

    texts: dict[str, Axis]
    numbers: list[str]
    chosen: bool
    """True when npsight took all there are."""
    apart: Apart = field(default_factory=Apart)
    """Columns that look like answers or results themselves, and were left out."""


def find_covariates(warehouse: Warehouse, names: list[str], groups: Groups, outcome: Outcome) -> Covariates:
    """The dimensions and numbers named, or all but treatment and outcome and what looks like one more answer."""
    taken = {*groups.arm.columns, *outcome.columns}
    if names:
        return _named(warehouse, names, taken)
    catalog = warehouse.catalog
    numbers = [name for name in catalog.measures if name not in taken]
    chosen = [
        name
        for name, dimension in catalog.dimensions.items()
        if name not in taken | {*numbers}
        and len(dimension.values) > 1
        and not (name == TENURE and "tenure_days" in numbers)
        and (name not in groups.rows.where or " or " in groups.rows.where[name])
    ]
    apart = survey_answers(warehouse, chosen, numbers, groups.both, outcome)
    chosen, numbers = ([name for name in names if name not in apart.reasons] for names in (chosen, numbers))
    if not chosen and not numbers:
        left = f" beside {apart.words}, which may be results of it" if apart.reasons else ""
        also = "name those known before with covariates, or " if apart.reasons else ""
        raise MissingDataError(
            f"There is no dimension or number to make treated and controls alike on{left}; {also}load a file with what "
            "was known of the customers before."
        )
    return Covariates({name: axis(warehouse, name) for name in chosen}, numbers, True, apart)


def _named(warehouse: Warehouse, names: list[str], taken: set[str]) -> Covariates:
    texts: dict[str, Axis] = {}
    numbers = []
    for name in dict.fromkeys(names):
        if name in warehouse.catalog.measures:
            numbers.append(name)
        else:
            on = axis(warehouse, name)
            texts[on.name] = on
    columns = [(name, on.columns) for name, on in texts.items()] + [(name, (name,)) for name in numbers]
    for name, read in columns:
        if taken.intersection(read):
            raise NpsError(f"{name!r} is the treatment or the outcome; it cannot be adjusted for.")
    return Covariates(texts, numbers, False)


def fetch_table(
    warehouse: Warehouse,
    groups: Groups,
    outcome: Outcome,
    covariates: Covariates,
    estimand: Estimand,
) -> Table:
    """The rows of both arms; of large arms a fixed random sample, of each arm its own where only the treated count."""
    texts, numbers = covariates.texts, covariates.numbers
    columns = [*groups.arm.columns, *outcome.columns, *numbers, "customer_id", "response_id"]
    columns += [column for on in texts.values() for column in on.columns]
    expressions = {
        "arm": groups.arm.sql,
        "y": outcome.sql,
        "customer": "coalesce(CAST(customer_id AS VARCHAR), concat('row ', CAST(response_id AS VARCHAR)))",
        **{f"t{at}": on.sql for at, on in enumerate(texts.values())},
        **{f"n{at}": f"CAST({identifier(name)} AS DOUBLE)" for at, name in enumerate(numbers)},
    }
    held = f"({outcome.sql}) IS NOT NULL"
    sides = ["= '1'", "= '0'"] if estimand == "att" else ["IS NOT NULL"]
    limit = ROWS_OF_ARM if estimand == "att" else 2 * ROWS_OF_ARM
    parts = [
        fetch_rows(
            warehouse, expressions, columns, groups.rows, conditions=(held, f"({groups.arm.sql}) {side}"), limit=limit
        )
        for side in sides
    ]
    return _table(parts, list(texts), numbers)


def _table(parts: list[SampledRows], texts: list[str], numbers: list[str]) -> Table:
    def joined(name: str) -> NDArray[np.object_]:
        return np.concatenate([part.columns[name] for part in parts])

    caveats = []
    if any(part.sampled for part in parts):
        rows, of = sum(part.n for part in parts), sum(part.of for part in parts)
        caveats.append(f"Adjusted figures rest on a fixed random sample of {rows:,} of {of:,} answers.")
    _labels, customers = np.unique(joined("customer").astype(str), return_inverse=True)
    return Table(
        y=np.concatenate([part.numbers("y") for part in parts]),
        treated=joined("arm").astype(str) == "1",
        customers=customers.astype(np.int64),
        texts={name: joined(f"t{at}").astype(str) for at, name in enumerate(texts)},
        numbers={name: np.concatenate([part.numbers(f"n{at}") for part in parts]) for at, name in enumerate(numbers)},
        sql=[statement for part in parts for statement in part.sql],
        caveats=caveats,
    )


def pool_rare(table: Table) -> Table:
    """Values of a handful of answers go together; a long tail of them would only separate the arms by chance."""
    least = max(FEWEST_OF_LEVEL, RARE_LEVEL * len(table.y))
    texts, said = {}, []
    for name, column in table.texts.items():
        counts = Counter(column.tolist())
        kept = [value for value, n in counts.most_common(MOST_LEVELS - 1) if n >= least]
        texts[name] = column if len(kept) == len(counts) else np.where(np.isin(column, kept), column, OTHER)
        rest = 1 - sum(counts[value] for value in kept) / len(column)
        if rest > MOST_POOLED:
            said.append(_pooled(name, len(counts), len(kept), math.ceil(least)))
    return replace(table, texts=texts, caveats=[*table.caveats, *said])


def _pooled(name: str, values: int, kept: int, least: int) -> str:
    told = f"only the {kept} commonest are told apart" if kept else "none of them can be told apart"
    return (
        f"{name!r} has {values} values, {TOO_MANY} ({told}: at most {MOST_LEVELS - 1}, of {least} answers "
        "or more); group its values in the file, or name other covariates."
    )


def common_values(table: Table, estimand: Estimand) -> Table:
    """Rows whose values occur in both arms; refused where that leaves out more than a tenth of those that count.

    For the effect on the treated, controls with a value that no treated has are simply no counterparts.
    """
    left_out: list[str] = []
    counting = table.treated if estimand == "att" else np.ones(len(table.y), bool)
    before, now = int(counting.sum()), table
    while True:
        strange = _strange(now)
        if not strange:
            break
        name, value, treated_only = strange
        rows = now.texts[name] == value
        if treated_only or estimand == "ate":
            left_out.append(f"{name} {value}")
        now = now.keep(~rows)
        count = int(now.treated.sum()) if estimand == "att" else len(now.y)
        if count < (1 - MOST_LEFT_OUT) * before or now.treated.all() or not now.treated.any():
            rest = [other for other in [*table.texts, *table.numbers] if other != name]
            raise NpsError(
                f"There is no overlap: {name} {value!r} occurs in one of the groups only, and with its like too many "
                f"would have to be left out; compare within values that both have, with where, or leave {name!r} out, "
                f"with covariates = {rest}."
            )
    if left_out:
        some = "; ".join(left_out[:5]) + (" and others" if len(left_out) > 5 else "")
        now = replace(now, caveats=[*now.caveats, f"Left out, as only one of the groups has it: {some}."])
    return now


def _strange(table: Table) -> tuple[str, str, bool] | None:
    """A value that only one arm has."""
    for name, column in table.texts.items():
        one, other = set(column[table.treated].tolist()), set(column[~table.treated].tolist())
        if one - other:
            return name, min(one - other), True
        if other - one:
            return name, min(other - one), False
    return None


def make_design(table: Table) -> tuple[Design, list[str]]:
    """0/1 columns for values but the commonest; numbers as they are, missing ones at the mean and with a column for it.

    Returned beside it: covariates that carry nothing, being the same for everybody or told by the others.
    """
    columns: list[tuple[str, str, FloatArray]] = []
    for name, column in table.texts.items():
        counts = Counter(column.tolist())
        for value, _n in sorted(counts.most_common()[1:], key=lambda item: (item[0] == MISSING, item[0])):
            columns.append((f"{name}: {value}", name, (column == value).astype(float)))
    for name, values in table.numbers.items():
        missing = ~np.isfinite(values)
        if missing.all():
            continue
        columns.append((name, name, np.where(missing, values[~missing].mean(), values)))
        if missing.sum() >= FEWEST_OF_LEVEL:
            columns.append((f"{name}: missing", name, missing.astype(float)))
    everything = [*table.texts, *table.numbers]
    if not columns:
        return Design(np.zeros((len(table.y), 0)), [], []), everything
    x = np.column_stack([values for _label, _owner, values in columns])
    kept = independent_columns(x)
    owners = [columns[at][1] for at in kept]
    return Design(x[:, kept], [columns[at][0] for at in kept], owners), [n for n in everything if n not in owners]


def about(groups: Groups) -> tuple[str, str]:
    """Both groups in words."""
    return where_text(groups.treated.where), where_text(groups.control.where)
