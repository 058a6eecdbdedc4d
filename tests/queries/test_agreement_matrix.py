"""The labels of a run as a table, from which a file gives the numbers that the page shows."""

import csv
import io
import json
from datetime import timedelta

import pytest
from django.core.management import call_command

from labeling.formats.writing import write_csv
from labeling.queries.agreement_matrix import matrix_of
from labeling.queries.ratings import filter_named
from labeling.services.duties import grant_qualification
from tests.queries.runs import label_twice, question_of, run_of, settle
from tests.world import chat_row


def agreement_of_file(path, question, run, *options):
    """What `manage.py agreement` says of a file, with the options that the run was made with."""
    stdout = io.StringIO()
    given = ("--level", question["level"], "--categories", ",".join(question["categories"]), "--seed", str(run.seed))
    call_command("agreement", str(path), *given, "--bootstrap", str(run.replicates), *options, "--json", stdout=stdout)
    return json.loads(stdout.getvalue())


def write_matrix(path, run, key):
    matrix = matrix_of(run, key)
    path.write_text("".join(write_csv(matrix.columns, matrix.rows)), encoding="utf-8", newline="")
    return matrix


SAME = (
    *("n_units", "n_units_pairable", "n_raters", "n_values", "percent_agreement", "krippendorff_alpha"),
    *("fleiss_kappa", "gwet_ac1", "gwet_ac2_linear", "gwet_ac2_quadratic", "brennan_prediger"),
)


@pytest.mark.parametrize("key", ["verdict", "correct", "complete"])
def test_manage_py_agreement_and_the_page_agree_for_the_same_data(world, clock, tmp_path, key):
    label_twice(world, n_items=10, n_disputed=0)
    world.import_votes(*((f"r-{number}", "kim, of Bath", "correct", "no") for number in range(4)))
    world.import_votes(*((f"r-{number}", "kim, of Bath", "complete", "2") for number in range(3, 7)), file_name="b.csv")
    settle(world, clock)
    run = run_of(world)
    path = tmp_path / "matrix.csv"

    matrix = write_matrix(path, run, key)

    question = question_of(run, key)
    document = agreement_of_file(path, question, run)
    assert not matrix.raters_are_numbered
    assert {name: document[name] for name in SAME} == {name: question[name] for name in SAME}
    assert document["pairs"] == question["pairs"]


def test_items_of_one_conversation_are_drawn_together_by_the_file_as_by_the_run(world, clock, tmp_path):
    world.set_queue(overlap=2, breaks_ties=False)
    world.ingest(
        *(chat_row(f"r-{number}", cluster=f"talk {9 - number // 2}") for number in range(12)), chat_row("lone")
    )
    for number in range(13):
        world.review_next(world.ana, verdict=("approve", "reject")[number % 2])
        world.review_next(world.ben, verdict=("approve", "reject")[number % 3 == 0])
    run = run_of(world)
    path = tmp_path / "matrix.csv"

    matrix = write_matrix(path, run, "verdict")

    question = question_of(run, "verdict")
    assert "conversations" in run.method
    assert [column.name for column in matrix.columns[:2]] == ["unit", "cluster"]
    document = agreement_of_file(path, question, run, "--cluster", "cluster")
    assert {name: document[name] for name in SAME} == {name: question[name] for name in SAME}


def test_labels_on_an_item_that_is_not_settled_stand_apart_and_what_counts_labels_stays_the_same(
    world, clock, tmp_path
):
    label_twice(world)
    settle(world, clock)
    run = run_of(world)
    path = tmp_path / "matrix.csv"

    matrix = write_matrix(path, run, "correct")

    question, rows = question_of(run, "correct"), list(csv.DictReader(io.StringIO(path.read_text())))
    document = agreement_of_file(path, question, run)
    assert matrix.hides_raters
    assert [column.name for column in matrix.columns] == ["unit", "ana", "ben", "not_settled_1", "not_settled_2"]
    of_disputed = next(row for row in rows if row["unit"] == "r-0")
    assert (of_disputed["ana"], of_disputed["ben"]) == ("", "")
    assert (of_disputed["not_settled_1"], of_disputed["not_settled_2"]) == ("no", "yes")
    counted = [name for name in SAME if name != "n_raters"]
    assert {name: document[name] for name in counted} == {name: question[name] for name in counted}


def test_experts_labels_on_an_item_that_is_not_settled_are_left_out(world, clock):
    day = world.now.date() + timedelta(days=30)
    expert = world.rater(world.ana)
    grant_qualification(world.queue, expert, reason="Trained.", last_day=day, actor=world.olga, now=world.now)
    label_twice(world)
    settle(world, clock)

    matrix = matrix_of(run_of(world, chosen=filter_named("experts")), "correct")

    assert {row["unit"] for row in matrix.rows}.isdisjoint({"r-0", "r-1"})
    assert [column.name for column in matrix.columns] == ["unit", "ana"]


@pytest.mark.parametrize("name", ["cluster", "value", "=1+1", "@ana"])
def test_a_rater_whose_name_a_table_would_misread_goes_by_a_number(world, clock, name):
    label_twice(world, n_disputed=0)
    settle(world, clock)
    world.import_votes(("r-0", name, "correct", "no"))

    matrix = matrix_of(run_of(world), "correct")

    assert matrix.raters_are_numbered
    assert [column.name for column in matrix.columns] == ["unit", "rater_1", "rater_2", "rater_3"]


def test_items_of_two_systems_with_one_id_are_two_units(world):
    world.ingest(chat_row("r-1"), chat_row("r-1", source_system="shop/web"))
    for _ in range(2):
        world.review_next(world.ana)

    units = [row["unit"] for row in matrix_of(run_of(world), "verdict").rows]

    assert units == ["helpdesk/r-1", "shop%2Fweb/r-1"]
