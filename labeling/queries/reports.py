"""Finished runs as they leave for other tools: which run is meant, and its numbers without names and items.

People click through to the items behind a number. A tool gets the numbers alone: item ids would tell which items the
judge got wrong, and whoever tunes the judge reads here.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from labeling.models import AgreementRun, CalibrationRun, JudgeVersion, Project, Rubric
from labeling.policy.errors import Invalid, NotVisible
from labeling.queries.access import only_visible
from labeling.queries.agreement import document_of, first_pass_runs, n_since
from labeling.queries.judge_pages import document_of_calibration, since
from labeling.queries.judges import shown_runs

COMPUTE_NOW = "runs are made each night once there are labels, and by Compute now on its page."


# --- which run is meant ---------------------------------------------------------------------------------------------


def rubric_named(project: Project, key: str) -> Rubric:
    """The rubric of a key; without one, the project's only rubric. Names are compared here and not by the database,
    which refuses some text with an error."""
    rubrics = {rubric.key: rubric for rubric in project.rubrics.order_by("key")}
    if not rubrics:
        raise NotVisible("This project has no rubric yet; make one on its page of rubrics.")
    if not key and len(rubrics) > 1:
        raise Invalid({"rubric": f"Several rubrics are here; name one of {', '.join(rubrics)}."})
    rubric = rubrics.get(key or next(iter(rubrics)))
    if rubric is None:
        raise NotVisible(f"There is no such rubric here; name one of {', '.join(rubrics)}.")
    return rubric


def newest_agreement_of(rubric: Rubric, *, number: int | None) -> AgreementRun:
    """The newest run on a version of the rubric; on the newest version that has one, unless a number is given."""
    runs = first_pass_runs().filter(rubric_version__rubric=rubric, **version_numbered(number))
    runs = runs.order_by("-rubric_version__number", "-made_at", "-id").select_related("rubric_version__rubric")
    return only_visible(runs, otherwise=f"No agreement run of {named(rubric, number)} yet; {COMPUTE_NOW}")


def judge_named(project: Project, name: str, chosen: Mapping[str, str | None]) -> JudgeVersion:
    """The newest version of a judge, of those that are as chosen.

    Even one without a run: the numbers of an older version must not be taken for those of the judge in use.
    """
    versions = list(project.judge_versions.select_related("project").order_by("-created_at", "-id"))
    of_name = [one for one in versions if one.name == name]
    if not of_name:
        names = ", ".join(sorted({one.name for one in versions}))
        there = f"the judges are {names}." if names else "none has sent a verdict yet."
        raise NotVisible(f"There is no such judge here; {there}")
    wanted = {field: value for field, value in chosen.items() if value is not None}
    found = [one for one in of_name if all(getattr(one, field) == value for field, value in wanted.items())]
    if not found:
        models = ", ".join(sorted({f"{one.model or '(empty)'}" for one in of_name}))
        raise NotVisible(f"{name} has no such version; its models are {models}, and its page names their prompts.")
    return found[0]


def newest_calibration_of(judge: JudgeVersion, rubric: Rubric, *, number: int | None) -> CalibrationRun:
    """As `newest_agreement_of`, of one judge version."""
    runs = shown_runs().filter(judge_version=judge, rubric_version__rubric=rubric, **version_numbered(number))
    runs = runs.order_by("-rubric_version__number", "-made_at", "-id")
    return only_visible(
        runs.select_related("rubric_version__rubric", "judge_version"),
        otherwise=f"No calibration run of {judge} on {named(rubric, number)} yet; {COMPUTE_NOW}",
    )


def version_numbered(number: int | None) -> dict[str, int]:
    return {} if number is None else {"rubric_version__number": number}


def named(rubric: Rubric, number: int | None) -> str:
    return rubric.key if number is None else f"{rubric.key} version {number}"


# --- its numbers ----------------------------------------------------------------------------------------------------


def agreement_report(run: AgreementRun) -> dict[str, Any]:
    """A run without names and item ids, and how many labels came since. Three queries."""
    document = document_of(run)
    ids = document.pop("rater_ids", {})
    questions = [
        {
            **without(question, ["disputed", "consensus"]),
            "pairs": opaque_pairs(question["pairs"], ids),
            "weeks": question.get("weeks", []),
            "causes": counted_causes(question.get("causes"), ids),
        }
        for question in document["questions"]
    ]
    return {**document, "questions": questions, "n_labels_since": n_since(run)}


def opaque_pairs(pairs: Sequence[Mapping[str, Any]], ids: Mapping[str, int]) -> list[dict[str, Any]]:
    """The pairs under the raters' opaque names. A run that did not keep who its raters are cannot tell them, since
    a name may be somebody else's by now."""
    known = [pair for pair in pairs if pair["a"] in ids and pair["b"] in ids]
    return [{**pair, "a": f"rater-{ids[pair['a']]}", "b": f"rater-{ids[pair['b']]}"} for pair in known]


def counted_causes(causes: Mapping[str, Any] | None, ids: Mapping[str, int]) -> dict[str, Any] | None:
    """How many items point at each cause, and the raters who stood alone under their opaque names."""
    if causes is None:
        return None
    return {
        "items": {cause: found["n"] for cause, found in causes["items"].items()},
        "n_judged": causes.get("n_judged", 0),
        "n_held_back": causes.get("n_held_back", 0),
        "alone": [{"rater": f"rater-{ids[name]}", "n": n} for name, n in causes["alone"] if name in ids],
    }


def calibration_report(run: CalibrationRun) -> dict[str, Any]:
    """A run without item ids, and how many labels and verdicts came since. Four queries."""
    document = document_of_calibration(run)
    judge = {**document["judge"], "parameters_hash": run.judge_version.parameters_hash}
    n_labels, n_verdicts = since(run)
    return {
        **document,
        "judge": judge,
        "criteria": [without(one, ["cells"]) for one in document["criteria"]],
        "n_labels_since": n_labels,
        "n_verdicts_since": n_verdicts,
    }


def without(found: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: value for name, value in found.items() if name not in names}
