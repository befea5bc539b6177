"""Vega-Lite specifications with their data inside."""

from __future__ import annotations

from typing import Any

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
_SCORE = {"field": "nps", "type": "quantitative", "title": "NPS (points)", "scale": {"zero": True}}


def bars(data: list[dict[str, Any]], names: list[str]) -> dict[str, Any]:
    """Points with their intervals, one row a cell, sorted by NPS."""
    along = {"field": names[0], "type": "nominal", "sort": "-x", "title": names[0]}
    interval = {
        "mark": {"type": "rule"},
        "encoding": {"x": {"field": "low", "type": "quantitative", "title": "NPS (points)"}, "x2": {"field": "high"}},
    }
    points = {"mark": {"type": "point", "filled": True, "size": 60}, "encoding": {"x": _SCORE}}
    colour = {"color": {"field": names[1], "type": "nominal"}} if len(names) > 1 else {}
    return _spec(data, {"y": along, **colour, "tooltip": _tips(data)}, [interval, points])


def lines(data: list[dict[str, Any]], names: list[str]) -> dict[str, Any]:
    """NPS over time with its band; one line for each value of `names`."""
    along = {"field": "period", "type": "ordinal", "title": None}
    band = {
        "mark": {"type": "area", "opacity": 0.15},
        "encoding": {"y": {"field": "low", "type": "quantitative", "title": "NPS (points)"}, "y2": {"field": "high"}},
    }
    line = {"mark": {"type": "line", "point": True}, "encoding": {"y": _SCORE}}
    colour = {"color": {"field": names[0], "type": "nominal"}} if names else {}
    return _spec(data, {"x": along, **colour, "tooltip": _tips(data)}, [band, line])


def _spec(data: list[dict[str, Any]], encoding: dict[str, Any], layers: list[dict[str, Any]]) -> dict[str, Any]:
    return {"$schema": SCHEMA, "data": {"values": data}, "encoding": encoding, "layer": layers}


def _tips(data: list[dict[str, Any]]) -> list[dict[str, str]]:
    return [{"field": name} for name in (data[0] if data else {})]
