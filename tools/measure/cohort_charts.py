"""Vega-Lite specifications of cohort tables and of curves over age."""

from __future__ import annotations

from typing import Any

from tools.charts import SCHEMA


def heat_map(data: list[dict[str, Any]], down: str, across: str, value: str, title: str) -> dict[str, Any]:
    """A square for each cell; cells that are not complete are paler."""
    diverging = value == "nps"
    scale = {"scheme": "redyellowgreen", "domainMid": 0} if diverging else {"scheme": "blues", "domain": [0, 1]}
    encoding = {
        "x": {"field": across, "type": "ordinal", "title": across.replace("_", " "), "sort": None},
        "y": {"field": down, "type": "ordinal", "title": down.replace("_", " ")},
        "color": {"field": value, "type": "quantitative", "title": title, "scale": scale},
        "opacity": {"condition": {"test": "datum.complete", "value": 1}, "value": 0.45},
        "tooltip": _tips(data),
    }
    return {"$schema": SCHEMA, "data": {"values": data}, "mark": {"type": "rect"}, "encoding": encoding}


def curves(data: list[dict[str, Any]], across: str, value: str, title: str, group: str | None) -> dict[str, Any]:
    """A line with its band for each group."""
    y = {"type": "quantitative", "title": title, "axis": {"format": "%"}, "scale": {"domain": [0, 1]}}
    band = {
        "mark": {"type": "area", "opacity": 0.15},
        "encoding": {"y": {"field": "low", **y}, "y2": {"field": "high"}},
    }
    line = {"mark": {"type": "line", "point": True}, "encoding": {"y": {"field": value, **y}}}
    encoding: dict[str, Any] = {
        "x": {"field": across, "type": "quantitative", "title": across.replace("_", " ")},
        "tooltip": _tips(data),
    }
    if group is not None:
        encoding["color"] = {"field": group, "type": "nominal"}
    return {"$schema": SCHEMA, "data": {"values": data}, "encoding": encoding, "layer": [band, line]}


def _tips(data: list[dict[str, Any]]) -> list[dict[str, str]]:
    return [{"field": name} for name in (data[0] if data else {})]
