"""Row-level security between jurisdictions, from the first day."""

from django.db import migrations

from ombud.plumbing import walls


class Migration(migrations.Migration):
    """Put the tables behind the wall."""

    dependencies = [("webhooks", "0001_endpoints")]
    operations = [
        walls.enclose("ombud_webhook_endpoint", "ombud_webhook_delivery", "ombud_webhook_attempt"),
    ]
