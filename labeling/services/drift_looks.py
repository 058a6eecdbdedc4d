"""The watch over judges in use: an alarm suspends one, opens an incident and tells people."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from labeling.models import DriftLook, Validation
from labeling.policy.instruments import raised_share
from labeling.queries.judge_watch import Watched, watched_by
from labeling.services.clearances import begin_drift_suspension
from labeling.services.events import record_event

QUARTER_DAYS = 365.25 / 4
# The rate at which audit items become final is that of the last weeks; before there are any, of at least a day.
RATE_DAYS = 28
# A watch that comes so seldom to an answer would alarm at the first miss: it is set as if there were these many.
LEAST_ANSWERS_A_QUARTER = 50
MOST_SHOWN = 400
THRESHOLDS = (0.5, 16.0)
HALVINGS = 12


def look_for_drift(validation_id: int, *, now: datetime) -> DriftLook | None:
    """Follow a judge's misses on the audit items since its validation; an alarm suspends it. None where nothing can
    be watched or nothing came since the last look.

    Reading and computing hold no lock; the look and what an alarm does are one transaction, and the unique look lets
    one of two write. Safe to repeat.
    """
    found = Validation.objects.select_related("opening__judge_version__project")
    watched = watched_by(found.get(pk=validation_id), now=now)
    if not watched.answers:
        return None
    numbers = follow_misses(watched, now=now)
    return None if numbers is None else save_look(watched, numbers, now=now)


def follow_misses(watched: Watched, *, now: datetime) -> dict[str, Any] | None:
    """The path of the watch and how it was set. The usual share is the upper end of what the validation found: an alarm
    then says more than that few sealed items were read."""
    from labeling.stats.drift import Cusum, follow, run_length
    from labeling.stats.intervals import wilson_share

    usual = wilson_share(watched.validation.n_missed, watched.validation.n_judged)
    if usual.high is None or not 0 < usual.high < 1:
        return None
    answers_a_day = rate_of(watched, now=now)
    wanted = max(answers_a_day * QUARTER_DAYS, LEAST_ANSWERS_A_QUARTER)
    low, high = THRESHOLDS
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        is_enough = run_length(Cusum(usual.high, raised_share(usual.high), middle), usual.high) >= wanted
        low, high = (low, middle) if is_enough else (middle, high)
    watch = Cusum(usual.high, raised_share(usual.high), high)
    path = follow(watch, [one.is_miss for one in watched.answers])
    return {
        "usual": watch.usual,
        "usual_value": usual.value,
        "n_usual": watched.validation.n_judged,
        "raised": watch.raised,
        "threshold": watch.threshold,
        "answers_a_day": answers_a_day,
        "days_between_false_alarms": run_length(watch, watch.usual) / answers_a_day,
        "days_until_found": run_length(watch, watch.raised) / answers_a_day,
        "n_before": max(0, len(path.values) - MOST_SHOWN),
        "path": [round(value, 3) for value in path.values[-MOST_SHOWN:]],
        "alarm_at": path.alarms[0] if path.alarms else None,
    }


def rate_of(watched: Watched, *, now: datetime) -> float:
    since = max(watched.counted_from, now - timedelta(days=RATE_DAYS))
    n_lately = sum(one.decided_at > since for one in watched.answers)
    return max(n_lately, 1) / max((now - since) / timedelta(days=1), 1.0)


@transaction.atomic
def save_look(watched: Watched, numbers: dict[str, Any], *, now: datetime) -> DriftLook:
    opening = watched.validation.opening
    look, is_new = DriftLook.objects.get_or_create(
        validation=watched.validation,
        counted_from=watched.counted_from,
        counted_until=watched.answers[-1].decided_at,
        n_answers=len(watched.answers),
        defaults={
            "n_missed": sum(one.is_miss for one in watched.answers),
            "numbers": numbers,
            "is_alarm": numbers["alarm_at"] is not None,
            "looked_at": now,
        },
    )
    if is_new and look.is_alarm:
        version = opening.judge_version
        record_event("judge.drifted", project=version.project, now=now, judge_version_id=version.pk, look_id=look.pk)
        reason = (
            f"Drift alarm: {look.n_missed} of {look.n_answers} audit items are labelled otherwise by people; usual are "
            f"at most {watched.validation.n_missed} of {watched.validation.n_judged} "
            f"({numbers['usual']:.0%} with its uncertainty)."
        )
        begin_drift_suspension(version, reason=reason, evidence={"look_id": look.pk}, now=now)
    return look
