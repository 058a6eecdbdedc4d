"""`manage.py agreement`: the contract's keys, its exit codes, and one clear line for every bad file."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

ROOT = Path(__file__).resolve().parents[2]
KEYS = {
    *("level", "categories", "n_units", "n_units_pairable", "n_raters", "n_values", "percent_agreement"),
    *("krippendorff_alpha", "fleiss_kappa", "gwet_ac1", "gwet_ac2_linear", "gwet_ac2_quadratic", "brennan_prediger"),
    *("pairs", "method", "replicates", "seed", "filter"),
}
ESTIMATE_KEYS = {"value", "low", "high", "n", "undefined", "flags"}
# Krippendorff (2011), section C.
FOUR_BY_TWELVE = """unit,ann,bob,cleo,dan
1,1,1,,1
2,2,2,3,2
3,3,3,3,3
4,3,3,3,3
5,2,2,2,2
6,1,2,3,4
7,4,4,4,4
8,1,1,2,1
9,2,2,2,2
10,,5,5,5
11,,,1,1
12,,3,,
"""


@pytest.fixture
def agreement(tmp_path):
    """The JSON document of a file with this content."""

    def run(content, *options, name="labels.csv"):
        return json.loads(run_text(tmp_path, content, *options, "--json", name=name))

    return run


@pytest.fixture
def refusal(tmp_path):
    """The one line with which a file is refused, having made sure that its exit code is 2."""

    def run(content, *options, name="labels.csv"):
        with pytest.raises(CommandError) as error:
            run_text(tmp_path, content, *options, name=name)
        assert error.value.returncode == 2
        assert "\n" not in str(error.value)
        return str(error.value)

    return run


def run_text(folder, content, *options, name="labels.csv"):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    stdout = io.StringIO()
    call_command("agreement", str(path), *options, stdout=stdout)
    return stdout.getvalue()


def test_document_has_the_keys_of_the_contract(agreement):
    document = agreement(FOUR_BY_TWELVE, "--level", "nominal", "--bootstrap", "50")

    assert set(document) == KEYS
    assert set(document["percent_agreement"]) == {"pooled", "per_unit", "value_weighted", "unanimous"}
    assert set(document["krippendorff_alpha"]) == ESTIMATE_KEYS
    pair_keys = {"a", "b", "n", "percent", "kappa", "kappa_linear", "kappa_quadratic"}
    assert {frozenset(pair) for pair in document["pairs"]} == {frozenset(pair_keys)}
    assert [(pair["a"], pair["b"]) for pair in document["pairs"][:3]] == [
        ("ann", "bob"),
        ("ann", "cleo"),
        ("ann", "dan"),
    ]


def test_the_other_coefficients_are_beside_alpha(agreement):
    document = agreement(FOUR_BY_TWELVE, "--level", "ordinal", "--bootstrap", "0")

    others = ("fleiss_kappa", "gwet_ac1", "gwet_ac2_linear", "gwet_ac2_quadratic", "brennan_prediger")
    # irrCAC 1.0 on these ratings.
    assert [round(document[name]["value"], 3) for name in others] == [0.761, 0.775, 0.859, 0.914, 0.773]


@pytest.mark.parametrize(
    ("level", "published"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849), ("ratio", 0.797)]
)
def test_published_alphas(agreement, level, published):
    document = agreement(FOUR_BY_TWELVE, "--level", level, "--bootstrap", "100")

    alpha = document["krippendorff_alpha"]
    assert alpha["value"] == pytest.approx(published, abs=5e-4)
    assert alpha["low"] < alpha["value"] < alpha["high"]
    counts = [document[key] for key in ("n_units", "n_units_pairable", "n_raters", "n_values")]
    assert counts == [12, 11, 4, 41]
    assert document["categories"] == ["1", "2", "3", "4", "5"]


def test_long_file_gives_the_same_document(agreement):
    header, *lines = FOUR_BY_TWELVE.strip().splitlines()
    raters = header.split(",")[1:]
    long = "unit,rater,value\n"
    for line in lines:
        unit, *labels = line.split(",")
        long += "".join(f"{unit},{rater},{label}\n" for rater, label in zip(raters, labels, strict=True))

    options = ("--level", "ordinal", "--bootstrap", "100")

    assert agreement(long, *options) == agreement(FOUR_BY_TWELVE, *options)


def test_row_and_column_order_change_nothing(agreement):
    header, *lines = [line.split(",") for line in FOUR_BY_TWELVE.strip().splitlines()]
    turned = "\n".join(",".join([row[0], *row[:0:-1]]) for row in (header, *lines[::-1])) + "\n"

    options = ("--level", "interval", "--bootstrap", "100")

    assert agreement(turned, *options) == agreement(FOUR_BY_TWELVE, *options)


def test_no_bootstrap_no_interval(agreement):
    document = agreement(FOUR_BY_TWELVE, "--level", "nominal", "--bootstrap", "0")

    text = json.dumps(document)
    assert '"low": null' in text
    assert not [part for part in text.split('"low": ')[1:] if not part.startswith("null")]
    assert document["replicates"] == 0


def test_seed_is_said_and_moves_only_the_interval(agreement):
    one, other = (agreement(FOUR_BY_TWELVE, "--level", "nominal", "--seed", seed) for seed in ("1", "2"))

    assert (one["seed"], other["seed"]) == (1, 2)
    assert one["krippendorff_alpha"]["value"] == other["krippendorff_alpha"]["value"]
    assert one["krippendorff_alpha"]["low"] != other["krippendorff_alpha"]["low"]


def test_cluster_column_is_no_rater_and_widens(agreement):
    rows = [(f"{case}-{turn}", f"c{case}", case % 7 == 0) for case in range(60) for turn in range(4)]
    content = "unit,case,ann,bob\n" + "".join(
        f"{unit},{case},{'a' if int(case[1:]) % 2 else 'b'},{'a' if (int(case[1:]) % 2) != flips else 'b'}\n"
        for unit, case, flips in rows
    )
    naive = "unit,ann,bob\n" + "".join(
        ",".join([cells[0], *cells[2:]]) + "\n" for cells in (line.split(",") for line in content.splitlines()[1:])
    )

    clustered = agreement(content, "--level", "nominal", "--cluster", "case")
    plain = agreement(naive, "--level", "nominal")

    assert clustered["n_raters"] == 2
    wide, narrow = (document["krippendorff_alpha"] for document in (clustered, plain))
    assert wide["value"] == narrow["value"]
    assert wide["high"] - wide["low"] > 1.5 * (narrow["high"] - narrow["low"])
    assert "clusters by case" in clustered["method"]


def test_declared_words_have_ranks(agreement):
    content = "unit,ann,bob\n" + "1,low,mid\n2,mid,mid\n3,high,mid\n4,low,low\n"

    document = agreement(content, "--level", "ordinal", "--categories", "low,mid,high", "--bootstrap", "0")

    assert document["categories"] == ["low", "mid", "high"]
    assert document["pairs"][0]["kappa_linear"]["value"] is not None


@pytest.mark.parametrize(
    ("content", "undefined"),
    [
        ("unit,ann\n1,a\n2,b\n", "there is only one rater"),
        ("unit,ann,bob\n1,a,\n2,,b\n", "no unit was rated by two raters"),
        ("unit,ann,bob\n1,a,a\n2,a,a\n", "every rating of a unit with two or more was 'a'"),
    ],
    ids=["one rater", "no overlap", "one category"],
)
def test_what_cannot_be_computed_has_a_reason_and_is_never_nan(agreement, content, undefined):
    document = agreement(content, "--level", "nominal", "--bootstrap", "50")

    alpha = document["krippendorff_alpha"]
    assert (alpha["value"], alpha["low"], alpha["high"]) == (None, None, None)
    assert alpha["undefined"] == undefined
    assert "NaN" not in json.dumps(document)


@pytest.mark.parametrize(
    ("content", "options", "line"),
    [
        ("", ["--level", "nominal"], "The file is empty"),
        ("unit,rater,value\n", ["--level", "nominal"], "has no row"),
        (
            "unit,ann,bob\n1,a,x\n2,b,y\n",
            ["--level", "nominal", "--categories", "a,b"],
            "Line 2: value: 'x' is not declared",
        ),
        ("unit,ann\n1,good\n", ["--level", "ratio"], "Line 2: value: 'good' is not a number"),
        ("unit,ann\n1,2\n2,-3\n", ["--level", "ratio"], "Line 3: value: '-3' is negative"),
        ("unit,ann\n1,low\n2,high\n", ["--level", "ordinal"], "declare the categories in their order"),
        ("unit,ann\n1,a\n", ["--level", "nominal", "--categories", "a"], "two or more categories"),
        ("unit,ann\n1,1\n", ["--level", "interval", "--categories", "1,two"], "'two' is not a number"),
        (
            "unit,rater,value\n1,ann,a\n1,ann,b\n",
            ["--level", "nominal"],
            "Line 3: rater: 'ann' labelled unit '1' on line 2",
        ),
        ("unit,ann\n1,a\n", ["--level", "nominal", "--cluster", "case"], "no column 'case' to cluster by"),
        ("unit,rater,valeu\n1,ann,a\n", ["--level", "nominal"], "no 'value'"),
        (b"unit,ann\n1,\xe9\n", ["--level", "nominal"], "Line 2: is not UTF-8"),
        ("unit,ann\n1,a\n", ["--level", "nominal", "--bootstrap", "-1"], "--bootstrap is -1"),
        ("unit,ann\n1,a\n", ["--level", "nominal", "--seed", "-1"], "--seed is -1"),
    ],
)
def test_bad_input_is_refused_with_the_line_or_field(refusal, content, options, line):
    assert line in refusal(content, *options)


def test_all_bad_values_are_counted(refusal):
    content = "unit,ann\n" + "".join(f"{n},{'?' if n % 10 == 0 else n}\n" for n in range(100))

    assert "; 9 more: line 12, 22, 32, 42, 52, 62, 72, 82, 92." in refusal(content, "--level", "interval")


def test_unknown_level_is_refused():
    with pytest.raises(CommandError, match="invalid choice: 'normal'"):
        call_command("agreement", "labels.csv", "--level", "normal")


@pytest.mark.parametrize(("rule", "agreed"), [("first", 1.0), ("latest", 0.5)])
def test_second_labels_count_by_a_stated_rule(agreement, rule, agreed):
    content = "unit,rater,value\n1,ann,a\n1,bob,a\n2,ann,b\n2,bob,b\n2,bob,a\n"

    document = agreement(content, "--level", "nominal", "--duplicates", rule)

    assert document["percent_agreement"]["pooled"]["value"] == agreed
    assert f"of 1 labelled twice by a rater the {rule} label counts" in document["filter"]


def test_columns_that_are_not_read_are_named(agreement):
    document = agreement("unit,rater,value,note\n1,ann,a,x\n1,bob,a,y\n", "--level", "nominal")

    assert "columns not read: note" in document["filter"]


def test_table_has_an_interval_and_n_beside_every_number(tmp_path):
    text = run_text(tmp_path, FOUR_BY_TWELVE, "--level", "ordinal")

    assert "Krippendorff alpha              0.815 (0.4" in text
    assert "n 11; fewer than 30 units)" in text
    assert "kappa, ann and bob" in text


def test_table_lists_twenty_values_and_counts_the_rest(tmp_path):
    content = "unit,ann,bob\n" + "".join(f"{n},{n},{n + 1}\n" for n in range(50))

    text = run_text(tmp_path, content, "--level", "interval")

    assert "18, 19 and 31 more\n" in text


def test_mismatch_between_kernel_and_package_fails_the_run(tmp_path, monkeypatch):
    monkeypatch.setattr("krippendorff.alpha", lambda **_: 0.5)

    with pytest.raises(CommandError, match="report this as a bug") as error:
        run_text(tmp_path, FOUR_BY_TWELVE, "--level", "nominal")

    assert error.value.returncode == 1


@pytest.mark.parametrize(("content", "exit_code"), [(FOUR_BY_TWELVE, 0), ("unit,ann\n1,x\n", 2)])
def test_stdout_holds_the_document_and_nothing_else(tmp_path, content, exit_code):
    (tmp_path / "labels.csv").write_text(content)

    result = subprocess.run(
        [sys.executable, ROOT / "manage.py", "agreement", tmp_path / "labels.csv", "--level", "interval", "--json"],
        env=os.environ | {"REVIEWAPP_DEMO": "1", "REVIEWAPP_VAR": str(tmp_path / "var")},
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert result.returncode == exit_code
    if exit_code == 0:
        assert set(json.loads(result.stdout)) == KEYS
        assert result.stderr == ""
    else:
        assert result.stdout == ""
        assert len(result.stderr.splitlines()) == 1
        assert "Line 2: value: 'x' is not a number" in result.stderr
