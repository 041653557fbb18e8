"""Row-level security between jurisdictions, from the first day."""

from django.db import migrations

from ombud.plumbing import walls


class Migration(migrations.Migration):
    """Put the tables behind the wall."""

    dependencies = [("catalog", "0001_initial")]
    operations = [
        walls.enclose("ombud_agency", "ombud_outside_body", "ombud_service", "ombud_service_version"),
    ]
