"""
The bridge: rows per second of each connector, for the first load and for what changed since.

    python -m bench.bridge [--records 2000] [--changes 200] [--only graffiti]

Each old system is its stand-in on loopback, filled from the demo's real rows. Three speeds are told of each: reading
alone (the connector, nothing kept), the first load (everything becomes requests of Los Angeles, with areas and
timelines), and what changed (each change becomes an event of a request that is known). Prints a table and, as its last
line, one JSON object. Needs no running installation: it makes one of its own.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.import_requests import SOURCES, installation

Change = Callable[[str, int], None]


@dataclass(frozen=True)
class Far:
    """A running stand-in: its address, how one of its records is changed, and what ends a day of changes."""

    address: str
    change: Change
    done: Callable[[], object]


@contextmanager
def street_services(home: Path, records: int) -> Iterator[Far]:
    from ombud.connect.legacy.street_services import stand_in

    with stand_in.serving(home, records=records) as far:
        yield Far(far.url, lambda number, n: far.office.change(number, {"description": f"Looked at {n}"}), lambda: None)


@contextmanager
def sanitation(home: Path, records: int) -> Iterator[Far]:
    from ombud.connect.legacy.sanitation import stand_in

    with stand_in.serving(home, records=records) as far:
        address = f"postgresql://{far.host}:{far.port}/sanstar"
        yield Far(address, lambda number, n: far.yards.change(number, addr=f"{n} MAIN ST"), lambda: None)


@contextmanager
def street_lighting(home: Path, records: int) -> Iterator[Far]:
    from ombud.connect.legacy.street_lighting import stand_in

    with stand_in.serving(home, records=records) as far:
        address = f"sftp://{far.host}:{far.port} {far.host_key}"
        # Two drops of one second would have one name.
        yield Far(
            address,
            lambda number, n: far.shop.change(number, {"pole": f"P{n}"}),
            lambda: far.shop.drop(name="9999"),
        )


@contextmanager
def graffiti(home: Path, records: int) -> Iterator[Far]:
    from ombud.connect.legacy.graffiti import stand_in

    # What it takes in a second is its own choice, not what is measured.
    stand_in.CALLS_PER_SECOND = 1_000_000
    with stand_in.serving(home, records=records) as far:
        yield Far(far.url, lambda number, n: far.depot.change(number, {"description": f"Looked at {n}"}), lambda: None)


SYSTEMS = {
    "street_services": street_services,
    "graffiti": graffiti,
    "sanitation": sanitation,
    "street_lighting": street_lighting,
}


def measured(code: str, home: Path, records: int, changes: int) -> dict[str, float]:
    """Return the rows per second of one connector."""
    import yaml

    from ombud.connect import demo_links
    from ombud.connect.bridge import running
    from ombud.connect.bridge.models import Twin
    from ombud.connect.bridge.opening import opened
    from ombud.kernel import clock
    from ombud.plumbing import walls

    bridges = SOURCES["la"].folder / "bridges"
    told = next(one for one in yaml.safe_load((bridges / "links.yaml").read_text()) if one["code"] == code)
    with SYSTEMS[code](home / code, records) as far, walls.inside("la"):
        link = demo_links.join("la", told, far.address, (bridges / f"{code}.yaml").read_text())
        began = time.perf_counter()
        with opened(link) as bridge:
            read = sum(len(page.records) for page in bridge.system.changes({}))
        reading = read / (time.perf_counter() - began)
        began = time.perf_counter()
        tally = running.run(link, now=clock.now())
        loading = tally.created / (time.perf_counter() - began)
        numbers = Twin.objects.filter(link=link).order_by("pk").values_list("far_id", flat=True)[:changes]
        for n, number in enumerate(numbers):
            far.change(str(number), n)
        far.done()
        link.refresh_from_db()
        began = time.perf_counter()
        tally = running.run(link, now=clock.now())
        changing = tally.changed / (time.perf_counter() - began)
        assert tally.changed == len(numbers), tally
    return {"reading": round(reading), "first_load": round(loading), "changes": round(changing)}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[1] if __doc__ else None)
    parser.add_argument("--records", type=int, default=2000)
    parser.add_argument("--changes", type=int, default=200)
    parser.add_argument("--only", choices=SYSTEMS)
    options = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="ombud-bench-"))
    home.chmod(0o755)
    os.environ["OMBUD_OUTGOING_NETWORKS"] = "127.0.0.0/8"
    try:
        installation(SOURCES["la"], home)
        from django.conf import settings

        from ombud.connect import demo_links

        settings.OMBUD_LINK_SECRETS = demo_links.secrets()
        chosen = [options.only] if options.only else list(SYSTEMS)
        speeds = {code: measured(code, home, options.records, options.changes) for code in chosen}
    finally:
        from ombud.plumbing import embedded_postgres

        embedded_postgres.stop(home)
        shutil.rmtree(home, ignore_errors=True)
    sys.stdout.write(f"{'rows a second':<20}{'reading':>10}{'first load':>12}{'changes':>10}\n")
    for code, each in speeds.items():
        sys.stdout.write(
            f"{code.replace('_', ' '):<20}{each['reading']:>10,}{each['first_load']:>12,}{each['changes']:>10,}\n"
        )
    figures = {
        "bench": "bridge",
        "records": options.records,
        "changes": options.changes,
        "rows_per_second": speeds,
        # How much of the first load is the connector's, and how much the record's.
        "share_of_reading": {code: round(each["first_load"] / each["reading"], 2) for code, each in speeds.items()},
    }
    sys.stdout.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main()
