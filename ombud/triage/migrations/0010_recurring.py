"""Places where the same thing keeps happening."""

import django.db.models.deletion
from django.db import migrations, models

from ombud.plumbing.walls import enclose


class Migration(migrations.Migration):
    dependencies = [
        ("service_requests", "0012_shared"),
        ("triage", "0009_serving_walls"),
    ]

    operations = [
        migrations.CreateModel(
            name="RecurringPlace",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("jurisdiction_id", models.CharField(max_length=32)),
                ("service_code", models.CharField(max_length=40)),
                ("visibility", models.CharField(help_text="Of its service when it was worked out", max_length=20)),
                ("lon", models.FloatField()),
                ("lat", models.FloatField()),
                ("address", models.CharField(blank=True, max_length=200)),
                (
                    "happened",
                    models.PositiveIntegerField(help_text="How often, what came while it was open not counted"),
                ),
                ("reports", models.PositiveIntegerField(help_text="Of how many reports")),
                ("times", models.JSONField(default=list, help_text="When each began, as instants")),
                ("first_at", models.DateTimeField()),
                ("last_at", models.DateTimeField()),
                ("median_gap_days", models.FloatField()),
                ("is_open", models.BooleanField()),
                (
                    "chronic",
                    models.BooleanField(default=False, help_text="So often that the city wants something else done"),
                ),
                ("of_service", models.PositiveIntegerField(help_text="How often it happened in the whole city")),
                ("made_at", models.DateTimeField()),
                (
                    "latest",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="service_requests.servicerequest",
                    ),
                ),
            ],
            options={
                "db_table": "ombud_recurring_place",
                "indexes": [
                    models.Index(fields=["jurisdiction_id", "-happened", "-reports"], name="ombud_recurring_most")
                ],
            },
        ),
        enclose("ombud_recurring_place"),
    ]
