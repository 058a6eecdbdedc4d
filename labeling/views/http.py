"""What every page shares: the headers, the frame around it, and domain errors as answers."""

import re
import sys
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.cache import patch_vary_headers

from labeling.models import Membership, Project, User
from labeling.policy.errors import Conflict, Invalid, NotAllowed, NotVisible, Refused
from labeling.queries import clock
from labeling.queries.access import managed_projects_for, reviewing_queues_for, roles_of

STATUS_OF_ERROR = {NotVisible: 404, NotAllowed: 403, Conflict: 409, Invalid: 422}
HEADLINE_OF_STATUS = {403: "Not for you", 404: "Not found", 409: "Changed meanwhile", 422: "Not accepted"}

# The pages of a project in journey order: (label, view name, roles that may open it).
MANAGERS = (Membership.Role.OWNER, Membership.Role.ADMIN)
ADMINS = (Membership.Role.ADMIN,)
PROJECT_PAGES = (
    ("Overview", "project", MANAGERS),
    ("Items", "items", MANAGERS),
    ("Routing", "routing", MANAGERS),
    ("Never delegate", "register", MANAGERS),
    ("Autonomy", "autonomy", MANAGERS),
    ("Queues", "queues", MANAGERS),
    ("Hand-outs", "project_hand_outs", MANAGERS),
    ("Alerts", "alerts", MANAGERS),
    ("Disputes", "disputes", MANAGERS),
    ("Final labels", "final_labels", MANAGERS),
    ("Agreement", "agreement", MANAGERS),
    ("Rounds", "rounds", MANAGERS),
    ("Reviewers", "reviewers", MANAGERS),
    ("Pauses and appeals", "appeals", MANAGERS),
    ("Judges", "judges", MANAGERS),
    ("Blinding", "blinding", MANAGERS),
    ("Rubrics", "rubrics", MANAGERS),
    ("Gold", "gold", MANAGERS),
    ("Incidents", "incidents", MANAGERS),
    ("Import", "ingest", ADMINS),
    ("Jobs", "jobs", ADMINS),
    ("People", "people", ADMINS),
    ("Absences", "absences", ADMINS),
    ("Tokens", "tokens", ADMINS),
    ("Webhooks", "webhooks", ADMINS),
    ("Health", "health", ADMINS),
    ("Audit trail", "audit", ADMINS),
)


DELIVERIES = re.compile(r"/api/v1/|/p/[-\w]+/import/$")
LARGEST_FORM_BYTES = 1024 * 1024


class ResponseHeadersMiddleware:
    """Security headers on every answer. Pages are never stored: they hold items that must not outlive a session."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", settings.CONTENT_SECURITY_POLICY)
        response.headers.setdefault("Cache-Control", "no-store")
        # A fragment and its page share an address; without this a cache could answer one with the other.
        patch_vary_headers(response, ["HX-Request"])
        return response


class BodyLimitMiddleware:
    """Refuses a body that no form of ours needs, before anything reads it: whoever can reach the login page can send
    one. Deliveries have a limit of their own, which their doors name."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdecimal() and int(length) > LARGEST_FORM_BYTES and not DELIVERIES.match(request.path):
            return HttpResponse("This is more than any form here takes.\n", content_type="text/plain", status=413)
        return self.get_response(request)


class DomainErrorMiddleware:
    """A refusal that a view did not handle itself becomes a page that says what to do next."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, Refused):
            return None
        return refusal_page(request, str(exception), status=STATUS_OF_ERROR.get(type(exception), 400))


def refusal_page(request: HttpRequest, message: str, *, status: int) -> HttpResponse:
    headline = HEADLINE_OF_STATUS.get(status, "Not possible")
    context = {"headline": headline, "message": message, "status": status}
    return render(request, "labeling/home/refusal.html", context, status=status)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return refusal_page(request, "There is no such page, or it is not yours to see.", status=404)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    return refusal_page(
        request, "This page was open too long or in another session; load it again and repeat.", status=403
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """What nobody expected. A database that restarts or is too busy is told as what it is: a moment's wait.

    Drawn without asking the database anything, not even who is signed in.
    """
    is_database = isinstance(sys.exc_info()[1], OperationalError | InterfaceError)
    status = 503 if is_database else 500
    context = {"status": status, "is_database": is_database, "request_id": getattr(request, "request_id", "")}
    response = HttpResponse(render_to_string("500.html", context), status=status)
    if is_database:
        response.headers["Retry-After"] = "5"
    return response


def signed_in(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A page for people with an account; anybody else is asked to log in first."""
    return wraps(view)(login_required(view))


def page_frame(request: HttpRequest) -> dict[str, Any]:
    """Context processor: whether this is the demonstration. Menus come from the views, see `project_context`."""
    return {"demo": settings.DEMO}


def nav_for(request: HttpRequest) -> list[dict[str, Any]]:
    """The top menu: what this person may open, and nothing else."""
    user = request.user
    entries = [("Home", reverse("home"))]
    entries += [(project.name, reverse("project", args=[project.slug])) for project in managed_projects_for(user)]
    return [{"label": label, "url": url, "current": request.path == url} for label, url in entries]


def project_context(request: HttpRequest, project: Project, **more: Any) -> dict[str, Any]:
    """The context of a project page: its side menu by the person's roles, and whatever the page adds."""
    roles = roles_of(request.user, project)
    nav = []
    for label, name, allowed in PROJECT_PAGES:
        if roles & set(allowed):
            url = reverse(name, args=[project.slug])
            is_here = request.path == url if name == "project" else request.path.startswith(url)
            nav.append({"label": label, "url": url, "current": is_here})
    return {"project": project, "nav": nav, "roles": roles, "is_admin": Membership.Role.ADMIN in roles, **more}


def query_without(request: HttpRequest, *names: str) -> str:
    """The address's other parameters, ready to be continued with `name=value`."""
    query = request.GET.copy()
    for name in [*names, *(name for name, value in request.GET.items() if not value)]:
        query.pop(name, None)
    return f"{query.urlencode()}&" if query else ""


def is_reviewer(user: User) -> bool:
    return reviewing_queues_for(user).exists()


def now() -> Any:
    """The clock of the whole installation, read once a request at the door; services and policy are told the time."""
    return clock.now()
