"""The house stands: every setting is explained, every table is behind its wall, the drawings match the code."""

import re
from pathlib import Path

import pytest
from django.db import connection

from ombud.service_requests.rules.lifecycle import MOVES, Status

ROOT = Path(__file__).resolve().parent.parent.parent
# Tables of the installation, not of one city.
OF_THE_HOUSE = re.compile(
    r"^(auth_|django_|procrastinate_|account_|mfa_|socialaccount_|ombud_(jurisdiction|account|cache|rate_limit)$)"
)


def test_every_variable_read_is_explained() -> None:
    source = (ROOT / "ombud" / "settings.py").read_text()
    explained = (ROOT / "docs" / "reference" / "settings.md").read_text()
    read = set(re.findall(r'\b(?:text|flag|number|words)\(\s*"([A-Z0-9_]+)"', source))
    assert read
    assert {name for name in read if f"`{name}`" not in explained} == set()


def test_the_environment_is_read_in_one_place() -> None:
    readers = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "ombud").rglob("*.py")
        if re.search(r"os\.(environ\b(?!\.setdefault\(\"DJANGO)|getenv)", path.read_text())
    }
    # The demo hands its own address to the processes it starts; serving passes the environment on; what searches photos
    # is handed where programs lie and nothing else.
    starting = {f"ombud/{name}.py" for name in ("connect/management/commands/demo", "plumbing/serving")}
    assert readers <= {"ombud/settings.py", "ombud/connect/photo_regions/asking.py", *starting}


@pytest.mark.usefixtures("_ground")
def test_every_table_is_behind_the_wall_or_of_the_house() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, c.relrowsecurity, EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid)"
            " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE c.relkind = 'r' AND n.nspname = 'public'"
        )
        tables = cursor.fetchall()
    open_tables = {name for name, secured, policy in tables if not (secured and policy)}
    assert {name for name in open_tables if not OF_THE_HOUSE.match(name)} == set()


def test_the_lifecycle_is_drawn_as_it_is() -> None:
    drawn = (ROOT / "docs" / "reference" / "lifecycle.md").read_text()
    arrows = {tuple(line.strip().split(" --> ")) for line in drawn.splitlines() if " --> " in line}
    moves = {(a.value, b.value) for a, to in MOVES.items() for b in to}
    assert {(a, b) for a, b in arrows if a != "[*]" and b != "[*]"} == moves
    assert ("[*]", Status.RECEIVED.value) in arrows


def test_no_file_is_over_the_budget() -> None:
    long = {
        path.relative_to(ROOT).as_posix(): n
        for path in (ROOT / "ombud").rglob("*.py")
        if "/migrations/" not in path.as_posix() and (n := len(path.read_text().splitlines())) > 500
    }
    assert long == {}


def test_sources_name_no_machine() -> None:
    telling = re.compile(r"(?<![\w.])/(?:root|home/\w+)/")
    found = [
        path.relative_to(ROOT).as_posix()
        for folder in ("ombud", "docs", "bench", "demo", "deploy")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".py", ".md", ".yaml", ".sh"} and telling.search(path.read_text())
    ]
    assert found == []
