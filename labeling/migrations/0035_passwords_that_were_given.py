"""A password that somebody made for somebody else opens nothing but the form for one of their own."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("labeling", "0034_index_conversations"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="password_is_given",
            field=models.BooleanField(default=False),
        ),
    ]
