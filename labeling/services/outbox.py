"""Writing down what is to be sent, in the transaction of what it tells of; services/sendings.py sends it afterwards.

So nothing is told that did not happen, and nothing that happened is forgotten with a killed worker.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.conf import settings

from labeling.models import (
    Alert,
    CalibrationRun,
    Contraction,
    FinalLabel,
    JudgeVersion,
    NamedDecision,
    Project,
    Sending,
    Webhook,
)
from labeling.models.webhooks import new_message_id
from labeling.queries.judge_messages import told_calibration_run, told_pack
from labeling.queries.sendings import (
    FIRST_SEEN,
    letter_about_alert,
    letter_about_contraction,
    letter_about_judge,
    letter_about_overdue_review,
    letter_about_switch_off,
    managers_of,
    message_body,
    told_alert,
    told_contraction,
    told_final_label,
    told_judge,
    told_overdue_review,
    webhooks_hearing,
)

Topic = Webhook.Topic


def tell_final_label(label: FinalLabel, *, project: Project, now: datetime) -> None:
    """Inside the caller's transaction. Where nobody listens it is one short query."""
    tell_webhooks(
        project, Topic.FINAL_LABEL, lambda: told_final_label(label), subject=f"final_label:{label.pk}", now=now
    )


def tell_alert(alert: Alert, *, now: datetime) -> None:
    """That an alert opened or closed, to webhooks and by mail. Inside the caller's transaction."""
    subject = f"alert:{alert.pk}:{'closed' if alert.closed_at else 'open'}"
    project = alert.queue.project
    tell_webhooks(project, Topic.DUE_BREACHED, lambda: told_alert(alert), subject=subject, now=now)
    write_letters(project, *letter_about_alert(alert), subject=subject, now=now)


def tell_judge(judge_version: JudgeVersion, what: str, row_id: int, *, reason: str, now: datetime) -> None:
    """That a judge is first known, changed, was cleared or suspended. Inside the caller's transaction."""
    project = judge_version.project
    subject = f"judge:{judge_version.pk}:{what}:{row_id}"
    tell_webhooks(project, Topic.JUDGE, lambda: told_judge(judge_version, what, now=now), subject=subject, now=now)
    # A first word changes nothing for anybody: a letter about it would be noise.
    if what != FIRST_SEEN:
        write_letters(project, *letter_about_judge(judge_version, what, reason=reason), subject=subject, now=now)


def tell_calibration_run(run: CalibrationRun, *, now: datetime) -> None:
    """That a judge was measured against people. Inside the caller's transaction."""
    content, subject = (lambda: told_calibration_run(run)), f"calibration_run:{run.pk}"
    tell_webhooks(run.judge_version.project, Topic.CALIBRATION_RUN, content, subject=subject, now=now)


def tell_contraction(contraction: Contraction, *, now: datetime) -> None:
    """That a guardrail contracted a project, to webhooks and by mail. Inside the caller's transaction."""
    project, subject = contraction.project, f"contraction:{contraction.pk}"
    tell_webhooks(project, Topic.CONTRACTION, lambda: told_contraction(contraction), subject=subject, now=now)
    write_letters(project, *letter_about_contraction(contraction), subject=subject, now=now)


def tell_pack(project: Project, manifest: Mapping[str, Any], *, now: datetime) -> None:
    """That a pack was made, with the hashes of its files. Two packs are two messages, whatever they hold."""
    subject = f"pack:{new_message_id()}"
    tell_webhooks(project, Topic.PACK, lambda: told_pack(project, manifest), subject=subject, now=now)


def tell_overdue_review(decision: NamedDecision, *, now: datetime) -> None:
    """That the review of a line of the register is overdue. Inside the caller's transaction; each is one message."""
    subject = f"named_decision:{decision.pk}:{decision.review_on.isoformat()}"
    content = lambda: told_overdue_review(decision)  # noqa: E731 - asked for only where somebody hears it
    tell_webhooks(decision.project, Topic.NAMED_DECISION, content, subject=subject, now=now)
    write_letters(decision.project, *letter_about_overdue_review(decision), subject=subject, now=now)


def tell_switch_off(webhook: Webhook, *, now: datetime) -> None:
    subject = f"webhook:{webhook.pk}:off:{int(now.timestamp())}"
    write_letters(webhook.project, *letter_about_switch_off(webhook), subject=subject, now=now)


def tell_webhooks(
    project: Project, topic: str, content: Callable[[], Mapping[str, Any]], *, subject: str, now: datetime
) -> None:
    webhooks = webhooks_hearing(project, topic)
    if webhooks:
        write_messages(project, webhooks, message_body(topic, content(), now=now), subject=subject, now=now)


def write_messages(project: Project, webhooks: list[Webhook], body: str, *, subject: str, now: datetime) -> None:
    """One message to each. The same subject again is the same message, and is not written twice."""
    Sending.objects.bulk_create(
        [
            Sending(project=project, webhook=webhook, subject=subject, body=body, due_at=now, created_at=now)
            for webhook in webhooks
        ],
        ignore_conflicts=True,
    )


def write_letters(project: Project, title: str, text: str, *, subject: str, now: datetime) -> None:
    """A letter to each admin and owner who has an address, where this installation sends mail at all."""
    if settings.MAIL_SERVER is None:
        return
    Sending.objects.bulk_create(
        [
            Sending(
                project=project, recipient=user, subject=subject, title=title, body=text, due_at=now, created_at=now
            )
            for user in managers_of(project).exclude(email="")
        ],
        ignore_conflicts=True,
    )
