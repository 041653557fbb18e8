"""Row-level security between jurisdictions, from the first day."""

from django.db import migrations

from ombud.plumbing import walls


class Migration(migrations.Migration):
    """Put the tables behind the wall."""

    dependencies = [("places", "0001_initial")]
    operations = [
        walls.enclose("ombud_boundary_layer", "ombud_boundary", "ombud_address"),
    ]
