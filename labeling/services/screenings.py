"""Qualifying: laying training and a screen ready for somebody, and ending it with its result."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Exists

from labeling.models import (
    SCREEN_ROUND,
    TRAINING_ROUND,
    EntryPurpose,
    GoldCase,
    HandOut,
    Queue,
    QueueEntry,
    Rater,
    Screening,
)
from labeling.policy.errors import Conflict
from labeling.policy.qualifying import is_passed
from labeling.policy.seeding import shuffled_cases
from labeling.policy.standing import PAUSED
from labeling.queries.duties import admission_to
from labeling.queries.planting import unmet_cases
from labeling.queries.screening_results import screen_answers
from labeling.queries.screenings import (
    open_screening,
    refusal_to_begin,
    screenings_to_end,
    unfinished_of,
)
from labeling.queries.standing import standing_of
from labeling.services.earned import grant_earned
from labeling.services.entries import add_reserved_turn, locked_shared_entry, version_for
from labeling.services.events import record_event
from labeling.services.queues import LOCKED_SEAT, take_seat
from labeling.services.standing import let_back

Purpose = EntryPurpose.Purpose


@transaction.atomic
def begin_screening(queue: Queue, reviewer: Rater, *, now: datetime) -> Screening:
    """Let somebody try to qualify: lays ready so many training and screen cases that they never met, for them alone.

    Locks their seat, so that of two tabs one begins it and the other finds it begun. Safe to repeat: while it is open
    it is what comes back. Refused, with the reason, where they may not or where cases are missing; nothing is stored.
    """
    take_seat(queue, reviewer, now=now)
    LOCKED_SEAT.one(queue=queue.pk, reviewer=reviewer.pk)
    begun = open_screening(queue, reviewer)
    if begun is not None:
        return begun
    version = version_for(queue)
    refusal = refusal_to_begin(queue, reviewer, version, admission=admission_to(queue, reviewer, now=now))
    if refusal:
        raise Conflict(refusal)
    screening = Screening.objects.create(queue=queue, reviewer=reviewer, rubric_version=version, began_at=now)
    training = drawn_cases(screening, GoldCase.Use.TRAINING, n_wanted=queue.n_training)
    screen = drawn_cases(screening, GoldCase.Use.SCREEN, n_wanted=queue.n_screen)
    lay_ready(screening, training, purpose=Purpose.TRAINING, round=TRAINING_ROUND, now=now)
    lay_ready(screening, screen, purpose=Purpose.SCREEN, round=SCREEN_ROUND, now=now)
    record_event(
        "screening.begun",
        project=queue.project,
        now=now,
        actor=reviewer.user,
        screening_id=screening.pk,
        queue_id=queue.pk,
        rater_id=reviewer.pk,
        version_id=version.pk,
        n_training=len(training),
        n_screen=len(screen),
    )
    return screening


def drawn_cases(screening: Screening, use: str, *, n_wanted: int) -> list[GoldCase]:
    """A random batch of what they never met, in an order of their own; the same on every replay.

    Locked, so that a case that is just being retired is either left out or has its turn closed.
    """
    queue, reviewer = screening.queue, screening.reviewer
    unmet = list(unmet_cases(screening.rubric_version, reviewer, use=use).values_list("pk", flat=True))
    order = shuffled_cases(queue.seeding_secret, reviewer_id=reviewer.pk, case_ids=unmet)[:n_wanted]
    locked = GoldCase.objects.select_for_update(no_key=True).filter(pk__in=order, retired_at__isnull=True)
    cases = {case.pk: case for case in locked.order_by("pk")}
    return [cases[pk] for pk in order if pk in cases]


def lay_ready(screening: Screening, cases: Sequence[GoldCase], *, purpose: str, round: int, now: datetime) -> None:
    """A turn at each case, in this order. Inside the caller's transaction.

    An entry serves everybody who meets its case, and its row is locked before it grows by a turn: by the ids of the
    cases, whatever the order of the turns, or two people who begin at once would wait for each other.
    """
    entries = {
        case.pk: locked_shared_entry(
            case.item_id,
            queue=screening.queue,
            version_id=screening.rubric_version_id,
            round=round,
            purpose=purpose,
            gold_case=case,
            state=QueueEntry.State.SETTLED,
            now=now,
        )
        for case in sorted(cases, key=lambda case: case.pk)
    }
    for case in cases:
        add_reserved_turn(entries[case.pk], reviewer_id=screening.reviewer_id)


# --- its turns ----------------------------------------------------------------------------------------------------


def note_training(hand_out: HandOut, *, now: datetime) -> None:
    """Note when the last training turn is done. Inside the transaction of its submission; one statement."""
    of_reviewer = {"queue": hand_out.slot.queue_id, "reviewer": hand_out.reviewer_id}
    left = unfinished_of(hand_out.slot.queue_id, hand_out.reviewer_id).filter(entry__round=TRAINING_ROUND)
    begun = Screening.objects.filter(~Exists(left), ended_at__isnull=True, trained_at__isnull=True, **of_reviewer)
    begun.update(trained_at=now)


def refuse_if_screened(hand_out: HandOut) -> None:
    """A screen that has its result is not answered again. Inside the transaction of a take-back; locks the screening,
    so that a take-back and the end of the screen never both happen."""
    begun = Screening.objects.select_for_update(no_key=True).filter(
        queue=hand_out.slot.queue_id, reviewer=hand_out.reviewer_id, ended_at__isnull=True
    )
    if begun.first() is None:
        raise Conflict("This screen has its result, so its answers stay as they are.")


@transaction.atomic
def end_screening(screening_id: int, *, now: datetime) -> bool:
    """Write the result of a screen whose turns are all done, and carry out what it earns where it is passed.

    Not with its last answer but once that can be taken back no more: a slip may be mended on a screen as on any other
    turn, and nobody mends one after seeing the result. Locks the screening; whoever comes second, or too early, changes
    nothing. Safe to repeat: False where there was nothing to end. Cases that were retired meanwhile are not counted.
    """
    screenings = Screening.objects.select_for_update(no_key=True, of=("self",)).select_related(
        "queue__project", "reviewer__user", "rubric_version"
    )
    screening = screenings.get(pk=screening_id)
    if screening.ended_at is not None or screening.pk not in screenings_to_end(now=now):
        return False
    answers = screen_answers(Screening.objects.filter(pk=screening.pk), now=now)
    screening.n_right, screening.n_cases = sum(one.is_right for one in answers), len(answers)
    screening.has_passed = is_passed(
        screening.n_right, screening.n_cases, passing_share=screening.queue.screen_passing_share
    )
    screening.ended_at, screening.trained_at = now, screening.trained_at or now
    screening.save(update_fields=["n_right", "n_cases", "has_passed", "ended_at", "trained_at"])
    record_event(
        "screening.ended",
        project=screening.queue.project,
        now=now,
        actor=screening.reviewer.user,
        screening_id=screening.pk,
        queue_id=screening.queue_id,
        rater_id=screening.reviewer_id,
        n_right=screening.n_right,
        n_cases=screening.n_cases,
        passing_share=screening.queue.screen_passing_share,
        has_passed=screening.has_passed,
    )
    if screening.has_passed:
        carry_out(screening, now=now)
    return True


def carry_out(screening: Screening, *, now: datetime) -> None:
    """What a passed screen earns: the qualification, where the queue asks for one, and the way back from a pause.

    Inside the caller's transaction. What was begun before the pause says nothing about what led to it.
    """
    if screening.queue.needs_qualification:
        grant_earned(screening, now=now)
    period = standing_of(screening.queue_id, screening.reviewer_id)
    if period is not None and period.state == PAUSED and screening.began_at >= period.began_at:
        let_back(period, reason="They trained again and passed the screen.", actor=None, now=now)
