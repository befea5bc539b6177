"""How a figure is written, in the one place where figures are written.

NPS is in points with a sign (+48.4), shares are per cent and their differences percentage points (+2.1 pp), p-values
have two figures at most, counts have thousands separators. What cannot be computed is written as a dash.
"""

from __future__ import annotations

DASH = "–"


def format_value(value: float | int | str | bool | None, unit: str) -> str:
    """`value` as a person reads it.

    >>> format_value(48.3689, "points"), format_value(0.28, "share"), format_value(1234, "responses")
    ('+48.4', '28.0%', '1,234')
    >>> format_value(-0.0213, "share difference")
    '-2.1 pp'
    >>> format_value(0.00004, "p-value"), format_value(0.0312, "p-value"), format_value(None, "points")
    ('< 0.001', '0.031', '–')
    """
    if value is None:
        return DASH
    if isinstance(value, bool | str):
        return str(value)
    if unit == "points":
        return signed(value)
    if unit == "share":
        return f"{100 * value:.1f}%"
    if unit == "share difference":
        return f"{signed(100 * value)} pp"
    if unit == "p-value":
        return "< 0.001" if value < 0.001 else f"{value:.3f}" if value < 0.1 else f"{value:.2f}"
    if isinstance(value, int) or float(value).is_integer():
        return f"{int(value):,}"
    return f"{value:,.2f}"


def signed(points: float) -> str:
    """NPS points with a sign, one decimal; never "-0.0"."""
    rounded = round(points, 1)
    return f"{rounded:+.1f}" if rounded else "0.0"


def magnitude(value: float, unit: str) -> str:
    """The size without the sign, for "fell by 14.6 points"."""
    return format_value(abs(value), unit).lstrip("+")


def interval(low: float | None, high: float | None, unit: str) -> str:
    """`[+44.0, +52.4]`; a dash where there is none."""
    if low is None or high is None:
        return DASH
    return f"[{format_value(low, unit)}, {format_value(high, unit)}]"
