"""Who labels what, when: queues, entries, slots and hand-outs.

The constraints here are what makes an over-assigned item impossible instead of unlikely.
"""

import secrets

from django.db import models
from django.db.models import Q

from labeling.models.constraints import one_of, share
from labeling.models.gold import GoldCase
from labeling.models.items import Item
from labeling.models.projects import Project
from labeling.models.reviewers import Rater
from labeling.models.rubrics import Rubric, RubricVersion


def new_secret() -> str:
    return secrets.token_hex(16)


def new_token() -> str:
    return secrets.token_urlsafe(16)


class Queue(models.Model):
    """Where items wait for people: one rubric, some kinds of output, and the rules of handing out.

    `name` is what reviewers read, so it must not say why an item is here.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="queues")
    slug = models.SlugField()
    name = models.CharField(max_length=80)
    rubric = models.ForeignKey(Rubric, on_delete=models.PROTECT, related_name="queues")
    kinds = models.JSONField(default=list, blank=True)
    overlap = models.PositiveSmallIntegerField(default=1)
    doubled_share = models.FloatField(default=0.2)
    gold_share = models.FloatField(default=0.1)
    # How often a reviewer is asked afterwards which system they think wrote it; rarely, since asking makes them look.
    probe_share = models.FloatField(default=0.0)
    # How often they may look afterwards at what the judge said, and say whether they would change their answer.
    reveal_share = models.FloatField(default=0.0)
    breaks_ties = models.BooleanField(default=True)
    daily_cap = models.PositiveIntegerField(default=120)
    # Who holds so many items, in all queues together, finishes one before they draw another here.
    most_open = models.PositiveSmallIntegerField(default=5)
    lease_seconds = models.PositiveIntegerField(default=15 * 60)
    seeding_secret = models.CharField(max_length=64, default=new_secret, editable=False)
    is_open = models.BooleanField(default=True)
    # What known answers have to show, or a reviewer is paused; without it they are scored and nobody is.
    required_accuracy = models.FloatField(null=True, blank=True, default=0.85)
    # A gold case met by so many people is rotated out (0: never).
    most_exposures = models.PositiveSmallIntegerField(default=30)
    # What somebody labelled comes to them once more, blind, no sooner than after so many days.
    repeat_share = models.FloatField(default=0.03)
    repeat_days = models.PositiveSmallIntegerField(default=14)
    # A calibration round by itself, every so many days (0: none).
    round_days = models.PositiveSmallIntegerField(default=30)
    round_items = models.PositiveSmallIntegerField(default=20)
    needs_qualification = models.BooleanField(default=False)
    # How a qualification is earned: so many training cases, then so many silent ones, this share of them right.
    n_training = models.PositiveSmallIntegerField(default=10)
    n_screen = models.PositiveSmallIntegerField(default=20)
    screen_passing_share = models.FloatField(default=0.8)
    qualification_days = models.PositiveSmallIntegerField(default=180)
    # How many of its regulars are on duty at once (0: all of them), and after how many days the next ones are.
    on_duty = models.PositiveSmallIntegerField(default=0)
    rotation_days = models.PositiveSmallIntegerField(default=7)
    rotation_starts_on = models.DateField(null=True, blank=True)
    # For what named people alone decide: no item comes here by its kind.
    is_reserved = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "slug"], name="one_queue_per_slug"),
            models.CheckConstraint(condition=Q(overlap__gte=1, overlap__lte=20), name="overlap_is_1_to_20"),
            share("doubled_share", name="doubled_share_is_a_share"),
            share("gold_share", name="gold_share_is_a_share"),
            models.CheckConstraint(
                condition=Q(on_duty=0) | Q(rotation_days__gte=1, rotation_starts_on__isnull=False),
                name="rotation_has_a_start_and_a_length",
            ),
            share("probe_share", name="probe_share_is_a_share"),
            share("reveal_share", name="reveal_share_is_a_share"),
            models.CheckConstraint(
                condition=Q(required_accuracy__isnull=True) | Q(required_accuracy__gt=0, required_accuracy__lt=1),
                name="required_accuracy_is_between_0_and_1",
            ),
            models.CheckConstraint(condition=Q(most_open__gte=1), name="one_item_may_be_open"),
            share("repeat_share", name="repeat_share_is_a_share"),
            share("screen_passing_share", name="screen_passing_share_is_a_share"),
            models.CheckConstraint(
                condition=Q(repeat_days__gte=1, qualification_days__gte=1, n_screen__gte=1, round_items__gte=1),
                name="repeats_rounds_and_screens_have_a_size",
            ),
        ]
        ordering = ["name"]

    def __str__(self):
        return self.name


class QueueEntryState(models.TextChoices):
    WAITING = "waiting", "Waiting"
    DISPUTED = "disputed", "Disputed"
    SETTLED = "settled", "Settled"


# What comes to somebody once more: before the first round, so that it stands beside it.
REPEAT_ROUND = 0
# Of what somebody does to qualify: far past the numbers of calibration rounds, and settled from the start.
TRAINING_ROUND, SCREEN_ROUND = 32_766, 32_767


class QueueEntry(models.Model):
    """An item waiting for one purpose: item × queue × rubric version × round.

    Round 1 is the first time, round 0 a blind repeat; the entries of a calibration round carry its number and one.
    Training and screens have rounds of their own and are settled from the start, since nobody settles what is known:
    whatever hands out gold looks at round 1 and what hands out rounds at what waits, so neither ever meets them.
    `n_slots` is how many turns may exist; a trigger refuses a slot beyond it.
    `settle_at` is set when every slot is done and is when the take-back grace is over.
    """

    State = QueueEntryState

    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, related_name="entries")
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="entries")
    rubric_version = models.ForeignKey(RubricVersion, on_delete=models.PROTECT, related_name="entries")
    round = models.PositiveSmallIntegerField(default=1)
    overlap = models.PositiveSmallIntegerField()
    n_slots = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    priority = models.PositiveSmallIntegerField(default=1)
    due_at = models.DateTimeField()
    settle_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["item", "queue", "rubric_version", "round"], name="one_entry_per_item_and_round"
            ),
            one_of("state", QueueEntryState, name="entry_state_is_known"),
        ]
        indexes = [
            models.Index(fields=["settle_at"], condition=Q(settle_at__isnull=False), name="entries_to_settle"),
            models.Index(fields=["queue", "state"], name="entries_by_state"),
            models.Index(fields=["queue", "created_at"], name="entries_by_arrival"),
            models.Index(fields=["queue", "due_at"], name="entries_by_due_time"),
            # Last: of two that serve, SQLite takes the one that was made last, and this one holds nothing settled.
            models.Index(fields=["queue", "due_at"], condition=~Q(state="settled"), name="unsettled_by_due_time"),
        ]
        verbose_name_plural = "queue entries"

    def __str__(self):
        return f"entry {self.pk}"


class EntryPurposePurpose(models.TextChoices):
    LIVE = "live", "Live"
    GOLD = "gold", "Gold"
    REPEAT = "repeat", "Blind repeat"
    ROUND = "round", "Calibration round"
    TRAINING = "training", "Training"
    SCREEN = "screen", "Screen"


# Purposes whose items have a known answer, so that nobody settles them.
KNOWN = (EntryPurposePurpose.GOLD, EntryPurposePurpose.TRAINING, EntryPurposePurpose.SCREEN)


class EntryPurpose(models.Model):
    """Why an entry exists. A side table, so that no query behind a reviewer's page can say what an entry is."""

    Purpose = EntryPurposePurpose

    entry = models.OneToOneField(QueueEntry, primary_key=True, on_delete=models.CASCADE, related_name="purpose")
    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    gold_case = models.ForeignKey(GoldCase, null=True, blank=True, on_delete=models.PROTECT, related_name="purposes")
    calibration_round = models.ForeignKey(
        "labeling.CalibrationRound", null=True, blank=True, on_delete=models.PROTECT, related_name="purposes"
    )

    class Meta:
        constraints = [
            one_of("purpose", EntryPurposePurpose, name="purpose_is_known"),
            models.CheckConstraint(
                condition=Q(purpose__in=KNOWN, gold_case__isnull=False)
                | (~Q(purpose__in=KNOWN) & Q(gold_case__isnull=True)),
                name="known_purpose_names_its_case",
            ),
            models.CheckConstraint(
                condition=Q(purpose="round", calibration_round__isnull=False)
                | (~Q(purpose="round") & Q(calibration_round__isnull=True)),
                name="round_purpose_names_its_round",
            ),
        ]

    def __str__(self):
        return self.purpose


