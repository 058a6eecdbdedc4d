"""`manage.py certify`: labels from a file, three states, what a project promises, bad files."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from tests.services.certifying import label_audit_items, look, plan

CLEAN = "score,wrong\n" + "0.9,0\n" * 60 + "0.4,1\n" * 20 + "0.4,\n" * 10


@pytest.fixture
def certify(tmp_path):
    def run(content, *options, name="scored.csv"):
        path = tmp_path / name
        path.write_text(content)
        stdout = io.StringIO()
        status = 0
        try:
            call_command("certify", "--file", str(path), *options, stdout=stdout)
        except CommandError as error:
            status = error.returncode
            if status == 2:
                raise
        return status, stdout.getvalue()

    return run


def test_clean_scores_are_certified_and_loose_ones_are_not(certify):
    status, printed = certify(CLEAN, "--json")

    found = json.loads(printed)
    assert (status, found["state"], found["threshold"], found["naive_threshold"]) == (0, "certified", 0.9, 0.9)
    assert (found["n_rows"], found["n_labels"], found["n_left_out"]) == (90, 80, 0)
    assert [(step["threshold"], step["n"], step["p"] is not None) for step in found["steps"]] == [
        (0.9, 60, True),
        (0.4, 80, True),
    ]


def test_nothing_certified_is_null_and_1(certify):
    status, printed = certify("score,wrong\n" + "0.9,0\n" * 30, "--json")

    found = json.loads(printed)
    assert (status, found["state"], found["threshold"], found["n_more"]) == (1, "inconclusive", None, 15)


def test_table_is_for_people(certify):
    _, printed = certify(CLEAN)

    assert "certified at 0.9: at most 5 % wrong with 90 % confidence, on 80 labels" in printed
    assert "by hand: 0.9" in printed


def test_routed_rows_are_thinned_and_clusters_count_once(certify):
    rows = ["0.9,0,0.1,0.05,a", "0.9,0,0.1,0.01,a", "0.2,1,1,0.5,", "0.2,1,1,0.02,"]

    _, printed = certify("score,wrong,inclusion_probability,draw,cluster\n" + "\n".join(rows) + "\n", "--json")

    found = json.loads(printed)
    assert (found["n_labels"], found["n_left_out"]) == (2, 2)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("score\n0.5\n", "'wrong' is missing"),
        ("score,wrong\n0.5,maybe\n", "neither 1 nor 0"),
        ("score,wrong\nnan,1\n", "not a number"),
        ("score,wrong,draw\n0.5,1,0.1\n", "come together"),
        ("score,wrong,inclusion_probability,draw\n0.5,1,0.1,0.3\n", "was not drawn"),
        ("score,wrong,clustr\n0.5,1,a\n", "did you mean 'cluster'"),
    ],
)
def test_what_cannot_be_read_is_2_and_names_the_place(certify, content, words):
    with pytest.raises(CommandError, match=words):
        certify(content)


@pytest.mark.parametrize("options", [["--target", "0"], ["--confidence", "1"]])
def test_promise_out_of_range_is_refused(certify, options):
    with pytest.raises(CommandError):
        certify(CLEAN, *options)


def test_project_or_file_is_asked_for():
    with pytest.raises(CommandError, match="one of them"):
        call_command("certify")


def test_project_tells_what_its_newest_look_found(world, monkeypatch):
    monkeypatch.setattr("labeling.services.thresholds.LEAST_SCORES", 2)
    label_audit_items(world, sure=[False] * 4)
    look(world, plan(world))
    stdout = io.StringIO()

    call_command("certify", "shop", "--json", stdout=stdout)

    (found,) = json.loads(stdout.getvalue())["certificates"]
    assert (found["state"], found["threshold"], found["is_in_force"], found["lapsed"]) == ("certified", 1.0, True, None)


def test_project_without_a_certificate_sends_all_to_people(world):
    with pytest.raises(CommandError, match="everything goes to people") as refused:
        call_command("certify", "shop", stdout=io.StringIO())
    assert refused.value.returncode == 1
    with pytest.raises(CommandError, match="no project 'nowhere'"):
        call_command("certify", "nowhere")
