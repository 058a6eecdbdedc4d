"""The pictures of one reviewer, week by week: known answers, approvals beside the others', time, and how much."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import chain

from django.utils import timezone

from labeling.policy.findings import Interval, Measure, read_change
from labeling.policy.instruments import LEAST_KNOWN, N_RECENT_KNOWN, percent
from labeling.queries.agreement import ShownEstimate
from labeling.queries.chart_marks import Spec, bars, names_axis, points_with_intervals, share_axis
from labeling.queries.charts import N_WEEKS_COMPARED, Chart
from labeling.queries.known_answers import KnownAnswer
from labeling.queries.rating_columns import week_of
from labeling.queries.reviewer_numbers import ShownMinutes, ShownShare, shown_share
from labeling.queries.reviewer_reviews import LIVE, GivenReview
from labeling.queries.reviewer_signs import is_approval
from labeling.stats.averages import estimate_median
from labeling.stats.differences import difference_of_shares
from labeling.stats.intervals import wilson_share
from labeling.stats.results import N_FEW_UNITS

# Fewer known answers than this make no point of the sliding share.
LEAST_SLIDING = 10
N_DAYS = 14
THREAD: Spec = {"type": "line", "style": "thread", "invalid": "break-paths-show-path-domains"}
HEIGHT = 235


def accuracy_chart(answers: Sequence[KnownAnswer], required: float | None) -> Chart | None:
    """At each week's end, how many of the newest known answers were right; None before two weeks have a share."""
    weeks = sliding_accuracy(answers)
    if sum(one.value is not None for _, one in weeks) < 2:
        return None
    marked = [] if required is None else [(required, percent(required), "required", "above")]
    return Chart(
        key="accuracy",
        finding=accuracy_in_words([one for _, one in weeks if one.n >= LEAST_KNOWN]),
        note=f"At the end of each week, how many of the newest {N_RECENT_KNOWN} known answers until then were right, "
        "with the 95 % interval; under the frame, of how many. Neighbouring points share answers, so they move slowly.",
        spec=weekly_spec(weeks, "accuracy", marked=marked),
        columns=("Week from Monday", f"Right of the newest {N_RECENT_KNOWN}, 95 % interval", "Known answers"),
        rows=[(f"{week:%Y-%m-%d}", in_cell(one), str(one.n)) for week, one in weeks],
    )


def accuracy_in_words(firm: Sequence[ShownShare]) -> str:
    """The first share beside the last, of those that rest on enough to say anything."""
    if len(firm) < 2:
        return f"Too few known answers to say whether the share right changed: it takes {LEAST_KNOWN} and some more."
    return f"{change('The share right', firm[0], firm[-1])}: {told(firm[0])} at first, {told(firm[-1])} now."


def sliding_accuracy(answers: Sequence[KnownAnswer]) -> list[tuple[date, ShownShare]]:
    days = [week_of(timezone.localdate(one.submitted_at)) for one in answers]
    found = []
    for week in every_week(days):
        newest = [one for one, day in zip(answers, days, strict=True) if day <= week][-N_RECENT_KNOWN:]
        found.append((week, share_of([one.is_right for one in newest], least=LEAST_SLIDING)))
    return found


def approvals_chart(own: Sequence[GivenReview], everybody: Sequence[GivenReview], reviewer_id: int) -> Chart | None:
    """The share approved each week beside that of the others; None without verdicts in two weeks."""
    mine = approvals_by_week([one for one in own if one.purpose == LIVE and one.verdict])
    others = approvals_by_week(
        [one for one in everybody if one.purpose == LIVE and one.verdict and one.reviewer_id != reviewer_id]
    )
    weeks = every_week([*mine, *others])
    if len(mine) < 2:
        return None
    rows = [(week, share_of(mine.get(week, [])), share_of(others.get(week, []))) for week in weeks]
    lately = weeks[-N_WEEKS_COMPARED:]
    mine_lately, others_lately = ([one for week in lately for one in found.get(week, [])] for found in (mine, others))
    return Chart(
        key="approvals",
        finding=beside_others(mine_lately, others_lately),
        note="The share of live verdicts that approve, with its 95 % interval; the line is that of everybody else in "
        "the queue. Items are handed out at random within it, so the two should differ by chance alone. "
        f"Hollow: fewer than {N_FEW_UNITS} verdicts.",
        spec=weekly_spec([(week, one) for week, one, _ in rows], "approvals", beside=[one for *_, one in rows]),
        columns=(
            "Week from Monday",
            "Approved, 95 % interval",
            "Verdicts",
            "Others approved, 95 % interval",
            "Verdicts",
        ),
        rows=[
            (f"{week:%Y-%m-%d}", in_cell(one), str(one.n), in_cell(other), str(other.n)) for week, one, other in rows
        ],
    )


def beside_others(mine: Sequence[bool], others: Sequence[bool]) -> str:
    """What the last weeks say of somebody's approvals, by the interval of the difference."""
    apart = difference_of_shares(sum(mine), len(mine), sum(others), len(others))
    if apart.low is None or apart.high is None:
        return f"Nothing to compare in the last {N_WEEKS_COMPARED} weeks."
    words = "No difference from the others that these numbers could show"
    if apart.low > 0 or apart.high < 0:
        words = f"Approves {'more' if apart.low > 0 else 'less'} than the others"
    return f"{words}: {told(share_of(mine))} in the last {N_WEEKS_COMPARED} weeks, {told(share_of(others))} by them."


