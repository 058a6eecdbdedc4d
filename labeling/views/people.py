"""People and their roles, services and their tokens. A secret is shown on the next page, once, and then forgotten."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from labeling.forms.complaints import show_complaints
from labeling.forms.people import MemberForm, TokenForm
from labeling.forms.webhooks import AddressForm
from labeling.models import Membership, Project, User
from labeling.policy.errors import Invalid, NotAllowed
from labeling.queries.access import (
    administered_project_for,
    may_be_given_a_password,
    membership_in,
    people_of_others,
    roles_of,
    token_in,
)
from labeling.queries.people import account_named, members_of, state_of_token, tokens_of
from labeling.services.projects import add_member, create_member, create_token, remove_member, revoke_token
from labeling.services.sessions import reset_password, set_address
from labeling.views.http import now, project_context, signed_in


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def people(request: HttpRequest, slug: str) -> HttpResponse:
    project = administered_project_for(request.user, slug)
    form = MemberForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            admit(request, project, form)
        except Invalid as error:
            show_complaints(form, error)
        else:
            return redirect("people", slug=slug)
    members = members_of(project)
    users = [member.user for member in members]
    of_others = people_of_others(request.user, users)
    n_admins = sum(membership.role == Membership.Role.ADMIN for member in members for membership in member.memberships)
    context = project_context(
        request,
        project,
        form=form,
        members=members,
        n_admins=n_admins,
        people_of_others=of_others,
        may_be_given_a_password=may_be_given_a_password(request.user, users, of_others=of_others),
        shown_once=take_shown_once(request, "people", project),
    )
    return render(request, "labeling/people/people.html", context, status=422 if form.errors else 200)


def admit(request: HttpRequest, project: Project, form: MemberForm) -> None:
    """Add an account that is there, or make one and keep its password for the next page."""
    username, role = form.cleaned_data["username"], form.cleaned_data["role"]
    if form.cleaned_data["account"] == MemberForm.EXISTING:
        user = existing_account(username)
        add_member(project=project, user=user, role=role, actor=request.user, now=now())
        messages.success(request, f"{user.shown_name} is in as {Membership.Role(role).label.lower()}.")
        return
    user, password = create_member(project=project, username=username, role=role, actor=request.user, now=now())
    show_once(request, "people", project, {"username": user.username, "password": password})


def existing_account(username: str) -> User:
    user = account_named(username)
    if user is None:
        raise Invalid({"username": "There is no account of this name. Check the spelling, or choose a new account."})
    return user


@signed_in
@require_POST
def removals(request: HttpRequest, slug: str, membership_id: int) -> HttpResponse:
    project = administered_project_for(request.user, slug)
    membership = membership_in(project, membership_id)
    remove_member(membership=membership, actor=request.user, now=now())
    messages.success(
        request, f"{membership.user.shown_name} is no longer {membership.get_role_display().lower()} here."
    )
    if Membership.Role.ADMIN not in roles_of(request.user, project):
        return redirect("home")
    return redirect("people", slug=slug)


@signed_in
@require_POST
def addresses(request: HttpRequest, slug: str, membership_id: int) -> HttpResponse:
    project = administered_project_for(request.user, slug)
    user = membership_in(project, membership_id).user
    if people_of_others(request.user, [user]):
        raise NotAllowed("This person works in a project of others too, so only they themselves change their address.")
    form = AddressForm(request.POST)
    if form.is_valid():
        set_address(user, address=form.cleaned_data["address"], actor=request.user, now=now())
        messages.success(request, f"The e-mail address of {user.shown_name} is saved.")
    else:
        messages.error(request, "This is no e-mail address; nothing was changed.")
    return redirect("people", slug=slug)


@signed_in
@require_POST
def passwords(request: HttpRequest, slug: str, membership_id: int) -> HttpResponse:
    project = administered_project_for(request.user, slug)
    user = membership_in(project, membership_id).user
    password = reset_password(user, actor=request.user, now=now())
    show_once(request, "people", project, {"username": user.username, "password": password})
    return redirect("people", slug=slug)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def tokens(request: HttpRequest, slug: str) -> HttpResponse:
    project = administered_project_for(request.user, slug)
    form = TokenForm(request.POST or None)
    moment = now()
    if request.method == "POST" and form.is_valid():
        token, secret = create_token(
            project=project,
            name=form.cleaned_data["name"],
            scopes=form.cleaned_data["scopes"],
            actor=request.user,
            now=moment,
            expires_at=moment + timedelta(days=form.cleaned_data["expires_in_days"]),
        )
        show_once(request, "tokens", project, {"name": token.name, "secret": secret})
        return redirect("tokens", slug=slug)
    rows = [{"token": token, "state": state_of_token(token, now=moment)} for token in tokens_of(project)]
    context = project_context(
        request, project, form=form, rows=rows, shown_once=take_shown_once(request, "tokens", project)
    )
    return render(request, "labeling/people/tokens.html", context, status=422 if form.errors else 200)


@signed_in
@require_POST
def revocations(request: HttpRequest, slug: str, token_id: int) -> HttpResponse:
    project = administered_project_for(request.user, slug)
    token = token_in(project, token_id)
    revoke_token(token=token, actor=request.user, now=now())
    messages.success(request, f"The token {token.name} is revoked; whatever used it is refused from now on.")
    return redirect("tokens", slug=slug)


# --- secrets that are shown once ------------------------------------------------------------------------------------
# Kept in the session between the POST and the page after it: an address would end up in logs and histories, and a
# page drawn by the POST itself would make a second token when it is reloaded.


def show_once(request: HttpRequest, page: str, project: Project, secret: dict[str, Any]) -> None:
    request.session[f"shown-once-{page}-{project.pk}"] = secret


def take_shown_once(request: HttpRequest, page: str, project: Project) -> dict[str, Any] | None:
    return request.session.pop(f"shown-once-{page}-{project.pk}", None)
