"""Whether the installation lives and can work, for whatever watches over it. Open to anybody, so it tells no secret."""

from dataclasses import asdict

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from labeling.gateways.broker import is_broker_reachable
from labeling.queries.health import readiness
from labeling.views.http import now


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers. It asks nobody else: a slow database must not get a live web process killed."""
    return HttpResponse("ok", content_type="text/plain")


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    found = asdict(readiness(now=now()))
    if settings.REDIS_URL:
        is_reachable = is_broker_reachable(settings.REDIS_URL)
        found["broker"] = "ok" if is_reachable else "unreachable"
        if not is_reachable:
            found["problems"].append("The broker does not answer.")
    is_ready = not found["problems"]
    return JsonResponse({"ready": is_ready, **found}, status=200 if is_ready else 503)
