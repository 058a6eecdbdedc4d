"""Labels as a scale reads them: one spelling a number, one order of the categories."""

import pytest

from labeling.stats.scales import ScaleError, make_scale, read_label


@pytest.mark.parametrize(
    ("text", "label"), [("1.0", "1"), ("1.50", "1.5"), (" 2 ", "2"), ("-0", "0"), ("007", "007"), ("1e3", "1e3")]
)
def test_plain_numbers_are_one_label_however_written_and_codes_stay_words(text, label):
    assert read_label(text, level="nominal") == label


@pytest.mark.parametrize(
    ("text", "label"), [("1e3", "1000"), (".5", "0.5"), ("+3", "3"), ("007", "7"), ("0.30", "0.3")]
)
def test_numeric_levels_read_any_spelling_exactly(text, label):
    assert read_label(text, level="interval") == label


@pytest.mark.parametrize("text", ["good", "nan", "inf", "1,5", "1_000", "٣", "0x1", ""])
@pytest.mark.parametrize("level", ["interval", "ratio"])
def test_word_at_a_numeric_level_is_refused(text, level):
    with pytest.raises(ScaleError, match="is not a number"):
        read_label(text, level=level)


def test_negative_number_is_refused_at_the_ratio_level_only():
    assert read_label("-1", level="interval") == "-1"
    with pytest.raises(ScaleError, match="is negative, and the ratio level starts at 0"):
        read_label("-1", level="ratio")


@pytest.mark.parametrize("text", ["1e31", "1e-31", "1e99"])
def test_number_whose_square_leaves_the_floats_is_refused(text):
    with pytest.raises(ScaleError, match="out of range"):
        read_label(text, level="interval")


def test_observed_numbers_stand_in_their_order_not_the_alphabets():
    assert make_scale("ordinal", declared=None, observed=["10", "9", "1.5"]).categories == ("1.5", "9", "10")


def test_half_steps_are_compared_as_decimals():
    # 0.1 + 0.2 is not 0.3 in floats; labels never pass through them.
    scale = make_scale("interval", declared=["0.10", "0.20", "0.30"], observed=["0.3", "0.1"])

    assert scale.categories == ("0.1", "0.2", "0.3")


def test_ordinal_words_need_a_declared_order():
    with pytest.raises(ScaleError, match="declare the categories in their order"):
        make_scale("ordinal", declared=None, observed=["low", "high"])


def test_declared_order_is_kept():
    assert make_scale("ordinal", declared=["low", "mid", "high"], observed=["high"]).categories == (
        "low",
        "mid",
        "high",
    )


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        (["a"], "two or more"),
        (["a", ""], "two or more"),
        (["1", "2", "1.0"], "'1' is declared twice"),
        ([], "two or more"),
    ],
)
def test_declaration_that_is_none_is_refused(declared, message):
    with pytest.raises(ScaleError, match=message):
        make_scale("nominal", declared=declared, observed=[])


def test_undeclared_label_is_named():
    with pytest.raises(ScaleError, match="'maybe' is not declared; known are yes, no"):
        make_scale("nominal", declared=["yes", "no"], observed=["yes", "maybe"])


def test_numbers_that_floats_cannot_tell_apart_are_refused():
    with pytest.raises(ScaleError, match="round them"):
        make_scale("interval", declared=None, observed=["1", "1.00000000000000000001"])
