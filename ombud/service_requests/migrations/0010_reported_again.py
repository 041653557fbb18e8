"""What has come back is known to have, and photos have fingerprints."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("service_requests", "0009_routed"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="servicerequest",
            name="ombud_request_reopened",
        ),
        migrations.AddField(
            model_name="requestphoto",
            name="likeness",
            field=models.BigIntegerField(
                help_text="Fingerprint of the picture; like pictures differ in few bits", null=True
            ),
        ),
        migrations.AddField(
            model_name="servicerequest",
            name="again_of",
            field=models.ForeignKey(
                db_index=False,
                help_text="What ended before and has come back as this",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to="service_requests.servicerequest",
            ),
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
                ],
                max_length=20,
            ),
        ),
        migrations.AddIndex(
            model_name="servicerequest",
            index=models.Index(
                condition=models.Q(
                    models.Q(("reopened__gt", 0), ("again_of__isnull", False), _connector="OR"),
                    models.Q(("status__in", ["closed", "withdrawn"]), _negated=True),
                ),
                fields=["jurisdiction_id"],
                name="ombud_request_reopened",
            ),
        ),
        migrations.AddIndex(
            model_name="servicerequest",
            index=models.Index(
                condition=models.Q(("status", "closed")),
                fields=["jurisdiction_id", "service_code", "lon", "lat"],
                name="ombud_request_near_ended",
            ),
        ),
        migrations.AddIndex(
            model_name="servicerequest",
            index=models.Index(
                condition=models.Q(("lon__isnull", True), models.Q(("address", ""), _negated=True)),
                fields=["jurisdiction_id", "service_code", "address"],
                name="ombud_request_by_address",
            ),
        ),
        migrations.AddIndex(
            model_name="servicerequest",
            index=models.Index(
                condition=models.Q(("again_of__isnull", False)), fields=["again_of"], name="ombud_request_again_of"
            ),
        ),
    ]
