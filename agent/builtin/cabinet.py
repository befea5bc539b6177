"""Questions for the tools beyond levels, comparisons and changes: which tool, and what it is called with.

Each rule looks for its sign (`cabinet.yaml`) and fills a frame. What a rule does not put into the frame was not
used, and `accounting` then refuses the question rather than answer another one.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from agent.builtin.figures import benchmark_figures, planning_figures
from agent.builtin.frame import Frame, Refusal, Values
from agent.builtin.lexicon import is_flag
from agent.builtin.places import Places
from agent.builtin.reading import Reading
from agent.builtin.when import When
from warehouse.catalog import Catalog
from warehouse.periods import parse_period

_CLASSES = ("promoter", "passive", "detractor")
_CHANGE = ("fell", "rose")
_VARIANT = re.compile(r"variant|version|\barm\b|experiment|treatment|test.?group|bucket|\bab\b", re.IGNORECASE)
_BUYING = re.compile(r"\b(?:buy|bought|order|orders|ordered|purchas\w*|shop\w*|re-?order\w*)\b", re.IGNORECASE)
_LEAVING = re.compile(r"\b(?:churn\w*|cancel\w*|leav\w*|left|attrition|los[ei]\w*|lost)\b", re.IGNORECASE)
_WEEKDAY = re.compile(r"week ?days?|day of the week|days of the week|weekends?|mondays?|fridays?", re.IGNORECASE)


@dataclass
class Asked:
    """A question taken apart, with the place and time in it."""

    reading: Reading
    catalog: Catalog
    when: When
    places: Places
    theme: str | None = None
    """What comments are asked to be about."""

    @property
    def text(self) -> str:
        """The question without its time words, whose digits are no figures."""
        text = self.reading.question
        for mention in self.reading.of("when"):
            time = mention.time
            if time is not None:
                text = text[: time.start] + " " * (time.end - time.start) + text[time.end :]
        return text

    @property
    def classes(self) -> list[str]:
        """The classes that are named."""
        return [name for name in _CLASSES if self.reading.has(name)]

    def frame(self, tool: str, **arguments: Any) -> Frame:
        """A frame with the filter, the period and these arguments; empty ones are left out."""
        given = {name: value for name, value in arguments.items() if value not in (None, [], {}, "")}
        return Frame("tool", tool=tool, where=self.places.where, period=self.when.period, arguments=given)


Rule = Callable[[Asked], Frame | None]


def cabinet_frame(asked: Asked) -> Frame | None:
    """The frame of the first rule whose sign was given."""
    for sign, rule in _RULES:
        if asked.reading.has(sign):
            frame = rule(asked)
            if frame is not None:
                return frame
    return None


def _planning(asked: Asked) -> Frame | None:
    return asked.frame("sample_size", **planning_figures(asked.text))


def _experiment(asked: Asked) -> Frame | None:
    outcome, where = _outcome(asked)
    variant = _variant(asked, where)
    wanted = where.pop(variant, [])
    frame = asked.frame("experiment", variant=variant, outcome=outcome)
    values = asked.catalog.dimensions[variant].values
    control = [value for value in values if re.search(r"control|old|base|^a$|current", value, re.IGNORECASE)]
    if len(control) == 1:
        frame.arguments["control"] = control[0]
    if wanted and len(values) > 2 and len(wanted) > 1:
        where[variant] = wanted
    frame.where = where
    return _using(frame, asked, by=[variant])


def _variant(asked: Asked, where: Values) -> str:
    """The column that says who was in which arm."""
    places, dimensions = asked.places, asked.catalog.dimensions
    named = [*places.group, *places.by, *(name for name in where if len(dimensions[name].values) <= 6)]
    likely = [name for name in dimensions if _VARIANT.search(name)]
    found = [name for name in named if name in likely] or named[:1] or likely
    if len(found) == 1 or (found and found[0] in named):
        return found[0]
    raise Refusal("clarify", "Which column says who was in which group of the test?", found or list(dimensions)[:12])


def _outcome(asked: Asked) -> tuple[str | None, Values]:
    """Another outcome than NPS, and the filter without it: a number, or a yes/no column that is no filter here."""
    where = dict(asked.places.where)
    if asked.places.measure:
        return asked.places.measure, where
    flags = [name for name in where if is_flag(asked.catalog.dimensions[name])]
    if len(flags) == 1 and not asked.reading.has("metric"):
        del where[flags[0]]
        return flags[0], where
    return None, where


def _using(frame: Frame, asked: Asked, *, by: list[str] | None = None) -> Frame:
    """Mark what the tool's arguments took up, so that accounting finds it used."""
    frame.used_by = list(by or [])
    frame.group, frame.against = asked.places.group, asked.places.against
    frame.measure = asked.places.measure
    return frame


