"""Events say in which transaction they were written, so that readers miss none and read none twice."""

from django.db import migrations, models

from ombud.plumbing import commit_order
from ombud.plumbing.commit_order import WrittenIn


class Migration(migrations.Migration):
    """Add the column; what is there already comes first, in the order of its ids, and no row is touched for it."""

    dependencies = [("service_requests", "0007_outside")]
    operations = [
        commit_order.prepare(),
        migrations.AddField(
            model_name="requestevent",
            name="written_in",
            field=models.BigIntegerField(db_default=0, help_text="The transaction; see `feed`"),
        ),
        migrations.AlterField(
            model_name="requestevent",
            name="written_in",
            field=models.BigIntegerField(db_default=WrittenIn(), help_text="The transaction; see `feed`"),
        ),
        migrations.AddIndex(
            model_name="requestevent",
            index=models.Index(fields=["jurisdiction_id", "written_in", "id"], name="ombud_request_event_written"),
        ),
    ]
