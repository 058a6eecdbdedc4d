"""Thresholds with a promise: what was planned before any label was looked at, and what the one look found."""

from django.db import models
from django.db.models import F, Q

from labeling.models.constraints import one_of, share
from labeling.models.projects import Project, User
from labeling.models.routing import RoutingPolicy


class ThresholdSearch(models.Model):
    """One plan: which signal, which promise, the thresholds to walk and how many labels will be looked at. Append-only.

    `grid` falls from strict to loose and comes from unlabelled scores alone; `grid_hash` is of it and of the promise.
    `number` counts the plans on one signal: each look at labels is a test of its own.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="threshold_searches")
    policy = models.ForeignKey(RoutingPolicy, on_delete=models.PROTECT, related_name="threshold_searches")
    number = models.PositiveIntegerField()
    signal = models.CharField(max_length=80)
    target = models.FloatField()
    confidence = models.FloatField()
    grid = models.JSONField()
    grid_hash = models.CharField(max_length=64)
    n_scores = models.PositiveIntegerField()
    n_labels = models.PositiveIntegerField()
    planned_at = models.DateTimeField()
    planned_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "signal", "number"], name="one_search_per_number"),
            models.CheckConstraint(condition=Q(target__gt=0, target__lt=1), name="target_is_a_tolerable_share"),
            models.CheckConstraint(condition=Q(confidence__gt=0, confidence__lt=1), name="confidence_is_short_of_sure"),
            models.CheckConstraint(condition=Q(n_labels__gt=0), name="search_looks_at_labels"),
        ]
        ordering = ["project", "-id"]
        verbose_name_plural = "threshold searches"

    def __str__(self):
        return f"search {self.number} on {self.signal}"

    @property
    def target_percent(self):
        return 100 * self.target

    @property
    def confidence_percent(self):
        return 100 * self.confidence


class CertificateState(models.TextChoices):
    CERTIFIED = "certified", "Certified"
    INCONCLUSIVE = "inconclusive", "Inconclusive"
    ALL_TO_PEOPLE = "all_to_people", "All to people"


class ThresholdCertificate(models.Model):
    """What the one look of a search found, what it rests on and until when it holds. Append-only.

    Without a certified `threshold` there is none: everything goes to people. `naive_threshold` is what a hand would
    have typed, kept to be shown beside it and never routed by.
    """

    State = CertificateState

    search = models.OneToOneField(
        ThresholdSearch, primary_key=True, on_delete=models.PROTECT, related_name="certificate"
    )
    state = models.CharField(max_length=14, choices=CertificateState.choices)
    threshold = models.FloatField(null=True, blank=True)
    naive_threshold = models.FloatField(null=True, blank=True)
    steps = models.JSONField()
    n_labels = models.PositiveIntegerField()
    n_wrong = models.PositiveIntegerField()
    n_more = models.PositiveIntegerField(null=True, blank=True)
    rests_on = models.JSONField()
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    made_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            one_of("state", CertificateState, name="certificate_state_is_known"),
            models.CheckConstraint(
                condition=Q(state="certified", threshold__isnull=False)
                | (~Q(state="certified") & Q(threshold__isnull=True)),
                name="only_what_is_certified_has_a_threshold",
            ),
            share("threshold", name="certified_threshold_is_a_share"),
            models.CheckConstraint(condition=Q(n_wrong__lte=F("n_labels")), name="wrong_ones_are_among_the_labels"),
        ]

    def __str__(self):
        return f"{self.search}: {self.state}"
