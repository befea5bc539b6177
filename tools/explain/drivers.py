"""Key drivers: what goes with being a promoter rather than a detractor, and how much each part carries."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tools.explain.driver_columns import LeftOut, need_candidates
from tools.explain.driver_data import DriverData, Missing, driver_data
from tools.explain.driver_model import DriverFit, SeparatedDriverError, fit_drivers
from tools.explain.driver_report import (
    Driver,
    add_drivers,
    driver_caveats,
    driver_chart,
    driver_table,
    effective_base,
)
from tools.result import FactSheet, Result
from tools.scope import Where, scope
from warehouse.workspace import Warehouse


class KeyDriversResult(Result):
    """The drivers, the most important first."""

    drivers: list[Driver]
    left_out: list[LeftOut] = Field(description="Columns that were looked at and are no drivers here, with the reason.")
    method: Literal["shapley", "johnson"]
    missing: Missing
    explains: bool = Field(description="True when the drivers together clearly explain some of the variation in NPS.")
    r_squared: str = Field(description="Id of the fact with the share of NPS variation that they explain together.")
    n: str = Field(description="Id of the fact with the number of answers used.")
    halo: bool = Field(description="True when the ratings move together so much that separate weights say little.")


def key_drivers(
    warehouse: Warehouse,
    *,
    drivers: Annotated[
        list[str],
        Field(
            description="Rating items, numbers or attributes; empty takes all ratings, numbers and small dimensions."
        ),
    ] = [],
    where: Annotated[Where, Field(description='Filter: {"plan": "Starter"}.')] = {},
    period: Annotated[str | None, Field(description='Only this stretch of time, e.g. "last 6 months".')] = None,
    missing: Annotated[
        Missing,
        Field(description="Answers with a gap: left out (complete), or filled by multiple imputation (impute)."),
    ] = "complete",
    method: Annotated[
        Literal["auto", "shapley", "johnson"],
        Field(description="How explained variation is divided: Shapley (up to 15 drivers) or Johnson's weights."),
    ] = "auto",
) -> KeyDriversResult:
    """Key drivers of NPS: importance of each with its interval, its direction and size given the others, and its level.

    Use it for "what drives NPS", "what matters most", "importance and performance". It tells what goes with the score
    among answers given together, never what causes it; use `decompose_change` for why NPS changed.
    """
    rows = scope(warehouse, where, period)
    data = driver_data(warehouse, drivers, rows, missing)
    data, fit = _fit(data, missing, None if method == "auto" else method)
    sheet = FactSheet("key_drivers")
    sheet.statement = len(data.rows.sql)
    n = sheet.add("answers_used", len(data.nps), "responses", n=len(data.nps), where=dict(rows.where))
    if data.gaps:
        complete = len(data.nps) - data.gaps
        sheet.add("answers_without_gaps", complete, "responses", n=len(data.nps), where=dict(rows.where))
    whole = fit.intervals.r_squared
    r_squared = sheet.add(
        "explained_variation",
        whole.estimate,
        "share",
        n=len(data.nps),
        low=whole.low,
        high=whole.high,
        where=dict(rows.where),
    )
    _add_more(sheet, data, fit, dict(rows.where))
    found = add_drivers(sheet, data, fit, dict(rows.where))
    halo = fit.halo is not None and fit.halo.mean_correlation > 0.5 and fit.halo.first_component > 0.6
    return KeyDriversResult(
        facts=sheet.facts,
        caveats=driver_caveats(warehouse, data, fit, missing, found),
        sql=data.rows.sql,
        table=driver_table(sheet, found),
        chart=driver_chart(sheet, found),
        drivers=found,
        left_out=data.left_out,
        method=fit.method,
        missing=missing,
        explains=fit.intervals.shares is not None,
        r_squared=r_squared.id,
        n=n.id,
        halo=halo,
    )


def _fit(
    data: DriverData, missing: Missing, method: Literal["shapley", "johnson"] | None
) -> tuple[DriverData, DriverFit]:
    """A driver that nobody named and that separates the classes is left out; a named one is refused."""
    while True:
        try:
            return data, fit_drivers(data, missing, method)
        except SeparatedDriverError as error:
            if data.columns[error.driver].candidate.named:
                raise
            value = f"its value {error.value!r}" if error.value else "it"
            data = data.without(error.driver, f"{value} tells the classes apart without fail")
            need_candidates([column.candidate for column in data.columns], data.left_out)


def _add_more(sheet: FactSheet, data: DriverData, fit: DriverFit, where: dict[str, str]) -> None:
    """How well the models fit, and what the rules of thumb go by."""
    n = len(data.nps)
    sheet.add("explained_score_variation", fit.score_r2, "share", n=n, where=where)
    sheet.add("mcfadden_r2", fit.logit.mcfadden_r2, "number", n=n, where=where)
    parameters = sum(len(steps) for steps in fit.steps)
    sheet.add("events_per_coefficient", effective_base(data.nps) / parameters, "number", n=n, where=where)
    if fit.halo is not None:
        sheet.add("average_rating_correlation", fit.halo.mean_correlation, "number", n=n, where=where)
        sheet.add("first_component_share", fit.halo.first_component, "share", n=n, where=where)
