"""Calibration runs compare a judge with first-pass blind labels, are computed once and never change."""

import json

import pytest
from django.db import DatabaseError, transaction

from labeling import tasks
from labeling.formats.rows import parse_judge_verdict
from labeling.models import CalibrationRun, Event, Job, JudgeVersion, Sending
from labeling.policy.splits import AUDIT, DEVELOPMENT, SEALED
from labeling.queries.judge_pages import since
from labeling.queries.judges import criteria_to_compare
from labeling.queries.ratings import FIRST_PASS
from labeling.services.calibration import (
    HELD_BACK,
    METHOD,
    ask_for_calibration,
    make_calibration_run,
    make_calibration_runs,
    make_numbers,
)
from labeling.services.item_signals import add_verdicts
from labeling.services.webhooks import create_webhook
from tests.world import BAD, JUDGE, chat_row, judged


def verdicts(*, overall="pass", tone="4", runs=1):
    return [
        {"judge": JUDGE, "criterion": criterion, "label": label, "run": run}
        for criterion, label in (("overall", overall), ("tone", tone))
        for run in range(1, runs + 1)
    ]


@pytest.fixture
def labelled(world):
    """Eight items: the judge passes all but the last two; Ana and Ben reject the last three."""
    world.set_queue(overlap=2)
    world.ingest_into(
        DEVELOPMENT,
        *(
            chat_row(f"r-{number}", judge_verdicts=verdicts(overall="pass" if number < 6 else "fail", tone="4"))
            for number in range(8)
        ),
    )
    for number in range(8):
        for user in (world.ana, world.ben):
            if number < 5:
                world.review_next(user)
            else:
                world.review_next(user, verdict="reject", answers=BAD)
    return world


def judge_of(world):
    return JudgeVersion.objects.get(project=world.project)


def run_of(world):
    return make_calibration_run(judge_of(world), world.rubric, now=world.now, replicates=50)


def numbers(run, key="overall"):
    return next(one for one in run.numbers["criteria"] if one["key"] == key)


def test_every_label_counts_once_and_items_are_counted_apart(labelled):
    overall = numbers(run_of(labelled))

    assert (overall["n_items"], overall["n_labels"], overall["n_people"]) == (8, 16, 2)
    assert overall["confusion"] == {"labels": ["pass", "fail"], "rows": [[10, 0], [2, 4]]}


def test_kappa_is_worked_by_hand(labelled):
    overall = numbers(run_of(labelled))

    # Observed 14/16; by chance 10/16 x 12/16 + 6/16 x 4/16.
    observed, chance = 14 / 16, (10 * 12 + 6 * 4) / 256
    assert overall["kappa"]["value"] == pytest.approx((observed - chance) / (1 - chance))
    assert overall["kappa"]["low"] <= overall["kappa"]["value"] <= overall["kappa"]["high"]
    assert overall["percent_agreement"]["value"] == pytest.approx(0.875)
    assert overall["weighting"] == "unweighted"


def test_the_interval_resamples_items_and_not_labels(world):
    from labeling.policy.judging import JudgedItem
    from labeling.queries.judge_comparison import Comparison, JudgedCriterion
    from labeling.services.calibration_numbers import numbers_of

    humans = ["pass"] * 5 + ["fail"] * 5
    judge = ["pass"] * 4 + ["fail"] * 4 + ["pass"] * 2

    def interval(n_raters):
        rows = [(item, f"rater {rater}", value) for item, value in enumerate(humans) for rater in range(n_raters)]
        judged_items = {item: JudgedItem(label, 1) for item, label in enumerate(judge)}
        one = JudgedCriterion("overall", "?", "nominal", ["pass", "fail"], rows, judged=judged_items)
        kappa = numbers_of(one, Comparison(DEVELOPMENT, [one], {}, {}, {}), most_behind=0, replicates=400, seed=1)[
            "kappa"
        ]
        return kappa["high"] - kappa["low"]

    assert interval(8) == pytest.approx(interval(1), rel=0.15)


def test_a_criterion_of_the_same_key_is_compared_on_its_values(labelled):
    tone = numbers(run_of(labelled), "tone")

    assert tone["level"] == "ordinal"
    assert tone["weighting"] == "quadratic"
    assert tone["confusion"]["rows"][3][3] == 10
    assert tone["confusion"]["rows"][2][3] == 6
    assert "constant rater" in tone["kappa"]["flags"]


