"""The newest version of the requests as a table, and the walls."""

from django.db import migrations

from ombud.plumbing import walls

TABLE = """
CREATE TABLE ombud_public_request (
    jurisdiction_id varchar(32) NOT NULL,
    _id text COLLATE "C" NOT NULL,
    _created_at timestamptz NOT NULL,
    _updated_at timestamptz NOT NULL,
    _version double precision NOT NULL,
    month text COLLATE "C" NOT NULL,
    service_request_id text COLLATE "C",
    requested_datetime timestamp,
    updated_datetime timestamp,
    closed_datetime timestamp,
    status text COLLATE "C",
    status_detail text COLLATE "C",
    outcome text COLLATE "C",
    service_code text COLLATE "C",
    service_name text COLLATE "C",
    service_group text COLLATE "C",
    agency_responsible text COLLATE "C",
    channel text COLLATE "C",
    target_datetime timestamp,
    expected_datetime timestamp,
    days_to_close double precision,
    on_time boolean,
    times_reopened double precision,
    times_transferred double precision,
    incident_id text COLLATE "C",
    again_of text COLLATE "C",
    place_precision text COLLATE "C",
    address text COLLATE "C",
    longitude double precision,
    latitude double precision,
    cell text COLLATE "C",
    rule_set text COLLATE "C",
    more jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (jurisdiction_id, _id)
)
"""
INDEXES = """
CREATE INDEX ombud_public_request_newest ON ombud_public_request (jurisdiction_id, requested_datetime DESC, _id);
CREATE INDEX ombud_public_request_updated ON ombud_public_request (jurisdiction_id, updated_datetime DESC, _id);
CREATE INDEX ombud_public_request_closed ON ombud_public_request (jurisdiction_id, closed_datetime DESC, _id);
CREATE INDEX ombud_public_request_service
    ON ombud_public_request (jurisdiction_id, service_code, requested_datetime DESC, _id);
"""
# Under the names that a JDBC catalogue of Iceberg has, so that Spark and Trino find the tables.
VIEW = """
CREATE VIEW iceberg_tables WITH (security_invoker = true) AS
SELECT 'ombud'::text AS catalog_name, jurisdiction_id AS table_namespace, dataset AS table_name, metadata_location,
       nullif(previous_metadata_location, '') AS previous_metadata_location, 'TABLE'::text AS iceberg_type
FROM ombud_lake_table
"""


class Migration(migrations.Migration):
    """Make the table, and put all tables behind the wall."""

    dependencies = [("opendata", "0001_publications")]
    operations = [
        migrations.RunSQL(TABLE, "DROP TABLE ombud_public_request"),
        migrations.RunSQL(INDEXES, migrations.RunSQL.noop),
        migrations.RunSQL(VIEW, "DROP VIEW iceberg_tables"),
        walls.enclose(
            "ombud_publication", "ombud_lake_file", "ombud_lake_table", "ombud_tombstone", "ombud_public_request"
        ),
    ]
