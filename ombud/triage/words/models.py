"""A city's models and what was suggested: codes and numbers, never the texts."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class ModelVersion(models.Model):
    """
    A model that was learned for a city, with how it did on requests that it had not seen. Its numbers never change.

    One of which nothing was learned (`n_learned` 0) is made of the catalogue and our phrases.
    """

    jurisdiction_id = models.CharField(max_length=32)
    number = models.PositiveIntegerField()
    made_at = models.DateTimeField()
    catalogue_version = models.PositiveIntegerField()
    learned_from = models.DateTimeField(null=True, help_text="The first request that it learned from was asked then")
    learned_until = models.DateTimeField(null=True)
    n_learned = models.PositiveIntegerField()
    n_held_out = models.PositiveIntegerField()
    report = models.JSONField(help_text="What it did on the requests held out, beside the model in use then")
    key = models.CharField(max_length=200, help_text="Where its numbers lie in the media store")
    in_use = models.BooleanField(default=False)
    put_in_use_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "ombud_word_model"
        constraints = [
            models.UniqueConstraint(fields=["jurisdiction_id", "number"], name="ombud_word_model_number"),
            models.UniqueConstraint(
                fields=["jurisdiction_id"], condition=models.Q(in_use=True), name="ombud_word_model_one_in_use"
            ),
        ]

    def __str__(self) -> str:
        return f"word model {self.number} of {self.jurisdiction_id}"


class Prediction(models.Model):
    """What was suggested for a text, what a person chose, and what it turned out to be."""

    jurisdiction_id = models.CharField(max_length=32)
    at = models.DateTimeField()
    model = models.PositiveIntegerField(help_text="The number of the model; 0 is the one made of the catalogue")
    catalogue_version = models.PositiveIntegerField()
    channel = models.CharField(max_length=20)
    language = models.CharField(max_length=12)
    codes = ArrayField(models.CharField(max_length=40), help_text="What was suggested, best first")
    probabilities = ArrayField(models.FloatField())
    # Whether the person saw the suggestions before choosing, or they were made of what was sent.
    shown = models.BooleanField(default=False)
    chosen = models.CharField(max_length=40)
    corrected = models.CharField(max_length=40, blank=True, help_text="The service that staff gave it later")
    client_id = models.UUIDField(null=True, help_text="Of the report, until it has a number")
    request_id = models.BigIntegerField(null=True)

    class Meta:
        db_table = "ombud_prediction"
        indexes = [
            models.Index(fields=["jurisdiction_id", "-at"], name="ombud_prediction_newest"),
            models.Index(
                fields=["jurisdiction_id", "request_id"],
                condition=models.Q(request_id__isnull=False),
                name="ombud_prediction_request",
            ),
            models.Index(
                fields=["jurisdiction_id", "client_id"],
                condition=models.Q(client_id__isnull=False),
                name="ombud_prediction_client",
            ),
        ]

    def __str__(self) -> str:
        return f"prediction {self.pk}"
