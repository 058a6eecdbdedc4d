"""Twelve weeks before that day: mail every working day, reviews after lunch, disputes settled the next morning."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from heapq import heapify, heappop, heappush
from random import Random
from typing import Any

from labeling.management.demo_world.facts import working_day
from labeling.management.demo_world.judging import next_verdicts_of
from labeling.management.demo_world.oversight import plan_threshold, switch_guardrails_on, try_next_version
from labeling.management.demo_world.policies import (
    BACK_REASON,
    FIRST_POLICY,
    FIRST_REASON,
    LOOSER_POLICY,
    LOOSER_REASON,
    SECOND_POLICY,
    SECOND_REASON,
)
from labeling.management.demo_world.reviewers import DOUBTS, habits_of, known_answers, note_on, submission_of
from labeling.management.demo_world.rulings import ruling_on
from labeling.management.demo_world.second_looks import begin_reveals, examine, look_at_judge
from labeling.management.demo_world.shop import REVIEWERS, Shop, make_gold, publish, receive, settle_what_is_due
from labeling.management.demo_world.writing import Writer
from labeling.models import HandOut, QueueEntry, Rater
from labeling.policy.blinding import canonical_choice
from labeling.policy.rubrics import GivenAnswer, Submission
from labeling.queries.access import rater_of
from labeling.queries.queues import open_slots_for
from labeling.queries.rounds import rounds_to_close
from labeling.services.adjudication import adjudicate
from labeling.services.events import seal_events
from labeling.services.gold import plant_gold
from labeling.services.queues import hand_out_next, take_seat
from labeling.services.repeats import plant_repeats
from labeling.services.reviews import submit_review
from labeling.services.rounds import close_round, open_round
from labeling.services.routing import release_holds

DAYS_A_WEEK = 5
# One number a week, the first week first. What is not routed yet is all reviewed, so the shop begins small.
N_OUTPUTS = (60, 180, 220, 245, 255, 260, 265, 270, 275, 275, 280, 285)
N_COMPARISONS = (0, 0, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9)
NEWER_SHARES = (0, 0, 0, 0, 0, 0, 0.35, 0.7, 0.85, 0.9, 0.9, 0.9)
N_WEEKS = len(N_OUTPUTS)
N_GOLD_A_WEEK = 6
SECONDS_BETWEEN_TURNS = (90, 240)
# Comparisons come early in the week, so that a third opinion is in before it ends.
COMPARISON_DAYS = (0, 1, 2)
# In this week all three also get the same batch, to compare them; it closes before the history ends.
ROUND_WEEK, N_IN_ROUND = 10, 15
# People look at the judge from this week on; in this one it is examined, and from this one its next version judges too.
REVEAL_WEEK, EXAMINED_WEEK, NEXT_JUDGE_WEEK = 1, 9, 10
# Guardrails are on from this week, in this one a look for a threshold is planned, and in this one shadow begins.
GUARDED_WEEK, PLANNED_WEEK, SHADOW_WEEK = 8, 9, 11
# The policy that goes live at the beginning of a week, and why.
POLICIES = {
    0: (FIRST_POLICY, FIRST_REASON),
    1: (SECOND_POLICY, SECOND_REASON),
    4: (LOOSER_POLICY, LOOSER_REASON),
    6: (SECOND_POLICY, BACK_REASON),
}


@dataclass
class Past:
    """The history being played: who writes the mail, who sits where, and which disputes wait for olga."""

    shop: Shop
    writer: Writer
    raters: dict[str, Rater] = field(default_factory=dict)
    seats: dict[str, int] = field(default_factory=dict)
    disputes: list[int] = field(default_factory=list)
    has_comparisons: bool = False
    # What came later than the history has dice of its own: the rest stays as it was told.
    later_dice: Random = field(default_factory=lambda: Random(2027))


def first_day_of_past(today: date, *, n_weeks: int) -> date:
    return working_day(today, -DAYS_A_WEEK * n_weeks)


def play_past(shop: Shop, *, today: date) -> None:
    """Every working day of the weeks before `today`, in its order."""
    past = Past(shop, Writer(shop.dice, truth=shop.truth))
    day = first_day_of_past(today, n_weeks=shop.n_weeks)
    for week in range(shop.n_weeks):
        begin_week(past, week, day=day)
        for number in range(DAYS_A_WEEK):
            play_day(past, day, week=week, number=number)
            day = working_day(day, 1)
        seal_events(shop.project, now=at_time(day, 6))


def at_time(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), tzinfo=UTC)


def begin_week(past: Past, week: int, *, day: date) -> None:
    """What changes with a week: the policy now and then, and a few new gold cases."""
    if week in POLICIES:
        definition, reason = POLICIES[week]
        publish(past.shop, definition, reason, at=at_time(day, 7))
    make_gold(past.shop, past.writer.write_gold(day, N_GOLD_A_WEEK), now=at_time(day, 7, 30))
    if week == ROUND_WEEK:
        compare_everybody(past, at=at_time(day, 8))
    if week == REVEAL_WEEK:
        begin_reveals(past.shop, at=at_time(day, 8))
    if week == EXAMINED_WEEK:
        examine(past.shop, at=at_time(day, 8))
    if week == GUARDED_WEEK:
        switch_guardrails_on(past.shop, at=at_time(day, 8))
    if week == PLANNED_WEEK:
        plan_threshold(past.shop, at=at_time(day, 8))
    if week == SHADOW_WEEK:
        try_next_version(past.shop, at=at_time(day, 7, 15))
    if week == 0:
        for name in REVIEWERS:
            past.raters[name] = rater_of(past.shop.users[name], past.shop.project)
            for queue in past.shop.queues:
                take_seat(queue, past.raters[name], now=at_time(day, 8))
            past.seats[name] = past.shop.queues[0].seats.get(reviewer=past.raters[name]).pk


def compare_everybody(past: Past, *, at: datetime) -> None:
    open_round(
        past.shop.queues[0],
        name=f"{at:%B}",
        n_items=N_IN_ROUND,
        reviewer_ids=[rater.pk for rater in past.raters.values()],
        due_at=at + timedelta(days=4),
        opener=past.shop.users["olga"],
        now=at,
    )


def close_rounds(*, at: datetime) -> None:
    for round_id in rounds_to_close(now=at):
        close_round(round_id, now=at)


def play_day(past: Past, day: date, *, week: int, number: int) -> None:
    shop = past.shop
    rows = [
        past.writer.write_item(day, newer_share=NEWER_SHARES[week])
        for _ in range(share_of_week(N_OUTPUTS[week], number))
    ]
    if number in COMPARISON_DAYS:
        rows += [past.writer.write_comparison(day) for _ in range(N_COMPARISONS[week] // len(COMPARISON_DAYS))]
    if week >= NEXT_JUDGE_WEEK:
        judge_in_shadow(past, rows)
    receive(shop, rows[: len(rows) // 2], at=at_time(day, 9), file_name=f"outputs-{day}-09.jsonl")
    settle_disputes(past, at=at_time(day, 10, shop.dice.randint(0, 50)))
    receive(shop, rows[len(rows) // 2 :], at=at_time(day, 12), file_name=f"outputs-{day}-12.jsonl")
    if any("judge_verdicts" not in row for row in rows):
        release_holds(shop.project, now=at_time(day, 12, 16))
    review_after_lunch(past, day, week=week)


def judge_in_shadow(past: Past, rows: list[dict[str, Any]]) -> None:
    for row in rows:
        if "judge_verdicts" in row and "output" in row:
            known = past.shop.truth[row["external_id"]]
            row["judge_verdicts"] = [*row["judge_verdicts"], *next_verdicts_of(known, past.later_dice)]


def share_of_week(n_outputs: int, number: int) -> int:
    return n_outputs // DAYS_A_WEEK + (number < n_outputs % DAYS_A_WEEK)


def review_after_lunch(past: Past, day: date, *, week: int) -> None:
    """Everybody works until nothing is left for them; whoever's turn comes first takes it first."""
    dice = past.shop.dice
    past.has_comparisons = past.shop.queues[1].entries.filter(state=QueueEntry.State.WAITING).exists()
    turns = [(at_time(day, 12, dice.randint(20, 45)), name) for name in REVIEWERS]
    for begins, name in turns:
        plant_gold(past.shop.queues[0], past.raters[name], now=begins)
        plant_repeats(past.seats[name], now=begins)
    heapify(turns)
    at = at_time(day, 12)
    while turns:
        at, name = heappop(turns)
        past.disputes += settle_what_is_due(now=at)
        seconds = take_turn(past, name, week=week, at=at)
        if seconds:
            heappush(turns, (at + timedelta(seconds=seconds), name))
    past.disputes += settle_what_is_due(now=at + timedelta(minutes=2))
    close_rounds(at=at + timedelta(minutes=2))


