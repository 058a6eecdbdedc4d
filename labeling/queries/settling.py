"""Who may settle a dispute: nobody who labelled the item, wrote it, or settled it before it was re-opened."""

from django.db.models import Case, Exists, OuterRef, QuerySet, Value, When

from labeling.models import Adjudication, Membership, Project, QueueEntry, Recusal, Review, User
from labeling.queries.access import people_who_settle

BARS = {
    "labelled": "You labelled this item, so somebody else settles it.",
    "authored": "You wrote or commissioned this output, so somebody else settles it.",
    "settled": "You settled this before it was re-opened, so somebody else settles it now.",
}


def with_bars(entries: QuerySet[QueueEntry], user: User) -> QuerySet[QueueEntry]:
    """With `bar`: why this person may not settle an entry, empty where they may."""
    labelled = Review.objects.filter(entry__item=OuterRef("item"), reviewer__user=user)
    authored = Recusal.objects.filter(item=OuterRef("item"), reviewer__user=user, ground=Recusal.Ground.AUTHOR)
    settled = Adjudication.objects.filter(final_label__entry=OuterRef("pk"), adjudicator=user)
    return entries.annotate(
        bar=Case(
            When(Exists(labelled), then=Value("labelled")),
            When(Exists(authored), then=Value("authored")),
            When(Exists(settled), then=Value("settled")),
            default=Value(""),
        )
    )


def refusal_to_settle(entry: QueueEntry, user: User) -> str:
    """Why this person may not settle it and, where nobody is left who may, whom to ask. Empty where they may.

    Who else may is not listed: who is missing from such a list labelled it.
    """
    bar = with_bars(QueueEntry.objects.filter(pk=entry.pk), user).values_list("bar", flat=True).get()
    if not bar:
        return ""
    if able_to_settle(entry).exists():
        return BARS[bar]
    return (
        f"{BARS[bar]} Nobody else here may, either: ask {names_of_admins(entry.queue.project)} for another eval owner."
    )


def able_to_settle(entry: QueueEntry) -> QuerySet[User]:
    """The owners and admins whom nothing bars. Never shown, only asked whether there is one."""
    me = OuterRef("pk")
    return people_who_settle(entry.queue.project).exclude(
        Exists(Review.objects.filter(entry__item=entry.item_id, reviewer__user=me))
        | Exists(Recusal.objects.filter(item=entry.item_id, reviewer__user=me, ground=Recusal.Ground.AUTHOR))
        | Exists(Adjudication.objects.filter(final_label__entry=entry, adjudicator=me))
    )


def names_of_admins(project: Project) -> str:
    admins = people_who_settle(project).filter(memberships__project=project, memberships__role=Membership.Role.ADMIN)
    return " or ".join(admin.shown_name for admin in admins) or "whoever runs this installation"
