"""Webhooks of a project: made by admins, with a log of every message and what came of it."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from labeling.forms.complaints import show_complaints
from labeling.forms.webhooks import WebhookForm
from labeling.gateways.webhooks import check_destination
from labeling.models import Project, Sending, Webhook
from labeling.policy.destinations import BadDestination
from labeling.policy.errors import Invalid
from labeling.queries.access import administered_project_for, sending_in, webhook_in
from labeling.queries.pages import page_of
from labeling.queries.sendings import sendings_to, webhooks_of
from labeling.services.sendings import repeat_failed, repeat_sending
from labeling.services.webhooks import create_webhook, rotate_secret, send_test, switch_off, switch_on
from labeling.views.http import now, project_context, query_without, signed_in
from labeling.views.people import show_once, take_shown_once


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def webhooks(request: HttpRequest, slug: str) -> HttpResponse:
    project = administered_project_for(request.user, slug)
    form = WebhookForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = webhook_from(request, form, project=project)
        except Invalid as error:
            show_complaints(form, error)
        else:
            return redirect("webhook", slug=slug, webhook_id=made.pk)
    rows = [{"webhook": one, "hears": topics_of(one)} for one in webhooks_of(project)]
    context = project_context(request, project, form=form, rows=rows)
    return render(request, "labeling/webhooks/webhooks.html", context, status=422 if form.errors else 200)


def webhook_from(request: HttpRequest, form: WebhookForm, *, project: Project) -> Webhook:
    """Make a webhook once its address was looked up, and keep its secret for the next page."""
    given = form.cleaned_data
    try:
        check_destination(given["url"], reach=settings.WEBHOOK_REACH)
    except BadDestination as error:
        raise Invalid({"url": str(error)}) from error
    webhook, secret = create_webhook(
        project=project, name=given["name"], url=given["url"], hears=given["hears"], actor=request.user, now=now()
    )
    show_once(request, page_key(webhook), project, {"secret": secret})
    return webhook


def topics_of(webhook: Webhook) -> list[str]:
    names = dict(Webhook.Topic.choices)
    return [names.get(topic, topic).partition(":")[0] for topic in webhook.hears]


def page_key(webhook: Webhook) -> str:
    return f"webhook-{webhook.pk}"


@signed_in
@require_safe
def webhook(request: HttpRequest, slug: str, webhook_id: int) -> HttpResponse:
    project = administered_project_for(request.user, slug)
    webhook = webhook_in(project, webhook_id)
    state = request.GET.get("state", "")
    state = state if state in Sending.State.values else ""
    page = page_of(sendings_to(webhook, state=state), request.GET.get("page"))
    context = project_context(
        request,
        project,
        webhook=webhook,
        hears=topics_of(webhook),
        page_obj=page,
        base_query=query_without(request, "page"),
        state=state,
        states=Sending.State.choices,
        has_failed=webhook.sendings.filter(state=Sending.State.FAILED).exists(),
        shown_once=take_shown_once(request, page_key(webhook), project),
        read_at=now(),
        crumbs=[{"label": "Webhooks", "url": reverse("webhooks", args=[slug])}],
    )
    return render(request, "labeling/webhooks/webhook.html", context)


@signed_in
@require_POST
def secrets(request: HttpRequest, slug: str, webhook_id: int) -> HttpResponse:
    project = administered_project_for(request.user, slug)
    webhook = webhook_in(project, webhook_id)
    secret = rotate_secret(webhook, actor=request.user, now=now())
    show_once(request, page_key(webhook), project, {"secret": secret})
    return redirect("webhook", slug=slug, webhook_id=webhook_id)


@signed_in
@require_POST
def switches(request: HttpRequest, slug: str, webhook_id: int) -> HttpResponse:
    webhook = webhook_in(administered_project_for(request.user, slug), webhook_id)
    if request.POST.get("to") == "on":
        switch_on(webhook, actor=request.user, now=now())
        messages.success(request, "Switched on: it is told of what happens from now on.")
    else:
        switch_off(webhook, actor=request.user, now=now())
        messages.success(request, "Switched off: nothing more is sent there, and what waited is kept.")
    return redirect("webhook", slug=slug, webhook_id=webhook_id)


@signed_in
@require_POST
def tests(request: HttpRequest, slug: str, webhook_id: int) -> HttpResponse:
    webhook = webhook_in(administered_project_for(request.user, slug), webhook_id)
    send_test(webhook, actor=request.user, now=now())
    messages.success(request, "A test is on its way; load this page again in a few seconds.")
    return redirect("webhook", slug=slug, webhook_id=webhook_id)


@signed_in
@require_POST
def repeats(request: HttpRequest, slug: str, webhook_id: int) -> HttpResponse:
    webhook = webhook_in(administered_project_for(request.user, slug), webhook_id)
    n_messages = repeat_failed(webhook, actor=request.user, now=now())
    messages.success(request, f"{n_messages:,} message{'' if n_messages == 1 else 's'} on the way again.")
    return redirect("webhook", slug=slug, webhook_id=webhook_id)


@signed_in
@require_POST
def sending_repeats(request: HttpRequest, slug: str, sending_id: int) -> HttpResponse:
    sending = sending_in(administered_project_for(request.user, slug), sending_id)
    if repeat_sending(sending, actor=request.user, now=now()):
        messages.success(request, "The message is on its way again.")
    else:
        messages.info(request, "This message has not failed, so it is not sent again.")
    if sending.webhook_id is None:
        return redirect("alerts", slug=slug)
    return redirect("webhook", slug=slug, webhook_id=sending.webhook_id)
