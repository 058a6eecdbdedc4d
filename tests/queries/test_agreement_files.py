"""The rows behind a run: what became of every label, the labels as a table, and every number as a row."""

import csv
import io
import json
from collections import Counter
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from labeling.formats.writing import write_csv
from labeling.models import Item, QueueEntry
from labeling.policy.errors import Invalid
from labeling.queries.agreement import NUMBER_COLUMNS, number_records, number_rows
from labeling.queries.agreement_diagnosis import DIAGNOSIS_COLUMNS, diagnosis_rows, n_diagnosis_rows
from labeling.queries.agreement_matrix import matrix_of
from labeling.queries.ratings import RatingFilter, filter_named
from labeling.services.agreement import make_agreement_run
from labeling.services.duties import grant_qualification
from labeling.services.queues import expire_leases
from labeling.services.reviews import take_back
from tests.world import BAD, chat_row

FIRST_COLUMNS = (
    *("question", "level", "coefficient", "rater_a", "rater_b"),
    *("value", "low", "high", "n", "undefined", "flags", "week"),
)


def label_twice(world, *, n_items=8, n_disputed=2, **changes):
    """Items labelled by Ana and Ben, who differ on the first few."""
    world.set_queue(overlap=2, breaks_ties=False)
    world.ingest(*(chat_row(f"r-{number}", **changes) for number in range(n_items)))
    for number in range(n_items):
        world.review_next(world.ana)
        differing = {"verdict": "reject", "answers": BAD} if number < n_disputed else {}
        world.review_next(world.ben, **differing)


def settle(world, clock):
    clock.shift(60)
    world.settle_all()
    clock.shift(60)


def run_of(world, **options):
    return make_agreement_run(world.rubric, now=world.now, **{"replicates": 50, **options})


@pytest.fixture
def everything(world, clock):
    """A label of every kind that does not count, beside some that do."""
    label_twice(world)
    world.join(world.olga, "reviewer")
    world.make_gold(chat_row("gold"))
    world.set_queue(overlap=1, gold_share=1.0)
    world.ingest(*(chat_row(f"s-{number}") for number in range(5)))
    world.review_next(world.ana)
    world.set_queue(gold_share=0.0)
    world.review_next(world.olga)
    withdrawn = world.hand_out(world.ana)
    world.submit(withdrawn)
    take_back(withdrawn, now=world.now)
    world.submit(withdrawn, revision=2, verdict="revise")
    lost = world.hand_out(world.ben)
    clock.shift(world.queue.lease_seconds + 60)
    expire_leases(now=world.now)
    while world.hand_out(world.cleo).entry != lost.entry:
        world.review_next(world.cleo)
    assert world.submit(lost, verdict="reject").outcome == "extra"
    world.import_votes(
        ("r-0", "kim", "correct", "no"), ("s-4", "kim", "correct", None), ("s-4", "lee", "correct", "no")
    )
    world.import_votes(("r-1", "kim", "correct", "no"), blind="unknown", file_name="other.csv")
    return world


# --- diagnosis --------------------------------------------------------------------------------------------------------


def counts_of(rows):
    return Counter((row["question"], row["reason"]) for row in rows)


def check_against(run, rows):
    """The file's counts are the run's numbers."""
    counts = counts_of(rows)
    for question in run.numbers["questions"]:
        key = question["key"]
        assert counts[key, "pairable"] + counts[key, "single"] == question["n_values"]
        assert counts[key, "not_applicable"] == question["n_not_applicable"]
    for reason, n in run.numbers["n_excluded"].items():
        left_out = [row for row in rows if row["reason"] == reason]
        is_review = reason != "imported_not_blind"
        assert len({row["review_id"] for row in left_out} if is_review else left_out) == n, reason


