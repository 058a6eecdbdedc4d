"""What came with a review's verdict: a corrected text, what failed, to whom it was escalated, and who passed it on.

All of it is append-only: triggers on both databases refuse an update or a delete.
"""

from django.db import models
from django.db.models import Q

from labeling.models.constraints import one_of
from labeling.models.projects import User
from labeling.models.queues import QueueEntry
from labeling.models.reviews import Review


class FailureKind(models.TextChoices):
    FACTUAL_ERROR = "factual_error", "Factual error"
    UNSUPPORTED_CLAIM = "unsupported_claim", "Unsupported claim"
    MISSING_INFORMATION = "missing_information", "Missing information"
    WRONG_TONE = "wrong_tone", "Wrong tone"
    POLICY_BREACH = "policy_breach", "Policy breach"
    UNSAFE = "unsafe", "Unsafe"
    FORMAT = "format", "Wrong format"
    WRONG_ACTION = "wrong_action", "Wrong action"
    TOOL_MISUSE = "tool_misuse", "Tool misuse"
    OTHER = "other", "Other"


class FailureSeverity(models.TextChoices):
    CRITICAL = "critical", "Critical"
    MAJOR = "major", "Major"
    MINOR = "minor", "Minor"


class FailureCause(models.TextChoices):
    MODEL = "model", "The model"
    TOOL = "tool", "A tool"
    PROMPT = "prompt", "The prompt"
    MEMORY = "memory", "Its memory"
    RUBRIC = "rubric", "The rubric"


class Correction(models.Model):
    """The text that a reviewer would let out instead: a person's work on top of the output."""

    review = models.OneToOneField(Review, primary_key=True, on_delete=models.PROTECT, related_name="correction")
    text = models.TextField()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="correction_has_a_text")]

    def __str__(self):
        return f"correction of {self.review}"


class Failure(models.Model):
    """What failed by one review: its type and severity, and what it came from where the reviewer could tell."""

    Kind = FailureKind
    Severity = FailureSeverity
    Cause = FailureCause

    review = models.OneToOneField(Review, primary_key=True, on_delete=models.PROTECT, related_name="failure")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    severity = models.CharField(max_length=10, choices=Severity.choices)
    cause = models.CharField(max_length=10, choices=Cause.choices, blank=True)
    words = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            one_of("kind", FailureKind, name="failure_kind_is_known"),
            one_of("severity", FailureSeverity, name="failure_severity_is_known"),
            models.CheckConstraint(condition=Q(cause__in=["", *FailureCause.values]), name="failure_cause_is_known"),
            models.CheckConstraint(condition=~Q(kind="other") | ~Q(words=""), name="other_failure_has_words"),
        ]

    def __str__(self):
        return f"{self.kind}, {self.severity}"


class EscalationRole(models.TextChoices):
    ADJUDICATOR = "adjudicator", "Anybody who settles disputes"
    OWNER = "owner", "An eval owner"
    ADMIN = "admin", "An admin"


class Escalation(models.Model):
    """To whom one review escalated its item. Where a person is named, the role is who it falls back to; why is the
    review's note."""

    Role = EscalationRole

    review = models.OneToOneField(Review, primary_key=True, on_delete=models.PROTECT, related_name="escalation")
    role = models.CharField(max_length=12, choices=Role.choices)
    person = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [one_of("role", EscalationRole, name="escalation_role_is_known")]

    def __str__(self):
        return f"escalation of {self.review}"


class HandOver(models.Model):
    """Somebody who may settle a dispute passed it on to others; the newest one says for whom it waits."""

    entry = models.ForeignKey(QueueEntry, on_delete=models.PROTECT, related_name="hand_overs")
    role = models.CharField(max_length=12, choices=EscalationRole.choices)
    person = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    handed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField()
    handed_at = models.DateTimeField()

    class Meta:
        constraints = [
            one_of("role", EscalationRole, name="hand_over_role_is_known"),
            models.CheckConstraint(condition=~Q(reason=""), name="hand_over_has_a_reason"),
        ]
        ordering = ["id"]

    def __str__(self):
        return f"hand-over of {self.entry}"
