"""The data sets that a city had elsewhere before, as data sets of the public record."""

from ombud.catalog.city import City
from ombud.opendata.archives.schema import Schema
from ombud.opendata.datasets.dataset import DataSet
from ombud.opendata.models import Archive
from ombud.plumbing.rows import first

PREFIX = "archive-"


def of_city(city: City) -> dict[str, DataSet]:
    """Return the archives of a city by their codes."""
    schemas = (Schema.model_validate(row.schema) for row in Archive.objects.filter(jurisdiction_id=city.id))
    return {dataset.code: dataset for dataset in (as_dataset(city, schema) for schema in schemas)}


def stamp(city: City) -> str:
    """Return a text that is another one once an archive was loaded."""
    told = "SELECT md5(string_agg(schema::text, ' ' ORDER BY code)) FROM ombud_archive WHERE jurisdiction_id = %s"
    return str((first(told, city.id) or ("",))[0])


def as_dataset(city: City, schema: Schema) -> DataSet:
    """Return an archive as a data set; its texts are in the reader's language."""
    return DataSet(
        PREFIX + schema.code,
        city.text(schema.title),
        city.text(schema.about),
        city.text(schema.row),
        schema.as_columns(),
        ("archive",),
        assigned_id=schema.id or "",
    )
