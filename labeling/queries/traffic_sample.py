"""Which stored items stand for a project's traffic: all of them, or so many drawn at random from a stated seed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import QuerySet

from labeling.models import Item, Project
from labeling.queries.evidence import with_evidence

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_SAMPLED = 6_000
SEED = 1
# So many ids stand in one statement.
AT_ONCE = 5_000
# A project with fewer of the ids between its first and its last than this is listed instead of drawn from.
LEAST_DENSITY = 0.05
# Drawn ids that are another project's, references or erased are lost; a few more are drawn than these.
SPARE = 1.05
# Of the newest, so many are read at most; payloads may be long, and so many lie in memory at once.
MOST_NEWEST, READ_AT_ONCE = 2_000, 500


@dataclass(frozen=True, slots=True)
class ItemRow:
    """What is read of every item of a sample, whatever a policy asks."""

    item_id: int
    kind: str
    stakes: str
    intent: str
    segment: str
    draw: float
    hold_until: datetime | None
    is_review_requested: bool
    came_at: datetime


COLUMNS = ("id", "kind", "stakes", "intent", "segment", "sampling_u", "hold_until", "is_review_requested", "created_at")


def traffic_of(project: Project) -> QuerySet[Item]:
    """References are no traffic."""
    return Item.objects.filter(project=project).exclude(status=Item.Status.REFERENCE)


def draw_items(project: Project, *, most: int = MOST_SAMPLED, seed: int = SEED) -> tuple[list[ItemRow], int]:
    """At most so many items, each as likely as any other, and how many there are. Erased ones cannot be decided.

    By ids, which nobody chooses: an item's own draw would do for a sample, and be all wrong for a policy that samples
    by it. Four statements, and one for each 5,000 items.
    """
    n_items = traffic_of(project).count()
    if n_items <= most:
        ids = list(traffic_of(project).order_by("id").values_list("id", flat=True))
        return rows_of(project, ids), n_items
    import numpy as np

    candidates = candidate_ids(project, n_items, most=most, rng=np.random.default_rng(seed))
    found = {row.item_id: row for row in rows_of(project, candidates.tolist())}
    # The first so many in the order drawn; those of the lowest ids would be the oldest.
    return [found[item_id] for item_id in candidates.tolist() if item_id in found][:most], n_items


def candidate_ids(project: Project, n_items: int, *, most: int, rng: "np.random.Generator") -> "NDArray[np.int64]":
    import numpy as np

    ids = Item.objects.filter(project=project).order_by("id").values_list("id", flat=True)
    first, last = ids[0], ids.reverse()[0]
    density = n_items / (last - first + 1)
    if density < LEAST_DENSITY:
        listed = np.fromiter(traffic_of(project).order_by("id").values_list("id", flat=True).iterator(), dtype=np.int64)
        return rng.choice(listed, size=min(len(listed), int(SPARE * most)), replace=False)
    n_wanted = min(last - first + 1, int(SPARE * most / density) + 100)
    return first + rng.choice(last - first + 1, size=n_wanted, replace=False)


def rows_of(project: Project, item_ids: Sequence[int]) -> list[ItemRow]:
    """Those of the items that are traffic of the project and still have their words."""
    readable = traffic_of(project).filter(payload__isnull=False)
    return [
        ItemRow(*row)
        for some in in_parts(item_ids)
        for row in readable.filter(id__in=some).order_by().values_list(*COLUMNS)
    ]


def newest_items(project: Project) -> Iterator[Item]:
    """The newest outputs with their evidence, one after the other. Of erased ones there is nothing to decide."""
    readable = traffic_of(project).filter(payload__isnull=False)
    return with_evidence(readable).order_by("-id")[:MOST_NEWEST].iterator(chunk_size=READ_AT_ONCE)


def in_parts(item_ids: Sequence[int], *, at_once: int = AT_ONCE) -> Iterator[Sequence[int]]:
    # In order, so that a database reads its pages in order, too.
    in_order = sorted(item_ids)
    for start in range(0, len(in_order), at_once):
        yield in_order[start : start + at_once]
