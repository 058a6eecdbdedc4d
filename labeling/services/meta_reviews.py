"""Whose error it was: an owner's finding on a disagreement of judge and people, after the blind verdict."""

from datetime import datetime

from django.db import transaction

from labeling.models import FinalLabel, JudgeVersion, MetaReview, User
from labeling.policy.errors import Conflict, Invalid
from labeling.queries.disagreements import Disagreement
from labeling.services.events import record_event

LONGEST_NOTE = 2_000


@transaction.atomic
def record_finding(
    judge_version: JudgeVersion, found: Disagreement, *, cause: str, note: str, actor: User, now: datetime
) -> MetaReview:
    """Write down whose error a disagreement was. A later finding on the same supersedes, and the first stays.

    Locks the final label, so that two findings at once are two revisions. Refused where the label was re-opened
    meanwhile: what was looked at stands no more. Not safe to repeat: the same again is another revision.
    """
    if cause not in MetaReview.Cause.values:
        raise Invalid({"cause": "Choose whose error it was."})
    if len(note) > LONGEST_NOTE:
        raise Invalid({"note": f"Keep the note under {LONGEST_NOTE:,} characters."})
    if cause in (MetaReview.Cause.PEOPLE, MetaReview.Cause.RUBRIC) and not note.strip():
        raise Invalid({"note": "Say what is wrong; whoever mends it reads this first."})
    label = FinalLabel.objects.select_for_update(of=("self",), no_key=True).get(pk=found.label.pk)
    if hasattr(label, "reopening"):
        raise Conflict("This label was re-opened meanwhile; look at it again once it is settled.")
    same = {"judge_version": judge_version, "item_id": label.item_id, "criterion": found.criterion}
    finding = MetaReview.objects.create(
        **same,
        revision=MetaReview.objects.filter(**same).count() + 1,
        final_label=label,
        judge_label=found.judge_label,
        human_label=found.human_label,
        cause=cause,
        note=note.strip(),
        made_by=actor,
        made_at=now,
    )
    record_event(
        "judge.meta_reviewed",
        project=judge_version.project,
        now=now,
        actor=actor,
        judge_version_id=judge_version.pk,
        item_id=label.item_id,
        criterion=found.criterion,
        cause=cause,
        revision=finding.revision,
    )
    return finding
