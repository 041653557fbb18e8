"""Photos are searched for what must be covered; those shown before are private until somebody lets them through."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("service_requests", "0014_storms"),
    ]

    operations = [
        migrations.AddField(
            model_name="requestphoto",
            name="boxes",
            field=models.JSONField(db_default=[], default=list, help_text="See `rules.photo_boxes`"),
        ),
        migrations.AddField(
            model_name="requestphoto",
            name="looked",
            field=models.CharField(
                choices=[("waiting", "waiting"), ("done", "done"), ("failed", "failed"), ("absent", "absent")],
                db_default="waiting",
                default="waiting",
                help_text="Whether it was searched for what must be covered",
                max_length=8,
            ),
        ),
        migrations.AddField(
            model_name="requestphoto",
            name="looked_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="requestphoto",
            name="looked_by",
            field=models.CharField(blank=True, db_default="", default="", help_text="With its version", max_length=120),
        ),
        migrations.AddField(
            model_name="requestphoto",
            name="public_key",
            field=models.CharField(blank=True, db_default="", default="", max_length=200),
        ),
        migrations.AddField(
            model_name="requestphoto",
            name="public_sha256",
            field=models.CharField(blank=True, db_default="", default="", max_length=64),
        ),
        migrations.AddField(
            model_name="requestphoto",
            name="public_thumb_key",
            field=models.CharField(blank=True, db_default="", default="", max_length=200),
        ),
        migrations.AlterField(
            model_name="requestevent",
            name="kind",
            field=models.CharField(
                choices=[
                    ("submitted", "submitted"),
                    ("imported", "imported"),
                    ("accepted", "accepted"),
                    ("assigned", "assigned"),
                    ("scheduled", "scheduled"),
                    ("listed", "listed"),
                    ("inspected", "inspected"),
                    ("service_changed", "service_changed"),
                    ("transferred", "transferred"),
                    ("sent_back", "sent_back"),
                    ("prioritised", "prioritised"),
                    ("promise_moved", "promise_moved"),
                    ("place_corrected", "place_corrected"),
                    ("question_asked", "question_asked"),
                    ("answered", "answered"),
                    ("commented", "commented"),
                    ("replied", "replied"),
                    ("noted", "noted"),
                    ("photo_added", "photo_added"),
                    ("photo_covered", "photo_covered"),
                    ("photo_shown", "photo_shown"),
                    ("joined", "joined"),
                    ("left", "left"),
                    ("reported_again", "reported_again"),
                    ("told_apart", "told_apart"),
                    ("followed", "followed"),
                    ("unfollowed", "unfollowed"),
                    ("closed", "closed"),
                    ("reopened", "reopened"),
                    ("withdrawn", "withdrawn"),
                    ("rated", "rated"),
                    ("not_reached", "not_reached"),
                    ("linked", "linked"),
                    ("corrected", "corrected"),
                    ("gone_there", "gone_there"),
                    ("paused", "paused"),
                    ("resumed", "resumed"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="requestphoto",
            name="shown",
            field=models.BooleanField(default=False, help_text="A person or a rule let the public see it"),
        ),
        migrations.AddIndex(
            model_name="requestphoto",
            index=models.Index(
                condition=models.Q(("looked", "waiting")),
                fields=["jurisdiction_id", "at"],
                name="ombud_request_photo_waiting",
            ),
        ),
        # Of them there are no copies on which anything is covered.
        migrations.RunSQL("UPDATE ombud_request_photo SET shown = false", migrations.RunSQL.noop),
    ]
