"""The never-delegate register: entering a line, changing its people, looking at it again, and ending it."""

from datetime import date, datetime

from django.db import transaction

from labeling.models import Membership, NamedDecision, Project, Queue, Rubric, User
from labeling.policy.assignment import Rotation
from labeling.policy.errors import Conflict, Invalid
from labeling.queries.access import rater_of
from labeling.queries.days import day_of
from labeling.queries.named_decisions import rules_to_guard
from labeling.services.duties import NewDuty, write_duties
from labeling.services.events import record_event
from labeling.services.outbox import tell_overdue_review
from labeling.services.queues import create_queue
from labeling.services.stretches import end_stretch, refuse_without_reason

# Nobody but one person draws from such a queue: what takes two people, or is laid beside the line, has no place there.
SETTINGS = {
    "overlap": 1,
    "doubled_share": 0.0,
    "gold_share": 0.0,
    "repeat_share": 0.0,
    "round_days": 0,
    "breaks_ties": False,
    "is_reserved": True,
}


@transaction.atomic
def enter_decision(
    project: Project,
    *,
    title: str,
    accountable: User,
    backup: User | None,
    review_on: date,
    reason: str,
    actor: User,
    now: datetime,
    rule_name: str = "",
    rubric: Rubric | None = None,
) -> NamedDecision:
    """A new line. One that guards a rule opens a queue of its own, whose duties are the two people's.

    Locks the project, so that of two lines for one rule the second is refused. What waits already stays where it is.
    """
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    complaints = complaints_about_people(project, accountable, backup, guards=bool(rule_name))
    if not title.strip():
        complaints["title"] = "Say what is decided."
    if not reason.strip():
        complaints["reason"] = "Say why no machine decides it."
    if review_on <= day_of(now):
        complaints["review_on"] = "The next look lies ahead."
    if rule_name and rule_name not in rules_to_guard(project):
        complaints["rule_name"] = "No rule of this name reviews all it matches, or another line guards it."
    if rule_name and rubric is None:
        complaints["rubric"] = "Choose what the named person is asked."
    if complaints:
        raise Invalid(complaints)
    queue = reserved_queue(project, rubric, actor=actor, now=now) if rule_name and rubric else None
    decision = NamedDecision.objects.create(
        project=project,
        title=title.strip(),
        rule_name=rule_name,
        queue=queue,
        accountable=accountable,
        backup=backup,
        reason=reason.strip(),
        review_on=review_on,
        entered_by=actor,
        entered_at=now,
    )
    give_duties(decision)
    note(decision, "entered", actor=actor, now=now, accountable_id=accountable.pk, backup_id=backup.pk if backup else 0)
    return decision


def reserved_queue(project: Project, rubric: Rubric, *, actor: User, now: datetime) -> Queue:
    """Its name says nothing of why items come there: the person who draws from it reads it."""
    number = Queue.objects.filter(project=project).count() + 1
    taken = set(Queue.objects.filter(project=project).values_list("slug", flat=True))
    slug = next(slug for slug in (f"{rubric.key}-{n}"[:50] for n in range(number, 10_000)) if slug not in taken)
    name = f"{rubric.name[:70]} {slug.rpartition('-')[2]}"
    return create_queue(project=project, slug=slug, name=name, rubric=rubric, author=actor, now=now, **SETTINGS)


@transaction.atomic
def change_people(
    decision: NamedDecision,
    *,
    accountable: User,
    backup: User | None,
    reason: str,
    actor: User,
    now: datetime,
) -> None:
    """Who answers for it from now on; turns that are held stay with their holders. Locks the line; whoever comes after
    its end is told. Safe to repeat."""
    complaints = complaints_about_people(decision.project, accountable, backup, guards=bool(decision.rule_name))
    if not reason.strip():
        complaints["reason"] = "Say why; whoever looks back reads it."
    if complaints:
        raise Invalid(complaints)
    locked = locked_line(decision)
    before = {"accountable_before": locked.accountable_id, "backup_before": locked.backup_id or 0}
    locked.accountable, locked.backup = accountable, backup
    locked.save(update_fields=["accountable", "backup"])
    give_duties(locked)
    after = {"accountable_id": accountable.pk, "backup_id": backup.pk if backup else 0}
    note(locked, "changed", actor=actor, now=now, reason=reason.strip(), **before, **after)


