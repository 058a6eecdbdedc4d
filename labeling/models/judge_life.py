"""The life of a judge version: examined on sealed items, cleared to gate, suspended."""

from django.db import models
from django.db.models import Q

from labeling.models.constraints import one_of
from labeling.models.incidents import Incident
from labeling.models.judges import JudgeVersion
from labeling.models.projects import User
from labeling.models.rubrics import RubricVersion
from labeling.models.stretches import Stretch, whole_end


class SealedOpening(models.Model):
    """Somebody opened the sealed part for one judge version on one rubric version. Append-only, and once a term.

    What is read may be learnt from: each opening for a judge's name wears the sealed part out a little. When the
    validation of an opening has run out there may be a next one, which reads only items that came since.
    """

    judge_version = models.ForeignKey(JudgeVersion, on_delete=models.PROTECT, related_name="openings")
    rubric_version = models.ForeignKey(RubricVersion, on_delete=models.PROTECT, related_name="openings")
    number = models.PositiveSmallIntegerField(default=1)
    items_since = models.DateTimeField(null=True, blank=True)
    opened_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    reason = models.CharField(max_length=300)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["judge_version", "rubric_version", "number"], name="sealed_part_opens_once_a_term"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="opening_has_a_reason"),
        ]

    def __str__(self):
        return f"sealed part opened for {self.judge_version}"


class ValidationFinding(models.TextChoices):
    MAY_GATE = "may_gate", "May gate"
    TRIAGE = "triage", "Triage only"
    MISSING = "missing", "Not enough yet"
    BROKEN = "broken", "Broken"


class Validation(models.Model):
    """What one look at the sealed part found: the numbers by criterion, their words, and until when it holds.

    `n_judged` and `n_missed` are the sealed items with a final label that the judge labelled too, and those of them
    that it labelled otherwise: its usual share of misses, against which drift is watched. Append-only.
    """

    Finding = ValidationFinding

    opening = models.OneToOneField(SealedOpening, primary_key=True, on_delete=models.PROTECT, related_name="validation")
    finding = models.CharField(max_length=10, choices=Finding.choices)
    words = models.CharField(max_length=300)
    numbers = models.JSONField()
    n_items = models.PositiveIntegerField()
    n_judged = models.PositiveIntegerField()
    n_missed = models.PositiveIntegerField()
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            one_of("finding", ValidationFinding, name="finding_is_known"),
            models.CheckConstraint(condition=~Q(words=""), name="validation_says_something"),
            models.CheckConstraint(condition=Q(n_missed__lte=models.F("n_judged")), name="misses_are_among_the_judged"),
        ]

    def __str__(self):
        return f"{self.opening.judge_version}: {self.finding}"


class Clearance(Stretch):
    """One stretch of time in which a judge version may gate, on an owner's word. Without one it may not.

    It rests on a validation that says so (a trigger looks). An ended one is history and never changes.
    """

    judge_version = models.ForeignKey(JudgeVersion, on_delete=models.PROTECT, related_name="clearances")
    validation = models.ForeignKey(Validation, on_delete=models.PROTECT, related_name="clearances")
    reason = models.CharField(max_length=300)
    cleared_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    cleared_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["judge_version"], condition=Q(ended_at__isnull=True), name="one_clearance_at_a_time"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="clearance_has_a_reason"),
            whole_end(name="end_of_a_clearance_is_whole"),
        ]

    def __str__(self):
        return f"clearance of {self.judge_version}"


class SuspensionCause(models.TextChoices):
    DRIFT = "drift", "Drift alarm"
    PERSON = "person", "A person"


class Suspension(Stretch):
    """One stretch of time in which a judge version ships nothing: a drift alarm, or somebody, suspended it.

    An alarm has an incident, and the path that raised it as `evidence`. An ended one is history and never changes.
    """

    Cause = SuspensionCause

    judge_version = models.ForeignKey(JudgeVersion, on_delete=models.PROTECT, related_name="suspensions")
    cause = models.CharField(max_length=10, choices=Cause.choices)
    reason = models.CharField(max_length=300)
    evidence = models.JSONField(default=dict)
    incident = models.OneToOneField(
        Incident, null=True, blank=True, on_delete=models.PROTECT, related_name="suspension"
    )
    began_at = models.DateTimeField()
    began_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["judge_version"], condition=Q(ended_at__isnull=True), name="one_suspension_at_a_time"
            ),
            one_of("cause", SuspensionCause, name="suspension_cause_is_known"),
            models.CheckConstraint(condition=~Q(reason=""), name="suspension_has_a_reason"),
            models.CheckConstraint(
                condition=Q(cause="drift", began_by__isnull=True) | Q(cause="person", began_by__isnull=False),
                name="somebody_or_an_alarm_suspends",
            ),
            whole_end(name="end_of_a_suspension_is_whole"),
        ]

    def __str__(self):
        return f"suspension of {self.judge_version}"


class DriftLook(models.Model):
    """One look at whether a judge drifts from people: the path of its misses on audit items since its validation, and
    how it was watched. Append-only; the same answers are one look."""

    validation = models.ForeignKey(Validation, on_delete=models.PROTECT, related_name="looks")
    counted_from = models.DateTimeField()
    counted_until = models.DateTimeField()
    n_answers = models.PositiveIntegerField()
    n_missed = models.PositiveIntegerField()
    numbers = models.JSONField()
    is_alarm = models.BooleanField()
    looked_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["validation", "counted_from", "counted_until", "n_answers"], name="one_look_at_the_same_answers"
            ),
        ]

    def __str__(self):
        return f"look at {self.validation}"


class VersionComparison(models.Model):
    """Two versions of one judge on the same items of the development part, against people; computed once for the same
    labels. Append-only."""

    before = models.ForeignKey(JudgeVersion, on_delete=models.PROTECT, related_name="+")
    after = models.ForeignKey(JudgeVersion, on_delete=models.PROTECT, related_name="comparisons")
    rubric_version = models.ForeignKey(RubricVersion, on_delete=models.PROTECT, related_name="+")
    input_hash = models.CharField(max_length=64)
    numbers = models.JSONField()
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["before", "after", "rubric_version", "input_hash"], name="one_comparison_of_the_same_labels"
            ),
        ]

    def __str__(self):
        return f"{self.before} and {self.after}"
