"""The spread of accuracy over gold cases, read: the rubric first, then the cases, and people last."""

import pytest

from labeling.policy.gold_health import is_fast, read_health


@pytest.mark.parametrize(
    ("accuracies", "words"),
    [
        ([0.75] * 9, "Not enough yet: 9 of about 10 cases"),
        ([0.6, 0.7, 0.7, 0.75, 0.75, 0.75, 0.8, 0.8, 0.85, 0.9], "from 71 to 80 %, around 75 %: hard enough"),
        ([0.2] * 3 + [0.8] * 9, "3 of 12 cases are missed by most: look at the rubric"),
        ([0.95] * 9 + [0.6] * 3, "9 of 12 cases are right for nearly everybody"),
        ([0.95] * 6 + [0.6] * 5, "easy, and a few hard ones"),
        ([0.5] * 12, "read the most missed ones again"),
    ],
)
def test_each_shape_has_its_reading(accuracies, words):
    assert words in read_health(accuracies)


@pytest.mark.parametrize(
    ("times", "expected"),
    [((5, 9, 9), True), ((9, 5, 9), False), ((5, 9, 4), False), ((5, 9, None), True), ((5, 5, 9), False)],
)
def test_fast_is_faster_than_before_and_than_elsewhere(times, expected):
    later, earlier, elsewhere = times

    assert is_fast(ms_later=later, ms_earlier=earlier, ms_elsewhere=elsewhere) is expected
