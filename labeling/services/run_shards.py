"""An agreement run of many items, counted in parts by as many workers as there are: the same run, sooner.

The parts are rows, and the job that was asked for is what a chord would call back: it counts like the others, waits
for what others are at, adds all sums and makes the run. Nothing of it is known to the broker alone.
"""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F

from labeling.models import AgreementRun, RubricVersion, RunShard
from labeling.policy.jobs import HELP_TASK, StopAsked, Tell
from labeling.queries.item_ranges import ItemRange
from labeling.queries.jobs import under_way, waits_for_a_place, was_asked_since
from labeling.queries.ratings import RatingFilter
from labeling.queries.run_shards import shards_done, shards_of, shards_to_claim, shards_to_go_on_with
from labeling.services.connections import leave_broken_connection
from labeling.services.jobs import add_job

if TYPE_CHECKING:
    from labeling.services.agreement_sums import Counting

# A part takes some seconds; who is slower than this is taken for dead, and the part is counted twice.
SHARD_LEASE_SECONDS = 60
# One who met a process that counts already has ended, and is asked again after this.
HELP_SECONDS = 60
# Threads of one process get in each other's way: one of them counts at a time.
COUNTS = threading.Lock()


@transaction.atomic
def begin_shards(
    version: RubricVersion,
    chosen: RatingFilter,
    ranges: list[ItemRange],
    *,
    code_version: str,
    asked_at: datetime,
    now: datetime,
) -> datetime:
    """Write the parts of a run and the jobs of who helps; returns up to when labels count. Parts that were begun since
    the run was asked for are gone on with.

    Locks nothing: of two at once the unique constraint lets one write, and the other raises `IntegrityError`.
    """
    begun = shards_to_go_on_with(version, chosen.name, code_version=code_version, asked_at=asked_at, now=now).first()
    if begun is not None:
        return begun.until
    shards_of(version, chosen.name).delete()
    RunShard.objects.bulk_create(
        RunShard(
            rubric_version=version,
            filter_name=chosen.name,
            code_version=code_version,
            until=now,
            number=number,
            first_item=one.first,
            beyond_item=one.beyond,
        )
        for number, one in enumerate(ranges)
    )
    ask_for_help(version, chosen.name, n_parts=len(ranges) - 1, now=now)
    return now


def claim_shard(
    version: RubricVersion, filter_name: str, *, code_version: str, until: datetime | None = None, now: datetime
) -> RunShard | None:
    """Take the next part that nobody is at, or whose worker died, by compare-and-set; the loser takes another one.
    With `until`, of the run of that moment only."""
    for shard in shards_to_claim(version, filter_name, code_version=code_version, until=until, now=now):
        held = RunShard.objects.filter(pk=shard.pk, n_attempts=shard.n_attempts, sums__isnull=True)
        lease_until = now + timedelta(seconds=SHARD_LEASE_SECONDS)
        if held.update(lease_until=lease_until, n_attempts=F("n_attempts") + 1):
            return shard
    return None


def finish_shard(shard_id: int, packed: bytes) -> bool:
    """Keep what was found, unless another found it before or the parts were dropped. One compare-and-set: counted
    twice, a part is there once."""
    return RunShard.objects.filter(pk=shard_id, sums__isnull=True).update(sums=packed, lease_until=None) == 1


def give_back_shard(shard_id: int) -> None:
    """Let the next one take it at once. Safe to repeat."""
    RunShard.objects.filter(pk=shard_id, sums__isnull=True).update(lease_until=None)


def drop_shards(version: RubricVersion, filter_name: str, *, until: datetime) -> None:
    """Safe to repeat."""
    shards_of(version, filter_name).filter(until=until).delete()


# --- counting, outside any transaction --------------------------------------------------------------------------------


def count_shard(shard: RunShard, counting: "Counting") -> None:
    from labeling.services.agreement_packing import pack
    from labeling.services.agreement_sums import count_items

    try:
        finish_shard(shard.pk, pack(count_items(counting, ItemRange(shard.first_item, shard.beyond_item))))
    except BaseException:
        leave_broken_connection()  # it would keep the part from being given back, and hide what broke
        give_back_shard(shard.pk)
        raise


