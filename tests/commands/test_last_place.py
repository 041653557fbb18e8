"""Several people choose the last place of a day at the same moment: it is given once, and no report is half kept."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from uuid import uuid4

import psycopg
import pytest
import yaml
from django.db import connection

from ombud.intake import commands as intake
from ombud.intake.commands import Submission
from ombud.intake.rules.place import Located
from ombud.kernel import clock
from ombud.kernel.errors import OmbudError
from ombud.plumbing import walls
from ombud.service_requests.commands.emptying import _TABLES, KEPT
from ombud.triage.routing import serving
from tests.builders import CITIES, IN_SHELBYVILLE
from tests.conftest import NOON

CITY, DAY, AT_ONCE = "shelbyville", date(2026, 12, 4), 6
pytestmark = pytest.mark.usefixtures("_ground")


@pytest.fixture
def _taken_away_after() -> Iterator[None]:
    """What is committed here is gone after the test: the owner of the tables takes it away."""
    yield
    at = connection.settings_dict
    with psycopg.connect(
        dbname=at["NAME"], user=at["USER"], host=at["HOST"], port=at["PORT"], password=at["PASSWORD"], autocommit=True
    ) as owner:
        owner.execute("SET session_replication_role = replica")  # else nobody may delete history
        tables = [name for (name,) in owner.execute(_TABLES, [list(KEPT)]).fetchall()]
        for table in (*tables, "ombud_served_scheme"):
            owner.execute(f"DELETE FROM {table} WHERE jurisdiction_id = %s", [CITY])
        owner.execute("DELETE FROM procrastinate_jobs WHERE args->>'city' = %s", [CITY])


def set_up() -> None:
    """Load the scheme with room for two a day."""
    raw = yaml.safe_load((CITIES / "springfield" / "eligibility.yaml").read_text())
    with walls.inside(CITY):
        serving.load_schemes(jurisdiction_id=CITY, raw=raw, at=NOON)
    connection.close()


def ask(_n: int) -> str:
    """Report large items for the day, on a connection of one's own; return the number, or nothing."""
    try:
        with clock.standing_at(NOON), walls.inside(CITY):
            return intake.submit(
                jurisdiction_id=CITY,
                submission=Submission(
                    client_id=uuid4(),
                    service_code="BULKY",
                    channel="web",
                    language="en",
                    located=Located(method="pin", point=IN_SHELBYVILLE),
                    name="Ada",
                    email="ada@example.org",
                    kind="home",
                    on=DAY,
                ),
                at=NOON,
            ).number
    except OmbudError:
        return ""
    finally:
        connection.close()


@pytest.mark.usefixtures("_taken_away_after")
def test_the_last_places_of_a_day_are_given_once() -> None:
    with ThreadPoolExecutor(1) as one:
        one.submit(set_up).result()
    with ThreadPoolExecutor(AT_ONCE) as many:
        numbers = [number for number in many.map(ask, range(AT_ONCE)) if number]
    with walls.inside(CITY), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM ombud_service_request WHERE jurisdiction_id = %s", [CITY])
        (kept,) = cursor.fetchone()
    assert len(numbers) == kept == 2
