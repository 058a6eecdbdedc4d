"""Frozen numbers: what a report said, of which labels, by which method."""

from django.db import models
from django.db.models import F, Q

from labeling.models.judges import JudgeVersion
from labeling.models.rubrics import RubricVersion


class Run(models.Model):
    """What every run keeps. `input_hash` names the labels it rests on: the same ones, measured alike, are one run."""

    filter_name = models.CharField(max_length=40)
    filter_in_words = models.CharField(max_length=300)
    input_hash = models.CharField(max_length=64)
    method = models.CharField(max_length=200)
    replicates = models.PositiveIntegerField()
    seed = models.PositiveIntegerField()
    code_version = models.CharField(max_length=40)
    numbers = models.JSONField()
    made_at = models.DateTimeField()

    class Meta:
        abstract = True


class AgreementRun(Run):
    """One agreement report of one rubric version, computed once and never changed. Append-only."""

    rubric_version = models.ForeignKey(RubricVersion, on_delete=models.PROTECT, related_name="agreement_runs")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["rubric_version", "filter_name", "input_hash", "replicates", "seed", "code_version"],
                name="one_agreement_run_per_input",
            ),
            models.CheckConstraint(condition=~Q(filter_in_words=""), name="agreement_run_says_its_filter"),
        ]
        indexes = [models.Index(fields=["rubric_version", "-made_at"], name="agreement_runs_by_time")]

    def __str__(self):
        return f"agreement on {self.rubric_version} at {self.made_at}"


class RunShard(models.Model):
    """One part of an agreement run that is under way: a range of items, who counts it, and what was found.

    `sums` add up over the parts to what one process would have counted. Labels count as they stood at `until`. Dropped
    once the run is saved.
    """

    rubric_version = models.ForeignKey(RubricVersion, on_delete=models.CASCADE, related_name="run_shards")
    filter_name = models.CharField(max_length=40)
    code_version = models.CharField(max_length=40)
    until = models.DateTimeField()
    number = models.PositiveSmallIntegerField()
    first_item = models.BigIntegerField()
    beyond_item = models.BigIntegerField()
    n_attempts = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    sums = models.BinaryField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rubric_version", "filter_name", "number"], name="one_shard_a_number"),
            models.CheckConstraint(condition=Q(first_item__lt=F("beyond_item")), name="shard_holds_items"),
            models.CheckConstraint(
                condition=Q(sums__isnull=True) | Q(lease_until__isnull=True), name="done_shard_has_no_lease"
            ),
        ]

    def __str__(self):
        return f"part {self.number} of {self.filter_name} on {self.rubric_version}"


class CalibrationRun(Run):
    """One report on one judge version against the people of one rubric version, computed once. Append-only."""

    judge_version = models.ForeignKey(JudgeVersion, on_delete=models.PROTECT, related_name="calibration_runs")
    rubric_version = models.ForeignKey(RubricVersion, on_delete=models.PROTECT, related_name="calibration_runs")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "judge_version",
                    "rubric_version",
                    "filter_name",
                    "input_hash",
                    "replicates",
                    "seed",
                    "code_version",
                ],
                name="one_calibration_run_per_input",
            ),
            models.CheckConstraint(condition=~Q(filter_in_words=""), name="calibration_run_says_its_filter"),
        ]
        indexes = [models.Index(fields=["judge_version", "-made_at"], name="calibration_runs_by_time")]

    def __str__(self):
        return f"calibration of {self.judge_version} at {self.made_at}"
