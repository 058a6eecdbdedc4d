"""A person's own account."""

import secrets
from datetime import datetime

from django.db import transaction

from labeling.models import Project, User
from labeling.policy.errors import NotAllowed
from labeling.queries.access import may_be_given_a_password, people_of_others
from labeling.services.events import record_event


@transaction.atomic
def set_password(user: User, *, password: str, now: datetime) -> None:
    """Replace a person's password. The record says that it was changed, never what to. Safe to repeat."""
    store_password(user, password, is_given=False)
    tell_their_projects("user.password_changed", user, actor=user, now=now)


@transaction.atomic
def choose_password(user: User, *, password: str, now: datetime) -> None:
    """Replace the password that a person was given by one of their own. The first who does so has the account; another
    password that was chosen or given since `user` was read is refused."""
    given = User.objects.select_for_update().filter(pk=user.pk, password=user.password, password_is_given=True)
    if not given.exists():
        raise NotAllowed("The password of this account was changed meanwhile. Log in with the new one.")
    set_password(user, password=password, now=now)


@transaction.atomic
def reset_password(user: User, *, actor: User, now: datetime) -> str:
    """A new password for somebody who lost theirs, to hand over: returned once and stored only as a hash.

    The old one and all sessions of theirs end with it, and the new one opens only the form for one of their own. Each
    call makes another. Refused for whoever is more than a reviewer of the actor's own projects.
    """
    User.objects.select_for_update().get(pk=user.pk)  # whoever takes them in meanwhile waits, and sees that it is given
    if user.pk not in may_be_given_a_password(actor, [user], of_others=people_of_others(actor, [user])):
        raise NotAllowed(
            "Only who is a reviewer, and in your own projects alone, gets a new password from you. Whoever runs the "
            "installation gives one to anybody, with `manage.py changepassword`."
        )
    password = new_password()
    store_password(user, password, is_given=True)
    tell_their_projects("user.password_reset", user, actor=actor, now=now)
    return password


def new_password() -> str:
    """Sixteen characters drawn by the machine: 96 bits."""
    return secrets.token_urlsafe(12)


@transaction.atomic
def set_address(user: User, *, address: str, actor: User, now: datetime) -> None:
    """Where letters to this person go, or nowhere. The record says that it changed, not to what. Safe to repeat."""
    if user.email == address:
        return
    user.email = address
    user.save(update_fields=["email"])
    tell_their_projects("user.address_changed", user, actor=actor, now=now)


def store_password(user: User, password: str, *, is_given: bool) -> None:
    user.set_password(password)
    user.password_is_given = is_given
    user.save(update_fields=["password", "password_is_given"])


def tell_their_projects(kind: str, user: User, *, actor: User, now: datetime) -> None:
    """Into the trail of every project they are in: that is where an admin would look."""
    for project in Project.objects.filter(memberships__user=user).distinct():
        record_event(kind, project=project, now=now, actor=actor, user_id=user.pk)
