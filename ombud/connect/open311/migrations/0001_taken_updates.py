from django.db import migrations, models

from ombud.plumbing import walls


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="TakenUpdate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("jurisdiction_id", models.CharField(max_length=32)),
                ("api_key_id", models.BigIntegerField()),
                ("update_id", models.CharField(max_length=100)),
                ("event_id", models.BigIntegerField()),
            ],
            options={
                "db_table": "ombud_open311_update",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("jurisdiction_id", "api_key_id", "update_id"), name="ombud_open311_update_once"
                    )
                ],
            },
        ),
        walls.enclose("ombud_open311_update"),
    ]
