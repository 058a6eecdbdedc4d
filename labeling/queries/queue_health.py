"""How well each queue keeps up, for owners and admins: ages, inflow and outflow, on-time share, work ahead.

Gold is left out: it stands ready for ever. Days begin at midnight of the installation's zone. No day is truncated in
the database: on SQLite that is a call into Python for every row.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.db.models import Case, Count, Exists, F, Min, OuterRef, Q, QuerySet, Sum, Value, When, Window
from django.db.models.functions import RowNumber

from labeling.models import EntryPurpose, Item, Project, Queue, QueueEntry, Review
from labeling.queries.days import last_midnight
from labeling.queries.queue_forecast import forecast_of, lines_of
from labeling.queries.queue_loads import QueueLoad
from labeling.stats.averages import estimate_mean, estimate_median
from labeling.stats.intervals import wilson_share
from labeling.stats.results import Estimate, undefined_because

N_DAYS = 14
PACE_DAYS = 7
ON_TIME_DAYS = (7, 28)
# The newest are enough to say how long a review takes.
MOST_TIMED = 20_000


@dataclass(frozen=True, slots=True)
class Day:
    """One day of one queue: turns that came in with their items, and counted reviews."""

    day: date
    n_in: int
    n_out: int


@dataclass(frozen=True, slots=True)
class QueueHealth:
    """One queue at one moment. Ages are of items, work is of turns: an item of two reviewers is two turns."""

    n_waiting: int
    n_by_stakes: Sequence[tuple[str, int]]
    median_since: datetime | None
    oldest_since: datetime | None
    days: Sequence[Day]
    on_time: Sequence[tuple[int, Estimate]]
    minutes: Estimate
    pace: Estimate
    hours_waiting: Estimate
    days_ahead: Estimate
    late_ahead: Estimate

    @property
    def n_in_a_day(self) -> float:
        """What came in over the last seven whole days, a day."""
        return sum(day.n_in for day in self.days[-PACE_DAYS - 1 : -1]) / PACE_DAYS

    @property
    def is_growing(self) -> bool:
        return self.pace.value is not None and self.n_in_a_day > self.pace.value

    @property
    def most_turns(self) -> int:
        return max(max(day.n_in, day.n_out) for day in self.days)

    @property
    def bars(self) -> list["DayBars"]:
        return [day_bars(number, day, most=self.most_turns) for number, day in enumerate(self.days)]


@dataclass(frozen=True, slots=True)
class DayBars:
    """Where the two bars of a day stand in the chart, in its own units; y grows downward."""

    day: Day
    x: int
    in_y: int
    in_height: int
    out_y: int
    out_height: int


DAY_WIDTH, CHART_TOP, CHART_HEIGHT = 40, 16, 90


def day_bars(number: int, day: Day, *, most: int) -> DayBars:
    heights = [round(CHART_HEIGHT * n / most) if most else 0 for n in (day.n_in, day.n_out)]
    # One turn in a thousand is still a turn.
    in_height, out_height = (
        max(height, 1 if n else 0) for height, n in zip(heights, (day.n_in, day.n_out), strict=True)
    )
    bottom = CHART_TOP + CHART_HEIGHT
    return DayBars(day, DAY_WIDTH * (number + 1), bottom - in_height, in_height, bottom - out_height, out_height)


def queue_health(project: Project, loads: Sequence[QueueLoad], *, now: datetime) -> dict[int, QueueHealth]:
    """The health of every queue whose load is given, by its id. Eight queries, however many queues and items."""
    stakes, oldest = waiting_by_stakes(project)
    medians = median_arrivals(project)
    turns_in, turns_out = inflow(project, now=now), outflow(project, now=now)
    paces, lines = pace_counts(project, now=now), lines_of(project)
    on_time = on_time_counts(project, now=now)
    timed = active_minutes(project, since=now - timedelta(days=PACE_DAYS))
    found = {}
    for load in loads:
        key = load.queue.pk
        pace = pace_of(load.queue, paces.get(key, {}), now=now)
        mean_minutes = estimate_mean(timed.get(key, ()))
        n_turns = load.numbers.live.n_waiting + load.numbers.live.n_held
        found[key] = QueueHealth(
            n_waiting=sum(stakes.get(key, {}).values()),
            n_by_stakes=[(str(one.label), stakes.get(key, {}).get(one.value, 0)) for one in Item.Stakes],
            median_since=medians.get(key),
            oldest_since=oldest.get(key),
            days=days_of(turns_in.get(key, {}), turns_out.get(key, {}), now=now),
            on_time=[(days, on_time_share(on_time.get(key, {}), days)) for days in ON_TIME_DAYS],
            minutes=estimate_median(timed.get(key, ())),
            pace=pace,
            hours_waiting=hours_of(n_turns, mean_minutes),
            days_ahead=days_until_done(n_turns, pace),
            late_ahead=forecast_of(lines.get(key, ()), pace, now=now),
        )
    return found


# --- what waits ---------------------------------------------------------------------------------------------------


def unfinished(project: Project) -> QuerySet[QueueEntry]:
    """Live entries with a turn to do: `settle_at` stands while all turns are done and the grace runs."""
    return live_entries(project).filter(state=QueueEntry.State.WAITING, settle_at__isnull=True)


def live_entries(project: Project) -> QuerySet[QueueEntry]:
    # The others are a short list to leave out; the purpose of each live entry would be a look-up for each of them.
    others = EntryPurpose.objects.exclude(purpose=EntryPurpose.Purpose.LIVE).filter(entry__queue__project=project)
    others = others.values("entry")
    return QueueEntry.objects.filter(queue__in=project.queues.all()).exclude(pk__in=others).order_by()


def waiting_by_stakes(project: Project) -> tuple[dict[int, dict[str, int]], dict[int, datetime]]:
    counts: dict[int, dict[str, int]] = {}
    oldest: dict[int, datetime] = {}
    rows = unfinished(project).values_list("queue", "item__stakes").annotate(n=Count("id"), at=Min("created_at"))
    for queue_id, stakes, n_items, at in rows:
        counts.setdefault(queue_id, {})[stakes] = n_items
        oldest[queue_id] = min(at, oldest.get(queue_id, at))
    return counts, oldest


def median_arrivals(project: Project) -> dict[int, datetime]:
    """When the middle one of what waits came in. Of an even number it is half-way between the two in the middle."""
    ranked = unfinished(project).annotate(
        rank=Window(RowNumber(), partition_by="queue", order_by="created_at"),
        n_in_queue=Window(Count("id"), partition_by="queue"),
        twice=F("rank") * 2,
    )
    middle: dict[int, list[datetime]] = {}
    for queue_id, at in ranked.filter(twice__gte=F("n_in_queue"), twice__lte=F("n_in_queue") + 2).values_list(
        "queue", "created_at"
    ):
        middle.setdefault(queue_id, []).append(at)
    return {queue_id: min(ats) + (max(ats) - min(ats)) / 2 for queue_id, ats in middle.items()}


# --- what comes and goes ------------------------------------------------------------------------------------------


def midnights(now: datetime) -> list[datetime]:
    """When each day of the chart began, the oldest first; the last one is today."""
    today = last_midnight(now)
    # Half a day on and back to midnight: a day of summer time has 23 hours, or 25.
    return [last_midnight(today - timedelta(days=back) + timedelta(hours=12)) for back in range(N_DAYS - 1, -1, -1)]


def span_of(field: str, starts: Sequence[datetime]) -> Case:
    """The number of the span that a time falls into: the last that began by then. One walk, not a count a span."""
    before = [When(**{f"{field}__lt": start}, then=Value(number)) for number, start in enumerate(starts[1:])]
    return Case(*before, default=Value(len(starts) - 1))


def inflow(project: Project, *, now: datetime) -> dict[int, dict[int, int]]:
    starts = midnights(now)
    entries = live_entries(project).filter(created_at__gte=starts[0])
    rows = entries.values_list("queue", span_of("created_at", starts)).annotate(n=Sum("n_slots"))
    return by_span(rows)


def outflow(project: Project, *, now: datetime) -> dict[int, dict[int, int]]:
    starts = midnights(now)
    reviews = counted_reviews(project, since=starts[0]).order_by()
    return by_span(reviews.values_list("entry__queue", span_of("submitted_at", starts)).annotate(n=Count("id")))


def pace_counts(project: Project, *, now: datetime) -> dict[int, dict[int, int]]:
    """Counted reviews of the last times 24 hours, the newest last: a day that has just begun is no slow day."""
    starts = [now - timedelta(days=back) for back in range(PACE_DAYS, 0, -1)]
    reviews = counted_reviews(project, since=starts[0]).order_by()
    return by_span(reviews.values_list("entry__queue", span_of("submitted_at", starts)).annotate(n=Count("id")))


def by_span(rows: Iterable[tuple[int, int, int]]) -> dict[int, dict[int, int]]:
    counts: dict[int, dict[int, int]] = {}
    for queue_id, number, n in rows:
        counts.setdefault(queue_id, {})[number] = n
    return counts


def counted_reviews(project: Project, *, since: datetime) -> QuerySet[Review]:
    # By reviewer: their reviews by time are an index, all reviews by time are none.
    return Review.objects.filter(
        reviewer__in=project.raters.filter(user__isnull=False),
        submitted_at__gte=since,
        slot__isnull=False,
        withdrawal__isnull=True,
        entry__purpose__purpose=EntryPurpose.Purpose.LIVE,
    )


def days_of(turns_in: Mapping[int, int], turns_out: Mapping[int, int], *, now: datetime) -> list[Day]:
    return [
        Day(start.date(), turns_in.get(number, 0), turns_out.get(number, 0))
        for number, start in enumerate(midnights(now))
    ]


def active_minutes(project: Project, *, since: datetime) -> dict[int, list[float]]:
    timed: dict[int, list[float]] = {}
    reviews = counted_reviews(project, since=since).filter(active_ms__gt=0).order_by("-submitted_at")
    for queue_id, active_ms in reviews.values_list("entry__queue", "active_ms")[:MOST_TIMED]:
        timed.setdefault(queue_id, []).append(active_ms / 60_000)
    return timed


# --- on time, and what lies ahead -----------------------------------------------------------------------------------


def on_time_counts(project: Project, *, now: datetime) -> dict[int, dict[tuple[int, bool], int]]:
    """Of the items that fell due lately, how many had all their reviews by then.

    Those still waiting are in it: a share of what was finished would rise while the worst is left lying.
    """
    late = Review.objects.filter(
        entry=OuterRef("pk"), slot__isnull=False, withdrawal__isnull=True, submitted_at__gt=OuterRef("due_at")
    )
    is_finished = ~Q(state=QueueEntry.State.WAITING) | Q(settle_at__isnull=False)
    due = live_entries(project).filter(due_at__gt=now - timedelta(days=max(ON_TIME_DAYS)), due_at__lte=now)
    rows = due.values_list(
        "queue",
        span_of("due_at", [now - timedelta(days=days) for days in sorted(ON_TIME_DAYS, reverse=True)]),
        Case(When(is_finished & ~Exists(late), then=Value(1)), default=Value(0)),
    )
    counts: dict[int, dict[tuple[int, bool], int]] = {}
    for queue_id, span, was_on_time, n_items in rows.annotate(n=Count("id")):
        counts.setdefault(queue_id, {})[span, bool(was_on_time)] = n_items
    return counts


def on_time_share(counts: Mapping[tuple[int, bool], int], days: int) -> Estimate:
    """Spans are numbered from the oldest; a longer one holds the shorter ones."""
    first = sorted(ON_TIME_DAYS, reverse=True).index(days)
    n_items = sum(n for (span, _), n in counts.items() if span >= first)
    if not n_items:
        return undefined_because(f"nothing fell due in the last {days} days", n=0)
    return wilson_share(sum(n for (span, was_on_time), n in counts.items() if was_on_time and span >= first), n_items)


def pace_of(queue: Queue, counts: Mapping[int, int], *, now: datetime) -> Estimate:
    """Counted reviews a day over the last seven times 24 hours, or as many of them as the queue is old."""
    age_days = max(1, min(PACE_DAYS, (now - queue.created_at).days))
    return estimate_mean([counts.get(number, 0) for number in range(PACE_DAYS - age_days, PACE_DAYS)])


def hours_of(n_turns: int, minutes: Estimate) -> Estimate:
    """Hours that the waiting turns take, by the mean time of a review: a median would leave the long ones out."""
    if minutes.value is None:
        return undefined_because(f"nobody’s time on a review here was measured in the last {PACE_DAYS} days", n=0)
    return scaled(minutes, n_turns / 60)


def scaled(estimate: Estimate, factor: float) -> Estimate:
    if estimate.value is None or not factor:
        return replace(estimate, value=0.0, low=None, high=None, undefined=None)
    low = None if estimate.low is None else max(0.0, estimate.low) * factor
    return replace(
        estimate,
        value=estimate.value * factor,
        low=low,
        high=None if estimate.high is None else estimate.high * factor,
    )


def days_until_done(n_turns: int, pace: Estimate) -> Estimate:
    """Days until the waiting turns are done at this pace, if nothing else came in.

    The slow end of the pace may be no review at all; then there is no interval, and the page says *or much longer*.
    """
    if not pace.value:
        span = "day" if pace.n == 1 else f"{pace.n} days"
        return undefined_because(f"nobody reviewed here in the last {span}", n=pace.n)
    if pace.low is None or pace.high is None or pace.low <= 0:
        return Estimate(n_turns / pace.value, n=pace.n, flags=("or much longer: the pace varies too much to say",))
    return Estimate(n_turns / pace.value, n_turns / pace.high, n_turns / pace.low, n=pace.n)
