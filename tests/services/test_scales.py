"""Every scale from a submission to the final label: parts, boxes, numbers, words and conditions."""

import pytest

from labeling.models import Answer, FinalAnswer, FinalLabel, GoldLabel, QueueEntry, Review
from labeling.policy.errors import Invalid
from labeling.policy.rubrics import GivenAnswer, Submission
from labeling.queries.adjudication import splits_of
from labeling.queries.gold import gold_cases_of, gold_rows
from labeling.queries.reviews import draft_of
from labeling.services.adjudication import adjudicate
from labeling.services.gold import create_gold_case
from labeling.services.ingest import ingest_reference
from labeling.services.reviews import submit_review, take_back
from tests.world import REJECTED
from tests.world_scales import CLEAN, Panel, two_claims

INVENTED = {**CLEAN, "supported~claim-2": "no", "hedged~claim-2": "no"}


@pytest.fixture
def panel(world):
    return Panel(world, overlap=2, breaks_ties=False)


def stored(review):
    return {(one.criterion.key, one.part): one.value for one in review.answers.select_related("criterion")}


def test_each_answer_is_stored_with_the_part_it_speaks_of(world, panel):
    panel.ingest(two_claims())

    review = panel.review(world.ana, CLEAN).review

    assert stored(review) == {
        ("score", ""): "4",
        ("faults", "cold"): "no",
        ("faults", "long"): "no",
        ("faults", "invented"): "no",
        ("supported", "claim-1"): "yes",
        ("supported", "claim-2"): "yes",
        ("relevant", "chunk-1"): "yes",
        ("relevant", "chunk-2"): "no",
    }


def test_a_part_that_the_item_does_not_have_is_refused_by_name(world, panel):
    panel.ingest(two_claims())

    with pytest.raises(Invalid) as refusal:
        panel.review(world.ana, {**CLEAN, "supported~claim-3": "yes"})

    assert list(refusal.value.complaints) == ["supported~claim-3"]
    assert not Review.objects.exists()


def test_what_is_taken_back_returns_as_it_was_typed(world, panel):
    panel.ingest(two_claims())
    hand_out = world.hand_out(world.ana, panel.queue)
    answers = {key: GivenAnswer(value) for key, value in CLEAN.items() if key != "faults"}
    answers |= {"faults~invented": GivenAnswer("yes", rationale="The lid."), "story": GivenAnswer("A lid cover.")}
    submission = Submission(answers, verdict="reject", note="Made up.", details=REJECTED)
    submit_review(hand_out, revision=1, submission=submission, active_ms=1, now=world.now)

    take_back(hand_out, now=world.now)

    draft = draft_of(hand_out).content
    assert draft["answer-story"] == "A lid cover."
    assert (draft["answer-faults~invented"], draft["rationale-faults~invented"]) == ("yes", "The lid.")
    assert draft["answer-faults~cold"] == "no"


def test_the_same_press_twice_is_one_review(world, panel):
    panel.ingest(two_claims())
    hand_out = world.hand_out(world.ana, panel.queue)

    outcomes = [world.submit(hand_out, answers=CLEAN).outcome for _ in range(2)]

    assert outcomes == ["counted", "repeated"]


def test_two_who_agree_on_every_part_make_a_final_label_of_it(world, panel, clock):
    panel.ingest(two_claims())
    for user in (world.ana, world.ben):
        panel.review(user, CLEAN)
    clock.shift(31)

    world.settle_all()

    final = FinalLabel.objects.get()
    assert (final.source, final.is_bad) == ("unanimous", False)
    assert FinalAnswer.objects.get(criterion__key="supported", part="claim-2").value == "yes"


def test_one_failed_part_makes_the_output_bad(world, panel, clock):
    panel.ingest(two_claims())
    for user in (world.ana, world.ben):
        panel.review(user, INVENTED)
    clock.shift(31)

    world.settle_all()

    assert FinalLabel.objects.get().is_bad is True


def test_two_who_differ_on_one_part_of_a_gating_question_are_a_dispute(world, panel, clock):
    panel.ingest(two_claims())
    panel.review(world.ana, CLEAN)
    panel.review(world.ben, INVENTED)
    clock.shift(31)

    world.settle_all()

    entry = QueueEntry.objects.get()
    assert entry.state == QueueEntry.State.DISPUTED
    assert splits_of([entry])[entry.pk] == ["supported, claim 2"]


def test_words_never_make_a_dispute_and_have_no_final_answer(world, panel, clock):
    panel.ingest(two_claims())
    for user, words in ((world.ana, "The lid."), (world.ben, "A cover for the lid.")):
        hand_out = world.hand_out(user, panel.queue)
        answers = {key: GivenAnswer(value) for key, value in CLEAN.items() if key != "faults"}
        answers |= {"faults~invented": GivenAnswer("yes", rationale="It is."), "story": GivenAnswer(words)}
        submission = Submission(answers, verdict="reject", note="Made up.", details=REJECTED)
        submit_review(hand_out, revision=1, submission=submission, active_ms=1, now=world.now)
    clock.shift(31)

    assert world.settle_all() == ["final"]

    assert Answer.objects.filter(criterion__key="story").count() == 2
    assert not FinalAnswer.objects.filter(criterion__key="story").exists()


def test_a_third_reviewer_settles_a_part_by_majority(world, clock):
    panel = Panel(world, overlap=2)
    panel.ingest(two_claims())
    panel.review(world.ana, CLEAN)
    panel.review(world.ben, INVENTED)
    clock.shift(31)
    world.settle_all()
    panel.review(world.cleo, CLEAN)
    clock.shift(31)

    world.settle_all()

    final = FinalLabel.objects.get()
    assert (final.source, final.is_bad) == ("majority", False)
    assert not final.answers.filter(criterion__key="hedged").exists()


def test_an_adjudicator_rules_on_each_part(world, panel, clock):
    panel.ingest(two_claims())
    panel.review(world.ana, CLEAN)
    panel.review(world.ben, {**INVENTED, "score": "2"})
    clock.shift(31)
    world.settle_all()

    final = adjudicate(
        QueueEntry.objects.get(),
        adjudicator=world.olga,
        verdict="reject",
        answers={**INVENTED, "score": "2.5"},
        reason="No passage speaks of the lid.",
        error_category="reviewer_error",
        has_guideline_gap=False,
        now=world.now,
    )

    answers = {(one.criterion.key, one.part): one.value for one in final.answers.select_related("criterion")}
    assert final.is_bad
    assert answers["supported", "claim-2"] == "no"
    assert answers["score", ""] == "2.5"


def test_gold_is_known_by_part_and_right_only_when_every_part_is(world, panel):
    create_gold_case(
        item=ingest_reference(world.project, two_claims("g-1"), now=world.now),
        version=panel.version,
        verdict="approve",
        answers=CLEAN,
        explanation="Both stand in the passages.",
        author=world.olga,
        now=world.now,
    )
    world.set_queue(gold_share=1.0)
    panel.ingest(two_claims())
    panel.queue.refresh_from_db()
    panel.review(world.ana, CLEAN)
    panel.review(world.ben, INVENTED, verdict="approve")

    (row,) = gold_rows(list(gold_cases_of(world.project)), now=world.now)

    assert GoldLabel.objects.filter(criterion__key="supported").count() == 2
    assert (row.n_reviews, row.n_right) == (2, 1)
