"""Row-level security between jurisdictions, from the first day."""

from django.db import migrations

from ombud.plumbing import walls


class Migration(migrations.Migration):
    """Put the tables behind the wall."""

    dependencies = [("connect", "0001_imports")]
    operations = [
        walls.enclose("ombud_import_mapping", "ombud_import_repair", "ombud_import_held_row"),
    ]
