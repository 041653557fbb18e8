"""Row-level security between jurisdictions, from the first day."""

from django.db import migrations

from ombud.plumbing import walls


class Migration(migrations.Migration):
    """Put the tables behind the wall."""

    dependencies = [("triage", "0008_serving")]
    operations = [walls.enclose("ombud_served_scheme", "ombud_appointment")]
