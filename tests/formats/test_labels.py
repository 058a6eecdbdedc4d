"""Label files: long, wide and a judge's; every format; every way in which a row can be wrong, named by its line."""

import builtins
import json

import pytest

from labeling.formats.judgements import read_judgements
from labeling.formats.labels import find_duplicates, keep_one, read_labels, refuse_duplicates
from labeling.formats.lines import BadFile
from labeling.formats.plans import read_plan
from labeling.formats.records import read_records

LONG = "unit,rater,value\nu1,ann,a\nu1,bob,b\nu2,ann,\n"
LONG_JSON = """{"unit": "u1", "rater": "ann", "value": "a"}

{"unit": "u1", "rater": "bob", "value": "b"}
{"unit": "u2", "rater": "ann", "value": null}
"""
WIDE = "unit,ann,bob\nu1,a,b\nu2,,\n"


@pytest.fixture
def file_with(tmp_path):
    def write(content, name="labels.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def triples(labels):
    return [(row.unit, row.rater, row.value) for row in labels.rows]


@pytest.mark.parametrize("content", [LONG, WIDE], ids=["long", "wide"])
def test_long_and_wide_say_the_same(file_with, content):
    labels = read_labels(file_with(content))

    assert triples(labels) == [("u1", "ann", "a"), ("u1", "bob", "b")]


def test_empty_cells_are_missing_labels_and_counted(file_with):
    assert read_labels(file_with(LONG)).n_missing == 1
    assert read_labels(file_with(WIDE)).n_missing == 2


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("labels.tsv", LONG.replace(",", "\t")),
        ("labels.CSV", "\ufeff" + LONG.replace("\n", "\r\n")),
        ("labels.jsonl", LONG_JSON),
        ("wide.jsonl", '{"unit": "u1", "ann": "a", "bob": "b"}\n{"unit": "u2"}\n'),
    ],
)
def test_every_format_says_the_same(file_with, name, content):
    assert triples(read_labels(file_with(content, name))) == [("u1", "ann", "a"), ("u1", "bob", "b")]


def test_typed_numbers_are_spelt_as_a_table_would(file_with):
    rows = [{"unit": 7, "rater": "ann", "value": value} for value in (1, 2.0, 2.5, True)]
    content = "".join(json.dumps(row | {"rater": f"r{n}"}) + "\n" for n, row in enumerate(rows))

    labels = read_labels(file_with(content, "labels.jsonl"))

    assert [(row.unit, row.value) for row in labels.rows] == [("7", "1"), ("7", "2"), ("7", "2.5"), ("7", "true")]


def test_parquet_says_the_same(tmp_path):
    pyarrow = pytest.importorskip("pyarrow", reason="the extra 'parquet' is not installed")
    from pyarrow import parquet

    table = pyarrow.table({"unit": ["u1", "u2"], "ann": [1, None], "bob": [2.0, float("nan")]})
    parquet.write_table(table, tmp_path / "labels.parquet")

    assert triples(read_labels(tmp_path / "labels.parquet")) == [("u1", "ann", "1"), ("u1", "bob", "2")]


def test_broken_parquet_is_named(file_with):
    pytest.importorskip("pyarrow", reason="the extra 'parquet' is not installed")

    with pytest.raises(BadFile, match=r"labels.parquet cannot be read as Parquet"):
        read_labels(file_with("PAR1 not really", "labels.parquet"))


def test_parquet_without_pyarrow_names_the_extra(file_with, monkeypatch):
    real_import = builtins.__import__

    def import_without_pyarrow(name, *arguments, **options):
        if name.startswith("pyarrow"):
            raise ImportError(name)
        return real_import(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", import_without_pyarrow)

    with pytest.raises(BadFile, match=r"the extra 'parquet'.*or save the file as CSV"):
        read_labels(file_with("PAR1", "labels.parquet"))


def test_cluster_column_is_no_rater(file_with):
    labels = read_labels(file_with("unit,case,ann\nu1,c1,a\nu2,c1,b\n"), cluster_column="case")

    assert [(row.rater, row.cluster) for row in labels.rows] == [("ann", "c1"), ("ann", "c1")]


def test_further_columns_of_a_long_file_are_named(file_with):
    labels = read_labels(file_with("unit,rater,value,note\nu1,ann,a,hm\n"))

    assert labels.ignored == ("note",)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "The file is empty"),
        ("unit,rater,value\n", "has no row"),
        ("item,rater,value\nu1,ann,a\n", "The column 'unit' is missing"),
        ("unit,rater,label\nu1,ann,a\n", "a column 'rater' and no 'value'"),
        ("unit,reviewer,value\nu1,ann,a\n", "a column 'value' and no 'rater'"),
        ("unit\nu1\n", "no column but 'unit'"),
        ("unit,ann,ann\nu1,a,b\n", "'ann' is in the header twice"),
        ("unit,rater,value\n,ann,a\n", "Line 2: unit: is empty"),
        ("unit,rater,value\nu1,,a\n", "Line 2: rater: is empty"),
        ("unit,ann\nu1,a\nu1,b\n", "Line 3: unit: 'u1' is on line 2 too"),
        ("unit,rater,value\nu1,ann\nu2,ann,a\nu3\n", r"Line 2: .*2 cells and the header 3.*; 1 more: line 4\."),
        (b"unit,rater,value\nu1,ann,\xff\n", "Line 2: is not UTF-8 at byte 8"),
        ("unit,rater,value\nu1,ann,a\n".encode("utf-16"), "UTF-16"),
        ("unit,rater,value\nu1,ann,a\0\n", "NUL character"),
        ('unit,rater,value\nu1,ann,"a\n', "never closed"),
    ],
)
def test_bad_file_is_refused_in_one_line(file_with, content, message):
    with pytest.raises(BadFile, match=message) as refusal:
        read_labels(file_with(content))

    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"unit": "u1", "rater": "ann", "value": ["a"]}\n', "Line 1: value: is a list"),
        ('{"unit": "u1"\n', "Line 1: is not JSON"),
        ('["u1"]\n', "Line 1: must be a JSON object"),
        ('{"unit": "u1", "rater": "ann", "value": NaN}\n', "NaN is not a JSON number"),
        ('{"unit": "u1", "rater": "ann", "value": 1e999}\n', "value: is not a finite number"),
        ("", "has no row"),
    ],
)
def test_bad_json_lines_are_refused_in_one_line(file_with, content, message):
    with pytest.raises(BadFile, match=message):
        read_labels(file_with(content, "labels.jsonl"))


