"""The calibration pack: what whoever runs a judge may learn from people, and nothing of the sealed and the audit part.

This is the pack itself and its labels; corrections, the manifest and the split have files of their own.
"""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from labeling.models import ImportedLabel, Item, Project, Review
from labeling.policy.few_shot import Candidate
from labeling.queries.exports import (
    LABEL_COLUMNS,
    exported_import,
    exported_label,
    pages_of_imported,
    reviews_with_entrances,
)
from labeling.queries.label_pages import PRODUCTION, answers_in_order
from labeling.queries.pack_halves import is_in_development, sealed_twins_of, shown_hashes_of
from labeling.queries.pack_neighbours import near_sealed_items_of

# A pack leaves the house: the name somebody gave a file may name who labelled it.
PACK_LABEL_COLUMNS = tuple(column for column in LABEL_COLUMNS if column.name != "file_name")


@dataclass(slots=True)
class Pack:
    """One pack as it is being read: its rows come from here, and the counts grow with them.

    `sealed_twins` are the hashes of what sealed items say; an open item that says the same stays out. `near_sealed` are
    the open items that read nearly like one of another part; those who are counted are remembered, by their ids.
    `candidates` are the corrections that may become examples.
    """

    project: Project
    now: datetime
    sealed_twins: Collection[str] = ()
    near_sealed: Collection[int] = ()
    left_out_as_near: set[int] = field(default_factory=set)
    candidates: list[Candidate] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    version_ids: set[int] = field(default_factory=set)
    judge_version_ids: set[int] = field(default_factory=set)

    def is_open(self, item: Item) -> bool:
        return is_in_development(self.project, cluster_key=item.cluster_key, item_id=item.pk)

    def is_near_sealed(self, item: Item) -> bool:
        if item.pk not in self.near_sealed:
            return False
        self.left_out_as_near.add(item.pk)
        return True


def new_pack(project: Project, *, now: datetime) -> Pack:
    return Pack(project, now, sealed_twins=sealed_twins_of(project), near_sealed=near_sealed_items_of(project))


def pack_label_rows(pack: Pack) -> Iterator[dict[str, Any]]:
    """The labels of the development part that statistics may rest on, and no others."""
    yield from reviewed_rows(pack)
    yield from imported_rows(pack)


def reviewed_rows(pack: Pack) -> Iterator[dict[str, Any]]:
    for review, entrance in reviews_with_entrances(pack.project, pack.now, purposes=PRODUCTION):
        is_independent = review.blind_state == Review.BlindState.BLIND and review.is_first_pass
        if not is_independent or review.in_question or not pack.is_open(review.entry.item):
            continue
        if review.hand_out.shown_id in pack.sealed_twins or pack.is_near_sealed(review.entry.item):
            continue
        pack.version_ids.add(review.entry.rubric_version_id)
        for answer in answers_in_order(review):
            yield exported_label(review, answer, entrance)


def imported_rows(pack: Pack) -> Iterator[dict[str, Any]]:
    """Labels made elsewhere that were declared blind, under the same rule; nobody here need have seen their items."""
    for labels in pages_of_imported(pack.project, pack.now, purposes=PRODUCTION):
        blind = [label for label in labels if label.blind_state == ImportedLabel.BlindState.BLIND]
        opened = [label for label in blind if pack.is_open(label.item)]
        hashes = shown_hashes_of(label.item_id for label in opened)
        for label in opened:
            if why_left_out := reason_to_leave_out(hashes.get(label.item_id), pack):
                pack.counts[why_left_out] += 1
                continue
            if pack.is_near_sealed(label.item):
                continue
            pack.counts["n_imported_labels"] += 1
            pack.version_ids.add(label.criterion.version_id)
            yield exported_import(label)


def reason_to_leave_out(shown_hash: str | None, pack: Pack) -> str:
    # Of erased words nobody can say any more whether a sealed item had the same.
    if shown_hash is None:
        return "n_imported_labels_without_text"
    return "n_imported_labels_like_a_sealed_one" if shown_hash in pack.sealed_twins else ""
