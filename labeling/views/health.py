"""Whether the installation lives and can work, for whatever watches over it.

The first two are open to anybody, so they tell no secret; metrics, which name projects and queues, want a token.
"""

from dataclasses import asdict
from secrets import compare_digest

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from labeling.formats.prometheus import CONTENT_TYPE, Gauge, Sample, write_gauges
from labeling.gateways.broker import is_broker_reachable
from labeling.gateways.processes import resident_bytes_of_web
from labeling.queries.access import administered_project_for
from labeling.queries.audit import SEALS_ON_A_PAGE, verify_chain
from labeling.queries.gauges import gauges
from labeling.queries.health import readiness
from labeling.queries.installation import backlog_of, failed_sendings_of, installation
from labeling.views.http import now, project_context, signed_in


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers. It asks nobody else: a slow database must not get a live web process killed."""
    return HttpResponse("ok", content_type="text/plain")


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Whether this process can serve, by its status; whether all the rest works, too, with `?all=1`.

    What is wrong is told either way. A load balancer asks without: a silent worker is no reason to take away web
    processes that store every label. Whatever wakes somebody up asks with it.
    """
    readied = readiness(clock=now)
    found = {**asdict(readied), "lag_seconds": readied.lag_seconds}
    del found["lags"]
    if settings.REDIS_URL:
        is_reachable = is_broker_reachable(settings.REDIS_URL)
        found["broker"] = "ok" if is_reachable else "unreachable"
        if not is_reachable:
            found["problems"].append("The broker does not answer.")
    works = not found["problems"]
    is_fine = works if request.GET.get("all") == "1" else readied.can_serve
    return JsonResponse({"ready": readied.can_serve, "works": works, **found}, status=200 if is_fine else 503)


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Gauges for Prometheus, for whoever has the token: they name projects and queues."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not settings.METRICS_TOKEN:
        return HttpResponse("Set METRICS_TOKEN to have metrics here.\n", content_type="text/plain", status=404)
    if not compare_digest(given.encode(), settings.METRICS_TOKEN.encode()):
        answer = HttpResponse("Send METRICS_TOKEN as a bearer token.\n", content_type="text/plain", status=401)
        answer["WWW-Authenticate"] = 'Bearer realm="Reviewapp metrics"'
        return answer
    told = [*gauges(now=now()), *process_gauges()]
    return HttpResponse(write_gauges(told), content_type=CONTENT_TYPE)


def process_gauges() -> list[Gauge]:
    found = [
        Gauge(
            "web_resident_bytes",
            "Memory of each web process beside the one that answers, and of the desk that it began.",
            [Sample(size, {"pid": str(pid)}) for pid, size in resident_bytes_of_web().items()],
        )
    ]
    if settings.REDIS_URL:
        is_up = is_broker_reachable(settings.REDIS_URL)
        found.append(Gauge("broker_up", "Whether the broker answers.", [Sample(int(is_up))]))
    return found


@signed_in
@require_safe
def health(request: HttpRequest, slug: str) -> HttpResponse:
    """The page for admins: what is wrong, what is late, and what did not arrive."""
    project = administered_project_for(request.user, slug)
    context = project_context(
        request,
        project,
        whole=installation(now=now()),
        has_broker=bool(settings.REDIS_URL),
        is_broker_up=bool(settings.REDIS_URL) and is_broker_reachable(settings.REDIS_URL),
        backlog=backlog_of(project),
        failed=failed_sendings_of(project),
        chain=verify_chain(project, at_most=SEALS_ON_A_PAGE),
    )
    return render(request, "labeling/health/health.html", context)
