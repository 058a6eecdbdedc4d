"""What is asked: rubrics, their versions and criteria. A version is frozen from its first label on."""

from django.db import models
from django.db.models import Q

from labeling.models.constraints import one_of
from labeling.models.projects import Project, User


class Rubric(models.Model):
    """A named set of questions; what is labelled against is always one of its versions.

    Its owner answers for it and looks at it again by `review_on`.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="rubrics")
    key = models.SlugField()
    name = models.CharField(max_length=120)
    owner = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    review_on = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "key"], name="one_rubric_per_key")]
        ordering = ["name"]

    def __str__(self):
        return self.name


class RubricVersion(models.Model):
    """The questions as they stood; a trigger refuses any change once `frozen_at` is set.

    Until `in_use_from` it is a draft, against which nothing is queued or labelled. `reason` is why it was put to use.
    """

    rubric = models.ForeignKey(Rubric, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    instructions = models.TextField(blank=True)
    asks_verdict = models.BooleanField(default=True)
    created_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    in_use_from = models.DateTimeField(null=True, blank=True)
    in_use_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField(blank=True)
    frozen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rubric", "number"], name="one_rubric_version_per_number"),
            models.UniqueConstraint(
                fields=["rubric"], condition=Q(in_use_from__isnull=True), name="one_draft_per_rubric"
            ),
            models.CheckConstraint(
                condition=Q(frozen_at__isnull=True) | Q(in_use_from__isnull=False), name="only_versions_in_use_freeze"
            ),
            models.CheckConstraint(condition=Q(number__gte=1), name="rubric_versions_count_from_one"),
        ]
        ordering = ["rubric", "number"]

    def __str__(self):
        return f"{self.rubric} v{self.number}"

    @property
    def is_draft(self) -> bool:
        return self.in_use_from is None


class RubricApproval(models.Model):
    """Somebody approved a version as it stands; one that changes afterwards loses it."""

    version = models.OneToOneField(RubricVersion, primary_key=True, on_delete=models.CASCADE, related_name="approval")
    approved_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField()

    def __str__(self):
        return f"approval of {self.version}"


class CriterionScale(models.TextChoices):
    BINARY = "binary", "Yes or no"
    NOMINAL = "nominal", "Categories"
    ORDINAL = "ordinal", "Ordered points"
    INTERVAL = "interval", "A number"
    PAIRWISE = "pairwise", "A, B or tie"
    MULTI_LABEL = "multi_label", "Any that apply"
    TEXT = "text", "Words"


class CriterionParts(models.TextChoices):
    WHOLE = "", "The whole output"
    CLAIM = "claim", "Each claim"
    CHUNK = "chunk", "Each passage"
    CITATION = "citation", "Each citation"
    STEP = "step", "Each step"


class Criterion(models.Model):
    """One question of a version: `options` are its scale points, each `{value, label, anchor, passing}`.

    A *gating* criterion decides: an item whose final answer does not pass it is a bad output.
    `parts` says that it is asked of each part of an output instead of the whole. `asked_when` is
    `{"key": another question's key, "values": [...]}`: it is asked where that one has one of these values.
    `bounds` of a number are `{"low", "high", "step", "passing_from"}`, the last two null where there are none.
    """

    Scale = CriterionScale

    Parts = CriterionParts

    version = models.ForeignKey(RubricVersion, on_delete=models.CASCADE, related_name="criteria")
    key = models.SlugField(max_length=40)
    position = models.PositiveSmallIntegerField()
    question = models.CharField(max_length=300)
    hint = models.CharField(max_length=300, blank=True)
    scale = models.CharField(max_length=12, choices=Scale.choices)
    parts = models.CharField(max_length=8, choices=Parts.choices, blank=True, default="")
    options = models.JSONField()
    bounds = models.JSONField(null=True, blank=True)
    asked_when = models.JSONField(null=True, blank=True)
    is_required = models.BooleanField(default=True)
    allows_na = models.BooleanField(default=False)
    is_gating = models.BooleanField(default=False)
    rationale_on = models.JSONField(default=list, blank=True)
    weight = models.DecimalField(max_digits=6, decimal_places=2, default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "key"], name="one_criterion_per_key"),
            models.UniqueConstraint(fields=["version", "position"], name="one_criterion_per_position"),
            one_of("scale", CriterionScale, name="criterion_scale_is_known"),
            one_of("parts", CriterionParts, name="criterion_parts_are_known"),
            models.CheckConstraint(condition=Q(weight__gte=0), name="criterion_weight_is_not_negative"),
        ]
        ordering = ["version", "position"]

    def __str__(self):
        return self.key


class GuidelineGap(models.Model):
    """Something that a rubric version leaves open, as its reviewers' disagreement showed; closed by a later version or
    by deciding that it is none. Never deleted: it is why a version was written."""

    version = models.ForeignKey(RubricVersion, on_delete=models.PROTECT, related_name="gaps")
    question_key = models.CharField(max_length=50)
    statement = models.CharField(max_length=500)
    opened_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by_version = models.ForeignKey(
        RubricVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="closes"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(statement=""), name="guideline_gap_states_itself"),
            models.UniqueConstraint(
                fields=["version", "question_key"],
                condition=Q(closed_at__isnull=True),
                name="one_open_gap_per_question",
            ),
        ]
        ordering = ["opened_at", "id"]

    def __str__(self):
        return f"gap in {self.version}: {self.question_key}"
