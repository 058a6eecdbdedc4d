"""The judge pages: the list, the newest runs, the items behind a cell, and the numbers to take along."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Max

from labeling.models import CalibrationRun, Item, Job, JudgeVerdict, JudgeVersion, Output, Project
from labeling.policy.judging import declared_value, is_same_family
from labeling.queries.agreement import as_text, document_of
from labeling.queries.judge_bias_panel import panel_estimates
from labeling.queries.judge_numbers import ShownCriterion, criteria_in
from labeling.queries.judges import newest_job_of, shown_runs
from labeling.queries.ratings import n_labels_since

MOST_SINCE = 1_000


@dataclass(frozen=True, slots=True)
class ShownJudge:
    """One line of the list: a judge version, and what its newest runs say."""

    judge: JudgeVersion
    n_verdicts: int
    is_kin: bool
    words: Sequence[tuple[str, ShownCriterion]]


@dataclass(frozen=True, slots=True)
class CellItem:
    """One item behind a cell: what the judge said of it, and in how many of its runs and orders."""

    item: Item
    n_agreeing: int
    n_verdicts: int
    rationale: str


# --- the list -----------------------------------------------------------------------------------------------------


def shown_judges(project: Project) -> list[ShownJudge]:
    """Every judge version with what its newest runs say, the newest judge first. Three queries."""
    judges = project.judge_versions.annotate(n_verdicts=Count("verdicts")).order_by("-created_at", "-id")
    families = candidate_families(project)
    runs: dict[int, list[CalibrationRun]] = {}
    for run in newest_runs(project):
        runs.setdefault(run.judge_version_id, []).append(run)
    return [
        ShownJudge(
            judge,
            judge.n_verdicts,
            is_same_family(judge.family, families),
            [(str(run.rubric_version), one) for run in runs.get(judge.pk, []) for one in criteria_in(run)],
        )
        for judge in judges
    ]


def candidate_families(project: Project) -> list[str]:
    """The families of the models whose outputs are judged here."""
    families = Output.objects.filter(item__project=project).exclude(family="")
    return list(families.order_by().values_list("family", flat=True).distinct())


def newest_runs(project: Project, judge_version: JudgeVersion | None = None) -> list[CalibrationRun]:
    """The newest run of each judge version on each rubric version, those on most labels first."""
    runs = shown_runs().filter(judge_version__project=project)
    if judge_version is not None:
        runs = runs.filter(judge_version=judge_version)
    newest = runs.order_by().values("judge_version", "rubric_version").annotate(newest=Max("id")).values("newest")
    found = CalibrationRun.objects.filter(pk__in=newest).select_related(
        "rubric_version__rubric", "judge_version__project"
    )
    return sorted(found.order_by("-id"), key=n_labels_in, reverse=True)


def n_labels_in(run: CalibrationRun) -> int:
    return sum(one["n_labels"] for one in run.numbers["criteria"])


# --- one judge --------------------------------------------------------------------------------------------------


def items_behind(run: CalibrationRun, *, key: str, human: str, judge: str) -> tuple[int, list[CellItem]] | None:
    """How many items a cell has and the first of them, as the run froze them; None for no such cell. Two queries."""
    found = next((one for one in run.numbers["criteria"] if one["key"] == key), None)
    cells = found["cells"] if found else []
    cell = next((cell for cell in cells if (cell[0], cell[1]) == (human, judge)), None)
    if cell is None:
        return None
    _, _, n_items, item_ids = cell
    verdicts: dict[int, list[JudgeVerdict]] = {}
    said = JudgeVerdict.objects.filter(judge_version=run.judge_version_id, criterion=key, item__in=item_ids)
    for verdict in said.filter(received_at__lte=run.made_at).order_by("run", "order"):
        verdicts.setdefault(verdict.item_id, []).append(verdict)
    items = Item.objects.filter(pk__in=item_ids, project=run.judge_version.project_id).order_by("id")
    return n_items, [cell_item(item, verdicts.get(item.pk, []), judge) for item in items]


def cell_item(item: Item, verdicts: Sequence[JudgeVerdict], label: str) -> CellItem:
    agreeing = [verdict for verdict in verdicts if declared_value(verdict.label, [label])]
    rationale = next((verdict.rationale for verdict in agreeing if verdict.rationale), "")
    return CellItem(item, len(agreeing), len(verdicts), rationale)


def versions_beside(run: CalibrationRun) -> dict[str, list[tuple[JudgeVersion, ShownCriterion]]]:
    """What the judge of a run and its other versions come to on the same rubric version, the oldest first, by
    criterion. One query."""
    runs = [
        one
        for one in newest_runs(run.judge_version.project)
        if (one.judge_version.name, one.rubric_version_id) == (run.judge_version.name, run.rubric_version_id)
    ]
    found: dict[str, list[tuple[JudgeVersion, ShownCriterion]]] = {}
    for one in sorted(runs, key=lambda one: (one.judge_version.created_at, one.judge_version_id)):
        for criterion in criteria_in(one):
            found.setdefault(criterion.key, []).append((one.judge_version, criterion))
    return found


def not_compared_in(run: CalibrationRun) -> list[tuple[int, str]]:
    return [(n, key) for key, n in sorted(run.numbers["not_compared"].items())]


def since(run: CalibrationRun) -> tuple[int, int]:
    """Labels and judge verdicts that came after the run, each counted up to a thousand and one."""
    verdicts = JudgeVerdict.objects.filter(judge_version=run.judge_version_id, received_at__gt=run.made_at)
    n_labels = n_labels_since(run.rubric_version, run.made_at, at_most=MOST_SINCE + 1)
    return n_labels, verdicts.order_by()[: MOST_SINCE + 1].count()


def progress_of(judge_version: JudgeVersion, run: CalibrationRun | None) -> str:
    """Where the newest request stands: computing, failed, stopped, unchanged, or nothing to say of it."""
    job = newest_job_of(judge_version)
    if job is None:
        return ""
    if job.state in (Job.State.DUE, Job.State.RUNNING):
        return "computing"
    is_run_newer = run is not None and run.made_at > job.created_at
    if job.state in (Job.State.FAILED, Job.State.CANCELLED):
        ended = "failed" if job.state == Job.State.FAILED else "stopped"
        return "" if is_run_newer else ended
    # A done request without a newer run found the very labels of the run that was there already.
    return "" if run is None or is_run_newer else "unchanged"


# --- the numbers, to take along -----------------------------------------------------------------------------------

NUMBER_COLUMNS = (
    *("criterion", "column", "slice", "number", "human", "judge", "confidence_from", "confidence_to"),
    *("mean_confidence", "value", "low", "high", "n", "undefined", "flags"),
)
ESTIMATES = (
    *("kappa", "alpha", "ac1", "people_alpha", "percent_agreement", "caught", "passed", "mean_difference"),
    *("ece", "brier"),
)
# Which labels a number rests on, as the file names it and as a run keeps it.
COLUMNS = (("reviewed_rows", ""), ("all_traffic", "all_traffic"), ("final_label", "final"))


def document_of_calibration(run: CalibrationRun) -> dict[str, Any]:
    """A run as JSON: which judge, what its numbers rest on, then the numbers."""
    return {"judge": judge_named_in(run), **document_of(run)}


def document_of_map(run: CalibrationRun, *, key: str, kind: str) -> dict[str, Any] | None:
    """A fitted map of one criterion with how it was measured; None where there is none."""
    found = next((one for one in run.numbers["criteria"] if one["key"] == key), None)
    fitted = next((one for one in (found or {}).get("maps", []) if one["kind"] == kind and one["map"]), None)
    if found is None or fitted is None:
        return None
    rests_on = {"criterion": key, "confidence": found["confidence_kind"], "run": run.pk, "made_at": run.made_at}
    return {"judge": judge_named_in(run), **rests_on, **fitted}


def judge_named_in(run: CalibrationRun) -> dict[str, str]:
    judge = run.judge_version
    return {"name": judge.name, "model": judge.model, "family": judge.family, "prompt_hash": judge.prompt_hash}


def number_rows(run: CalibrationRun) -> Iterator[tuple[Any, ...]]:
    """A row an estimate, a cell or a bin, in the columns of `NUMBER_COLUMNS`."""
    for found in run.numbers["criteria"]:
        key = as_text(found["key"])
        for column, name in COLUMNS:
            yield from estimate_rows((key, column, ""), found.get(name, {}) if name else found)
        for name, one in panel_estimates(found):
            yield (key, "", "", name, "", "", "", "", "", *ends_of(one))
        for one in found.get("slices", []):
            yield from estimate_rows((key, "reviewed_rows", as_text(" × ".join(one["names"]))), one)
        labels = found["confusion"]["labels"]
        for human, counts in zip(labels, found["confusion"]["rows"], strict=True):
            for judge, n in zip(labels, counts, strict=True):
                pair = (as_text(human), as_text(judge))
                yield (key, "reviewed_rows", "", "confusion", *pair, "", "", "", n, "", "", n, "", "")
        for one in found["reliability"]:
            bounds = (one["low"], one["high"], one["mean_confidence"])
            yield (key, "reviewed_rows", "", "share_correct", "", "", *bounds, *ends_of(one["share_correct"]))


def estimate_rows(place: tuple[str, str, str], found: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    nothing = ("", "", "", "", "")
    for name in ESTIMATES:
        if found.get(name):
            yield (*place, name, *nothing, *ends_of(found[name]))
    if found.get("baseline"):
        baseline = found["baseline"]
        yield (*place, "baseline", as_text(baseline["label"] or ""), *nothing[1:], *ends_of(baseline["percent"]))


def ends_of(one: Mapping[str, Any]) -> tuple[Any, ...]:
    return (one["value"], one["low"], one["high"], one["n"], one["undefined"] or "", "; ".join(one["flags"]))
