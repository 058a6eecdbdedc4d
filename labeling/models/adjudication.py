"""What an item finally is: the authoritative label, and who settled it when people disagreed."""

from django.db import models
from django.db.models import Q

from labeling.models.constraints import one_of
from labeling.models.items import Item
from labeling.models.projects import User
from labeling.models.queues import QueueEntry
from labeling.models.reviews import Review
from labeling.models.rubrics import Criterion, GuidelineGap
from labeling.models.verdicts import FailureCause, FailureKind, FailureSeverity


class FinalLabelSource(models.TextChoices):
    SINGLE = "single", "One reviewer"
    UNANIMOUS = "unanimous", "Unanimous"
    MAJORITY = "majority", "Majority after a tie-break"
    ADJUDICATED = "adjudicated", "Adjudicated"


class FinalLabel(models.Model):
    """The final verdict of one entry, how it came about, and whether the output was bad.

    One that was re-opened is history, and the next revision stands; a trigger lets at most one of an entry stand.
    """

    Source = FinalLabelSource

    entry = models.ForeignKey(QueueEntry, on_delete=models.PROTECT, related_name="final_labels")
    revision = models.PositiveSmallIntegerField(default=1)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="final_labels")
    verdict = models.CharField(max_length=10, blank=True)
    source = models.CharField(max_length=12, choices=Source.choices)
    is_bad = models.BooleanField()
    decided_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entry", "revision"], name="one_final_label_per_revision"),
            one_of("source", FinalLabelSource, name="final_source_is_known"),
            models.CheckConstraint(
                condition=Q(verdict__in=["", "approve", "revise", "reject"]), name="final_verdict_is_known"
            ),
        ]

    def __str__(self):
        return f"final label of {self.item}"


class FinalAnswer(models.Model):
    """The final value on one criterion. A criterion on which people stayed split has none, and says so."""

    final_label = models.ForeignKey(FinalLabel, on_delete=models.CASCADE, related_name="answers")
    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, related_name="+")
    part = models.CharField(max_length=80, blank=True, default="")
    value = models.CharField(max_length=80, blank=True)
    is_not_applicable = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["final_label", "criterion", "part"], name="one_final_answer_per_part"),
            models.CheckConstraint(
                condition=Q(is_not_applicable=True, value="") | (Q(is_not_applicable=False) & ~Q(value="")),
                name="final_answer_is_a_value_or_not_applicable",
            ),
        ]

    def __str__(self):
        return f"{self.criterion}: {self.value or 'n/a'}"


class FinalCorrection(models.Model):
    """The corrected text that a final *revise* stands for. It names the review that proposed it, or nobody's where
    whoever settled it wrote it anew."""

    final_label = models.OneToOneField(
        FinalLabel, primary_key=True, on_delete=models.PROTECT, related_name="correction"
    )
    proposed_in = models.ForeignKey(Review, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    text = models.TextField()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="final_correction_has_a_text")]

    def __str__(self):
        return f"correction of {self.final_label}"


class FinalFailure(models.Model):
    """What failed, as agreed or adjudicated. A severity or cause on which people stayed split is empty."""

    final_label = models.OneToOneField(FinalLabel, primary_key=True, on_delete=models.PROTECT, related_name="failure")
    kind = models.CharField(max_length=20, choices=FailureKind.choices)
    severity = models.CharField(max_length=10, choices=FailureSeverity.choices, blank=True)
    cause = models.CharField(max_length=10, choices=FailureCause.choices, blank=True)
    words = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            one_of("kind", FailureKind, name="final_failure_kind_is_known"),
            models.CheckConstraint(
                condition=Q(severity__in=["", *FailureSeverity.values]), name="final_failure_severity_is_known"
            ),
            models.CheckConstraint(
                condition=Q(cause__in=["", *FailureCause.values]), name="final_failure_cause_is_known"
            ),
        ]

    def __str__(self):
        return f"{self.kind}, {self.severity or 'no agreed severity'}"


class Reopening(models.Model):
    """A final label that was put back into dispute, and why. From then on it is history and another one is made."""

    final_label = models.OneToOneField(FinalLabel, primary_key=True, on_delete=models.PROTECT, related_name="reopening")
    # Nobody where the rule put a paused reviewer's labels in question.
    reopened_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField()
    reopened_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="reopening_has_a_reason")]

    def __str__(self):
        return f"re-opening of {self.final_label}"


class AdjudicationErrorCategory(models.TextChoices):
    AMBIGUOUS_TEXT = "ambiguous_text", "The output is ambiguous"
    GUIDELINE_GAP = "guideline_gap", "The rubric does not say"
    REVIEWER_ERROR = "reviewer_error", "A reviewer overlooked something"
    EDGE_CASE = "edge_case", "An edge case"
    SUBJECTIVE = "subjective", "A matter of taste"


class Adjudication(models.Model):
    """Who settled a dispute, and why: by somebody who was not one of the raters."""

    ErrorCategory = AdjudicationErrorCategory

    final_label = models.OneToOneField(
        FinalLabel, primary_key=True, on_delete=models.PROTECT, related_name="adjudication"
    )
    adjudicator = models.ForeignKey(User, on_delete=models.PROTECT, related_name="adjudications")
    reason = models.TextField()
    error_category = models.CharField(max_length=16, choices=ErrorCategory.choices)
    has_guideline_gap = models.BooleanField(default=False)

    class Meta:
        constraints = [
            one_of("error_category", AdjudicationErrorCategory, name="error_category_is_known"),
            models.CheckConstraint(condition=~Q(reason=""), name="adjudication_has_a_reason"),
        ]

    def __str__(self):
        return f"adjudication of {self.final_label}"


class GapCase(models.Model):
    """A case that showed a guideline gap: what whoever mends the rubric reads beside it."""

    gap = models.ForeignKey(GuidelineGap, on_delete=models.PROTECT, related_name="cases")
    entry = models.ForeignKey(QueueEntry, on_delete=models.PROTECT, related_name="gap_cases")
    attached_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    attached_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["gap", "entry"], name="one_case_per_gap_and_entry")]
        ordering = ["id"]

    def __str__(self):
        return f"case of {self.gap}"
