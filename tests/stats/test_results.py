"""An estimate has a value or the reason why it has none, and its text and its document say which."""

import pytest

from labeling.stats.results import Estimate, undefined_because


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ({"value": None}, "or the reason"),
        ({"value": 0.5, "undefined": "no unit"}, "or the reason"),
        ({"value": float("nan")}, "never NaN"),
        ({"value": float("inf")}, "never NaN"),
        ({"value": 0.5, "low": 0.4}, "two ends"),
        ({"value": 0.5, "low": 0.4, "high": float("nan")}, "never NaN"),
        ({"value": None, "low": 0.4, "high": 0.6, "undefined": "no unit"}, "no interval"),
    ],
)
def test_estimate_that_says_nothing_clear_cannot_be_made(broken, message):
    with pytest.raises(ValueError, match=message):
        Estimate(**broken)


def test_document_has_the_keys_of_the_contract():
    document = Estimate(0.5, 0.4, 0.6, n=40, flags=("constant rater",)).as_document()

    assert document == {
        "value": 0.5,
        "low": 0.4,
        "high": 0.6,
        "n": 40,
        "undefined": None,
        "flags": ["constant rater"],
    }


def test_undefined_is_null_with_a_reason_never_nought():
    document = undefined_because("no unit was rated by two raters", n=0).as_document()

    assert document["value"] is None
    assert document["undefined"] == "no unit was rated by two raters"


def test_text_carries_interval_n_and_flags():
    text = Estimate(0.5, 0.4, 0.6, n=12, flags=("fewer than 30 units",)).as_text()

    assert text == "0.500 (0.400 to 0.600; n 12; fewer than 30 units)"


def test_further_flag_is_there_once():
    assert Estimate(0.5, flags=("a",)).flagged("b", "a").flags == ("a", "b")
