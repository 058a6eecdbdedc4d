"""What a version went through, who approved it as it stands, and what this person may do with it next."""

from dataclasses import dataclass

from django.db.models import QuerySet

from labeling.models import PolicyApproval, PolicyChange, RoutingPolicy, User
from labeling.policy.policies import hash_of_definition

State = RoutingPolicy.State
ON_THEIR_WAY = (State.DRAFT, State.SHADOW, State.STAGED)
STOOD_BESIDE = (State.SHADOW, State.STAGED)


@dataclass(frozen=True, slots=True)
class Life:
    """One version as its page shows it. `may_approve` is about the person who looks."""

    steps: list[PolicyChange]
    approvals: list[PolicyApproval]
    definition_hash: str
    may_go_on: bool
    may_approve: bool

    @property
    def was_beside(self) -> bool:
        return any(step.state in STOOD_BESIDE for step in self.steps)


def life_of(version: RoutingPolicy, *, user: User) -> Life:
    approvals = list(approvals_of(version).select_related("approved_by").order_by("id"))
    approved = {approval.approved_by_id for approval in approvals}
    return Life(
        steps=list(version.changes.select_related("changed_by")),
        approvals=approvals,
        definition_hash=hash_of_definition(version.definition),
        may_go_on=version.state in ON_THEIR_WAY,
        may_approve=version.author_id != user.pk and user.pk not in approved,
    )


def approvals_of(version: RoutingPolicy) -> QuerySet[PolicyApproval]:
    """Those that count: of the definition as it stands, by somebody who did not write it."""
    definition_hash = hash_of_definition(version.definition)
    return PolicyApproval.objects.filter(policy=version.pk, definition_hash=definition_hash).exclude(
        approved_by=version.author_id
    )
