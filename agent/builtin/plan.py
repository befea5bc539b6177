"""From the frame of a question to the tool calls that answer it: the same calls that a model would make."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from agent.builtin.counting.sql import records_sql
from agent.builtin.frame import Frame, Refusal, Values
from tools.registry import arguments_model
from tools.scope import dated_sql
from warehouse.catalog import Catalog
from warehouse.engine import identifier, quoted
from warehouse.periods import bucket_sql, parse_period

SPREAD_ROWS, SPREAD_DIMENSIONS = 1_000_000, 12


@dataclass(frozen=True)
class Call:
    """A tool and its arguments."""

    tool: str
    arguments: dict[str, Any]


def plan(frame: Frame, catalog: Catalog) -> list[Call]:
    """The calls for a frame, all of them made in one turn."""
    where, period = _where(frame.where), frame.period
    scope = _given(where=where, period=period)
    match frame.op:
        case "level":
            return [Call("nps", scope), *_spread(frame, scope, catalog)]
        case "split" | "rank":
            return [Call("nps", scope | _given(by=frame.by, grain=frame.grain))]
        case "share" | "count":
            return [Call("nps", scope | _given(by=frame.by, grain=frame.grain) | {"detail": True})]
        case "trend":
            return [Call("trend", scope | _given(grain=frame.grain))]
        case "compare_groups":
            return [
                Call("compare", scope | _given(group=_where(frame.group), against=_where(frame.against))),
                *_beside(frame),
            ]
        case "compare_periods":
            return [Call("compare", _given(where=where) | {"before": frame.before, "after": frame.after})]
        case "why":
            return [_decompose(frame, where)]
        case "event":
            return [_decompose(frame, where), *_impact(frame, catalog)]
        case "outliers":
            return [Call("find_outliers", scope | _given(by=frame.by))]
        case "tool":
            split = _given(by=frame.by, grain=frame.grain)
            call = Call(frame.tool or "", _accepted(frame.tool or "", scope | split) | frame.arguments)
            return [call, *(_said(call) if frame.theme is None else [])]
        case "records":
            return [Call("run_sql", {"sql": records_sql(frame, catalog)})]
        case "columns" | "span":
            return [Call("describe_data", {})]
        case "rows" | "quality":
            return [Call("data_quality", {})]
        case "customers" if not frame.where and not period and not frame.by:
            return [Call("describe_data", {})]
        case _:
            return [Call("run_sql", {"sql": _sql(frame, catalog)})]


def _accepted(tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """Those that the tool has; what else the question asks for is in its own arguments."""
    known = arguments_model(tool).model_fields
    return {name: value for name, value in arguments.items() if name in known}


def _spread(frame: Frame, scope: dict[str, Any], catalog: Catalog) -> list[Call]:
    """What an average of everybody hides: told with it, unless that would take long."""
    large = catalog.tables["responses"].rows > SPREAD_ROWS
    split = [name for name, dimension in catalog.dimensions.items() if len(dimension.values) > 1]
    if frame.where or large or not 1 <= len(split) <= SPREAD_DIMENSIONS:
        return []
    return [Call("find_outliers", scope | {"depth": 1, "top": 2})]


def _said(call: Call) -> list[Call]:
    """What was said, beside what it was about; where nothing can be quoted the themes stand without."""
    if call.tool != "themes":
        return []
    same = {name: call.arguments[name] for name in ("where", "period", "nps_class") if name in call.arguments}
    return [Call("quotes", same | {"limit": 3})]


def _beside(frame: Frame) -> list[Call]:
    """What a group writes about, and the order that its claimed place is held against."""
    calls = []
    if frame.claim is not None and frame.claim.kind == "end":
        calls.append(Call("nps", _given(where=_where(frame.where), period=frame.period) | {"by": [frame.claim.name]}))
    if frame.themes:
        calls.append(Call("themes", _given(where=_where({**frame.where, **frame.group}), period=frame.period)))
    return calls


def _given(**arguments: Any) -> dict[str, Any]:
    return {name: value for name, value in arguments.items() if value}


def _where(values: Values) -> dict[str, Any]:
    return {name: wanted[0] if len(wanted) == 1 else wanted for name, wanted in values.items()}


def _decompose(frame: Frame, where: dict[str, Any]) -> Call:
    return Call("decompose_change", {"before": frame.before, "after": frame.after} | _given(where=where, by=frame.by))


def _impact(frame: Frame, catalog: Catalog) -> list[Call]:
    """The effect on those whom the event touched against the others; nobody is guessed to have been touched."""
    affects = catalog.events[frame.event or ""].affects
    if any(name in affects and not set(wanted) & set(affects[name]) for name, wanted in frame.where.items()):
        return []  # a group that it did not touch: how they changed is told, and no effect on others as theirs
    where = {name: wanted for name, wanted in frame.where.items() if name not in affects}
    exposed = frame.group or ({} if affects else where)
    if not affects and not exposed:
        return []
    given = _given(
        exposed=_where(exposed),
        control=_where(frame.against),
        where=_where({} if exposed is where else where),
        by=[name for name in frame.by if name not in affects],
    )
    return [Call("impact", {"event_date": frame.event} | given)]


def _sql(frame: Frame, catalog: Catalog) -> str:
    """A SELECT for what no metric tool gives: averages, customers, single scores, shares of values."""
    conditions = _conditions(frame, catalog)
    shown = [identifier(name) for name in frame.by]
    if frame.grain:
        conditions.append("responded_at IS NOT NULL")
        shown.append(f"{bucket_sql('responded_at', frame.grain)} AS period")
    figures = _figures(frame, catalog)
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    places = ", ".join(str(i + 1) for i in range(len(shown)))
    answers = "count(*)" if frame.op == "commented" else "count(score)"
    told = f"{answers} >= {catalog.minimum_base.cell} AND {figures[0].rsplit(' AS ', 1)[0]} IS NOT NULL"
    grouped, ordered = (f" GROUP BY {places}", f" ORDER BY {places}") if shown else ("", "")
    return f"SELECT {', '.join([*shown, *figures])} FROM cohorts{where}{grouped} HAVING {told}{ordered}"


def _conditions(frame: Frame, catalog: Catalog) -> list[str]:
    conditions = []
    for name, wanted in frame.where.items():
        if frame.op == "value_share":
            continue
        if name in catalog.times and name not in catalog.dimensions:
            conditions.append(_dated(name, wanted, catalog))
            continue
        conditions.append(f"{identifier(name)} IN ({', '.join(quoted(value) for value in wanted)})")
    if frame.op == "value_share":
        conditions.append("score IS NOT NULL")
    if frame.op in ("commented", "average") and frame.classes:
        conditions.append(f"nps_class IN ({', '.join(quoted(name) for name in frame.classes)})")
    if frame.period and catalog.as_of:
        period = parse_period(frame.period, as_of=catalog.as_of)
        if period.start:
            conditions.append(f"responded_at >= TIMESTAMP '{period.start} 00:00:00'")
        if period.end:
            conditions.append(f"responded_at < TIMESTAMP '{period.end} 00:00:00' + INTERVAL 1 DAY")
    return conditions


def _dated(name: str, wanted: list[str], catalog: Catalog) -> str:
    """The condition on another date than the answer's."""
    if catalog.as_of is None:
        raise Refusal("declined", "The answers carry no dates, so no stretch of time can be told.")
    return " OR ".join(dated_sql(name, parse_period(text, as_of=catalog.as_of)) for text in wanted)


