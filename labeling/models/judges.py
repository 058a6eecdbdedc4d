"""The automatic raters: judge versions and what they said."""

from django.db import models
from django.db.models import Q

from labeling.models.constraints import one_of
from labeling.models.items import Item
from labeling.models.projects import Project, User


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
        return f"{self.name} ({self.model})" if self.model else self.name


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


class ScoreDirection(models.TextChoices):
    BETTER = "better", "Higher is better"
    WORSE = "worse", "Higher is worse"


class JudgeCriterion(models.Model):
    """What a judge version's scores on one criterion mean, as the file said that brought them. Append-only."""

    Direction = ScoreDirection

    judge_version = models.ForeignKey(JudgeVersion, on_delete=models.PROTECT, related_name="judged_criteria")
    criterion = models.CharField(max_length=40)
    higher_is = models.CharField(max_length=6, choices=ScoreDirection.choices)
    told_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["judge_version", "criterion"], name="one_direction_per_judge_criterion"),
            one_of("higher_is", ScoreDirection, name="score_direction_is_known"),
        ]

    def __str__(self):
        return f"{self.criterion}: {self.get_higher_is_display().lower()}"


class ErrorSource(models.TextChoices):
    JUDGE = "judge", "The judge"
    PEOPLE = "people", "The people"
    RUBRIC = "rubric", "The rubric is unclear"
    BOTH = "both", "Both can be defended"


class MetaReview(models.Model):
    """Whose error it was where a judge version and people's final label differ, as an owner found. Append-only: the
    latest revision counts."""

    Cause = ErrorSource

    judge_version = models.ForeignKey(JudgeVersion, on_delete=models.PROTECT, related_name="meta_reviews")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="meta_reviews")
    criterion = models.CharField(max_length=40)
    revision = models.PositiveSmallIntegerField(default=1)
    # The label that was looked at: one that was re-opened since is another question.
    final_label = models.ForeignKey("FinalLabel", on_delete=models.PROTECT, related_name="+")
    judge_label = models.CharField(max_length=80)
    human_label = models.CharField(max_length=80)
    cause = models.CharField(max_length=6, choices=ErrorSource.choices)
    note = models.TextField(blank=True)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["judge_version", "item", "criterion", "revision"], name="one_meta_review_per_revision"
            ),
            one_of("cause", ErrorSource, name="error_source_is_known"),
        ]

    def __str__(self):
        return f"{self.criterion} of {self.item}: {self.cause}"
