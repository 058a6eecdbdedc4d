"""How somebody earns a qualification: training with the explanation after each answer, then a silent screen."""

from django.db import models
from django.db.models import Q

from labeling.models.queues import Queue
from labeling.models.reviewers import Rater
from labeling.models.rubrics import RubricVersion


class Screening(models.Model):
    """One try of one person to qualify for one queue, on one rubric version.

    `trained_at` is when the last training case was done; the screen's result is written when it ends. Its cases are
    turns reserved for them, and declared: it is a screen and no measurement.
    """

    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, related_name="screenings")
    reviewer = models.ForeignKey(Rater, on_delete=models.PROTECT, related_name="screenings")
    rubric_version = models.ForeignKey(RubricVersion, on_delete=models.PROTECT, related_name="screenings")
    began_at = models.DateTimeField()
    trained_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    n_right = models.PositiveIntegerField(null=True, blank=True)
    n_cases = models.PositiveIntegerField(null=True, blank=True)
    has_passed = models.BooleanField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["queue", "reviewer"], condition=Q(ended_at__isnull=True), name="one_screening_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, has_passed__isnull=True)
                | Q(ended_at__isnull=False, has_passed__isnull=False),
                name="ended_screening_has_a_result",
            ),
        ]

    def __str__(self):
        return f"screening of {self.reviewer} for {self.queue}"
