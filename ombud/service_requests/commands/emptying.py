"""Empty a sandbox: the one place where requests are forgotten. The database itself refuses it for any city."""

from django.db import connection, transaction

from ombud.catalog import queries as catalog
from ombud.kernel.errors import N_, NotAllowed
from ombud.plumbing import walls
from ombud.plumbing.media import MediaStore

# What the catalogue, the boundaries and the keys of programs stand in stays.
KEPT = (
    "ombud_agency", "ombud_outside_body", "ombud_service", "ombud_service_version", "ombud_catalogue_change",
    "ombud_boundary_layer", "ombud_boundary", "ombud_address", "ombud_role_grant", "ombud_reply_template",
    "ombud_saved_filter", "ombud_api_key", "ombud_routing_rules", "ombud_served_scheme", "ombud_asset_layer",
    "ombud_asset",
)  # fmt: skip
_TABLES = """
SELECT c.table_name FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
WHERE c.table_schema = 'public' AND c.column_name = 'jurisdiction_id' AND t.table_type = 'BASE TABLE'
  AND c.table_name LIKE 'ombud\\_%%' AND NOT c.table_name = ANY(%s)
"""


def empty_sandbox(*, jurisdiction_id: str) -> None:
    """Delete all requests of a sandbox and all that hangs on them. Raises NotAllowed for any other jurisdiction."""
    if not catalog.city(jurisdiction_id).is_sandbox:
        raise NotAllowed(N_("Only a sandbox can be emptied."))
    with walls.as_owner(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs WHERE args->>'city' = %s AND status = 'todo'", [jurisdiction_id])
        cursor.execute(_TABLES, [list(KEPT)])
        for (table,) in cursor.fetchall():
            name = connection.ops.quote_name(table)
            cursor.execute(f"DELETE FROM {name} WHERE jurisdiction_id = %s", [jurisdiction_id])  # noqa: S608
    store = MediaStore(jurisdiction_id)
    for key in list(store.keys()):
        store.delete(key)
