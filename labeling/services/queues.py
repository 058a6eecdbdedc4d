"""Handing out: leases, postponements and the sweep that gives abandoned turns back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet

from labeling.models import (
    REPEAT_ROUND,
    HandOut,
    Postponement,
    Project,
    Queue,
    Rater,
    Rubric,
    Seat,
    ShownItem,
    Slot,
    User,
)
from labeling.policy.assignment import Admission, EmptyQueue, next_candidate
from labeling.policy.blinding import blind_item, hash_of_record, order_for
from labeling.policy.errors import Invalid
from labeling.policy.seeding import is_gold_turn, is_repeat_turn, is_round_turn
from labeling.policy.standing import gold_share_for
from labeling.queries.duties import admission_to
from labeling.queries.prepared import Given, Prepared, PreparedUpdate, insert, insert_missing
from labeling.queries.queues import (
    FIRST_FROM_PLACE_ON,
    FIRST_IN_LINE,
    FIRST_OF_ROUNDS,
    FIRST_RESERVED,
    current_hand_out,
    n_passed_over,
    reason_for_empty,
    slots_of_screening,
)
from labeling.queries.rubric_versions import version_in_use
from labeling.services.events import record_event

POSTPONE_MINUTES = 30
# How often a claim looks again after losing a slot to somebody else between looking and taking.
CLAIM_ATTEMPTS = 5
# A place in line is kept from so many slots passed over on, for so long; and looked for once in so many turns.
MOST_PASSED_OVER = 20
PLACE_SECONDS = 60
TURNS_BETWEEN_LOOKS = 20
PLACE = ("place_priority", "place_due_at", "place_slot", "place_until")


def held_slots_of(entry: int | Given, reviewer: int | Given) -> QuerySet[Slot]:
    return Slot.objects.filter(entry=entry, reviewer=reviewer, state=Slot.State.LEASED)


# The writes of every claim and heartbeat.
LOCKED_SEAT: Prepared[Seat] = Prepared(
    Seat.objects.select_for_update(no_key=True).filter(queue=Given("queue"), reviewer=Given("reviewer"))
)
LEASE = PreparedUpdate(
    Slot.objects.filter(pk=Given("slot"), state=Slot.State.OPEN, lease_no=Given("lease_no")),
    state=Slot.State.LEASED,
    reviewer=Given("reviewer"),
    lease_until=Given("until"),
    lease_no=F("lease_no") + 1,
)
OPEN_FOLLOWING = PreparedUpdate(
    Slot.objects.filter(entry=Given("entry"), slot_no=Given("slot_no"), state=Slot.State.WAITING),
    state=Slot.State.OPEN,
)
MOVE_ON = PreparedUpdate(
    Seat.objects.filter(pk=Given("seat")), turns=F("turns") + 1, **{name: Given(name) for name in PLACE}
)
WITH_PAYLOAD: Prepared[Slot] = Prepared(
    Slot.objects.filter(pk=Given("slot")).select_related("entry__item__payload", "entry__rubric_version")
)
RENEW = PreparedUpdate(held_slots_of(Given("entry"), Given("reviewer")), lease_until=Given("until"))


@transaction.atomic
def create_queue(
    *,
    project: Project,
    slug: str,
    name: str,
    rubric: Rubric,
    author: User,
    now: datetime,
    kinds: Sequence[str] = (),
    **settings: Any,
) -> Queue:
    """A new queue. `settings` are the fields of `Queue` that say how it hands out (overlap, gold_share, …).

    A taken slug is refused; the unique slug refuses the loser of a race, and nothing of it is stored. So is a rubric of
    which there is but a draft: nothing could be queued against it.
    """
    if version_in_use(rubric) is None:
        raise Invalid({"rubric": "This rubric is still a draft; put a version of it to use first."})
    if Queue.objects.filter(project=project, slug=slug).exists():
        raise Invalid({"slug": "This project already has a queue of that name."})
    queue = Queue.objects.create(
        project=project, slug=slug, name=name, rubric=rubric, kinds=list(kinds), created_at=now, **settings
    )
    record_event("queue.created", project=project, now=now, actor=author, queue_id=queue.pk)
    return queue


@transaction.atomic
def change_queue(queue: Queue, *, reason: str, actor: User, now: datetime, **settings: Any) -> list[str]:
    """Change how a queue hands out; returns what changed, in words. What is in it already keeps its overlap.

    Locks the queue's row, so that two admins take turns: the later one wins, and both are in the audit trail. Refused
    without a reason. Safe to repeat: what is so already is no change, and nothing is written.
    """
    if not reason.strip():
        raise Invalid({"reason": "Say why; the audit trail keeps it."})
    locked = Queue.objects.select_for_update(no_key=True).get(pk=queue.pk)
    changed = {name: value for name, value in settings.items() if getattr(locked, name) != value}
    changes = [f"{name}: {getattr(locked, name)} → {value}" for name, value in changed.items()]
    if changes:
        Queue.objects.filter(pk=queue.pk).update(**changed)
        record_event(
            "queue.changed",
            project=locked.project,
            now=now,
            actor=actor,
            queue_id=queue.pk,
            changes=changes,
            reason=reason.strip(),
        )
    return changes


@transaction.atomic
def take_seat(queue: Queue, reviewer: Rater, *, now: datetime) -> bool:
    """Give a reviewer a place in a queue; True the first time. Safe to repeat."""
    _, is_new = Seat.objects.get_or_create(queue=queue, reviewer=reviewer, defaults={"taken_at": now})
    return is_new


@dataclass(frozen=True, slots=True)
class Claim:
    """What came of asking for work: a hand-out or why there is none, and the admission, if it had to be asked for."""

    outcome: HandOut | EmptyQueue
    admission: Admission | None = None


def hand_out_next(queue: Queue, reviewer: Rater, *, now: datetime) -> HandOut | EmptyQueue:
    """What `claim_next` gives, for whoever draws no page from it."""
    return claim_next(queue, reviewer, now=now).outcome


@transaction.atomic
def claim_next(queue: Queue, reviewer: Rater, *, now: datetime) -> Claim:
    """Give a reviewer their next item, or the one they hold already, or the reason why there is none.

    Locks the reviewer's seat (two tabs take turns and get the same item) and takes the slot by compare-and-set;
    whoever loses a slot looks again. Gold, repeated and live turns run the same statements. Safe to repeat: the second
    call returns what the first one handed out. What a calibration round laid ready stands in for the pool on its turns,
    and where the pool is empty. Gold is drawn from what asks the same rubric version as the next item, or its questions
    would tell it. Whoever is qualifying gets what was laid ready for that and nothing else; only they are asked for it.
    """
    seat = LOCKED_SEAT.one(queue=queue.pk, reviewer=reviewer.pk)
    held = current_hand_out(queue, reviewer)
    if held is not None:
        renew_lease(held, now=now)
        return Claim(held)
    admission = admission_to(queue, reviewer, now=now)
    if admission.screening_comes_first:
        turn = hand_out_to_qualify(queue, reviewer, now=now)
        if turn is not None:
            return Claim(turn, admission)
    if admission.may_draw:
        falls_on_gold = is_gold_turn(
            queue.seeding_secret,
            reviewer_id=reviewer.pk,
            turn=seat.turns,
            gold_share=gold_share_for(queue.gold_share, admission.standing),
        )
        falls_on_repeat = not falls_on_gold and is_repeat_turn(
            queue.seeding_secret, reviewer_id=reviewer.pk, turn=seat.turns, repeat_share=queue.repeat_share
        )
        falls_on_round = is_round_turn(queue.seeding_secret, reviewer_id=reviewer.pk, turn=seat.turns)
        asked = {"queue": queue.pk, "reviewer": reviewer.pk, "now": now}
        for _ in range(CLAIM_ATTEMPTS):
            pool, place = first_of_pool(seat, asked)
            of_round = FIRST_OF_ROUNDS.first(**asked)
            if of_round is not None and (pool is None or falls_on_round):
                pool = of_round
            version_id = pool.entry.rubric_version_id if pool else None
            reserved = FIRST_RESERVED.first(**asked, version=version_id, round=REPEAT_ROUND if falls_on_repeat else 1)
            slot = next_candidate(
                pool=pool,
                reserved=reserved,
                is_reserved_turn=falls_on_gold or falls_on_repeat,
                came_back=reserved is not None and reserved.lease_no > 0,
            )
            if slot is None:
                break
            if lease_slot(slot, reviewer, until=now + timedelta(seconds=queue.lease_seconds)):
                MOVE_ON(seat=seat.pk, **place)
                return Claim(write_hand_out(slot, reviewer, queue=queue, now=now), admission)
    return Claim(reason_for_empty(queue, reviewer, admission=admission, now=now), admission)


def hand_out_to_qualify(queue: Queue, reviewer: Rater, *, now: datetime) -> HandOut | None:
    """The next training or screen turn of a reviewer; None where none lies ready. Inside the claim's transaction.

    Such a turn moves their seat on by nothing: where gold falls later is not for it to decide.
    """
    slot = slots_of_screening(queue, reviewer, now=now).first()
    until = now + timedelta(seconds=queue.lease_seconds)
    if slot is None or not lease_slot(slot, reviewer, until=until):
        return None
    return write_hand_out(slot, reviewer, queue=queue, now=now)


def first_of_pool(seat: Seat, asked: dict[str, Any]) -> tuple[Slot | None, dict[str, Any]]:
    """The first slot in line that is theirs to take, and what to keep of where it stands.

    Of a line whose front somebody has labelled already, each look would pass over all of it, and take longer with
    every label. So a place is kept for a minute and moves on with them, in which whatever comes in before it waits for
    them; others see it at once, and so do they where nothing is left behind it.
    """
    kept = {name: getattr(seat, name) for name in PLACE}
    if seat.place_until is not None and asked["now"] < seat.place_until:
        slot = FIRST_FROM_PLACE_ON.first(**asked, **kept)
        if slot is not None:
            return slot, place_of(slot, until=seat.place_until)
    slot = FIRST_IN_LINE.first(**asked)
    may_keep = seat.place_until is not None or seat.turns % TURNS_BETWEEN_LOOKS == 0
    return slot, place_to_keep(slot, now=asked["now"]) if may_keep else kept


def place_to_keep(slot: Slot | None, *, now: datetime) -> dict[str, Any]:
    if slot is None or n_passed_over(slot, at_most=MOST_PASSED_OVER) < MOST_PASSED_OVER:
        return dict.fromkeys(PLACE)
    return place_of(slot, until=now + timedelta(seconds=PLACE_SECONDS))


def place_of(slot: Slot, *, until: datetime) -> dict[str, Any]:
    return {
        "place_priority": slot.priority,
        "place_due_at": slot.due_at,
        "place_slot": slot.pk,
        "place_until": until,
    }


def lease_slot(slot: Slot, reviewer: Rater, *, until: datetime) -> bool:
    """Compare-and-set from open to leased; then the entry's next slot opens for somebody else."""
    is_taken = LEASE(slot=slot.pk, lease_no=slot.lease_no, reviewer=reviewer.pk, until=until) == 1
    if is_taken:
        open_following_slot(slot)
    return is_taken


