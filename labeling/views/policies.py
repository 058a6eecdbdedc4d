"""The form of the next version of a policy: from what it begins, what it would change, a draft or a publication."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from labeling.forms.routing import (
    CHECKS_EXAMPLE,
    IN_FIELDS,
    IN_JSON,
    RULES_EXAMPLE,
    AsWritten,
    PolicyForm,
    initial_of,
    initial_of_promise,
)
from labeling.forms.rule_builder import pressed, rules_defined
from labeling.forms.rule_fields import RuleBuilder, builder_of
from labeling.models import Project, RoutingPolicy
from labeling.policy.conditions import PolicyError
from labeling.policy.errors import Invalid
from labeling.policy.policies import DEFAULT_DEFINITION, parse_policy
from labeling.queries.access import administered_project_for, policy_in, threshold_search_in
from labeling.queries.due_times import DueTimes, due_times
from labeling.queries.routing import (
    live_policy_of,
    n_unrouted,
    text_of_parts,
)
from labeling.queries.rule_fields import known_fields
from labeling.queries.traffic_sample import MOST_SAMPLED
from labeling.queries.whatif import WhatIf, replay
from labeling.services.policies import publish_policy, save_draft
from labeling.views.http import now, project_context, signed_in
from labeling.views.routing import crumbs_to

# What a button of the rules begins with; all others are about the whole policy.
RULES = "rules:"
PREVIEWS = ("preview", "due")


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def new_policy(request: HttpRequest, slug: str) -> HttpResponse:
    """The form of the next version. Posted it previews, saves a draft or publishes, as its button says."""
    project = administered_project_for(request.user, slug)
    start = starting_version(project, request.GET.get("from", ""))
    draft = start if start and start.state == RoutingPolicy.State.DRAFT else None
    if request.method != "POST":
        certified = initial_of_certificate(project, request.GET.get("certificate", ""))
        return form_page(request, project, PolicyForm(initial=initial_from(start) | certified), draft=draft)
    action = request.POST.get("action", "publish")
    if action.startswith(RULES):
        return rules_pressed(request, project, action.removeprefix(RULES), draft=draft)
    form = PolicyForm(request.POST, needs_reason=action == "publish")
    if action in PREVIEWS:
        return preview(request, project, form, draft=draft)
    if form.is_valid():
        try:
            if action == "draft":
                return save(request, project, form, draft=draft)
            return publish(request, project, form, draft=draft)
        except Invalid as error:
            form.show_complaints(error)
    return form_page(request, project, form, draft=draft)


def form_page(
    request: HttpRequest,
    project: Project,
    form: PolicyForm,
    *,
    draft: RoutingPolicy | None,
    whatif: WhatIf | None = None,
    due: DueTimes | None = None,
    rules: RuleBuilder | None = None,
    template: str = "",
) -> HttpResponse:
    live = live_policy_of(project)
    is_preview = request.POST.get("action") in PREVIEWS
    is_part = is_preview and request.htmx
    title = "Change the policy" if live else "Publish the first policy"
    context = project_context(
        request,
        project,
        form=form,
        draft=draft,
        live=live,
        title=f"Draft of version {draft.number}" if draft else title,
        whatif=whatif,
        due=due,
        is_preview=is_preview,
        # What is refused for want of a reason can be replayed all the same.
        previews_on_load=not is_preview and set(form.errors) <= {"reason"},
        # A drag asks for its consequences many times a second, and for no rule.
        rules=None if is_part else rules or rules_in(form, project),
        most_items=MOST_SAMPLED,
        rules_example=RULES_EXAMPLE,
        checks_example=CHECKS_EXAMPLE,
        crumbs=crumbs_to(project),
    )
    if is_part:
        template = "_due.html" if due else "_consequences.html"
    template = template or "new_policy.html"
    return render(request, f"labeling/routing/{template}", context, status=422 if form.errors else 200)


def rules_in(form: PolicyForm, project: Project) -> RuleBuilder | None:
    """The rules in fields; None where they are written as JSON, or can be in no other way."""
    try:
        written = form.rules_written if form.has_rule_fields else None
    except forms.ValidationError:
        return None
    if written is None:
        return None
    return builder_of(written, complaints=form.rule_complaints, known_fields=known_fields(project))


def rules_pressed(request: HttpRequest, project: Project, action: str, *, draft: RoutingPolicy | None) -> HttpResponse:
    """A button of the rules: one more, one less, or the other way of writing them. Nothing is stored."""
    posted = PolicyForm(request.POST, needs_reason=False)
    template = "_rules.html" if request.htmx else ""
    try:
        written, focus = pressed(posted.rules_written, action)
    except forms.ValidationError as error:
        # What cannot be laid out in fields stays JSON and says why.
        as_written = AsWritten(request.POST)
        as_written.add_error("rules", error)
        return form_page(request, project, as_written, draft=draft, template=template)
    given = request.POST.dict() | {"rules_as": IN_JSON if action == IN_JSON else IN_FIELDS}
    if action == IN_JSON:
        given["rules"] = text_of_parts(rules_defined(written))
        return form_page(request, project, AsWritten(given), draft=draft, template=template)
    fields = builder_of(written, complaints={}, known_fields=known_fields(project), focus=focus)
    return form_page(request, project, AsWritten(given), draft=draft, rules=fields, template=template)


def starting_version(project: Project, number: str) -> RoutingPolicy | None:
    """The version asked for, else the live one; a project without numbers yet has none."""
    if number.isascii() and number.isdigit() and len(number) < 10:
        return policy_in(project, int(number))
    return live_policy_of(project)


def initial_from(start: RoutingPolicy | None) -> dict[str, Any]:
    if start is None:
        # A first policy waits for no signal: while people see everything, a hold would only make them wait.
        return initial_of({**DEFAULT_DEFINITION, "requires": []})
    # The reason of a version that was published is history; that of a draft is still being written.
    return {**initial_of(start.definition), "reason": "" if start.published_at else start.reason}


def initial_of_certificate(project: Project, search_id: str) -> dict[str, Any]:
    """What the form begins with for a certificate: its threshold, or that everything is reviewed where it has none."""
    if not (search_id.isascii() and search_id.isdigit() and len(search_id) < 19):
        return {}
    search = threshold_search_in(project, int(search_id), is_looked_at=True)
    return initial_of_promise(search.certificate)


def preview(request: HttpRequest, project: Project, form: PolicyForm, *, draft: RoutingPolicy | None) -> HttpResponse:
    """What the policy in the form would do. What would be late takes its time: a script asks for it once nobody drags
    any more, by another action."""
    whatif, due, at = None, None, now()
    asks_due = request.POST["action"] == "due"
    if form.is_valid():
        try:
            policy = parse_policy(form.definition())
        except PolicyError as error:
            form.show_complaints(Invalid({error.place: error.message}))
        else:
            whatif = replay(project, policy, at=at, shows_items=not (asks_due and request.htmx))
            if whatif.n_items and (asks_due or not request.htmx):
                due = due_times(whatif, policy, at=at)
    return form_page(request, project, form, draft=draft, whatif=whatif, due=due)


def save(
    request: HttpRequest, project: Project, form: PolicyForm, *, draft: RoutingPolicy | None
) -> HttpResponseRedirect:
    saved = save_draft(
        project=project,
        definition=form.definition(),
        reason=form.cleaned_data["reason"],
        author=request.user,
        now=now(),
        draft=draft,
    )
    messages.success(request, f"Draft of version {saved.number} saved. It routes nothing until you publish it.")
    return HttpResponseRedirect(f"{reverse('new_policy', args=[project.slug])}?from={saved.number}")


def publish(
    request: HttpRequest, project: Project, form: PolicyForm, *, draft: RoutingPolicy | None
) -> HttpResponseRedirect:
    published = publish_policy(
        project=project,
        definition=form.definition(),
        reason=form.cleaned_data["reason"],
        author=request.user,
        now=now(),
        draft=draft,
    )
    n_waiting = n_unrouted(project)
    message = f"Version {published.number} is live."
    if n_waiting == 1:
        message += " 1 item that came in before it is being routed in the background."
    elif n_waiting:
        message += f" {n_waiting:,} items that came in before it are being routed in the background."
    messages.success(request, message)
    return redirect("routing", slug=project.slug)
