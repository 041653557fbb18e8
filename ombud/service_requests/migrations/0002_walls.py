"""Row-level security between jurisdictions, from the first day."""

from django.db import migrations

from ombud.plumbing import walls


class Migration(migrations.Migration):
    """Put the tables behind the wall."""

    dependencies = [("service_requests", "0001_initial")]
    operations = [
        walls.enclose(
            "ombud_incident",
            "ombud_request_place",
            "ombud_service_request",
            "ombud_request_form",
            "ombud_request_text",
            "ombud_request_event",
            "ombud_request_photo",
            "ombud_follower",
            "ombud_expected_range",
        ),
        walls.append_only("ombud_request_event"),
        migrations.RunSQL("CREATE SEQUENCE ombud_request_serial", "DROP SEQUENCE ombud_request_serial"),
    ]
