import django.db.models.deletion
from django.db import migrations, models

from ombud.plumbing import walls


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0002_walls"),
    ]

    operations = [
        migrations.CreateModel(
            name="ApiKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("jurisdiction_id", models.CharField(max_length=32)),
                ("name", models.CharField(help_text="Of the program", max_length=80)),
                ("channel", models.SlugField(help_text="How its reports are counted", max_length=20)),
                ("email", models.EmailField(help_text="Of its developer", max_length=254)),
                ("digest", models.CharField(blank=True, help_text="SHA-256; empty until confirmed", max_length=64)),
                (
                    "hint",
                    models.CharField(blank=True, help_text="The last letters, to tell two keys apart", max_length=4),
                ),
                ("rights", models.JSONField(default=list, help_text="report, update, status")),
                ("writes_per_hour", models.PositiveIntegerField(default=3600)),
                ("asked_at", models.DateTimeField()),
                ("confirmed_at", models.DateTimeField(null=True)),
                ("revoked_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "ombud_api_key",
                "indexes": [
                    models.Index(fields=["jurisdiction_id", "digest"], name="ombud_api_key_digest"),
                    models.Index(fields=["jurisdiction_id", "email"], name="ombud_api_key_email"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ApiCall",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("jurisdiction_id", models.CharField(max_length=32)),
                ("at", models.DateTimeField()),
                ("what", models.CharField(help_text="report, update", max_length=20)),
                ("status", models.PositiveSmallIntegerField()),
                (
                    "about",
                    models.CharField(blank=True, help_text="The number given, or the first fault told", max_length=200),
                ),
                (
                    "key",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="calls",
                        to="people.apikey",
                    ),
                ),
            ],
            options={
                "db_table": "ombud_api_call",
                "indexes": [models.Index(fields=["jurisdiction_id", "key", "-at"], name="ombud_api_call_newest")],
            },
        ),
        walls.enclose("ombud_api_key", "ombud_api_call"),
    ]
