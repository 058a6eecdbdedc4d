"""What an item finally is: the authoritative label, and who settled it when people disagreed."""

from django.db import models
from django.db.models import Q

from labeling.models.constraints import one_of
from labeling.models.items import Item
from labeling.models.projects import User
from labeling.models.queues import QueueEntry
from labeling.models.rubrics import Criterion


class FinalLabelSource(models.TextChoices):
    SINGLE = "single", "One reviewer"
    UNANIMOUS = "unanimous", "Unanimous"
    MAJORITY = "majority", "Majority after a tie-break"
    ADJUDICATED = "adjudicated", "Adjudicated"


class FinalLabel(models.Model):
    """The final verdict of one entry, how it came about, and whether the output was bad."""

    Source = FinalLabelSource

    entry = models.OneToOneField(QueueEntry, on_delete=models.PROTECT, related_name="final_label")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="final_labels")
    verdict = models.CharField(max_length=10, blank=True)
    source = models.CharField(max_length=12, choices=Source.choices)
    is_bad = models.BooleanField()
    decided_at = models.DateTimeField()

    class Meta:
        constraints = [
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