def _matched(asked: Asked) -> Frame | None:
    places = asked.places
    outcome, where = _outcome(asked)
    treatment, control = dict(places.group), dict(places.against)
    if not treatment:
        if len(where) != 1:
            dimensions = asked.catalog.dimensions.items()
            raise Refusal(
                "clarify",
                "The effect of what? Name the value of a column that some customers have and others have not.",
                [f"{name} {next(iter(dimension.values), '')}" for name, dimension in dimensions][:8],
            )
        ((name, wanted),) = where.items()
        treatment, where = {name: wanted[:1]}, {}
        control = {name: wanted[1:]} if len(wanted) == 2 else {}
    adjusted = [name for name in places.by if name not in treatment]
    frame = asked.frame(
        "matched_effect",
        treatment=_plain(treatment),
        control=_plain(control),
        outcome=outcome,
        covariates=adjusted,
    )
    frame.where = {name: wanted for name, wanted in where.items() if name not in treatment}
    return _using(frame, asked, by=[*treatment, *adjusted])


def _plain(values: Values) -> dict[str, Any]:
    return {name: wanted[0] if len(wanted) == 1 else wanted for name, wanted in values.items()}


def _nonresponse(asked: Asked) -> Frame | None:
    frame = asked.frame("response_bias")
    frame.by = asked.places.by
    return frame


def _quotes(asked: Asked) -> Frame | None:
    _one_class(asked)
    cls = asked.classes
    limit = next((m.number for m in asked.reading.of("number") if m.number is not None), None)
    frame = asked.frame("quotes", nps_class=cls[0] if cls else None, contains=asked.theme, limit=limit)
    frame.classes = cls
    return frame


def _one_class(asked: Asked) -> None:
    if len(asked.classes) > 1:
        raise Refusal("clarify", "Whose comments: the promoters', the passives' or the detractors'?", asked.classes)


def _sentiment(asked: Asked) -> Frame | None:
    frame = asked.frame("sentiment")
    frame.by, frame.grain = asked.places.by, asked.when.grain
    return frame


def _cost(asked: Asked) -> Frame | None:
    about = asked.reading.has("ask_themes") or asked.theme is not None
    if not about:
        return None
    return asked.frame("theme_impact", theme=asked.theme)


def _themes(asked: Asked) -> Frame | None:
    if asked.theme is not None:
        scoring = asked.reading.has("metric", "lower", "higher", "impact", "compare")
        return _cost(asked) if scoring else _quotes(asked)
    both = len(asked.classes) > 1
    cls = [] if both else asked.classes
    frame = asked.frame("themes", nps_class=cls[0] if cls else None)
    frame.by, frame.classes = asked.places.by, asked.classes
    return frame


def _drivers(asked: Asked) -> Frame | None:
    if asked.reading.has(*_CHANGE) or asked.when.before is not None:
        return None
    named = [*asked.places.by, *([asked.places.measure] if asked.places.measure else [])]
    frame = asked.frame("key_drivers", drivers=named if len(named) > 1 else None)
    return _using(frame, asked, by=named if len(named) > 1 else [])


