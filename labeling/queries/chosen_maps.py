"""Confidence maps in use: what routing reads confidence through, and what a judge's page offers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef

from labeling.models import CalibrationRun, ChosenMap, JudgeVersion, Project, RubricVersion
from labeling.policy.agreement import LEAST_ITEMS
from labeling.policy.confidence_map import AppliedMap, read_map
from labeling.queries.judge_panels import MAP_NAMES, shown_map


def maps_in_use(project: Project) -> dict[tuple[str, str], AppliedMap]:
    """The maps through which confidence is read now, by judge and criterion as votes name them. One query."""
    chosen = ChosenMap.objects.filter(judge_version__project=project, ended_at__isnull=True)
    found = chosen.values_list("judge_version_id", "criterion", "confidence", "document")
    return {(str(judge), criterion): AppliedMap(kind, read_map(fitted)) for judge, criterion, kind, fitted in found}


def map_in_use(version: JudgeVersion, criterion: str) -> ChosenMap | None:
    chosen = ChosenMap.objects.filter(judge_version=version, criterion=criterion, ended_at__isnull=True)
    return chosen.select_related("chosen_by", "run__rubric_version__rubric").first()


def fitted_in(run: CalibrationRun, *, criterion: str, kind: str) -> tuple[Mapping[str, Any], Mapping[str, Any]] | None:
    """A criterion of a run and its report of one kind of map; None where the run has none."""
    found = next((one for one in run.numbers["criteria"] if one["key"] == criterion), None)
    report = next((one for one in (found or {}).get("maps", []) if one["kind"] == kind), None)
    return (found, report) if found and report else None


def why_not_to_choose(found: Mapping[str, Any], report: Mapping[str, Any]) -> str:
    """Why a map may not be put to use, or nothing. It has to be better on items that it was not fitted on: by Brier,
    since ECE is too high on few items. That its interval reaches 0 is told, and left to whoever chooses."""
    if found["n_items"] < LEAST_ITEMS:
        return f"Not enough yet: {found['n_items']} of about {LEAST_ITEMS} items."
    if report["map"] is None:
        return f"It could not be fitted: {report['undefined']}."
    change = report["brier_change"]["value"]
    if change is None or change >= 0:
        return "On items that it was not fitted on, the confidence is no truer with it than without."
    return ""


@dataclass(frozen=True, slots=True)
class OfferedMap:
    """A fitted map that could be put to use: its key in a form, what it is called, and what is known of it."""

    key: str
    name: str
    words: str


@dataclass(frozen=True, slots=True)
class MapChoice:
    """What is applied to one criterion now, what could be, and what was.

    has_newer_rubric : of the map in use, whether a later version of the rubric is used than it was fitted on
    """

    criterion: str
    in_use: ChosenMap | None
    has_newer_rubric: bool
    offered: Sequence[OfferedMap]
    refused: Sequence[tuple[str, str]]
    history: Sequence[ChosenMap]


def map_choices(run: CalibrationRun) -> dict[str, MapChoice]:
    """By criterion of a run, what is applied and what its fitted maps offer. One query."""
    newer = RubricVersion.objects.filter(
        rubric=OuterRef("run__rubric_version__rubric"),
        number__gt=OuterRef("run__rubric_version__number"),
        in_use_from__isnull=False,
    )
    chosen = ChosenMap.objects.filter(judge_version=run.judge_version_id).order_by("-id")
    rows = list(
        chosen.annotate(has_newer_rubric=Exists(newer)).select_related(
            "chosen_by", "ended_by", "run__rubric_version__rubric"
        )
    )
    return {found["key"]: map_choice(run, found, rows) for found in run.numbers["criteria"] if found.get("maps")}


def map_choice(run: CalibrationRun, found: Mapping[str, Any], rows: Sequence[ChosenMap]) -> MapChoice:
    of_criterion = [one for one in rows if one.criterion == found["key"]]
    in_use = next((one for one in of_criterion if one.ended_at is None), None)
    offered, refused = [], []
    for report in found["maps"]:
        name = MAP_NAMES[report["kind"]]
        if in_use is not None and (in_use.run_id, in_use.kind) == (run.pk, report["kind"]):
            continue
        if why_not := why_not_to_choose(found, report):
            refused.append((name, why_not))
        else:
            key = key_of(run, criterion=found["key"], kind=report["kind"])
            offered.append(OfferedMap(key, name, shown_map(report).verdict))
    return MapChoice(
        found["key"],
        in_use,
        has_newer_rubric=in_use is not None and in_use.has_newer_rubric,
        offered=offered,
        refused=refused,
        history=[one for one in of_criterion if one.ended_at],
    )


def key_of(run: CalibrationRun, *, criterion: str, kind: str) -> str:
    return f"{run.pk} {kind} {criterion}"


def maps_to_choose(runs: Sequence[CalibrationRun]) -> dict[str, tuple[CalibrationRun, str, str, str]]:
    """Every map that the newest runs of a judge offer: by its key the run, the criterion, the kind, and its name."""
    return {
        key_of(run, criterion=found["key"], kind=report["kind"]): (
            run,
            found["key"],
            report["kind"],
            f"{found['key']}, {run.rubric_version}: {MAP_NAMES[report['kind']]}",
        )
        for run in runs
        for found in run.numbers["criteria"]
        for report in found.get("maps", [])
        if not why_not_to_choose(found, report)
    }
