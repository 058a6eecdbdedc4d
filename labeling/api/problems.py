"""Refusals as problem+json (RFC 9457): what went wrong, where, and what to do."""

import logging
from collections.abc import Callable, Sequence
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse, UnreadablePostError
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, ValidationError

from labeling.formats.lines import show_size
from labeling.formats.rows import RowError
from labeling.policy.errors import Conflict, Invalid, NotAllowed, NotVisible, Refused

logger = logging.getLogger("labeling.api")

STATUS_OF_ERROR = {NotVisible: 404, NotAllowed: 403, Conflict: 409, Invalid: 422}
TITLE_OF_STATUS = {409: "Conflict", 413: "Content Too Large", 422: "Not Accepted"}
Fault = dict[str, str]


class Problem(Exception):
    """A refusal that only exists on this door: about the message itself, not about what it asks for."""

    def __init__(
        self, status: int, detail: str, *, errors: Sequence[Fault] = (), retry_after: int | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = list(errors)
        self.retry_after = retry_after


def fault(field: str, message: str) -> Fault:
    return {"field": field, "message": message}


def problem_content(status: int, detail: str, errors: Sequence[Fault] = (), **more: Any) -> dict[str, Any]:
    title = TITLE_OF_STATUS.get(status) or HTTPStatus(status).phrase
    return {"type": "about:blank", "title": title, "status": status, "detail": detail, "errors": list(errors), **more}


def problem_response(
    status: int, detail: str, *, errors: Sequence[Fault] = (), retry_after: int | None = None, **more: Any
) -> JsonResponse:
    response = JsonResponse(
        problem_content(status, detail, errors, **more), status=status, content_type="application/problem+json"
    )
    if retry_after is not None:
        response["Retry-After"] = str(retry_after)
    if status == HTTPStatus.UNAUTHORIZED:
        response["WWW-Authenticate"] = 'Bearer realm="Reviewapp"'
    return response


def too_large() -> JsonResponse:
    limit = show_size(settings.MAX_BODY_BYTES)
    return problem_response(413, f"The body is over the limit of {limit}; send fewer items in one request.")


def answer_problems(api: NinjaAPI) -> None:
    """Teach the API to answer every exception as a problem."""

    def on(kind: type[Exception], answer: Callable[[Any], HttpResponse]) -> None:
        api.add_exception_handler(kind, lambda request, error: answer(error))

    on(Problem, lambda one: problem_response(one.status, one.detail, errors=one.errors, retry_after=one.retry_after))
    on(Refused, answer_refusal)
    on(RowError, lambda one: problem_response(422, str(one), errors=[fault(one.field, one.message)]))
    on(ValidationError, answer_validation)
    on(AuthenticationError, lambda one: problem_response(401, "Send the token as Authorization: Bearer <token>."))
    on(RequestDataTooBig, lambda one: too_large())
    on(UnreadablePostError, lambda one: problem_response(400, "The body broke off before its end; send it again."))
    on(OperationalError, answer_busy)
    on(Exception, answer_crash)


def answer_refusal(error: Refused) -> JsonResponse:
    status = next((code for kind, code in STATUS_OF_ERROR.items() if isinstance(error, kind)), 400)
    complaints = error.complaints if isinstance(error, Invalid) else {}
    errors = [fault(name, text) for name, text in complaints.items()]
    return problem_response(status, str(error), errors=errors, retry_after=getattr(error, "retry_after", None))


def answer_validation(error: ValidationError) -> JsonResponse:
    errors = [fault(".".join(str(step) for step in one["loc"][1:]), one["msg"]) for one in error.errors]
    return problem_response(422, "; ".join(f"{one['field']}: {one['message']}" for one in errors), errors=errors)


def answer_busy(error: OperationalError) -> JsonResponse:
    # A locked SQLite or a PostgreSQL that restarts: nothing was stored, and the same request works a moment later.
    logger.warning("the database did not answer: %s", type(error).__name__)
    return problem_response(503, "The database is busy; send the same request again.", retry_after=2)


def answer_crash(error: Exception) -> JsonResponse:
    logger.error("the API failed", exc_info=error)
    return problem_response(500, "This is a fault on our side and is logged; sending the same again is safe.")


def at_the_door(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Refuse by its headers what need not be read, and answer what never reaches an operation as a problem too."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or ""
        if not length and request.headers.get("Transfer-Encoding"):
            return problem_response(411, "Send the body with a Content-Length; a chunked one cannot be read here.")
        if length.isdecimal() and int(length) > settings.MAX_BODY_BYTES:
            return too_large()
        response = view(request, *args, **kwargs)
        if isinstance(response, HttpResponseNotAllowed):
            allowed = response["Allow"]
            response = problem_response(405, f"This address takes {allowed}, not {request.method}.")
            response["Allow"] = allowed
        return response

    return guarded
