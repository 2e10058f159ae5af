from typing import Any

from django.db import migrations, models

STATES = (
    "proposed",
    "audited",
    "approved",
    "published",
    "turned-down",
    "corrected",
    "withdrawn",
)


def days_of_publication(apps: Any, schema_editor: Any) -> None:
    """What was published before counts as an earlier release, in the order it was proposed."""
    proposals = apps.get_model("release", "Proposal").objects.filter(state="published")
    for number, proposal in enumerate(proposals.order_by("proposed_on", "proposal_id"), start=1):
        proposal.published_on = proposal.proposed_on
        proposal.published_number = number
        proposal.save(update_fields=["published_on", "published_number"])


class Migration(migrations.Migration):
    dependencies = [("release", "0001_initial")]

    operations = [
        migrations.AlterField(
            model_name="proposal",
            name="state",
            field=models.CharField(choices=[(state, state) for state in STATES], max_length=16),
        ),
        migrations.AddField(
            model_name="proposal",
            name="method",
            field=models.CharField(default="suppression", max_length=16),
        ),
        migrations.AddField(
            model_name="proposal",
            name="corrects",
            field=models.CharField(blank=True, default="", max_length=16),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="proposal",
            name="reason",
            field=models.CharField(blank=True, default="", max_length=32),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="proposal",
            name="published_on",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="proposal",
            name="published_number",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="proposal",
            name="ended_because",
            field=models.CharField(blank=True, default="", max_length=32),
            preserve_default=False,
        ),
        migrations.RunPython(days_of_publication, migrations.RunPython.noop),
    ]
