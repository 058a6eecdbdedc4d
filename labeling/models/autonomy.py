"""What contracts a project by itself: guardrails, the policy that is fallen back to, and each contraction."""

from django.db import models
from django.db.models import Q

from labeling.models.constraints import one_of
from labeling.models.incidents import Incident
from labeling.models.projects import Project, User
from labeling.models.routing import RoutingPolicy
from labeling.models.stretches import Stretch, whole_end


class GuardrailKind(models.TextChoices):
    AGREEMENT = "agreement", "Agreement floor"
    GOLD = "gold", "Gold accuracy"
    ESCAPED = "escaped", "Escaped-error budget"
    DRIFT = "drift", "Drift of a judge"


class Guardrail(models.Model):
    """One number that a project may not fall short of, or exceed. Off until an admin switches it on; drift has no limit
    of its own, since the alarm of its watch is one."""

    Kind = GuardrailKind

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="guardrails")
    kind = models.CharField(max_length=10, choices=GuardrailKind.choices)
    limit = models.FloatField(null=True, blank=True)
    is_on = models.BooleanField(default=False)
    set_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "kind"], name="one_guardrail_a_kind"),
            one_of("kind", GuardrailKind, name="guardrail_kind_is_known"),
            models.CheckConstraint(
                condition=Q(kind="drift", limit__isnull=True)
                | (~Q(kind="drift") & Q(limit__isnull=False, limit__gte=0, limit__lte=1)),
                name="guardrail_has_its_limit",
            ),
        ]

    def __str__(self):
        return f"{self.kind} of {self.project}"


class FallbackPolicy(models.Model):
    """The version whose definition a contraction publishes. A project without one falls to everything to people."""

    project = models.OneToOneField(Project, primary_key=True, on_delete=models.CASCADE, related_name="fallback")
    policy = models.ForeignKey(RoutingPolicy, on_delete=models.PROTECT, related_name="+")
    set_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    def __str__(self):
        return f"fallback of {self.project}"


class Contraction(Stretch):
    """One stretch of time for which a guardrail made a project decide less by itself. A person ends it by publishing or
    staging.

    `evidence` is what was read: value, interval, n and limit. `before` was live, `published` is what decides instead.
    An ended one is history and never changes (triggers).
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="contractions")
    kind = models.CharField(max_length=10, choices=GuardrailKind.choices)
    words = models.CharField(max_length=300)
    evidence = models.JSONField()
    incident = models.OneToOneField(Incident, on_delete=models.PROTECT, related_name="contraction")
    before = models.ForeignKey(RoutingPolicy, on_delete=models.PROTECT, related_name="+")
    published = models.OneToOneField(RoutingPolicy, on_delete=models.PROTECT, related_name="contraction")
    began_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "kind"], condition=Q(ended_at__isnull=True), name="one_contraction_a_guardrail"
            ),
            one_of("kind", GuardrailKind, name="contraction_kind_is_known"),
            models.CheckConstraint(condition=~Q(words=""), name="contraction_says_why"),
            whole_end(name="end_of_a_contraction_is_whole"),
        ]
        ordering = ["-id"]

    def __str__(self):
        return f"contraction of {self.project}"
