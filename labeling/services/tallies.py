"""Counting large projects for their pages."""

from collections.abc import Callable
from datetime import datetime

from labeling.models import Project, Tally
from labeling.queries.tallies import COUNTINGS


def count_again(project_id: int, name: str, *, clock: Callable[[], datetime]) -> None:
    """Count one page's numbers of one project and keep them instead of the last ones. One row is written.

    Counting holds no lock. Of two at once the later one to end stays; both counted the same tables.
    """
    project, began = Project.objects.get(pk=project_id), clock()
    numbers = COUNTINGS[name].as_json(COUNTINGS[name].count(project, began))
    seconds = max(0.0, (clock() - began).total_seconds())
    kept = {"numbers": numbers, "counted_at": began, "seconds": seconds}
    Tally.objects.update_or_create(project=project, name=name, defaults=kept)
