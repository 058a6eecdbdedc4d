"""Agreement and judge reports, for dashboards and gates elsewhere."""

from django.http import HttpRequest
from ninja import Query, Router

from labeling.api import report_shapes, schemas
from labeling.api.tokens import project_of
from labeling.models import ApiToken
from labeling.queries.reports import (
    agreement_report,
    calibration_report,
    judge_named,
    newest_agreement_of,
    newest_calibration_of,
    rubric_named,
)

router = Router(tags=["Reports"])
RubricKey = Query("", description="Key of the rubric; may be left out where there is only one.")
Version = Query(None, ge=1, description="Number of the rubric version; the newest with a run where it is left out.")


@router.get(
    "/projects/{slug}/agreement",
    response={200: report_shapes.AgreementAnswer, 422: schemas.Problem},
    summary="Read how far people agree",
)
def read_agreement(request: HttpRequest, slug: str, rubric: str = RubricKey, version: int | None = Version):
    """The newest finished agreement run of a rubric version, each number with its interval and its n. Needs the
    scope `reports:read`.

    A run never changes; `n_labels_since` says how many labels came after it. Raters are the opaque ones of
    `/labels`: no name of a reviewer is given out, and no id of an item.
    """
    project = project_of(request, slug, scope=ApiToken.Scope.READ_REPORTS)
    return agreement_report(newest_agreement_of(rubric_named(project, rubric), number=version))


@router.get(
    "/projects/{slug}/judges/{path:judge}/calibration",
    response={200: report_shapes.CalibrationAnswer, 422: schemas.Problem},
    summary="Read how far a judge agrees with people",
)
def read_calibration(
    request: HttpRequest,
    slug: str,
    judge: str,
    rubric: str = RubricKey,
    version: int | None = Version,
    model: str | None = Query(None, description="Only a judge version of this model."),
    prompt_hash: str | None = Query(None, description="Only a judge version with this prompt."),
    parameters_hash: str | None = Query(None, description="Only a judge version with these parameters."),
):
    """The newest finished calibration run of a judge on a rubric version. Needs the scope `reports:read`.

    `judge` is its name. Another model, prompt or parameters are another judge version: the newest is meant unless
    `model`, `prompt_hash` or `parameters_hash` say otherwise, and it has numbers of its own or none yet. No id of
    an item is given out.
    """
    project = project_of(request, slug, scope=ApiToken.Scope.READ_REPORTS)
    chosen = {"model": model, "prompt_hash": prompt_hash, "parameters_hash": parameters_hash}
    judge_version = judge_named(project, judge, chosen)
    return calibration_report(newest_calibration_of(judge_version, rubric_named(project, rubric), number=version))
