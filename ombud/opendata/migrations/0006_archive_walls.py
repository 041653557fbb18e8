"""Row-level security between jurisdictions, from the first day."""

from django.db import migrations

from ombud.plumbing import walls


class Migration(migrations.Migration):
    """Put the table behind the wall."""

    dependencies = [("opendata", "0005_archives")]
    operations = [walls.enclose("ombud_archive")]
