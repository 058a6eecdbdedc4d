"""The parts that charts are made of, as plain Vega-Lite dicts; a `style` is a look that `charts.js` gives it."""

from collections.abc import Sequence
from typing import Any

Spec = dict[str, Any]
AXIS: Spec = {"labelAngle": 0, "grid": False}


def share_axis(field: str, *, lowest: float = 0.0, **axis: Any) -> Spec:
    """A measure from `lowest` to 1, which is where coefficients and shares end."""
    ticks = [tick for tick in (-1, -0.5, 0, 0.5, 1) if tick >= lowest]
    scale = {"domain": [lowest, 1], "nice": False}
    axis = {"title": None, **AXIS, "values": ticks, "format": ".1~f", **axis}
    return {"field": field, "type": "quantitative", "scale": scale, "axis": axis}


def names_axis(part: str, *, below: bool = False) -> Spec:
    """A row of names under the frame, one part of each; where there is no room for all, some are left out."""
    quiet = {"domain": False, "ticks": False, "offset": 18} if below else {}
    overlap = {"labelOverlap": "greedy", "labelSeparation": 5 if below else 2}
    return {
        "title": None,
        **AXIS,
        "orient": "bottom",
        "labelExpr": f"split(datum.value, '|'){part}",
        **overlap,
        **quiet,
    }


def points_with_intervals(place: Spec, measured: Spec, *, along: str = "y") -> list[Spec]:
    """A bar from end to end and the value on it: hollow where it rests on few items. Nothing is drawn for nothing."""
    other = "x" if along == "y" else "y"
    field = measured["field"]
    return [
        {
            "transform": [{"filter": "isValid(datum.low)"}],
            "mark": {"type": "rule", "style": "range"},
            "encoding": {other: place, along: {**measured, "field": "low"}, f"{along}2": {"field": "high"}},
        },
        *(
            {
                "transform": [{"filter": f"isValid(datum.{field}) && {which}"}],
                "mark": {"type": "point", "style": style},
                "encoding": {other: place, along: measured},
            }
            for style, which in (("solid", "!datum.thin"), ("hollow", "datum.thin"))
        ),
    ]


def bars(places: Sequence[tuple[float, str, str, str]], *, along: str = "y") -> list[Spec]:
    """The values that matter, each a line across the picture with its words at the end; `side` keeps two apart."""
    sides = {
        "above": {"baseline": "bottom", "align": "left", "dy": -7},
        "below": {"baseline": "top", "align": "left", "dy": -7},
        "left": {"baseline": "bottom", "align": "right", "dx": 0, "dy": -20},
        "right": {"baseline": "bottom", "align": "left", "dx": 0, "dy": -20},
    }
    drawn = []
    for at, number, words, side in places:
        measured = {along: {"field": "at", "type": "quantitative"}}
        end = {"x": {"value": "width"}} if along == "y" else {"y": {"value": 0}}
        drawn.append(
            {
                "data": {"values": [{"at": at, "words": [number, words]}]},
                "layer": [
                    {"mark": {"type": "rule", "style": "bar"}, "encoding": measured},
                    {
                        "mark": {"type": "text", "style": "words", "dx": 6, **sides[side]},
                        "encoding": {**measured, **end, "text": {"field": "words"}},
                    },
                ],
            }
        )
    return drawn
