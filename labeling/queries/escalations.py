"""For whom a dispute waits: to whom its reviewers escalated it, or to whom it was handed over since."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet

from labeling.models import Escalation, FinalLabel, HandOver, Membership, Project, QueueEntry, User
from labeling.queries.access import UNBLINDED_ROLES
from labeling.queries.settling import with_bars

ROLES_THAT_ANSWER = {
    Escalation.Role.ADJUDICATOR: frozenset(UNBLINDED_ROLES),
    Escalation.Role.OWNER: frozenset({Membership.Role.OWNER}),
    Escalation.Role.ADMIN: frozenset({Membership.Role.ADMIN}),
}
# A home says that something waits, not how much of very much.
MOST_COUNTED = 200


@dataclass(frozen=True, slots=True)
class Addressee:
    """A role, or a person of it. Somebody who cannot settle it any more is not named: it falls back to the role, and
    says so without saying why, since who labelled an item is not to be learned from it."""

    role: str
    person: User | None = None
    has_fallen_back: bool = False
    handed_over_because: str = ""

    @property
    def shown_name(self) -> str:
        return self.person.shown_name if self.person else Escalation.Role(self.role).label

    def is_for(self, user: User, roles: Iterable[str]) -> bool:
        if self.person is not None:
            return self.person == user
        return bool(ROLES_THAT_ANSWER[Escalation.Role(self.role)] & set(roles))


Written = Escalation | HandOver


def addressees_of(entries: Sequence[QueueEntry]) -> dict[int, list[Addressee]]:
    """For whom each of these entries waits; nothing where nobody was asked. A query for each person who is named,
    whatever the number of entries, and three for all."""
    written: dict[int, list[Written]] = {entry.pk: [] for entry in entries}
    for escalation in escalations_of(entries):
        written[escalation.review.entry_id].append(escalation)
    for hand_over in newest_hand_overs_of(entries):
        written[hand_over.entry_id] = [hand_over]
    unable = unable_among(entries, written)
    found = {}
    for entry in entries:
        listed = [addressee_from(one, cannot=(entry.pk, one.person_id) in unable) for one in written[entry.pk]]
        found[entry.pk] = list(dict.fromkeys(listed))
    return found


def addressee_from(one: Written, *, cannot: bool) -> Addressee:
    return Addressee(
        role=one.role,
        person=None if cannot else one.person,
        has_fallen_back=cannot,
        handed_over_because=getattr(one, "reason", ""),
    )


def escalations_of(entries: Sequence[QueueEntry]) -> QuerySet[Escalation]:
    """Those that nobody has answered yet: a final label, re-opened since or not, was the answer."""
    return (
        Escalation.objects.filter(
            ~Exists(FinalLabel.objects.filter(entry=OuterRef("review__entry"))),
            review__entry__in=entries,
            review__slot__isnull=False,
            review__withdrawal__isnull=True,
        )
        .select_related("review", "person")
        .order_by("review__slot__slot_no")
    )


def newest_hand_overs_of(entries: Sequence[QueueEntry]) -> QuerySet[HandOver]:
    """The last one of each entry, unless it was settled after that."""
    later = HandOver.objects.filter(entry=OuterRef("entry"), pk__gt=OuterRef("pk"))
    answered = FinalLabel.objects.filter(entry=OuterRef("entry"), decided_at__gte=OuterRef("handed_at"))
    return HandOver.objects.filter(~Exists(later), ~Exists(answered), entry__in=entries).select_related("person")


def unable_among(entries: Sequence[QueueEntry], written: dict[int, list[Written]]) -> set[tuple[int, int]]:
    """Which entry cannot be settled by which person who is named for it: they left, or something bars them."""
    named: dict[int, set[int]] = {}
    people: dict[int, User] = {}
    for entry_id, listed in written.items():
        for one in listed:
            if one.person is not None:
                named.setdefault(one.person.pk, set()).add(entry_id)
                people[one.person.pk] = one.person
    if not named:
        return set()
    projects = {entry.pk: entry.queue.project_id for entry in entries}
    managing = set(
        Membership.objects.filter(user__in=named, user__is_active=True, role__in=UNBLINDED_ROLES).values_list(
            "project_id", "user_id"
        )
    )
    unable = {
        (entry_id, person_id)
        for person_id, entry_ids in named.items()
        for entry_id in entry_ids
        if (projects[entry_id], person_id) not in managing
    }
    for person_id, entry_ids in named.items():
        barred = with_bars(QueueEntry.objects.filter(pk__in=entry_ids), people[person_id]).exclude(bar="")
        unable |= {(entry_id, person_id) for entry_id in barred.values_list("pk", flat=True)}
    return unable


def n_waiting_for(user: User, projects: Sequence[Project]) -> dict[int, int]:
    """By project, how many disputes somebody asked this person for, and they may settle. A fixed number of queries
    and one for each person who is named."""
    asked = Exists(Escalation.objects.filter(review__entry=OuterRef("pk"))) | Exists(
        HandOver.objects.filter(entry=OuterRef("pk"))
    )
    disputed = QueueEntry.objects.filter(Q(asked), queue__project__in=projects, state=QueueEntry.State.DISPUTED)
    entries = list(with_bars(disputed, user).filter(bar="").select_related("queue").order_by("due_at")[:MOST_COUNTED])
    if not entries:
        return {}
    roles: dict[int, set[str]] = {}
    for project_id, role in Membership.objects.filter(user=user).values_list("project_id", "role"):
        roles.setdefault(project_id, set()).add(role)
    counts: dict[int, int] = {}
    addressees = addressees_of(entries)
    for entry in entries:
        project_id = entry.queue.project_id
        if any(one.is_for(user, roles.get(project_id, ())) for one in addressees[entry.pk]):
            counts[project_id] = counts.get(project_id, 0) + 1
    return counts
