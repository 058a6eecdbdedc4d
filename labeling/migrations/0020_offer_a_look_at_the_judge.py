"""Whoever labelled blind may look at what the judge said, and say more: apart from labels, and none of it ever changes.

Nobody looks at the judge on a label that was taken back, nor takes one back after looking. Backwards only while nobody
is kept from an item for having looked.
"""

import importlib

import django.db.models.deletion
from django.db import migrations, models

from labeling.migrations._guards import guarding, kept_while_remaking, never_changed

EARLIER = [
    guard
    for name in (
        "0002_guard_what_must_not_change",
        "0007_add_duties_and_absences",
        "0015_add_verdict_details_and_reopening",
        "0017_add_standing_and_screenings",
    )
    for guard in importlib.import_module(f"labeling.migrations.{name}").GUARDS
]
BEFORE, AFTER = kept_while_remaking(EARLIER, "queue", "recusal")
GUARDS = [
    *never_changed(["revealoffer", "reveal", "secondlabel"]),
    (
        "revealed_label_is_never_taken_back",
        "BEFORE INSERT",
        "withdrawal",
        "EXISTS (SELECT 1 FROM labeling_reveal WHERE offer_id = NEW.review_id)",
        "the judge was seen on this label",
    ),
    (
        "judge_is_seen_on_labels_that_stand",
        "BEFORE INSERT",
        "reveal",
        "EXISTS (SELECT 1 FROM labeling_withdrawal WHERE review_id = NEW.offer_id)",
        "this label was taken back",
    ),
]


class Migration(migrations.Migration):
    dependencies = [("labeling", "0019_cap_what_is_open_at_once")]

    operations = [
        BEFORE,
        migrations.AddField(model_name="queue", name="reveal_share", field=models.FloatField(default=0.0)),
        migrations.AddConstraint(
            model_name="queue",
            constraint=models.CheckConstraint(
                condition=models.Q(("reveal_share__gte", 0), ("reveal_share__lte", 1)), name="reveal_share_is_a_share"
            ),
        ),
        migrations.RemoveConstraint(model_name="recusal", name="recusal_ground_is_known"),
        migrations.AlterField(
            model_name="recusal",
            name="ground",
            field=models.CharField(
                choices=[
                    ("author", "Wrote or commissioned the output"),
                    ("adjudicator", "Settled it"),
                    ("gold_author", "Gave its known answer"),
                    ("met", "Met the item it was made of"),
                    ("revealed", "Saw what the judge said of it"),
                ],
                max_length=12,
            ),
        ),
        migrations.AddConstraint(
            model_name="recusal",
            constraint=models.CheckConstraint(
                condition=models.Q(("ground__in", ["author", "adjudicator", "gold_author", "met", "revealed"])),
                name="recusal_ground_is_known",
            ),
        ),
        AFTER,
        migrations.CreateModel(
            name="RevealOffer",
            fields=[
                (
                    "review",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="reveal_offer",
                        serialize=False,
                        to="labeling.review",
                    ),
                ),
                (
                    "judge_version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="labeling.judgeversion"
                    ),
                ),
                ("question", models.CharField(max_length=40)),
                ("judge_label", models.CharField(max_length=80)),
                ("judge_words", models.TextField(blank=True)),
                ("blind_label", models.CharField(max_length=80)),
                ("offered_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Reveal",
            fields=[
                (
                    "offer",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="reveal",
                        serialize=False,
                        to="labeling.revealoffer",
                    ),
                ),
                ("revealed_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="SecondLabel",
            fields=[
                (
                    "reveal",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="second_label",
                        serialize=False,
                        to="labeling.reveal",
                    ),
                ),
                ("value", models.CharField(max_length=80)),
                ("label", models.CharField(max_length=80)),
                (
                    "blind_state",
                    models.CharField(
                        choices=[("judge_visible", "After the judge was seen")], default="judge_visible", max_length=13
                    ),
                ),
                ("given_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("blind_state", "judge_visible")), name="second_label_is_never_blind"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("value", ""), _negated=True), models.Q(("label", ""), _negated=True)
                        ),
                        name="second_label_says_something",
                    ),
                ],
            },
        ),
        guarding(GUARDS),
    ]
