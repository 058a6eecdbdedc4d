"""What comes with a verdict is stored once, beside the review, and never changed."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from labeling.models import Correction, Escalation, Failure, FinalCorrection, FinalFailure, FinalLabel, Review
from labeling.policy.errors import Conflict, Invalid
from labeling.policy.verdicts import Finding, VerdictDetails
from labeling.services.reviews import take_back
from tests.world import BAD, chat_row, pair_row

BETTER = "I am sorry about the kettle. You can choose a replacement or a refund within 30 days of delivery."
FINDING = Finding("missing_information", "minor", "prompt")
PROPOSED = VerdictDetails(BETTER, FINDING)


def revise(world, user, *, text=BETTER, finding=FINDING, note=""):
    return world.review_next(user, verdict="revise", note=note, details=VerdictDetails(text, finding))


def settle(world, clock):
    clock.shift(31)
    world.settle_all()
    return FinalLabel.objects.get()


def test_a_revise_keeps_the_edited_text_and_what_failed(world):
    world.ingest(chat_row())

    review = revise(world, world.ana).review

    assert review.correction.text == BETTER
    failure = Failure.objects.get(review=review)
    assert (failure.kind, failure.severity, failure.cause) == ("missing_information", "minor", "prompt")
    assert world.item("r-1").payload.texts == [chat_row()["output"]]


def test_a_correction_says_what_is_wrong_in_place_of_a_note(world):
    world.ingest(chat_row())

    assert revise(world, world.ana, note="").outcome == "counted"


@pytest.mark.parametrize("text", ["", "   ", chat_row()["output"], chat_row()["output"] + "\r\n"])
def test_a_text_left_as_it_is_corrects_nothing_and_the_note_is_needed(world, text):
    world.ingest(chat_row())
    hand_out = world.hand_out(world.ana)

    with pytest.raises(Invalid) as refusal:
        world.submit(hand_out, verdict="revise", note=" ", details=VerdictDetails(text))

    assert set(refusal.value.complaints) == {"note"}
    world.submit(hand_out, verdict="revise", note="Too long.", details=VerdictDetails(text))
    assert not Correction.objects.exists()


def test_a_pair_takes_no_correction(world):
    world.ingest(pair_row())
    hand_out = world.hand_out(world.ana, world.pair_queue)

    world.submit(hand_out, verdict="", answers={"preference": "a"}, note="", details=PROPOSED)

    assert not Correction.objects.exists()
    assert not Failure.objects.exists()


def test_an_approval_stores_nothing_beside_it(world):
    world.ingest(chat_row())

    world.review_next(world.ana, details=VerdictDetails(BETTER, FINDING, "owner"))

    assert (Correction.objects.count(), Failure.objects.count(), Escalation.objects.count()) == (0, 0, 0)


def test_an_approval_costs_the_same_whatever_stands_beside_it(world):
    world.ingest(*(chat_row(f"r-{number}") for number in range(4)))
    for _ in range(2):  # the first one freezes the version, the second one reads it for the last time
        world.review_next(world.ana)
    counts = []
    for details in (VerdictDetails(), VerdictDetails(BETTER, FINDING, "owner")):
        hand_out = world.hand_out(world.ana)
        with CaptureQueriesContext(connection) as captured:
            world.submit(hand_out, details=details)
        counts.append(len(captured))

    assert counts[0] == counts[1]
    assert not any("correction" in query["sql"] or "failure" in query["sql"] for query in captured.captured_queries)


def test_a_reject_without_a_failure_is_refused_and_nothing_is_stored(world):
    world.ingest(chat_row())
    hand_out = world.hand_out(world.ana)

    with pytest.raises(Invalid) as refusal:
        world.submit(hand_out, verdict="reject", answers=BAD, details=VerdictDetails())

    assert set(refusal.value.complaints) == {"failure_kind", "failure_severity"}
    assert not Review.objects.exists()


def test_an_escalation_goes_to_a_role_or_to_a_person_who_settles(world):
    world.ingest(chat_row("r-1"), chat_row("r-2"), chat_row("r-3"))

    for to in ("", "admin", f"person-{world.olga.pk}"):
        world.review_next(world.ana, verdict="escalate", details=VerdictDetails(escalated_to=to))

    stored = Escalation.objects.order_by("pk").values_list("role", "person__username")
    assert list(stored) == [("adjudicator", None), ("admin", None), ("owner", "olga")]


@pytest.mark.parametrize("to", ["person-0", "person-x", "person-99999999999999999999", "reviewer", "nobody"])
def test_an_escalation_to_nobody_of_the_list_is_refused(world, to):
    world.ingest(chat_row())

    with pytest.raises(Invalid) as refusal:
        world.review_next(world.ana, verdict="escalate", details=VerdictDetails(escalated_to=to))

    assert set(refusal.value.complaints) == {"escalated_to"}
    assert not Review.objects.exists()


def test_a_reviewer_is_not_somebody_to_escalate_to(world):
    world.ingest(chat_row())
    to_ben = VerdictDetails(escalated_to=f"person-{world.ben.pk}")

    with pytest.raises(Invalid):
        world.review_next(world.ana, verdict="escalate", details=to_ben)


def test_the_same_submit_again_is_one_review_and_one_correction(world):
    world.ingest(chat_row())
    hand_out = world.hand_out(world.ana)
    world.submit(hand_out, verdict="revise", details=PROPOSED)

    again = world.submit(hand_out, verdict="revise", details=PROPOSED)

    assert (again.outcome, Correction.objects.count()) == ("repeated", 1)


@pytest.mark.parametrize("changed", [VerdictDetails("Another text.", FINDING), VerdictDetails(BETTER)])
def test_the_same_submit_with_another_correction_or_failure_is_refused(world, changed):
    world.ingest(chat_row())
    hand_out = world.hand_out(world.ana)
    world.submit(hand_out, verdict="revise", details=PROPOSED)

    with pytest.raises(Conflict):
        world.submit(hand_out, verdict="revise", details=changed)

    assert Correction.objects.get().text == BETTER


def test_what_is_taken_back_returns_with_its_correction_failure_and_addressee(world):
    world.ingest(chat_row("r-1"), chat_row("r-2"))
    revised = revise(world, world.ana).review
    escalated = world.review_next(world.ben, verdict="escalate", details=VerdictDetails(escalated_to="owner")).review

    for review in (revised, escalated):
        take_back(review.hand_out, now=world.now)

    [of_ana, of_ben] = [review.entry.drafts.get(reviewer=review.reviewer).content for review in (revised, escalated)]
    assert (of_ana["correction"], of_ana["failure_kind"], of_ana["failure_cause"]) == (BETTER, FINDING.kind, "prompt")
    assert of_ben["escalated_to"] == "owner"


@pytest.mark.parametrize("model", [Correction, Failure, FinalCorrection, FinalFailure])
def test_what_is_stored_is_never_changed_or_deleted(world, clock, model):
    world.ingest(chat_row())
    revise(world, world.ana)
    settle(world, clock)
    assert model.objects.exists()

    for change in (
        lambda: model.objects.update(**{"text" if "orrection" in model.__name__ else "cause": "tool"}),
        lambda: model.objects.all()._raw_delete("default"),
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            change()


# --- what a final label takes over ------------------------------------------------------------------------------------


def test_one_reviewers_correction_and_failure_are_final_with_their_label(world, clock):
    world.ingest(chat_row())
    review = revise(world, world.ana).review

    final = settle(world, clock)

    assert (final.correction.text, final.correction.proposed_in) == (BETTER, review)
    assert (final.failure.kind, final.failure.severity, final.failure.cause) == (
        "missing_information",
        "minor",
        "prompt",
    )


def test_two_who_revise_differently_leave_no_final_text(world, clock):
    world.set_queue(overlap=2)
    world.ingest(chat_row())
    revise(world, world.ana)
    revise(world, world.ben, text="Something else entirely.", finding=Finding("missing_information", "major"))

    final = settle(world, clock)

    assert final.verdict == "revise"
    assert not hasattr(final, "correction")
    assert (final.failure.kind, final.failure.severity, final.failure.cause) == ("missing_information", "", "")


def test_whoever_was_outvoted_does_not_say_what_failed(world, clock):
    world.set_queue(overlap=2)
    world.ingest(chat_row())
    world.review_next(world.ana, verdict="reject", answers=BAD)
    revise(world, world.ben)
    clock.shift(31)
    world.settle_all()
    world.review_next(world.cleo, verdict="reject", answers=BAD)

    final = settle(world, clock)

    assert (final.verdict, final.failure.kind) == ("reject", "factual_error")
    assert not hasattr(final, "correction")
