"""Row-level security between jurisdictions, from the first day."""

from django.db import migrations

from ombud.plumbing import walls


class Migration(migrations.Migration):
    """Put the tables behind the wall."""

    dependencies = [("plumbing", "0001_initial")]
    operations = [
        walls.enclose("ombud_reaction"),
        migrations.RunSQL(
            "CREATE UNLOGGED TABLE ombud_cache (cache_key varchar(255) PRIMARY KEY, value text NOT NULL,"
            " expires timestamptz NOT NULL); CREATE INDEX ombud_cache_expires ON ombud_cache (expires)",
            "DROP TABLE ombud_cache",
        ),
    ]
