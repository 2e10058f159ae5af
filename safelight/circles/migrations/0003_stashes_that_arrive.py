"""How much of a stash has come: what was only announced takes no room."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = (("circles", "0002_pieces_and_stashes"),)

    operations = (
        migrations.AddField(
            model_name="stash", name="received", field=models.IntegerField(default=0)
        ),
    )
