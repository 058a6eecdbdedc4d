"""Labels and final labels, page by page, for whoever computes with them elsewhere."""

import base64
import binascii
import re
from typing import Literal

from django.http import HttpRequest
from ninja import Query, Router

from labeling.api import label_shapes, schemas
from labeling.api.tokens import project_of
from labeling.models import ApiToken
from labeling.policy.errors import Invalid
from labeling.queries.clock import now
from labeling.queries.label_pages import PRODUCTION, WITH_GOLD, final_page, imported_page, label_page

router = Router(tags=["Labels"])
MOST_ROWS = 1_000
CURSOR = re.compile(r"([a-z]+):([0-9]{1,18})")
Cursor = Query(None, description="next_cursor of the page before; none for the first page.")
Limit = Query(200, ge=1, le=MOST_ROWS)
# What a listing's cursor begins with, and where its page comes from.
LABEL_SOURCES = {"reviews": ("labels", label_page), "imported": ("imported", imported_page)}


@router.get(
    "/projects/{slug}/labels",
    response={200: label_shapes.EitherLabelsAnswer, 422: schemas.Problem},
    summary="Read labels",
)
def read_labels(
    request: HttpRequest,
    slug: str,
    cursor: str | None = Cursor,
    limit: int = Limit,
    include_gold: bool = Query(False, description="Also labels of gold cases, marked is_gold."),
    source: Literal["reviews", "imported"] = Query("reviews", description="Made here, or elsewhere and imported."),
):
    """Every label that counts, one row for each answer of each review; or, with `source=imported`, every label made
    elsewhere, however it was declared. Needs the scope `labels:read`.

    `limit` counts reviews, or imported labels; all rows of a review are on one page. The order never changes:
    following `next_cursor` gives every row exactly once while new ones arrive. A review appears once its reviewer
    can no longer take it back.

    The two are two listings, each with cursors of its own: neither ever ends, so one could not follow the other, and
    a cursor kept from before goes on in reviews. An imported label has no review, verdict or inclusion probability.
    """
    project = project_of(request, slug, scope=ApiToken.Scope.READ_LABELS)
    listing, page_of = LABEL_SOURCES[source]
    page = page_of(
        project,
        after_id=read_cursor(cursor, listing),
        limit=limit,
        purposes=WITH_GOLD if include_gold else PRODUCTION,
        now=now(),
    )
    return {"labels": page.rows, "next_cursor": write_cursor(listing, page.last_id), "has_more": page.has_more}


@router.get(
    "/projects/{slug}/finals",
    response={200: schemas.FinalsAnswer, 422: schemas.Problem},
    summary="Read final labels",
)
def read_finals(request: HttpRequest, slug: str, cursor: str | None = Cursor, limit: int = Limit):
    """Every final label, in the order in which they became final. Needs the scope `labels:read`."""
    project = project_of(request, slug, scope=ApiToken.Scope.READ_LABELS)
    page = final_page(project, after_id=read_cursor(cursor, "finals"), limit=limit, now=now())
    return {"finals": page.rows, "next_cursor": write_cursor("finals", page.last_id), "has_more": page.has_more}


def write_cursor(listing: str, last_id: int) -> str:
    return base64.urlsafe_b64encode(f"{listing}:{last_id}".encode()).decode().rstrip("=")


def read_cursor(cursor: str | None, listing: str) -> int:
    if not cursor:
        return 0
    try:
        # Without the padding that write_cursor left out, b64decode refuses.
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        text = ""
    parts = CURSOR.fullmatch(text)
    if parts is None or parts[1] != listing:
        raise Invalid({"cursor": f"This is no cursor of {listing}; start without one, or send next_cursor as it came."})
    return int(parts[2])
