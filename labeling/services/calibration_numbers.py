"""The numbers of a calibration run: a judge beside people, by first-pass and by final label, weighted and in slices.

Loaded by who computes: numpy and scipy would cost every web process a hundred megabytes.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labeling.policy.agreement import LEAST_ITEMS, SLICINGS
from labeling.queries.judge_comparison import Comparison, JudgedCriterion
from labeling.services.calibration_biases import bias_numbers
from labeling.services.calibration_population import population_numbers
from labeling.services.calibration_units import Instrument, Units, instrument_for
from labeling.stats.alpha import estimate_alpha
from labeling.stats.alternative import EPSILON, compare_alternative
from labeling.stats.calibration import ReliabilityBin, report_calibration
from labeling.stats.judging import JudgeReport, report_judge
from labeling.stats.kappa import estimate_kappas
from labeling.stats.maps import FITS, MapReport, report_map
from labeling.stats.ratings import Ratings
from labeling.stats.readings import estimate_judge_detection

N_BINS = 10
MOST_SLICES = 12
ADJUDICATED = "adjudicated"
# Reviewers here know the rubric and the work; how much worse than them a judge may be depends on that.
BESIDE = "skilled"


def numbers_of(
    compared: JudgedCriterion, around: Comparison, *, most_behind: int, replicates: int, seed: int
) -> dict[str, Any]:
    """Every number about one criterion: agreement with people, agreement among them, calibration of the confidence.

    A label is a unit and the group of its item the cluster: an item that five people labelled is not five
    independent items, nor are two answers of one conversation.
    """
    for_report, for_people, for_confidence, *others = np.random.default_rng(seed).spawn(8)
    for_final, for_traffic, for_slices, for_biases, for_alternative = others
    with_instrument = instrument_for(compared, around)
    units = with_instrument.units(compared.rows)
    report = report_of(with_instrument, units, replicates=replicates, rng=for_report)
    people = with_instrument.people(units)
    return {
        **compared.as_document(),
        "weighting": "quadratic" if with_instrument.is_ordinal else "unweighted",
        **column_of(with_instrument, units, report),
        "mean_difference": report.mean_difference.as_document(),
        "confusion": {"labels": list(report.labels), "rows": [list(row) for row in report.confusion]},
        "people_alpha": estimate_alpha(people, replicates=replicates, rng=for_people).as_document(),
        "n_people": len(people.raters),
        "alternative": alternative_of(with_instrument, units, people, replicates=replicates, rng=for_alternative),
        "cells": compared.cells(at_most=most_behind),
        "final": final_column(with_instrument, replicates=replicates, rng=for_final),
        "all_traffic": traffic_column(with_instrument, units, replicates=replicates, rng=for_traffic),
        "slices": list(slices_of(with_instrument, units, replicates=replicates, rng=for_slices)),
        **confidence_numbers(with_instrument, units, replicates=replicates, rng=for_confidence),
        "bias": bias_numbers(with_instrument, units, replicates=replicates, rng=for_biases),
        "population": population_numbers(with_instrument),
    }


def report_of(
    with_instrument: Instrument,
    units: Units,
    *,
    replicates: int,
    rng: np.random.Generator,
    weight: NDArray[np.float64] | None = None,
) -> JudgeReport:
    return report_judge(
        units.human,
        units.judge,
        scale=with_instrument.scale,
        replicates=replicates,
        rng=rng,
        weight=weight,
        clusters=units.groups,
        passing=with_instrument.passing,
    )


# --- the columns --------------------------------------------------------------------------------------------------


def column_of(with_instrument: Instrument, units: Units, report: JudgeReport) -> dict[str, Any]:
    """What every column says of its labels, so that two of them can be read line by line."""
    detection = report.detection
    return {
        "n_items": units.n_items,
        "n_labels": len(units.items),
        "kappa": with_instrument.kappa_of(report.kappas).as_document(),
        "alpha": report.alpha.as_document(),
        "ac1": report.ac1.as_document(),
        "percent_agreement": report.kappas.percent.as_document(),
        "caught": None if detection is None else detection.caught.as_document(),
        "passed": None if detection is None else detection.passed.as_document(),
        "baseline": {"label": report.baseline.label, "percent": report.baseline.percent.as_document()},
    }


def final_column(with_instrument: Instrument, *, replicates: int, rng: np.random.Generator) -> dict[str, Any]:
    """The judge against the one label an item finally has, and how many of these somebody adjudicated."""
    rows = with_instrument.compared.final
    units = with_instrument.units(rows)
    report = report_of(with_instrument, units, replicates=replicates, rng=rng)
    sources = Counter(source for _, source, _ in rows)
    return {**column_of(with_instrument, units, report), "n_adjudicated": sources[ADJUDICATED]}


def traffic_column(
    with_instrument: Instrument, units: Units, *, replicates: int, rng: np.random.Generator
) -> dict[str, Any]:
    """The same labels, each weighted by 1 over the probability with which its item entered review.

    Items without such a probability were not drawn from traffic: they are left out and counted.
    """
    inclusion = with_instrument.around.traffic.inclusion
    is_drawn = np.array([item_id in inclusion for item_id in units.items.tolist()], dtype=np.bool_)
    drawn = units.only(is_drawn)
    weight = np.array([1 / inclusion[item_id] for item_id in drawn.items.tolist()], dtype=np.float64)
    report = report_of(with_instrument, drawn, replicates=replicates, rng=rng, weight=weight)
    return {
        **column_of(with_instrument, drawn, report),
        "n_without_probability": units.only(~is_drawn).n_items,
        "n_effective": float(weight.sum() ** 2 / (weight @ weight)) if len(weight) else 0.0,
    }


def alternative_of(
    with_instrument: Instrument, units: Units, people: Ratings, *, replicates: int, rng: np.random.Generator
) -> dict[str, Any]:
    """Whether the judge may stand in for one of these people; their names stay out of it."""
    _, firsts = np.unique(units.items, return_index=True)
    told = compare_alternative(
        *(people.codes, units.judge[firsts]),
        raters=people.raters,
        scale=with_instrument.scale,
        epsilon=EPSILON[BESIDE],
        replicates=replicates,
        rng=rng,
    )
    return {
        "epsilon": told.epsilon,
        "n_compared": told.n_compared,
        "winning_share": told.winning_share,
        "advantage": told.advantage.as_document(),
        "passes": told.passes,
        "undefined": told.undefined,
    }


# --- slices -------------------------------------------------------------------------------------------------------


def slices_of(
    with_instrument: Instrument, units: Units, *, replicates: int, rng: np.random.Generator
) -> Iterator[dict[str, Any]]:
    """The judge on the items of each intent and stakes, of each intent and of each stakes; the largest slices only,
    since intents are free text, and none where all items are one slice."""
    traits = with_instrument.around.traits
    facts = [
        (traits[item_id].intent, traits[item_id].stakes) if item_id in traits else ("", "")
        for item_id in units.items.tolist()
    ]
    for (by, columns), for_slicing in zip(SLICINGS.items(), rng.spawn(len(SLICINGS)), strict=True):
        names = [tuple(fact[column] for column in columns) for fact in facts]
        numbers = {name: number for number, name in enumerate(sorted(set(names)))}
        number_of_row = np.array([numbers[name] for name in names], dtype=np.int64)
        found = [(name, units.only(number_of_row == number)) for name, number in numbers.items()]
        largest = sorted(found, key=lambda one: (-one[1].n_items, one[0]))[:MOST_SLICES]
        for (name, inside), for_slice in zip(largest, for_slicing.spawn(len(largest)), strict=True):
            if len(numbers) > 1:
                numbers_in = slice_numbers(with_instrument, inside, replicates=replicates, rng=for_slice)
                yield {"by": by, "names": list(name), **numbers_in}


def slice_numbers(
    with_instrument: Instrument, inside: Units, *, replicates: int, rng: np.random.Generator
) -> dict[str, Any]:
    """Of a slice of few items only how many they are: its interval would span every word."""
    counts: dict[str, Any] = {"n_items": inside.n_items, "n_labels": len(inside.items)}
    if inside.n_items < LEAST_ITEMS:
        return counts
    kappas = estimate_kappas(
        *(inside.human, inside.judge),
        scale=with_instrument.scale,
        replicates=replicates,
        rng=rng,
        clusters=inside.groups,
    )
    found = {"kappa": with_instrument.kappa_of(kappas), "percent_agreement": kappas.percent}
    if with_instrument.passing is not None:
        detection = estimate_judge_detection(
            inside.human, inside.judge, passing=with_instrument.passing, clusters=inside.groups
        )
        found |= {"caught": detection.caught, "passed": detection.passed}
    return {**counts, **{name: one.as_document() for name, one in found.items()}}


# --- its confidence -----------------------------------------------------------------------------------------------


def confidence_numbers(
    with_instrument: Instrument, units: Units, *, replicates: int, rng: np.random.Generator
) -> dict[str, Any]:
    compared = with_instrument.compared
    told = [compared.judged[item_id].confidence(compared.confidence_kind) for item_id in units.items.tolist()]
    is_told = np.array([confidence is not None for confidence in told], dtype=np.bool_)
    sure = units.only(is_told)
    is_right = sure.human == sure.judge
    confidence = np.array([one for one in told if one is not None], dtype=np.float64)
    for_report, *for_maps = rng.spawn(1 + len(FITS))
    drawing = {"n_bins": N_BINS, "replicates": replicates}
    calibration = report_calibration(confidence, is_right, rng=for_report, clusters=sure.groups, **drawing)
    maps = [
        report_map(kind, confidence, is_right, groups=sure.groups, rng=for_map, **drawing)
        for kind, for_map in zip(FITS, for_maps, strict=True)
    ]
    return {
        "n_told": int(is_told.sum()),
        "reliability": documents_of_bins(calibration.bins),
        "ece": calibration.ece.as_document(),
        "brier": calibration.brier.as_document(),
        "maps": [document_of_map(one) for one in maps] if compared.confidence_kind else [],
    }


def document_of_map(one: MapReport) -> dict[str, Any]:
    """A map with what it changes on folds that it did not see; without a map, why."""
    changes = ("ece_before", "ece_after", "ece_change", "brier_before", "brier_after", "brier_change")
    return {
        "kind": one.kind,
        "n_groups": one.n_groups,
        "undefined": one.undefined,
        "map": None if one.map is None else one.map.as_document(),
        **{name: getattr(one, name).as_document() for name in changes},
    }


def documents_of_bins(bins: Sequence[ReliabilityBin]) -> list[dict[str, Any]]:
    return [
        {
            "low": one.low,
            "high": one.high,
            "n": one.n,
            "mean_confidence": one.mean_confidence,
            "share_correct": one.share_correct.as_document(),
        }
        for one in bins
    ]
