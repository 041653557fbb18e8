"""What the server remembers besides the record: which updates of other programs it has taken."""

from django.db import models


class TakenUpdate(models.Model):
    """An update that a program sent, by the program's own id for it: sent again, it is answered with the first."""

    jurisdiction_id = models.CharField(max_length=32)
    api_key_id = models.BigIntegerField()
    update_id = models.CharField(max_length=100)
    event_id = models.BigIntegerField()
    media_urls = models.JSONField(default=list, help_text="Links to pictures, as they came")
    photo_ids = models.JSONField(default=list, help_text="Of the pictures that came along")

    objects = models.Manager["TakenUpdate"]()

    class Meta:
        db_table = "ombud_open311_update"
        constraints = [
            models.UniqueConstraint(
                fields=["jurisdiction_id", "api_key_id", "update_id"], name="ombud_open311_update_once"
            )
        ]
        indexes = [models.Index(fields=["event_id"], name="ombud_open311_update_event")]

    def __str__(self) -> str:
        return self.update_id
