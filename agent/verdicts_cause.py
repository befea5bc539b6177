"""What was tested of causes and of comments, in words."""

from __future__ import annotations

from typing import Any

from agent.privacy import as_data
from agent.telling_figures import figure
from agent.verdict_words import CLEAR, MOST, Telling, cell, differs, listed


def _impact(result: Any) -> list[str]:
    return [
        _effect(result),
        _levels(result),
        *_parallel(result),
        *_who(result),
        *_segments(result),
        *([f"The change against its own earlier trend: {result.beyond_own_trend}."] if result.beyond_own_trend else []),
    ]


def _effect(result: Any) -> str:
    who = f"{as_data(result.exposed)} against {as_data(result.control)}" if result.control else as_data(result.exposed)
    about = f"{result.kind}, {who}, {as_data(result.before)} to {as_data(result.after)}, {result.basis}"
    if result.verdict == "no clear effect":
        found = (
            f"no clear effect: {result.effect} may be chance ({result.smallest_detectable} or more would have shown)"
        )
    elif result.verdict == "cannot tell a cause":
        found = f"cannot tell a cause: {result.effect} is a change or difference, not an effect"
    else:
        found = f"{result.effect} is clear: {result.verdict}"
    may = {
        True: "It may be called the effect of the event, if both would otherwise have moved alike",
        False: "It may not be called a cause or an effect",
    }[result.causal and result.verdict in CLEAR]
    fixed = (
        " The outcome is one value per customer: differences only say who answered." if result.outcome_is_fixed else ""
    )
    return f"Tested ({result.p_value}; {about}): {found}. {may}.{fixed}"


def _levels(result: Any) -> str:
    levels = [f"{c.group} {c.window} {c.level}" for c in result.cells]
    changes = [f"{name} {fact}" for name, fact in (
        ("change of the exposed", result.exposed_change),
        ("change of the control", result.control_change),
        ("unadjusted", result.plain),
    ) if fact]  # fmt: skip
    return f"Levels: {listed([*levels, *changes])}."


def _parallel(result: Any) -> list[str]:
    trend = result.pre_trend
    if result.kind == "before and after":
        return ["Nobody to compare with: what else happened at that time is in the change."]
    found = {
        "no sign against": "no sign against parallel trends before",
        "moved apart": "the groups moved apart before already: no effect may be claimed",
        "cannot be tested": "parallel trends cannot be tested here: say so",
    }[trend.finding]
    tests = [f"{name} {fact}" for name, fact in (
        ("all periods", trend.joint_p), ("drift", trend.line_p), ("placebo", trend.placebo),
        ("allowing for drift", trend.allowing_for_drift),
    ) if fact]  # fmt: skip
    return [f"Before: {found}{f' ({listed(tests)})' if tests else ''}."]


def _who(result: Any) -> list[str]:
    who = result.who
    if who is None:
        return []
    moved = [f"{as_data(s.dimension)} ({s.share})" for s in who.shifts]
    lines = [f"Who answers: mix changed differently in {listed(moved)}."] if moved else ["Who answers: no clear shift."]
    named = (
        ("mix held constant", who.adjusted),
        ("same customers only", who.same_customers),
        ("part of the mix", who.part),
    )
    told = [f"{name} {fact}" for name, fact in named if fact]
    lines += [f"Effect with {listed(told)}."] if told else []
    return [*lines, *([f"The number of answers moved as well ({who.volume})."] if who.volume_moved else [])]


def _segments(result: Any) -> list[str]:
    if not result.segments:
        return []
    apart = "differ" if result.segments_clearly_differ else "do not clearly differ"
    clear = [f"{cell(s.where)} {s.verdict} ({s.effect})" for s in result.segments if s.effect and s.verdict in CLEAR]
    tested = f" ({result.segments_differ})" if result.segments_differ else ""
    return [f"Tested{tested}: effects {apart} between segments; clear after Holm: {listed(clear)}."]


def _matched(result: Any) -> list[str]:
    balance = [f"{m.method} {m.difference} {'balanced' if m.balanced else 'not balanced'}" for m in result.methods]
    who = f"{as_data(result.treated)} against {as_data(result.control)}"
    lines = [f"{who}, made alike ({result.estimand}): {listed(balance)}."]
    if result.headline:
        lines.append(
            f"Tested ({result.headline_p}, {result.headline_method}): {differs(result.verdict, result.headline)}."
        )
    else:
        lines.append(f"No difference may be told: {result.verdict}.")
    hidden = f"; something unmeasured of strength {result.e_value} would explain it away" if result.e_value else ""
    lines.append(
        f"The methods {result.agreement}; before anything was made alike {result.naive} ({result.naive_p}){hidden}. "
        "Association at equal measured traits; a cause only if nothing unmeasured differs."
    )
    return lines


