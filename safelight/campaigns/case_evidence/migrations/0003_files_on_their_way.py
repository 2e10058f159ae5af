from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("case_evidence", "0002_thumbnails")]

    operations = [
        migrations.AddField("evidencefile", "is_whole", models.BooleanField(default=True)),
    ]
