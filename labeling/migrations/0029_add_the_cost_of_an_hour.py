"""What an hour of a reviewer costs, for previews of a policy and the capacity planner."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("labeling", "0028_contract_autonomy"),
    ]

    operations = [
        migrations.AddField(
            model_name="project",
            name="currency",
            field=models.CharField(default="$", max_length=8),
        ),
        migrations.AddField(
            model_name="project",
            name="hourly_cost",
            field=models.DecimalField(blank=True, decimal_places=2, max_digits=10, null=True),
        ),
        migrations.AddConstraint(
            model_name="project",
            constraint=models.CheckConstraint(
                condition=models.Q(("hourly_cost__isnull", True), ("hourly_cost__gte", 0), _connector="OR"),
                name="an_hour_costs_nothing_or_more",
            ),
        ),
    ]