@transaction.atomic
def look_again(decision: NamedDecision, *, review_on: date, reason: str, actor: User, now: datetime) -> None:
    """Somebody looked at the line and leaves it as it is until the next review. Locks the line."""
    refuse_without_reason(reason)
    if review_on <= day_of(now):
        raise Invalid({"review_on": "The next look lies ahead."})
    locked = locked_line(decision)
    before, locked.review_on = locked.review_on, review_on
    locked.save(update_fields=["review_on"])
    days = {"review_on": review_on.isoformat(), "review_before": before.isoformat()}
    note(locked, "reviewed", actor=actor, now=now, reason=reason.strip(), **days)


@transaction.atomic
def end_decision(decision: NamedDecision, *, reason: str, actor: User, now: datetime) -> None:
    """The line ends: what comes from now on goes where its kind goes. What waits stays reserved. Compare-and-set."""
    refuse_without_reason(reason)
    end_stretch(decision, reason=reason, actor=actor, now=now)
    note(decision, "ended", actor=actor, now=now, reason=reason.strip())


@transaction.atomic
def tell_if_overdue(decision_id: int, *, now: datetime) -> bool:
    """Tell people once of a review that is overdue. Locks the line, so that two workers take turns. Safe to repeat."""
    locked = NamedDecision.objects.select_for_update(of=("self",), no_key=True).select_related("project")
    decision = locked.get(pk=decision_id)
    is_told = decision.told_of == decision.review_on
    if decision.ended_at is not None or is_told or decision.review_on >= day_of(now):
        return False
    decision.told_of = decision.review_on
    decision.save(update_fields=["told_of"])
    note(decision, "overdue", actor=None, now=now, review_on=decision.review_on.isoformat())
    tell_overdue_review(decision, now=now)
    return True


def complaints_about_people(
    project: Project, accountable: User, backup: User | None, *, guards: bool
) -> dict[str, str]:
    complaints = {}
    for name, user in (("accountable", accountable), ("backup", backup)):
        if user is not None:
            roles = set(Membership.objects.filter(project=project, user=user).values_list("role", flat=True))
            if not roles:
                complaints[name] = "This person is no member of the project."
            elif guards and Membership.Role.REVIEWER not in roles:
                complaints[name] = "Whoever decides such items has to be a reviewer of the project."
    if backup == accountable:
        complaints["backup"] = "Nobody stands in for themself."
    if guards and backup is None:
        complaints["backup"] = "Name who decides while the accountable person is away."
    return complaints


def give_duties(decision: NamedDecision) -> None:
    """Only the accountable person draws from the reserved queue, and the backup while they are away."""
    if decision.queue is None or decision.backup is None:
        return
    accountable = rater_of(decision.accountable, decision.project)
    backup = rater_of(decision.backup, decision.project)
    duties = [NewDuty(accountable), NewDuty(backup, stands_in_for=accountable)]
    write_duties(decision.queue, duties, rotation=Rotation())


def locked_line(decision: NamedDecision) -> NamedDecision:
    locked = NamedDecision.objects.select_for_update(of=("self",), no_key=True).select_related("project", "queue")
    found = locked.get(pk=decision.pk)
    if found.ended_at is not None:
        raise Conflict("This line has ended; enter a new one.")
    return found


def note(decision: NamedDecision, what: str, *, actor: User | None, now: datetime, **subject: object) -> None:
    record_event(
        f"named_decision.{what}",
        project=decision.project,
        now=now,
        actor=actor,
        named_decision_id=decision.pk,
        queue_id=decision.queue_id or 0,
        **subject,
    )
