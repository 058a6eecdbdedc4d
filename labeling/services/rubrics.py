"""Making rubrics and freezing the version that is labelled against."""

from dataclasses import asdict
from datetime import datetime

from django.db import transaction

from labeling.models import Criterion, GuidelineGap, Project, Rubric, RubricVersion, User
from labeling.policy.errors import Invalid
from labeling.policy.presets import Preset
from labeling.policy.rubrics import Bounds, Question
from labeling.queries.ratings import VERDICT
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
        weight=question.weight,
        parts=question.parts,
        bounds=stored_bounds(question.bounds),
        asked_when={"key": question.asked_when.key, "values": list(question.asked_when.values)}
        if question.asked_when
        else None,
    )


def stored_bounds(bounds: Bounds | None) -> dict[str, str | None] | None:
    if bounds is None:
        return None
    return {name: None if value is None else str(value) for name, value in asdict(bounds).items()}


def freeze_version(version: RubricVersion, *, now: datetime) -> None:
    """Freeze a version before its first label. Inside the caller's transaction; the loser of a race changes nothing."""
    if version.frozen_at is None:
        RubricVersion.objects.filter(pk=version.pk, frozen_at__isnull=True).update(frozen_at=now)


@transaction.atomic
def open_gap(version: RubricVersion, *, question_key: str, statement: str, opener: User, now: datetime) -> GuidelineGap:
    """Note what a version leaves open on a question. While one is open there, it is returned as it is: the unique
    constraint lets one stand. Safe to repeat."""
    if question_key not in {VERDICT, *version.criteria.values_list("key", flat=True)}:
        raise Invalid({"question": f"This rubric does not ask {question_key!r}."})
    if not statement.strip():
        raise Invalid({"statement": "Say what the rubric leaves open."})
    gap, is_new = GuidelineGap.objects.get_or_create(
        version=version,
        question_key=question_key,
        closed_at=None,
        defaults={"statement": statement.strip(), "opened_by": opener, "opened_at": now},
    )
    if is_new:
        record_event("rubric.gap_opened", project=version.rubric.project, now=now, actor=opener, gap_id=gap.pk)
    return gap


@transaction.atomic
def close_gap(gap: GuidelineGap, *, closer: User, now: datetime) -> None:
    """Compare-and-set; a gap that is closed stays as it is. Safe to repeat."""
    if GuidelineGap.objects.filter(pk=gap.pk, closed_at__isnull=True).update(closed_at=now):
        record_event("rubric.gap_closed", project=gap.version.rubric.project, now=now, actor=closer, gap_id=gap.pk)
