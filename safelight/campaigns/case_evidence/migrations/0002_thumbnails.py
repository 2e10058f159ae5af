import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("case_evidence", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="EvidenceThumbnail",
            fields=[
                ("item", models.CharField(max_length=64, primary_key=True, serialize=False)),
                (
                    "picture",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        to="case_evidence.evidencefile",
                    ),
                ),
            ],
        ),
    ]
