"""Duties, absences, qualifications and recusals; who settled an item or wrote it as gold is recused from it.

Schema and rows in one migration, since a database without these recusals would hand people what they settled.
"""

import importlib

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from labeling.migrations._guards import guarding, kept_while_remaking, never_changed

EARLIER = importlib.import_module("labeling.migrations.0002_guard_what_must_not_change").GUARDS
BEFORE_REMAKING, AFTER_REMAKING = kept_while_remaking(EARLIER, "item")

GUARDS = [
    *never_changed(["recusal"]),
    (
        "qualification_only_ends",
        "BEFORE UPDATE",
        "qualification",
        (
            "OLD.withdrawn_at IS NOT NULL OR NEW.withdrawn_at IS NULL OR NEW.queue_id <> OLD.queue_id"
            " OR NEW.reviewer_id <> OLD.reviewer_id OR NEW.last_day <> OLD.last_day OR NEW.reason <> OLD.reason"
            " OR NEW.granted_by_id {distinct} OLD.granted_by_id OR NEW.granted_at <> OLD.granted_at"
        ),
        "a qualification is granted once and withdrawn once; grant another",
    ),
    ("qualification_is_never_deleted", "BEFORE DELETE", "qualification", "1 = 1", "withdraw a qualification"),
]


def recuse_who_settled(apps, schema_editor):
    def rows_of(model):
        return apps.get_model("labeling", model).objects.using(schema_editor.connection.alias)

    Recusal = apps.get_model("labeling", "Recusal")
    raters = rows_of("Rater").filter(user__isnull=False)
    rater_of = {(rater.project_id, rater.user_id): rater.pk for rater in raters}

    def keep(rows):
        rows_of("Recusal").bulk_create(
            (
                Recusal(item_id=item_id, reviewer_id=rater_of[project_id, user_id], ground=ground, recused_at=at)
                for project_id, user_id, item_id, ground, at in rows
                if (project_id, user_id) in rater_of
            ),
            ignore_conflicts=True,
            batch_size=1_000,
        )

    settled = rows_of("Adjudication").select_related("final_label__item")
    keep(
        (one.final_label.item.project_id, one.adjudicator_id, one.final_label.item_id, "adjudicator", decided_at)
        for one in settled.iterator()
        for decided_at in [one.final_label.decided_at]
    )
    # Who wrote a gold case is known from its event alone, which names the item that carries the case.
    written = rows_of("Event").filter(kind="gold.created", actor__isnull=False)
    keep(
        (event.project_id, event.actor_id, event.subject["item_id"], "gold_author", event.happened_at)
        for event in written.iterator()
    )


