"""Labels that were made elsewhere: those that may count, and those that a rater gave again on a later pass."""

from django.db import models

from labeling.models.constraints import one_of
from labeling.models.items import IngestBatch, Item
from labeling.models.reviewers import Rater
from labeling.models.rubrics import Criterion


class ImportedBlindState(models.TextChoices):
    BLIND = "blind", "Blind"
    NOT_BLIND = "not_blind", "Not blind"
    UNKNOWN = "unknown", "Not declared"


class ImportedLabel(models.Model):
    """One label that was made elsewhere: this rater said this of this item on this criterion. Append-only.

    Whether it was made blind is what the importer declared; only declared blind labels enter the statistics.
    """

    BlindState = ImportedBlindState

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="imported_labels")
    rater = models.ForeignKey(Rater, on_delete=models.PROTECT, related_name="imported_labels")
    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, related_name="imported_labels")
    part = models.CharField(max_length=80, blank=True, default="")
    value = models.CharField(max_length=80, blank=True)
    is_not_applicable = models.BooleanField(default=False)
    blind_state = models.CharField(max_length=10, choices=ImportedBlindState.choices)
    batch = models.ForeignKey(IngestBatch, null=True, blank=True, on_delete=models.PROTECT, related_name="labels")
    imported_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["item", "rater", "criterion", "part"], name="one_imported_label_per_rater_and_part"
            ),
            one_of("blind_state", ImportedBlindState, name="imported_blind_state_is_known"),
            models.CheckConstraint(
                condition=models.Q(is_not_applicable=True, value="")
                | (models.Q(is_not_applicable=False) & ~models.Q(value="")),
                name="imported_label_is_a_value_or_not_applicable",
            ),
        ]
        indexes = [models.Index(fields=["criterion", "imported_at"], name="imported_labels_by_time")]

    def __str__(self):
        return f"{self.criterion}: {self.value or 'n/a'}"


class ImportedLaterLabel(models.Model):
    """One label that its rater gave on a later pass over an item they had labelled before, elsewhere. Append-only.

    A table of its own, so that nothing that reads imported labels can take two answers of one person for two people's.
    """

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="imported_later_labels")
    rater = models.ForeignKey(Rater, on_delete=models.PROTECT, related_name="imported_later_labels")
    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, related_name="imported_later_labels")
    pass_number = models.PositiveSmallIntegerField()
    part = models.CharField(max_length=80, blank=True, default="")
    value = models.CharField(max_length=80, blank=True)
    is_not_applicable = models.BooleanField(default=False)
    blind_state = models.CharField(max_length=10, choices=ImportedBlindState.choices)
    batch = models.ForeignKey(IngestBatch, null=True, blank=True, on_delete=models.PROTECT, related_name="later_labels")
    imported_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["item", "rater", "criterion", "part", "pass_number"], name="one_imported_label_per_later_pass"
            ),
            models.CheckConstraint(condition=models.Q(pass_number__gte=2), name="later_pass_is_not_the_first"),
            one_of("blind_state", ImportedBlindState, name="later_blind_state_is_known"),
            models.CheckConstraint(
                condition=models.Q(is_not_applicable=True, value="")
                | (models.Q(is_not_applicable=False) & ~models.Q(value="")),
                name="later_label_is_a_value_or_not_applicable",
            ),
        ]

    def __str__(self):
        return f"{self.criterion}, pass {self.pass_number}: {self.value or 'n/a'}"
