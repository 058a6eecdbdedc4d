"""The proof of blinding: every label rebuilds the content and the order that were shown, whatever came of the item."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from labeling.models import HandOut, ItemPayload, Review
from labeling.queries.access import review_in
from labeling.queries.blinding import every_proof, newest_proofs, proof_of
from labeling.services.reviews import take_back
from tests.world import action_row, chat_row, pair_row, rag_row


@pytest.fixture
def labelled(world):
    """Reviews of every kind, of pairs in both orders, gold among them, one taken back and one late."""
    world.set_queue(overlap=2)
    world.make_gold(chat_row("g-1", output="Gold."))
    world.ingest(chat_row(), rag_row(), action_row(), *[pair_row(f"p-{number}") for number in range(4)])
    world.show_both_orders(world.ana)
    world.set_queue(gold_share=0.3)
    for user in (world.ana, world.ben):
        while isinstance(hand_out := world.hand_out(user), HandOut):
            world.submit(hand_out)
        while isinstance(hand_out := world.hand_out(user, world.pair_queue), HandOut):
            world.submit(hand_out, verdict="", answers={"preference": "a"})
    take_back(hand_out_of_last_review(), now=world.now)
    return world


def hand_out_of_last_review():
    return Review.objects.select_related("hand_out").latest("id").hand_out


def proofs_by_review(world):
    return {pk: proof_of(review_in(world.project, pk).hand_out) for pk in Review.objects.values_list("pk", flat=True)}


def test_every_review_rebuilds_what_was_shown_in_both_orders(labelled):
    proofs = proofs_by_review(labelled)

    assert len(proofs) >= 14
    assert all(proof.holds and proof.is_as_now for proof in proofs.values())
    assert {proof.order_shown for proof in proofs.values()} == {"single", "ab", "ba"}
    assert {proof.item.kind for proof in proofs.values()} == {"chat_reply", "rag_answer", "pending_action", "pairwise"}


def test_the_texts_of_a_pair_come_back_as_they_stood_before_the_reviewer(labelled):
    by_order = {proof.order_shown: proof.item.texts for proof in proofs_by_review(labelled).values()}

    assert by_order["ab"] == ("Clouds get heavy and let go of their water.", "Rain is precipitation.")
    assert by_order["ba"] == tuple(reversed(by_order["ab"]))


def test_a_payload_that_was_changed_or_erased_takes_nothing_from_the_proof(labelled):
    before = {pk: proof.item for pk, proof in proofs_by_review(labelled).items()}
    ItemPayload.objects.filter(item__external_id="r-1").update(texts=["Another text."])
    ItemPayload.objects.exclude(item__external_id="r-1").delete()

    proofs = proofs_by_review(labelled)

    assert {pk: proof.item for pk, proof in proofs.items()} == before
    assert all(proof.holds for proof in proofs.values())
    assert {proof.is_as_now for proof in proofs.values()} == {False, None}


def test_a_record_that_does_not_hold_is_noticed(labelled):
    hand_out = HandOut.objects.select_related("shown").latest("id")
    hand_out.shown.content = hand_out.shown.content.replace("Clouds", "Clocks")

    assert not proof_of(hand_out).is_intact
    hand_out.order_shown = "ab" if hand_out.order_shown == "ba" else "ba"
    assert not proof_of(hand_out).is_own_order


def test_the_newest_are_tried_in_one_query(labelled, django_assert_num_queries):
    with django_assert_num_queries(1):
        proofs = newest_proofs(labelled.project)

    assert (proofs.n_tried, proofs.broken) == (Review.objects.count(), [])


def test_the_command_tries_every_review(labelled):
    printed = StringIO()

    call_command("check_shown", "shop", "--json", stdout=printed)

    assert json.loads(printed.getvalue()) == {"n_reviews": Review.objects.count(), "broken": []}


def test_the_command_fails_for_a_review_that_does_not_hold(labelled):
    # Who has the database's secret dice changed has changed what the orders say.
    labelled.set_queue(seeding_secret="another")
    assert every_proof(labelled.project).broken

    with pytest.raises(CommandError, match="do not rebuild"):
        call_command("check_shown", "shop", stdout=StringIO())


def test_the_command_names_a_project_that_is_not_there(db):
    with pytest.raises(CommandError, match="no project 'nowhere'"):
        call_command("check_shown", "nowhere")
