"""Keeping items from people: what somebody wrote, settled or gave the known answer of is never handed to them."""

from collections.abc import Iterable
from datetime import datetime

from labeling.models import Item, Project, Rater, Recusal, Slot, User


def recuse(user: User | None, items: Iterable[Item], *, ground: str, now: datetime) -> None:
    """Keep items from a person, and close what was laid ready of them for that person alone.

    Inside the caller's transaction. Safe to repeat. A turn that they hold already stays theirs.
    """
    for item in items:
        for reviewer in Rater.objects.filter(user=user, project_id=item.project_id, kind=Rater.Kind.USER):
            save_recusals([Recusal(item=item, reviewer=reviewer, ground=ground, recused_at=now)])
            Slot.objects.filter(entry__item=item, reserved_for=reviewer, state=Slot.State.OPEN).update(
                state=Slot.State.CLOSED
            )


def recuse_authors(project: Project, items: Iterable[Item], *, now: datetime) -> None:
    """Keep items from those whom they name as author. Two statements, and none where no item names one.

    Inside the caller's transaction. Whoever joins later is recused when they do: `recuse_from_own`.
    """
    written = [item for item in items if item.author]
    if not written:
        return
    rater_of = {rater.name.casefold(): rater for rater in project.raters.filter(kind=Rater.Kind.USER)}
    save_recusals(
        Recusal(item=item, reviewer=rater_of[name], ground=Recusal.Ground.AUTHOR, recused_at=now)
        for item in written
        for name in [item.author.casefold()]
        if name in rater_of
    )


def recuse_from_own(reviewer: Rater, *, now: datetime) -> None:
    """Keep from somebody who has just joined what they wrote before. Inside the caller's transaction."""
    own = Item.objects.filter(project=reviewer.project_id, author__iexact=reviewer.name).exclude(author="")
    save_recusals(
        Recusal(item=item, reviewer=reviewer, ground=Recusal.Ground.AUTHOR, recused_at=now)
        for item in own.only("pk").iterator()
    )


def save_recusals(recusals: Iterable[Recusal]) -> None:
    Recusal.objects.bulk_create(recusals, ignore_conflicts=True, batch_size=1_000)
