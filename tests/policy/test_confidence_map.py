"""A map of a confidence, applied to one item: between its points, outside them, and what is no map."""

import pytest

from labeling.policy.confidence_map import apply_map, read_map

STEPS = {"kind": "isotonic", "points": [[0.5, 0.2], [0.8, 0.2], [0.9, 0.7]]}


@pytest.mark.parametrize(("told", "share"), [(0, 0.2), (0.5, 0.2), (0.7, 0.2), (0.85, 0.45), (0.9, 0.7), (1, 0.7)])
def test_between_points_it_is_straight_and_outside_level(told, share):
    assert apply_map(read_map(STEPS), told) == pytest.approx(share)


@pytest.mark.parametrize(("slope", "intercept", "share"), [(0, 0, 0.5), (2, -1, 0.5), (1e6, 0, 1), (-1e6, 0, 0)])
def test_a_sigmoid_never_overflows(slope, intercept, share):
    assert apply_map(read_map({"kind": "platt", "slope": slope, "intercept": intercept}), 0.5) == pytest.approx(share)


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"kind": "beta"},
        {"kind": "platt", "slope": 1},
        {"kind": "platt", "slope": float("nan"), "intercept": 0},
        {"kind": "isotonic", "points": []},
        {"kind": "isotonic", "points": [[0.5, 1.2]]},
        {"kind": "isotonic", "points": [[0.5, 0.3], [0.5, 0.4]]},
        {"kind": "isotonic", "points": [[0.5, 0.3], [0.6, 0.2]]},
        {"kind": "isotonic", "points": 3},
        {"kind": "isotonic", "points": [[0.5]]},
    ],
)
def test_what_is_no_map_is_refused(document):
    with pytest.raises(ValueError, match="map"):
        read_map(document)


@pytest.mark.parametrize("told", [-0.1, 1.1, float("nan")])
def test_what_is_no_confidence_is_refused(told):
    with pytest.raises(ValueError, match="confidence"):
        apply_map(read_map(STEPS), told)