def _experiment(result: Any) -> list[str]:
    ratio = "sizes are NOT as planned (sample ratio mismatch)" if result.ratio_mismatch else "sizes are as planned"
    lines = [f"Decision: {result.decision}. The split: {ratio} ({result.ratio_p}), control {as_data(result.control)}."]
    if result.ratio_mismatch and not result.plan_given:
        lines.append("Equal shares were taken for the plan; if nobody was assigned at random this is no experiment.")
    if result.differed_before:
        lines.append("A variant differed before the start already.")
    if not result.trusted:
        lines.append("Not to be trusted until that is explained: no effect may be claimed.")
    for e in result.effects[:MOST]:
        found = differs(e.verdict, e.adjusted or e.difference, e.smallest_detectable)
        plain = f"; {e.difference} is the same unadjusted" if e.adjusted else ""
        lines.append(f"Tested ({e.adjusted_p or e.p_value}), {as_data(e.variant)} minus control: {found}{plain}.")
    if result.answering_p:
        sign = (
            "differs"
            if result.answering_differs
            else "may differ"
            if result.answering_may_differ
            else "no clear difference"
        )
        lines.append(f"How often variants have the outcome: {sign} ({result.answering_p}).")
    return lines


def _themes(result: Any) -> list[str]:
    leans = [
        f"{as_data(t.theme)} {t.leans} ({t.difference})"
        for t in result.themes
        if t.leans in ("detractors", "promoters")
    ]
    lines = [f"Tested (Holm), clearly more often said by: {listed(leans)}."]
    if result.detractors_most:
        lines.append(f"Detractors mention most, clearly more than promoters: {as_data(result.detractors_most)}.")
    apart = [f"{as_data(test.theme)} ({test.p_value})" for test in result.segment_tests if test.differs]
    if result.segment_tests:
        lines.append(f"Tested (Holm), shares differ by segment: {listed(apart)}.")
    told = [
        f"{as_data(s.theme)} in {cell({k: v for k, v in s.where.items() if k != 'theme'})} {s.verdict} ({s.difference})"
        for s in result.segments
        if s.verdict in ("more often", "less often")
    ]
    return [*lines, *([f"Clear against all other comments: {listed(told)}."] if result.segments else [])]


def _theme_impact(result: Any) -> list[str]:
    lines = []
    for way in CLEAR:
        plain = [f"{as_data(e.theme)} ({e.difference})" for e in result.effects if e.verdict == way]
        held = [f"{as_data(e.theme)} ({e.adjusted})" for e in result.effects if e.adjusted_verdict == way]
        lines += [f"Tested (Holm), NPS with the theme clearly {way} than without: {listed(plain)}."] if plain else []
        lines += [f"Tested (Holm), clearly {way} with the other themes held equal too: {listed(held)}."] if held else []
    facts = {fact.id: fact for fact in result.facts}
    unclear = [
        f"{as_data(e.theme)} ({figure(facts[e.difference], None, name='')})"
        for e in result.effects
        if e.verdict not in CLEAR and e.adjusted_verdict not in CLEAR
    ]
    lines += [f"No clear difference: {listed(unclear)}."] if unclear else []
    if result.gap and result.gap_verdict:
        lines.append(f"Tested, with a comment minus without: {differs(result.gap_verdict, result.gap)}.")
    return [*lines, "Association with words, not a cause; nps_change_if_alike is arithmetic, not a forecast."]


def _sentiment(result: Any) -> list[str]:
    clear = [
        f"{cell(c.where)} {c.verdict} ({c.difference}, {c.p_holm})"
        for c in result.cells
        if c.verdict in ("more positive", "more negative")
    ]
    lines = [f"On the whole: {result.leaning} ({result.mean})."]
    return [*lines, *([f"Tested (Holm), clear against all other comments: {listed(clear)}."] if result.cells else [])]


def _quotes(result: Any) -> list[str]:
    return [f"Quoted: {as_data(result.about)}; typical of the group ({result.group}), no proof of how common it is."]


CAUSE: dict[str, Telling] = {
    "ImpactResult": _impact,
    "MatchedEffectResult": _matched,
    "ExperimentResult": _experiment,
    "ThemesResult": _themes,
    "ThemeImpactResult": _theme_impact,
    "SentimentResult": _sentiment,
    "QuotesResult": _quotes,
}