def help_counting(
    version: RubricVersion,
    filter_name: str,
    *,
    counting_until: Callable[[datetime], "Counting"],
    code_version: str,
    clock: Callable[[], datetime],
    tell: Tell,
) -> int:
    """Count parts until none is left that nobody is at, or until another job waits for this one's place; returns how
    many. Where this process counts already, it ends: another job asks another process."""
    n_counted = 0
    while not waits_for_a_place(HELP_TASK, now=clock()) and COUNTS.acquire(blocking=False):
        try:
            shard = claim_shard(version, filter_name, code_version=code_version, now=clock())
            if shard is None:
                break
            count_shard(shard, counting_until(shard.until))
        finally:
            COUNTS.release()
        n_counted += 1
        tell(n_counted, None)
    return n_counted


def count_all_shards(
    version: RubricVersion,
    chosen: RatingFilter,
    counting: "Counting",
    *,
    code_version: str,
    clock: Callable[[], datetime],
    tell: Tell,
    wait: Callable[[], None],
) -> bool:
    """Count parts, and wait for those that others are at, until all of them are done. False when they were dropped
    meanwhile: another one made the run of them, was asked to stop or began anew."""
    while True:
        with COUNTS:
            shard = claim_shard(version, chosen.name, code_version=code_version, until=counting.until, now=clock())
            if shard is not None:
                count_shard(shard, counting)
        done = shards_done(version, chosen.name, until=counting.until)
        if not done.n_all:
            return False
        tell(done.n_done, done.n_all)
        if done.n_done == done.n_all:
            return True
        if shard is None:
            wait()
        else:
            ask_for_help(version, chosen.name, n_parts=done.n_all - done.n_done - 1, now=clock())


def ask_for_help(version: RubricVersion, filter_name: str, *, n_parts: int, now: datetime) -> None:
    """Jobs of who helps with so many parts, one for each place beside the run's own, and no more of them for a while.

    None where there is no other process to take them, nor while another job waits for a place and is first to have it.
    """
    arguments, since = [version.pk, filter_name], now - timedelta(seconds=HELP_SECONDS)
    if not settings.REDIS_URL or waits_for_a_place(HELP_TASK, now=now):
        return
    if was_asked_since(HELP_TASK, arguments, since=since):
        return
    n_wanted = min(n_parts, settings.LONG_JOBS_AT_ONCE - 1)
    for _ in range(n_wanted - under_way(HELP_TASK, arguments).count()):
        add_job(HELP_TASK, *arguments, project=version.rubric.project, now=now)


def make_run_of_shards(
    version: RubricVersion,
    chosen: RatingFilter,
    ranges: list[ItemRange],
    *,
    counting_until: Callable[[datetime], "Counting"],
    make_run: Callable[..., AgreementRun],
    code_version: str,
    asked_at: datetime,
    clock: Callable[[], datetime],
    tell: Tell,
    wait: Callable[[], None],
) -> AgreementRun | None:
    """Count in parts and make the run of their sums. Safe to repeat: an attempt that goes on after another's end finds
    the parts that are done, and after the run was saved the run itself. None where another one ended it. Asked to stop
    before the run is saved, leaves no parts.

    `make_run` is given the sums, what was counted and a `tell` of its own, whose steps are told behind those of parts.
    """
    from labeling.services.agreement_packing import unpack
    from labeling.services.agreement_sums import add_sums

    begin = partial(begin_shards, version, chosen, ranges, code_version=code_version, asked_at=asked_at)
    try:
        until = begin(now=clock())
    except IntegrityError:  # another one begins it at this moment
        until = begin(now=clock())
    counting = counting_until(until)
    try:
        told = tell_behind(tell, n_more=len(counting.asked))
        if not count_all_shards(
            version, chosen, counting, code_version=code_version, clock=clock, tell=told, wait=wait
        ):
            return None
        shards = shards_of(version, chosen.name).filter(until=until).order_by("number")
        parts = [unpack(bytes(packed)) for packed in shards.values_list("sums", flat=True).iterator(1)]
        if not parts:
            return None
        run = make_run(add_sums(parts, counting.asked), counting, tell=tell_after(tell, n_before=len(parts)))
    except StopAsked:
        drop_shards(version, chosen.name, until=until)
        raise
    drop_shards(version, chosen.name, until=until)
    return run


def tell_behind(tell: Tell, *, n_more: int) -> Tell:
    """Progress of what comes first, with so many steps to follow."""
    return lambda n_done, n_all: tell(n_done, n_all + n_more if n_all is not None else None)


def tell_after(tell: Tell, *, n_before: int) -> Tell:
    """Progress of what comes after so many steps."""
    return lambda n_done, n_all: tell(n_before + n_done, n_before + n_all if n_all is not None else None)
