from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("open311", "0001_taken_updates"),
    ]

    operations = [
        migrations.AddField(
            model_name="takenupdate",
            name="media_urls",
            field=models.JSONField(default=list, help_text="Links to pictures, as they came"),
        ),
        migrations.AddField(
            model_name="takenupdate",
            name="photo_ids",
            field=models.JSONField(default=list, help_text="Of the pictures that came along"),
        ),
        migrations.AddIndex(
            model_name="takenupdate",
            index=models.Index(fields=["event_id"], name="ombud_open311_update_event"),
        ),
    ]
