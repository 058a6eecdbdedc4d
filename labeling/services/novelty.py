"""Telling strange outputs from usual ones, in the worker: the signal `novelty`, from 0 (strange) to 1 (familiar)."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from labeling.models import Item, Project, Signal, TrafficFit
from labeling.queries.novelty import (
    LEAST_TEXTS,
    NOVELTY,
    REFIT_AFTER,
    ReadItem,
    items_without_novelty,
    newest_fit,
    past_texts,
)
from labeling.services.routing import decide_again, locked_items

if TYPE_CHECKING:
    from labeling.stats.novelty import Traffic


def tell_strange_items(project: Project, *, now: datetime) -> int:
    """Give the next items without it the signal, and decide those that waited; returns how many got it.

    Reading and computing hold no lock. A kind with too little traffic has no signal: when the hold runs out, a person
    decides. A signal that came meanwhile, or from the producer, stays as it is. Safe to repeat, and twice at once.
    """
    from labeling.stats.novelty import familiarity, hash_features

    found = items_without_novelty(project)
    values: dict[int, float] = {}
    for kind in dict.fromkeys(one.kind for one in found):
        traffic = traffic_of(project, kind, now=now)
        if traffic is None:
            continue
        of_kind = [one for one in found if one.kind == kind]
        told = familiarity(hash_features([one.pieces for one in of_kind]), traffic)
        values.update(zip((one.item_id for one in of_kind), told.tolist(), strict=True))
    if values:
        save_novelty(project, values, [one for one in found if one.item_id in values], now=now)
    return len(values)


@transaction.atomic
def save_novelty(project: Project, values: dict[int, float], found: Sequence[ReadItem], *, now: datetime) -> None:
    # What is there already was there first: another worker, or the producer's own.
    Signal.objects.bulk_create(
        (
            Signal(item_id=item_id, name=NOVELTY, kind=Signal.Kind.NOVELTY, value=value)
            for item_id, value in values.items()
        ),
        ignore_conflicts=True,
    )
    waiting = [one.item_id for one in found if one.is_waiting]
    if waiting:
        decide_again(locked_items(pk__in=waiting, status=Item.Status.AWAITING), project=project, now=now)


def traffic_of(project: Project, kind: str, *, now: datetime) -> "Traffic | None":
    """The newest fit of a kind, made anew once a week; None while there is too little traffic."""
    import numpy as np

    from labeling.stats.novelty import N_FEATURES, Traffic, fit_traffic, hash_features

    fit = newest_fit(project, kind)
    if fit is None or fit.fitted_at + REFIT_AFTER <= now:
        texts = past_texts(project, kind, now=now)
        if len(texts) >= LEAST_TEXTS:
            traffic = fit_traffic(hash_features(texts))
            save_fit(project, kind, traffic, n_items=len(texts), number=fit.number + 1 if fit else 1, now=now)
            return traffic
    if fit is None:
        return None
    centroids = np.frombuffer(bytes(fit.centroids), dtype="<f4").reshape(-1, N_FEATURES)
    return Traffic(centroids, np.frombuffer(bytes(fit.nearness), dtype="<f4"))


def save_fit(project: Project, kind: str, traffic: "Traffic", *, n_items: int, number: int, now: datetime) -> None:
    """Keep a fit; of two made at once the first stays, and both are of the same texts."""
    TrafficFit.objects.get_or_create(
        project=project,
        kind=kind,
        number=number,
        defaults={
            "centroids": traffic.centroids.astype("<f4").tobytes(),
            "nearness": traffic.nearness.astype("<f4").tobytes(),
            "n_items": n_items,
            "fitted_at": now,
        },
    )
