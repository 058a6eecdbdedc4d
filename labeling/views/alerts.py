"""Alerts of a project: which queues are late, which were, whom it was told, and which rubrics wait for a look."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localdate
from django.views.decorators.http import require_http_methods

from labeling.forms.webhooks import AlertDelayForm
from labeling.models import Membership, Webhook
from labeling.policy.errors import NotAllowed
from labeling.queries.access import managed_project_for, roles_of
from labeling.queries.alerts import open_alerts_of, past_alerts_of
from labeling.queries.pages import page_of
from labeling.queries.rubric_versions import rubrics_to_look_at
from labeling.queries.sendings import letters_of, managers_of, webhooks_hearing
from labeling.services.alerts import set_alert_delay
from labeling.views.http import now, project_context, signed_in

MOST_LETTERS = 20


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def alerts(request: HttpRequest, slug: str) -> HttpResponse:
    project = managed_project_for(request.user, slug)
    is_admin = Membership.Role.ADMIN in roles_of(request.user, project)
    if request.method == "POST" and not is_admin:
        raise NotAllowed("When alerts open is set by an admin of this project; ask one of them.")
    form = AlertDelayForm(request.POST or None, initial={"minutes": project.alert_after_seconds // 60})
    if request.method == "POST" and form.is_valid():
        set_alert_delay(project, seconds=60 * form.cleaned_data["minutes"], actor=request.user, now=now())
        messages.success(request, "Saved. It holds for alerts that open from now on.")
        return redirect("alerts", slug=slug)
    moment = now()
    managers = list(managers_of(project))
    context = project_context(
        request,
        project,
        form=form,
        read_at=moment,
        open_alerts=open_alerts_of(project, now=moment),
        rubrics_to_look_at=rubrics_to_look_at(project, today=localdate()),
        page_obj=page_of(past_alerts_of(project), request.GET.get("page")),
        is_mail_set_up=settings.MAIL_SERVER is not None,
        is_demonstration=settings.DEMO,
        told=[user for user in managers if user.email],
        unreached=[user for user in managers if not user.email],
        n_webhooks=len(webhooks_hearing(project, Webhook.Topic.DUE_BREACHED)),
        letters=letters_of(project)[:MOST_LETTERS] if is_admin else [],
    )
    return render(request, "labeling/alerts/alerts.html", context, status=422 if form.errors else 200)
