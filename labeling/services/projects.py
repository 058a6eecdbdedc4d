"""Projects, the people in them and the tokens of services."""

import secrets
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from labeling.models import ApiToken, Membership, Project, Rater, User
from labeling.policy.errors import Conflict, Invalid
from labeling.queries.access import UNBLINDED_ROLES, hash_of_token
from labeling.services.events import record_event
from labeling.services.recusals import recuse_from_own
from labeling.services.sessions import new_password

TOKEN_PREFIX = "rva_"


@transaction.atomic
def create_project(*, slug: str, name: str, creator: User, now: datetime, **settings: Any) -> Project:
    """A new project with its creator as admin; `settings` are further fields of `Project`.

    A taken slug is refused; the unique slug refuses the loser of a race, and nothing of it is stored.
    """
    if Project.objects.filter(slug=slug).exists():
        raise Invalid({"slug": "This address is taken; choose another."})
    project = Project.objects.create(slug=slug, name=name, created_at=now, **settings)
    record_event("project.created", project=project, now=now, actor=creator, slug=slug)
    save_membership(project=project, user=creator, role=Membership.Role.ADMIN, actor=creator, now=now)
    return project


@transaction.atomic
def set_hourly_cost(
    project: Project, *, hourly_cost: Decimal | None, currency: str, actor: User, now: datetime
) -> Project:
    """Say what an hour of a reviewer costs, or that nobody knows. Repeating it changes nothing and is no event."""
    changed = Project.objects.filter(pk=project.pk).exclude(hourly_cost=hourly_cost, currency=currency)
    if hourly_cost is None:
        changed = Project.objects.filter(pk=project.pk).exclude(hourly_cost__isnull=True, currency=currency)
    if changed.update(hourly_cost=hourly_cost, currency=currency):
        said = None if hourly_cost is None else str(hourly_cost)
        record_event("project.cost_set", project=project, now=now, actor=actor, hourly_cost=said, currency=currency)
    project.hourly_cost, project.currency = hourly_cost, currency
    return project


@transaction.atomic
def create_user(
    *,
    username: str,
    password: str,
    now: datetime,
    actor: User | None = None,
    project: Project | None = None,
    password_is_given: bool = False,
) -> User:
    """A new account. What it may do comes from memberships. A taken name is refused, however it is capitalised."""
    if User.objects.filter(username__iexact=username).exists():
        raise Invalid({"username": "This name is taken; choose another."})
    user = User.objects.create_user(username=username, password=password, password_is_given=password_is_given)
    record_event("user.created", project=project, now=now, actor=actor, user_id=user.pk)
    return user


@transaction.atomic
def create_first_admin(*, username: str, password: str, now: datetime, password_is_given: bool = False) -> User:
    """The account that may make projects. It is refused once there is one: whoever is in adds the others."""
    if User.objects.filter(is_superuser=True).exists():
        raise Invalid({"name": "There is an administrator already; log in and add people in the browser."})
    user = create_user(username=username, password=password, now=now, password_is_given=password_is_given)
    user.is_superuser = True
    user.save(update_fields=["is_superuser"])
    return user


@transaction.atomic
def add_member(*, project: Project, user: User, role: str, actor: User, now: datetime) -> Membership:
    """Give a person one more role in a project. Repeating it changes nothing.

    Whose password was made in another project, and not yet replaced, is refused: whoever made it could come in.
    """
    is_from_elsewhere = Rater.objects.filter(user=user).exclude(project=project).exists()
    if is_from_elsewhere and User.objects.select_for_update().get(pk=user.pk).password_is_given:
        raise Invalid(
            {
                "username": f"{user.shown_name} has not chosen a password yet, so whoever made the account could still "
                "log in with it. Ask them to log in once, then add them."
            }
        )
    return save_membership(project=project, user=user, role=role, actor=actor, now=now)


@transaction.atomic
def create_member(*, project: Project, username: str, role: str, actor: User, now: datetime) -> tuple[User, str]:
    """A new account with one role, and the password to hand over. It is returned once and stored only as a hash.

    The account and its role come together or not at all. A taken name is refused.
    """
    password = new_password()
    user = create_user(
        username=username, password=password, now=now, actor=actor, project=project, password_is_given=True
    )
    save_membership(project=project, user=user, role=role, actor=actor, now=now)
    return user, password


def save_membership(*, project: Project, user: User, role: str, actor: User, now: datetime) -> Membership:
    membership, is_new = Membership.objects.get_or_create(
        project=project, user=user, role=role, defaults={"created_at": now}
    )
    if is_new:
        rater, is_first_role = Rater.objects.get_or_create(
            project=project, user=user, defaults={"kind": Rater.Kind.USER, "name": user.username}
        )
        if is_first_role:
            recuse_from_own(rater, now=now)
        if role in UNBLINDED_ROLES:
            Rater.objects.filter(project=project, user=user, unblinded_at__isnull=True).update(unblinded_at=now)
        record_event("member.added", project=project, now=now, actor=actor, user_id=user.pk, role=role)
    return membership


@transaction.atomic
def remove_member(*, membership: Membership, actor: User, now: datetime) -> None:
    """Take a role away. The last admin stays, so that a project never becomes unreachable.

    Locks the project row, so that two admins cannot remove each other at once. Safe to repeat.
    """
    project = Project.objects.select_for_update(no_key=True).get(pk=membership.project_id)
    is_admin = membership.role == Membership.Role.ADMIN
    if is_admin and project.memberships.filter(role=Membership.Role.ADMIN).count() == 1:
        raise Conflict("A project keeps at least one admin; add another before you remove this one.")
    Membership.objects.filter(pk=membership.pk).delete()
    record_event(
        "member.removed", project=project, now=now, actor=actor, user_id=membership.user_id, role=membership.role
    )


@transaction.atomic
def create_token(
    *, project: Project, name: str, scopes: list[str], actor: User, now: datetime, expires_at: datetime | None = None
) -> tuple[ApiToken, str]:
    """A new token and its secret. The secret is returned once and stored only as a hash.

    Not safe to repeat: every call makes another token.
    """
    secret = TOKEN_PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        project=project,
        name=name,
        token_hash=hash_of_token(secret),
        prefix=secret[:10],
        scopes=sorted(set(scopes)),
        created_by=actor,
        created_at=now,
        expires_at=expires_at,
    )
    record_event("token.created", project=project, now=now, actor=actor, token_id=token.pk, scopes=token.scopes)
    return token, secret


@transaction.atomic
def revoke_token(*, token: ApiToken, actor: User, now: datetime) -> None:
    """Stop a token at once. Safe to repeat."""
    n_revoked = ApiToken.objects.filter(pk=token.pk, revoked_at__isnull=True).update(revoked_at=now)
    if n_revoked:
        record_event("token.revoked", project=token.project, now=now, actor=actor, token_id=token.pk)
