from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("service_requests", "0005_not_reached"),
    ]

    operations = [
        migrations.AddField(
            model_name="requestform",
            name="api_key_id",
            field=models.BigIntegerField(help_text="Of the program that sent it", null=True),
        ),
        migrations.AddField(
            model_name="requestform",
            name="sent",
            field=models.JSONField(
                help_text="What a program sent along: links to media, answers nobody asked", null=True
            ),
        ),
        migrations.AddField(
            model_name="requestplace",
            name="address_id",
            field=models.CharField(help_text="In the city's register, as it was sent", max_length=60, null=True),
        ),
        migrations.AlterField(
            model_name="requestplace",
            name="method",
            field=models.CharField(help_text="address, pin, gps, photo, words, sent, imported", max_length=20),
        ),
        migrations.AddIndex(
            model_name="requestform",
            index=models.Index(
                condition=models.Q(("api_key_id__isnull", False)),
                fields=["api_key_id"],
                name="ombud_request_form_api_key",
            ),
        ),
        migrations.AddIndex(
            model_name="servicerequest",
            index=models.Index(fields=["jurisdiction_id", "updated_at"], name="ombud_request_updated"),
        ),
    ]
