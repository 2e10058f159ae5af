"""A key for the bytes of each holder, which is forgotten with them."""

from __future__ import annotations

from django.db import migrations, models

import safelight.intake.models


class Migration(migrations.Migration):
    dependencies = (("intake", "0002_unfinished_uploads"),)

    operations = (
        migrations.CreateModel(
            name="HolderKey",
            fields=[
                (
                    "key",
                    safelight.intake.models.RandomKey(
                        default=safelight.intake.models.random_key,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("secret", models.BinaryField()),
            ],
        ),
    )
