"""What waits, for whom, and why a queue is empty. No query here can tell gold from live."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import (
    BigIntegerField,
    BooleanField,
    DateTimeField,
    Exists,
    Func,
    OuterRef,
    PositiveSmallIntegerField,
    Q,
    QuerySet,
    Subquery,
)

from labeling.models import (
    TRAINING_ROUND,
    HandOut,
    Item,
    Postponement,
    Queue,
    QueueEntry,
    Rater,
    Recusal,
    Review,
    Slot,
)
from labeling.policy.assignment import Admission, EmptyQueue, explain_empty
from labeling.queries.duties import next_turn_of
from labeling.queries.prepared import Given, Prepared

# By the number of its round and not by its purpose, which no query here may ask for; a closed round's are settled.
OF_OPEN_ROUND = Q(entry__round__gt=1, entry__state=QueueEntry.State.WAITING)


def open_slots_for(queue: Queue | Given, reviewer: Rater | Given, *, now: datetime | Given) -> QuerySet[Slot]:
    """The pool as one reviewer may draw from it, first in line first.

    Independence is per item, whatever entry it came in.
    """
    postponed = Postponement.objects.filter(entry_id=OuterRef("entry_id"), reviewer=reviewer, until__gt=now)
    line = Slot.objects.filter(queue=queue, state=Slot.State.OPEN, reserved_for__isnull=True)
    return theirs_to_label(line, reviewer).filter(~Exists(postponed)).order_by("priority", "due_at", "id")


def theirs_to_label(slots: QuerySet[Slot], reviewer: Rater | Given) -> QuerySet[Slot]:
    """Without the items that a reviewer holds or labelled, and those they wrote, settled or made gold of.

    What they took back and left lying waits for them too, as a gold case would that came back to them.
    """
    held = Slot.objects.filter(entry__item_id=OuterRef("entry__item_id"), reviewer=reviewer)
    reviewed = Review.objects.filter(
        entry__item_id=OuterRef("entry__item_id"), reviewer=reviewer, withdrawal__isnull=True
    )
    return slots.filter(~Exists(held), ~Exists(reviewed), ~Exists(recusals_of(reviewer)))


def recusals_of(reviewer: Rater | Given) -> QuerySet[Recusal]:
    """For an outer slot: whether its item is kept from this reviewer."""
    return Recusal.objects.filter(item_id=OuterRef("entry__item_id"), reviewer=reviewer)


class RowAtLeast(Func):
    """`(a, b, c) >= (x, y, z)`, which both databases read off an index; spelled with AND and OR it is a scan."""

    conditional = True
    output_field = BooleanField()

    def as_sql(self, compiler, connection, **more):
        parts = [compiler.compile(one) for one in self.source_expressions]
        half = len(parts) // 2
        left, right = (", ".join(sql for sql, _ in side) for side in (parts[:half], parts[half:]))
        return f"({left}) >= ({right})", [value for _, values in parts for value in values]


def from_place_on(slots: QuerySet[Slot]) -> QuerySet[Slot]:
    """The line from a place on, which its statement is given."""
    place = (
        Given("place_priority", PositiveSmallIntegerField()),
        Given("place_due_at", DateTimeField()),
        Given("place_slot", BigIntegerField()),
    )
    return slots.filter(RowAtLeast("priority", "due_at", "id", *place))


def n_passed_over(slot: Slot, *, at_most: int) -> int:
    """How many open slots stand before this one in the line, looked for among its first `at_most`.

    Counting what comes before would be a walk through all that is due at the same time: of a large delivery, all of it.
    """
    line = Slot.objects.filter(queue=slot.queue_id, state=Slot.State.OPEN, reserved_for__isnull=True)
    front = line.order_by("priority", "due_at", "id").values_list("pk", flat=True)[:at_most]
    return next((n_before for n_before, pk in enumerate(front) if pk == slot.pk), at_most)


def reserved_slots_for(
    queue: Queue | Given,
    reviewer: Rater | Given,
    *,
    version_id: int | Given,
    round_no: int | Given,
    now: datetime | Given,
) -> QuerySet[Slot]:
    """What lies ready for one reviewer alone: first what came back to them, then what asks this rubric version, of the
    round whose turn it is: 1 for the first time, 0 for once more."""
    fits = Q(lease_no__gt=0, entry__round__lte=1) | Q(entry__rubric_version_id=version_id, entry__round=round_no)
    lying = open_reserved_slots(queue, reviewer, now=now)
    return lying.filter(fits).order_by("-lease_no", "id")


def slots_of_rounds(queue: Queue | Given, reviewer: Rater | Given, *, now: datetime | Given) -> QuerySet[Slot]:
    """What calibration rounds have laid ready for one reviewer. It counts as the line's own, which it stands in for."""
    lying = open_reserved_slots(queue, reviewer, now=now).filter(OF_OPEN_ROUND)
    return theirs_to_label(lying, reviewer).order_by("-lease_no", "due_at", "id")


def slots_kept_for(queue: Queue, reviewer: Rater, *, now: datetime) -> QuerySet[Slot]:
    """Reserved slots that wait for the reviewer like anything in the pool: handed to them before, or of a round."""
    waits = Q(lease_no__gt=0, entry__round__lte=1) | OF_OPEN_ROUND
    return theirs_to_label(open_reserved_slots(queue, reviewer, now=now).filter(waits), reviewer)


