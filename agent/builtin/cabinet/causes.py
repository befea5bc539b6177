"""Questions about causes: an event's effect, a comparison of like with like, an A/B test, and the size it needs."""

from __future__ import annotations

import re

from agent.builtin.cabinet.asked import Asked, find_outcome, plain_values, using
from agent.builtin.figures import left_numbers, planning_figures
from agent.builtin.frame import Frame, Refusal, Values
from agent.builtin.lexicon import is_flag
from agent.builtin.when import alone_before, levels_since
from warehouse.catalog import Catalog
from warehouse.periods import parse_period

_VARIANT = re.compile(r"variant|version|\barm\b|experiment|treatment|test.?group|bucket|\bab\b", re.IGNORECASE)
_DID_IT = (
    r"^\W*(?:did|does|do|has|have)\b.*\b(?:raise|raised|lift|lifted|boost|boosted|increase|increased|improve"
    r"|improved|lower|"
    r"lowered|reduce|reduced|help|helped|hurt|change|changed|affect|affected)\b"
)
_CONTROL = re.compile(
    r"^(?:not?|without|never|old|off)\b|control|baseline|holdout|current|^[aA0]$|^(?:no|false|none)$", re.IGNORECASE
)
_SAME = (
    r"\b(?:same|similar|identical|equal|comparable|like|alike|hold|holding|held|keep|keeping|kept|given"
    r"|adjust\w*|control\w*|account\w*|"
    r"match\w*|correct\w*)\b"
)
_HELD = (
    r"\bcontrol group|comparison group|compar\w+ (?:to|with)|versus|\bvs\b|against|relative to|as (?:a"
    r" )?(?:control|comparison)|diff\w*[- ]in[- ]diff"
)
_SIZE_WORDS = (
    r"\b(?:how many|how large|how big|enough|sample size|smallest|detectable|invit\w*|how precise|how small|margin"
    r"|(?:can|could|able to|possible to|need\w* to) (?:we |you |i |one )?(?:reliably |still |even )?(?:detect|see|spot"
    r"|pick up))\b"
)


_ALIKE_ONES = (
    r"otherwise|identical|like[- ](?:for|with)[- ]like|apples"
    r"|\b(?:comparable|similar|alike|equal|matching) (?!to\b|in\b|with\b|across\b|between\b|for\b|nps\b|scores?\b"
    r"|results?\b|levels?\b)[a-z]+s\b"
)
_SHOWN_BY = (
    r"\b(?:what|which|how (?:small|large|big|fine))\b.{0,30}\b(?:differences?|changes?|effects?|gaps?|shifts?"
    r"|drops?|rises?)\b"
    r".*\b(?:can|could|would|will|do|does)\b.*\b(?:show|see|seen|detect\w*|tell|told|reveal|find|found|spot\w*"
    r"|pick(?:ed)? up)\b"
)
_EACH_GROUP = r"\b(\d[\d,]*)\s*(?:answers|responses|respondents|replies|people|customers|surveys|interviews)\b"
_NAMED_CONTROL = (
    r"\bcontrol(?: group| arm| variant)?(?: is| was| being|:|=)? {}\b|\b{}(?: is| was| as)?(?: the)? control\b"
)


def planning(asked: Asked) -> Frame | None:
    """How many answers are needed, or what can be seen with those at hand."""
    given, left = planning_figures(asked.text)
    if not given and not asked.says(_SIZE_WORDS):
        return None
    frame = asked.narrowed("sample_size", **given)
    frame.numbers = left_numbers(asked.reading, left)
    return frame


def margin(asked: Asked) -> Frame | None:
    """ "What margin of error would we get with 400 answers?"."""
    given, _left = planning_figures(asked.text)
    return planning(asked) if "n" in given and asked.says(r"margin|confiden|precis|interval|enough|sure") else None


def planned(asked: Asked) -> Frame | None:
    """ "How many surveys for a margin of 5 at a 20% response rate?"."""
    given, _left = planning_figures(asked.text)
    aimed = {"margin", "difference"} & set(given)
    return planning(asked) if aimed and asked.says(r"\bhow (?:many|large|big)\b|\benough\b|sample size") else None


