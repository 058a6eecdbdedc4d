"""Agreement runs that are counted in parts: which parts there are, whose turn they are, and how far they are."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet

from labeling.models import RubricVersion, RunShard

# Clocks of two workers differ; by more than this one of them jumped, and its moment is none.
MINUTES_AHEAD = 1


@dataclass(frozen=True, slots=True)
class ShardsDone:
    n_done: int
    n_all: int


def shards_of(version: RubricVersion, filter_name: str) -> QuerySet[RunShard]:
    return RunShard.objects.filter(rubric_version=version, filter_name=filter_name)


def shards_to_go_on_with(
    version: RubricVersion, filter_name: str, *, code_version: str, asked_at: datetime, now: datetime
) -> QuerySet[RunShard]:
    """Those of a run that was begun since it was asked for, by the same code: their sums are still of use."""
    newest = now + timedelta(minutes=MINUTES_AHEAD)
    return shards_of(version, filter_name).filter(until__range=(asked_at, newest), code_version=code_version)


def shards_to_claim(
    version: RubricVersion, filter_name: str, *, code_version: str, until: datetime | None, now: datetime
) -> QuerySet[RunShard]:
    """Those that nobody is at, or whose worker died, of the run of a moment or of whichever there is; the sums are not
    read. Never those of other code: added to ours, they would make a run of neither."""
    is_free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    of_run = Q() if until is None else Q(until=until)
    free = shards_of(version, filter_name).filter(is_free, of_run, code_version=code_version, sums__isnull=True)
    return free.defer("sums").order_by("number")


def shards_done(version: RubricVersion, filter_name: str, *, until: datetime) -> ShardsDone:
    """How far the run of a moment is; nothing of nothing once its parts are dropped."""
    counted = Count("id", filter=Q(sums__isnull=False))
    found = shards_of(version, filter_name).filter(until=until).aggregate(n_done=counted, n_all=Count("id"))
    return ShardsDone(**found)
