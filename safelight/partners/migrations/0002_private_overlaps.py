from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("partners", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="OverlapSession",
            fields=[
                ("session_id", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=30)),
                ("began_on", models.DateField()),
                ("keys", models.BinaryField()),
                ("terms", models.BinaryField(default=b"")),
                ("state", models.BinaryField(default=b"")),
            ],
        ),
    ]
