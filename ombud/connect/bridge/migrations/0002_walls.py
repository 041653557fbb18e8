"""Row-level security between jurisdictions, from the first day."""

from django.db import migrations

from ombud.plumbing import walls


class Migration(migrations.Migration):
    """Put the tables behind the wall."""

    dependencies = [("bridge", "0001_initial")]
    operations = [
        walls.enclose(
            "ombud_link",
            "ombud_link_mapping",
            "ombud_link_held",
            "ombud_link_check",
            "ombud_twin",
            "ombud_twin_passed",
            "ombud_twin_conflict",
        ),
    ]
