import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="EvidenceFile",
            fields=[
                ("item", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("case_id", models.CharField(max_length=16)),
                ("key_id", models.CharField(max_length=32)),
                ("size", models.PositiveBigIntegerField()),
            ],
            options={"indexes": [models.Index(fields=["case_id"], name="evidence_case")]},
        ),
        migrations.CreateModel(
            name="EvidenceKey",
            fields=[
                ("fingerprint", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("seed", models.BinaryField(max_length=32)),
            ],
        ),
        migrations.CreateModel(
            name="EvidencePiece",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("sealed", models.BinaryField()),
                (
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        to="case_evidence.evidencefile",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["file", "number"], name="one_evidence_piece")
                ]
            },
        ),
    ]
