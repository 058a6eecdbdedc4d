"""Certified thresholds: planned before a label is looked at, looked at once, and kept with what they rest on."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max

from labeling.models import Project, ThresholdCertificate, ThresholdSearch, User
from labeling.policy.errors import Conflict, Invalid
from labeling.policy.promises import VALID_FOR, Basis, hash_of_grounds, hash_of_plan
from labeling.queries.routing import live_policy_of
from labeling.queries.thresholds import (
    UsableLabel,
    basis_of,
    n_looks_at,
    open_search_of,
    scores_of_traffic,
    usable_labels,
)
from labeling.services.events import record_event

LEAST_SCORES = 50
# Reading the evidence of more would keep whoever pressed the button waiting.
MOST_LABELS = 5_000
NO_POLICY = "No policy is live, so nothing says what would ship. Publish one first; it may review everything."


def plan_search(
    project: Project, *, signal: str, target: float, confidence: float, n_labels: int, actor: User, now: datetime
) -> ThresholdSearch:
    """Settle what a look at labels will ask: the promise, the thresholds to walk, and how many labels it reads.

    The thresholds are quantiles of the signal over the newest items that it alone, or a draw, would stop; no label is
    read, and scores are read outside the transaction. Locks the project, so that two plans never take one number.
    Refused without a live policy, with too few scores, and while another plan on the signal still has its look to come.
    """
    refuse_out_of_range(target=target, confidence=confidence, n_labels=n_labels)
    policy = live_policy_of(project)
    if policy is None:
        raise Conflict(NO_POLICY)
    scores = scores_of_traffic(project, policy, signal=signal, now=now)
    if len(scores) < LEAST_SCORES:
        raise Invalid(
            {
                "signal": f"{len(scores)} of the newest outputs have {signal} and would ship at some threshold; "
                f"about {LEAST_SCORES} are needed to lay out thresholds."
            }
        )
    grid = plan_of(scores)
    with transaction.atomic():
        Project.objects.select_for_update(no_key=True).get(pk=project.pk)
        if open_search_of(project, signal) is not None:
            raise Conflict(f"A plan on {signal} still has its look to come; there is one at a time.")
        last = ThresholdSearch.objects.filter(project=project, signal=signal).aggregate(last=Max("number"))["last"]
        search = ThresholdSearch.objects.create(
            project=project,
            policy=policy,
            number=(last or 0) + 1,
            signal=signal,
            target=target,
            confidence=confidence,
            grid=grid,
            grid_hash=hash_of_plan(signal=signal, target=target, confidence=confidence, grid=grid, n_labels=n_labels),
            n_scores=len(scores),
            n_labels=n_labels,
            planned_at=now,
            planned_by=actor,
        )
        record_event(
            "threshold.planned",
            project=project,
            now=now,
            actor=actor,
            search_id=search.pk,
            grid_hash=search.grid_hash,
            n_labels=n_labels,
        )
    return search


def refuse_out_of_range(*, target: float, confidence: float, n_labels: int) -> None:
    if not 0 < target < 1:
        raise Invalid({"target": "The tolerable share lies above 0 and below 100 percent."})
    if not 0.5 <= confidence < 1:
        raise Invalid({"confidence": "A confidence lies from 50 to below 100 percent."})
    if not 1 <= n_labels <= MOST_LABELS:
        raise Invalid({"n_labels": f"From 1 to {MOST_LABELS:,} labels."})


def plan_of(scores: Sequence[float]) -> list[float]:
    # Here, so that a web process that certifies nothing never loads numpy.
    import numpy as np

    from labeling.stats.certification import plan_grid

    return list(plan_grid(np.array(scores)).thresholds)


def look_at_labels(search: ThresholdSearch, *, actor: User | None, now: datetime) -> ThresholdCertificate:
    """Walk the planned thresholds over as many labels as were planned, once, and keep what came of it.

    Reading and computing hold no lock; of two looks at once one is written, and the other gets it: the primary key
    decides. Refused while there are fewer labels than planned, which is counted and not looked at; and where the
    policy came to ask other things since the plan, whose thresholds are then of another population.
    """
    made = ThresholdCertificate.objects.filter(pk=search.pk).first()
    if made is not None:
        return made
    project, live = search.project, live_policy_of(search.project)
    if live is None:
        raise Conflict(NO_POLICY)
    if hash_of_grounds(live.definition) != hash_of_grounds(search.policy.definition):
        raise Conflict("The policy asks other things besides the confidence since this was planned; plan anew.")
    usable = usable_labels(project, live, signal=search.signal, now=now, most=search.n_labels)
    if len(usable.labels) < search.n_labels:
        raise Conflict(
            f"{len(usable.labels)} of {search.n_labels} usable labels so far. They were counted, and not looked at."
        )
    found = walk(search, usable.labels)
    basis = basis_of(project, live, now=now)
    try:
        return save_certificate(search, found, basis=basis, actor=actor, now=now)
    except IntegrityError:
        return ThresholdCertificate.objects.get(pk=search.pk)


def walk(search: ThresholdSearch, labels: Sequence[UsableLabel]) -> dict[str, Any]:
    """What the labels allow to promise, as the columns of a certificate."""
    import numpy as np

    from labeling.stats.certification import ThresholdGrid, certify, error_at_each, naive_threshold

    scores = np.array([one.score for one in labels])
    is_wrong = np.array([one.is_bad for one in labels])
    grid = ThresholdGrid(tuple(search.grid))
    told = certify(scores, is_wrong, grid=grid, target=search.target, confidence=search.confidence)
    p_of = {step.threshold: step.p for step in told.steps}
    return {
        "state": told.state,
        "threshold": told.threshold,
        "naive_threshold": naive_threshold(scores, is_wrong, thresholds=search.grid, target=search.target),
        "steps": [
            {
                "threshold": threshold,
                "n": error.n,
                "n_wrong": int(is_wrong[scores >= threshold].sum()),
                "share_shipped": error.n / len(labels),
                "error": error.value,
                "high": error.high,
                "p": p_of.get(threshold),
            }
            for threshold, error in error_at_each(scores, is_wrong, grid=grid, confidence=search.confidence)
        ],
        "n_labels": len(labels),
        "n_wrong": int(is_wrong.sum()),
        "n_more": told.n_more,
    }


@transaction.atomic
def save_certificate(
    search: ThresholdSearch, found: dict[str, Any], *, basis: Basis, actor: User | None, now: datetime
) -> ThresholdCertificate:
    n_looks = n_looks_at(search.project, search.signal) + 1
    certificate = ThresholdCertificate.objects.create(
        search=search, rests_on=basis.as_document(), made_at=now, expires_at=now + VALID_FOR, made_by=actor, **found
    )
    record_event(
        "threshold.looked",
        project=search.project,
        now=now,
        actor=actor,
        search_id=search.pk,
        grid_hash=search.grid_hash,
        state=certificate.state,
        threshold=certificate.threshold,
        n_looks_at_signal=n_looks,
    )
    return certificate
