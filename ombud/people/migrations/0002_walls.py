"""Row-level security between jurisdictions, from the first day."""

from django.db import migrations

from ombud.plumbing import walls


class Migration(migrations.Migration):
    """Put the tables behind the wall."""

    dependencies = [("people", "0001_initial")]
    operations = [
        walls.enclose("ombud_role_grant", "ombud_contact_point", "ombud_personal_data_view"),
        walls.append_only("ombud_personal_data_view"),
    ]
