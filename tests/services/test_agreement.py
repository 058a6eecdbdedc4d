"""Agreement runs rest on first-pass, blind, independent labels, are computed once and never change."""

from datetime import date

import numpy as np
import pytest
from django.db import DatabaseError, transaction

from labeling.models import AgreementRun, Event, Job
from labeling.policy.errors import Invalid
from labeling.queries.agreement import first_pass_runs, n_since, newest_run_of, progress_of
from labeling.queries.rating_columns import ratings_of
from labeling.queries.ratings import FILTERS, RatingFilter, filter_named
from labeling.services.agreement import make_agreement_run, request_agreement, run_agreement
from labeling.services.duties import grant_qualification, withdraw_qualification
from labeling.services.reviews import take_back
from labeling.stats.agreement import report_agreement
from labeling.stats.ratings import make_ratings
from labeling.stats.scales import make_scale
from tests.services.agreeing import doubly_labelled, numbers, run_of
from tests.world import chat_row

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def test_a_run_has_every_question_with_its_interval_and_its_n(world):
    doubly_labelled(world)

    run = run_of(world)

    tone = numbers(run, "tone")
    assert [question["key"] for question in run.numbers["questions"]] == [
        "verdict",
        "correct",
        "complete",
        "tone",
        "grounded",
    ]
    assert (tone["level"], tone["n_units_pairable"], tone["n_raters"]) == ("ordinal", 6, 2)
    assert tone["krippendorff_alpha"]["low"] <= tone["krippendorff_alpha"]["value"]


def test_the_number_is_that_of_the_krippendorff_package_on_the_same_labels(world):
    import krippendorff

    doubly_labelled(world)

    correct = numbers(run_of(world), "correct")

    expected = krippendorff.alpha([[1] * 6, [0, 0, 1, 1, 1, 1]], level_of_measurement="nominal")
    assert correct["krippendorff_alpha"]["value"] == pytest.approx(expected, abs=1e-12)


def test_what_people_split_on_and_the_items_are_named(world):
    doubly_labelled(world)

    verdict = numbers(run_of(world), "verdict")

    assert verdict["splits"] == [["approve", "reject", 2]]
    assert verdict["disputed"] == [world.item("r-0").pk, world.item("r-1").pk]


def test_not_applicable_is_missing_and_counted(world):
    doubly_labelled(world, n_disputed=0)

    grounded = numbers(run_of(world), "grounded")

    assert grounded["n_not_applicable"] == 12
    assert grounded["krippendorff_alpha"]["value"] is None
    assert grounded["krippendorff_alpha"]["undefined"]


def test_gold_withdrawn_extra_and_unblind_labels_are_left_out_and_counted(world):
    world.join(world.olga, "reviewer")
    world.make_gold(chat_row("gold"))
    world.ingest(chat_row("r-1"), chat_row("r-2"), chat_row("r-3"))
    world.set_queue(gold_share=1.0)
    world.review_next(world.ana)
    world.set_queue(gold_share=0.0)
    world.review_next(world.olga)
    hand_out = world.hand_out(world.ana)
    world.submit(hand_out)
    take_back(hand_out, now=world.now)

    ratings = ratings_of(world.rubric, until=world.now)

    assert list(ratings.on("verdict")) == []
    assert (ratings.n_excluded["gold"], ratings.n_excluded["not_blind"], ratings.n_excluded["withdrawn"]) == (1, 1, 1)


def test_the_same_labels_are_the_same_run(world):
    doubly_labelled(world)

    first, second = run_of(world), run_of(world)

    assert first == second
    assert Event.objects.filter(kind="agreement.computed").count() == 1


def test_another_label_is_another_run(world):
    doubly_labelled(world)
    first = run_of(world)
    world.ingest(chat_row("r-9"))
    world.review_next(world.cleo)

    second = run_of(world)

    assert first.input_hash != second.input_hash
    assert AgreementRun.objects.count() == 2


def test_a_label_submitted_after_the_clock_was_read_is_not_in_the_numbers_and_came_since(world, clock):
    doubly_labelled(world)
    before = world.now
    clock.shift(1)
    world.ingest(chat_row("r-9"))
    world.review_next(world.cleo)

    run = make_agreement_run(world.rubric, now=before, replicates=50)

    assert (numbers(run, "tone")["n_values"], run.made_at) == (12, before)
    assert n_since(run) == 5