def open_following_slot(slot: Slot) -> None:
    OPEN_FOLLOWING(entry=slot.entry_id, slot_no=slot.slot_no + 1)


def write_hand_out(slot: Slot, reviewer: Rater, *, queue: Queue, now: datetime) -> HandOut:
    """Record what this reviewer is shown. The page is drawn from this record, so it cannot show anything else.

    It comes back with all that the page asks for, so that the desk reads nothing twice.
    """
    slot = WITH_PAYLOAD.one(slot=slot.pk)
    slot.queue = queue
    item = slot.entry.item
    shown_item = blind_item(item.kind, item.payload.context, item.payload.texts)
    content = shown_item.canonical()
    shown = ShownItem(content_hash=hash_of_record(content), content=content)
    insert_missing(shown)
    return insert(
        HandOut(
            slot=slot,
            lease_no=slot.lease_no,
            entry=slot.entry,
            reviewer=reviewer,
            shown=shown,
            order_shown=order_for(
                queue.seeding_secret, reviewer_id=reviewer.pk, item_id=item.pk, n_texts=len(shown_item.texts)
            ),
            handed_at=now,
        )
    )


def held_slot(hand_out: HandOut) -> QuerySet[Slot]:
    """The slot of the entry that this reviewer holds now: the compare of every compare-and-set.

    Not by slot and lease: a late submission fills another slot, and taking it back leaves the reviewer with that one.
    """
    return held_slots_of(hand_out.entry_id, hand_out.reviewer_id)