def test_unknown_suffix_names_the_known(file_with):
    with pytest.raises(BadFile, match=r"known are .csv, .tsv"):
        read_labels(file_with(LONG, "labels.xlsx"))


def test_missing_file_is_named(tmp_path):
    with pytest.raises(BadFile, match=r"none.csv cannot be opened"):
        read_labels(tmp_path / "none.csv")


def test_folder_is_refused(tmp_path):
    (tmp_path / "labels.csv").mkdir()

    with pytest.raises(BadFile, match="is a folder"):
        read_labels(tmp_path / "labels.csv")


def test_unknown_cluster_column_is_refused(file_with):
    with pytest.raises(BadFile, match="no column 'cse' to cluster by; did you mean 'case'"):
        read_labels(file_with("unit,case,ann\nu1,c1,a\n"), cluster_column="cse")


@pytest.mark.parametrize("name", ["unit", "rater", "value"])
def test_column_of_the_labels_is_no_cluster(file_with, name):
    with pytest.raises(BadFile, match="cannot be the cluster"):
        read_labels(file_with(LONG), cluster_column=name)


def test_unit_in_two_clusters_is_named(file_with):
    content = "unit,rater,value,case\nu1,ann,a,c1\nu1,bob,a,c2\n"

    with pytest.raises(BadFile, match="Line 3: case: unit 'u1' is in 'c2', and on line 2 in 'c1'"):
        read_labels(file_with(content), cluster_column="case")


def test_empty_cluster_is_named(file_with):
    with pytest.raises(BadFile, match="Line 2: case: is empty"):
        read_labels(file_with("unit,rater,value,case\nu1,ann,a,\n"), cluster_column="case")


def test_garbage_rows_are_all_counted_and_ten_of_them_named(file_with):
    rows = [f"u{n},ann,a" if n % 10 else f"u{n}" for n in range(200)]

    with pytest.raises(BadFile) as refusal:
        read_labels(file_with("unit,rater,value\n" + "\n".join(rows) + "\n"))

    assert str(refusal.value).startswith("Line 2: ")
    assert str(refusal.value).endswith("; 19 more: line 12, 22, 32, 42, 52, 62, 72, 82, 92, 102 and 9 others.")


DOUBLED = "unit,rater,value\nu1,ann,a\nu1,bob,b\nu1,ann,c\n"


def test_second_label_of_a_rater_on_a_unit_is_named(file_with):
    rows = read_labels(file_with(DOUBLED)).rows

    assert [(earlier.number, later.number) for earlier, later in find_duplicates(rows)] == [(2, 4)]
    with pytest.raises(BadFile, match="Line 4: rater: 'ann' labelled unit 'u1' on line 2 too"):
        refuse_duplicates(rows)


@pytest.mark.parametrize(("keep", "value"), [("first", "a"), ("latest", "c")])
def test_one_of_two_labels_counts_by_a_stated_rule(file_with, keep, value):
    kept = keep_one(read_labels(file_with(DOUBLED)).rows, keep=keep)

    assert {(row.rater, row.value) for row in kept} == {("ann", value), ("bob", "b")}


def test_records_keep_only_filled_cells(file_with):
    records = read_records(file_with("unit,ann,bob\nu1, a ,\n"))

    assert records.columns == ("unit", "ann", "bob")
    assert records.rows[0].cells == {"unit": "u1", "ann": "a"}