def slots_of_screening(queue: Queue, reviewer: Rater, *, now: datetime) -> QuerySet[Slot]:
    """What lies ready for one reviewer to qualify by: training first, then the screen, of each what they put off last.

    Nothing of it is held back, since nothing else is handed to them meanwhile.
    """
    put_off = Postponement.objects.filter(entry_id=OuterRef("entry_id"), reviewer=reviewer, until__gt=now)
    lying = Slot.objects.filter(queue=queue, state=Slot.State.OPEN, reserved_for=reviewer)
    of_screening = lying.filter(entry__round__gte=TRAINING_ROUND).annotate(is_put_off=Exists(put_off))
    return of_screening.order_by("entry__round", "is_put_off", "id")


def open_reserved_slots(queue: Queue | Given, reviewer: Rater | Given, *, now: datetime | Given) -> QuerySet[Slot]:
    postponed = Postponement.objects.filter(entry_id=OuterRef("entry_id"), reviewer=reviewer, until__gt=now)
    lying = Slot.objects.filter(queue=queue, state=Slot.State.OPEN, reserved_for=reviewer)
    return lying.filter(~Exists(postponed), ~Exists(recusals_of(reviewer)))


# What every claim asks.
ASKED = {"queue": Given("queue"), "reviewer": Given("reviewer"), "now": Given("now")}
LINE: QuerySet[Slot] = open_slots_for(**ASKED).select_related("entry").select_for_update(skip_locked=True, of=("self",))
FIRST_IN_LINE: Prepared[Slot] = Prepared(LINE[:1])
FIRST_FROM_PLACE_ON: Prepared[Slot] = Prepared(from_place_on(LINE)[:1])
FIRST_RESERVED: Prepared[Slot] = Prepared(
    reserved_slots_for(**ASKED, version_id=Given("version"), round_no=Given("round")).select_for_update(
        skip_locked=True, of=("self",)
    )[:1]
)
FIRST_OF_ROUNDS: Prepared[Slot] = Prepared(
    slots_of_rounds(**ASKED).select_related("entry").select_for_update(skip_locked=True, of=("self",))[:1]
)
HELD: Prepared[Slot] = Prepared(
    Slot.objects.filter(queue=Given("queue"), reviewer=Given("reviewer"), state=Slot.State.LEASED).order_by(
        "lease_until"
    )[:1]
)
# Of its entry the newest: not the slot's, which a late submission changes.
NEWEST_HAND_OUT: Prepared[HandOut] = Prepared(
    HandOut.objects.filter(entry=Given("entry"), reviewer=Given("reviewer"))
    .select_related("slot__queue__project", "entry__rubric_version", "reviewer__user")
    .order_by("-id")[:1]
)


def current_hand_out(queue: Queue, reviewer: Rater) -> HandOut | None:
    """What this reviewer holds now. A lease that ran out is still theirs until the sweep gives it away.

    Two statements: as one, it looked through all that they were ever handed whenever they hold nothing, which is
    after every submit.
    """
    slot = HELD.first(queue=queue.pk, reviewer=reviewer.pk)
    return NEWEST_HAND_OUT.first(entry=slot.entry_id, reviewer=reviewer.pk) if slot else None


def reason_for_empty(queue: Queue, reviewer: Rater, *, admission: Admission, now: datetime) -> EmptyQueue:
    """One statement, and two more for the next turn of somebody who is not on duty."""
    for_me = Q(reserved_for__isnull=True) | Q(reserved_for=reviewer)
    # What they saw the judge on they have labelled: it is done for them, like anything else of theirs.
    recused = recusals_of(reviewer).exclude(ground=Recusal.Ground.REVEALED)
    unfinished = theirs_to_label(Slot.objects.filter(for_me, queue=queue), reviewer)
    held = unfinished.filter(state=Slot.State.LEASED)
    postponed = Postponement.objects.filter(
        reviewer=reviewer, until__gt=now, entry__slots__in=unfinished.filter(state=Slot.State.OPEN)
    )
    pool = Slot.objects.filter(queue=queue, state=Slot.State.OPEN, reserved_for__isnull=True)
    held_until, postponed_until, is_any_left, is_any_mine, is_any_kept_away = (
        Queue.objects.filter(pk=queue.pk)
        .values_list(
            Subquery(held.order_by("lease_until").values("lease_until")[:1]),
            Subquery(postponed.order_by("until").values("until")[:1]),
            Exists(open_slots_for(queue, reviewer, now=now)),
            Exists(slots_kept_for(queue, reviewer, now=now)),
            Exists(pool.filter(Exists(recused))),
        )
        .get()
    )
    is_off_duty = not admission.is_on_duty and admission.away_until is None
    return explain_empty(
        admission,
        next_turn=next_turn_of(queue, reviewer, now=now) if is_off_duty else None,
        is_any_left_for_me=is_any_left or is_any_mine,
        is_any_kept_from_me=is_any_kept_away,
        held_until=max(held_until, now + timedelta(seconds=5)) if held_until else None,
        postponed_until=postponed_until,
    )


def queue_for(item: Item, queues: Sequence[Queue]) -> Queue | None:
    return queue_for_kind(item.kind, queues)


def queue_for_kind(kind: str, queues: Sequence[Queue]) -> Queue | None:
    """The first queue that names the kind, else the first that takes any; never a reserved one."""
    named = [queue for queue in queues if kind in queue.kinds]
    open_to_all = [queue for queue in queues if not queue.kinds and not queue.is_reserved]
    return next(iter(named + open_to_all), None)
