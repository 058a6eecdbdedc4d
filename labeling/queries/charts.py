"""The pictures of the reports, as plain Vega-Lite dicts: what is drawn and its words; how it looks is `charts.js`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from labeling.models import JudgeVersion
from labeling.policy.agreement import TENTATIVE_ALPHA, TRUSTED_ALPHA
from labeling.policy.findings import Bin, Interval, Measure, read_change, read_reliability
from labeling.policy.judging import BROKEN_KAPPA, MAY_GATE_KAPPA
from labeling.queries.agreement import ShownEstimate, two_decimals
from labeling.queries.agreement_report import ShownQuestion, ShownWeek
from labeling.queries.chart_marks import Spec, bars, names_axis, points_with_intervals, share_axis
from labeling.queries.judge_numbers import ShownBin, ShownCriterion
from labeling.stats.results import N_FEW_UNITS, Estimate
from labeling.stats.trends import mean_of_parts

# How many weeks at either end a trend compares.
N_WEEKS_COMPARED = 4
NUMBER_WORDS = {2: "two", 3: "three", 4: "four"}


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture, the sentence that it shows, and the table behind it; the first cell of a row names the row."""

    key: str
    finding: str
    note: str
    spec: Spec
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    caption: str = ""
    shape: str = "wide"


# --- agreement by week --------------------------------------------------------------------------------------------


def trend_chart(question: ShownQuestion) -> Chart | None:
    """Alpha of each week; None before there are two weeks, which is no trend."""
    weeks = with_empty_weeks(question.weeks)
    if len(weeks) < 2:
        return None
    return Chart(
        key=f"trend-{question.key}",
        finding=trend_in_words(question.weeks),
        note="Krippendorff’s alpha of each week with its 95 % interval, and n, its items labelled by two or more. "
        f"Hollow: fewer than {N_FEW_UNITS} items, too few to count above. No point: nothing to compute alpha from."
        + (" A point without a bar has no interval." if any(is_bare(one.alpha) for one in weeks) else ""),
        spec=trend_spec(weeks),
        columns=("Week from Monday", "Alpha, 95 % interval", "Items labelled by two or more"),
        rows=[(f"{one.week:%Y-%m-%d}", in_words(one.alpha), str(one.alpha.n)) for one in weeks],
        caption="An item belongs to the week, in UTC, of its first label that counts.",
    )


def with_empty_weeks(weeks: Sequence[ShownWeek]) -> list[ShownWeek]:
    """Every week from the first to the last: one without labels is a gap in the picture, not a step less."""
    found = {one.week: one for one in weeks}
    n_weeks = (max(found) - min(found)).days // 7 + 1 if found else 0
    every = [min(found) + timedelta(weeks=number) for number in range(n_weeks)]
    return [found.get(week) or ShownWeek(week, nothing("no item labelled by two or more")) for week in every]


def nothing(reason: str) -> ShownEstimate:
    return ShownEstimate(value=None, low=None, high=None, n=0, undefined=reason, flags=())


