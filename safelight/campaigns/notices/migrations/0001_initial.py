from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="NoticeLine",
            fields=[
                ("entry", models.CharField(max_length=96, primary_key=True, serialize=False)),
                ("case_id", models.CharField(max_length=16)),
                ("template", models.CharField(max_length=40)),
                ("version", models.PositiveIntegerField()),
                ("kind", models.CharField(max_length=16)),
                ("made_on", models.DateField()),
                ("sent_on", models.DateField(null=True)),
                ("due", models.DateField(null=True)),
                ("ended", models.CharField(blank=True, max_length=8)),
                ("ended_on", models.DateField(null=True)),
                ("outcome", models.CharField(blank=True, max_length=16)),
                ("reposted_on", models.DateField(null=True)),
                ("restored_on", models.DateField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["case_id"], name="notice_case"),
                    models.Index(fields=["due", "entry"], name="notice_due"),
                ],
            },
        ),
    ]
