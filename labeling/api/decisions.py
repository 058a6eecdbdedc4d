"""Producers read back what was decided, and ask whether an output may leave."""

from threading import BoundedSemaphore
from time import sleep

from django.http import HttpRequest, JsonResponse
from ninja import Query, Router

from labeling.api import schemas
from labeling.api.items import SourceSystem, named_item
from labeling.api.tokens import project_of
from labeling.models import ApiToken, FinalLabel, Item, RoutingDecision
from labeling.queries.deliveries import (
    ReleaseNow,
    decisions_of,
    due_at_of,
    final_label_of,
    fired_reasons,
    release_now,
)
from labeling.queries.rubrics import answers_of
from labeling.queries.verdicts import correction_told, failure_told

router = Router(tags=["Decisions"])
LONGEST_WAIT_SECONDS = 15
POLLS_PER_SECOND = 2
RETRY_AFTER_SECONDS = 5
# A waiting request holds one of the few threads that also serve reviewers; whoever comes beyond is told to come back.
WAITING_ROOM = BoundedSemaphore(2)
REFUSALS = {404: schemas.Problem, 409: schemas.Problem}


@router.get(
    "/projects/{slug}/items/{path:external_id}/release",
    response={200: schemas.ReleaseAnswer, 202: schemas.ReleaseAnswer, **REFUSALS},
    summary="May this output leave?",
)
def read_release(
    request: HttpRequest,
    slug: str,
    external_id: str,
    source_system: str | None = SourceSystem,
    wait: int = Query(0, ge=0, le=LONGEST_WAIT_SECONDS, description="Seconds to wait for a decision."),
):
    """Ask whether an output may leave. Needs the scope `items:read`.

    200 once that is decided: `cleared` is true only for what routing shipped or people finally approved. 202 with
    `Retry-After` while it is undecided: ask again. Nothing is ever cleared because time has passed, a queue is full
    or a judge is silent: whatever is not `cleared: true` must not leave.

    `outcome: revised` means that people corrected it: what was sent must not leave, and `correction` is the text they
    would let out instead, where they agreed on one. That text is not cleared either: send it as a new item to have it
    decided. A label can be re-opened: `was_cleared_before` says that one which is withdrawn by now had cleared it.
    """
    project = project_of(request, slug, scope=ApiToken.Scope.READ_ITEMS)
    item = named_item(project, external_id, source_system)
    found = decided_release(item, wait=wait)
    release = found.release
    content = {
        "cleared": release.is_cleared,
        "outcome": release.outcome,
        "status": found.status,
        "reason": release.reason,
        "correction": found.correction,
        "was_cleared_before": found.was_cleared_before,
    }
    if release.is_decided:
        return JsonResponse(content)
    return JsonResponse(content, status=202, headers={"Retry-After": str(RETRY_AFTER_SECONDS)})


def decided_release(item: Item, *, wait: int) -> ReleaseNow:
    """The release as it is now or, if that is undecided, as it is within `wait` seconds."""
    found = release_now(item.pk)
    if found.release.is_decided or not wait or not WAITING_ROOM.acquire(blocking=False):
        return found
    try:
        for _ in range(wait * POLLS_PER_SECOND):
            sleep(1 / POLLS_PER_SECOND)
            found = release_now(item.pk)
            if found.release.is_decided:
                break
    finally:
        WAITING_ROOM.release()
    return found


@router.get(
    "/projects/{slug}/items/{path:external_id}",
    response={200: schemas.ItemAnswer, **REFUSALS},
    summary="Read an item",
)
def read_item(request: HttpRequest, slug: str, external_id: str, source_system: str | None = SourceSystem):
    """What was decided about an item: status, decisions with their reasons, due time and the final label.

    Needs the scope `items:read`. The external id may contain slashes and, URL-encoded, anything else.
    """
    project = project_of(request, slug, scope=ApiToken.Scope.READ_ITEMS)
    item = named_item(project, external_id, source_system)
    decisions = [decision_content(decision) for decision in decisions_of(item)]
    final_label = final_label_of(item)
    return {
        "external_id": item.external_id,
        "source_system": item.source_system,
        "kind": item.kind,
        "stakes": item.stakes,
        "intent": item.intent,
        "segment": item.segment,
        "status": item.status,
        "received_at": item.created_at,
        "hold_until": item.hold_until if item.status == Item.Status.AWAITING else None,
        "due_at": due_at_of(item),
        "decision": decisions[0] if decisions else None,
        "decisions": decisions,
        "final": final_content(final_label) if final_label else None,
    }


def decision_content(decision: RoutingDecision) -> dict:
    return {
        "outcome": decision.outcome,
        "reasons": fired_reasons(decision),
        "policy_version": decision.policy.number,
        "inclusion_probability": decision.inclusion_probability,
        "decided_at": decision.decided_at,
    }


def final_content(final_label: FinalLabel) -> dict:
    version = final_label.entry.rubric_version
    return {
        "verdict": final_label.verdict or None,
        "is_bad": final_label.is_bad,
        "source": final_label.source,
        "revision": final_label.revision,
        "correction": correction_told(final_label),
        "failure": failure_told(final_label),
        "rubric": version.rubric.key,
        "rubric_version": version.number,
        "answers": answers_of(final_label),
        "decided_at": final_label.decided_at,
    }