def test_judgements_are_read(file_with):
    judged = read_judgements(file_with("unit,human,judge,confidence,weight,note\nu1,a,b,0.9,2,17\nu2,a,,,1,3\n"))

    first, second = judged.rows
    assert (first.human, first.judge, first.confidence, first.weight) == ("a", "b", 0.9, 2.0)
    assert (second.judge, second.confidence) == ("", None)
    assert judged.ignored == ("note",)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("unit,human\nu1,a\n", "The column 'judge' is missing"),
        ("unit,human,judge,confidnce\nu1,a,b,0.4\n", "Unknown column 'confidnce'; did you mean 'confidence'"),
        ("unit,human,judge,confidence\nu1,a,b,90\n", "Line 2: confidence: is 90 but must be from 0 to 1"),
        ("unit,human,judge,confidence\nu1,a,b,high\n", "Line 2: confidence: 'high' is not a number"),
        ("unit,human,judge,confidence\nu1,a,b,nan\n", "Line 2: confidence: 'nan' is not a number"),
        ("unit,human,judge,weight\nu1,a,b,0\n", "Line 2: weight: is 0 but must be above 0"),
        ("unit,human,judge,weight\nu1,a,b,inf\n", "Line 2: weight: is inf"),
        ("unit,human,judge,weight\nu1,a,b,\n", "Line 2: weight: is empty"),
        ("unit,human,judge\nu1,a,b\nu1,a,a\n", "Line 3: unit: 'u1' is on line 2 too"),
    ],
)
def test_bad_judgements_are_refused_in_one_line(file_with, content, message):
    with pytest.raises(BadFile, match=message):
        read_judgements(file_with(content))


PLAN = {
    "tiers": [{"tier": "high", "items": 2000, "review_fraction": 0.1, "minutes_per_item": 3}],
    "productive_minutes_per_reviewer": 360,
    "utilisation": 0.85,
    "shrinkage": 0.1,
}


def test_plan_is_read_exactly(file_with):
    plan = read_plan(file_with(json.dumps(PLAN), "plan.json"))

    name, items, fraction, minutes, overlap, gold_share, repeat_share = plan.tiers[0]
    assert name == "high"
    assert items * fraction * minutes == 600
    assert (overlap, gold_share, repeat_share) == (1, 0, 0)
    assert plan.productive_minutes_per_reviewer * plan.utilisation * 10 == 3060


def test_plan_may_leave_out_utilisation_and_shrinkage(file_with):
    short = {key: PLAN[key] for key in ("tiers", "productive_minutes_per_reviewer")}

    plan = read_plan(file_with(json.dumps(short), "plan.json"))

    assert (plan.utilisation, plan.shrinkage) == (1, 0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"tiers": []}, "tiers: is empty"),
        ({"tiers": "many"}, "tiers: must be a list"),
        ({"tiers": [PLAN["tiers"][0], PLAN["tiers"][0]]}, r"tiers\[1\].tier: 'high' is there twice"),
        ({"tiers": [{"tier": "a"}]}, r"tiers\[0\].items: is required"),
        ({"tiers": [PLAN["tiers"][0] | {"items": -1}]}, r"tiers\[0\].items: is -1 but must be 0 or more"),
        ({"tiers": [PLAN["tiers"][0] | {"items": "9"}]}, r"tiers\[0\].items: must be a number, not text"),
        ({"tiers": [PLAN["tiers"][0] | {"items": True}]}, r"tiers\[0\].items: must be a number, not true"),
        ({"tiers": [PLAN["tiers"][0] | {"review_fraction": 1.1}]}, "review_fraction: is 1.1 .* at most 1"),
        ({"tiers": [PLAN["tiers"][0] | {"items": 1e300}]}, "items: is 1e.300 but must be 0 or more and at most"),
        ({"tiers": [PLAN["tiers"][0] | {"items": 10**400}]}, "items: is 1.00000e.400 but must be"),
        ({"productive_minutes_per_reviewer": 0}, "productive_minutes_per_reviewer: is 0 but must be above 0"),
        ({"utilization": 0.9}, "utilization: unknown field 'utilization'; did you mean 'utilisation'"),
        ({"shrinkage": 1}, "shrinkage: is 1, which leaves no minute"),
        ({"shrinkage": float("nan")}, "NaN is not a JSON number"),
    ],
)
def test_bad_plan_names_the_field(file_with, change, message):
    with pytest.raises(BadFile, match=message) as refusal:
        read_plan(file_with(json.dumps(PLAN | change), "plan.json"))

    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is not JSON"),
        ('{"tiers": [{"tier": "a", "items": 1e99999999999999999999}]}', "far beyond"),
        ("[]", "must be a JSON object"),
        (b"\xff\xfe{}", "UTF-16"),
        (b'{"a": "\xff"}', "not UTF-8"),
    ],
)
def test_file_that_holds_no_plan_is_refused(file_with, content, message):
    with pytest.raises(BadFile, match=message):
        read_plan(file_with(content, "plan.json"))
