"""What owners and admins find when they come in: their projects, and whether somebody should look."""

from dataclasses import dataclass
from datetime import datetime

from labeling.models import Item, Project, User
from labeling.queries.access import managed_projects_for
from labeling.queries.tallies import Counted, StatusNumbers, counted_statuses


@dataclass(frozen=True, slots=True)
class ManagedProject:
    """One project with the counts that say whether somebody should look."""

    project: Project
    counts: Counted[StatusNumbers]
    n_in_review: int
    n_disputed: int
    n_awaiting: int
    n_shipped: int
    n_final: int


def projects_managed_by(user: User, *, now: datetime) -> list[ManagedProject]:
    """The projects this person owns or administers, with their counts. Five queries, however many projects."""
    projects = list(managed_projects_for(user))
    counts = counted_statuses(projects, now=now)
    return [managed(project, counts[project.pk]) for project in projects]


def managed(project: Project, counts: Counted[StatusNumbers]) -> ManagedProject:
    n_by_status = counts.numbers.by_status
    return ManagedProject(
        project=project,
        counts=counts,
        n_in_review=n_by_status.get(Item.Status.IN_REVIEW, 0),
        n_disputed=counts.numbers.n_disputed,
        n_awaiting=n_by_status.get(Item.Status.AWAITING, 0),
        n_shipped=n_by_status.get(Item.Status.SHIPPED, 0),
        n_final=n_by_status.get(Item.Status.FINAL, 0),
    )
