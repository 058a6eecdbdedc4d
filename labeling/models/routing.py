"""How items are routed: versioned policies and the decisions made under them."""

from django.db import models
from django.db.models import Q

from labeling.models.constraints import one_of, share
from labeling.models.items import Item
from labeling.models.projects import Project, User


def percent_of(staged_share):
    # Rounded, because 100 * 0.07 is 7.000000000000001.
    return None if staged_share is None else round(100 * staged_share, 6)


class RoutingPolicyState(models.TextChoices):
    DRAFT = "draft", "Draft"
    SHADOW = "shadow", "In shadow"
    STAGED = "staged", "Staged"
    LIVE = "live", "Live"
    RETIRED = "retired", "Retired"
    WITHDRAWN = "withdrawn", "Withdrawn"


class RoutingPolicy(models.Model):
    """One version of a project's routing: a draft, then perhaps in shadow or staged, live, retired.

    In shadow it decides beside the live one and ships nothing; staged it decides a share of the items. What ends there
    is withdrawn, and was never published. Beyond a draft its definition cannot change (a trigger refuses).
    """

    State = RoutingPolicyState

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="policies")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    staged_share = models.FloatField(null=True, blank=True)
    definition = models.JSONField()
    reason = models.CharField(max_length=500, blank=True)
    author = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="one_policy_per_number"),
            models.UniqueConstraint(fields=["project"], condition=Q(state="live"), name="one_live_policy"),
            models.UniqueConstraint(fields=["project"], condition=Q(state="shadow"), name="one_policy_in_shadow"),
            models.UniqueConstraint(fields=["project"], condition=Q(state="staged"), name="one_staged_policy"),
            one_of("state", RoutingPolicyState, name="policy_state_is_known"),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "shadow", "staged", "withdrawn"], published_at__isnull=True)
                | (Q(state__in=["live", "retired"], published_at__isnull=False) & ~Q(reason="")),
                name="published_policy_has_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(state="staged", staged_share__gt=0, staged_share__lt=1)
                | (~Q(state="staged") & Q(staged_share__isnull=True)),
                name="staged_policy_has_a_share",
            ),
        ]
        ordering = ["project", "-number"]
        verbose_name_plural = "routing policies"

    def __str__(self):
        return f"policy v{self.number}"

    @property
    def staged_percent(self):
        return percent_of(self.staged_share)


class PolicyChange(models.Model):
    """One step in the life of a version: the state it came to, who brought it there, when and why. Append-only.

    Nobody has done what the system did. A share that is set anew is a step from staged to staged.
    """

    policy = models.ForeignKey(RoutingPolicy, on_delete=models.CASCADE, related_name="changes")
    state = models.CharField(max_length=10, choices=RoutingPolicyState.choices)
    staged_share = models.FloatField(null=True, blank=True)
    reason = models.CharField(max_length=500)
    changed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            one_of("state", RoutingPolicyState, name="changed_state_is_known"),
            models.CheckConstraint(condition=~Q(reason=""), name="policy_change_has_a_reason"),
            models.CheckConstraint(
                condition=Q(state="staged", staged_share__isnull=False)
                | (~Q(state="staged") & Q(staged_share__isnull=True)),
                name="staging_says_its_share",
            ),
        ]
        ordering = ["-id"]

    def __str__(self):
        return f"{self.policy} {self.state}"

    @property
    def staged_percent(self):
        return percent_of(self.staged_share)


class PolicyApproval(models.Model):
    """A second admin read exactly this definition and agrees; any edit voids it, since the hash differs. Append-only,
    and never by the author of the version (a trigger looks)."""

    policy = models.ForeignKey(RoutingPolicy, on_delete=models.CASCADE, related_name="approvals")
    definition_hash = models.CharField(max_length=64)
    approved_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["policy", "definition_hash", "approved_by"], name="one_approval_a_person_and_definition"
            ),
        ]

    def __str__(self):
        return f"approval of {self.policy}"


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


class ShadowDecision(models.Model):
    """What a version in shadow says of one item that was decided without it; it moves nothing. Append-only, once for
    an item and version, and in a table of its own, so that whoever reads decisions reads none of these."""

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="shadow_decisions")
    policy = models.ForeignKey(RoutingPolicy, on_delete=models.PROTECT, related_name="shadow_decisions")
    outcome = models.CharField(max_length=10, choices=RoutingDecisionOutcome.choices)
    reasons = models.JSONField(default=list)
    inclusion_probability = models.FloatField()
    decided_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["policy", "item"], name="one_shadow_decision_an_item"),
            one_of("outcome", RoutingDecisionOutcome, name="shadow_outcome_is_known"),
            share("inclusion_probability", name="shadow_inclusion_is_a_probability"),
        ]

    def __str__(self):
        return f"{self.outcome} in shadow under {self.policy}"
