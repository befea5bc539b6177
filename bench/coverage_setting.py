"""A setting of the coverage study: a made-up survey with a known truth, and what many repeats of it gave."""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, NamedTuple

import numpy as np

from tools.stats.proportions import wilson_interval

Rng = np.random.Generator
Verdict = Literal["holds", "borderline low", "borderline high", "liberal", "conservative", ""]
LOWEST, HIGHEST = 0.93, 0.97
ALARMS = (0.6, 1.4)
"""A test at 5 % may alarm in 3 to 7 %: these parts of its level."""


class Seen(NamedTuple):
    """What one repeat gave; NaN where there is no interval, or no test.

    `alarm` is 1 where a test called it and 0 where not, or the share of calls that were false. A truth of 0 makes
    alarms false ones.
    """

    truth: float
    low: float = math.nan
    high: float = math.nan
    alarm: float = math.nan


Repeat = Callable[[Rng], Mapping[str, Seen]]
"""One repeat: what was seen of each target. A target may be missing where a method tells nothing."""


@dataclass(frozen=True)
class Setting:
    """Settings that differ in n only belong together: from which n on does the method hold?"""

    part: str
    method: str
    world: str
    n: int
    of: str
    """What n counts."""
    once: Repeat
    times: int = 1
    """A fast function is repeated so many times as often."""
    unit: str = "points"
    level: float = 0.05

    @property
    def key(self) -> str:
        """Tells it from all others, and seeds it."""
        return f"{self.part} | {self.method} | {self.world} | {self.n} {self.of}"


@dataclass
class Row:
    """One target of a setting; rates between 0 and 1 with their Monte Carlo intervals."""

    part: str
    method: str
    target: str
    world: str
    n: int
    of: str
    unit: str
    truth: float
    repeats: int
    untold: int
    """Repeats in which the function refused or told nothing."""
    coverage: float | None
    coverage_low: float | None
    coverage_high: float | None
    missed_below: float | None
    """Share of the intervals that lie below the truth."""
    missed_above: float | None
    width: float | None
    alarms: float | None
    alarms_low: float | None
    alarms_high: float | None
    level: float
    verdict: Verdict = ""
    holds_from: str = ""

    @property
    def family(self) -> tuple[str, str, str, str, str]:
        """Rows that differ in n only."""
        return self.part, self.method, self.target, self.world, self.of

    @property
    def false(self) -> bool:
        """True where alarms are false ones."""
        return self.truth == 0

    def as_dict(self) -> dict[str, Any]:
        """For JSON, rounded to what the repeats can tell."""
        return {name: round(v, 6) if isinstance(v, float) else v for name, v in asdict(self).items()}


def measure(setting: Setting, repeats: int, seed: int) -> list[Row]:
    """All targets of a setting; the same seed gives the same repeats, whatever else is run."""
    rng = np.random.default_rng([seed, zlib.crc32(setting.key.encode())])
    total = repeats * setting.times
    seen: dict[str, list[Seen]] = {}
    for _ in range(total):
        try:
            found = setting.once(rng)
        except ValueError:  # the function refuses these data
            continue
        for target, item in found.items():
            seen.setdefault(target, []).append(item)
    return [_row(setting, target, items, total) for target, items in seen.items()]


def _row(setting: Setting, target: str, items: list[Seen], total: int) -> Row:
    truth, low, high, alarm = np.array(items, dtype=float).T
    told = ~np.isnan(low)
    below, above = (high < truth)[told], (low > truth)[told]
    coverage = _rate(~(below | above))
    alarms = _rate(alarm[~np.isnan(alarm)])
    row = Row(
        part=setting.part,
        method=setting.method,
        target=target,
        world=setting.world,
        n=setting.n,
        of=setting.of,
        unit=setting.unit,
        truth=float(truth.mean()) if np.any(truth != 0) else 0.0,
        repeats=len(items),
        untold=total - len(items),
        coverage=coverage[0],
        coverage_low=coverage[1],
        coverage_high=coverage[2],
        missed_below=float(below.mean()) if len(below) else None,
        missed_above=float(above.mean()) if len(above) else None,
        width=float((high - low)[told].mean()) if told.any() else None,
        alarms=alarms[0],
        alarms_low=alarms[1],
        alarms_high=alarms[2],
        level=setting.level,
    )
    row.verdict = verdict(row)
    return row


def _rate(hits: np.ndarray) -> tuple[float | None, float | None, float | None]:
    """A share of repeats with its Monte Carlo interval: Wilson's, or the normal one of a mean of shares."""
    if not len(hits):
        return None, None, None
    mean = float(hits.mean())
    if np.all((hits == 0) | (hits == 1)):
        found = wilson_interval(float(hits.sum()), len(hits))
        return mean, found.low, found.high
    margin = 1.96 * float(hits.std(ddof=1)) / math.sqrt(len(hits))
    return mean, max(mean - margin, 0.0), min(mean + margin, 1.0)


def verdict(row: Row) -> Verdict:
    """By coverage where there is an interval, else by false alarms; empty for power."""
    if row.coverage is not None and row.coverage_low is not None and row.coverage_high is not None:
        return _within(row.coverage, row.coverage_low, row.coverage_high, LOWEST, HIGHEST)
    if row.false and row.alarms is not None and row.alarms_low is not None and row.alarms_high is not None:
        lowest, highest = (1 - part * row.level for part in reversed(ALARMS))
        return _within(1 - row.alarms, 1 - row.alarms_high, 1 - row.alarms_low, lowest, highest)
    return ""


def _within(rate: float, low: float, high: float, lowest: float, highest: float) -> Verdict:
    """Liberal or conservative only where the repeats prove it."""
    if rate < lowest:
        return "liberal" if high < lowest else "borderline low"
    if rate > highest:
        return "conservative" if low > highest else "borderline high"
    return "holds"


def add_holds_from(rows: list[Row]) -> None:
    """From which n on a family holds, and what it does below."""
    families: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        row.holds_from = ""
        families.setdefault(row.family, []).append(row)
    for family in families.values():
        judged = sorted((row for row in family if row.verdict), key=lambda row: row.n)
        if judged:
            judged[0].holds_from = holds_from([(row.n, row.verdict) for row in judged])


def holds_from(verdicts: list[tuple[int, Verdict]]) -> str:
    """`verdicts` by rising n."""
    off = [at for at, (_n, found) in enumerate(verdicts) if found in ("liberal", "conservative")]
    if not off:
        return f"{verdicts[0][0]:,}"
    ways = {verdicts[at][1] for at in off}
    way = " or ".join(sorted(ways))
    if off[-1] + 1 == len(verdicts):
        return way if len(off) == len(verdicts) else f"not by {verdicts[-1][0]:,}: {way}"
    return f"{verdicts[off[-1] + 1][0]:,}; below {way}"
