"""How the audit could be dealt out over what ships: a suggestion by stakes and intent, applied by a person alone."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from labeling.models import Item, Project, RoutingDecision
from labeling.policy.policies import LEAST_AUDIT_SHARE
from labeling.policy.routing import TIER_OF_STAKES
from labeling.queries.audited import AuditedItem, audited_items
from labeling.queries.routing import live_policy_of

NEWEST = 20_000
MOST_LABELLED = 10_000
AT_ONCE = 5_000
# What is smaller is one stratum with the others of its stakes: it would get a share that one output changes.
LEAST_ITEMS = 50
OTHERS = "other intents"

Stratum = tuple[str, str]


@dataclass(frozen=True, slots=True)
class StratumPlan:
    """One stratum of what ships but for a draw: the share that a draw sends to people now, and the one suggested."""

    tier: str
    intent: str
    n_items: int
    n_labelled: int
    n_bad: int
    percent_now: float
    percent_suggested: float


@dataclass(frozen=True, slots=True)
class AuditPlan:
    """As many labels as now, dealt out so that the share that escapes is known best, with a floor for each stratum."""

    strata: Sequence[StratumPlan]
    n_items: int
    n_labels: int
    floor_percent: float


def suggest_audit(project: Project, *, now: datetime) -> AuditPlan | None:
    """Of the newest decisions of the live policy those that only a draw sends to people; None while there are none."""
    live = live_policy_of(project)
    if live is None:
        return None
    chances: dict[Stratum, list[float]] = {}
    decided = RoutingDecision.objects.filter(policy=live, outcome__in=["ship", "review"], inclusion_probability__lt=1)
    columns = ("item__stakes", "item__intent", "inclusion_probability")
    for stakes, intent, chance in decided.order_by("-id").values_list(*columns)[:NEWEST]:
        chances.setdefault((TIER_OF_STAKES.get(stakes, "high"), intent), []).append(chance)
    if not chances:
        return None
    large = {stratum for stratum, of_stratum in chances.items() if len(of_stratum) >= LEAST_ITEMS}
    merged: dict[Stratum, list[float]] = {}
    for stratum, of_stratum in chances.items():
        merged.setdefault(merged_stratum(stratum, large), []).extend(of_stratum)
    n_labelled, n_bad = labels_by_stratum(project, large, now=now)
    return plan_of(merged, n_labelled, n_bad)


def merged_stratum(stratum: Stratum, large: set[Stratum]) -> Stratum:
    return stratum if stratum in large else (stratum[0], OTHERS)


def labels_by_stratum(
    project: Project, large: set[Stratum], *, now: datetime
) -> tuple[Counter[Stratum], Counter[Stratum]]:
    """Of each stratum, the labels of what a draw sent to people, and how many of them were bad."""
    drawn = [one for one in audited_items(project, until=now) if one.inclusion_probability < 1][-MOST_LABELLED:]
    strata = strata_of(drawn)
    n_labelled, n_bad = Counter[Stratum](), Counter[Stratum]()
    for one in drawn:
        stratum = merged_stratum(strata[one.item_id], large)
        n_labelled[stratum] += 1
        n_bad[stratum] += one.is_bad
    return n_labelled, n_bad


def strata_of(drawn: Sequence[AuditedItem]) -> dict[int, Stratum]:
    found: dict[int, Stratum] = {}
    item_ids = [one.item_id for one in drawn]
    for start in range(0, len(item_ids), AT_ONCE):
        rows = Item.objects.filter(pk__in=item_ids[start : start + AT_ONCE]).values_list("pk", "stakes", "intent")
        found.update((pk, (TIER_OF_STAKES.get(stakes, "high"), intent)) for pk, stakes, intent in rows)
    return found


def plan_of(chances: dict[Stratum, list[float]], n_labelled: Counter[Stratum], n_bad: Counter[Stratum]) -> AuditPlan:
    import numpy as np

    from labeling.stats.allocation import allocate_audit, guess_error_share

    strata = sorted(chances, key=lambda stratum: (-len(chances[stratum]), stratum))
    n_items = np.array([len(chances[stratum]) for stratum in strata], dtype=float)
    guessed = guess_error_share(
        np.array([n_bad[stratum] for stratum in strata], dtype=float),
        np.array([n_labelled[stratum] for stratum in strata], dtype=float),
    )
    n_labels = sum(sum(of_stratum) for of_stratum in chances.values())
    shares = allocate_audit(n_items, guessed, n_labels=n_labels, floor=LEAST_AUDIT_SHARE)
    return AuditPlan(
        [
            StratumPlan(
                tier,
                intent,
                n_items=len(chances[tier, intent]),
                n_labelled=n_labelled[tier, intent],
                n_bad=n_bad[tier, intent],
                percent_now=100 * sum(chances[tier, intent]) / len(chances[tier, intent]),
                percent_suggested=100 * share,
            )
            for (tier, intent), share in zip(strata, shares.tolist(), strict=True)
        ],
        n_items=int(n_items.sum()),
        n_labels=round(n_labels),
        floor_percent=100 * LEAST_AUDIT_SHARE,
    )
