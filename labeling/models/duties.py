"""Who may draw from a queue and when: duties, absences, qualifications, and items that are kept from somebody."""

from django.db import models
from django.db.models import F, Q

from labeling.models.constraints import one_of
from labeling.models.items import Item
from labeling.models.projects import User
from labeling.models.queues import Queue
from labeling.models.reviewers import Rater


class Duty(models.Model):
    """One person's duty in a queue: a regular, or the backup of one. Regulars take turns in the order of `position`."""

    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="duties")
    reviewer = models.ForeignKey(Rater, on_delete=models.CASCADE, related_name="duties")
    stands_in_for = models.ForeignKey(Rater, null=True, blank=True, on_delete=models.CASCADE, related_name="backups")
    position = models.PositiveSmallIntegerField()
    daily_cap = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["queue", "reviewer"], name="one_duty_per_reviewer"),
            models.CheckConstraint(
                condition=Q(stands_in_for__isnull=True) | ~Q(stands_in_for=F("reviewer")),
                name="nobody_stands_in_for_themself",
            ),
            models.CheckConstraint(
                condition=Q(daily_cap__isnull=True) | Q(daily_cap__gte=1), name="own_cap_lets_somebody_work"
            ),
        ]
        ordering = ["position", "id"]
        verbose_name_plural = "duties"

    def __str__(self):
        return f"{self.reviewer} in {self.queue}"


class Absence(models.Model):
    """Days on which one person is handed nothing, the first and the last included.

    `begun_at` is when the turns they held were given back. A cancelled one stays as a record.
    """

    reviewer = models.ForeignKey(Rater, on_delete=models.CASCADE, related_name="absences")
    first_day = models.DateField()
    last_day = models.DateField()
    reason = models.CharField(max_length=200, blank=True)
    entered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()
    begun_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(last_day__gte=F("first_day")), name="absence_ends_after_it_begins"),
        ]
        indexes = [
            models.Index(
                fields=["first_day"],
                condition=Q(begun_at__isnull=True, cancelled_at__isnull=True),
                name="absences_to_begin",
            ),
        ]

    def __str__(self):
        return f"{self.reviewer} from {self.first_day} to {self.last_day}"


class Qualification(models.Model):
    """One person's leave to draw from a queue that asks for it, up to its last day. Nobody granted what was earned."""

    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="qualifications")
    reviewer = models.ForeignKey(Rater, on_delete=models.CASCADE, related_name="qualifications")
    granted_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    granted_at = models.DateTimeField()
    screening = models.ForeignKey(
        "labeling.Screening", null=True, blank=True, on_delete=models.PROTECT, related_name="qualifications"
    )
    reason = models.CharField(max_length=200)
    last_day = models.DateField()
    withdrawn_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawal_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="qualification_has_a_reason"),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True, withdrawal_reason="")
                | (Q(withdrawn_at__isnull=False) & ~Q(withdrawal_reason="")),
                name="withdrawal_has_a_reason",
            ),
        ]

    def __str__(self):
        return f"{self.reviewer} for {self.queue} until {self.last_day}"


class RecusalGround(models.TextChoices):
    AUTHOR = "author", "Wrote or commissioned the output"
    ADJUDICATOR = "adjudicator", "Settled it"
    GOLD_AUTHOR = "gold_author", "Gave its known answer"
    MET = "met", "Met the item it was made of"
    REVEALED = "revealed", "Saw what the judge said of it"


class Recusal(models.Model):
    """One item that is never handed to one person. A row of its own, so that a claim asks one question, not three."""

    Ground = RecusalGround

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="recusals")
    reviewer = models.ForeignKey(Rater, on_delete=models.CASCADE, related_name="recusals")
    ground = models.CharField(max_length=12, choices=Ground.choices)
    recused_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "reviewer"], name="one_recusal_per_item"),
            one_of("ground", RecusalGround, name="recusal_ground_is_known"),
        ]

    def __str__(self):
        return f"{self.reviewer} never gets {self.item}"
