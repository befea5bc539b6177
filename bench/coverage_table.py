"""The coverage study as Markdown: what holds, what does not, and every row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from bench.coverage_setting import HIGHEST, LOWEST, Row, Verdict

HEAD = (
    "method",
    "setting",
    "n",
    "true value",
    "repeats",
    "coverage (Monte Carlo)",
    "mean width",
    "alarms",
    "verdict",
    "holds from n",
)
VERDICTS: tuple[Verdict, ...] = ("holds", "borderline low", "borderline high", "liberal", "conservative")


def render(rows: Sequence[Row], about: Mapping[str, int]) -> str:
    """The whole file."""
    parts = list(dict.fromkeys(row.part for row in rows))
    blocks = [_intro(about), _summary(rows, parts), _exceptions(rows)]
    blocks += [_part(part, [row for row in rows if row.part == part]) for part in parts]
    return "\n\n".join(blocks) + "\n"


def _intro(about: Mapping[str, int]) -> str:
    return f"""# Coverage of the intervals, false alarms of the tests

Made by `bench/coverage.py`: seed {about["seed"]}, {about["repeats"]:,} repeats of each setting, more where the function
is fast. The figures with all digits are in `coverage.json`. Each setting is a made-up survey with a known truth; each
repeat draws it anew and calls the function that the tools call.

- **Coverage** of the 95 % interval, with its own Monte Carlo interval (Wilson, 95 %). It **holds** from
  {100 * LOWEST:.0f} to {100 * HIGHEST:.0f} %. Outside, it is **liberal** (too narrow) or **conservative** (too wide)
  where the Monte Carlo interval lies outside as well, else borderline.
- **Alarms**: how often the test called a difference at 5 % (or the level that is named). Where the true value is 0
  these are false alarms, judged where there is no interval (3 to 7 % hold); else they are the power.
- **Holds from n**: on the first row of each setting, the n from which on no row is liberal or conservative, and what
  the method is below.
- Repeats in which a function refused the data, or told nothing, are counted in brackets and are in no rate."""


def _summary(rows: Sequence[Row], parts: Sequence[str]) -> str:
    lines = [["part", *VERDICTS, "power only"]]
    for part in [*parts, "all"]:
        found = Counter(row.verdict for row in rows if part in (row.part, "all"))
        lines.append([part, *(f"{found[verdict]}" for verdict in VERDICTS), f"{found['']}"])
    return f"## How many rows hold\n\n{_table(lines, numbers=range(1, len(lines[0])))}"


def _exceptions(rows: Sequence[Row]) -> str:
    lines = [["part", "method", "setting", "holds from n", "worst"]]
    families: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        families.setdefault(row.family, []).append(row)
    for family in families.values():
        off = [row for row in family if row.verdict in ("liberal", "conservative")]
        if off:
            told = next((row.holds_from for row in family if row.holds_from), "")
            worst = max(off, key=_distance)
            rate = f"{_rate(worst)} at {worst.n:,} {worst.of}"
            lines.append([off[0].part, _method(off[0]), off[0].world, told, rate])
    if len(lines) == 1:
        return "## Where it does not hold\n\nNowhere."
    return f"## Where it does not hold\n\n{_table(lines)}"


def _distance(row: Row) -> float:
    if row.coverage is not None:
        return abs(row.coverage - 0.95)
    return abs((row.alarms or 0.0) - row.level)


def _rate(row: Row) -> str:
    if row.coverage is not None:
        return f"coverage {100 * row.coverage:.1f} %"
    return f"false alarms {100 * (row.alarms or 0.0):.1f} %"


def _part(part: str, rows: Sequence[Row]) -> str:
    lines = [list(HEAD)]
    before: tuple[str, ...] = ()
    for row in sorted(rows, key=_order(rows)):
        lines.append(_cells(row, again=row.family == before))
        before = row.family
    return f"## {part}\n\n{_table(lines, numbers=range(2, 8))}"


def _order(rows: Sequence[Row]) -> Callable[[Row], tuple[int, int]]:
    families = {family: at for at, family in enumerate(dict.fromkeys(row.family for row in rows))}
    return lambda row: (families[row.family], row.n)


def _cells(row: Row, *, again: bool) -> list[str]:
    told = f"{row.repeats:,}" + (f" ({row.untold:,})" if row.untold else "")
    coverage = _share(row.coverage, row.coverage_low, row.coverage_high)
    alarms = _share(row.alarms, row.alarms_low, row.alarms_high)
    return [
        "" if again else _method(row),
        "" if again else row.world,
        f"{row.n:,} {row.of}" if not again else f"{row.n:,}",
        _number(row.truth, row.unit) if row.coverage is not None else ("0" if row.false else "not 0"),
        told,
        coverage,
        "" if row.width is None else _number(row.width, row.unit),
        alarms if row.false or not alarms else f"power {alarms}",
        row.verdict,
        row.holds_from,
    ]


def _method(row: Row) -> str:
    return f"{row.method}: {row.target}" if row.target else row.method


def _share(rate: float | None, low: float | None, high: float | None) -> str:
    if rate is None or low is None or high is None:
        return ""
    return f"{100 * rate:.1f} ({100 * low:.1f}–{100 * high:.1f}) %"


def _number(value: float, unit: str) -> str:
    return f"{value:.1f}" if unit == "points" else f"{value:.3g}"


def _table(lines: Sequence[Sequence[str]], numbers: Sequence[int] = ()) -> str:
    head, *body = [f"| {' | '.join(cell.replace('|', '∣') for cell in line)} |" for line in lines]
    rule = "|".join("--:" if at in numbers else "---" for at in range(len(lines[0])))
    return "\n".join([head, f"|{rule}|", *body])
