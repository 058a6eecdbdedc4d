"""Whether a reviewer's labels can be relied on in a queue: pauses, probation, labels in question and appeals."""

from django.db import models
from django.db.models import Q

from labeling.models.constraints import one_of
from labeling.models.projects import User
from labeling.models.queues import Queue
from labeling.models.reviewers import Rater
from labeling.models.reviews import Review


class StandingPeriodState(models.TextChoices):
    PAUSED = "paused", "Paused"
    PROBATION = "probation", "On probation"


class StandingPeriod(models.Model):
    """One stretch of time in which one person is paused or on probation in one queue. Without one they are qualified.

    Where the rule began it, nobody did, and the evidence is kept as it stood: `n_right` of the first `n_known` known
    answers since `counted_from`, against `required`. An ended period is history and never changes.
    """

    State = StandingPeriodState

    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, related_name="standing_periods")
    reviewer = models.ForeignKey(Rater, on_delete=models.PROTECT, related_name="standing_periods")
    state = models.CharField(max_length=10, choices=State.choices)
    reason = models.CharField(max_length=300)
    began_at = models.DateTimeField()
    began_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    counted_from = models.DateTimeField(null=True, blank=True)
    n_right = models.PositiveIntegerField(null=True, blank=True)
    n_known = models.PositiveIntegerField(null=True, blank=True)
    required = models.FloatField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    ended_because = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["queue", "reviewer"], condition=Q(ended_at__isnull=True), name="one_standing_at_a_time"
            ),
            one_of("state", StandingPeriodState, name="standing_is_known"),
            models.CheckConstraint(condition=~Q(reason=""), name="standing_has_a_reason"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_because="")
                | (Q(ended_at__isnull=False) & ~Q(ended_because="")),
                name="end_of_standing_has_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(n_right__isnull=True, n_known__isnull=True, required__isnull=True)
                | Q(n_right__isnull=False, n_known__isnull=False, required__isnull=False),
                name="evidence_is_whole",
            ),
        ]

    def __str__(self):
        return f"{self.reviewer} {self.state} in {self.queue}"


class QuestionedReview(models.Model):
    """A review whose reviewer was paused soon after. It is out of the statistics until others have labelled its item;
    then it counts again, whatever they said: leaving out who differed would make people look as if they agreed."""

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="questionings")
    period = models.ForeignKey(StandingPeriod, on_delete=models.PROTECT, related_name="questioned")
    questioned_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["review"], condition=Q(settled_at__isnull=True), name="one_question_at_a_time"
            ),
            models.UniqueConstraint(fields=["review", "period"], name="one_question_per_period"),
        ]

    def __str__(self):
        return f"{self.review} in question"


class AppealOutcome(models.TextChoices):
    UPHELD = "upheld", "Upheld"
    DISMISSED = "dismissed", "Dismissed"


class Appeal(models.Model):
    """A reviewer says that a pause or a known answer they were shown is wrong; somebody else decides, with a reason.

    It is about a period, or about their own review of a training case: of live gold nobody is shown which it was.
    """

    Outcome = AppealOutcome

    reviewer = models.ForeignKey(Rater, on_delete=models.PROTECT, related_name="appeals")
    period = models.ForeignKey(StandingPeriod, null=True, blank=True, on_delete=models.PROTECT, related_name="appeals")
    review = models.ForeignKey(Review, null=True, blank=True, on_delete=models.PROTECT, related_name="appeals")
    words = models.TextField()
    made_at = models.DateTimeField()
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True)
    decision = models.TextField(blank=True)
    decided_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(period__isnull=False, review__isnull=True) | Q(period__isnull=True, review__isnull=False),
                name="appeal_is_about_one_thing",
            ),
            models.UniqueConstraint(
                fields=["period"], condition=Q(decided_at__isnull=True), name="one_open_appeal_per_period"
            ),
            models.UniqueConstraint(fields=["review"], name="one_appeal_per_review"),
            models.CheckConstraint(condition=~Q(words=""), name="appeal_has_words"),
            models.CheckConstraint(
                condition=Q(decided_at__isnull=True, decided_by__isnull=True, outcome="", decision="")
                | (
                    Q(decided_at__isnull=False, decided_by__isnull=False, outcome__in=["upheld", "dismissed"])
                    & ~Q(decision="")
                ),
                name="decision_of_an_appeal_is_whole",
            ),
        ]

    def __str__(self):
        return f"appeal of {self.reviewer}"
