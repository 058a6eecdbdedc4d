"""The sample of each project's traffic, as this process read it last: what makes a moved threshold quick.

Kept for some minutes and for a few projects only. What is remembered are columns, no words; a project that is read in
no time is read anew each time.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from labeling.models import Project
from labeling.policy.confidence import MapsInUse
from labeling.policy.judge_life import Unheard
from labeling.queries.audited import AuditedItem, audited_items
from labeling.queries.chosen_maps import maps_in_use
from labeling.queries.judge_life import unheard_judges
from labeling.queries.review_speeds import ReviewSpeeds, review_speeds
from labeling.queries.traffic import StoredTraffic
from labeling.queries.traffic_sample import SEED, draw_items, rows_of

KEPT_FOR = timedelta(minutes=5)
MOST_PROJECTS = 4
# So few are read in a tenth of a second.
READ_ANEW = 1_000
# The newest labels, a quarter of them sealed and so not read.
MOST_LABELLED = 5_000


@dataclass(frozen=True)
class ReadTraffic:
    """A project's sample and its labelled items, with when they were read.

    n_items : how many items the sample was drawn from
    audited : the labelled items, in the order of `labelled`
    """

    read_at: datetime
    n_items: int
    seed: int
    sample: StoredTraffic
    labelled: StoredTraffic
    audited: Sequence[AuditedItem]
    speeds: ReviewSpeeds

    @property
    def is_all(self) -> bool:
        return len(self.sample) == self.n_items


@dataclass(frozen=True)
class Remembered:
    under: tuple[Unheard, MapsInUse]
    traffic: ReadTraffic


REMEMBERED: OrderedDict[int, Remembered] = OrderedDict()
LOOKING, READING = Lock(), Lock()


def read_traffic(project: Project, *, now: datetime) -> ReadTraffic:
    """The project's traffic as it was read within the last minutes, under the judges and maps that count now."""
    under = (unheard_judges(project, now=now), maps_in_use(project))
    if found := remembered(project.pk, under, now=now):
        return found
    # One at a time: whoever drags a slider asks again before the first answer is there.
    with READING:
        if found := remembered(project.pk, under, now=now):
            return found
        traffic = read_anew(project, *under, now=now)
    if len(traffic.sample) > READ_ANEW or len(traffic.labelled) > READ_ANEW:
        with LOOKING:
            REMEMBERED[project.pk] = Remembered(under, traffic)
            REMEMBERED.move_to_end(project.pk)
            while len(REMEMBERED) > MOST_PROJECTS:
                REMEMBERED.popitem(last=False)
    return traffic


def remembered(project_id: int, under: tuple[Unheard, MapsInUse], *, now: datetime) -> ReadTraffic | None:
    with LOOKING:
        found = REMEMBERED.get(project_id)
    is_good = found is not None and found.under == under and abs(now - found.traffic.read_at) < KEPT_FOR
    return found.traffic if found is not None and is_good else None


def read_anew(project: Project, unheard: Unheard, maps: MapsInUse, *, now: datetime) -> ReadTraffic:
    rows, n_items = draw_items(project)
    audited = {one.item_id: one for one in audited_items(project, until=now, most=MOST_LABELLED)}
    labelled = StoredTraffic(project, rows_of(project, list(audited)), unheard=unheard, maps=maps)
    return ReadTraffic(
        read_at=now,
        n_items=n_items,
        seed=SEED,
        sample=StoredTraffic(project, rows, unheard=unheard, maps=maps),
        labelled=labelled,
        audited=[audited[item_id] for item_id in labelled.ids],
        speeds=review_speeds(project, now=now),
    )


def forget_traffic() -> None:
    with LOOKING:
        REMEMBERED.clear()
