"""Who is in a project, with which roles, and which services hold a key to it."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, IntegerField, QuerySet, Value, When

from labeling.models import ApiToken, Membership, Project, User

ROLE_ORDER = (Membership.Role.ADMIN, Membership.Role.OWNER, Membership.Role.REVIEWER)


@dataclass(frozen=True, slots=True)
class Member:
    """One person of a project with every role they hold here."""

    user: User
    memberships: tuple[Membership, ...]
    is_unblinded: bool

    @property
    def is_reviewer(self) -> bool:
        return any(membership.role == Membership.Role.REVIEWER for membership in self.memberships)


def members_of(project: Project) -> list[Member]:
    """Everybody in a project by name, one entry a person. Two queries."""
    role_order = Case(
        *[When(role=role, then=Value(position)) for position, role in enumerate(ROLE_ORDER)],
        output_field=IntegerField(),
    )
    held: dict[User, list[Membership]] = {}
    for membership in project.memberships.select_related("user").order_by("user__username", role_order):
        held.setdefault(membership.user, []).append(membership)
    unblinded = set(project.raters.filter(unblinded_at__isnull=False).values_list("user_id", flat=True))
    return [Member(user, tuple(memberships), user.pk in unblinded) for user, memberships in held.items()]


def account_named(username: str) -> User | None:
    """The account of a name, however it is capitalised: nobody may get a second one by a capital letter."""
    return User.objects.filter(username__iexact=username).first()


def account_to_choose_for(user_id: int) -> User | None:
    """Whose password was made by somebody else and is to be replaced by their own."""
    return User.objects.filter(pk=user_id, is_active=True, password_is_given=True).first()


def tokens_of(project: Project) -> QuerySet[ApiToken]:
    """The project's tokens, the newest first; revoked ones stay in the list, since they explain what came in."""
    return project.tokens.select_related("created_by").order_by("-id")


def state_of_token(token: ApiToken, *, now: datetime) -> str:
    if token.revoked_at is not None:
        return "revoked"
    if token.expires_at is not None and token.expires_at <= now:
        return "expired"
    return "active"
