"""The newest roster outlives the worker that accepted it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("intake", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="AcceptedRoster",
            fields=[
                ("version", models.BigIntegerField(primary_key=True, serialize=False)),
                ("signed", models.BinaryField()),
            ],
        ),
    ]
