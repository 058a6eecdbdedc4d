"""The automatic raters: judge versions and what they said."""

from django.db import models
from django.db.models import Q

from labeling.models.constraints import one_of
from labeling.models.items import Item
from labeling.models.projects import Project


class JudgeVersion(models.Model):
    """One judge as it was: name, model, prompt and parameters. Any change of these is another version."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="judge_versions")
    name = models.CharField(max_length=120)
    model = models.CharField(max_length=120, blank=True)
    family = models.CharField(max_length=120, blank=True)
    prompt_hash = models.CharField(max_length=128, blank=True)
    parameters = models.JSONField(default=dict)
    parameters_hash = models.CharField(max_length=64)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "name", "model", "prompt_hash", "parameters_hash"],
                name="one_judge_version",
            )
        ]

    def __str__(self):
        return f"{self.name} ({self.model})"


class EnsembleMember(models.Model):
    """One judge version whose verdicts count as one vote of an ensemble, which is a judge version itself."""

    ensemble = models.ForeignKey(JudgeVersion, on_delete=models.CASCADE, related_name="members")
    member = models.ForeignKey(JudgeVersion, on_delete=models.PROTECT, related_name="ensembles")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["ensemble", "member"], name="one_vote_a_member"),
            models.CheckConstraint(condition=~Q(ensemble=models.F("member")), name="no_ensemble_of_itself"),
        ]

    def __str__(self):
        return f"{self.member} in {self.ensemble}"


class JudgeVerdictOrder(models.TextChoices):
    SINGLE = "single", "One output"
    AB = "ab", "A shown first"
    BA = "ba", "B shown first"


class JudgeVerdict(models.Model):
    """What one judge version said of one item on one criterion, in one run and one order."""

    Order = JudgeVerdictOrder

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="judge_verdicts")
    judge_version = models.ForeignKey(JudgeVersion, on_delete=models.PROTECT, related_name="verdicts")
    criterion = models.CharField(max_length=40)
    run = models.PositiveIntegerField(default=1)
    order = models.CharField(max_length=6, choices=Order.choices, default=Order.SINGLE)
    label = models.CharField(max_length=80)
    score_raw = models.FloatField(null=True, blank=True)
    confidence = models.FloatField(null=True, blank=True)
    rationale = models.TextField(blank=True)
    received_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["item", "criterion", "judge_version", "run", "order"],
                name="one_judge_verdict_per_run",
            ),
            one_of("order", JudgeVerdictOrder, name="judge_order_is_known"),
            models.CheckConstraint(
                condition=Q(confidence__isnull=True) | Q(confidence__gte=0, confidence__lte=1),
                name="judge_confidence_is_a_share",
            ),
        ]

    def __str__(self):
        return f"{self.judge_version}: {self.label}"
