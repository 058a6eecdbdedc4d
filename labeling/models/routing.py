"""How items are routed: versioned policies and the decisions made under them."""

from django.db import models
from django.db.models import Q

from labeling.models.constraints import one_of, share
from labeling.models.items import Item
from labeling.models.projects import Project, User


class RoutingPolicyState(models.TextChoices):
    DRAFT = "draft", "Draft"
    LIVE = "live", "Live"
    RETIRED = "retired", "Retired"


class RoutingPolicy(models.Model):
    """One version of a project's routing. Its definition cannot change once published (a trigger refuses)."""

    State = RoutingPolicyState

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="policies")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    definition = models.JSONField()
    reason = models.CharField(max_length=500, blank=True)
    author = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="one_policy_per_number"),
            models.UniqueConstraint(fields=["project"], condition=Q(state="live"), name="one_live_policy"),
            one_of("state", RoutingPolicyState, name="policy_state_is_known"),
            models.CheckConstraint(
                condition=Q(state="draft", published_at__isnull=True)
                | (~Q(state="draft") & Q(published_at__isnull=False) & ~Q(reason="")),
                name="published_policy_has_a_reason",
            ),
        ]
        ordering = ["project", "-number"]
        verbose_name_plural = "routing policies"

    def __str__(self):
        return f"policy v{self.number}"


class RoutingDecisionOutcome(models.TextChoices):
    SHIP = "ship", "Ship"
    REVIEW = "review", "Review"
    BOUNCE = "bounce", "Bounce"
    HOLD = "hold", "Hold"


class RoutingDecision(models.Model):
    """Where one item went and every reason why, under one policy. Append-only; a late signal makes the next."""

    Outcome = RoutingDecisionOutcome

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="decisions")
    policy = models.ForeignKey(RoutingPolicy, on_delete=models.PROTECT, related_name="decisions")
    number = models.PositiveSmallIntegerField(default=1)
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    reasons = models.JSONField(default=list)
    sampling_u = models.FloatField()
    # The probability with which an item like this one enters review; 1/this is its weight in any population claim.
    inclusion_probability = models.FloatField()
    decided_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "policy", "number"], name="one_decision_per_number"),
            one_of("outcome", RoutingDecisionOutcome, name="decision_outcome_is_known"),
            share("inclusion_probability", name="inclusion_is_a_probability"),
            share("sampling_u", name="decision_draw_is_a_share"),
        ]
        indexes = [models.Index(fields=["policy", "outcome"], name="decisions_by_outcome")]

    def __str__(self):
        return f"{self.outcome} under {self.policy}"
