"""`manage.py judge`: the contract's keys, values worked by hand, bad files."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

KEYS = {
    *("kappa", "kappa_linear", "kappa_quadratic", "alpha", "percent_agreement", "confusion", "mean_difference"),
    *("reliability", "ece", "brier", "gwet_ac1", "baseline", "caught", "passed", "position", "verbosity", "maps"),
}
PROVENANCE = {"level", "categories", "n_units", "n_units_pairable", "method", "replicates", "seed", "filter"}
ESTIMATES = KEYS - {"confusion", "reliability", "baseline", "position", "maps"}
JUDGED = """unit,human,judge,confidence
1,1,1,0.9
2,2,2,0.9
3,2,3,0.6
4,3,3,0.6
5,3,,0.5
6,1,2,
"""


@pytest.fixture
def judge(tmp_path):
    def run(content, *options):
        stdout = io.StringIO()
        path = tmp_path / "judged.csv"
        path.write_text(content)
        call_command("judge", str(path), *options, stdout=stdout)
        return stdout.getvalue()

    return run


@pytest.fixture
def document(judge):
    return lambda content, *options: json.loads(judge(content, *options, "--json"))


def test_document_has_the_keys_of_the_contract(document):
    found = document(JUDGED, "--level", "ordinal", "--bootstrap", "50")

    assert set(found) == KEYS | PROVENANCE
    assert set(found["confusion"]) == {"labels", "rows"}
    assert {frozenset(one) for one in found["reliability"]} == {
        frozenset({"low", "high", "n", "mean_confidence", "share_correct"})
    }
    for name in ESTIMATES:
        assert set(found[name]) == {"value", "low", "high", "n", "undefined", "flags"}, name


def test_values_worked_by_hand(document):
    found = document(JUDGED, "--level", "ordinal", "--categories", "1,2,3")

    # Units 1-4 and 6 have both labels: three agree, twice the judge is one higher.
    assert (found["n_units"], found["n_units_pairable"]) == (6, 5)
    assert found["percent_agreement"]["value"] == pytest.approx(3 / 5)
    assert found["mean_difference"]["value"] == pytest.approx(2 / 5)
    assert found["confusion"] == {"labels": ["1", "2", "3"], "rows": [[1, 1, 0], [0, 1, 1], [0, 0, 1]]}
    # Chance: (2 · 1 + 2 · 2 + 1 · 2) / 25.
    assert found["kappa"]["value"] == pytest.approx((0.6 - 8 / 25) / (1 - 8 / 25))
    # Of them, four have a confidence: right twice at .9, once of two at .6.
    assert found["ece"]["value"] == pytest.approx(0.1)
    assert found["brier"]["value"] == pytest.approx(0.135)
    assert found["ece"]["n"] == 4


def test_bins_have_equal_width_and_count(document):
    bins = document(JUDGED, "--level", "ordinal", "--bins", "5")["reliability"]

    assert [(one["low"], one["high"], one["n"]) for one in bins] == [
        (0.0, 0.2, 0),
        (0.2, 0.4, 0),
        (0.4, 0.6, 2),
        (0.6, 0.8, 0),
        (0.8, 1.0, 2),
    ]
    assert bins[2]["share_correct"] == 0.5
    assert bins[0]["share_correct"] is None


def test_without_confidence_calibration_is_undefined(document):
    found = document("unit,human,judge\n1,a,a\n2,b,a\n", "--level", "nominal")

    assert found["reliability"] == []
    assert found["ece"]["undefined"] == found["brier"]["undefined"] == "the file has no column 'confidence'"


def test_judge_with_one_label_is_flagged_not_praised(document):
    found = document("unit,human,judge\n1,a,a\n2,b,a\n3,a,a\n", "--level", "nominal")

    assert found["kappa"]["value"] == pytest.approx(0)
    assert "constant rater" in found["kappa"]["flags"]


def test_one_label_on_both_sides_is_undefined(document):
    found = document("unit,human,judge,confidence\n1,a,a,1\n2,a,a,1\n", "--level", "nominal")

    assert found["kappa"]["value"] is None
    assert found["kappa"]["undefined"] == "both gave 'a' every time"
    assert "NaN" not in json.dumps(found)


def many(line, n=40):
    return "".join(line(number) for number in range(n))


def test_what_the_judge_catches_and_what_always_passing_would_score(document):
    found = document("unit,human,judge\n1,pass,pass\n2,pass,fail\n3,fail,fail\n4,pass,pass\n", "--level", "nominal")

    assert found["caught"]["value"] == 1
    assert found["passed"]["value"] == pytest.approx(2 / 3)
    assert (found["baseline"]["label"], found["baseline"]["percent_agreement"]["value"]) == ("pass", 0.75)
    assert found["baseline"]["kappa"] == 0


def test_labels_that_pass_are_named_where_none_is_called_so(document):
    content = "unit,human,judge\n1,2,3\n2,1,2\n3,3,3\n"

    named, unnamed = (document(content, "--level", "ordinal", *option) for option in (("--passing", "2,3"), ()))

    assert (named["passed"]["value"], named["caught"]["value"]) == (1, 0)
    assert "--passing" in unnamed["caught"]["undefined"]
    assert unnamed["passed"]["undefined"] == unnamed["caught"]["undefined"]


def test_pairs_in_both_orders_say_what_flips(document):
    lines = many(lambda n: f"{n},a,a,{'b' if n < 10 else 'a'}\n")

    position = document(f"unit,human,judge,judge_swapped\n{lines}", "--level", "nominal")["position"]

    assert (position["n"], position["flips"]["value"]) == (40, 0.25)
    assert position["fairness"]["value"] == 1
    assert position["first_shown"]["value"] == pytest.approx((40 + 10) / 80)


def test_sides_are_named_where_they_are_not_usual(document):
    content = f"unit,human,judge,judge_swapped\n{many(lambda n: f'{n},left,left,right{chr(10)}')}"

    unnamed, named = (document(content, "--level", "nominal", *option) for option in ((), ("--sides", "left,right")))

    assert "--sides" in unnamed["position"]["flips"]["undefined"]
    assert named["position"]["flips"]["value"] == 1


def test_without_the_columns_each_sign_says_which_is_missing(document):
    found = document("unit,human,judge\n1,pass,pass\n2,fail,pass\n", "--level", "nominal")

    assert found["position"]["flips"]["undefined"] == "the file has no column 'judge_swapped'"
    assert found["verbosity"]["undefined"] == "the file has no column 'length'"
    assert found["maps"] == {"undefined": "the file has no column 'confidence'"}


def test_length_and_maps_are_told_and_do_not_depend_on_the_order_of_rows(judge):
    lines = many(
        lambda n: f"{n},{'pass' if n % 3 else 'fail'},{'pass' if n % 2 else 'fail'},0.{5 + n % 4},{100 + 7 * n % 90}\n",
        120,
    ).splitlines()
    header = "unit,human,judge,confidence,length"

    first, again = (
        json.loads(judge("\n".join([header, *rows]), "--level", "nominal", "--bootstrap", "50", "--json"))
        for rows in (lines, lines[::-1])
    )

    assert again == first
    assert first["verbosity"]["low"] < first["verbosity"]["value"] < first["verbosity"]["high"]
    assert first["maps"]["platt"]["map"]["kind"] == "platt"
    assert first["maps"]["isotonic"]["ece_after"]["value"] < first["maps"]["isotonic"]["ece_before"]["value"]


def test_weights_are_used_and_said(document):
    found = document("unit,human,judge,weight\n1,a,a,1\n2,b,a,9\n3,b,b,10\n", "--level", "nominal")

    assert found["percent_agreement"]["value"] == pytest.approx(11 / 20)
    assert "not weighted" in found["alpha"]["flags"]
    assert "weighted, except alpha and the confusion" in found["filter"]


def test_table_shows_confusion_and_reliability_with_intervals(judge):
    text = judge(JUDGED, "--level", "ordinal")

    assert "human \\ judge" in text
    assert "(0.80, 0.90]      2   0.900  1.000 (0.342 to 1.000; n 2)" in text


@pytest.mark.parametrize(
    ("content", "options", "line"),
    [
        ("", [], "The file is empty"),
        ("unit,human\n1,a\n", [], "The column 'judge' is missing"),
        ("unit,human,judge,confidnce\n1,a,a,1\n", [], "Unknown column 'confidnce'; did you mean 'confidence'"),
        ("unit,human,judge\n1,a,a\n1,a,b\n", [], "Line 3: unit: '1' is on line 2 too"),
        ("unit,human,judge\n1,a,c\n", ["--categories", "a,b"], "Line 2: judge: 'c' is not declared"),
        ("unit,human,judge,confidence\n1,a,a,1.2\n", [], "Line 2: confidence: is 1.2"),
        ("unit,human,judge\n1,a,a\n", ["--bins", "0"], "--bins is 0"),
        ("unit,human,judge,length\n1,a,a,0\n", [], "Line 2: length: is 0"),
        ("unit,human,judge\n1,a,a\n", ["--passing", "good"], "--passing names 'good'"),
        ("unit,human,judge\n1,a,b\n", ["--sides", "a"], "--sides names two labels"),
    ],
)
def test_bad_input_is_refused_with_the_line_or_field(judge, content, options, line):
    with pytest.raises(CommandError) as error:
        judge(content, "--level", "nominal", *options)

    assert error.value.returncode == 2
    assert line in str(error.value)
    assert "\n" not in str(error.value)
