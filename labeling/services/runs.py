"""Keeping finished runs: what agreement and calibration runs are saved by."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

from django.db import transaction

from labeling.models import AgreementRun, CalibrationRun
from labeling.services.events import record_event
from labeling.services.outbox import tell_calibration_run

AnyRun = TypeVar("AnyRun", AgreementRun, CalibrationRun)


@transaction.atomic
def save_run(
    runs: type[AnyRun],
    identity: Mapping[str, Any],
    contents: Mapping[str, Any],
    *,
    event: str,
    now: datetime,
    **subject: int,
) -> AnyRun:
    """Write a finished run and its event, or return the run that is there: the same labels measured alike are one.

    `now` is the clock reading before the labels were read, up to which they count. Locks nothing: of two at once the
    unique constraint lets one write, and both return it. Safe to repeat.
    """
    run, is_new = runs.objects.get_or_create(**identity, defaults={**contents, "made_at": now})
    if is_new:
        version = run.rubric_version
        subject = {"run_id": run.pk, "version_id": version.pk, **subject}
        record_event(event, project=version.rubric.project, now=now, input_hash=run.input_hash, **subject)
        if isinstance(run, CalibrationRun):
            tell_calibration_run(run, now=now)
    return run