def shown_by(asked: Asked) -> Frame | None:
    """ "What difference can 400 answers in each group show?"."""
    if not asked.says(_SHOWN_BY):
        return None
    given, _left = planning_figures(re.sub(_EACH_GROUP, lambda m: f"with {m[1]} answers".ljust(len(m[0])), asked.text))
    if set(given) != {"n"}:
        return None
    frame = asked.narrowed("sample_size", **given)
    frame.numbers = [m.first for m in asked.reading.of("number") if m.number == given["n"]]
    return frame


def experiment(asked: Asked) -> Frame | None:
    """The readout of an A/B test."""
    outcome, where = find_outcome(asked)
    variant = _variant(asked, where)
    wanted = where.pop(variant, [])
    values = list(asked.catalog.dimensions[variant].values)
    if outcome is None and asked.reading.has("metric"):
        outcome = "nps"
    control = [value for value in values if _CONTROL.search(value)]
    named = [v for v in values if asked.says(_NAMED_CONTROL.format(re.escape(v), re.escape(v)))]
    if not control and len(values) == 2 and len(wanted) == 1:  # one of two was given to some by lot
        control = [value for value in values if value not in wanted]
    if len(named) == 1:
        control = named
        wanted = [value for value in wanted if value != named[0]]
    rated = [name for name in asked.places.by if name != variant and name in asked.catalog.measures]
    if outcome in (None, "nps") and len(rated) == 1:
        outcome = rated[0]
    frame = asked.frame(
        "experiment", variant=variant, outcome=outcome, control=control[0] if len(control) == 1 else None
    )
    compared = [*asked.places.group.get(variant, []), *asked.places.against.get(variant, []), *wanted]
    if len(values) > 2 and len(set(compared)) > 1:
        where[variant] = list(dict.fromkeys(compared))
    frame.where = where
    apart = [name for name in (outcome,) if name in asked.places.where or name in rated]
    if not asked.reading.has("split", "each", "compare"):  # "for Team and Business" is who is looked at, not a split
        apart += [name for name, listed in where.items() if len(listed) > 1]
    return using(frame, asked, by=[variant, *apart])


def tried(asked: Asked) -> Frame | None:
    """ "Did showing the checklist lift conversion?": another outcome, beside a column that holds a control group."""
    outcome, where = find_outcome(asked)
    named = {*where, *asked.places.group, *asked.places.by}
    arms = [name for name in named if any(_CONTROL.search(v) for v in asked.catalog.dimensions[name].values)]
    arms = [name for name in arms if name != outcome and len(asked.catalog.dimensions[name].values) <= 4]
    effect = asked.reading.has("rose", "fell", "impact", "higher", "lower", "compare", "moved")
    drawn = [name for name in arms if _VARIANT.search(name) or not is_flag(asked.catalog.dimensions[name])]
    if not asked.places.outcome and not drawn:  # who upgraded chose to: no lots were drawn
        places = asked.places
        flags = [name for name in {*places.where, *places.group, *places.by} if is_flag(asked.catalog.dimensions[name])]
        return _chosen(asked, flags) if len(flags) == 1 and effect and asked.when.before is None else None
    plainly = asked.places.by == arms and asked.reading.has("rose", "impact") and not asked.reading.has("split")
    asks_effect = asked.says(_DID_IT) or asked.reading.has("impact")
    shown = set(where) == set(arms) and asked.when.period is None and asks_effect
    if not (asked.places.outcome or plainly or shown) or len(arms) != 1 or not effect or asked.when.before is not None:
        return None
    return experiment(asked)


def _says_arms(name: str, values: list[str]) -> bool:
    """A column of variants; a treatment or a version only where one of its values is a control group."""
    if not _VARIANT.search(name):
        return False
    plain = re.fullmatch(r"\W*(?:treatment|version|app.?version|release)s?\W*", name, re.IGNORECASE)
    return plain is None or any(_CONTROL.search(value) for value in values)