def _figures(frame: Frame, catalog: Catalog) -> list[str]:
    if frame.op == "average":
        column = identifier(frame.measure) if frame.measure else "score"
        if frame.measure in catalog.dimensions:  # numbers that are split by too are kept as text
            column = f"TRY_CAST({column} AS DOUBLE)"
        name = identifier(f"average {frame.measure or 'score'}")
        return [f"avg({column}) AS {name}", f"count({column}) AS n"]
    if frame.op == "customers":
        if not any(column.role == "customer_id" for column in catalog.tables["responses"].columns.values()):
            raise Refusal("declined", "The data has no customer id, so customers cannot be counted, only responses.")
        return ["count(DISTINCT customer_id) AS customers", "count(score) AS n"]
    if frame.op == "commented":
        columns = catalog.tables["responses"].columns
        comment = identifier(next(name for name, column in columns.items() if column.role == "comment"))
        hits = f"count(CASE WHEN trim(CAST({comment} AS VARCHAR)) <> '' THEN 1 END)"
        return [f"{hits} AS answers", "count(*) AS n", f"{hits} / nullif(count(*), 0) AS share"]
    if frame.op == "scores":
        listed = ", ".join(str(score) for score in frame.scores)
        hits = f"count(CASE WHEN score IN ({listed}) THEN 1 END)"
        return _counted(hits)
    inside = " AND ".join(
        f"{identifier(name)} IN ({', '.join(quoted(value) for value in wanted)})"
        for name, wanted in frame.where.items()
    )
    return _counted(f"count(CASE WHEN {inside} THEN 1 END)")


def _counted(hits: str) -> list[str]:
    """How many of the scored answers, and how many in a hundred."""
    percent = f"round(100.0 * {hits} / nullif(count(score), 0), 2) AS percent"
    return [f"{hits} AS answers", "count(score) AS n", percent]
