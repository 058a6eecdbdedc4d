"""What a run tells beside its coefficients: slices, causes, and what changed since the version before."""

import pytest

from labeling.formats import Line
from labeling.models import Criterion, QueueEntry, RubricVersion
from labeling.policy.splits import AUDIT, DEVELOPMENT, SEALED
from labeling.queries.ratings import filter_named
from labeling.services.adjudication import adjudicate
from labeling.services.agreement import make_agreement_run
from labeling.services.labels import import_labels
from labeling.services.queues import postpone
from tests.services.agreeing import doubly_labelled, numbers, run_of
from tests.world import BAD, GOOD, chat_row, pair_row

HOUR = 60 * 60


# --- slices -----------------------------------------------------------------------------------------------------------


def labelled_by_intent(world, *, n_items, disputed):
    """Items of each intent; Ana and Ben differ on every item of one."""
    world.set_queue(overlap=2, daily_cap=1_000)
    wanted = [(intent, number) for number in range(n_items) for intent in ("delivery", "refund")]
    world.ingest(*(chat_row(f"{intent}-{number}", intent=intent) for intent, number in wanted))
    for user in (world.ana, world.ben):
        for _ in wanted:
            hand_out = world.hand_out(user)
            intent, number = hand_out.entry.item.external_id.split("-")
            is_bad = (int(number) % 2 == 0) != (user == world.ben and intent == disputed)
            world.submit(hand_out, verdict="reject" if is_bad else "approve", answers=BAD if is_bad else GOOD)


def test_a_slice_on_which_people_differ_is_told_from_chance(world):
    labelled_by_intent(world, n_items=20, disputed="refund")

    slices = numbers(make_agreement_run(world.rubric, now=world.now, replicates=200), "verdict")["slices"]

    by_intent = {one["names"][0]: one for one in slices if one["by"] == "intent"}
    assert set(by_intent) == {"delivery", "refund"}
    refund = by_intent["refund"]
    assert refund["n_units_pairable"] == 20
    assert refund["krippendorff_alpha"]["value"] < 0 < refund["elsewhere"]["value"]


def test_a_slice_of_few_items_is_named_without_a_number(world):
    labelled_by_intent(world, n_items=3, disputed="refund")

    slices = numbers(run_of(world), "verdict")["slices"]

    assert {(one["n_units_pairable"], "krippendorff_alpha" in one) for one in slices} == {(3, False)}


def test_items_that_are_all_alike_have_no_slices(world):
    doubly_labelled(world)

    assert numbers(run_of(world), "verdict")["slices"] == []


def test_items_of_one_conversation_are_drawn_together(world):
    world.set_queue(overlap=2)
    world.ingest(*(chat_row(f"r-{number}", cluster=f"talk {number // 4}") for number in range(12)))
    for number in range(12):
        world.review_next(world.ana)
        is_disputed = number < 4
        world.review_next(
            world.ben, verdict="reject" if is_disputed else "approve", answers=BAD if is_disputed else GOOD
        )

    run = run_of(world)

    assert "over conversations" in run.method
    raw = numbers(run, "verdict")["percent_agreement"]["pooled"]
    # Item by item the interval would be 0.5 wide; of three conversations one may be all or nothing.
    assert raw["high"] - raw["low"] > 0.9


# --- whose turn it is to act ------------------------------------------------------------------------------------------


def label_thrice(world, *, n_items=3):
    """Ana and Cleo approve, Ben rejects."""
    world.set_queue(overlap=3)
    world.ingest(*(chat_row(f"r-{number}") for number in range(n_items)))
    for user in (world.ana, world.ben, world.cleo):
        for _ in range(n_items):
            is_ben = user == world.ben
            world.review_next(user, verdict="reject" if is_ben else "approve", answers=BAD if is_ben else GOOD)


def test_two_who_split_point_at_the_rubric(world):
    doubly_labelled(world)

    causes = numbers(run_of(world), "verdict")["causes"]

    assert causes["items"]["rubric"] == {"n": 2, "item_ids": [world.item("r-1").pk, world.item("r-0").pk]}
    assert causes["items"]["training"]["n"] == 0


def test_one_against_two_points_at_training_and_is_named_once_that_is_settled(world, clock):
    label_thrice(world)
    while_open = numbers(run_of(world), "verdict")["causes"]
    clock.shift(HOUR)
    world.settle_all()
    for entry in QueueEntry.objects.filter(state=QueueEntry.State.DISPUTED):
        adjudicate(
            entry,
            adjudicator=world.olga,
            verdict="approve",
            answers={**GOOD, "grounded": "supported"},
            reason="The refund is in the policy.",
            error_category="reviewer_error",
            has_guideline_gap=False,
            now=world.now,
        )

    causes = numbers(run_of(world), "verdict")["causes"]

    assert (while_open["items"]["training"]["n"], causes["items"]["training"]["n"]) == (3, 3)
    assert (while_open["alone"], causes["alone"]) == ([], [["ben", 3]])


