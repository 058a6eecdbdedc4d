"""The index of the alerts holds disputed entries too: whoever waits for an item waits for whoever decides it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("labeling", "0015_add_verdict_details_and_reopening"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="queueentry", name="waiting_by_due_time"),
        migrations.AddIndex(
            model_name="queueentry",
            index=models.Index(
                condition=models.Q(("state", "settled"), _negated=True),
                fields=["queue", "due_at"],
                name="unsettled_by_due_time",
            ),
        ),
    ]
