"""
A publisher that is killed at random moments while a city changes; and what its record says of itself afterwards.

Run as a process of an installation of its own: `python -m tests.publishing_siege KILLS SEED`. Prints JSON.
"""

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

CITY = "springfield"
CODES = ("requests", "events", "incidents")
CHANGES_BEFORE_A_KILL = 6


def _set_up() -> None:
    import django

    django.setup()
    # What a publication imports, so that each is at its work as soon as it is begun.
    import pyarrow.parquet  # noqa: F401
    import pyiceberg.io.pyarrow  # noqa: F401

    from ombud.opendata.commands import publish_requests  # noqa: F401


def besiege(kills: int, seed: int) -> int:
    """Change the city and publish it, killing the publisher; return how many were killed while they published."""
    dice = random.Random(seed)
    killed = 0
    for n in range(kills):
        changes = _forked(lambda: _change(dice.randrange(2**32)))
        said, say = os.pipe()
        publisher = _forked(lambda say=say: _publish_for_ever(say))
        # Every other one gets through at least once, however slow the machine; then any part of the next is hit.
        os.read(said, n % 2)
        time.sleep(dice.uniform(0.05, 0.9))
        os.kill(publisher, signal.SIGKILL)
        killed += os.waitstatus_to_exitcode(os.waitpid(publisher, 0)[1]) == -signal.SIGKILL
        _ended_well(changes)
        os.close(said)
        os.close(say)
    _ended_well(_forked(_publish))
    return killed


def _forked(work: Any) -> int:
    pid = os.fork()
    if pid:
        return pid
    try:
        work()
        os._exit(0)
    except BaseException:
        import traceback

        traceback.print_exc()
        os._exit(1)


def _ended_well(pid: int) -> None:
    if os.waitpid(pid, 0)[1]:
        raise SystemExit("a process of ours failed")


def _publish_for_ever(say: int) -> None:
    while True:
        _publish()
        os.write(say, b".")


def _publish() -> None:
    from ombud.catalog import queries as catalog
    from ombud.kernel import clock
    from ombud.opendata.commands import publish_requests
    from ombud.plumbing import walls

    with walls.inside(CITY):
        publish_requests.publish(catalog.city(CITY), now=clock.now())


def _change(seed: int) -> None:
    """Report, take on, close, join and hide: each in a transaction of its own."""
    from ombud.kernel import clock
    from ombud.plumbing import walls
    from ombud.service_requests.commands import act
    from ombud.service_requests.commands.incidents import merge
    from tests.builders import GUS, CityBuilder

    dice, city = random.Random(seed), CityBuilder(CITY)
    with walls.inside(CITY):
        made = []
        for _ in range(CHANGES_BEFORE_A_KILL):
            one = city.report("POTHOLE", when=clock.now() - timedelta(days=dice.randrange(90)))
            made.append(one.accepted())
            done = dice.randrange(4)
            if done == 0:
                one.closed(after=timedelta(0))
            elif done == 1:
                merge(
                    jurisdiction_id=CITY, request_id=one.id, with_number=made[0].number, actor=GUS, at=clock.now()
                ) if one is not made[0] else None
            elif done == 2:
                act.change_service(one.on(GUS), code="BARKING")
            time.sleep(0.03)


def told() -> dict[str, Any]:
    """Return what the record of the city says, data set by data set, and what of it does not fit."""
    from ombud.catalog import queries as catalog
    from ombud.plumbing import walls
    from ombud.service_requests.models import ServiceRequest

    with walls.inside(CITY):
        city = catalog.city(CITY)
        public = ServiceRequest.objects.in_city(CITY).filter(visibility="public").values_list("number", flat=True)
        return {
            "public": sorted(public),
            "data_sets": {code: _told_of(city, code) for code in CODES},
            **_broom(city),
        }


def _told_of(city: Any, code: str) -> dict[str, Any]:
    from ombud.opendata.datasets import registry
    from ombud.opendata.export import feed
    from ombud.opendata.lake import iceberg, projection, reading
    from ombud.opendata.models import Publication

    dataset = registry.of_code(city, code)
    publications = list(Publication.objects.of(CITY, code).order_by("version"))
    table = iceberg.opened(CITY, code)
    wrong: list[str] = []
    held: dict[str, Any] = {}
    before = None
    for one in publications:
        now = registry.snapshot(city, dataset, asof=one.version)
        wrong += [f"{one.version}: {what}" for what in _does_not_fit(one, now, table)]
        page = feed.changes(before, now, after="", limit=100_000)
        ops = Counter((change["op"], change["id"]) for change in page.changes)
        for (op, row_id), n in ops.items():
            if n > 1 or (op == "insert") == (row_id in held):
                wrong.append(f"{one.version}: {op} of {row_id}, {n} times")
        held = {row_id: row for row_id, row in held.items() if ("delete", row_id) not in ops}
        held |= {change["id"]: change["row"] for change in page.changes if change["op"] != "delete"}
        if held.keys() != reading.rows(now).keys():
            wrong.append(f"{one.version}: the feed leads to other rows")
        before = now
    rows = reading.rows(before) if before else {}
    if code == "requests" and set(projection.rows_by_id(CITY, rows.keys())) != rows.keys():
        wrong.append("the table of the newest rows has others")
    return {"versions": [one.version for one in publications], "ids": sorted(rows), "wrong": wrong}


def _does_not_fit(one: Any, snapshot: Any, table: Any) -> Iterator[str]:
    """Yield what of a version's files, hashes and snapshot of the Iceberg table disagrees."""
    from ombud.opendata.lake import files, writing
    from ombud.opendata.models import LakeFile

    rows = {str(files.folder() / file.path): file for file in LakeFile.objects.of(CITY, one.dataset)}
    hashes = []
    for path in snapshot.files:
        digest = hashlib.sha256(Path(path).read_bytes()).hexdigest()
        if digest != rows[path].sha256:
            yield f"{path} is not what was written"
        hashes.append((rows[path].month, digest))
    if writing.over(sorted(hashes)) != one.sha256:
        yield "its hash is not that of its files"
    if sum(rows[path].rows for path in snapshot.files) != one.rows:
        yield "its rows are not those of its files"
    planned = [
        task.file.file_path.removeprefix("file://") for task in table.scan(snapshot_id=one.snapshot_id).plan_files()
    ]
    if sorted(planned) != sorted(snapshot.files):
        yield "its Iceberg snapshot has other files"


def _broom(city: Any) -> dict[str, Any]:
    """Return how many files lay on disk in no version, and which do once the broom has come."""
    from ombud.kernel import clock
    from ombud.opendata.lake import files, sweeping
    from ombud.opendata.models import LakeFile

    left, swept = [], 0
    for code in CODES:
        swept += sweeping.sweep(city.id, code, now=clock.now() + timedelta(hours=7))
        known = set(LakeFile.objects.of(city.id, code).values_list("path", flat=True))
        found = (files.folder() / city.id / code / "data").glob("*/*")
        left += [str(path) for path in found if str(path.relative_to(files.folder())) not in known]
    return {"swept": swept, "unswept": left}


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ombud.settings")
    if sys.argv[1] == "told":
        _set_up()
        sys.stdout.write(json.dumps(told()))
    else:
        _set_up()
        fallen = besiege(int(sys.argv[1]), int(sys.argv[2]))
        # Whoever has forked opens no connection of its own: another process looks.
        looked = subprocess.run([sys.executable, "-m", __spec__.name, "told"], check=True, capture_output=True)
        sys.stdout.write(json.dumps({"killed": fallen, **json.loads(looked.stdout)}))
