"""Ranges of items, by which the labels of a large version are read in parts, and digests of what was read.

Digests are of blocks of ids: a range has whole blocks, so that reading in other ranges gives the same digests.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django.db.models import Q

from labeling.models import ImportedLabel, Item, QueueEntry, RubricVersion

IDS_OF_BLOCK = 1_024
LAST_ID = 2**63 - 1
AT_ONCE = 50_000


@dataclass(frozen=True, slots=True)
class ItemRange:
    """The items from one id up to before another."""

    first: int = 0
    beyond: int = LAST_ID

    @property
    def is_all(self) -> bool:
        return self.first <= 0 and self.beyond >= LAST_ID

    def where(self, path: str) -> Q:
        """The condition on an item's id, `path` leading to it. None for all items: the database need not look."""
        return Q() if self.is_all else Q((f"{path}__gte", self.first), (f"{path}__lt", self.beyond))


ALL_ITEMS = ItemRange()


def ranges_of(versions: Sequence[RubricVersion], *, n_items: int) -> list[ItemRange]:
    """Ranges with about so many items of these versions each, which together hold every id there is or may be.

    Two queries; the ids are read through, since those of other projects lie between them.
    """
    queued = QueueEntry.objects.filter(rubric_version__in=versions).values_list("item_id")
    imported = ImportedLabel.objects.filter(criterion__version__in=versions).values_list("item_id")
    starts, n_since = [], 0
    for (item_id,) in queued.union(imported).order_by("item_id").iterator(AT_ONCE):
        if n_since >= n_items and (start := item_id // IDS_OF_BLOCK * IDS_OF_BLOCK) > (starts[-1] if starts else 0):
            starts.append(start)
            n_since = 0
        n_since += 1
    borders = [0, *starts, LAST_ID]
    return [ItemRange(first, beyond) for first, beyond in pairwise(borders)]


def keys_across(items: ItemRange, version: RubricVersion) -> set[str]:
    """The conversations and prompts with items both in a range and outside it."""
    if items.is_all:
        return set()
    keyed = Item.objects.filter(project=version.rubric.project_id).exclude(cluster_key="").order_by()
    inside = keyed.filter(items.where("id")).values("cluster_key")
    outside = keyed.filter(Q(id__lt=items.first) | Q(id__gte=items.beyond), cluster_key__in=inside)
    return set(outside.values_list("cluster_key", flat=True).distinct())


class BlockDigests:
    """A digest of every block of items with something in it, fed in an order that depends on nothing but what it is."""

    def __init__(self) -> None:
        self.digests: dict[int, Any] = {}

    def of_block(self, block: int) -> Any:
        if block not in self.digests:
            self.digests[block] = hashlib.sha256()
        return self.digests[block]

    def add(self, item_id: int, text: str) -> None:
        self.of_block(item_id // IDS_OF_BLOCK).update(f"\x1e{text}".encode())

    def add_columns(self, key: str, columns: Any, names: Sequence[Sequence[str]]) -> None:
        """Sorted lines of an item id and, for each list of names, which of them; named are those that a block has."""
        import numpy as np

        blocks, starts = np.unique(columns[:, 0] // IDS_OF_BLOCK, return_index=True)
        for block, lines in zip(blocks.tolist(), np.split(columns, starts[1:]), strict=True):
            digest, own = self.of_block(block), lines.copy()
            digest.update(f"\x1d{key}".encode())
            for at, in_order in enumerate(names, start=1):
                used, own[:, at] = np.unique(lines[:, at], return_inverse=True)
                digest.update(repr([in_order[number] for number in used] if in_order else []).encode())
            digest.update(own.tobytes())

    def by_block(self) -> dict[int, str]:
        return {block: digest.hexdigest() for block, digest in self.digests.items()}


def hash_of_blocks(digests: Mapping[int, str], *, beside: Sequence[str]) -> str:
    """One hash of all blocks, and of what is known of no item in particular."""
    blocks = [f"{block} {digest}" for block, digest in sorted(digests.items())]
    return hashlib.sha256("\n".join([*beside, *blocks]).encode()).hexdigest()
