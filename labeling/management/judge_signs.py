"""What `manage.py judge` tells beyond agreement, from a file's columns: position, verbosity, maps of the confidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from labeling.formats.judgements import Judgements
from labeling.management.commands.agreement import read_scale
from labeling.stats.results import Estimate, undefined_because
from labeling.stats.scales import Scale, ScaleError, read_label

if TYPE_CHECKING:
    from labeling.stats.maps import MapReport
    from labeling.stats.self_consistency import PositionBias

NO_CONFIDENCE = "the file has no column 'confidence'"
NOTHING_PASSES = "no label is named as passing; say which with --passing"
NO_SIDES = "no labels are named for the two outputs of a pair; say which with --sides"
USUAL_SIDES = (("a", "b"), ("model_a", "model_b"))
ERRORS = ("ece_before", "ece_after", "ece_change", "brier_before", "brier_after", "brier_change")


@dataclass(frozen=True)
class Columns:
    """A file's columns, by the names of the units: labels as codes, -1 = none; other numbers NaN = none."""

    names: frozenset[str]
    scale: Scale
    human: Any
    judge: Any
    swapped: Any
    confidence: Any
    length: Any
    weight: Any

    @property
    def is_told(self) -> Any:
        """(n_units,) bool: both labels and a confidence."""
        return (self.human >= 0) & (self.judge >= 0) & (self.confidence == self.confidence)


@dataclass(frozen=True)
class Signs:
    position: PositionBias
    verbosity: Estimate
    maps: tuple[MapReport, ...] | str

    def as_document(self) -> dict[str, object]:
        position = self.position
        return {
            "position": {
                "n": position.n,
                "n_missing": position.n_missing,
                "flips": position.flips.as_document(),
                "fairness": position.fairness.as_document(),
                "first_shown": position.first_shown.as_document(),
            },
            "verbosity": self.verbosity.as_document(),
            "maps": self.maps_as_document(),
        }

    def maps_as_document(self) -> dict[str, object]:
        if isinstance(self.maps, str):
            return {"undefined": self.maps}
        return {
            one.kind: {
                "n": one.n,
                "map": one.map.as_document() if one.map else None,
                "undefined": one.undefined,
                **{name: getattr(one, name).as_document() for name in ERRORS},
            }
            for one in self.maps
        }

    def draw(self) -> list[str]:
        lines = [
            "",
            f"{'position: flips':<20}{self.position.flips.as_text()}",
            f"{'position: fairness':<20}{self.position.fairness.as_text()}",
            f"{'twice the length':<20}{self.verbosity.as_text()}",
        ]
        if isinstance(self.maps, str):
            return lines
        return [*lines, *(f"{f'ECE, {one.kind}':<20}{one.ece_after.as_text()}" for one in self.maps)]


def read_columns(judgements: Judgements, level: str, categories: str | None) -> Columns:
    """Labels on one scale, the swapped ones included. Raises `BadFile` or `ScaleError`, naming the line."""
    import numpy as np

    sides = ("human", "judge", "judge_swapped")
    filled = [(row.number, side, getattr(row, side)) for row in judgements.rows for side in sides if getattr(row, side)]
    labels, scale = read_scale(filled, level, categories)
    code_of = {category: code for code, category in enumerate(scale.categories)}
    code_at = {(number, side): code_of[label] for (number, side, _), label in zip(filled, labels, strict=True)}
    # By name, so that neither folds nor rounding depend on the order of rows.
    rows = sorted(judgements.rows, key=lambda row: row.unit)
    human, judge, swapped = (
        np.array([code_at.get((row.number, side), -1) for row in rows], dtype=np.int64) for side in sides
    )
    confidence, length = (
        np.array([np.nan if number is None else number for number in numbers], dtype=np.float64)
        for numbers in ([row.confidence for row in rows], [row.length for row in rows])
    )
    weight = np.array([row.weight for row in rows]) if "weight" in judgements.columns else None
    return Columns(judgements.columns, scale, human, judge, swapped, confidence, length, weight)


