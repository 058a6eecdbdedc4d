"""References: the copy of an item's content that gold is made of, kept from everybody who knows it."""

from datetime import datetime

from labeling.models import HandOut, Item, ItemPayload, Recusal
from labeling.services.recusals import recuse_authors, save_recusals


def reference_from(item: Item, *, now: datetime) -> Item:
    """The reference that carries an item's content: made once, whatever number of rubric versions it is gold for.

    Whoever met the item, settled it or is kept from it for another reason is kept from the reference too, also those
    who met it since the reference was made. Inside the caller's transaction.
    """
    reference, is_new = Item.objects.get_or_create(
        project=item.project,
        source_system="reference",
        external_id=f"{item.source_system}/{item.external_id}"[:200],
        defaults={
            "kind": item.kind,
            "stakes": item.stakes,
            "intent": item.intent,
            "segment": item.segment,
            "cluster_key": item.cluster_key,
            "author": item.author,
            "metadata": item.metadata,
            "content_hash": item.content_hash,
            "sampling_u": item.sampling_u,
            "status": Item.Status.REFERENCE,
            "created_at": now,
        },
    )
    if is_new:
        payload = item.payload
        ItemPayload.objects.create(item=reference, context=payload.context, texts=payload.texts)
        for output in item.outputs.all():
            output.pk, output.item = None, reference
            output.save(force_insert=True)
        recuse_authors(item.project, [reference], now=now)
    keep_from_those_who_know(reference, item, now=now)
    return reference


def keep_from_those_who_know(reference: Item, item: Item, *, now: datetime) -> None:
    kept_away = Recusal.objects.filter(item=item).values_list("reviewer_id", "ground")
    met = HandOut.objects.filter(entry__item=item).values_list("reviewer_id", flat=True)
    grounds = dict.fromkeys(met, Recusal.Ground.MET) | dict(kept_away)
    save_recusals(
        Recusal(item=reference, reviewer_id=reviewer_id, ground=ground, recused_at=now)
        for reviewer_id, ground in grounds.items()
    )


def keep_from_those_who_met_its_reference(item: Item, *, now: datetime) -> None:
    """An item that comes before people once more is not for whoever met it as gold, where its answer was known.

    Inside the caller's transaction, safe to repeat.
    """
    references = Item.objects.filter(
        project=item.project_id, content_hash=item.content_hash, status=Item.Status.REFERENCE
    )
    met = HandOut.objects.filter(entry__item__in=references).values_list("reviewer_id", flat=True).distinct()
    save_recusals(
        Recusal(item=item, reviewer_id=reviewer_id, ground=Recusal.Ground.MET, recused_at=now) for reviewer_id in met
    )
