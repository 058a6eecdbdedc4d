"""Seeded items with a known answer."""

from django.db import models

from labeling.models.constraints import one_of
from labeling.models.items import Item
from labeling.models.rubrics import Criterion, RubricVersion


class GoldCaseSource(models.TextChoices):
    EXPERT = "expert", "Expert"
    ADJUDICATED = "adjudicated", "Adjudicated"
    INCIDENT = "incident", "Incident"


class GoldCaseUse(models.TextChoices):
    LIVE = "live", "Among the live items"
    TRAINING = "training", "Training"
    SCREEN = "screen", "Screen"


class GoldCaseRetirement(models.TextChoices):
    BY_HAND = "by_hand", "By hand"
    ROTATED = "rotated", "Met by enough people"
    LEAKED = "leaked", "Suspected to be known"
    WRONG = "wrong", "Its answer was wrong"


class GoldCase(models.Model):
    """An item with its known verdict, and the explanation that teaches it, for one rubric version.

    It has one use: what teaches or screens is never met as live gold. One whose answer was wrong counts for nobody, in
    the past neither.
    """

    Source = GoldCaseSource
    Use = GoldCaseUse
    Retirement = GoldCaseRetirement

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="gold_cases")
    rubric_version = models.ForeignKey(RubricVersion, on_delete=models.PROTECT, related_name="gold_cases")
    verdict = models.CharField(max_length=10, blank=True)
    explanation = models.TextField()
    source = models.CharField(max_length=12, choices=Source.choices, default=Source.EXPERT)
    use = models.CharField(max_length=10, choices=Use.choices, default=Use.LIVE)
    created_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True)
    retired_because = models.CharField(max_length=10, choices=Retirement.choices, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "rubric_version"], name="one_gold_case_per_version"),
            one_of("use", GoldCaseUse, name="gold_use_is_known"),
            models.CheckConstraint(
                condition=models.Q(retired_because__in=["", *GoldCaseRetirement.values]),
                name="gold_retirement_is_known",
            ),
            one_of("source", GoldCaseSource, name="gold_source_is_known"),
        ]

    def __str__(self):
        return f"gold case {self.pk}"


class GoldLabel(models.Model):
    """The known answer of one gold case on one criterion; an empty value means *not applicable*."""

    case = models.ForeignKey(GoldCase, on_delete=models.CASCADE, related_name="labels")
    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, related_name="+")
    part = models.CharField(max_length=80, blank=True, default="")
    value = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "criterion", "part"], name="one_gold_label_per_part")]

    def __str__(self):
        return f"{self.criterion}: {self.value}"
