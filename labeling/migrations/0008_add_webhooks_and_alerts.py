"""Webhooks, alerts and what is sent: the words of a message and the record of an attempt never change."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import labeling.models.webhooks
from labeling.migrations._guards import guarding, never_changed

GUARDS = [
    *never_changed(["sendingattempt"]),
    (
        "sending_keeps_its_words",
        "BEFORE UPDATE",
        "sending",
        (
            "NEW.body <> OLD.body OR NEW.title <> OLD.title OR NEW.subject <> OLD.subject"
            " OR NEW.message_id <> OLD.message_id OR NEW.webhook_id {distinct} OLD.webhook_id"
            " OR NEW.recipient_id {distinct} OLD.recipient_id"
        ),
        "what is sent again is sent as it was written",
    ),
    (
        "alert_only_closes",
        "BEFORE UPDATE",
        "alert",
        (
            "OLD.closed_at IS NOT NULL OR NEW.closed_at IS NULL OR NEW.queue_id <> OLD.queue_id"
            " OR NEW.opened_at <> OLD.opened_at OR NEW.n_items <> OLD.n_items"
            " OR NEW.oldest_item_id <> OLD.oldest_item_id OR NEW.oldest_due_at <> OLD.oldest_due_at"
        ),
        "an alert opens once and closes once",
    ),
]


class Migration(migrations.Migration):
    dependencies = [
        ("labeling", "0007_add_duties_and_absences"),
    ]

    operations = [
        migrations.CreateModel(
            name="Alert",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("opened_at", models.DateTimeField()),
                ("n_items", models.PositiveIntegerField()),
                ("oldest_due_at", models.DateTimeField()),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Sending",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("subject", models.CharField(max_length=80)),
                (
                    "message_id",
                    models.CharField(default=labeling.models.webhooks.new_message_id, max_length=40, unique=True),
                ),
                ("title", models.CharField(blank=True, max_length=200)),
                ("body", models.TextField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("sending", "Being sent"),
                            ("sent", "Delivered"),
                            ("failed", "Failed"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("due_at", models.DateTimeField(blank=True, null=True)),
                ("n_attempts", models.PositiveIntegerField(default=0)),
                ("n_tries", models.PositiveIntegerField(default=0)),
                ("created_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="SendingAttempt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("ended_at", models.DateTimeField()),
                ("duration_ms", models.PositiveIntegerField(blank=True, null=True)),
                ("status", models.PositiveIntegerField(blank=True, null=True)),
                ("answer", models.CharField(blank=True, max_length=200)),
                ("error", models.CharField(blank=True, max_length=200)),
            ],
        ),
        migrations.CreateModel(
            name="Webhook",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80)),
                ("url", models.CharField(max_length=500)),
                ("hears", models.JSONField(default=list)),
                (
                    "secret_seed",
                    models.CharField(default=labeling.models.webhooks.new_seed, editable=False, max_length=64),
                ),
                ("previous_seed", models.CharField(blank=True, editable=False, max_length=64)),
                ("previous_until", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField()),
                ("failing_since", models.DateTimeField(blank=True, null=True)),
                ("off_at", models.DateTimeField(blank=True, null=True)),
                (
                    "off_reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("admin", "Switched off by an admin"),
                            ("failing", "Switched off: nothing got through for three days"),
                            ("gone", "Switched off: the receiver says that it is gone"),
                        ],
                        max_length=10,
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="project",
            name="alert_after_seconds",
            field=models.PositiveIntegerField(default=300),
        ),
        migrations.AddIndex(
            model_name="queueentry",
            index=models.Index(
                condition=models.Q(("state", "waiting")), fields=["queue", "due_at"], name="waiting_by_due_time"
            ),
        ),
        migrations.AddField(
            model_name="alert",
            name="oldest_item",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="labeling.item"),
        ),
        migrations.AddField(
            model_name="alert",
            name="queue",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="alerts", to="labeling.queue"
            ),
        ),
        migrations.AddField(
            model_name="sending",
            name="project",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="sendings", to="labeling.project"
            ),
        ),
        migrations.AddField(
            model_name="sending",
            name="recipient",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="sendingattempt",
            name="sending",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="attempts", to="labeling.sending"
            ),
        ),
        migrations.AddField(
            model_name="webhook",
            name="created_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="webhook",
            name="project",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="webhooks", to="labeling.project"
            ),
        ),
        migrations.AddField(
            model_name="sending",
            name="webhook",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="sendings",
                to="labeling.webhook",
            ),
        ),
        migrations.AddIndex(
            model_name="alert",
            index=models.Index(fields=["queue", "-opened_at"], name="alerts_by_time"),
        ),
        migrations.AddConstraint(
            model_name="alert",
            constraint=models.UniqueConstraint(
                condition=models.Q(("closed_at__isnull", True)), fields=("queue",), name="one_open_alert_per_queue"
            ),
        ),
        migrations.AddConstraint(
            model_name="alert",
            constraint=models.CheckConstraint(condition=models.Q(("n_items__gte", 1)), name="alert_is_about_items"),
        ),
        migrations.AddConstraint(
            model_name="sendingattempt",
            constraint=models.UniqueConstraint(fields=("sending", "number"), name="one_record_per_attempt"),
        ),
        migrations.AddConstraint(
            model_name="webhook",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("off_at__isnull", True), ("off_reason", "")),
                    models.Q(("off_at__isnull", False), ("off_reason__in", ["admin", "failing", "gone"])),
                    _connector="OR",
                ),
                name="webhook_off_has_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="webhook",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("previous_seed", ""), ("previous_until__isnull", True)),
                    models.Q(("previous_until__isnull", False), models.Q(("previous_seed", ""), _negated=True)),
                    _connector="OR",
                ),
                name="previous_secret_has_an_end",
            ),
        ),
        migrations.AddIndex(
            model_name="sending",
            index=models.Index(
                condition=models.Q(("due_at__isnull", False)), fields=["webhook", "due_at"], name="sendings_to_do"
            ),
        ),
        migrations.AddIndex(
            model_name="sending",
            index=models.Index(fields=["webhook", "-id"], name="sendings_of_webhook"),
        ),
        migrations.AddIndex(
            model_name="sending",
            index=models.Index(
                condition=models.Q(("state", "sending")), fields=["webhook", "due_at"], name="sendings_under_way"
            ),
        ),
        migrations.AddIndex(
            model_name="sending",
            index=models.Index(condition=models.Q(("state", "failed")), fields=["webhook"], name="failed_sendings"),
        ),
        migrations.AddIndex(
            model_name="sending",
            index=models.Index(
                condition=models.Q(("webhook__isnull", True)), fields=["project", "-id"], name="letters_of_project"
            ),
        ),
        migrations.AddConstraint(
            model_name="sending",
            constraint=models.UniqueConstraint(
                fields=("webhook", "subject"), name="one_sending_per_webhook_and_subject"
            ),
        ),
        migrations.AddConstraint(
            model_name="sending",
            constraint=models.UniqueConstraint(
                fields=("recipient", "subject"), name="one_sending_per_recipient_and_subject"
            ),
        ),
        migrations.AddConstraint(
            model_name="sending",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["waiting", "sending", "sent", "failed"])),
                name="sending_state_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="sending",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("recipient__isnull", True), ("webhook__isnull", False)),
                    models.Q(("recipient__isnull", False), ("webhook__isnull", True)),
                    _connector="OR",
                ),
                name="sending_goes_to_one_place",
            ),
        ),
        migrations.AddConstraint(
            model_name="sending",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("due_at__isnull", False), ("state__in", ["waiting", "sending"])),
                    models.Q(("due_at__isnull", True), ("state__in", ["sent", "failed"])),
                    _connector="OR",
                ),
                name="sending_is_due_until_it_is_over",
            ),
        ),
        guarding(GUARDS),
    ]