class SlotState(models.TextChoices):
    WAITING = "waiting", "Waiting"
    OPEN = "open", "Open"
    LEASED = "leased", "Leased"
    DONE = "done", "Done"
    CLOSED = "closed", "Closed"


class Slot(models.Model):
    """One slot: one reviewer's turn at one entry.

    waiting → open → leased → done. Only an entry's next slot is open, so the queue never scans siblings;
    a slot reserved for one reviewer is handed to nobody else.
    """

    State = SlotState

    entry = models.ForeignKey(QueueEntry, on_delete=models.CASCADE, related_name="slots")
    slot_no = models.PositiveIntegerField()
    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, related_name="slots")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    priority = models.PositiveSmallIntegerField()
    due_at = models.DateTimeField()
    reserved_for = models.ForeignKey(
        Rater, null=True, blank=True, on_delete=models.PROTECT, related_name="reserved_slots"
    )
    reviewer = models.ForeignKey(Rater, null=True, blank=True, on_delete=models.PROTECT, related_name="slots")
    lease_no = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entry", "slot_no"], name="one_slot_per_number"),
            models.UniqueConstraint(fields=["entry", "reviewer"], name="one_slot_per_reviewer"),
            models.UniqueConstraint(fields=["entry", "reserved_for"], name="one_reserved_slot_per_reviewer"),
            one_of("state", SlotState, name="slot_state_is_known"),
            models.CheckConstraint(
                condition=Q(state__in=["leased", "done"], reviewer__isnull=False)
                | (~Q(state__in=["leased", "done"]) & Q(reviewer__isnull=True)),
                name="held_slot_names_its_reviewer",
            ),
            models.CheckConstraint(
                condition=Q(reserved_for__isnull=True)
                | Q(reviewer__isnull=True)
                | Q(reviewer=models.F("reserved_for")),
                name="reserved_slot_goes_to_its_reviewer",
            ),
            models.CheckConstraint(
                condition=Q(state="leased", lease_until__isnull=False)
                | (~Q(state="leased") & Q(lease_until__isnull=True)),
                name="only_a_leased_slot_has_a_lease",
            ),
        ]
        indexes = [
            models.Index(
                fields=["queue", "priority", "due_at", "id"],
                condition=Q(state="open", reserved_for__isnull=True),
                name="open_slots_in_order",
            ),
            models.Index(fields=["reserved_for", "queue"], condition=Q(state="open"), name="open_reserved_slots"),
            models.Index(fields=["lease_until"], condition=Q(state="leased"), name="leases_by_end"),
            models.Index(fields=["reviewer", "queue"], condition=Q(state="leased"), name="leases_by_reviewer"),
        ]

    def __str__(self):
        return f"slot {self.slot_no} of {self.entry}"


