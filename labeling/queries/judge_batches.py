"""Batches of a judge: what is due, what they came to, and why calls failed."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce

from labeling.models import ItemPayload, JudgeBatch, JudgeCall, JudgeEndpoint, Project
from labeling.policy.blinding import blind_item
from labeling.policy.judge_calls import REASONS
from labeling.policy.rubrics import NOT_APPLICABLE

State = JudgeCall.State
NOTHING = Value(Decimal(0))
SAMPLES = 3


# --- what is due ----------------------------------------------------------------------------------------------------


def endpoints_to_ask(*, now: datetime) -> list[int]:
    """The endpoints that have something due and may be asked now."""
    due = JudgeCall.objects.filter(
        batch__endpoint=OuterRef("pk"), batch__state=JudgeBatch.State.RUNNING, due_at__lte=now
    )
    rested = Q(rests_until__isnull=True) | Q(rests_until__lte=now)
    return list(
        JudgeEndpoint.objects.filter(rested, Exists(due), off_at__isnull=True)
        .order_by("id")
        .values_list("id", flat=True)
    )


def n_calls_under_way(*, now: datetime) -> int:
    return JudgeCall.objects.filter(state=State.LEASED, due_at__gt=now).count()


def may_be_asked(endpoint: JudgeEndpoint, *, now: datetime) -> bool:
    if endpoint.off_at is not None or (endpoint.rests_until is not None and endpoint.rests_until > now):
        return False
    asked = JudgeCall.objects.filter(batch__endpoint=endpoint, state=State.LEASED, due_at__gt=now)
    return asked.count() < endpoint.most_at_once


def next_call(endpoint: JudgeEndpoint, *, now: datetime, leaving_out: Collection[int]) -> JudgeCall | None:
    """The call of a running batch that is due longest, or whose worker died. Locked; one that is locked is passed."""
    due = JudgeCall.objects.filter(batch__endpoint=endpoint, batch__state=JudgeBatch.State.RUNNING, due_at__lte=now)
    unlocked = due.exclude(batch__in=leaving_out).select_for_update(skip_locked=True, of=("self",), no_key=True)
    related = ("batch__endpoint__project", "batch__judge_version", "batch__prompt", "item")
    return unlocked.select_related(*related).order_by("due_at", "id").first()


def content_of(call: JudgeCall) -> str | None:
    """What the judge is shown of an item: what a reviewer would be, in the call's order. None where it was erased."""
    payload = ItemPayload.objects.filter(item=call.item_id).first()
    if payload is None:
        return None
    return blind_item(call.item.kind, payload.context, payload.texts).in_order(call.order).canonical()


def spent_and_reserved(batch: JudgeBatch, *, but: JudgeCall) -> tuple[Decimal, Decimal]:
    """What a batch cost so far, and what its other calls under way may still cost. A lease that ran out counts too:
    its worker may yet answer."""
    found = batch.calls.aggregate(
        spent=Coalesce(Sum("cost"), NOTHING),
        reserved=Coalesce(Sum("reserved", filter=Q(state=State.LEASED) & ~Q(pk=but.pk)), NOTHING),
    )
    return found["spent"], found["reserved"]


def is_under_way(batch: JudgeBatch, *, but: JudgeCall) -> bool:
    return batch.calls.filter(state=State.LEASED).exclude(pk=but.pk).exists()


def finished_batches() -> list[JudgeBatch]:
    """Running batches of which every call is over."""
    left = JudgeCall.objects.filter(batch=OuterRef("pk"), due_at__isnull=False)
    running = JudgeBatch.objects.filter(~Exists(left), state=JudgeBatch.State.RUNNING)
    return list(running.select_related("endpoint__project"))


# --- what it came to ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Failure:
    """One reason why calls failed, with some of them. Its words are the endpoint's own, and never obeyed."""

    words: str
    n_calls: int
    samples: list[JudgeCall]


@dataclass(frozen=True, slots=True)
class Progress:
    """A batch, counted from its calls."""

    n_calls: int
    n_done: int
    n_failed: int
    n_asked_now: int
    n_not_applicable: int
    n_estimated: int
    n_tried_again: int
    cost: Decimal
    tokens_in: int
    tokens_out: int

    @property
    def n_over(self) -> int:
        return self.n_done + self.n_failed

    @property
    def n_left(self) -> int:
        return self.n_calls - self.n_over

    @property
    def percent(self) -> int:
        return 100 * self.n_over // self.n_calls if self.n_calls else 0


def cost_of(batch: JudgeBatch) -> Decimal:
    cost: Decimal = batch.calls.aggregate(cost=Coalesce(Sum("cost"), NOTHING))["cost"]
    return cost


def progress_of(batch: JudgeBatch) -> Progress:
    found: dict[str, Any] = batch.calls.aggregate(
        n_calls=Count("id"),
        n_done=Count("id", filter=Q(state=State.DONE)),
        n_failed=Count("id", filter=Q(state=State.FAILED)),
        n_asked_now=Count("id", filter=Q(state=State.LEASED)),
        n_not_applicable=Count("id", filter=Q(state=State.DONE, label=NOT_APPLICABLE)),
        n_estimated=Count("id", filter=Q(is_estimated=True)),
        n_tried_again=Count("id", filter=Q(n_attempts__gt=1)),
        cost=Coalesce(Sum("cost"), NOTHING),
        tokens_in=Coalesce(Sum("tokens_in"), 0),
        tokens_out=Coalesce(Sum("tokens_out"), 0),
    )
    return Progress(**found)


def failures_of(batch: JudgeBatch) -> list[Failure]:
    """Why calls failed, or wait to be tried again: the most frequent reason first, each with its newest calls."""
    troubled = batch.calls.exclude(reason="")
    counts = troubled.order_by().values("reason").annotate(n=Count("id")).order_by("-n", "reason")
    return [
        Failure(
            REASONS.get(one["reason"], one["reason"]),
            one["n"],
            list(troubled.filter(reason=one["reason"]).select_related("item").order_by("-id")[:SAMPLES]),
        )
        for one in counts
    ]


def endpoints_of(project: Project) -> QuerySet[JudgeEndpoint]:
    return project.judge_endpoints.annotate(n_batches=Count("batches")).order_by("off_at", "name")


def batches_of(project: Project) -> QuerySet[JudgeBatch]:
    """The project's batches, the newest first, with what the list says of each."""
    calls = JudgeCall.objects.filter(batch=OuterRef("pk")).order_by().values("batch")
    return (
        JudgeBatch.objects.filter(endpoint__project=project)
        .select_related("endpoint", "judge_version", "started_by")
        .annotate(
            n_calls=Coalesce(calls.annotate(n=Count("id")).values("n"), 0),
            n_over=Coalesce(calls.annotate(n=Count("id", filter=Q(due_at__isnull=True))).values("n"), 0),
            cost=Coalesce(calls.annotate(sum=Sum("cost")).values("sum"), NOTHING),
        )
        .order_by("-id")
    )
