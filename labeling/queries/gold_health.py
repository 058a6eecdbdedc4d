"""What the answers to gold say of the gold: which cases may have got known, and how their accuracy is spread."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from statistics import median

from labeling.models import GoldCase, Project, Review
from labeling.policy.gold_health import HIGH, LEAST_ANSWERS, LEAST_CASES, LOW, is_fast, read_health
from labeling.queries.chart_marks import Spec, bars, share_axis
from labeling.queries.charts import Chart
from labeling.queries.known_answers import KnownAnswer, known_answers
from labeling.stats.intervals import wilson_share
from labeling.stats.leaks import Halves, compare_halves
from labeling.stats.multiplicity import benjamini_hochberg

SUSPECTED_BELOW = 0.05
N_BINS = 10


@dataclass(frozen=True, slots=True)
class Suspicion:
    """One case whose later answers are better and faster than its earlier ones; `p` is adjusted for all looked at."""

    case: GoldCase
    halves: Halves
    p: float

    @property
    def seconds(self) -> tuple[float, float]:
        return self.halves.ms_earlier / 1000, self.halves.ms_later / 1000


@dataclass(frozen=True, slots=True)
class GoldHealth:
    """`n_looked_at` cases had answers enough for the look at leaks."""

    suspicions: Sequence[Suspicion]
    n_looked_at: int
    chart: Chart | None
    reading: str


def gold_health_of(project: Project, *, now: datetime) -> GoldHealth:
    """Of the live cases in use. A handful of queries, however many answers."""
    cases = {
        case.pk: case
        for case in GoldCase.objects.filter(
            item__project=project, retired_at__isnull=True, use=GoldCase.Use.LIVE
        ).select_related("item")
    }
    answers: dict[int, list[KnownAnswer]] = {}
    for one in known_answers(Review.objects.filter(entry__purpose__gold_case__in=cases), until=now):
        answers.setdefault(one.case_id, []).append(one)
    accuracies = [
        sum(one.is_right for one in given) / len(given) for given in answers.values() if len(given) >= LEAST_ANSWERS
    ]
    suspicions, n_looked_at = suspected(cases, answers)
    return GoldHealth(suspicions, n_looked_at, health_chart(accuracies), read_health(accuracies))


def suspected(
    cases: Mapping[int, GoldCase], answers: Mapping[int, Sequence[KnownAnswer]]
) -> tuple[list[Suspicion], int]:
    """The cases to look at, the surest first, and how many were looked at."""
    halves = {
        case_id: found
        for case_id, given in answers.items()
        if (found := compare_halves([one.is_right for one in given], [one.active_ms for one in given]))
    }
    adjusted = dict(zip(halves, benjamini_hochberg([one.p for one in halves.values()]), strict=True))
    hints = [
        Suspicion(cases[case_id], one, adjusted[case_id])
        for case_id, one in halves.items()
        if adjusted[case_id] <= SUSPECTED_BELOW
        and is_fast(
            ms_later=one.ms_later, ms_earlier=one.ms_earlier, ms_elsewhere=ms_on_others(answers, besides=case_id)
        )
    ]
    return sorted(hints, key=lambda hint: hint.p), len(halves)


def ms_on_others(answers: Mapping[int, Sequence[KnownAnswer]], *, besides: int) -> float | None:
    others = chain.from_iterable(given for case_id, given in answers.items() if case_id != besides)
    times = [one.active_ms for one in others]
    return median(times) if times else None


# --- the curve --------------------------------------------------------------------------------------------------------


def health_chart(accuracies: Sequence[float]) -> Chart | None:
    """How many cases are answered right how often; None before there are enough to have a shape."""
    if len(accuracies) < LEAST_CASES:
        return None
    counts = [0] * N_BINS
    for one in accuracies:
        counts[min(N_BINS - 1, int(one * N_BINS + 1e-9))] += 1
    n = len(accuracies)
    return Chart(
        key="gold-health",
        finding=read_health(accuracies),
        note=f"How often each of {n} cases in use was answered right, of those with {LEAST_ANSWERS} answers or more. "
        "A bell around 70 to 80 % is healthy; a mass under 40 % points at the rubric or at wrong answers; all near "
        "90 % while audits disagree asks for harder gold.",
        spec=health_spec(counts),
        columns=("Answered right", "Cases", "Share of cases, 95 % interval"),
        rows=[(bin_in_words(number), str(count), share_in_words(count, n)) for number, count in enumerate(counts)],
        caption="The interval is Wilson’s over cases.",
        shape="low",
    )


def bin_in_words(number: int) -> str:
    low = 100 * number // N_BINS
    return f"{low} to {'100' if number == N_BINS - 1 else f'under {low + 100 // N_BINS}'} %"


def share_in_words(count: int, n: int) -> str:
    share = wilson_share(count, n)
    return f"{100 * share.value:.0f} % ({100 * share.low:.0f}–{100 * share.high:.0f})"


def health_spec(counts: Sequence[int]) -> Spec:
    values = [
        {"low": number / N_BINS, "high": (number + 1) / N_BINS, "middle": (number + 0.5) / N_BINS, "n": count}
        for number, count in enumerate(counts)
        if count
    ]
    x = share_axis("low", values=[0, LOW, 0.7, 0.8, HIGH, 1], format=".0%", title="answered right")
    y = {"field": "n", "type": "quantitative", "axis": {"title": "cases", "grid": True, "tickMinStep": 1}}
    return {
        "height": 200,
        "data": {"values": values},
        "layer": [
            *bars([(LOW, "40 %", "below: rubric", "left"), (HIGH, "90 %", "above: easy", "left")], along="x"),
            {
                "mark": {"type": "rect", "style": "column"},
                "encoding": {"x": x, "x2": {"field": "high"}, "y": y, "y2": {"datum": 0}},
            },
            {
                "mark": {"type": "text", "style": "count", "baseline": "bottom", "dy": -3},
                "encoding": {
                    "x": {"field": "middle", "type": "quantitative"},
                    "y": {"field": "n", "type": "quantitative"},
                    "text": {"field": "n"},
                },
            },
        ],
    }
