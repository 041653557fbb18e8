"""Where uses are counted, so that a stranger who sends too much is asked to wait."""

from django.db import migrations

from ombud.plumbing import limits


class Migration(migrations.Migration):
    """Make the table."""

    dependencies = [("plumbing", "0002_walls")]
    operations = [migrations.RunSQL(limits.CREATE_TABLE, limits.DROP_TABLE)]
