"""The guess-the-source probe, whose questions and answers never change, and when a reviewer last paused."""

import django.db.models.deletion
from django.db import migrations, models

from labeling.migrations._guards import guarding, never_changed

GUARDS = never_changed(["opaquesystem", "sourcequestion", "sourceguess"])


class Migration(migrations.Migration):
    dependencies = [
        ("labeling", "0005_keep_a_place_in_line"),
    ]

    operations = [
        migrations.CreateModel(
            name="OpaqueSystem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveSmallIntegerField()),
                ("source", models.CharField(max_length=250)),
            ],
            options={
                "ordering": ["project", "number"],
            },
        ),
        migrations.CreateModel(
            name="SourceQuestion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("n_systems", models.PositiveSmallIntegerField()),
                ("right_system", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("asked_at", models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name="queue",
            name="probe_share",
            field=models.FloatField(default=0.0),
        ),
        migrations.AddField(
            model_name="rater",
            name="at_it_since",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="rater",
            name="hint_put_away_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="rater",
            name="last_submitted_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddIndex(
            model_name="queueentry",
            index=models.Index(fields=["queue", "created_at"], name="entries_by_arrival"),
        ),
        migrations.AddIndex(
            model_name="queueentry",
            index=models.Index(fields=["queue", "due_at"], name="entries_by_due_time"),
        ),
        migrations.AddConstraint(
            model_name="queue",
            constraint=models.CheckConstraint(
                condition=models.Q(("probe_share__gte", 0), ("probe_share__lte", 1)), name="probe_share_is_a_share"
            ),
        ),
        migrations.AddField(
            model_name="opaquesystem",
            name="project",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="opaque_systems", to="labeling.project"
            ),
        ),
        migrations.CreateModel(
            name="SourceGuess",
            fields=[
                (
                    "question",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="guess",
                        serialize=False,
                        to="labeling.sourcequestion",
                    ),
                ),
                ("system", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("guessed_at", models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name="sourcequestion",
            name="hand_out",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, related_name="source_question", to="labeling.handout"
            ),
        ),
        migrations.AddConstraint(
            model_name="opaquesystem",
            constraint=models.UniqueConstraint(fields=("project", "number"), name="one_system_per_number"),
        ),
        migrations.AddConstraint(
            model_name="opaquesystem",
            constraint=models.UniqueConstraint(fields=("project", "source"), name="one_number_per_system"),
        ),
        migrations.AddConstraint(
            model_name="opaquesystem",
            constraint=models.CheckConstraint(condition=models.Q(("number__gte", 1)), name="systems_count_from_1"),
        ),
        migrations.AddConstraint(
            model_name="sourcequestion",
            constraint=models.CheckConstraint(
                condition=models.Q(("n_systems__gte", 2)), name="a_guess_has_two_ways_to_go"
            ),
        ),
        guarding(GUARDS),
    ]
