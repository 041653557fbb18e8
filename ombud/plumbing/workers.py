"""Whether somebody does the jobs."""

from django.db import connection

SILENT_AFTER_SECONDS = 60


def is_alive() -> bool:
    """Whether a worker has given a sign of life lately."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM procrastinate_workers"
            " WHERE last_heartbeat > now() - make_interval(secs => %s))",
            [SILENT_AFTER_SECONDS],
        )
        return bool(cursor.fetchone()[0])