def test_every_answer_is_there_and_its_counts_are_those_of_the_run(everything):
    run = run_of(everything)

    rows = list(diagnosis_rows(run))

    check_against(run, rows)
    assert len(rows) == n_diagnosis_rows(run)
    assert {row["reason"] for row in rows} >= {
        *("gold", "withdrawn", "extra", "not_blind", "imported_not_blind", "not_applicable", "pairable", "single"),
    }
    assert all(row["is_used"] == (row["reason"] in ("pairable", "single")) for row in rows)
    assert set(rows[0]) == {column.name for column in DIAGNOSIS_COLUMNS}


def test_a_review_taken_back_later_is_used_in_the_run_made_before(world, clock):
    world.ingest(chat_row("r-1"))
    hand_out = world.hand_out(world.ana)
    world.submit(hand_out)
    run = run_of(world)
    clock.shift(5)
    take_back(hand_out, now=world.now)

    then, now = list(diagnosis_rows(run)), list(diagnosis_rows(run_of(world)))

    check_against(run, then)
    assert {row["reason"] for row in then} == {"single", "not_applicable"}
    assert {row["reason"] for row in now} == {"withdrawn"}


def test_what_came_after_the_run_is_not_in_its_diagnosis(world, clock):
    label_twice(world)
    run = run_of(world)
    before = list(diagnosis_rows(run))
    clock.shift(60)
    world.ingest(chat_row("late"))
    world.review_next(world.cleo)
    world.import_votes(("r-0", "kim", "correct", "no"))

    assert [row | {"rater": ""} for row in diagnosis_rows(run)] == [row | {"rater": ""} for row in before]


def test_a_label_alone_on_its_item_says_in_what_it_is_used(world):
    world.ingest(chat_row("r-1"))
    world.review_next(world.ana)

    row = next(row for row in diagnosis_rows(run_of(world)) if row["question"] == "correct")

    assert (row["reason"], row["used_in"]) == ("single", ("fleiss_kappa_shares", "gwet_ac_shares"))


def test_an_item_that_is_not_settled_names_nobody_and_is_told_by_value(world, clock):
    world.set_queue(overlap=2, breaks_ties=False)
    world.ingest(chat_row("settled"), chat_row("waiting"))
    for user in (world.ana, world.ben):
        world.review_next(user)
    settle(world, clock)
    world.review_next(world.ben, verdict="reject", answers=BAD)
    world.review_next(world.ana)
    waiting = list(diagnosis_rows(run_of(world)))
    settle(world, clock)
    disputed = list(diagnosis_rows(run_of(world)))

    numbers = {f"rater-{world.rater(user).pk}" for user in (world.ana, world.ben)}
    for rows in (waiting, disputed):
        assert {row["rater"] for row in rows if row["external_id"] == "settled"} == numbers
        hidden = [row for row in rows if row["external_id"] == "waiting"]
        assert {row["rater"] for row in hidden} == {""}
        assert [row["value"] for row in hidden if row["question"] == "verdict"] == ["approve", "reject"]
    assert world.entry("waiting").state == QueueEntry.State.DISPUTED


def test_gold_is_told_by_rater_since_nobody_rules_on_it(everything):
    rows = [row for row in diagnosis_rows(run_of(everything)) if row["reason"] == "gold"]

    assert {row["rater"] for row in rows} == {f"rater-{everything.rater(everything.ana).pk}"}


def test_what_a_runs_filter_leaves_out_is_filtered(world):
    label_twice(world)
    chosen = RatingFilter("only_b", rater_prefix="b", dropped_values=("4",))
    run = run_of(world, chosen=chosen)

    rows = list(diagnosis_rows(run, chosen=chosen))

    check_against(run, rows)
    assert counts_of(rows)["tone", "filtered"] == 8 + 6
    with pytest.raises(Invalid, match="only_b"):
        next(diagnosis_rows(run))


