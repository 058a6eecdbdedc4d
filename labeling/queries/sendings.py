"""What waits to be sent, to whom, and what messages say: ids and numbers, never an item's text or a reviewer's name."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.db.models import Count, Exists, OuterRef, Prefetch, QuerySet, Subquery
from django.db.models.functions import Coalesce

from labeling.models import (
    Alert,
    Contraction,
    FinalLabel,
    JudgeVersion,
    NamedDecision,
    Project,
    Sending,
    SendingAttempt,
    User,
    Webhook,
)
from labeling.queries.access import people_who_settle
from labeling.queries.label_pages import NEVER, entrances_of
from labeling.queries.rubrics import answers_of
from labeling.queries.verdicts import failure_told

State = Sending.State
# A webhook's id; letters, which all go to one mail server, are the lane None.
Lane = int | None
# How many lanes are served at once: each may hold a worker's thread for seconds.
MOST_LANES = 2


def lanes_to_serve(*, now: datetime) -> list[Lane]:
    """Who has something due and is not being sent to already. One slow receiver has one lane, and no other's."""
    mine = Sending.objects.filter(webhook=OuterRef("pk"))
    hooks = Webhook.objects.filter(
        Exists(due_sendings(mine, now=now)), ~Exists(being_sent(mine, now=now)), off_at__isnull=True
    )
    lanes: list[Lane] = list(hooks.values_list("pk", flat=True))
    letters = Sending.objects.filter(webhook__isnull=True)
    if due_sendings(letters, now=now).exists() and not being_sent(letters, now=now).exists():
        lanes.append(None)
    return lanes


def n_lanes_free(*, now: datetime) -> int:
    busy = being_sent(Sending.objects.all(), now=now).order_by().values("webhook").distinct()
    return max(0, MOST_LANES - busy.count())


def due_sendings(sendings: QuerySet[Sending], *, now: datetime) -> QuerySet[Sending]:
    """Those to send now, with those whose worker died while it held them."""
    return sendings.filter(due_at__lte=now).order_by("due_at", "id")


def being_sent(sendings: QuerySet[Sending], *, now: datetime) -> QuerySet[Sending]:
    return sendings.filter(state=State.SENDING, due_at__gt=now)


def webhooks_hearing(project: Project, topic: str) -> list[Webhook]:
    """The project's webhooks that are told of this. Sorted out here, since SQLite cannot look into a JSON list."""
    return [webhook for webhook in project.webhooks.filter(off_at__isnull=True) if topic in webhook.hears]


def managers_of(project: Project) -> QuerySet[User]:
    return people_who_settle(project)


def is_still_manager(user: User, project: Project) -> bool:
    return managers_of(project).filter(pk=user.pk).exists()


# --- what messages say ----------------------------------------------------------------------------------------------


