"""What reviewers were shown, what they are writing and what they submitted.

Reviews, answers and withdrawals are append-only: triggers on both databases refuse an update or a delete.
"""

from django.db import models
from django.db.models import Q

from labeling.models.constraints import one_of
from labeling.models.queues import HandOut, QueueEntry, Slot
from labeling.models.reviewers import Rater
from labeling.models.rubrics import Criterion


class ShownItem(models.Model):
    """The canonical `BlindItem` as JSON text, stored once per hash: what a reviewer saw, to the byte."""

    content_hash = models.CharField(primary_key=True, max_length=64)
    content = models.TextField()

    def __str__(self):
        return self.content_hash[:12]


class Draft(models.Model):
    """Unsent work of one reviewer on one entry. It outlives the lease, so a crash costs nothing."""

    entry = models.ForeignKey(QueueEntry, on_delete=models.CASCADE, related_name="drafts")
    reviewer = models.ForeignKey(Rater, on_delete=models.CASCADE, related_name="drafts")
    content = models.JSONField(default=dict)
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["entry", "reviewer"], name="one_draft_per_reviewer")]

    def __str__(self):
        return f"draft of {self.entry}"


class ReviewVerdict(models.TextChoices):
    APPROVE = "approve", "Approve"
    REVISE = "revise", "Revise"
    REJECT = "reject", "Reject"
    ESCALATE = "escalate", "Escalate"


class ReviewBlindState(models.TextChoices):
    BLIND = "blind", "Blind"
    NOT_BLIND = "not_blind", "Not blind"


class Review(models.Model):
    """What one reviewer submitted on one hand-out. A change after take-back is the next revision.

    A review without a slot is *extra*: it came after its lease was gone and nobody's slot was left for it; it is
    kept and never counted.
    """

    Verdict = ReviewVerdict

    BlindState = ReviewBlindState

    hand_out = models.ForeignKey(HandOut, on_delete=models.PROTECT, related_name="reviews")
    revision = models.PositiveSmallIntegerField(default=1)
    entry = models.ForeignKey(QueueEntry, on_delete=models.PROTECT, related_name="reviews")
    slot = models.ForeignKey(Slot, null=True, blank=True, on_delete=models.PROTECT, related_name="reviews")
    reviewer = models.ForeignKey(Rater, on_delete=models.PROTECT, related_name="reviews")
    supersedes = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="superseded_by"
    )
    verdict = models.CharField(max_length=10, choices=Verdict.choices, blank=True)
    note = models.TextField(blank=True)
    blind_state = models.CharField(max_length=10, choices=BlindState.choices)
    is_first_pass = models.BooleanField(default=True)
    active_ms = models.PositiveIntegerField(default=0)
    submitted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["hand_out", "revision"], name="one_review_per_revision"),
            one_of("blind_state", ReviewBlindState, name="blind_state_is_known"),
            models.CheckConstraint(
                condition=Q(verdict__in=["", "approve", "revise", "reject", "escalate"]),
                name="verdict_is_known",
            ),
        ]
        indexes = [
            models.Index(fields=["reviewer", "submitted_at"], name="reviews_by_day"),
            # Asked of every candidate of a claim; by reviewer alone it would read all that they ever reviewed.
            models.Index(fields=["entry", "reviewer"], name="reviews_of_an_entry"),
        ]

    def __str__(self):
        return f"review {self.pk}"


class Answer(models.Model):
    """The label of one review on one criterion, pinned to the rubric version through it.

    A pair's value is canonical (a, b or tie), whatever order was shown. `part` names the part of the output that it
    speaks of, and the option where any may apply; it is empty for an answer about the whole.
    """

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="answers")
    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, related_name="answers")
    part = models.CharField(max_length=80, blank=True, default="")
    value = models.CharField(max_length=80, blank=True)
    is_not_applicable = models.BooleanField(default=False)
    rationale = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["review", "criterion", "part"], name="one_answer_per_part"),
            models.CheckConstraint(
                condition=Q(is_not_applicable=True, value="") | (Q(is_not_applicable=False) & ~Q(value="")),
                name="answer_is_a_value_or_not_applicable",
            ),
        ]

    def __str__(self):
        return f"{self.criterion}: {self.value or 'n/a'}"


class Withdrawal(models.Model):
    """The reviewer took this review back within the grace; it no longer counts, and stays readable."""

    review = models.OneToOneField(Review, primary_key=True, on_delete=models.PROTECT, related_name="withdrawal")
    withdrawn_at = models.DateTimeField()

    def __str__(self):
        return f"withdrawal of {self.review}"
