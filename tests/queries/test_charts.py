"""What each picture says: its values, its intervals, the bars that matter, and the sentence and table around it."""

import json
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

from labeling.models import JudgeVersion
from labeling.queries.agreement import ShownEstimate
from labeling.queries.agreement_report import ShownWeek
from labeling.queries.charts import reliability_chart, trend_chart, versions_chart
from labeling.queries.judge_numbers import ShownBin

MONDAY = date(2026, 8, 31)


def estimate(value, *, n=40, reach=0.08, undefined=None):
    ends = (None, None) if value is None else (round(value - reach, 3), round(value + reach, 3))
    return ShownEstimate(value, *ends, n=n, undefined=undefined, flags=())


def trend(*alphas):
    """The chart of one week after the other; None is a week in which nothing was labelled twice."""
    weeks = [ShownWeek(MONDAY + timedelta(weeks=number), one) for number, one in enumerate(alphas) if one]
    return trend_chart(SimpleNamespace(key="tone", weeks=weeks))


def reliability(*bins):
    return reliability_chart(SimpleNamespace(key="overall", bins=bins))


def confidence_bin(low, n, *, right, confidence=None):
    return ShownBin(low, round(low + 0.1, 1), n, confidence or round(low + 0.05, 2), estimate(right, n=n))


def versions(*kappas):
    def measured(number, kappa):
        judge = JudgeVersion(model=f"model-{number}", created_at=datetime(2026, 9, 1 + number, tzinfo=UTC))
        return judge, SimpleNamespace(key="overall", is_enough=kappa.n >= 50, kappa=kappa, n_items=kappa.n)

    return versions_chart([measured(number, kappa) for number, kappa in enumerate(kappas)])


def layers_of(spec):
    for layer in spec.get("layer", []):
        yield layer
        yield from layers_of(layer)


def bars_in(chart):
    """Each bar by its words and where it stands."""
    data = [layer["data"]["values"][0] for layer in layers_of(chart.spec) if "data" in layer]
    return {tuple(one["words"]): one["at"] for one in data if "words" in one}


# --- agreement by week --------------------------------------------------------------------------------------------


def test_trend_draws_each_week_with_its_interval_and_n():
    chart = trend(estimate(0.8), estimate(0.7, n=12))

    assert chart.spec["data"]["values"] == [
        {"week": "2026-08-31|40|31 Aug 2026", "alpha": 0.8, "low": 0.72, "high": 0.88, "n": 40, "thin": False},
        {"week": "2026-09-07|12|7 Sep", "alpha": 0.7, "low": 0.62, "high": 0.78, "n": 12, "thin": True},
    ]


def test_trend_draws_the_bars_that_matter_with_their_words():
    assert bars_in(trend(estimate(0.8), estimate(0.7))) == {("0.80", "trusted"): 0.8, ("0.667", "tentative"): 0.667}


def test_a_week_without_alpha_is_a_gap_and_says_why():
    chart = trend(estimate(0.8), None, estimate(None, n=9, undefined="everybody said the same"), estimate(0.7))

    assert [one["alpha"] for one in chart.spec["data"]["values"]] == [0.8, None, None, 0.7]
    assert [row[1:] for row in chart.rows[1:3]] == [
        ("undefined: no item labelled by two or more", "0"),
        ("undefined: everybody said the same", "9"),
    ]


def test_a_point_without_an_interval_has_no_bar_and_the_table_says_why():
    flags = ("fewer than 30 units", "no interval: every replicate gives the same")
    chart = trend(estimate(0.8), ShownEstimate(1.0, None, None, n=9, undefined=None, flags=flags))

    assert chart.spec["data"]["values"][1]["low"] is None
    assert chart.rows[1][1] == "1.00 (no interval: every replicate gives the same)"
    assert "without a bar" in chart.note
    assert "without a bar" not in trend(estimate(0.8), estimate(0.7)).note


def test_a_fall_is_told_with_both_ends_their_intervals_and_items():
    chart = trend(*[estimate(0.85)] * 4, *[estimate(0.7)] * 2, *[estimate(0.6)] * 4)

    assert chart.finding == (
        "Alpha fell: a mean of 0.85 (0.81–0.89; 160 items) in the first four weeks, "
        "0.60 (0.56–0.64; 160 items) in the last four."
    )


def test_a_fall_that_intervals_do_not_support_is_not_told():
    chart = trend(estimate(0.8), estimate(0.75))

    assert chart.finding == (
        "No change that these numbers could show: 0.80 (0.72–0.88; 40 items) in the first week, "
        "0.75 (0.67–0.83; 40 items) in the last."
    )


def test_weeks_of_few_items_make_no_finding():
    chart = trend(estimate(0.9, n=29), estimate(0.2, n=29), estimate(0.2))

    assert chart.finding.startswith("Too little to say whether alpha changed: 1 of 3 weeks has an interval")


def test_axis_of_the_trend_goes_down_to_the_lowest_end():
    chart = trend(estimate(0.8), estimate(-0.21))

    domains = [layer["encoding"]["y"]["scale"]["domain"] for layer in chart.spec["layer"] if is_on_a_scale(layer)]

    assert domains == [[-0.3, 1]] * 4


def is_on_a_scale(layer):
    return "scale" in layer.get("encoding", {}).get("y", {})


def test_one_week_or_none_is_no_trend():
    assert trend(estimate(0.8)) is None
    assert trend() is None


# --- a judge ------------------------------------------------------------------------------------------------------


def test_reliability_draws_bins_that_have_labels_with_their_intervals():
    chart = reliability(confidence_bin(0.5, 0, right=None), confidence_bin(0.9, 120, right=0.8))

    assert chart.spec["data"]["values"] == [
        {"confidence": 0.95, "middle": 0.95, "right": 0.8, "low": 0.72, "high": 0.88, "n": 120, "thin": False}
    ]
    assert chart.rows == [("over 0.9 to 1.0", "120", "120", "0.95", "0.80 (0.72–0.88)")]
    assert chart.finding == "Of 1 bin, it is surer than right in 1."


def test_reliability_has_the_line_on_which_confidence_is_right():
    chart = reliability(confidence_bin(0.9, 120, right=0.95))

    line = chart.spec["layer"][0]
    assert line["data"]["values"] == [{"confidence": 0, "right": 0}, {"confidence": 1, "right": 1}]


def test_versions_stand_oldest_first_against_the_bands():
    chart = versions(estimate(0.5, n=200), estimate(0.78, n=210))

    assert [(one["kappa"], one["low"], one["high"]) for one in chart.spec["data"]["values"]] == [
        (0.5, 0.42, 0.58),
        (0.78, 0.7, 0.86),
    ]
    assert bars_in(chart) == {("0.75", "may gate"): 0.75, ("0.60", "broken"): 0.6}
    assert chart.finding == (
        "Kappa with people rose: 0.50 (0.42–0.58; 200 labels) in the version before, "
        "0.78 (0.70–0.86; 210 labels) in the newest."
    )
    assert chart.rows[0] == ("model-0, from 1 Sep 2026", "0.50 (0.42–0.58)", "200", "200")


def test_one_version_with_enough_items_is_no_picture():
    assert versions(estimate(0.5, n=200), estimate(0.78, n=20)) is None


def test_specifications_are_plain_and_name_no_address():
    charts = (
        trend(estimate(0.8), estimate(0.7)),
        reliability(confidence_bin(0.9, 9, right=0.8)),
        versions(estimate(0.5, n=200), estimate(0.6, n=200)),
    )

    for chart in charts:
        text = json.dumps(chart.spec, allow_nan=False)
        assert "http" not in text
