"""Queries that people save under a name."""

from django.db import migrations, models

from ombud.plumbing import walls


class Migration(migrations.Migration):
    dependencies = [
        ("opendata", "0006_archive_walls"),
    ]

    operations = [
        migrations.CreateModel(
            name="SavedView",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("jurisdiction_id", models.CharField(max_length=32)),
                ("view_id", models.CharField(help_text="Its four-by-four", max_length=9)),
                ("dataset", models.CharField(max_length=60)),
                ("name", models.CharField(max_length=120)),
                ("about", models.CharField(blank=True, max_length=600)),
                ("saved_by", models.CharField(blank=True, help_text="As they want to be named", max_length=80)),
                ("soql", models.TextField(help_text="The query, without a page of it")),
                ("address", models.TextField(help_text="The same as parameters of the explorer")),
                ("saved_at", models.DateTimeField()),
                ("saved_in", models.PositiveIntegerField(help_text="The version of the data set that was looked at")),
                ("opened", models.PositiveBigIntegerField(default=0, help_text="How often its page was opened")),
                ("listed_at", models.DateTimeField(null=True)),
                ("hidden_at", models.DateTimeField(null=True)),
                ("hidden_because", models.CharField(blank=True, max_length=300)),
                ("judged_by", models.BigIntegerField(help_text="The account of who listed or hid it last", null=True)),
            ],
            options={
                "db_table": "ombud_saved_view",
                "constraints": [
                    models.UniqueConstraint(fields=("jurisdiction_id", "view_id"), name="ombud_saved_view_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("hidden_at", None), models.Q(("hidden_because", ""), _negated=True), _connector="OR"
                        ),
                        name="ombud_saved_view_hidden_why",
                    ),
                ],
            },
        ),
        walls.enclose("ombud_saved_view"),
    ]