def test_a_label_that_came_and_was_taken_back_is_in_no_newest_run(world, clock):
    doubly_labelled(world)
    before = run_of(world)
    clock.shift(60)
    world.ingest(chat_row("r-9"))
    hand_out = world.hand_out(world.cleo)
    world.submit(hand_out)
    clock.shift(1)
    between = run_of(world)
    clock.shift(1)
    take_back(hand_out, now=world.now)

    after = run_of(world)

    assert [numbers(run, "tone")["n_values"] for run in (before, between, after)] == [12, 13, 12]
    assert newest_run_of(world.rubric) == after


def test_weeks_hold_the_items_by_their_first_label_the_oldest_first(world, clock):
    doubly_labelled(world, n_items=3, n_disputed=1)
    world.ingest(chat_row("carried"), chat_row("once"))
    world.review_next(world.ana)
    clock.shift(7 * DAY)
    world.review_next(world.ben)
    world.ingest(chat_row("next"))
    for user in (world.ana, world.ben):
        world.review_next(user)
    clock.shift(14 * DAY)
    world.review_next(world.cleo)

    weeks = numbers(run_of(world), "verdict")["weeks"]

    assert [(one["week"], one["n_units_pairable"]) for one in weeks] == [("2026-11-02", 4), ("2026-11-09", 1)]
    assert weeks[0]["krippendorff_alpha"]["value"] is not None
    assert weeks[1]["krippendorff_alpha"]["undefined"]


def test_a_week_ends_with_sunday_in_utc(world, clock):
    clock.shift(6 * DAY + 14 * HOUR + 59 * MINUTE)
    doubly_labelled(world, n_items=1)
    clock.shift(MINUTE)
    world.ingest(chat_row("monday"))
    for user in (world.ana, world.ben):
        world.review_next(user)

    weeks = numbers(run_of(world), "verdict")["weeks"]

    assert [one["week"] for one in weeks] == ["2026-11-02", "2026-11-09"]


def test_the_interval_of_a_past_week_and_the_other_numbers_are_not_moved_by_the_weeks(world, clock):
    doubly_labelled(world, n_items=8, n_disputed=3)
    before = numbers(run_of(world), "tone")
    rows = list(ratings_of(world.rubric, until=world.now).on("tone"))
    clock.shift(7 * DAY)
    world.ingest(chat_row("next"))
    for user in (world.ana, world.ben):
        world.review_next(user)

    after = numbers(run_of(world), "tone")

    scale = make_scale("ordinal", declared=["1", "2", "3", "4", "5"], observed=())
    ratings = make_ratings([(str(item_id), rater, value) for item_id, rater, value in rows], scale=scale)
    alone = report_agreement(ratings, replicates=50, rng=np.random.default_rng(0)).as_document()
    assert before["krippendorff_alpha"] == alone["krippendorff_alpha"]
    assert before["pairs"] == alone["pairs"]
    assert after["weeks"][0] == before["weeks"][0]


def test_a_run_keeps_who_its_raters_are(world):
    doubly_labelled(world, n_items=1)

    assert run_of(world).numbers["rater_ids"] == {
        user.username: world.rater(user).pk for user in (world.ana, world.ben)
    }


def test_a_filter_is_part_of_the_number_and_says_itself(world):
    doubly_labelled(world)
    chosen = RatingFilter("only_a", rater_prefix="a", dropped_values=("reject",))

    run = run_of(world, chosen=chosen)

    assert "only raters named a…" in run.filter_in_words
    assert "labels reject left out" in run.filter_in_words
    assert numbers(run, "verdict")["n_raters"] == 1


def test_the_database_refuses_to_change_a_run(world):
    doubly_labelled(world)
    run_of(world)

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        AgreementRun.objects.update(seed=7)


def test_reading_labels_takes_the_same_queries_for_few_and_many(world, django_assert_max_num_queries):
    doubly_labelled(world)

    with django_assert_max_num_queries(7):
        ratings_of(world.rubric, until=world.now)


# --- named filters ----------------------------------------------------------------------------------------------------


def qualify(world, user, *, last_day=date(2026, 12, 31)):
    return grant_qualification(
        world.queue, world.rater(user), reason="Trained.", last_day=last_day, actor=world.olga, now=world.now
    )


def raters_of(world, name):
    ratings = ratings_of(world.rubric, until=world.now, chosen=filter_named(name))
    return {rater for _, rater, _ in ratings.on("tone")}


def test_every_filter_has_a_name_and_says_itself_in_words_that_fit():
    in_words = {one.in_words for one in FILTERS.values()}

    assert list(FILTERS) == ["first_pass", "without_ties", "experts", "experts_without_ties"]
    assert len(in_words) == len(FILTERS)
    assert all(len(one) <= 300 for one in in_words)
    assert all(name == one.name and len(name) <= 40 for name, one in FILTERS.items())