def test_experts_are_told_from_others_in_the_diagnosis(world):
    day = world.now.date() + timedelta(days=30)
    expert = world.rater(world.ana)
    grant_qualification(world.queue, expert, reason="Trained.", last_day=day, actor=world.olga, now=world.now)
    label_twice(world)
    run = run_of(world, chosen=filter_named("experts"))

    rows = list(diagnosis_rows(run))

    check_against(run, rows)
    of_verdict = [row["reason"] for row in rows if row["question"] == "verdict"]
    assert sorted(of_verdict) == ["filtered"] * (len(of_verdict) // 2) + ["single"] * (len(of_verdict) // 2)


def test_the_diagnosis_takes_as_many_queries_for_twenty_items_as_for_ten(world):
    def n_queries(run):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert list(diagnosis_rows(run))
            assert list(matrix_of(run, "correct").rows)
            assert n_diagnosis_rows(run)
        return len(queries)

    label_twice(world, n_items=10)
    ten = n_queries(run_of(world))
    world.ingest(*(chat_row(f"more-{number}") for number in range(10)))
    for _ in range(10):
        world.review_next(world.ana)

    assert n_queries(run_of(world)) == ten


# --- the matrix -------------------------------------------------------------------------------------------------------


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


def question_of(run, key):
    return next(one for one in run.numbers["questions"] if one["key"] == key)


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


# --- the numbers ------------------------------------------------------------------------------------------------------


def test_new_columns_stand_behind_those_that_others_read_by_their_place(world):
    label_twice(world)

    rows = list(number_rows(run_of(world)))

    assert NUMBER_COLUMNS[: len(FIRST_COLUMNS)] == FIRST_COLUMNS
    assert {len(row) for row in rows} == {len(NUMBER_COLUMNS)}
    assert rows[0][:3] == ("verdict", "nominal", "krippendorff_alpha")


def test_every_table_of_the_report_is_in_the_numbers(world):
    label_twice(world, n_items=24)
    Item.objects.filter(external_id__in=["r-22", "r-23"]).update(intent="=refund()")
    run = run_of(world)

    records = [record for record in number_records(run) if record["question"] in ("correct", "")]

    named = {record["coefficient"]: record for record in records}
    behind = question_of(run, "correct")["behind"]
    assert named["observed_disagreement"]["value"] == behind["observed_disagreement"]
    assert {r["category"] for r in records if r["coefficient"] == "category_agreement"} == {"yes", "no"}
    met = {(r["category"], r["other_category"]): r["value"] for r in records if r["coefficient"] == "n_pairs_of_labels"}
    assert met == {("yes", "yes"): 22, ("yes", "no"): 2, ("no", "no"): 0}
    slices = {r["slice"]: r for r in records if r["slice"] and r["coefficient"] == "krippendorff_alpha"}
    assert slices["intent: returns"]["n"] == 22
    assert slices["intent: =refund()"]["undefined"] == "fewer than 20 items labelled by two or more"
    causes = {r["cause"]: r["value"] for r in records if r["coefficient"] == "n_items_of_cause"}
    assert causes["rubric"] == 2
    assert named["skips_n_put_off"]["value"] == 0
    assert {r["cause"] for r in records if r["coefficient"] == "n_excluded"} == set(run.numbers["n_excluded"])


def test_a_hostile_intent_is_no_formula_in_the_rows_for_a_spreadsheet(world):
    label_twice(world, n_items=4)
    Item.objects.filter(external_id="r-3").update(intent="=refund()")
    run = run_of(world)
    for question in run.numbers["questions"]:
        for one in question["slices"]:
            one["by"] = "="

    at = NUMBER_COLUMNS.index("slice")

    assert {row[at][:2] for row in number_rows(run) if row[at]} == {"'="}


def test_a_run_made_before_there_were_tables_has_no_rows_of_them(world):
    label_twice(world)
    run = run_of(world)
    for question in run.numbers["questions"]:
        for name in ("weeks", "slices", "behind", "causes", "consensus"):
            question.pop(name)
    del run.numbers["skips"]

    coefficients = {record["coefficient"] for record in number_records(run)}

    assert "krippendorff_alpha" in coefficients
    assert not coefficients & {"category_agreement", "n_items_of_cause", "observed_disagreement"}
