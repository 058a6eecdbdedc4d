"""Each request has an id, which its answer and every line of the log about it name, and one line of its own."""

import logging
import re
import time
from collections.abc import Callable
from secrets import token_hex
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from reviewapp.logs import about, told_with

logger = logging.getLogger(__name__)

WELL_FORMED = re.compile(r"[A-Za-z0-9-]{8,64}", re.ASCII)
# Asked every few seconds by machines.
WATCHED = ("healthz", "readyz", "metrics")


class RequestLogMiddleware:
    """Logs which page was asked for, by its name: an address may hold a reviewer's token or a producer's own id."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        begun_at = time.perf_counter()
        request.request_id = request_id_of(request)
        with told_with(request=request.request_id) as fields:
            response = self.get_response(request)
            fields |= {**who_and_where(request), "project": project_of(request, response)}
            level = logging.DEBUG if fields.get("view") in WATCHED else logging.INFO
            milliseconds = round(1000 * (time.perf_counter() - begun_at), 1)
            logger.log(level, "request", extra={"fields": {"status": response.status_code, "ms": milliseconds}})
        response.headers["X-Request-ID"] = request.request_id
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        """From here on every line tells which page it is about, that of an error too."""
        about.get().update(who_and_where(request))


def request_id_of(request: HttpRequest) -> str:
    """What the proxy in front calls this request, or a new id. Nobody else's word is put into the log."""
    given = request.headers.get("X-Request-ID", "") if settings.SECURE_PROXY_SSL_HEADER else ""
    return given if WELL_FORMED.fullmatch(given) else token_hex(8)


def who_and_where(request: HttpRequest) -> dict[str, Any]:
    match = request.resolver_match
    user = getattr(request, "_cached_user", None)  # asking for `request.user` would ask the database
    return {
        "method": request.method,
        "view": match.view_name if match else None,
        "user": user.pk if user else None,
    }


def project_of(request: HttpRequest, response: HttpResponse) -> str | None:
    """The project that an address names, if there is one of that name for whoever asked: else it is only somebody's
    typing."""
    slug = request.resolver_match.kwargs.get("slug") if request.resolver_match else None
    user = getattr(request, "_cached_user", None)
    is_somebody = bool(user and user.pk) or getattr(request, "auth", None) is not None
    # Any other refusal may have been given before the project was looked for.
    is_turned_away = 400 <= response.status_code < 500 and response.status_code not in (409, 422)
    return slug if slug and is_somebody and not is_turned_away else None