def trend_in_words(weeks: Sequence[ShownWeek]) -> str:
    """The first weeks beside the last, of those that have an interval worth comparing."""
    firm = [one.alpha for one in weeks if one.alpha.n >= N_FEW_UNITS and one.alpha.low is not None]
    n_compared = min(N_WEEKS_COMPARED, len(firm) // 2)
    if not n_compared:
        return (
            f"Too little to say whether alpha changed: {len(firm)} of {len(weeks)} weeks "
            f"{'has' if len(firm) == 1 else 'have'} an interval from {N_FEW_UNITS} items or more."
        )
    before, after = (mean_of_weeks(ends) for ends in (firm[:n_compared], firm[-n_compared:]))
    mean, first, last = ("", "week", "last")
    if n_compared > 1:
        word = NUMBER_WORDS[n_compared]
        mean, first, last = ("a mean of ", f"{word} weeks", f"last {word}")
    change = change_in_words("Alpha", before, after)
    return f"{change}: {mean}{with_n(before)} in the first {first}, {with_n(after)} in the {last}."


def mean_of_weeks(alphas: Sequence[ShownEstimate]) -> ShownEstimate:
    mean = mean_of_parts([Estimate(one.value, one.low, one.high, n=one.n) for one in alphas])
    return ShownEstimate(mean.value, mean.low, mean.high, mean.n, mean.undefined, mean.flags)


def trend_spec(weeks: Sequence[ShownWeek]) -> Spec:
    values = [
        {
            "week": week_name(one, is_first=number == 0),
            "alpha": one.alpha.value,
            "low": one.alpha.low,
            "high": one.alpha.high,
            "n": one.alpha.n,
            "thin": one.alpha.n < N_FEW_UNITS,
        }
        for number, one in enumerate(weeks)
    ]
    x = {"field": "week", "type": "ordinal", "sort": None, "axis": None}
    y = share_axis("alpha", lowest=lowest_of(weeks), grid=True)
    thread = {"type": "line", "style": "thread", "invalid": "break-paths-show-path-domains"}
    return {
        "height": 260,
        "data": {"values": values},
        "resolve": {"axis": {"x": "independent"}},  # two rows of names under one frame: counts, then dates
        "layer": [
            *bars([(TRUSTED_ALPHA, "0.80", "trusted", "above"), (TENTATIVE_ALPHA, "0.667", "tentative", "below")]),
            {"mark": thread, "encoding": {"x": {**x, "axis": names_axis("[1]")}, "y": y}},
            {
                "mark": {"type": "point", "opacity": 0},
                "encoding": {"x": {**x, "axis": names_axis("[2]", below=True)}},
            },
            *points_with_intervals(x, y),
            {
                "data": {"values": [{}]},
                "mark": {"type": "text", "style": "words", "align": "right", "baseline": "top"},
                "encoding": {"x": {"value": -13}, "y": {"value": {"expr": "height + 7"}}, "text": {"value": "n"}},
            },
        ],
    }


def week_name(one: ShownWeek, *, is_first: bool) -> str:
    """The name of a week on the axis: its date in full, so that no two share one, its n, and what a reader sees."""
    week = one.week
    year = f" {week.year}" if is_first or week.timetuple().tm_yday <= 7 else ""
    return f"{week.isoformat()}|{one.alpha.n}|{week.day} {week:%b}{year}"


def lowest_of(weeks: Sequence[ShownWeek]) -> float:
    """Where the axis begins: at 0, or at the tenth below the lowest end, since alpha may go down to -1."""
    ends = [end for one in weeks for end in (one.alpha.low, one.alpha.value) if end is not None]
    return max(-1.0, min(0.0, *(round(end * 10 - 0.5) / 10 for end in ends))) if ends else 0.0


# --- a judge's confidence -----------------------------------------------------------------------------------------


def reliability_chart(criterion: ShownCriterion) -> Chart | None:
    """How often a judge is right beside how sure it is; None without a bin that has labels."""
    bins = [one for one in criterion.bins if one.n]
    if not bins:
        return None
    told = [Bin(one.mean_confidence or 0.0, Interval(*ends_of(one.share))) for one in bins]
    return Chart(
        key=f"reliability-{criterion.key}",
        finding=f"{read_reliability(told)}.",
        note="Share of right labels at each confidence with its 95 % interval; above the frame, the labels in each "
        f"bin. On the dashed line the judge is right as often as it is sure. Hollow: fewer than {N_FEW_UNITS} items.",
        spec=reliability_spec(bins),
        columns=("Confidence", "Labels", "Items", "Mean confidence", "Share right, 95 % interval"),
        rows=[
            (
                f"over {one.low:.1f} to {one.high:.1f}",
                str(one.n),
                str(one.share.n),
                two_decimals(one.mean_confidence or 0.0),
                in_words(one.share),
            )
            for one in bins
        ],
        caption="Bins of equal width; the interval is Wilson’s and rests on items, since two labels of one item are "
        "not independent.",
        shape="square",
    )


def reliability_spec(bins: Sequence[ShownBin]) -> Spec:
    values = [
        {
            "confidence": one.mean_confidence,
            "middle": (one.low + one.high) / 2,
            "right": one.share.value,
            "low": one.share.low,
            "high": one.share.high,
            "n": one.n,
            "thin": one.share.n < N_FEW_UNITS,
        }
        for one in bins
    ]
    x = share_axis("confidence", title="how sure the judge is")
    y = share_axis("right", title="share right")
    ends = {"values": [{"confidence": 0, "right": 0}, {"confidence": 1, "right": 1}]}
    return {
        "height": 300,
        "data": {"values": values},
        "layer": [
            {"data": ends, "mark": {"type": "line", "style": "bar"}, "encoding": {"x": x, "y": y}},
            corner("too modest", confidence=0.03, right=0.97, x=x, y=y, align="left", baseline="top"),
            corner("too sure", confidence=0.97, right=0.03, x=x, y=y, align="right", baseline="bottom"),
            *points_with_intervals(x, y),
            {
                "mark": {"type": "text", "style": "count", "baseline": "bottom"},
                "encoding": {"x": {**x, "field": "middle"}, "y": {"value": -5}, "text": {"field": "n"}},
            },
        ],
    }


def corner(words: str, *, confidence: float, right: float, x: Spec, y: Spec, align: str, baseline: str) -> Spec:
    """What it means to stand on this side of the line, written where few points come."""
    return {
        "data": {"values": [{"confidence": confidence, "right": right}]},
        "mark": {"type": "text", "style": "faint", "align": align, "baseline": baseline},
        "encoding": {"x": x, "y": y, "text": {"value": words}},
    }


# --- one judge, version after version -----------------------------------------------------------------------------


def versions_chart(measured: Sequence[tuple[JudgeVersion, ShownCriterion]]) -> Chart | None:
    """Kappa of each version of a judge on one criterion, oldest first; None where there is but one."""
    firm = [(judge, one) for judge, one in measured if one.is_enough and one.kappa.value is not None]
    if len(firm) < 2:
        return None
    (_, before), (_, after) = firm[-2:]
    change = change_in_words("Kappa with people", before.kappa, after.kappa)
    return Chart(
        key=f"versions-{after.key}",
        finding=f"{change}: {with_n(before.kappa, 'labels')} in the version before, "
        f"{with_n(after.kappa, 'labels')} in the newest.",
        note="Kappa of each version with people, with its 95 % interval. Below 0.60 broken, from 0.75 may gate, "
        "judged by the interval.",
        spec=versions_spec(firm),
        columns=("Version", "Kappa, 95 % interval", "Labels", "Items"),
        rows=[(version_name(judge), in_words(one.kappa), str(one.kappa.n), str(one.n_items)) for judge, one in firm],
        shape="low" if len(firm) < 4 else "wide",
    )


def version_name(judge: JudgeVersion) -> str:
    return f"{judge.model or judge.name}, from {judge.created_at.day} {judge.created_at:%b %Y}"


def versions_spec(firm: Sequence[tuple[JudgeVersion, ShownCriterion]]) -> Spec:
    values = [
        {
            "version": number,
            "name": f"{version_name(judge)}: {one.kappa.shown_value}",
            "kappa": one.kappa.value,
            "low": one.kappa.low,
            "high": one.kappa.high,
            "thin": one.kappa.is_thin,
        }
        for number, (judge, one) in enumerate(firm)
    ]
    lowest = min(0.0, *(one["low"] if one["low"] is not None else one["kappa"] for one in values))
    y = {"field": "version", "type": "ordinal", "axis": None}
    return {
        "height": 60 + 48 * len(values),
        "data": {"values": values},
        "layer": [
            *bars([(MAY_GATE_KAPPA, "0.75", "may gate", "right"), (BROKEN_KAPPA, "0.60", "broken", "left")], along="x"),
            *points_with_intervals(y, share_axis("kappa", lowest=lowest), along="x"),
            {
                "mark": {"type": "text", "style": "name", "align": "left", "baseline": "bottom", "dy": -9},
                "encoding": {"y": y, "x": {"value": 0}, "text": {"field": "name"}},
            },
        ],
    }


# --- words ------------------------------------------------------------------------------------------------------------


def change_in_words(name: str, before: ShownEstimate, after: ShownEstimate) -> str:
    return read_change(name, before=measure_of(before), after=measure_of(after))


def measure_of(one: ShownEstimate) -> Measure:
    return Measure(one.value or 0.0, Interval(*ends_of(one)))


def ends_of(one: ShownEstimate) -> tuple[float, float]:
    """The interval; without one nothing is excluded."""
    return (-1.0, 1.0) if one.low is None or one.high is None else (one.low, one.high)


def with_n(one: ShownEstimate, units: str = "items") -> str:
    return f"{one.shown_value} ({one.shown_interval}; {one.n} {units})"


def in_words(one: ShownEstimate) -> str:
    """An estimate in a table; one without an interval says why, where that is known."""
    if one.value is None:
        return f"undefined: {one.undefined}"
    why = next((flag for flag in one.flags if flag.startswith("no interval")), one.shown_interval)
    return f"{one.shown_value} ({why if is_bare(one) else one.shown_interval})"


def is_bare(one: ShownEstimate) -> bool:
    return one.value is not None and one.low is None
