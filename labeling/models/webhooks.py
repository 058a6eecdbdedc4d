"""What the product tells others by itself: webhooks, alerts, and every message on its way to somebody.

A *delivery* brings items in; what goes out is a *sending*.
"""

import secrets

from django.db import models
from django.db.models import Q

from labeling.models.constraints import one_of
from labeling.models.items import Item
from labeling.models.projects import Project, User
from labeling.models.queues import Queue


def new_seed() -> str:
    return secrets.token_hex(32)


def new_message_id() -> str:
    return f"msg_{secrets.token_urlsafe(18)}"


class Topic(models.TextChoices):
    FINAL_LABEL = "final_label", "Final labels: an item has its final verdict"
    DUE_BREACHED = "due_breached", "Alerts: items of a queue are overdue, or no longer"
    JUDGE = "judge", "Judges: one first spoke, changed, was cleared or suspended"
    CALIBRATION_RUN = "calibration_run", "Calibration runs: a judge was measured against people"
    NAMED_DECISION = "named_decision", "Never-delegate register: the review of a line is overdue"
    CONTRACTION = "contraction", "Contractions: a guardrail made a project decide less by itself"
    PACK = "pack", "Packs: labels and corrections were made up for whoever runs a judge"


class OffReason(models.TextChoices):
    ADMIN = "admin", "Switched off by an admin"
    FAILING = "failing", "Switched off: nothing got through for three days"
    GONE = "gone", "Switched off: the receiver says that it is gone"


class Webhook(models.Model):
    """One address of a project that is told what happens. Its secret is derived from a seed, and shown once."""

    Topic = Topic
    OffReason = OffReason

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="webhooks")
    name = models.CharField(max_length=80)
    url = models.CharField(max_length=500)
    hears = models.JSONField(default=list)
    secret_seed = models.CharField(max_length=64, default=new_seed, editable=False)
    previous_seed = models.CharField(max_length=64, blank=True, editable=False)
    previous_until = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    failing_since = models.DateTimeField(null=True, blank=True)
    off_at = models.DateTimeField(null=True, blank=True)
    off_reason = models.CharField(max_length=10, choices=OffReason.choices, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(off_at__isnull=True, off_reason="")
                | Q(off_at__isnull=False, off_reason__in=OffReason.values),
                name="webhook_off_has_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(previous_until__isnull=True, previous_seed="")
                | (Q(previous_until__isnull=False) & ~Q(previous_seed="")),
                name="previous_secret_has_an_end",
            ),
        ]

    def __str__(self):
        return f"webhook {self.pk}"


class Alert(models.Model):
    """One time a queue was late: items waited past their due time, from then until none did."""

    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="alerts")
    opened_at = models.DateTimeField()
    n_items = models.PositiveIntegerField()
    oldest_item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+")
    oldest_due_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["queue"], condition=Q(closed_at__isnull=True), name="one_open_alert_per_queue"
            ),
            models.CheckConstraint(condition=Q(n_items__gte=1), name="alert_is_about_items"),
        ]
        indexes = [models.Index(fields=["queue", "-opened_at"], name="alerts_by_time")]

    def __str__(self):
        return f"alert {self.pk}"


class SendingState(models.TextChoices):
    WAITING = "waiting", "Waiting"
    SENDING = "sending", "Being sent"
    SENT = "sent", "Delivered"
    FAILED = "failed", "Failed"


class Sending(models.Model):
    """One message to one webhook or one person, written in the transaction of what it tells of.

    `n_attempts` counts all its attempts and fences them off from each other; `n_tries` those since somebody last
    asked for it to be sent. `body` is what goes out, byte for byte the same each time. While it is being sent,
    `due_at` is when its lease runs out and somebody else tries; what is over has none.
    """

    State = SendingState

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="sendings")
    # Its indexes below begin with the webhook; one of its own would be taken where they are meant.
    webhook = models.ForeignKey(
        Webhook, null=True, blank=True, on_delete=models.PROTECT, related_name="sendings", db_index=False
    )
    recipient = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    subject = models.CharField(max_length=80)
    message_id = models.CharField(max_length=40, unique=True, default=new_message_id)
    title = models.CharField(max_length=200, blank=True)
    body = models.TextField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    due_at = models.DateTimeField(null=True, blank=True)
    n_attempts = models.PositiveIntegerField(default=0)
    n_tries = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["webhook", "subject"], name="one_sending_per_webhook_and_subject"),
            models.UniqueConstraint(fields=["recipient", "subject"], name="one_sending_per_recipient_and_subject"),
            one_of("state", SendingState, name="sending_state_is_known"),
            models.CheckConstraint(
                condition=Q(webhook__isnull=False, recipient__isnull=True)
                | Q(webhook__isnull=True, recipient__isnull=False),
                name="sending_goes_to_one_place",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "sending"], due_at__isnull=False)
                | Q(state__in=["sent", "failed"], due_at__isnull=True),
                name="sending_is_due_until_it_is_over",
            ),
        ]
        indexes = [
            # Not by state: SQLite does not see that `state IN (?, ?)` is what the index holds.
            models.Index(fields=["webhook", "due_at"], condition=Q(due_at__isnull=False), name="sendings_to_do"),
            models.Index(fields=["webhook", "-id"], name="sendings_of_webhook"),
            models.Index(fields=["webhook", "due_at"], condition=Q(state="sending"), name="sendings_under_way"),
            models.Index(fields=["webhook"], condition=Q(state="failed"), name="failed_sendings"),
            models.Index(fields=["project", "-id"], condition=Q(webhook__isnull=True), name="letters_of_project"),
        ]

    def __str__(self):
        return f"sending {self.pk}"

    @property
    def words(self) -> str:
        """What it is about, for people: the subject is for the unique constraint."""
        kind, number, *more = [*self.subject.split(":"), ""]
        names = {
            "final_label": f"Final label {number}",
            "alert": f"Alert {number}, {more[0] if more else ''}",
            "judge": f"Judge version {number}, {more[0] if more else ''}",
            "calibration_run": f"Calibration run {number}",
            "contraction": f"Contraction {number}",
        }
        return names.get(kind, kind.capitalize())


class SendingAttempt(models.Model):
    """One try to send: when, how long it took, and what came back. Append-only."""

    sending = models.ForeignKey(Sending, on_delete=models.PROTECT, related_name="attempts")
    number = models.PositiveIntegerField()
    ended_at = models.DateTimeField()
    duration_ms = models.PositiveIntegerField(null=True, blank=True)
    status = models.PositiveIntegerField(null=True, blank=True)
    answer = models.CharField(max_length=200, blank=True)
    error = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sending", "number"], name="one_record_per_attempt")]

    def __str__(self):
        return f"attempt {self.number} of {self.sending}"
