"""Calibration rounds: the same batch of items to several reviewers, to compare the people and not to settle items."""

from django.db import models
from django.db.models import F, Q

from labeling.models.projects import User
from labeling.models.queues import Queue
from labeling.models.rubrics import RubricVersion


class CalibrationRound(models.Model):
    """One batch that everybody who takes part labels, blind and among their other items.

    Its labels make no final label and no dispute, and never enter the statistics of production: they are measured
    apart. Nobody is named on its items until it is closed. `number` counts the rounds of a queue.
    """

    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, related_name="rounds")
    rubric_version = models.ForeignKey(RubricVersion, on_delete=models.PROTECT, related_name="rounds")
    number = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=80)
    # Nobody where it opened by itself, on the queue's schedule.
    opened_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["queue", "number"], name="one_round_per_number"),
            models.CheckConstraint(condition=Q(number__gte=1), name="rounds_count_from_one"),
            models.CheckConstraint(condition=~Q(name=""), name="round_has_a_name"),
            models.CheckConstraint(condition=Q(due_at__gt=F("opened_at")), name="round_is_due_after_it_opened"),
        ]
        ordering = ["-opened_at", "-id"]

    def __str__(self):
        return f"{self.name} ({self.queue}, round {self.number})"