class Migration(migrations.Migration):
    dependencies = [
        ("labeling", "0006_add_probe_and_pauses"),
    ]

    operations = [
        BEFORE_REMAKING,
        migrations.CreateModel(
            name="Absence",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("first_day", models.DateField()),
                ("last_day", models.DateField()),
                ("reason", models.CharField(blank=True, max_length=200)),
                ("entered_at", models.DateTimeField()),
                ("begun_at", models.DateTimeField(blank=True, null=True)),
                ("cancelled_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Duty",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField()),
                ("daily_cap", models.PositiveIntegerField(blank=True, null=True)),
            ],
            options={
                "verbose_name_plural": "duties",
                "ordering": ["position", "id"],
            },
        ),
        migrations.CreateModel(
            name="Qualification",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("granted_at", models.DateTimeField()),
                ("reason", models.CharField(max_length=200)),
                ("last_day", models.DateField()),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                ("withdrawal_reason", models.CharField(blank=True, max_length=200)),
            ],
        ),
        migrations.CreateModel(
            name="Recusal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "ground",
                    models.CharField(
                        choices=[
                            ("author", "Wrote or commissioned the output"),
                            ("adjudicator", "Settled it"),
                            ("gold_author", "Gave its known answer"),
                        ],
                        max_length=12,
                    ),
                ),
                ("recused_at", models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name="item",
            name="author",
            field=models.CharField(blank=True, max_length=150),
        ),
        migrations.AddField(
            model_name="queue",
            name="needs_qualification",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="queue",
            name="on_duty",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="queue",
            name="rotation_days",
            field=models.PositiveSmallIntegerField(default=7),
        ),
        migrations.AddField(
            model_name="queue",
            name="rotation_starts_on",
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddIndex(
            model_name="item",
            index=models.Index(
                condition=models.Q(("author", ""), _negated=True), fields=["project"], name="items_with_an_author"
            ),
        ),
        migrations.AddConstraint(
            model_name="queue",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("on_duty", 0),
                    models.Q(("rotation_days__gte", 1), ("rotation_starts_on__isnull", False)),
                    _connector="OR",
                ),
                name="rotation_has_a_start_and_a_length",
            ),
        ),
        migrations.AddField(
            model_name="absence",
            name="entered_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="absence",
            name="reviewer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="absences", to="labeling.rater"
            ),
        ),
        migrations.AddField(
            model_name="duty",
            name="queue",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="duties", to="labeling.queue"
            ),
        ),
        migrations.AddField(
            model_name="duty",
            name="reviewer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="duties", to="labeling.rater"
            ),
        ),
        migrations.AddField(
            model_name="duty",
            name="stands_in_for",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="backups",
                to="labeling.rater",
            ),
        ),
        migrations.AddField(
            model_name="qualification",
            name="granted_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="qualification",
            name="queue",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="qualifications", to="labeling.queue"
            ),
        ),
        migrations.AddField(
            model_name="qualification",
            name="reviewer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="qualifications", to="labeling.rater"
            ),
        ),
        migrations.AddField(
            model_name="qualification",
            name="withdrawn_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="recusal",
            name="item",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="recusals", to="labeling.item"
            ),
        ),
        migrations.AddField(
            model_name="recusal",
            name="reviewer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="recusals", to="labeling.rater"
            ),
        ),
        migrations.AddIndex(
            model_name="absence",
            index=models.Index(
                condition=models.Q(("begun_at__isnull", True), ("cancelled_at__isnull", True)),
                fields=["first_day"],
                name="absences_to_begin",
            ),
        ),
        migrations.AddConstraint(
            model_name="absence",
            constraint=models.CheckConstraint(
                condition=models.Q(("last_day__gte", models.F("first_day"))), name="absence_ends_after_it_begins"
            ),
        ),
        migrations.AddConstraint(
            model_name="duty",
            constraint=models.UniqueConstraint(fields=("queue", "reviewer"), name="one_duty_per_reviewer"),
        ),
        migrations.AddConstraint(
            model_name="duty",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("stands_in_for__isnull", True),
                    models.Q(("stands_in_for", models.F("reviewer")), _negated=True),
                    _connector="OR",
                ),
                name="nobody_stands_in_for_themself",
            ),
        ),
        migrations.AddConstraint(
            model_name="duty",
            constraint=models.CheckConstraint(
                condition=models.Q(("daily_cap__isnull", True), ("daily_cap__gte", 1), _connector="OR"),
                name="own_cap_lets_somebody_work",
            ),
        ),
        migrations.AddConstraint(
            model_name="qualification",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="qualification_has_a_reason"
            ),
        ),
        migrations.AddConstraint(
            model_name="qualification",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("withdrawal_reason", ""), ("withdrawn_at__isnull", True), ("withdrawn_by__isnull", True)),
                    models.Q(("withdrawn_at__isnull", False), models.Q(("withdrawal_reason", ""), _negated=True)),
                    _connector="OR",
                ),
                name="withdrawal_has_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="recusal",
            constraint=models.UniqueConstraint(fields=("item", "reviewer"), name="one_recusal_per_item"),
        ),
        migrations.AddConstraint(
            model_name="recusal",
            constraint=models.CheckConstraint(
                condition=models.Q(("ground__in", ["author", "adjudicator", "gold_author"])),
                name="recusal_ground_is_known",
            ),
        ),
        AFTER_REMAKING,
        guarding(GUARDS),
        migrations.RunPython(recuse_who_settled, migrations.RunPython.noop),
    ]
