"""Items of known chance whose final label says if they were bad: all that may be said of errors rests on them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from labeling.models import Project, RoutingDecision
from labeling.policy.splits import AUDIT, DEVELOPMENT, Part, part_of
from labeling.queries.labels import standing_labels

AT_ONCE = 5_000
MOST_ITEMS = 50_000


@dataclass(frozen=True, slots=True)
class AuditedItem:
    """One item that routing sent to people and that became final.

    inclusion_probability : in (0, 1], with which such an item was sent to people when it was
    draw : its own draw in [0, 1), which lay below that
    group : what its errors may share with others: its cluster, or itself
    part : *development* or *audit*; what is sealed is never here
    policy_id : of the policy version that sent it
    """

    item_id: int
    inclusion_probability: float
    draw: float
    is_bad: bool
    group: str
    part: Part
    decided_at: datetime
    policy_id: int


def audited_items(project: Project, *, until: datetime, most: int = MOST_ITEMS) -> Sequence[AuditedItem]:
    """The newest items with a standing final label by then, oldest first. One query, and one more for each 5,000.

    An item that is final in two queues is bad if either says so. Items that routing never sent to people (gold, what
    somebody fetched by hand) have no known chance and are left out; so is the sealed part.
    """
    labels = standing_labels().filter(item__project=project, decided_at__lte=until).order_by("-decided_at", "-id")
    columns = ("item_id", "is_bad", "decided_at", "item__sampling_u", "item__cluster_key")
    found: dict[int, tuple[bool, datetime, float, str]] = {}
    for item_id, is_bad, decided_at, draw, cluster_key in labels.values_list(*columns)[:most].iterator(AT_ONCE):
        was_bad, first = (found[item_id][0], found[item_id][1]) if item_id in found else (False, decided_at)
        found[item_id] = (is_bad or was_bad, first, draw, cluster_key)
    chances = chances_of(list(found))
    audited = []
    for item_id, (is_bad, decided_at, draw, cluster_key) in found.items():
        part = part_of(project.sampling_salt, cluster_key=cluster_key, item_id=item_id)
        if item_id in chances and part in (DEVELOPMENT, AUDIT):
            group = f"cluster {cluster_key}" if cluster_key else f"item {item_id}"
            chance, policy_id = chances[item_id]
            audited.append(AuditedItem(item_id, chance, draw, is_bad, group, part, decided_at, policy_id))
    return audited[::-1]


def chances_of(item_ids: Sequence[int]) -> dict[int, tuple[float, int]]:
    """With which probability each item was sent to people, by the newest decision that did, and under which policy."""
    chances: dict[int, tuple[float, int]] = {}
    for start in range(0, len(item_ids), AT_ONCE):
        sent = RoutingDecision.objects.filter(
            item__in=item_ids[start : start + AT_ONCE],
            outcome=RoutingDecision.Outcome.REVIEW,
            inclusion_probability__gt=0,
        )
        columns = ("item_id", "inclusion_probability", "policy_id")
        chances.update((item, (chance, policy)) for item, chance, policy in sent.order_by("id").values_list(*columns))
    return chances
