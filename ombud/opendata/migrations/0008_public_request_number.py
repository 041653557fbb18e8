"""Look-ups by number, as by row id."""

from django.db import migrations


class Migration(migrations.Migration):
    """Add the index."""

    dependencies = [("opendata", "0007_saved_views")]
    operations = [
        migrations.RunSQL(
            "CREATE INDEX ombud_public_request_number ON ombud_public_request (jurisdiction_id, service_request_id)",
            "DROP INDEX ombud_public_request_number",
        )
    ]
