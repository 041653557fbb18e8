"""The ledger of noise is behind the wall and refuses to be changed; incidents are found by their number."""

from django.db import migrations

from ombud.plumbing import walls

INDEX = """
CREATE INDEX ombud_public_request_incident
    ON ombud_public_request (jurisdiction_id, incident_id) WHERE incident_id IS NOT NULL
"""


class Migration(migrations.Migration):
    """Put the table behind the wall."""

    dependencies = [("opendata", "0003_noise_spent")]
    operations = [
        walls.enclose("ombud_noise_spent"),
        walls.append_only("ombud_noise_spent"),
        migrations.RunSQL(INDEX, "DROP INDEX ombud_public_request_incident"),
    ]
