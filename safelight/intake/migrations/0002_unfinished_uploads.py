"""What unfinished uploads hold, without reading those that were kept."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = (("intake", "0001_initial"),)

    operations = (
        migrations.AddIndex(
            model_name="upload",
            index=models.Index(
                fields=["received"], condition=models.Q(kept=False), name="unfinished_uploads"
            ),
        ),
    )
