"""Which policy decides an item now: the live one or, for its share of items, the staged one."""

from dataclasses import dataclass

from labeling.models import Item, Project, RoutingPolicy
from labeling.policy.policies import Policy, parse_policy
from labeling.policy.sampling import staging_draw

State = RoutingPolicy.State
DECIDING = (State.LIVE, State.STAGED)


@dataclass(frozen=True, slots=True)
class Ruling:
    """One version that decides, with what it says."""

    version: RoutingPolicy
    policy: Policy


@dataclass(frozen=True, slots=True)
class InForce:
    """The versions that decide now; without a staged one the live one decides everything."""

    salt: str
    live: Ruling
    staged: Ruling | None

    def ruling_for(self, item: Item) -> Ruling:
        """The one version under which this item is decided now, whoever asks and however often."""
        if self.staged is None:
            return self.live
        draw = staging_draw(self.salt, source_system=item.source_system, external_id=item.external_id)
        return self.staged if draw < self.staged.version.staged_share else self.live


def policies_in_force(project: Project) -> InForce | None:
    """What decides items of this project now, or None while nothing is live. One query."""
    versions = {one.state: one for one in project.policies.filter(state__in=DECIDING)}
    if State.LIVE not in versions:
        return None
    rulings = {state: Ruling(version, parse_policy(version.definition)) for state, version in versions.items()}
    return InForce(project.sampling_salt, rulings[State.LIVE], rulings.get(State.STAGED))