def wait_for_pause(hand_out: HandOut) -> None:
    """Before the entry is locked: a pause that has just begun sees the submission or is seen by it.

    Only of a lease that was gone when it was read. One that is held goes back by the pause's own compare-and-set, and
    the seat would be one more statement for every submission.
    """
    if hand_out.slot.state != Slot.State.LEASED or hand_out.slot.reviewer_id != hand_out.reviewer_id:
        LOCKED_SEAT.first(queue=hand_out.slot.queue_id, reviewer=hand_out.reviewer_id)


def renew_lease(hand_out: HandOut, *, now: datetime) -> bool:
    """Extend a lease by its full length; False when it is gone. One statement, safe to repeat."""
    until = now + timedelta(seconds=hand_out.slot.queue.lease_seconds)
    return RENEW(entry=hand_out.entry_id, reviewer=hand_out.reviewer_id, until=until) == 1


@transaction.atomic
def postpone(hand_out: HandOut, *, now: datetime) -> None:
    """Give the turn back and do not offer this item to the same reviewer for a while. The draft stays.

    Compare-and-set; when the lease is gone already, only the postponement is kept. Safe to repeat.
    """
    give_back(held_slot(hand_out))
    Postponement.objects.update_or_create(
        entry_id=hand_out.entry_id,
        reviewer_id=hand_out.reviewer_id,
        defaults={"until": now + timedelta(minutes=POSTPONE_MINUTES)},
    )


def expire_leases(*, now: datetime) -> int:
    """Open every slot whose lease ran out; drafts stay. One statement, safe to repeat and to run twice at once."""
    return give_back(Slot.objects.filter(lease_until__lt=now))


def give_back(slots: QuerySet[Slot]) -> int:
    """Open the leased ones of these slots for whoever comes; how many they were. The compare-and-set of every return:
    a turn that was submitted meanwhile is *done* and stays so."""
    return slots.filter(state=Slot.State.LEASED).update(state=Slot.State.OPEN, reviewer=None, lease_until=None)