def _breaks(asked: Asked) -> Frame | None:
    frame = asked.frame("find_change_points")
    frame.by, frame.grain = asked.places.by, asked.when.grain
    return frame


def _season(asked: Asked) -> Frame | None:
    weekday = bool(_WEEKDAY.search(asked.reading.question))
    grain = "weekday" if weekday else asked.when.grain
    frame = asked.frame("seasonality", grain=grain if grain in ("month", "quarter", "weekday") else None)
    frame.grain = asked.when.grain
    return frame


def _cohorts(asked: Asked) -> Frame | None:
    if asked.reading.has("ask_retention"):
        return _retention(asked)
    return asked.frame("cohort_nps")


def _retention(asked: Asked) -> Frame | None:
    text = asked.reading.question
    source = "orders" if _BUYING.search(text) else "churn" if _LEAVING.search(text) else None
    by = ["nps_class"] if asked.classes else asked.places.by
    frame = asked.frame("retention", source=source, by=by, grain=asked.when.grain)
    frame.by, frame.classes, frame.grain = asked.places.by, asked.classes, asked.when.grain
    return frame


def _distribution(asked: Asked) -> Frame | None:
    frame = asked.frame("nps_distribution")
    frame.by = asked.places.by
    return frame


def _benchmark(asked: Asked) -> Frame | None:
    given = benchmark_figures(asked.text)
    if "figure" not in given:
        raise Refusal(
            "declined",
            "npsight has only your data, not other companies' figures, and invents none. Give me a figure and where it "
            "comes from, and I compare it with yours.",
            ["How do we compare with a benchmark of 40?", "Are we above the industry average of 32 (n = 1,200)?"],
        )
    return asked.frame("benchmark", **given)


def launch(asked: Asked) -> Frame | None:
    """ "Did the March release help casual users?": an event that the catalog does not know, dated in the question."""
    if not asked.reading.has("launched") or asked.places.event or asked.when.event:
        return None
    word = next(m.text for m in asked.reading.mentions if "launched" in m.signs)
    if asked.when.period is None or asked.catalog.as_of is None:
        raise Refusal(
            "clarify",
            f"When was the {word}? Say it in the question, or record it when loading with --event NAME=DATE.",
            [f"Did the {word} of {asked.catalog.as_of:%B %Y} help?"] if asked.catalog.as_of else [],
        )
    period = parse_period(asked.when.period, as_of=asked.catalog.as_of)
    if period.start is None:
        return None
    frame = impact_frame(asked, str(period.start))
    frame.period = None
    frame.before = asked.when.period  # used: it gave the date
    if period.end != period.start:
        frame.read_as.append(f"the {word} is taken to have been on {period.start}, the first day of {period.label}")
    return frame


def impact_frame(asked: Asked, event: str) -> Frame:
    """The effect of a dated event on those it touched, against the others."""
    outcome, where = _outcome(asked)
    exposed, control = dict(asked.places.group), dict(asked.places.against)
    if not exposed and where and not (event in asked.catalog.events and asked.catalog.events[event].affects):
        exposed, where = where, {}
    by = [name for name in asked.places.by if name not in exposed]
    frame = asked.frame(
        "impact", event_date=event, exposed=_plain(exposed), control=_plain(control), outcome=outcome, by=by
    )
    frame.where = where
    return _using(frame, asked, by=[*by, *exposed])


_RULES: tuple[tuple[str, Rule], ...] = (
    ("ask_planning", _planning),
    ("ask_experiment", _experiment),
    ("ask_matched", _matched),
    ("ask_nonresponse", _nonresponse),
    ("ask_quotes", _quotes),
    ("ask_sentiment", _sentiment),
    ("ask_cost", _cost),
    ("ask_themes", _themes),
    ("ask_drivers", _drivers),
    ("ask_breaks", _breaks),
    ("ask_season", _season),
    ("ask_cohorts", _cohorts),
    ("ask_retention", _retention),
    ("ask_distribution", _distribution),
    ("ask_benchmark", _benchmark),
    ("launched", launch),
)
