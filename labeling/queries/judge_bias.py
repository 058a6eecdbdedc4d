"""What moves a judge besides quality, as far as it is recorded: orders, repeats, how long and whose outputs are."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, TextField
from django.db.models.functions import Cast

from labeling.models import ImportedLabel, ItemPayload, JudgeVerdict, Output, QueueEntry, RubricVersion
from labeling.queries.rating_columns import AT_ONCE

# (label, stated confidence, run, order), as the rubric spells the label; "" for one that it does not have.
Said = tuple[str, float | None, int, str]
AB, BA = JudgeVerdict.Order.AB.value, JudgeVerdict.Order.BA.value


@dataclass(frozen=True, slots=True)
class Outputs:
    """By side of an item, how many words its text has and which model family wrote it."""

    n_words: Sequence[int]
    families: Sequence[str]


@dataclass(frozen=True, slots=True)
class Again:
    """What a judge said of one item more than once: in each order of a pair ("" = nothing valid), and in the runs of
    one order."""

    in_order: str | None
    swapped: str | None
    runs: Sequence[str]


def said_again(said: Sequence[Said]) -> Again | None:
    """None where it said one thing once. Of each order the first run; the repeats are of the order with most runs."""
    if len(said) < 2:
        return None
    by_order: dict[str, list[str]] = {}
    for label, _, _, order in sorted(said, key=lambda one: one[2]):
        by_order.setdefault(order, []).append(label)
    has_orders = AB in by_order or BA in by_order
    in_order, swapped = (by_order.get(order, [""])[0] if has_orders else None for order in (AB, BA))
    return Again(in_order, swapped, max(by_order.values(), key=len))


def outputs_of(version: RubricVersion, *, only: Collection[int]) -> Mapping[int, Outputs]:
    """The outputs of these items, of those that were queued or labelled against a version. Two queries; an item whose
    words were erased is left out."""
    here = {"item": OuterRef("item")}
    entries = QueueEntry.objects.filter(rubric_version=version, **here)
    imported = ImportedLabel.objects.filter(criterion__version=version, **here)
    is_asked = Q(Exists(entries)) | Q(Exists(imported))
    families: dict[int, list[str]] = {}
    written = Output.objects.filter(is_asked, item__project=version.rubric.project_id).order_by("item_id", "side")
    for item_id, family in written.values_list("item_id", "family").iterator(AT_ONCE):
        if item_id in only:
            families.setdefault(item_id, []).append(family.strip().casefold())
    # As they are stored: the words of half of them are not asked for, and reading a document takes longer than a row.
    stored = ItemPayload.objects.filter(is_asked, item__project=version.rubric.project_id)
    payloads = stored.annotate(written=Cast("texts", TextField())).values_list("item_id", "written")
    return {
        item_id: Outputs([len(text.split()) for text in json.loads(texts)], families.get(item_id, []))
        for item_id, texts in payloads.iterator(AT_ONCE)
        if item_id in only
    }
