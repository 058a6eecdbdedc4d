"""What webhooks are told of judges: ids, hashes, numbers and where to look, never what an item or a person says."""

from collections.abc import Mapping
from typing import Any

from labeling.models import CalibrationRun, Project
from labeling.queries.sendings import page_of_judge, told_time

# Of each estimate, what a receiver may act on. The rest is on the page that the message links to.
NUMBERS = ("kappa", "alpha")


def told_calibration_run(run: CalibrationRun) -> dict[str, Any]:
    judge, version = run.judge_version, run.rubric_version
    return {
        "project": judge.project.slug,
        "calibration_run_id": run.pk,
        "judge_version_id": judge.pk,
        "judge": judge.name,
        "rubric": version.rubric.key,
        "rubric_version": version.number,
        "input_hash": run.input_hash,
        "code_version": run.code_version,
        "criteria": [
            {"key": one["key"], **{name: one[name] for name in NUMBERS if name in one}}
            for one in run.numbers.get("criteria", [])
        ],
        "made_at": told_time(run.made_at),
        "page": page_of_judge(judge),
    }


def told_pack(project: Project, manifest: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "project": project.slug,
        "code_version": manifest["code_version"],
        "counts": manifest["counts"],
        "files": {name: file["sha256"] for name, file in manifest["files"].items()},
        "made_at": told_time(manifest["created_at"]),
        "page": f"/p/{project.slug}/judges/",
    }