def take_turn(past: Past, name: str, *, week: int, at: datetime) -> int:
    """Review one item; returns after how many seconds this person is ready for the next, or 0 with nothing left."""
    dice, rater, habits = past.shop.dice, past.raters[name], habits_of(name, week=week)
    support, pairs = past.shop.queues
    is_pair_waiting = past.has_comparisons and open_slots_for(pairs, rater, now=at).exists()
    hand_out = hand_out_next(pairs if is_pair_waiting else support, rater, now=at)
    if not isinstance(hand_out, HandOut):
        return 0
    known = past.shop.truth[hand_out.entry.item.external_id]
    submission = submission_of(dice, known, habits=habits, note=note_on(dice, known["flaw"]), doubt=dice.choice(DOUBTS))
    seconds = dice.randint(*habits.seconds)
    done_at = at + timedelta(seconds=seconds)
    submitted = submit_review(
        hand_out,
        revision=1,
        submission=as_shown(submission, hand_out.order_shown),
        active_ms=1_000 * seconds + dice.randrange(1_000),
        now=done_at,
    )
    if submitted.offer:
        look_at_judge(submitted.offer, is_bad=known["is_bad"], dice=past.later_dice, now=done_at)
    # Whoever is quick takes longer breaks: all three share the work alike, whatever time each gives an item.
    return max(seconds, dice.randint(*SECONDS_BETWEEN_TURNS)) + 5


def as_shown(submission: Submission, order_shown: str) -> Submission:
    """A preference as the reviewer presses it: by the side on which they saw the output."""
    preference = submission.answers.get("preference")
    if preference is None:
        return submission
    return Submission({"preference": GivenAnswer(canonical_choice(preference.value, order_shown))})


def settle_disputes(past: Past, *, at: datetime) -> None:
    """Olga settles what waits since the day before; now and then she sleeps over one once more."""
    waiting, past.disputes = past.disputes, []
    for entry in QueueEntry.objects.filter(pk__in=waiting).select_related("item").order_by("id"):
        if past.shop.dice.random() < 0.2:
            past.disputes.append(entry.pk)
            continue
        at += timedelta(minutes=past.shop.dice.randint(2, 8))
        known = past.shop.truth[entry.item.external_id]
        adjudicate(
            entry,
            adjudicator=past.shop.users["olga"],
            verdict="reject" if known["verdict"] == "escalate" else known["verdict"] or "",
            answers=known_answers(known),
            **ruling_on(past.shop.dice, known),
            now=at,
        )