def test_an_unknown_filter_is_refused_with_those_there_are(world):
    with pytest.raises(Invalid, match=r"There is no filter 'expert'; choose one of first_pass, .*experts"):
        request_agreement(world.rubric, actor=world.olga, now=world.now, filter_name="expert")

    assert not Job.objects.filter(task="make_agreement_run").exists()


def test_experts_are_who_was_qualified_for_the_queue_when_they_reviewed(world, clock):
    qualify(world, world.ana)
    clock.shift(HOUR)
    doubly_labelled(world, n_items=2)
    clock.shift(HOUR)
    qualify(world, world.ben)

    assert raters_of(world, "experts") == {"ana"}
    assert raters_of(world, "first_pass") == {"ana", "ben"}


def test_an_expert_whose_qualification_ended_later_was_one(world, clock):
    qualification = qualify(world, world.ana)
    clock.shift(HOUR)
    doubly_labelled(world, n_items=2)
    clock.shift(HOUR)

    withdraw_qualification(qualification, reason="Left.", actor=world.olga, now=world.now)

    assert raters_of(world, "experts") == {"ana"}


def test_a_qualification_that_ended_before_makes_no_expert(world, clock):
    withdrawn = qualify(world, world.ana)
    qualify(world, world.ben, last_day=world.now.date())
    clock.shift(HOUR)
    withdraw_qualification(withdrawn, reason="Left.", actor=world.olga, now=world.now)
    clock.shift(DAY)

    doubly_labelled(world, n_items=2)

    assert raters_of(world, "experts") == set()


def test_a_qualification_lasts_through_its_last_day(world, clock):
    qualify(world, world.ana, last_day=world.now.date())
    clock.shift(HOUR)

    doubly_labelled(world, n_items=2)

    assert raters_of(world, "experts") == {"ana"}


def test_a_qualification_for_another_queue_makes_no_expert(world, clock):
    grant_qualification(
        world.pair_queue,
        world.rater(world.ana),
        reason="Trained.",
        last_day=date(2026, 12, 31),
        actor=world.olga,
        now=world.now,
    )
    clock.shift(HOUR)

    doubly_labelled(world, n_items=2)

    assert raters_of(world, "experts") == set()


def test_imported_experts_are_known_by_how_they_are_named(world):
    world.ingest(chat_row("r-1"))
    world.import_votes(
        ("r-1", "expert_1", "tone", "4"), ("r-1", "Expert_2", "tone", "4"), ("r-1", "author_1", "tone", None)
    )

    ratings = ratings_of(world.rubric, until=world.now, chosen=filter_named("experts"))

    assert [rater for _, rater, _ in ratings.on("tone")] == ["expert_1"]
    assert ratings.n_not_applicable["tone"] == 0


def test_runs_under_a_filter_are_runs_of_their_own_and_no_page_shows_them(world):
    doubly_labelled(world)
    shown = run_of(world)

    others = [run_of(world, chosen=chosen) for name, chosen in FILTERS.items() if name != "first_pass"]

    assert len({run.pk for run in (shown, *others)}) == 4
    assert newest_run_of(world.rubric) == shown
    assert list(first_pass_runs()) == [shown]


def test_a_run_is_asked_for_under_a_filter_and_its_job_finds_the_filter_again(world):
    doubly_labelled(world)
    for name in ("experts", "experts", "first_pass"):
        request_agreement(world.rubric, actor=world.olga, now=world.now, filter_name=name)

    arguments = list(Job.objects.filter(task="make_agreement_run").order_by("id").values_list("arguments", flat=True))
    for one in arguments:
        run_agreement(*one, clock=lambda: world.now)

    # The job of the page's own run is as it always was, so that jobs of before an update still run.
    assert arguments == [[world.rubric.pk, "experts"], [world.rubric.pk]]
    assert list(AgreementRun.objects.order_by("id").values_list("filter_name", flat=True)) == ["experts", "first_pass"]
    asked = Event.objects.filter(kind="agreement.requested").order_by("id")
    assert [event.subject["filter_name"] for event in asked] == ["experts", "first_pass"]


def test_a_run_under_a_filter_does_not_hold_up_the_pages_own(world):
    doubly_labelled(world)
    request_agreement(world.rubric, actor=world.olga, now=world.now, filter_name="experts")

    assert progress_of(world.rubric, None).state == ""
