"""A frame in words: how a question was read, for the line that says so."""

from __future__ import annotations

from agent.builtin.frame import Frame, Values

_TOOLS = {
    "themes": "what comments are about",
    "quotes": "comments in customers' own words",
    "theme_impact": "what mentioning a theme goes with",
    "sentiment": "how positive the comments are",
    "key_drivers": "what goes with NPS",
    "find_change_points": "when NPS changed",
    "seasonality": "whether NPS is seasonal",
    "retention": "who stays",
    "cohort_nps": "NPS by when customers joined",
    "nps_distribution": "how the scores are spread",
    "response_bias": "who answers and who does not",
    "benchmark": "NPS against the figure that was given",
    "sample_size": "how many answers are needed",
    "experiment": "the result of the experiment",
    "matched_effect": "like compared with like",
    "impact": "the effect of the event",
}
_PLAIN = {
    "outliers": "segments that stand out",
    "customers": "number of customers",
    "scores": "answers with that score",
    "commented": "answers with a comment",
    "value_share": "share of the answers",
    "columns": "what data there is",
    "span": "the time that the data covers",
    "rows": "rows of the data",
    "quality": "quality of the data",
}


def describe(frame: Frame) -> str:
    """The question in one line: "NPS for plan Enterprise in 2025-Q4"."""
    return _subject(frame) + _split(frame) + _filter(frame.where) + _time(frame)


def values_in_words(values: Values) -> str:
    """A filter: "plan Starter or Growth and country Germany"."""
    return " and ".join(f"{name} {' or '.join(wanted)}" for name, wanted in values.items())


def _subject(frame: Frame) -> str:
    match frame.op:
        case "tool":
            return _of_tool(frame)
        case "rank":
            one = frame.end and not frame.listed and frame.top is None
            return f"the {frame.end} NPS" if one else "the order of NPS"
        case "compare_groups":
            other = values_in_words(frame.against) if frame.against else "all others"
            why = "why they may differ, " if frame.why else ""
            return f"{why}NPS of {values_in_words(frame.group)} against {other}"
        case "why":
            return "what lies behind the change of NPS"
        case "compare_periods":
            return "the change of NPS"
        case "event":
            return f"what changed with the {(frame.event or '').replace('_', ' ')}"
        case "trend":
            return "NPS over time"
        case "count" | "share":
            what = " and ".join(f"{name}s" for name in frame.classes) or "answers"
            return f"{'number' if frame.op == 'count' else 'share'} of {what}"
        case "records":
            return str(frame.records.name)
        case "average":
            return f"average {frame.measure or 'score'}"
        case _:
            return _PLAIN.get(frame.op, "NPS")


def _of_tool(frame: Frame) -> str:
    text = _TOOLS.get(frame.tool or "", (frame.tool or "").replace("_", " "))
    given = frame.arguments
    if given.get("nps_class"):
        text = text.replace("comments", f"comments of {given['nps_class']}s", 1)
    theme = given.get("theme") or given.get("contains")
    return text + (f" about {theme}" if theme else "")


def _split(frame: Frame) -> str:
    by = frame.by or (frame.arguments.get("by") or [])
    parts = [name for name in by if name != "nps_class"] + ([frame.grain] if frame.grain else [])
    return f" by {' and '.join(parts)}" if parts else ""


def _filter(where: Values) -> str:
    return f" for {values_in_words(where)}" if where else ""


def _time(frame: Frame) -> str:
    if frame.op == "event":
        return ""
    if frame.before and frame.after:
        return f" from {frame.before} to {frame.after}"
    return f" in {frame.period}" if frame.period else ""
