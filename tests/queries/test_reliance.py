"""Reliance on the judge as the page tells it: whose looks count, what is taken for true, and what is not told yet."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from labeling.models import HandOut
from labeling.policy.splits import DEVELOPMENT
from labeling.queries.exports import LISTINGS
from labeling.queries.reliance import reliance_of
from labeling.services.reveals import reveal, save_second_label
from tests.services.ruling import rule
from tests.world import chat_row, judged


@pytest.fixture
def revealing(world):
    world.set_queue(reveal_share=1.0)
    return world


def look(world, submitted, *, value=""):
    """They look, and say so much."""
    reveal(submitted.offer, now=world.now)
    if value:
        save_second_label(submitted.offer, value=value, now=world.now)


def numbers(world):
    return reliance_of(world.project, chosen_id=world.queue.pk, now=world.now)[0]


def test_where_nobody_was_ever_offered_a_look_there_is_nothing_to_tell(world):
    assert reliance_of(world.project, chosen_id=world.queue.pk, now=world.now) == []


def test_a_known_answer_says_who_was_right(revealing):
    for number in range(2):
        revealing.make_gold(chat_row(f"g-{number}", judge_verdicts=judged("fail")))
    revealing.ingest(chat_row("r-1", judge_verdicts=[]))
    revealing.set_queue(gold_share=1.0)

    look(revealing, revealing.review_next(revealing.ana), value="reject")
    look(revealing, revealing.review_next(revealing.ana), value="approve")

    found = numbers(revealing)
    assert (found.n_cases, found.n_judge_wrong) == (2, 2)
    assert (found.rsr.share.value, found.rsr.n, found.over_reliance.share.value) == (0.5, 2, 0.5)
    assert found.rsr.words == "not enough yet: 2 of about 30 cases"
    assert found.rair.share.undefined == "nobody was wrong where the judge was right"


def test_a_final_label_that_rests_on_one_review_says_nothing_of_it(revealing, clock):
    revealing.ingest(chat_row("r-1", judge_verdicts=judged("fail")))
    look(revealing, revealing.review_next(revealing.ana), value="reject")
    clock.shift(60)
    revealing.settle_all()

    found = numbers(revealing)

    assert (found.n_said, found.n_cases, found.n_without_truth) == (1, 0, 1)


def test_a_dispute_that_was_settled_says_who_should_have_moved(revealing, clock):
    revealing.set_queue(overlap=2, breaks_ties=False)
    revealing.ingest(chat_row("r-1", judge_verdicts=judged("fail")))
    ana = revealing.review_next(revealing.ana)
    ben = revealing.review_next(revealing.ben, verdict="reject")
    look(revealing, ana, value="reject")
    look(revealing, ben)
    clock.shift(60)
    revealing.settle_all()
    rule(revealing, revealing.olga)

    found = numbers(revealing)

    assert (found.n_offered, found.n_seen, found.n_said) == (2, 2, 1)
    assert (found.rair.share.value, found.rair.n) == (1.0, 1)


def test_it_takes_as_many_queries_for_many_looks_as_for_few(revealing):
    def asked():
        with CaptureQueriesContext(connection) as captured:
            numbers(revealing)
        return len(captured)

    revealing.ingest(*[chat_row(f"r-{number}", judge_verdicts=judged("fail")) for number in range(9)])
    for number in range(9):
        revealing.make_gold(chat_row(f"g-{number}", judge_verdicts=judged("fail")))
    for gold_share in (1.0, 0.0):
        revealing.set_queue(gold_share=gold_share)
        look(revealing, revealing.review_next(revealing.ana), value="reject")
    few = asked()
    revealing.set_queue(gold_share=0.5)
    while isinstance(hand_out := revealing.hand_out(revealing.ana), HandOut):
        look(revealing, revealing.submit(hand_out), value="reject")

    assert asked() == few <= 8


def test_second_labels_leave_as_not_counted_and_apart_from_labels(revealing, clock):
    revealing.ingest_into(DEVELOPMENT, chat_row("r-1", judge_verdicts=judged("fail", rationale="No date.")))
    labels = LISTINGS["labels"]
    look(revealing, revealing.review_next(revealing.ana), value="reject")
    clock.shift(60)
    revealing.settle_all()

    [row] = LISTINGS["second_labels"].rows(revealing.project, revealing.now)

    assert (row["blind_state"], row["is_counted"], row["blind_label"], row["label"]) == (
        "judge_visible",
        False,
        "pass",
        "fail",
    )
    assert list(row) == [column.name for column in LISTINGS["second_labels"].columns]
    assert LISTINGS["second_labels"].n_rows(revealing.project, revealing.now) == 1
    assert {one["blind_state"] for one in labels.rows(revealing.project, revealing.now)} == {"blind"}
    assert json.dumps(row, default=str)