def read_passing(passing: str | None, scale: Scale) -> set[int] | None:
    """The codes of the labels that pass; None where nobody said and none is called *pass*."""
    if passing is None:
        return {scale.categories.index("pass")} if "pass" in scale.categories else None
    return {code_of(name, scale, "--passing") for name in passing.split(",")}


def read_sides(sides: str | None, scale: Scale) -> tuple[int, int] | None:
    """The codes for the first and the second output of a pair; None where nobody said and none are usual."""
    if sides is None:
        found = [pair for pair in USUAL_SIDES if set(pair) <= set(scale.categories)]
        return (scale.categories.index(found[0][0]), scale.categories.index(found[0][1])) if found else None
    names = sides.split(",")
    if len(names) != 2:
        raise ScaleError("--sides names two labels: of the first output of a pair, and of the second")
    return code_of(names[0], scale, "--sides"), code_of(names[1], scale, "--sides")


def code_of(name: str, scale: Scale, option: str) -> int:
    label = read_label(name, level=scale.level)
    if label not in scale.categories:
        raise ScaleError(f"{option} names {label!r}, which is no label; known are {', '.join(scale.categories)}")
    return scale.categories.index(label)


def compute_signs(
    columns: Columns,
    passing: set[int] | None,
    sides: tuple[int, int] | None,
    *,
    n_bins: int,
    replicates: int,
    seed: int,
) -> Signs:
    return Signs(
        find_position(columns, sides),
        find_verbosity(columns, passing),
        fit_maps(columns, n_bins=n_bins, replicates=replicates, seed=seed),
    )


def find_position(columns: Columns, sides: tuple[int, int] | None) -> PositionBias:
    import numpy as np

    from labeling.stats.self_consistency import FIRST, MISSING, SECOND, TIE, PositionBias, estimate_position_bias

    if "judge_swapped" not in columns.names or sides is None:
        reason = NO_SIDES if "judge_swapped" in columns.names else "the file has no column 'judge_swapped'"
        nothing = undefined_because(reason, n=0)
        return PositionBias(0, len(columns.judge), nothing, nothing, nothing)
    # Whatever is neither side is a tie; the last cell is read by code -1, no label.
    side_of = np.full(len(columns.scale) + 1, TIE)
    side_of[sides[0]], side_of[sides[1]], side_of[-1] = FIRST, SECOND, MISSING
    return estimate_position_bias(side_of[columns.judge], side_of[columns.swapped])


def find_verbosity(columns: Columns, passing: set[int] | None) -> Estimate:
    import numpy as np

    from labeling.stats.biases import estimate_verbosity

    if "length" not in columns.names:
        return undefined_because("the file has no column 'length'", n=0)
    if passing is None:
        return undefined_because(NOTHING_PASSES, n=0)
    is_used = (columns.human >= 0) & (columns.judge >= 0) & ~np.isnan(columns.length)
    judge_passes, human_passes = (np.isin(side[is_used], list(passing)) for side in (columns.judge, columns.human))
    weight = None if columns.weight is None else columns.weight[is_used]
    return estimate_verbosity(judge_passes, human_passes, columns.length[is_used], weight=weight)


def fit_maps(columns: Columns, *, n_bins: int, replicates: int, seed: int) -> tuple[MapReport, ...] | str:
    import numpy as np

    from labeling.stats.maps import FITS, report_map

    if "confidence" not in columns.names:
        return NO_CONFIDENCE
    is_told = columns.is_told
    # The same seed for both kinds: they are then reported on the same folds and the same samples.
    return tuple(
        report_map(
            kind,
            columns.confidence[is_told],
            (columns.human == columns.judge)[is_told],
            groups=np.arange(int(is_told.sum())),
            replicates=replicates,
            rng=np.random.default_rng([seed, len(FITS)]),
            n_bins=n_bins,
            weight=None if columns.weight is None else columns.weight[is_told],
        )
        for kind in FITS
    )
