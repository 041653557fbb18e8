from django.db import migrations, models

from ombud.plumbing import walls


class Migration(migrations.Migration):
    dependencies = [
        ("opendata", "0009_analyses"),
    ]

    operations = [
        migrations.CreateModel(
            name="ErrorReport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("jurisdiction_id", models.CharField(max_length=32)),
                ("report_id", models.BigIntegerField(help_text="The request that says so", unique=True)),
                ("dataset", models.CharField(max_length=60)),
                ("version", models.PositiveIntegerField()),
                ("row_id", models.CharField(max_length=80)),
                (
                    "about_id",
                    models.BigIntegerField(
                        help_text="The request that the row is about, where it is about one", null=True
                    ),
                ),
                ("at", models.DateTimeField()),
            ],
            options={
                "db_table": "ombud_error_report",
                "indexes": [
                    models.Index(
                        condition=models.Q(("about_id__isnull", False)),
                        fields=["jurisdiction_id", "about_id"],
                        name="ombud_error_report_about",
                    )
                ],
            },
        ),
        walls.enclose("ombud_error_report"),
    ]
