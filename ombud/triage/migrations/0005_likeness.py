"""What triage asks the dispatcher about likeness."""

from django.db import migrations, models

from ombud.plumbing.walls import enclose


class Migration(migrations.Migration):
    dependencies = [("triage", "0004_routing_walls"), ("service_requests", "0010_reported_again")]

    operations = [
        migrations.CreateModel(
            name="Suggestion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("jurisdiction_id", models.CharField(max_length=32)),
                (
                    "request",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=models.deletion.PROTECT,
                        related_name="likeness",
                        to="service_requests.servicerequest",
                    ),
                ),
                (
                    "thing",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=models.deletion.PROTECT,
                        related_name="likeness_of",
                        to="service_requests.servicerequest",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        help_text="same: of one thing; again: one that was closed has come back", max_length=5
                    ),
                ),
                ("probability", models.FloatField()),
                ("reasons", models.JSONField(default=list, help_text="What was found, as codes and numbers")),
                ("weights", models.CharField(help_text="The version of the weights", max_length=20)),
                ("made_at", models.DateTimeField()),
                ("answer", models.CharField(blank=True, help_text="yes, no; empty while it waits", max_length=5)),
                ("answered_at", models.DateTimeField(null=True)),
                ("answered_by_id", models.BigIntegerField(null=True)),
            ],
            options={
                "db_table": "ombud_likeness",
                "indexes": [
                    models.Index(
                        condition=models.Q(("answer", "")),
                        fields=["jurisdiction_id", "thing", "-probability"],
                        name="ombud_likeness_waiting",
                    )
                ],
                "constraints": [models.UniqueConstraint(fields=("request", "thing"), name="ombud_likeness_once")],
            },
        ),
        enclose("ombud_likeness"),
    ]
