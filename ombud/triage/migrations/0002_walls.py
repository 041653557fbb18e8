"""Row-level security between jurisdictions, from the first day."""

from django.db import migrations

from ombud.plumbing import walls


class Migration(migrations.Migration):
    """Put the table behind the wall."""

    dependencies = [("triage", "0001_saved_filters")]
    operations = [walls.enclose("ombud_saved_filter")]
