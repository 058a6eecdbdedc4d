"""Whoever met an item is kept from the reference made of it, and the reason says so. Backwards only while nobody is, for that reason."""

import importlib

from django.db import migrations, models

from labeling.migrations._guards import kept_while_remaking

EARLIER = importlib.import_module("labeling.migrations.0007_add_duties_and_absences").GUARDS
BEFORE, AFTER = kept_while_remaking(EARLIER, "recusal")


class Migration(migrations.Migration):
    dependencies = [("labeling", "0017_add_standing_and_screenings")]

    operations = [
        BEFORE,
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
                ],
                max_length=12,
            ),
        ),
        migrations.AddConstraint(
            model_name="recusal",
            constraint=models.CheckConstraint(
                condition=models.Q(("ground__in", ["author", "adjudicator", "gold_author", "met"])),
                name="recusal_ground_is_known",
            ),
        ),
        AFTER,
    ]