def approvals_by_week(verdicts: Sequence[GivenReview]) -> dict[date, list[bool]]:
    weeks: dict[date, list[bool]] = {}
    for one in verdicts:
        weeks.setdefault(one.week, []).append(is_approval(one))
    return weeks


def time_chart(reviews: Sequence[GivenReview]) -> Chart | None:
    """The median active time of each week; None before two weeks have one."""
    by_week: dict[date, list[float]] = {}
    for one in reviews:
        if one.active_ms > 0:
            by_week.setdefault(one.week, []).append(one.active_ms / 60_000)
    weeks = [(week, minutes_of(by_week.get(week, []))) for week in every_week(by_week)]
    points = [one for _, one in weeks if one.value is not None]
    if len(points) < 2:
        return None
    most = max(one.high or one.value or 0 for one in points)
    n_compared = min(N_WEEKS_COMPARED, len(by_week) // 2)
    in_order = [values for _, values in sorted(by_week.items())]
    first, last = (minutes_of(list(chain(*part))) for part in (in_order[:n_compared], in_order[-n_compared:]))
    span = "week" if n_compared == 1 else f"{n_compared} weeks"
    return Chart(
        key="time",
        finding=f"{change('Time on an item', first, last)}: {told(first, 'min')} in the first {span}, "
        f"{told(last, 'min')} in the last.",
        note="The median active time of each week in minutes, with its 95 % interval. "
        f"Hollow: fewer than {N_FEW_UNITS} reviews.",
        spec=weekly_spec(weeks, "minutes", most=most),
        columns=("Week from Monday", "Median minutes, 95 % interval", "Reviews"),
        rows=[(f"{week:%Y-%m-%d}", in_cell(one), str(one.n)) for week, one in weeks],
    )


def load_by_day(reviews: Sequence[GivenReview], *, until: date, n_days: int = N_DAYS) -> list[tuple[date, int]]:
    """How many reviews on each of the last days on which there was one, the newest first."""
    counts: dict[date, int] = {}
    for one in reviews:
        if one.day > until - timedelta(days=n_days):
            counts[one.day] = counts.get(one.day, 0) + 1
    return sorted(counts.items(), reverse=True)


# --- weeks ------------------------------------------------------------------------------------------------------------


def every_week(weeks: Sequence[date] | Mapping[date, object]) -> list[date]:
    """Every week from the first to the last: one without anything is a gap in the picture, not a step less."""
    found = set(weeks)
    n_weeks = (max(found) - min(found)).days // 7 + 1 if found else 0
    return [min(found) + timedelta(weeks=number) for number in range(n_weeks)]


def share_of(truths: Sequence[bool], *, least: int = 1) -> ShownShare:
    if len(truths) < least:
        why = "none in this week" if least == 1 else f"fewer than {least}"
        return ShownShare(None, None, None, len(truths), why, ())
    return shown_share(wilson_share(sum(truths), len(truths)))


def minutes_of(values: Sequence[float]) -> ShownMinutes:
    return ShownMinutes(**estimate_median(values).as_document())


def weekly_spec(
    weeks: Sequence[tuple[date, ShownEstimate]],
    field: str,
    *,
    marked: Sequence[tuple[float, str, str, str]] = (),
    beside: Sequence[ShownEstimate] = (),
    most: float = 1.0,
) -> Spec:
    values = [
        {
            "week": week_name(week, one, is_first=number == 0),
            field: one.value,
            "low": one.low,
            "high": one.high,
            "thin": one.n < N_FEW_UNITS,
            "beside": beside[number].value if beside else None,
        }
        for number, (week, one) in enumerate(weeks)
    ]
    x: Spec = {"field": "week", "type": "ordinal", "sort": None, "axis": None}
    y = share_axis(field, grid=True)
    if most != 1.0:
        y = {**y, "scale": {"domain": [0, most], "nice": True}, "axis": {"title": None, "grid": True, "tickCount": 4}}
    line = {**y, "field": "beside" if beside else field}
    return {
        "height": HEIGHT,
        "data": {"values": values},
        "resolve": {"axis": {"x": "independent"}},
        "layer": [
            *bars(marked),
            {"mark": THREAD, "encoding": {"x": {**x, "axis": names_axis("[1]")}, "y": line}},
            {"mark": {"type": "point", "opacity": 0}, "encoding": {"x": {**x, "axis": names_axis("[2]", below=True)}}},
            *points_with_intervals(x, y),
        ],
    }


def week_name(week: date, one: ShownEstimate, *, is_first: bool) -> str:
    """The name of a week on the axis: its date in full, so that no two share one, its n, and what a reader sees."""
    year = f" {week.year}" if is_first or week.timetuple().tm_yday <= 7 else ""
    return f"{week.isoformat()}|{one.n}|{week.day} {week:%b}{year}"


# --- words ------------------------------------------------------------------------------------------------------------


def change(name: str, before: ShownEstimate, after: ShownEstimate) -> str:
    return read_change(name, before=measure(before), after=measure(after))


def measure(one: ShownEstimate) -> Measure:
    value = one.value or 0.0
    if one.low is None or one.high is None:  # without an interval nothing is excluded
        return Measure(value, Interval(-1e9, 1e9))
    return Measure(value, Interval(one.low, one.high))


def told(one: ShownEstimate, unit: str = "") -> str:
    if one.value is None:
        return "none"
    return f"{one.shown_value}{f' {unit}' if unit else ''} ({one.shown_interval}; {one.n})"


def in_cell(one: ShownEstimate) -> str:
    return one.undefined or "" if one.value is None else f"{one.shown_value} ({one.shown_interval})"
