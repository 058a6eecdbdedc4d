"""The items of a conversation or a prompt are found without reading all of the project."""

from django.db import migrations, models

from labeling.migrations._live import AddIndexLive


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("labeling", "0033_count_large_projects"),
    ]

    operations = [
        AddIndexLive(
            model_name="item",
            index=models.Index(
                condition=models.Q(("cluster_key", ""), _negated=True),
                fields=["project", "cluster_key", "id"],
                name="items_by_cluster",
            ),
        ),
    ]
