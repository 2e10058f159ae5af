from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("case_evidence", "0003_files_on_their_way")]

    operations = [
        migrations.CreateModel(
            name="DueLook",
            fields=[
                ("schedule", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("case_id", models.CharField(max_length=16)),
                ("desk", models.CharField(max_length=64)),
                ("due", models.DateTimeField(db_index=True)),
                ("every_hours", models.PositiveIntegerField()),
                ("until", models.DateField()),
            ],
        ),
        migrations.CreateModel(
            name="LookFound",
            fields=[
                ("capture", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("case_id", models.CharField(db_index=True, max_length=16)),
                ("before", models.CharField(max_length=64)),
                ("became", models.CharField(max_length=20)),
            ],
        ),
    ]
