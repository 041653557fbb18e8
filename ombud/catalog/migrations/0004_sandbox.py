import django.db.models.functions.datetime
from django.db import migrations, models

from ombud.plumbing import walls


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0003_edited_in_place"),
    ]

    operations = [
        migrations.AddField(
            model_name="jurisdiction",
            name="catalogue_changed_at",
            field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
        ),
        migrations.AddField(
            model_name="jurisdiction",
            name="sandbox",
            field=models.BooleanField(
                default=False,
                help_text="A place to try things out, emptied each night; it is one from its first day or never",
            ),
        ),
        # What may be emptied must never be a city that people live in.
        migrations.RunSQL(
            [
                "CREATE FUNCTION ombud_sandbox_for_life() RETURNS trigger LANGUAGE plpgsql AS $$"
                " BEGIN RAISE EXCEPTION 'a jurisdiction is a sandbox from its first day or never'; END $$",
                "CREATE TRIGGER ombud_jurisdiction_sandbox BEFORE UPDATE ON ombud_jurisdiction FOR EACH ROW"
                " WHEN (OLD.sandbox IS DISTINCT FROM NEW.sandbox) EXECUTE FUNCTION ombud_sandbox_for_life()",
            ],
            [
                "DROP TRIGGER ombud_jurisdiction_sandbox ON ombud_jurisdiction",
                "DROP FUNCTION ombud_sandbox_for_life()",
            ],
        ),
        migrations.RunSQL(walls.REFUSE_CHANGES, migrations.RunSQL.noop),
    ]
