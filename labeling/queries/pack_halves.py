"""Which half of the items may leave in a pack: the development part, without what reads like an item of the others.

To a pack *sealed* is all that it may not tell of: the sealed part and the audit part.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from django.db.models import Count, Exists, OuterRef, QuerySet

from labeling.models import EntryPurpose, FinalLabel, HandOut, ImportedLabel, Item, Project, Review
from labeling.policy.blinding import blind_item
from labeling.policy.splits import DEVELOPMENT, part_of

ITEMS_AT_ONCE = 500


def is_in_development(project: Project, *, cluster_key: str, item_id: int) -> bool:
    return part_of(project.sampling_salt, cluster_key=cluster_key, item_id=item_id) == DEVELOPMENT


def sealed_twins_of(project: Project) -> set[str]:
    """The hashes of what sealed items say and, word for word, an open one may say too.

    Sent twice, a sealed item would unseal itself through its twin. Memory grows with the items that were labelled
    elsewhere, by a hash each, and not with their labels.
    """
    return twins_among_hand_outs(project) | twins_among_imported(project)


def twins_among_hand_outs(project: Project) -> set[str]:
    """What was shown of several items of which one is sealed."""
    shown = HandOut.objects.filter(entry__item__project=project).order_by()
    twice = shown.values("shown_id").annotate(n=Count("entry__item", distinct=True)).filter(n__gt=1)
    return sealed_among(project, twice.values("shown_id"))


def twins_among_imported(project: Project) -> set[str]:
    """What sealed items say that were labelled elsewhere, and what open ones say as a sealed one was shown.

    Such an item need never have been handed out, so what was shown does not tell of it.
    """
    twins: set[str] = set()
    for items in in_pages(items_labelled_elsewhere(project), ITEMS_AT_ONCE):
        hashes = shown_hashes_of(item.pk for item in items)
        opened = []
        for item in items:
            if item.pk not in hashes:
                continue
            if is_in_development(project, cluster_key=item.cluster_key, item_id=item.pk):
                opened.append(hashes[item.pk])
            else:
                twins.add(hashes[item.pk])
        twins |= sealed_among(project, opened)
    return twins


def items_labelled_elsewhere(project: Project) -> Iterator[Item]:
    labels = ImportedLabel.objects.filter(item=OuterRef("pk"))
    items = Item.objects.filter(Exists(labels), project=project).only("id", "cluster_key")
    return items.order_by("pk").iterator(chunk_size=10_000)


def shown_hashes_of(item_ids: Iterable[int]) -> dict[int, str]:
    """By item, the hash of what a reviewer is shown of it; an item whose words were erased has none. One query."""
    items = Item.objects.filter(pk__in=set(item_ids), payload__isnull=False).select_related("payload")
    return {
        item.pk: blind_item(item.kind, item.payload.context, item.payload.texts).content_hash()
        for item in items.only("kind", "payload__context", "payload__texts")
    }


def sealed_among(project: Project, shown_ids: Collection[str] | QuerySet[HandOut]) -> set[str]:
    """Those of the hashes that reviewers were shown of a sealed item. One query."""
    shown = HandOut.objects.filter(entry__item__project=project, shown__in=shown_ids).order_by()
    items = shown.values_list("shown_id", "entry__item__cluster_key", "entry__item_id").distinct()
    return {
        shown_id
        for shown_id, cluster_key, item_id in items.iterator(chunk_size=10_000)
        if not is_in_development(project, cluster_key=cluster_key, item_id=item_id)
    }


def n_items_by_half(project: Project) -> tuple[int, int]:
    """How many live items that people labelled, here or elsewhere, are in the development part and in the others."""
    reviews = Review.objects.filter(
        entry__item=OuterRef("pk"), entry__purpose__purpose=EntryPurpose.Purpose.LIVE, slot__isnull=False
    )
    labelled = Item.objects.filter(
        Exists(FinalLabel.objects.filter(item=OuterRef("pk")))
        | Exists(reviews)
        | Exists(ImportedLabel.objects.filter(item=OuterRef("pk"))),
        project=project,
    ).exclude(status=Item.Status.REFERENCE)
    groups = labelled.order_by().values_list("id", "cluster_key")
    halves = Counter(
        is_in_development(project, cluster_key=cluster_key, item_id=item_id)
        for item_id, cluster_key in groups.iterator(chunk_size=10_000)
    )
    return halves[True], halves[False]


def in_pages(rows: Iterable[Any], size: int) -> Iterator[list[Any]]:
    page: list[Any] = []
    for row in rows:
        page.append(row)
        if len(page) == size:
            yield page
            page = []
    if page:
        yield page
