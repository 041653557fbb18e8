"""Boundaries with their vintages, and addresses that can be found."""

from typing import Self

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models


class BoundaryLayer(models.Model):
    """One kind of area at one vintage: the council districts as drawn in 2012."""

    jurisdiction_id = models.CharField(max_length=32)
    code = models.CharField(max_length=40)
    vintage = models.CharField(max_length=20)
    name = models.JSONField()
    label = models.JSONField(help_text="How one area is called, with {name}")
    current = models.BooleanField(default=True)
    source = models.TextField(blank=True)
    licence = models.TextField(blank=True)
    loaded_at = models.DateTimeField()
    population_year = models.PositiveSmallIntegerField(null=True)
    population_source = models.TextField(blank=True)

    class Meta:
        db_table = "ombud_boundary_layer"
        constraints = [
            models.UniqueConstraint(fields=["jurisdiction_id", "code", "vintage"], name="ombud_boundary_layer_once")
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.vintage}"


class Boundary(models.Model):
    """One area of a layer. The geometry is GeoJSON, WGS84: shapely reads it, no extension is needed."""

    jurisdiction_id = models.CharField(max_length=32)
    layer = models.ForeignKey(BoundaryLayer, models.CASCADE, related_name="areas")
    code = models.CharField(max_length=60)
    name = models.CharField(max_length=120)
    geometry = models.JSONField()
    population = models.PositiveIntegerField(null=True, help_text="Residents, where somebody has counted them")

    class Meta:
        db_table = "ombud_boundary"
        constraints = [models.UniqueConstraint(fields=["layer", "code"], name="ombud_boundary_once")]

    def __str__(self) -> str:
        return self.name


class AddressQuerySet(models.QuerySet["Address"]):
    """Questions about addresses."""

    def in_city(self, jurisdiction_id: str) -> Self:
        """Only those of one jurisdiction."""
        return self.filter(jurisdiction_id=jurisdiction_id)


class Address(models.Model):
    """An address or crossing that can be found by its words."""

    jurisdiction_id = models.CharField(max_length=32)
    label = models.CharField(max_length=200)
    folded = models.CharField(max_length=200)
    words = SearchVectorField(null=True)
    lon = models.FloatField()
    lat = models.FloatField()

    objects = AddressQuerySet.as_manager()

    class Meta:
        db_table = "ombud_address"
        indexes = [
            GinIndex(fields=["words"], name="ombud_address_words"),
            models.Index(fields=["jurisdiction_id", "lon", "lat"], name="ombud_address_near"),
        ]
        constraints = [models.UniqueConstraint(fields=["jurisdiction_id", "folded"], name="ombud_address_once")]

    def __str__(self) -> str:
        return self.label


class AssetLayer(models.Model):
    """One kind of thing that the city looks after one by one: street lights, trees, hydrants, bins."""

    jurisdiction_id = models.CharField(max_length=32)
    code = models.CharField(max_length=40)
    vintage = models.CharField(max_length=20, help_text="Of the file loaded last")
    name = models.JSONField()
    label = models.JSONField(help_text="How one is called, with {code} and the names of its attributes")
    source = models.TextField(blank=True)
    licence = models.TextField(blank=True)
    loaded_at = models.DateTimeField()

    class Meta:
        db_table = "ombud_asset_layer"
        constraints = [models.UniqueConstraint(fields=["jurisdiction_id", "code"], name="ombud_asset_layer_once")]

    def __str__(self) -> str:
        return f"{self.code} {self.vintage}"


class Asset(models.Model):
    """One thing with its number. One that a later file does not know any more stays, marked as gone."""

    jurisdiction_id = models.CharField(max_length=32)
    layer = models.ForeignKey(AssetLayer, models.CASCADE, related_name="assets", db_index=False)
    code = models.CharField(max_length=60)
    lon = models.FloatField()
    lat = models.FloatField()
    owner = models.CharField(max_length=40, blank=True, help_text="Code of an agency or of an outside body")
    attributes = models.JSONField(default=dict, help_text="Name to value, as rules and labels ask for them")
    since = models.CharField(max_length=20, help_text="The vintage that first knew it")
    loaded_at = models.DateTimeField()
    gone = models.CharField(max_length=20, blank=True, help_text="The vintage that did not know it any more")

    class Meta:
        db_table = "ombud_asset"
        constraints = [models.UniqueConstraint(fields=["layer", "code"], name="ombud_asset_once")]
        indexes = [
            models.Index(fields=["layer", "lon", "lat"], condition=models.Q(gone=""), name="ombud_asset_near"),
        ]

    def __str__(self) -> str:
        return self.code
