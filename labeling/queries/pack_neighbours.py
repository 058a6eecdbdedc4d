"""Which open items read nearly like one that no pack may tell of: words of the sealed and the audit part stay out."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from django.db.models import QuerySet

from labeling.models import Item, Project
from labeling.policy.blinding import BlindItem, blind_item
from labeling.policy.near_duplicates import group_near_duplicates
from labeling.policy.splits import DEVELOPMENT, part_of

ITEMS_AT_ONCE = 1_000
# Comparing these takes some seconds, and longer than a page may take soon after: 50,000 take half a minute and more
# memory than a web process has.
MOST_ON_A_PAGE = 5_000
# What an item says itself: what was asked and what is judged.
TELLING = ("task", "brief", "question", "conversation", "source_text", "claims", "steps", "end_state", "runs", "texts")
# What stands beside many items that are not alike at all. A long policy that all of them share would make one group of
# them; and what an item shares with others of one document or conversation, its cluster keeps in one part.
STANDING = ("kind", "pair_of", "passages", "policy", "record", "action", "reference", "labels", "fields", "tools")


def near_sealed_items_of(project: Project) -> frozenset[int]:
    """The items of the development part in one group with an item of another part: near-duplicates, and clusters.

    All items count, labelled or not: what is sealed may be labelled tomorrow, when the pack has left. An item whose
    words were erased says nothing any more. Memory grows with the project's words, 8 bytes each.
    """
    parts: list[str] = []
    item_ids: list[int] = []
    clusters: dict[str, list[int]] = {}

    def pieces() -> Iterator[list[str]]:
        for item in items_with_words(project):
            if item.cluster_key:
                clusters.setdefault(item.cluster_key, []).append(len(item_ids))
            parts.append(part_of(project.sampling_salt, cluster_key=item.cluster_key, item_id=item.pk))
            item_ids.append(item.pk)
            yield telling_pieces(blind_item(item.kind, item.payload.context, item.payload.texts))

    # A view of the clusters, which grow while the texts are read.
    groups = group_near_duplicates(pieces(), together=clusters.values())
    closed = {group for group, part in zip(groups, parts, strict=True) if part != DEVELOPMENT}
    near = zip(item_ids, groups, parts, strict=True)
    return frozenset(item_id for item_id, group, part in near if part == DEVELOPMENT and group in closed)


def why_not_on_a_page(project: Project) -> str:
    """Why a pack is too much for a page, with the command that makes it; or nothing. One query, of so many rows."""
    if compared_items(project).order_by()[: MOST_ON_A_PAGE + 1].count() <= MOST_ON_A_PAGE:
        return ""
    return (
        f"A pack compares what all items say with each other, and there are more than {MOST_ON_A_PAGE:,}: too many for "
        f"a page. Run “manage.py export {project.slug} pack --output {project.slug}-pack.zip” where Reviewapp runs; "
        "the pack is the same."
    )


def compared_items(project: Project) -> QuerySet[Item]:
    return Item.objects.filter(project=project, payload__isnull=False).exclude(status=Item.Status.REFERENCE)


def items_with_words(project: Project) -> Iterator[Item]:
    needed = ("kind", "cluster_key", "payload__context", "payload__texts")
    items = compared_items(project).select_related("payload").only(*needed)
    return items.order_by("pk").iterator(chunk_size=ITEMS_AT_ONCE)


def telling_pieces(shown: BlindItem) -> list[str]:
    return [text for name in TELLING for text in texts_in(getattr(shown, name))]


def texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for one in value:
            yield from texts_in(one)
    elif is_dataclass(value):
        for one in fields(value):
            yield from texts_in(getattr(value, one.name))
