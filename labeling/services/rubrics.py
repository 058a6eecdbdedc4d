"""Making rubrics and freezing the version that is labelled against."""

from datetime import datetime

from django.db import transaction

from labeling.models import Criterion, Project, Rubric, RubricVersion, User
from labeling.policy.errors import Invalid
from labeling.policy.presets import Preset
from labeling.policy.rubrics import Question
from labeling.services.events import record_event


@transaction.atomic
def create_rubric(
    *, project: Project, key: str, name: str, preset: Preset, author: User, now: datetime
) -> RubricVersion:
    """A rubric with its first version, copied from a preset.

    A taken key is refused; the unique key refuses the loser of a race, and nothing of it is stored.
    """
    if Rubric.objects.filter(project=project, key=key).exists():
        raise Invalid({"key": "This project already has a rubric of that name."})
    rubric = Rubric.objects.create(project=project, key=key, name=name, created_at=now)
    version = RubricVersion.objects.create(
        rubric=rubric,
        number=1,
        instructions=preset.instructions,
        asks_verdict=preset.asks_verdict,
        created_by=author,
        created_at=now,
    )
    Criterion.objects.bulk_create(
        criterion_from(question, version=version, position=position)
        for position, question in enumerate(preset.questions, start=1)
    )
    record_event("rubric.created", project=project, now=now, actor=author, version_id=version.pk, preset=preset.key)
    return version


def criterion_from(question: Question, *, version: RubricVersion, position: int) -> Criterion:
    return Criterion(
        version=version,
        key=question.key,
        position=position,
        question=question.question,
        hint=question.hint,
        scale=question.scale,
        options=[
            {"value": one.value, "label": one.label, "anchor": one.anchor, "passing": one.is_passing}
            for one in question.options
        ],
        is_required=question.is_required,
        allows_na=question.allows_na,
        is_gating=question.is_gating,
        rationale_on=list(question.rationale_on),
    )


def freeze_version(version: RubricVersion, *, now: datetime) -> None:
    """Freeze a version before its first label. Inside the caller's transaction; the loser of a race changes nothing."""
    if version.frozen_at is None:
        RubricVersion.objects.filter(pk=version.pk, frozen_at__isnull=True).update(frozen_at=now)
