"""Appeals: a reviewer says that a pause or a known answer is wrong, and somebody else decides with a reason."""

from datetime import datetime

from django.db import IntegrityError, transaction

from labeling.models import Appeal, EntryPurpose, GoldCase, Rater, Review, StandingPeriod, User
from labeling.policy.errors import Conflict, Invalid, NotAllowed
from labeling.policy.standing import PAUSED, PROBATION
from labeling.queries.access import people_who_settle
from labeling.queries.standing import standing_of
from labeling.services.events import record_event
from labeling.services.gold import retire_gold_case
from labeling.services.questioning import release_questions
from labeling.services.standing import end_period, open_period

LONGEST_WORDS = 2_000
Outcome = Appeal.Outcome
LIFTED = "The appeal was upheld."


@transaction.atomic
def appeal_standing(period: StandingPeriod, *, words: str, now: datetime) -> Appeal:
    """Appeal against a pause or a probation. One at a time: a second is refused by the database. Safe to repeat: it is
    told that the first one waits."""
    if period.ended_at is not None:
        raise Conflict("This is over; there is nothing to appeal against.")
    return make_appeal(period.reviewer, words=words, period=period, now=now)


@transaction.atomic
def appeal_known_answer(review: Review, *, words: str, now: datetime) -> Appeal:
    """Say that the known answer of a training case is wrong; only of what was shown, which live gold never is."""
    if review.entry.purpose.purpose != EntryPurpose.Purpose.TRAINING:
        raise NotAllowed("Only the answer of a training item can be appealed against.")
    return make_appeal(review.reviewer, words=words, review=review, now=now)


def make_appeal(reviewer: Rater, *, words: str, now: datetime, **about) -> Appeal:
    words = words.strip()
    if not words:
        raise Invalid({"words": "Say in a sentence or two what is wrong; whoever decides reads it."})
    if len(words) > LONGEST_WORDS:
        raise Invalid({"words": f"Keep it under {LONGEST_WORDS:,} characters."})
    try:
        with transaction.atomic():
            appeal = Appeal.objects.create(reviewer=reviewer, words=words, made_at=now, **about)
    except IntegrityError as taken:
        raise Conflict("You have appealed against this already; it waits for a decision.") from taken
    record_event(
        "appeal.made",
        project=reviewer.project,
        now=now,
        actor=reviewer.user,
        appeal_id=appeal.pk,
        rater_id=reviewer.pk,
        **{f"{name}_id": row.pk for name, row in about.items()},
    )
    return appeal


@transaction.atomic
def decide_appeal(appeal: Appeal, *, outcome: str, decision: str, actor: User, now: datetime) -> None:
    """Uphold or dismiss an appeal. Upheld, a pause ends with nothing in its place, as does the probation that followed
    from it, and its questioned labels count again; a known answer is retired as wrong, and past scores leave it out.

    Locks the appeal; the second of two is told. Refused without a reason, for one's own appeal, and to whoever began
    the pause by hand, while anybody else here may decide.
    """
    complaints = {}
    if outcome not in Outcome.values:
        complaints["outcome"] = "Uphold the appeal or dismiss it."
    if not decision.strip():
        complaints["decision"] = "Say why; the reviewer reads it."
    if complaints:
        raise Invalid(complaints)
    locked = (
        Appeal.objects.select_for_update(no_key=True, of=("self",)).select_related("period", "review").get(pk=appeal.pk)
    )
    refusal = refusal_to_decide(locked, actor)
    if refusal:
        raise NotAllowed(refusal)
    if locked.decided_at is not None:
        raise Conflict("Somebody decided this appeal while you were reading; nothing was changed.")
    Appeal.objects.filter(pk=appeal.pk).update(
        outcome=outcome, decision=decision.strip(), decided_by=actor, decided_at=now
    )
    if outcome == Outcome.UPHELD:
        carry_out(locked, actor=actor, now=now)
    record_event(
        "appeal.decided",
        project=locked.reviewer.project,
        now=now,
        actor=actor,
        appeal_id=appeal.pk,
        rater_id=locked.reviewer_id,
        outcome=outcome,
    )


def refusal_to_decide(appeal: Appeal, user: User) -> str:
    """Why this person may not decide; empty where they may."""
    if appeal.reviewer.user_id == user.pk:
        return "This appeal is yours; somebody else decides."
    if appeal.period is not None and appeal.period.began_by_id == user.pk:
        others = people_who_settle(appeal.reviewer.project).exclude(pk__in=[user.pk, appeal.reviewer.user_id])
        if others.exists():
            return "You paused this person yourself; another owner or admin decides about their appeal."
    return ""


def carry_out(appeal: Appeal, *, actor: User, now: datetime) -> None:
    if appeal.period is not None:
        release_questions(appeal.period, now=now)
        # The pause itself, or the probation that followed from it meanwhile; a newer pause has grounds of its own.
        follows = standing_of(appeal.period.queue_id, appeal.period.reviewer_id)
        if follows is not None and appeal.period_id in (follows.pk, newest_pause_before(follows)):
            end_period(open_period(follows, actor=None), because=LIFTED, actor=actor, now=now)
        return
    case = appeal.review.entry.purpose.gold_case
    retire_gold_case(case=case, because=GoldCase.Retirement.WRONG, actor=actor, now=now)


def newest_pause_before(period: StandingPeriod) -> int | None:
    """The pause that a probation followed from; None for a pause."""
    if period.state != PROBATION:
        return None
    pauses = StandingPeriod.objects.filter(queue=period.queue_id, reviewer=period.reviewer_id, state=PAUSED)
    return pauses.filter(pk__lt=period.pk).order_by("-pk").values_list("pk", flat=True).first()
