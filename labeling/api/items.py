"""Producers send items and judge verdicts."""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Header, Query, Router

from labeling.api import schemas
from labeling.api.bodies import ReadRow, read_rows
from labeling.api.problems import Problem, fault, problem_content
from labeling.api.tokens import project_of
from labeling.formats.fields import is_plain
from labeling.formats.rows import RowError, parse_judge_verdict
from labeling.models import ApiToken, IngestBatch, Item, Project
from labeling.policy.errors import Invalid, NotVisible
from labeling.queries.access import delivered_item_in
from labeling.queries.clock import now
from labeling.services.deliveries import begin_delivery, end_delivery, fail_delivery
from labeling.services.ingest import CHUNK_ROWS, STATUSES, RowOutcome, ingest_rows
from labeling.services.item_signals import add_verdicts

router = Router(tags=["Items"])
LONGEST_KEY = 200
STATUS_OF_SINGLE = {"created": 201, "unchanged": 200, "conflict": 409, "invalid": 422}
REFUSALS = {400: schemas.Problem, 413: schemas.Problem, 415: schemas.Problem, 422: schemas.Problem}
IdempotencyKey = Header(None, alias="Idempotency-Key", description="The same key and body get the same answer again.")
SourceSystem = Query(None, description="Only needed when several source systems use the same external id.")


@router.post(
    "/projects/{slug}/items",
    response={200: schemas.ItemsAnswer, 201: schemas.ItemsAnswer, 409: schemas.Problem, **REFUSALS},
    openapi_extra=schemas.one_or_many(schemas.ITEM),
    summary="Send items",
)
def send_items(
    request: HttpRequest,
    slug: str,
    idempotency_key: str | None = IdempotencyKey,
):
    """Send one item, or a list of up to 1,000. Needs the scope `items:write`.

    Safe to repeat: an item that is there already with the same content is *unchanged*; with other content it is a
    *conflict* and nothing of it is stored.

    **A list** is always answered 200 with one result for every object, whatever became of them: read `counts`.
    **A single object** is answered 201 (created), 200 (unchanged), 409 (conflict) or 422 (invalid); the refusals
    carry `counts` and `results` too.

    With an `Idempotency-Key` the first answer is kept and given again, with `Idempotent-Replay: true`. While the
    first request is still being processed, a second one gets 409 with `Retry-After`; another body under a used key
    gets 422. A request that broke off is completed by sending it again.

    Limits: 32 MiB a body, 5 MiB an object.
    """
    project = project_of(request, slug, scope=ApiToken.Scope.WRITE_ITEMS)
    rows, is_list = read_rows(request)
    delivery = begin_delivery(
        project=project,
        token=request.auth,
        idempotency_key=checked_key(idempotency_key),
        request_hash=hashlib.sha256(request.body).hexdigest(),
        now=now(),
    )
    if delivery.answer is not None:
        response = response_from(delivery.answer)
        response["Idempotent-Replay"] = "true"
        return response
    return response_from(deliver(delivery.batch, project, rows, is_list=is_list))


def checked_key(key: str | None) -> str | None:
    if key is not None and (not key.strip() or len(key) > LONGEST_KEY or not key.isprintable()):
        raise Invalid({"Idempotency-Key": f"Send 1 to {LONGEST_KEY} visible characters, such as a UUID."})
    return key


def deliver(batch: IngestBatch, project: Project, rows: Sequence[ReadRow], *, is_list: bool) -> dict[str, Any]:
    """Store the rows, a chunk a transaction, and close the delivery with its answer."""
    outcomes: list[RowOutcome] = []
    try:
        for first in range(0, len(rows), CHUNK_ROWS):
            chunk = rows[first : first + CHUNK_ROWS]
            outcomes += ingest_rows(project, chunk, door="api", batch=batch, now=now())
        answer = answer_for(outcomes, rows, is_list=is_list)
        end_delivery(batch, outcomes, answer=answer, now=now())
    except Exception as error:
        fail_delivery(batch, outcomes, error=type(error).__name__, now=now())
        raise
    return answer


def answer_for(outcomes: Sequence[RowOutcome], rows: Sequence[ReadRow], *, is_list: bool) -> dict[str, Any]:
    counts = Counter(outcome.status for outcome in outcomes)
    content: dict[str, Any] = {
        "counts": {status: counts[status] for status in STATUSES},
        "results": [
            {
                "index": outcome.line,
                "external_id": outcome.external_id or readable_id(raw),
                "status": outcome.status,
                "field": outcome.field,
                "message": outcome.message,
            }
            for outcome, (_, raw) in zip(outcomes, rows, strict=True)
        ],
    }
    status = 200 if is_list else STATUS_OF_SINGLE[outcomes[0].status]
    if status >= HTTPStatus.BAD_REQUEST:
        only = outcomes[0]
        detail = f"{only.field}: {only.message}" if only.field else only.message
        content = problem_content(status, detail, [fault(only.field, only.message)], **content)
    # As text: a JSON column does not keep the order of keys, and a repeated answer is the same to the byte.
    return {"status": status, "body": json.dumps(content)}


def readable_id(raw: Any) -> str:
    """The id of a refused row, so that its sender can find it; empty where it cannot be stored or shown."""
    external_id = raw.get("external_id") if isinstance(raw, dict) else None
    return external_id[:200] if isinstance(external_id, str) and is_plain(external_id) else ""


def response_from(answer: dict[str, Any]) -> HttpResponse:
    is_refusal = answer["status"] >= HTTPStatus.BAD_REQUEST
    content_type = "application/problem+json" if is_refusal else "application/json"
    return HttpResponse(answer["body"], status=answer["status"], content_type=content_type)


@router.post(
    "/projects/{slug}/items/{path:external_id}/verdicts",
    response={200: schemas.VerdictsAnswer, 404: schemas.Problem, 409: schemas.Problem, **REFUSALS},
    openapi_extra=schemas.one_or_many(schemas.JUDGE_VERDICT),
    summary="Add judge verdicts",
)
def send_verdicts(request: HttpRequest, slug: str, external_id: str, source_system: str | None = SourceSystem):
    """Add one judge verdict, or a list, to an item that is here already. Needs the scope `items:write`.

    All of them are stored or none. Safe to repeat: a verdict is known by its judge, criterion, run and order. The
    same one with another label is refused with 409: send it as another run. An item that waited for signals is
    decided again at once.
    """
    project = project_of(request, slug, scope=ApiToken.Scope.WRITE_ITEMS)
    item = named_item(project, external_id, source_system)
    rows, is_list = read_rows(request)
    verdicts, errors = [], []
    for index, raw in rows:
        path = f"[{index}]" if is_list else ""
        try:
            if isinstance(raw, RowError):
                raise RowError(path, raw.message)
            verdicts.append(parse_judge_verdict(raw, path))
        except RowError as error:
            errors.append(fault(error.field, error.message))
    if errors:
        raise Problem(422, f"{len(errors)} of {len(rows)} verdicts cannot be read; nothing was stored.", errors=errors)
    n_added = add_verdicts(item, verdicts, actor_name=f"token {request.auth.prefix}", now=now())
    item.refresh_from_db(fields=["status"])
    return {"added": n_added, "unchanged": len(verdicts) - n_added, "status": item.status}


def named_item(project: Project, external_id: str, source_system: str | None) -> Item:
    """The item an address names. What no database can hold is no item's name either."""
    if not is_plain(external_id) or not is_plain(source_system or ""):
        raise NotVisible("There is no such item in this project.")
    return delivered_item_in(project, external_id, source_system=source_system)
