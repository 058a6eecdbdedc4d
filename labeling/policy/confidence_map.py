"""What a judge's confidence comes to once people have checked it: a fitted map, applied to one item at a time.

Maps are fitted in stats/maps.py. Applying one needs the standard library alone, since the router does it for each item.
"""

import math
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

PLATT, ISOTONIC = "platt", "isotonic"


@dataclass(frozen=True, slots=True)
class PlattMap:
    """p = 1 / (1 + exp(-(slope s + intercept))) of a confidence s."""

    slope: float
    intercept: float

    def apply(self, confidence: float) -> float:
        score = self.slope * confidence + self.intercept
        # Either form overflows at one end.
        return 1 / (1 + math.exp(-score)) if score >= 0 else math.exp(score) / (1 + math.exp(score))


@dataclass(frozen=True, slots=True)
class IsotonicMap:
    """Straight lines between points (confidence, share right), both never falling; level outside them."""

    confidences: tuple[float, ...]
    shares: tuple[float, ...]

    def apply(self, confidence: float) -> float:
        at = bisect_right(self.confidences, confidence)
        if at == 0:
            return self.shares[0]
        if at == len(self.confidences):
            return self.shares[-1]
        left, right = self.confidences[at - 1], self.confidences[at]
        low, high = self.shares[at - 1], self.shares[at]
        return low + (high - low) * (confidence - left) / (right - left)


ConfidenceMap = PlattMap | IsotonicMap


@dataclass(frozen=True, slots=True)
class AppliedMap:
    """A map that somebody put to use, and which confidence it reads: what a judge stated, or the share of its votes."""

    confidence: str
    fitted: ConfidenceMap

    def read(self, value: float) -> float:
        return apply_map(self.fitted, value)


def apply_map(fitted: ConfidenceMap, confidence: float) -> float:
    """The share of labels that people would call right where the judge tells this confidence; both from 0 to 1.

    >>> apply_map(IsotonicMap((0.5, 0.9), (0.4, 0.6)), 0.7)
    0.5
    """
    if not 0 <= confidence <= 1:
        raise ValueError(f"A confidence is from 0 to 1, not {confidence}.")
    return fitted.apply(confidence)


def read_map(document: Mapping[str, Any]) -> ConfidenceMap:
    """A map as stats/maps.py wrote it, or `ValueError` for anything else: it decides what people do not see."""
    try:
        if document["kind"] == PLATT:
            return read_platt(document)
        if document["kind"] == ISOTONIC:
            return read_isotonic(document)
    except (KeyError, IndexError, TypeError) as error:
        raise ValueError("This is no confidence map: a part of it is missing.") from error
    raise ValueError("A confidence map is platt or isotonic.")


def read_platt(document: Mapping[str, Any]) -> PlattMap:
    slope, intercept = float(document["slope"]), float(document["intercept"])
    if not (math.isfinite(slope) and math.isfinite(intercept)):
        raise ValueError("The numbers of a Platt map are finite.")
    return PlattMap(slope, intercept)


def read_isotonic(document: Mapping[str, Any]) -> IsotonicMap:
    points = [(float(point[0]), float(point[1])) for point in document["points"]]
    confidences, shares = [point[0] for point in points], [point[1] for point in points]
    if not points or not all(0 <= number <= 1 for point in points for number in point):
        raise ValueError("The points of an isotonic map are from 0 to 1.")
    if any(after <= before for before, after in pairwise(confidences)):
        raise ValueError("The confidences of an isotonic map rise from point to point.")
    if any(after < before for before, after in pairwise(shares)):
        raise ValueError("The shares of an isotonic map never fall.")
    return IsotonicMap(tuple(confidences), tuple(shares))
