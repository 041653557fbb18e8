"""The first report of each incident is found quickly, for the queue."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("service_requests", "0011_pauses"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="servicerequest",
            index=models.Index(
                condition=models.Q(
                    ("incident__isnull", False), models.Q(("status__in", ["closed", "withdrawn"]), _negated=True)
                ),
                fields=["jurisdiction_id", "-requested_at", "-id"],
                name="ombud_request_shared",
            ),
        ),
    ]
