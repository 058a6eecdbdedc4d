"""What came of a look at labels, in words, as a picture and as rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labeling.models import ThresholdCertificate
from labeling.queries.chart_marks import Spec, bars, points_with_intervals
from labeling.queries.charts import Chart
from labeling.queries.thresholds import Promise
from labeling.stats.results import N_FEW_UNITS

State = ThresholdCertificate.State
LOOKS = {State.CERTIFIED: "ok", State.INCONCLUSIVE: "warn", State.ALL_TO_PEOPLE: "danger"}
COLUMNS = ("threshold", "n", "n_wrong", "share_shipped", "error", "upper_bound", "p", "is_walked")
BROKEN_BY_HAND = "In simulated streams a threshold found so broke its own target in about half of the cases."


@dataclass(frozen=True, slots=True)
class ShownPromise:
    """A certificate as its page says it: `verdict` first, then what it takes to read it."""

    promise: Promise
    verdict: str
    more: str
    naive: str
    chart: Chart

    @property
    def is_lapsed(self) -> bool:
        return bool(self.promise.lapsed) and self.promise.certificate.state == State.CERTIFIED

    @property
    def status(self) -> str:
        return "warn" if self.is_lapsed else LOOKS[self.promise.certificate.state]

    @property
    def status_words(self) -> str:
        return "Lapsed" if self.is_lapsed else str(self.promise.certificate.get_state_display())


def shown_promise(promise: Promise) -> ShownPromise:
    return ShownPromise(
        promise,
        verdict=verdict_of(promise),
        more=more_of(promise.certificate),
        naive=naive_of(promise.certificate),
        chart=error_chart(promise.certificate),
    )


def verdict_of(promise: Promise) -> str:
    certificate, search = promise.certificate, promise.certificate.search
    first = certificate.steps[0]
    target = percent(search.target)
    if certificate.state == State.CERTIFIED:
        words = (
            f"Certified: of what ships at {number(certificate.threshold)} of {search.signal} or above, "
            f"at most {target} is bad, with {percent(search.confidence)} confidence."
        )
        return f"{words} It holds no longer: {promise.lapsed}." if promise.lapsed else words
    seen = f"{first['n_wrong']} of {first['n']} labelled outputs at {number(first['threshold'])} or above were bad"
    if certificate.state == State.INCONCLUSIVE:
        return f"Inconclusive, so nothing is promised: {seen}, too few to rule out more than {target}."
    return f"All to people: {seen}, which is not below {target}, and no number of labels like these would certify it."


def more_of(certificate: ThresholdCertificate) -> str:
    """About how many more labels the next promise takes."""
    if certificate.n_more is None:
        return ""
    walked = [step for step in certificate.steps if step["p"] is not None]
    at = number(walked[-1]["threshold"])
    plural = "label" if certificate.n_more == 1 else "labels"
    return (
        f"About {certificate.n_more:,} more {plural} of outputs at {at} or above, bad as often as those seen, would "
        f"certify {at}; they need a new plan."
    )


def naive_of(certificate: ThresholdCertificate) -> str:
    if certificate.naive_threshold is None:
        return "No threshold has a sample error at or below the target, so a hand would type none either."
    step = next(one for one in certificate.steps if one["threshold"] == certificate.naive_threshold)
    return (
        f"A hand would type {number(certificate.naive_threshold)}, the loosest whose sample error looks fine "
        f"({percent(step['error'])}, {step['n_wrong']} of {step['n']}; up to {percent(step['high'])} cannot be ruled "
        f"out). That is no promise. {BROKEN_BY_HAND}"
    )


def error_chart(certificate: ThresholdCertificate) -> Chart:
    """The share of bad ones among what would ship at each planned threshold, with what cannot be ruled out."""
    search = certificate.search
    target = percent(search.target)
    return Chart(
        key=f"search-{search.pk}",
        finding=chart_finding(certificate),
        note="Bad outputs among those that would ship at each planned threshold; the line reaches up to the exact "
        f"upper bound at {percent(search.confidence)} confidence, one-sided. A promise needs all of the line below "
        f"{target}, and at every stricter threshold too. Hollow: fewer than {N_FEW_UNITS} labels.",
        spec=error_spec(certificate.steps, target=search.target),
        columns=("Threshold", "Labels", "Bad", "Share that ships", "Bad among them", "Upper bound", "Walked"),
        rows=[
            (
                number(step["threshold"]),
                str(step["n"]),
                str(step["n_wrong"]),
                percent(step["share_shipped"]),
                "–" if step["error"] is None else percent(step["error"]),
                "–" if step["high"] is None else percent(step["high"]),
                "yes" if step["p"] is not None else "no: an earlier one failed",
            )
            for step in certificate.steps
        ],
        caption="From strict to loose. The walk stops at the first threshold that fails; what is looser is shown, and "
        "promised nothing of.",
    )


def chart_finding(certificate: ThresholdCertificate) -> str:
    steps: Sequence[Mapping[str, Any]] = certificate.steps
    if certificate.state != State.CERTIFIED:
        return "At no planned threshold can an error above the target be ruled out."
    step = next(one for one in steps if one["threshold"] == certificate.threshold)
    return (
        f"At {number(certificate.threshold)} about {percent(step['share_shipped'])} of what could ship does, "
        f"{percent(step['error'])} of it bad and at most {percent(step['high'])}."
    )


def error_spec(steps: Sequence[Mapping[str, Any]], *, target: float) -> Spec:
    values = [
        {
            "shipped": step["share_shipped"],
            "error": step["error"],
            "low": step["error"],
            "high": step["high"],
            "thin": step["n"] < N_FEW_UNITS,
        }
        for step in steps
        if step["error"] is not None
    ]
    highest = max([target, *(one["high"] for one in values)]) * 1.05
    return {
        "height": 280,
        "data": {"values": values},
        "layer": [
            *bars([(target, percent(target), "target", "above")]),
            *points_with_intervals(
                axis("shipped", title="share that ships", highest=1.0), axis("error", title="bad", highest=highest)
            ),
        ],
    }


def axis(field: str, *, title: str, highest: float) -> Spec:
    return {
        "field": field,
        "type": "quantitative",
        "scale": {"domain": [0, min(1.0, highest)], "nice": False},
        "axis": {"title": title, "format": "~%", "tickCount": 5, "labelAngle": 0, "grid": False},
    }


def step_rows(certificate: ThresholdCertificate) -> list[tuple[Any, ...]]:
    """The walk as rows for a file; None where a number is not defined."""
    return [
        (
            *(step[name] for name in ("threshold", "n", "n_wrong", "share_shipped", "error", "high", "p")),
            step["p"] is not None,
        )
        for step in certificate.steps
    ]


def number(value: float) -> str:
    return f"{value:.3g}"


def percent(share: float) -> str:
    return f"{100 * share:.3g} %"
