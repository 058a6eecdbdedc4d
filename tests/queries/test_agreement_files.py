"""The rows behind a run: what became of every label, and every number as a row."""

from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from labeling.models import Item, QueueEntry
from labeling.policy.errors import Invalid
from labeling.queries.agreement import NUMBER_COLUMNS, number_records, number_rows
from labeling.queries.agreement_diagnosis import DIAGNOSIS_COLUMNS, diagnosis_rows, n_diagnosis_rows
from labeling.queries.agreement_matrix import matrix_of
from labeling.queries.ratings import RatingFilter, filter_named
from labeling.services.duties import grant_qualification
from labeling.services.queues import expire_leases
from labeling.services.reviews import take_back
from tests.queries.runs import label_twice, question_of, run_of, settle
from tests.world import BAD, chat_row


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


# --- the numbers ------------------------------------------------------------------------------------------------------


FIRST_COLUMNS = (
    *("question", "level", "coefficient", "rater_a", "rater_b"),
    *("value", "low", "high", "n", "undefined", "flags", "week"),
)


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
