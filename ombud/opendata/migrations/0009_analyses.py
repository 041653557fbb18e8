"""What others make of the public record, and what is said of it."""

import django.db.models.deletion
from django.db import migrations, models

from ombud.plumbing import walls


class Migration(migrations.Migration):
    dependencies = [
        ("opendata", "0008_public_request_number"),
    ]

    operations = [
        migrations.CreateModel(
            name="Analysis",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("jurisdiction_id", models.CharField(max_length=32)),
                ("code", models.CharField(help_text="Four signs, a hyphen, four signs", max_length=9)),
                ("kind", models.CharField(help_text="query, notebook", max_length=10)),
                ("dataset", models.CharField(max_length=60)),
                ("title", models.CharField(max_length=120)),
                ("claim", models.CharField(max_length=600)),
                ("language", models.CharField(max_length=12)),
                ("version", models.PositiveIntegerField()),
                ("version_at", models.DateTimeField()),
                ("sha256", models.CharField(help_text="Of that version", max_length=64)),
                ("soql", models.TextField(blank=True)),
                (
                    "address",
                    models.TextField(
                        blank=True, help_text="The same as parameters of the explorer, where it came from there"
                    ),
                ),
                ("how", models.CharField(blank=True, help_text="exactly, within, more, less", max_length=10)),
                ("amount", models.FloatField(help_text="Percent, or the limit", null=True)),
                ("column", models.CharField(blank=True, max_length=60)),
                ("answer", models.JSONField(help_text="What the query gave then", null=True)),
                ("notebook_link", models.CharField(blank=True, max_length=300)),
                (
                    "notebook_hash",
                    models.CharField(blank=True, help_text="SHA-256 or commit, as its author says", max_length=64),
                ),
                ("author", models.CharField(max_length=120)),
                ("affiliation", models.CharField(blank=True, max_length=120)),
                ("link", models.CharField(blank=True, max_length=300)),
                ("orcid", models.CharField(blank=True, max_length=19)),
                ("email", models.CharField(blank=True, help_text="Never shown", max_length=254)),
                ("status", models.CharField(max_length=12)),
                ("because", models.CharField(blank=True, help_text="Why it was refused or taken down", max_length=300)),
                ("asked_at", models.DateTimeField()),
                ("confirmed_at", models.DateTimeField(null=True)),
                ("shown_at", models.DateTimeField(help_text="When it was first let through", null=True)),
                ("is_featured", models.BooleanField(default=False)),
                (
                    "told",
                    models.CharField(
                        blank=True, help_text="What its author was written last: status and verdict", max_length=30
                    ),
                ),
                ("verdict", models.CharField(blank=True, max_length=12)),
                ("checked_version", models.PositiveIntegerField(default=0)),
                ("checked_sha256", models.CharField(blank=True, max_length=64)),
                ("checked_at", models.DateTimeField(null=True)),
                (
                    "queued_at",
                    models.DateTimeField(help_text="When it was last put in line to be looked at again", null=True),
                ),
                ("is_acted_on", models.BooleanField(default=False)),
            ],
            options={
                "db_table": "ombud_analysis",
                "indexes": [
                    models.Index(fields=["jurisdiction_id", "status", "dataset"], name="ombud_analysis_status")
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("jurisdiction_id", "code"), name="ombud_analysis_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status__in", ["refused", "taken_down"]), _negated=True),
                            models.Q(("because", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="ombud_analysis_because",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind", "notebook"), models.Q(("soql", ""), _negated=True), _connector="OR"
                        ),
                        name="ombud_analysis_rests_on",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AnalysisEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("jurisdiction_id", models.CharField(max_length=32)),
                ("kind", models.CharField(max_length=20)),
                ("at", models.DateTimeField()),
                ("account_id", models.BigIntegerField(help_text="Of staff", null=True)),
                ("said", models.CharField(blank=True, max_length=1000)),
                ("content", models.JSONField(default=dict, help_text="Of acted_on: agency, on, requests, links")),
                (
                    "analysis",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.DO_NOTHING, related_name="events", to="opendata.analysis"
                    ),
                ),
            ],
            options={
                "db_table": "ombud_analysis_event",
            },
        ),
        migrations.CreateModel(
            name="AnalysisNotebook",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("jurisdiction_id", models.CharField(max_length=32)),
                ("name", models.CharField(max_length=120)),
                ("data", models.BinaryField()),
                ("sha256", models.CharField(max_length=64)),
                ("kept_at", models.DateTimeField()),
                (
                    "analysis",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notebook",
                        to="opendata.analysis",
                    ),
                ),
            ],
            options={
                "db_table": "ombud_analysis_notebook",
            },
        ),
        migrations.CreateModel(
            name="AnalysisReviewer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("jurisdiction_id", models.CharField(max_length=32)),
                ("name", models.CharField(max_length=120)),
                ("affiliation", models.CharField(blank=True, max_length=120)),
                ("email", models.CharField(help_text="Never shown", max_length=254)),
                ("language", models.CharField(max_length=12)),
                ("asked_at", models.DateTimeField()),
                ("asked_by", models.BigIntegerField(null=True)),
                ("told_at", models.DateTimeField(null=True)),
                ("gone_at", models.DateTimeField(help_text="From when on the link does nothing", null=True)),
                (
                    "analysis",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="reviewers", to="opendata.analysis"
                    ),
                ),
            ],
            options={
                "db_table": "ombud_analysis_reviewer",
            },
        ),
        migrations.CreateModel(
            name="AnalysisRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("jurisdiction_id", models.CharField(max_length=32)),
                ("version", models.PositiveIntegerField()),
                ("sha256", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
                ("verdict", models.CharField(max_length=12)),
                ("answer", models.JSONField(null=True)),
                ("differences", models.JSONField(default=list, help_text="The first few, and how many there are")),
                (
                    "said",
                    models.CharField(
                        blank=True, help_text="Why it could not be run, or the author's words", max_length=600
                    ),
                ),
                ("seconds", models.FloatField(default=0)),
                (
                    "by",
                    models.CharField(
                        blank=True, help_text="Who looked at a notebook; empty where we ran a query", max_length=120
                    ),
                ),
                (
                    "analysis",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="runs", to="opendata.analysis"
                    ),
                ),
            ],
            options={
                "db_table": "ombud_analysis_run",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("by", "")),
                        fields=("analysis", "version", "sha256"),
                        name="ombud_analysis_run_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="AnalysisSignature",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("jurisdiction_id", models.CharField(max_length=32)),
                ("account_id", models.BigIntegerField(help_text="Where the reviewer is staff", null=True)),
                ("name", models.CharField(max_length=120)),
                ("affiliation", models.CharField(blank=True, max_length=120)),
                ("opinion", models.CharField(help_text="reproduces, does_not, doubts, comment", max_length=12)),
                ("words", models.CharField(blank=True, max_length=2000)),
                (
                    "interest",
                    models.CharField(blank=True, help_text="What ties them to the author or the city", max_length=300),
                ),
                ("version", models.PositiveIntegerField()),
                ("at", models.DateTimeField()),
                ("hidden_because", models.CharField(blank=True, max_length=300)),
                (
                    "analysis",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="signatures", to="opendata.analysis"
                    ),
                ),
                (
                    "reviewer",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.CASCADE, to="opendata.analysisreviewer"
                    ),
                ),
            ],
            options={
                "db_table": "ombud_analysis_signature",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("reviewer__isnull", False), ("account_id__isnull", False), _connector="OR"),
                        name="ombud_analysis_signature_by",
                    )
                ],
            },
        ),
        walls.enclose(
            "ombud_analysis",
            "ombud_analysis_event",
            "ombud_analysis_notebook",
            "ombud_analysis_reviewer",
            "ombud_analysis_run",
            "ombud_analysis_signature",
        ),
        walls.append_only("ombud_analysis_event"),
    ]