def message_body(kind: str, content: Mapping[str, Any], *, now: datetime) -> str:
    """The body of a webhook's message; `timestamp` is when it happened, whenever it arrives."""
    message = {"type": kind, "timestamp": told_time(now), "data": content}
    return json.dumps(message, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def told_time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def told_final_label(label: FinalLabel) -> dict[str, Any]:
    entry = label.entry
    return {
        "project": entry.queue.project.slug,
        "item_id": label.item_id,
        "external_id": label.item.external_id,
        "source_system": label.item.source_system,
        "entry_id": entry.pk,
        "final_label_id": label.pk,
        "rubric": entry.rubric_version.rubric.key,
        "rubric_version": entry.rubric_version.number,
        "verdict": label.verdict or None,
        "is_bad": label.is_bad,
        "source": label.source,
        # Above 1 it replaces an earlier final label of the same entry, which was re-opened.
        "revision": label.revision,
        # The text itself is read through the API: a message says ids and numbers.
        "has_correction": hasattr(label, "correction"),
        "failure": failure_without_words(label),
        "answers": answers_of(label),
        "inclusion_probability": entrances_of([label.item_id]).get(label.item_id, NEVER).inclusion_probability,
        "decided_at": told_time(label.decided_at),
    }


def failure_without_words(label: FinalLabel) -> dict[str, str | None] | None:
    told = failure_told(label)
    return {part: told[part] for part in ("type", "severity", "cause")} if told else None


def told_alert(alert: Alert) -> dict[str, Any]:
    item = alert.oldest_item
    return {
        "project": alert.queue.project.slug,
        "queue": alert.queue.slug,
        "alert_id": alert.pk,
        "state": "closed" if alert.closed_at else "open",
        "n_items": alert.n_items,
        "oldest": {
            "item_id": item.pk,
            "external_id": item.external_id,
            "source_system": item.source_system,
            "due_at": told_time(alert.oldest_due_at),
        },
        "opened_at": told_time(alert.opened_at),
        "closed_at": told_time(alert.closed_at) if alert.closed_at else None,
    }


def letter_about_alert(alert: Alert) -> tuple[str, str]:
    """Title and text. A letter lies in many hands on its way, so it says numbers and where to look."""
    project, queue = alert.queue.project.slug, alert.queue.slug
    where = f"See /p/{project}/alerts/ and /p/{project}/queues/ in Reviewapp."
    if alert.closed_at:
        text = f"Nothing in queue {queue} of project {project} is overdue any more (alert {alert.pk})."
        times = f"It opened {letter_time(alert.opened_at)} and closed {letter_time(alert.closed_at)}."
        return f"[{project}] No longer overdue: queue {queue}", f"{text}\n\n{times}\n\n{where}\n"
    noun = "item" if alert.n_items == 1 else "items"
    text = f"{alert.n_items:,} {noun} in queue {queue} of project {project} should have been decided by now."
    oldest = f"The oldest is item {alert.oldest_item_id}, due {letter_time(alert.oldest_due_at)}."
    promise = f"Nothing is approved by the delay: what waits stays held (alert {alert.pk})."
    return (
        f"[{project}] {alert.n_items:,} {noun} overdue in queue {queue}",
        f"{text}\n{oldest}\n\n{promise}\n\n{where}\n",
    )


def told_overdue_review(decision: NamedDecision) -> dict[str, Any]:
    return {
        "project": decision.project.slug,
        "named_decision_id": decision.pk,
        "rule": decision.rule_name or None,
        "review_on": decision.review_on.isoformat(),
    }


def letter_about_overdue_review(decision: NamedDecision) -> tuple[str, str]:
    project = decision.project.slug
    text = f"Line {decision.pk} of the never-delegate register of project {project} was to be looked at again"
    promise = "It stands until somebody ends it: what it guards still goes to its people alone."
    where = f"See /p/{project}/register/ in Reviewapp."
    title = f"[{project}] A line of the never-delegate register is overdue for review"
    return title, f"{text} on {decision.review_on.isoformat()}.\n\n{promise}\n\n{where}\n"


def page_of_judge(judge_version: JudgeVersion) -> str:
    """Spelled out, since queries know no addresses: those are made of views, which are above them."""
    return f"/p/{judge_version.project.slug}/judges/{judge_version.pk}/"


def told_judge(judge_version: JudgeVersion, what: str, *, now: datetime) -> dict[str, Any]:
    return {
        "project": judge_version.project.slug,
        "judge": judge_version.name,
        "judge_version_id": judge_version.pk,
        "model": judge_version.model or None,
        "family": judge_version.family or None,
        "prompt_hash": judge_version.prompt_hash or None,
        "parameters_hash": judge_version.parameters_hash,
        "change": what,
        "at": told_time(now),
        "page": page_of_judge(judge_version),
    }


FIRST_SEEN = "first_seen"
JUDGE_WORDS = {
    "changed": "changed, and ships nothing until it is validated and cleared",
    "cleared": "was cleared to gate",
    "withdrawn": "is no longer cleared, and ships nothing",
    "suspended": "is suspended, and ships nothing",
    "lifted": "is no longer suspended",
}


def letter_about_judge(judge_version: JudgeVersion, what: str, *, reason: str) -> tuple[str, str]:
    """A producer names judges and models, so a letter says ids, and the reason that somebody here gave."""
    project, words = judge_version.project.slug, JUDGE_WORDS[what]
    where = f"See {page_of_judge(judge_version)} in Reviewapp."
    why = f"\n\nWhy: {reason}" if reason else ""
    return (
        f"[{project}] Judge version {judge_version.pk} {words.partition(',')[0]}",
        f"Judge version {judge_version.pk} of project {project} {words}.{why}\n\n{where}\n",
    )


def told_contraction(contraction: Contraction) -> dict[str, Any]:
    evidence = contraction.evidence
    return {
        "project": contraction.project.slug,
        "contraction_id": contraction.pk,
        "guardrail": contraction.kind,
        "limit": evidence["limit"],
        "value": evidence["value"],
        "low": evidence["low"],
        "high": evidence["high"],
        "n": evidence["n"],
        "policy_before": contraction.before.number,
        "policy": contraction.published.number,
        "incident_id": contraction.incident_id,
        "at": told_time(contraction.began_at),
        "page": f"/p/{contraction.project.slug}/autonomy/",
    }


def letter_about_contraction(contraction: Contraction) -> tuple[str, str]:
    """Numbers and where to look; a producer names judges, so what a drift alarm says of one stays on the page."""
    project, kind = contraction.project.slug, contraction.get_kind_display().lower()
    text = (
        f"A guardrail of project {project} tripped ({kind}), so policy version {contraction.published.number} decides "
        f"instead of version {contraction.before.number} (incident {contraction.incident_id})."
    )
    promise = "It ships no more than before. A person ends this by publishing or staging one; nothing widens by itself."
    where = f"See /p/{project}/autonomy/ in Reviewapp."
    return f"[{project}] Autonomy contracted: {kind}", f"{text}\n\n{promise}\n\n{where}\n"


def letter_about_switch_off(webhook: Webhook) -> tuple[str, str]:
    project = webhook.project.slug
    text = f"Webhook {webhook.pk} of project {project} is switched off: {webhook.get_off_reason_display()}."
    more = f"What waited for it is kept. See /p/{project}/webhooks/{webhook.pk}/ in Reviewapp to send it again."
    return f"[{project}] Webhook {webhook.pk} is switched off", f"{text}\n\n{more}\n"


def letter_time(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


# --- for the pages --------------------------------------------------------------------------------------------------


def webhooks_of(project: Project) -> QuerySet[Webhook]:
    """The project's webhooks with what is still to be sent, what failed and when something last got through."""
    return (
        project.webhooks.select_related("created_by")
        .annotate(
            n_waiting=n_sendings(due_at__isnull=False),
            n_failed=n_sendings(state=State.FAILED),
            last_sent_at=Subquery(
                Sending.objects.filter(webhook=OuterRef("pk"), state=State.SENT).order_by("-id").values("ended_at")[:1]
            ),
        )
        .order_by("-id")
    )


def n_sendings(**wanted: Any) -> Coalesce:
    # A count of its own for each: counted over one join, every message ever delivered would be walked too.
    found = Sending.objects.filter(webhook=OuterRef("pk"), **wanted).order_by()
    return Coalesce(Subquery(found.values("webhook").annotate(n=Count("id")).values("n")), 0)


def sendings_to(webhook: Webhook, *, state: str = "") -> QuerySet[Sending]:
    sendings = webhook.sendings.filter(state=state) if state else webhook.sendings.all()
    return with_attempts(sendings)


def letters_of(project: Project) -> QuerySet[Sending]:
    return with_attempts(project.sendings.filter(webhook__isnull=True).select_related("recipient"))


def with_attempts(sendings: QuerySet[Sending]) -> QuerySet[Sending]:
    attempts = SendingAttempt.objects.order_by("-number")
    return sendings.prefetch_related(Prefetch("attempts", attempts)).order_by("-id")
