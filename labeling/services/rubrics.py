"""Making rubrics and freezing the version that is labelled against."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import transaction

from labeling.models import Criterion, GapCase, GuidelineGap, Project, QueueEntry, Rubric, RubricVersion, User
from labeling.policy.errors import Invalid
from labeling.policy.presets import Preset
from labeling.policy.rubric_rules import WrittenRubric, complaints_about_rubric
from labeling.policy.rubrics import Bounds, Question
from labeling.queries.ratings import VERDICT
from labeling.services.events import record_event


@transaction.atomic
def create_rubric(
    *, project: Project, key: str, name: str, preset: Preset, author: User, now: datetime
) -> RubricVersion:
    """A rubric with its first version, copied from a preset and in use.

    A taken key is refused; the unique key refuses the loser of a race, and nothing of it is stored.
    """
    rubric = add_rubric(project, key=key, name=name, owner=author, now=now)
    written = WrittenRubric(preset.instructions, preset.asks_verdict, preset.questions)
    version = add_version(rubric, written, author=author, now=now, in_use_from=now, in_use_by=author)
    record_event("rubric.created", project=project, now=now, actor=author, version_id=version.pk, preset=preset.key)
    return version


@transaction.atomic
def write_rubric(
    *, project: Project, key: str, name: str, written: WrittenRubric, author: User, now: datetime
) -> RubricVersion:
    """A rubric with a draft of its first version, as somebody wrote it or still empty.

    Refused like `create_rubric`, and with the path of each field that cannot be so.
    """
    complaints = complaints_about_rubric(written)
    if complaints:
        raise Invalid(complaints)
    rubric = add_rubric(project, key=key, name=name, owner=author, now=now)
    version = add_version(rubric, written, author=author, now=now)
    record_event("rubric.drafted", project=project, now=now, actor=author, version_id=version.pk, number=1)
    return version


def add_rubric(project: Project, *, key: str, name: str, owner: User, now: datetime) -> Rubric:
    if Rubric.objects.filter(project=project, key=key).exists():
        raise Invalid({"key": "This project already has a rubric of that name."})
    return Rubric.objects.create(project=project, key=key, name=name, owner=owner, created_at=now)


def add_version(rubric: Rubric, written: WrittenRubric, *, author: User, now: datetime, **state: Any) -> RubricVersion:
    """The next version, a draft unless `state` says otherwise. Of an old rubric inside the caller's lock on it."""
    newest = rubric.versions.order_by("-number").first()
    version = RubricVersion.objects.create(
        rubric=rubric,
        number=newest.number + 1 if newest else 1,
        instructions=written.instructions,
        asks_verdict=written.asks_verdict,
        created_by=author,
        created_at=now,
        **state,
    )
    add_criteria(version, written)
    return version


def add_criteria(version: RubricVersion, written: WrittenRubric) -> None:
    Criterion.objects.bulk_create(
        criterion_from(question, version=version, position=position)
        for position, question in enumerate(written.questions, start=1)
    )


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
def attach_case(gap: GuidelineGap, entry: QueueEntry, *, actor: User, now: datetime) -> None:
    """Put the case that showed a gap beside it. Safe to repeat: the unique pair is attached once."""
    _, is_new = GapCase.objects.get_or_create(gap=gap, entry=entry, defaults={"attached_by": actor, "attached_at": now})
    if is_new:
        record_event(
            "rubric.gap_case_attached",
            project=entry.queue.project,
            now=now,
            actor=actor,
            gap_id=gap.pk,
            entry_id=entry.pk,
        )


@transaction.atomic
def close_gap(gap: GuidelineGap, *, closer: User, now: datetime) -> None:
    """Compare-and-set; a gap that is closed stays as it is. Safe to repeat."""
    if GuidelineGap.objects.filter(pk=gap.pk, closed_at__isnull=True).update(closed_at=now):
        record_event("rubric.gap_closed", project=gap.version.rubric.project, now=now, actor=closer, gap_id=gap.pk)
