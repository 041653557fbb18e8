"""Row-level security between jurisdictions, from the first day."""

from django.db import migrations

from ombud.plumbing import walls


class Migration(migrations.Migration):
    """Put the tables behind the wall."""

    dependencies = [("triage", "0003_routing")]
    operations = [
        walls.enclose("ombud_routing_rules", "ombud_routing_replay", "ombud_routing_failure", "ombud_routing_alarm")
    ]
