"""Row-level security between jurisdictions, from the first day."""

from django.db import migrations

from ombud.plumbing import walls


class Migration(migrations.Migration):
    """Put the tables behind the wall."""

    dependencies = [("places", "0004_assets")]
    operations = [walls.enclose("ombud_asset_layer", "ombud_asset")]