def test_agreement_among_people_stands_on_the_same_items(labelled):
    overall = numbers(run_of(labelled))

    assert overall["people_alpha"]["value"] == 1.0
    assert overall["people_alpha"]["n"] == 8


def test_an_approval_with_a_failing_gate_is_a_fail_and_an_escalation_no_label(world):
    world.ingest_into(DEVELOPMENT, chat_row("r-1"), chat_row("r-2"))
    world.review_next(world.ana, verdict="approve", answers={**BAD, "correct": "no"})
    world.review_next(world.ana, verdict="escalate")

    overall = numbers(run_of(world))

    assert overall["confusion"]["rows"] == [[0, 0], [1, 0]]
    assert overall["n_without_label"] == 1


def test_the_most_frequent_label_counts_and_a_tie_is_none(world):
    world.ingest_into(
        DEVELOPMENT,
        chat_row("r-1", judge_verdicts=judged("fail", "pass", "fail")),
        chat_row("r-2", judge_verdicts=judged("fail", "pass")),
        chat_row("r-3", judge_verdicts=judged("fine")),
    )
    for _ in range(3):
        world.review_next(world.ana)

    overall = numbers(run_of(world))

    assert overall["confusion"]["rows"] == [[0, 1], [0, 0]]
    assert (overall["n_tied"], overall["n_undeclared"]) == (1, 1)


def test_the_share_of_runs_is_the_confidence_where_none_is_stated(world):
    world.ingest_into(DEVELOPMENT, chat_row("r-1", judge_verdicts=judged("pass", "pass", "pass", "fail")))
    world.review_next(world.ana)

    overall = numbers(run_of(world))

    assert overall["confidence_kind"] == "vote_share"
    assert overall["brier"]["value"] == pytest.approx(0.0625)
    assert [one["n"] for one in overall["reliability"]] == [0] * 7 + [1, 0, 0]


def test_stated_confidence_goes_before_the_share_of_runs(world):
    world.ingest_into(DEVELOPMENT, chat_row("r-1", judge_verdicts=judged("pass", "pass", confidence=0.6)))
    world.review_next(world.ana)

    overall = numbers(run_of(world))

    assert overall["confidence_kind"] == "stated"
    assert overall["ece"]["value"] == pytest.approx(0.4)


def test_one_verdict_an_item_gives_no_confidence(world):
    world.ingest_into(DEVELOPMENT, chat_row("r-1", judge_verdicts=judged("pass")))
    world.review_next(world.ana)

    overall = numbers(run_of(world))

    assert overall["confidence_kind"] == ""
    assert overall["ece"]["value"] is None
    assert overall["ece"]["undefined"]


def test_labels_that_are_not_blind_and_gold_are_left_out_and_counted(world):
    world.join(world.olga, "reviewer")
    world.make_gold(chat_row("gold"))
    world.ingest_into(DEVELOPMENT, chat_row("r-1"), chat_row("r-2"))
    world.set_queue(gold_share=1.0)
    world.review_next(world.ana)
    world.set_queue(gold_share=0.0)
    world.review_next(world.olga)

    run = run_of(world)

    assert numbers(run)["n_labels"] == 0
    assert (run.numbers["n_excluded"]["gold"], run.numbers["n_excluded"]["not_blind"]) == (1, 1)
    assert numbers(run)["kappa"]["undefined"]


def test_a_pair_is_compared_on_its_only_question(world):
    from tests.world import pair_row

    world.ingest_into(DEVELOPMENT, pair_row("p-1", judge_verdicts=judged("a", "a", criterion="preference")))
    hand_out = world.hand_out(world.ana, world.pair_queue)
    world.submit(hand_out, verdict="", answers={"preference": "a"})

    run = make_calibration_run(judge_of(world), world.preference_rubric, now=world.now, replicates=50)

    assert numbers(run, "preference")["n_labels"] == 1


def test_the_same_labels_are_the_same_run_and_another_label_another(labelled):
    first, same = run_of(labelled), run_of(labelled)
    labelled.ingest_into(DEVELOPMENT, chat_row("r-9", judge_verdicts=verdicts()))
    labelled.review_next(labelled.cleo)

    other = run_of(labelled)

    assert first == same
    assert other != first
    assert Event.objects.filter(kind="calibration.computed").count() == 2