def _chosen(asked: Asked, arms: list[str]) -> Frame | None:
    """ "Did the upgrade raise NPS?": those who have it against those who are otherwise alike, for nobody drew lots."""
    places = asked.places
    told = asked.says(_DID_IT) or (asked.reading.has("impact") and not asked.says(r"\bby\b"))
    if not told or places.event or asked.when.event or places.against or places.by not in ([], arms):
        return None
    name, wanted = arms[0], {**places.where, **places.group}.get(arms[0], [])
    event = event_of(asked.catalog, name, wanted[0]) if len(wanted) == 1 else None
    if event is not None or len(wanted) > 1:
        return None
    treated = wanted[0] if wanted else yes_of(asked.catalog, name)
    other = [value for value in asked.catalog.dimensions[name].values if value != treated]
    control = {name: other[0]} if len(other) == 1 else None
    frame = asked.frame("matched_effect", treatment={name: treated}, control=control)
    frame.where = {key: kept for key, kept in places.where.items() if key != name}
    frame.read_as.append(f"nobody drew lots for {name}, so customers are compared who are alike in what else is known")
    return using(frame, asked, by=[name])


def yes_of(catalog: Catalog, name: str) -> str:
    """The yes of a column of yes and no."""
    values = list(catalog.dimensions[name].values)
    return next(
        (v for v in values if v.lower() in ("1", "yes", "true", "y", "t", "ja", "j", "si", "sí", "oui")), values[0]
    )


def event_of(catalog: Catalog, name: str, value: str) -> str | None:
    """The event of the catalog that brought just this value about, by what it says it affects."""
    found = [key for key, event in catalog.events.items() if event.affects == {name: [value]}]
    return found[0] if len(found) == 1 else None


def _variant(asked: Asked, where: Values) -> str:
    """The column that says who was in which arm."""
    places, dimensions = asked.places, asked.catalog.dimensions
    named = [*places.group, *places.by, *(name for name in where if len(dimensions[name].values) <= 6)]
    likely = [name for name in dimensions if _says_arms(name, list(dimensions[name].values))]
    armed = [name for name in named if any(_CONTROL.search(value) for value in dimensions[name].values)]
    found = [name for name in named if name in likely] or armed[:1] or [*places.group, *places.by][:1]
    found = found or (list(where) if len(where) == 1 else likely)
    found = list(dict.fromkeys(found))
    if len(found) == 1:
        return found[0]
    raise Refusal("clarify", "Which column says who was in which group of the test?", found or list(dimensions)[:12])


def matched(asked: Asked) -> Frame | None:
    """Like compared with like."""
    places = asked.places
    outcome, where = find_outcome(asked)
    adjusting = asked.says(_SAME)
    if adjusting and asked.places.measures and outcome in asked.places.measures:
        outcome = None
    treatment, control = dict(places.group), dict(places.against)
    if not treatment:
        treatment, control, where = _sides(asked, where)
    adjusted = [name for name in places.by if name not in treatment]
    adjusted += [name for name in places.measures if name != outcome]
    frame = asked.frame(
        "matched_effect",
        treatment=plain_values(treatment),
        control=plain_values(control),
        outcome=outcome,
        covariates=adjusted,
    )
    frame.where = {name: wanted for name, wanted in where.items() if name not in treatment}
    return using(frame, asked, by=[*treatment, *adjusted, *([outcome] if outcome in places.where else [])])


def _sides(asked: Asked, where: Values) -> tuple[Values, Values, Values]:
    """Who is compared with whom, from the filter: two values of one column, or its only value."""
    pairs = [name for name, wanted in where.items() if len(wanted) == 2]
    named = pairs if len(pairs) == 1 else list(where)
    if len(named) != 1 or len(where[named[0]]) > 2:
        dimensions = asked.catalog.dimensions.items()
        raise Refusal(
            "clarify",
            "The effect of what? Name the value of a column that some customers have and others have not.",
            [f"{name} {next(iter(dimension.values), '')}" for name, dimension in dimensions][:8],
        )
    wanted = where[named[0]]
    rest = {name: values for name, values in where.items() if name != named[0]}
    return {named[0]: wanted[:1]}, {named[0]: wanted[1:]} if len(wanted) == 2 else {}, rest