class HandOut(models.Model):
    """One time a slot was handed to a reviewer, under a token of its own, and exactly what was shown then."""

    token = models.CharField(max_length=32, unique=True, default=new_token)
    slot = models.ForeignKey(Slot, on_delete=models.CASCADE, related_name="hand_outs")
    lease_no = models.PositiveIntegerField()
    entry = models.ForeignKey(QueueEntry, on_delete=models.CASCADE, related_name="hand_outs")
    reviewer = models.ForeignKey(Rater, on_delete=models.PROTECT, related_name="hand_outs")
    shown = models.ForeignKey("labeling.ShownItem", on_delete=models.PROTECT, related_name="hand_outs")
    order_shown = models.CharField(max_length=6, default="single")
    handed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["slot", "lease_no"], name="one_hand_out_per_lease"),
            models.CheckConstraint(condition=Q(order_shown__in=["single", "ab", "ba"]), name="order_shown_is_known"),
        ]

    def __str__(self):
        return f"hand-out {self.pk}"


class Seat(models.Model):
    """One reviewer's place in one queue; `turns` numbers what they were handed, which decides where gold falls.

    `place_…` is how far down the line nothing was left for them when they last looked from its front, kept until
    `place_until` for whoever labelled hundreds of items that wait for a second person.
    """

    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="seats")
    reviewer = models.ForeignKey(Rater, on_delete=models.CASCADE, related_name="seats")
    turns = models.PositiveIntegerField(default=0)
    taken_at = models.DateTimeField()
    place_priority = models.PositiveSmallIntegerField(null=True, blank=True)
    place_due_at = models.DateTimeField(null=True, blank=True)
    place_slot = models.BigIntegerField(null=True, blank=True)
    place_until = models.DateTimeField(null=True, blank=True)
    # Up to when their known answers have been looked at by the pause rule.
    known_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["queue", "reviewer"], name="one_seat_per_reviewer"),
            models.CheckConstraint(
                condition=Q(
                    place_until__isnull=True,
                    place_priority__isnull=True,
                    place_due_at__isnull=True,
                    place_slot__isnull=True,
                )
                | Q(
                    place_until__isnull=False,
                    place_priority__isnull=False,
                    place_due_at__isnull=False,
                    place_slot__isnull=False,
                ),
                name="place_in_line_is_whole",
            ),
        ]

    def __str__(self):
        return f"{self.reviewer} in {self.queue}"


class Postponement(models.Model):
    """A reviewer put this entry off; it is not offered to them again before `until`."""

    entry = models.ForeignKey(QueueEntry, on_delete=models.CASCADE, related_name="postponements")
    reviewer = models.ForeignKey(Rater, on_delete=models.CASCADE, related_name="postponements")
    until = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["entry", "reviewer"], name="one_postponement_per_reviewer")]

    def __str__(self):
        return f"{self.reviewer} until {self.until}"