def test_labels_and_verdicts_after_the_clock_was_read_are_not_in_the_numbers_and_came_since(labelled, clock):
    before = labelled.now
    clock.shift(1)
    labelled.ingest_into(DEVELOPMENT, chat_row("r-9", judge_verdicts=judged("pass", "pass")))
    labelled.review_next(labelled.cleo)
    late = parse_judge_verdict({**judged("pass")[0], "run": 2}, "")
    add_verdicts(labelled.item("r-0"), [late], actor_name="token", now=labelled.now)

    run = make_calibration_run(judge_of(labelled), labelled.rubric, now=before, replicates=50)

    assert (numbers(run)["n_labels"], numbers(run)["n_without_label"], run.made_at) == (16, 0, before)
    assert numbers(run)["confidence_kind"] == ""
    assert since(run) == (5, 3)


def test_all_runs_of_a_judge_look_up_to_one_moment(labelled, clock):
    from tests.world import pair_row

    labelled.ingest_into(DEVELOPMENT, pair_row("p-1", judge_verdicts=judged("a", criterion="preference")))

    def moving_clock():
        clock.shift(1)
        return labelled.now

    runs = make_calibration_runs(judge_of(labelled).pk, clock=moving_clock)

    assert (len(runs), len({run.made_at for run in runs})) == (2, 1)


def test_a_cell_names_the_items_behind_it(labelled):
    overall = numbers(run_of(labelled))

    assert ["fail", "pass", 1, [labelled.item("r-5").pk]] in overall["cells"]


def test_no_sealed_and_no_audit_item_is_in_a_run(world):
    held_back = [chat_row(f"{part}-{number}") for part in (SEALED, AUDIT) for number in range(2)]
    world.ingest_into(DEVELOPMENT, chat_row("open"))
    world.ingest_into(SEALED, *held_back[:2])
    world.ingest_into(AUDIT, *held_back[2:])
    for _ in range(5):
        world.review_next(world.ana)

    run = run_of(world)

    (overall,) = run.numbers["criteria"]
    assert (overall["n_items"], overall["n_held_back"]) == (1, 4)
    assert overall["cells"] == [["pass", "pass", 1, [world.item("open").pk]]]
    assert "held back" in run.filter_in_words


def test_a_sealed_part_is_measured_by_the_same_numbers_and_names_no_item(world):
    world.ingest_into(SEALED, chat_row("closed"))
    world.review_next(world.ana)
    compared = criteria_to_compare(judge_of(world), world.rubric, until=world.now, part=SEALED)

    found = make_numbers(compared, replicates=50)

    assert (found["part"], found["criteria"][0]["cells"]) == (SEALED, [["pass", "pass", 1, []]])


def test_the_database_refuses_to_change_a_run(labelled):
    run_of(labelled)

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        CalibrationRun.objects.update(seed=7)


def test_two_presses_of_the_button_are_one_job(labelled):
    first = ask_for_calibration(judge_of(labelled), actor=labelled.olga, now=labelled.now)

    second = ask_for_calibration(judge_of(labelled), actor=labelled.ada, now=labelled.now)

    assert first == second
    assert Event.objects.filter(kind="calibration.requested").count() == 1


def test_the_job_computes_a_run_for_each_rubric_version(labelled):
    job = ask_for_calibration(judge_of(labelled), actor=labelled.olga, now=labelled.now)

    tasks.run_job(job.pk)

    assert [run.rubric_version for run in CalibrationRun.objects.all()] == [labelled.rubric]
    assert Job.objects.get(pk=job.pk).state == Job.State.DONE


def test_a_judge_without_labelled_items_has_no_run(world):
    world.make_gold(chat_row("gold"))

    assert make_calibration_runs(judge_of(world).pk, clock=lambda: world.now) == []


def test_what_a_run_says_of_its_method_fits_its_column():
    """SQLite would store more than a column promises, and PostgreSQL refuses it."""
    for text, column in ((METHOD, "method"), (f"{FIRST_PASS.in_words}; {HELD_BACK}", "filter_in_words")):
        assert len(text) <= CalibrationRun._meta.get_field(column).max_length


def test_a_webhook_hears_once_of_a_run_in_numbers_and_of_no_item(labelled):
    create_webhook(
        project=labelled.project,
        name="ci",
        url="https://ci.example.com/",
        hears=["calibration_run"],
        actor=labelled.ada,
        now=labelled.now,
    )

    run = run_of(labelled)
    run_of(labelled)

    [body] = [json.loads(one.body) for one in Sending.objects.all()]
    told = body["data"]
    assert (body["type"], told["calibration_run_id"], told["judge"]) == ("calibration_run", run.pk, JUDGE["name"])
    assert told["criteria"][0]["kappa"]["n"] == 16
    assert "r-0" not in json.dumps(body)
