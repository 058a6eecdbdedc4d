"""A staged version beside the live one, each on its own random share of what came since."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from labeling.models import Item, RoutingDecision, RoutingPolicy
from labeling.policy.policies import TIERS
from labeling.policy.routing import TIER_OF_STAKES
from labeling.queries.audited import audited_items
from labeling.queries.routing import last_id_before, percent_of
from labeling.queries.shadows import Span, State, span_of

if TYPE_CHECKING:
    from labeling.stats.results import Estimate

Outcome = RoutingDecision.Outcome
MOST_ITEMS = 20_000
OUTCOMES: Mapping[str, str] = {Outcome.SHIP: "Ships", Outcome.REVIEW: "To people", Outcome.BOUNCE: "Bounced"}


class Decided(NamedTuple):
    """What was decided last of one item, and under which version."""

    policy_id: int
    stakes: str
    outcome: str
    chance: float


@dataclass(frozen=True, slots=True)
class Arm:
    """What one version did with its share. `bad` is the share of bad outputs among what shipped under it, from those
    that were drawn for review, weighted by their chance."""

    version: RoutingPolicy
    n_items: int
    rows: Sequence[tuple[str, int, "Estimate"]]
    tiers: Sequence[tuple[str, int, int]]
    reviewed_a_day: float
    bad: "Estimate"

    @property
    def reviewed(self) -> "Estimate":
        return next(share for name, _, share in self.rows if name == OUTCOMES[Outcome.REVIEW])


@dataclass(frozen=True, slots=True)
class StagedComparison:
    """Both versions since the share was last set, each on its own items; the newest where there are very many."""

    span: Span
    staged: Arm
    live: Arm
    is_cut_off: bool
    apart: "Estimate"
    took: "Estimate"

    @property
    def percent(self) -> float:
        return percent_of(self.span.share or 0.0)

    @property
    def points(self) -> str:
        """How far apart the two are in what they send to people, in percentage points with their interval."""
        if self.apart.value is None or self.apart.low is None or self.apart.high is None:
            return ""
        value, low, high = (100 * end for end in (self.apart.value, self.apart.low, self.apart.high))
        return f"{value:+.1f} percentage points ({low:+.1f} to {high:+.1f}, n {self.apart.n})"

    @property
    def rows(self) -> list[tuple[str, "Estimate", "Estimate"]]:
        pairs = zip(self.staged.rows, self.live.rows, strict=True)
        return [(name, ours, theirs) for (name, _, ours), (_, _, theirs) in pairs]

    @property
    def tiers(self) -> list[tuple[str, tuple[int, int], tuple[int, int]]]:
        pairs = zip(self.staged.tiers, self.live.tiers, strict=True)
        return [(tier, (n, of), (n_live, of_live)) for (tier, n, of), (_, n_live, of_live) in pairs]


def staged_comparison(version: RoutingPolicy, *, now: datetime) -> StagedComparison | None:
    """A staged version and the live one since the share was last set. None where it never was staged.

    Only items that came since then: which version decides them was drawn, so the two differ by nothing else. A bounded
    number of queries.
    """
    from labeling.stats.differences import difference_of_shares
    from labeling.stats.intervals import wilson_share

    span = span_of(version, State.STAGED)
    if span is None:
        return None
    items = Item.objects.filter(project=version.project_id)
    first_id = last_id_before(items.filter(created_at__lt=span.since))
    decisions = RoutingDecision.objects.filter(policy__in=(version, span.beside), item_id__gt=first_id)
    if span.until is not None:
        decisions = decisions.filter(item__created_at__lt=span.until)
    columns = ("item", "policy", "item__stakes", "outcome", "inclusion_probability")
    rows = list(decisions.exclude(outcome=Outcome.HOLD).order_by("-id").values_list(*columns)[: MOST_ITEMS + 1])
    newest: dict[int, Decided] = {}
    for item_id, *decided in rows[:MOST_ITEMS]:
        newest.setdefault(item_id, Decided(*decided))
    is_bad = {one.item_id: one.is_bad for one in audited_items(version.project, until=now) if one.item_id in newest}
    days = span.days(now=now)
    staged, live = (arm_of(one, newest, is_bad, days=days) for one in (version, span.beside))
    to_people = [sum(n for _, _, n in arm.tiers) for arm in (staged, live)]
    return StagedComparison(
        span=span,
        staged=staged,
        live=live,
        is_cut_off=len(rows) > MOST_ITEMS,
        apart=difference_of_shares(to_people[0], staged.n_items, to_people[1], live.n_items),
        took=wilson_share(staged.n_items, staged.n_items + live.n_items),
    )


def arm_of(version: RoutingPolicy, newest: Mapping[int, Decided], is_bad: Mapping[int, bool], *, days: float) -> Arm:
    from labeling.stats.intervals import wilson_share

    mine = {item_id: one for item_id, one in newest.items() if one.policy_id == version.pk}
    n_by_outcome = Counter(one.outcome for one in mine.values())
    n_by_tier = Counter((TIER_OF_STAKES[one.stakes], one.outcome) for one in mine.values())
    return Arm(
        version=version,
        n_items=len(mine),
        rows=[
            (name, n_by_outcome[outcome], wilson_share(n_by_outcome[outcome], len(mine)))
            for outcome, name in OUTCOMES.items()
        ],
        tiers=[
            (tier, sum(n for (of, _), n in n_by_tier.items() if of == tier), n_by_tier[tier, Outcome.REVIEW])
            for tier in TIERS
        ],
        reviewed_a_day=n_by_outcome[Outcome.REVIEW] / days,
        bad=bad_among_shipped(mine, is_bad),
    )


def bad_among_shipped(mine: Mapping[int, Decided], is_bad: Mapping[int, bool]) -> "Estimate":
    """Each item that was drawn with chance π below 1 stands for (1 - π) / π like it that were not, and shipped."""
    import numpy as np

    from labeling.stats.escapes import estimate_escaped
    from labeling.stats.results import undefined_because

    drawn = [item_id for item_id, one in mine.items() if item_id in is_bad and 0 < one.chance < 1]
    if not drawn:
        return undefined_because("nothing that was drawn for audit is final yet", n=0)
    chances = np.array([mine[item_id].chance for item_id in drawn])
    found_bad = np.array([is_bad[item_id] for item_id in drawn], dtype=np.float64)
    return estimate_escaped(found_bad, chances, 1 - chances).estimate
