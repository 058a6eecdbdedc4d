"""The last day of the demonstration, written by hand: 120 outputs, and what three people did with them so far."""

from datetime import datetime, timedelta

from labeling.management.demo_world.reviewers import (
    ON_THE_DAY,
    Habits,
    habits_of,
    known_answers,
    submission_of,
)
from labeling.management.demo_world.shop import REVIEWERS, Shop, read_lines, settle_what_is_due
from labeling.models import HandOut, QueueEntry
from labeling.queries.access import rater_of
from labeling.services.adjudication import adjudicate
from labeling.services.gold import plant_gold
from labeling.services.queues import hand_out_next, take_seat
from labeling.services.reviews import submit_review

N_TURNS = 75
# How far the day has come when the numbers of last night are made.
N_TURNS_BEFORE_NIGHT = 30


def learn_truth(shop: Shop) -> None:
    shop.truth |= {row["external_id"]: row for row in read_lines("truth.jsonl")}
    shop.truth |= {row["external_id"]: row["gold"] for row in read_lines("gold.jsonl")}


def label_for_a_while(shop: Shop, turns: range, *, at: datetime) -> datetime:
    """Three people take turns; each review takes a few minutes of the demonstration's past. Returns when it ended."""
    notes = {row["external_id"]: row["text"] for row in read_lines("notes.jsonl")}
    for turn in turns:
        at += timedelta(minutes=shop.dice.randint(4, 14))
        name = REVIEWERS[turn % len(REVIEWERS)]
        queue = shop.queues[1] if turn % 12 == 5 else shop.queues[0]
        rater = rater_of(shop.users[name], shop.project)
        take_seat(queue, rater, now=at)
        plant_gold(queue, rater, now=at)
        hand_out = hand_out_next(queue, rater, now=at)
        if not isinstance(hand_out, HandOut):
            continue
        external_id = hand_out.entry.item.external_id
        habits = habits_today(shop, name)
        submission = submission_of(shop.dice, shop.truth[external_id], habits=habits, note=notes.get(external_id, ""))
        least, most = habits.seconds
        active_ms = shop.dice.randint(1_000 * least, 1_000 * most)
        submit_review(hand_out, revision=1, submission=submission, active_ms=active_ms, now=at)
        settle_what_is_due(now=at)
    settle_what_is_due(now=at + timedelta(minutes=5))
    return at


def habits_today(shop: Shop, name: str) -> Habits:
    return habits_of(name, week=shop.n_weeks) if shop.n_weeks else ON_THE_DAY[name]


def settle_one_dispute(shop: Shop, *, now: datetime) -> None:
    """Olga has settled the oldest dispute; the others wait for whoever tries the demonstration."""
    entry = QueueEntry.objects.filter(
        queue__project=shop.project, state=QueueEntry.State.DISPUTED, queue=shop.queues[0]
    ).first()
    if entry is None:
        return
    known = shop.truth[entry.item.external_id]
    adjudicate(
        entry,
        adjudicator=shop.users["olga"],
        verdict="reject" if known["verdict"] == "escalate" else known["verdict"],
        answers=known_answers(known),
        reason=known["flaw"] or "It follows the policy; what was marked down is a matter of taste.",
        error_category="reviewer_error" if known["is_bad"] else "subjective",
        has_guideline_gap=False,
        now=now - timedelta(hours=1),
    )
