import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("partners", "0002_private_overlaps")]

    operations = [
        migrations.CreateModel(
            name="ExchangePartner",
            fields=[
                ("partner_id", models.CharField(max_length=16, primary_key=True, serialize=False)),
                ("own_name", models.CharField(max_length=30)),
                ("name", models.CharField(blank=True, max_length=30)),
                ("signing_seed", models.BinaryField()),
                ("sealing_seed", models.BinaryField()),
                ("secret", models.BinaryField()),
                ("card", models.BinaryField(default=b"")),
                ("sent_edition", models.PositiveIntegerField(default=0)),
                ("sent_ids", models.JSONField(default=list)),
                ("taken_edition", models.PositiveIntegerField(default=0)),
                ("taken_sha256", models.CharField(blank=True, max_length=64)),
                ("taken_on", models.DateField(null=True)),
                ("fresh_until", models.DateField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="ReceivedRow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("share_id", models.CharField(max_length=32)),
                ("until", models.DateField()),
                ("codes", models.JSONField()),
                ("keys", models.JSONField(default=dict)),
                (
                    "partner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="shared",
                        to="partners.exchangepartner",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="receivedrow",
            constraint=models.UniqueConstraint(
                fields=("partner", "share_id"), name="row_once_a_partner"
            ),
        ),
    ]