def test_people_who_agree_against_the_judge_point_at_the_judge(world):
    world.set_queue(overlap=2)
    world.ingest_into(DEVELOPMENT, chat_row("r-0"))
    for user in (world.ana, world.ben):
        world.review_next(user, verdict="reject", answers=BAD)

    run = run_of(world)

    assert numbers(run, "verdict")["causes"]["items"]["judge"]["item_ids"] == [world.item("r-0").pk]
    assert run.numbers["judge"]["name"] == "house-judge (judge-model)"


@pytest.mark.parametrize("part", [SEALED, AUDIT])
def test_what_is_held_back_is_counted_and_says_nothing_against_the_judge(world, part):
    world.set_queue(overlap=2)
    world.ingest_into(part, chat_row("r-0"))
    for user in (world.ana, world.ben):
        world.review_next(user, verdict="reject", answers=BAD)

    causes = numbers(run_of(world), "verdict")["causes"]

    assert causes["items"]["judge"] == {"n": 0, "item_ids": []}
    assert (causes["n_judged"], causes["n_held_back"]) == (0, 1)


def test_turns_that_were_put_off_are_counted_against_all_turns(world):
    world.set_queue(overlap=2)
    world.ingest(chat_row("r-0"), chat_row("r-1"))
    postpone(world.hand_out(world.ana), now=world.now)
    world.review_next(world.ana)
    world.review_next(world.ben)

    assert run_of(world).numbers["skips"] == {"n_put_off": 1, "n_turns": 3}


def test_few_labels_have_no_consensus_and_say_why(world):
    doubly_labelled(world)

    assert "3 raters" in numbers(run_of(world), "verdict")["consensus"]["undefined"]


# --- before and after -------------------------------------------------------------------------------------------------


def version_after(world):
    """A second version of the rubric that asks the same; items that come now are labelled against it."""
    questions = list(world.rubric.criteria.all())
    version = RubricVersion.objects.create(
        rubric=world.rubric.rubric, number=2, created_by=world.olga, created_at=world.now, in_use_from=world.now
    )
    Criterion.objects.bulk_create(copy_of_criterion(one, version) for one in questions)
    return version


def copy_of_criterion(criterion, version):
    fields = {field.attname: getattr(criterion, field.attname) for field in criterion._meta.concrete_fields}
    return Criterion(**{**fields, "id": None, "version_id": version.pk})


def test_the_effect_of_a_new_rubric_version_is_told_in_words(world):
    doubly_labelled(world, n_items=12, n_disputed=2)
    version = version_after(world)
    votes = [
        {"external_id": f"r-{n}", "rater": rater, "criterion": "correct", "value": "yes" if (n + side) % 2 else "no"}
        for n in range(12)
        for side, rater in enumerate(("kim", "lee"))
    ]
    lines = [Line(number, vote) for number, vote in enumerate(votes, start=1)]
    import_labels(version, lines, blind_state="blind", clock=lambda: world.now)

    change = numbers(make_agreement_run(version, now=world.now, replicates=200), "correct")["change"]

    assert change["since"] == str(world.rubric)
    assert change["sentence"].startswith("agreement fell by")
    assert (change["n_units_in_common"], change["after"]["n"]) == (12, 12)


def test_a_question_with_other_choices_is_not_compared(world):
    doubly_labelled(world)
    version = version_after(world)
    tone = version.criteria.get(key="tone")
    Criterion.objects.filter(pk=tone.pk).update(options=tone.options[:2])

    change = numbers(make_agreement_run(version, now=world.now, replicates=0), "tone")["change"]

    assert change == {"since": str(world.rubric), "sentence": "not comparable: its choices were others"}


def test_a_label_that_a_filter_leaves_out_is_no_category_of_its_run(world):
    world.ingest(pair_row("p-1"), pair_row("p-2"))
    votes = [("p-1", "kim", "a"), ("p-1", "lee", "a"), ("p-2", "kim", "tie"), ("p-2", "lee", "b")]
    lines = [
        Line(number, {"external_id": item, "rater": rater, "criterion": "preference", "value": value})
        for number, (item, rater, value) in enumerate(votes, start=1)
    ]
    import_labels(world.preference_rubric, lines, blind_state="blind", clock=lambda: world.now)
    chosen = filter_named("without_ties")

    run = make_agreement_run(world.preference_rubric, now=world.now, replicates=0, chosen=chosen)

    assert numbers(run, "preference")["categories"] == ["a", "b"]


def test_an_item_that_nobody_labelled_makes_no_other_run(world):
    doubly_labelled(world)
    before = run_of(world)
    world.ingest(chat_row("new"))

    assert run_of(world) == before
