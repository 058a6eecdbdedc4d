"""Putting a confidence map to use, and taking it out again, on an owner's word."""

from datetime import datetime

from django.db import transaction

from labeling.models import CalibrationRun, ChosenMap, JudgeVersion, User
from labeling.policy.confidence_map import read_map
from labeling.policy.errors import Conflict
from labeling.policy.splits import DEVELOPMENT
from labeling.queries.chosen_maps import fitted_in, map_in_use, why_not_to_choose
from labeling.services.events import record_event
from labeling.services.stretches import end_stretch, refuse_without_reason


@transaction.atomic
def choose_map(
    judge_version: JudgeVersion,
    run: CalibrationRun,
    *,
    criterion: str,
    kind: str,
    reason: str,
    actor: User,
    now: datetime,
) -> ChosenMap:
    """Read a judge's confidence on one criterion through a fitted map from now on; what is decided stays decided.

    Locks the judge version. A map in use ends with it, and the second of two presses for the same map is told. Refused
    without a reason, from a run of another judge version or one that saw more than the development part, and where the
    map makes the confidence no truer on items that it was not fitted on.
    """
    refuse_without_reason(reason)
    if run.judge_version_id != judge_version.pk or run.numbers.get("part") != DEVELOPMENT:
        raise Conflict("This map was fitted on another judge’s confidence, or on items that no map may know.")
    found = fitted_in(run, criterion=criterion, kind=kind)
    if found is None:
        raise Conflict("There is no such confidence map; the page lists those that could be fitted.")
    asked, report = found
    if why_not := why_not_to_choose(asked, report):
        raise Conflict(why_not)
    # What cannot be read must not come to lie in the way of every item.
    read_map(report["map"])
    JudgeVersion.objects.select_for_update(no_key=True).get(pk=judge_version.pk)
    before = map_in_use(judge_version, criterion)
    if before is not None:
        if (before.run_id, before.kind) == (run.pk, kind):
            raise Conflict("This map is in use already; nothing was changed.")
        end_stretch(before, reason="Another map was put to use.", actor=actor, now=now)
    chosen = ChosenMap.objects.create(
        judge_version=judge_version,
        criterion=criterion,
        confidence=asked["confidence_kind"],
        kind=kind,
        document=report["map"],
        run=run,
        reason=reason.strip(),
        chosen_by=actor,
        chosen_at=now,
    )
    note(chosen, "chosen", actor=actor, now=now)
    return chosen


@transaction.atomic
def withdraw_map(chosen: ChosenMap, *, reason: str, actor: User, now: datetime) -> None:
    """Take the judge's confidence as it says it again. Compare-and-set; whoever comes second changes nothing and is
    told."""
    refuse_without_reason(reason)
    end_stretch(chosen, reason=reason, actor=actor, now=now)
    note(chosen, "withdrawn", actor=actor, now=now)


def note(chosen: ChosenMap, what: str, *, actor: User, now: datetime) -> None:
    """The event of one change. Inside the caller's transaction."""
    record_event(
        f"confidence_map.{what}",
        project=chosen.judge_version.project,
        now=now,
        actor=actor,
        judge_version_id=chosen.judge_version_id,
        run_id=chosen.run_id,
        chosen_map_id=chosen.pk,
    )