def alike(asked: Asked) -> Frame | None:
    """ "… of the same plan, size and country", "if we hold plan constant": a comparison made on these."""
    compared = asked.reading.has("compare", "higher", "lower", "best", "worst")
    others = [*asked.places.by, *asked.places.measures]
    if not compared or not (others or asked.says(_ALIKE_ONES)):
        return None
    return matched(asked)


def launch(asked: Asked) -> Frame | None:
    """ "Did the March release help casual users?": an event that the catalog does not know, dated in the question."""
    if asked.places.event or asked.when.event:
        return None
    word = next(m.text for m in asked.reading.mentions if {"launched", "ask_did"} & set(m.signs))
    if asked.when.period is None or asked.catalog.as_of is None:
        raise Refusal(
            "clarify",
            f"When was the {word}? Say it in the question, or record it when loading with --event NAME=DATE.",
            [f"Did the {word} of {asked.catalog.as_of:%B %Y} help?"] if asked.catalog.as_of else [],
        )
    period = parse_period(asked.when.period, as_of=asked.catalog.as_of)
    if period.start is None:
        return None
    frame = impact(asked, str(period.start))
    frame.period = None
    frame.before = asked.when.period  # used: it gave the date
    if period.end != period.start:
        frame.read_as.append(f"the {word} is taken to have been on {period.start}, the first day of {period.label}")
    return frame


def dated_effect(asked: Asked) -> Frame | None:
    """ "Effect of 10 March on the first wave": a single day whose effect is asked for is an event."""
    if asked.places.event or asked.when.event or asked.when.period is None or asked.catalog.as_of is None:
        return None
    day = parse_period(asked.when.period, as_of=asked.catalog.as_of)
    if day.start is None or day.start != day.end or not asked.says(r"\b(?:effect|impact)s?\s+of\b"):
        return None
    frame = impact(asked, str(day.start))
    frame.period, frame.before = None, asked.when.period  # used: it gave the date
    return frame


def event_for_groups(asked: Asked) -> Frame | None:
    """An event of the catalog, and two groups: those it touched against others, or its effect on each."""
    event = asked.places.event or asked.when.event
    if event and asked.places.event is None and (alone_before(asked.reading) or levels_since(asked.reading)):
        return None  # "before the programme" is a stretch of time to look at
    if not event or not asked.places.group or (asked.when.before is not None and asked.when.after is not None):
        return None
    known = asked.catalog.events[event]
    touched = {*known.affects, *known.spares}
    apart = asked.places.against and (set(asked.places.group) <= touched or asked.says(_HELD))
    if not apart or asked.says(r"\bdifferen(?:t|ce|ces|tly)\b(?!\W+in\W+diff)"):
        return _effect_in_each(asked, event)
    return _dated(impact(asked, event), asked)


def _effect_in_each(asked: Asked, event: str) -> Frame:
    split = asked.side_by_side("impact", event_date=event)
    split.arguments["by"], split.by = split.by, []
    split.used_by = [*split.used_by, *split.arguments["by"]]
    return _dated(split, asked)


def _dated(frame: Frame, asked: Asked) -> Frame:
    """A period after the event bounds what is compared with before it; one that holds the event only dates it."""
    if asked.when.period:
        raise Refusal("declined", f"I cannot limit an event's effect on groups to {asked.when.period}.")
    return frame


def impact(asked: Asked, event: str) -> Frame:
    """The effect of a dated event on those it touched, against the others."""
    outcome, where = find_outcome(asked)
    exposed, control = dict(asked.places.group), dict(asked.places.against)
    if not exposed:
        pairs = [name for name, wanted in where.items() if len(wanted) == 2]
        if asked.reading.has("ask_did") and len(pairs) == 1:
            exposed, control, where = _sides(asked, where)
    if not exposed and where and not (event in asked.catalog.events and asked.catalog.events[event].affects):
        exposed, where = where, {}
    by = [name for name in asked.places.by if name not in exposed]
    frame = asked.frame(
        "impact", event_date=event, exposed=plain_values(exposed), control=plain_values(control), outcome=outcome, by=by
    )
    frame.where = where
    return using(frame, asked, by=[*by, *exposed, *([outcome] if outcome in asked.places.where else [])])
