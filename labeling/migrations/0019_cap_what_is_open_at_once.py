import importlib

from django.db import migrations, models

from labeling.migrations._guards import kept_while_remaking

EARLIER = importlib.import_module("labeling.migrations.0002_guard_what_must_not_change").GUARDS
BEFORE, AFTER = kept_while_remaking(EARLIER, "queue")


class Migration(migrations.Migration):
    dependencies = [("labeling", "0018_recuse_whoever_met_an_item")]

    operations = [
        BEFORE,
        migrations.AddField(model_name="queue", name="most_open", field=models.PositiveSmallIntegerField(default=5)),
        migrations.AddConstraint(
            model_name="queue",
            constraint=models.CheckConstraint(condition=models.Q(("most_open__gte", 1)), name="one_item_may_be_open"),
        ),
        AFTER,
    ]
