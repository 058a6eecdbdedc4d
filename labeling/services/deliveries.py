"""Deliveries by API: one request counted as one batch, and answered once however often it is sent."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction

from labeling.models import ApiToken, IngestBatch, Project
from labeling.policy.errors import Conflict, Invalid
from labeling.services.ingest import REFUSED, RowOutcome, end_batch, start_batch

# After this long a delivery with a key counts as killed and may be taken over. Short, because taking over one that
# still lives is harmless: the rows themselves are stored once.
TAKE_OVER_SECONDS = 10
State = IngestBatch.State


class StillProcessing(Conflict):
    """The same delivery is being processed by another request."""

    retry_after = TAKE_OVER_SECONDS


@dataclass(frozen=True, slots=True)
class Delivery:
    """One request's batch; `answer` is what it was answered the first time, or None when it has yet to be done."""

    batch: IngestBatch
    answer: dict[str, Any] | None = None


def begin_delivery(
    *, project: Project, token: ApiToken, idempotency_key: str | None, request_hash: str, now: datetime
) -> Delivery:
    """Start a delivery, or find the one that was sent under the same key before.

    The unique key decides between two at once: the loser of the insert reads the winner's row. Another content
    under the same key is refused, a delivery in progress too; one that failed or was killed is taken over by
    compare-and-set and done again.
    """
    batch = batch_of(project, idempotency_key)
    if batch is None:
        try:
            return Delivery(
                start_batch(
                    project=project,
                    door="api",
                    token=token,
                    idempotency_key=idempotency_key,
                    request_hash=request_hash,
                    now=now,
                )
            )
        except IntegrityError:
            batch = batch_of(project, idempotency_key)
            if batch is None:
                raise
    if batch.request_hash != request_hash:
        raise Invalid({"Idempotency-Key": "This key was used for another content; use a new key for each request."})
    if batch.state == State.DONE:
        return Delivery(batch, batch.outcome["answer"])
    return Delivery(take_over(batch, now=now))


def batch_of(project: Project, idempotency_key: str | None) -> IngestBatch | None:
    if idempotency_key is None:
        return None
    return IngestBatch.objects.filter(project=project, idempotency_key=idempotency_key).first()


def take_over(batch: IngestBatch, *, now: datetime) -> IngestBatch:
    is_in_progress = batch.state == State.RUNNING and now < batch.created_at + timedelta(seconds=TAKE_OVER_SECONDS)
    same = IngestBatch.objects.filter(pk=batch.pk, state=batch.state, created_at=batch.created_at)
    if is_in_progress or not same.update(state=State.RUNNING, created_at=now, ended_at=None):
        raise StillProcessing("A request with this Idempotency-Key is still being processed; ask again shortly.")
    batch.refresh_from_db()
    return batch


@transaction.atomic
def end_delivery(batch: IngestBatch, outcomes: Sequence[RowOutcome], *, answer: dict[str, Any], now: datetime) -> None:
    """Close a delivery. The answer is kept only where a key can ask for it again."""
    end_batch(batch, **summary_of(outcomes), answer=answer if batch.idempotency_key else None, now=now)


@transaction.atomic
def fail_delivery(batch: IngestBatch, outcomes: Sequence[RowOutcome], *, error: str, now: datetime) -> None:
    """Mark a delivery that broke off, so that the same key may be sent again at once. What it stored by then stays."""
    end_batch(batch, **summary_of(outcomes), error=error, now=now)


def summary_of(outcomes: Sequence[RowOutcome]) -> dict[str, Any]:
    return {
        "counts": Counter(outcome.status for outcome in outcomes),
        "refusals": [outcome for outcome in outcomes if outcome.status in REFUSED],
    }
