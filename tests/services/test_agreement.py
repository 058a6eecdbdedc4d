"""Agreement runs rest on first-pass, blind, independent labels, are computed once and never change."""

import pytest
from django.db import DatabaseError, transaction

from labeling.models import AgreementRun, Event
from labeling.queries.ratings import RatingFilter, ratings_of
from labeling.services.agreement import make_agreement_run
from labeling.services.reviews import take_back
from tests.world import BAD, GOOD, chat_row


def doubly_labelled(world, *, n_items=6, n_disputed=2):
    """Items labelled by Ana and Ben, who differ on the first few."""
    world.set_queue(overlap=2)
    world.ingest(*(chat_row(f"r-{number}") for number in range(n_items)))
    for number in range(n_items):
        world.review_next(world.ana)
        is_disputed = number < n_disputed
        world.review_next(
            world.ben, verdict="reject" if is_disputed else "approve", answers=BAD if is_disputed else GOOD
        )


def run_of(world, **options):
    return make_agreement_run(world.rubric, now=world.now, replicates=50, **options)


def numbers(run, key):
    return next(question for question in run.numbers["questions"] if question["key"] == key)


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

    ratings = ratings_of(world.rubric)

    assert ratings.rows["verdict"] == []
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

    with django_assert_max_num_queries(6):
        ratings_of(world.rubric)
