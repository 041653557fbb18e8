"""
The demo's old systems: a stand-in of each runs beside the city, and a link joins it with the city's record.

A city has them where its folder has `bridges/links.yaml`: the links as a city would set them up, but for the addresses,
which are those of the stand-ins, and a mapping for each in a file of the link's name.
"""

import json
import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from ombud.connect import demo
from ombud.connect.bridge import commands, running
from ombud.connect.bridge.models import Link, Mode
from ombud.connect.legacy.graffiti import stand_in as graffiti
from ombud.connect.legacy.sanitation import yards as sanitation
from ombud.connect.legacy.street_lighting import stand_in as street_lighting
from ombud.connect.legacy.street_services import stand_in as street_services
from ombud.kernel import clock, yaml_files
from ombud.plumbing import walls
from ombud.plumbing.serving import Child
from ombud.service_requests.timeline import SYSTEM

HOME = settings.OMBUD_HOME / "old-systems"
RECORDS = 300
WORK_EVERY_SECONDS = 60
# The one secret that each stand-in takes, whatever its connector calls it.
SECRETS = {
    "graffiti": graffiti.CLIENT_SECRET,
    "sanitation": sanitation.PASSWORD,
    "street_lighting": street_lighting.PASSWORD,
    "street_services": street_services.API_KEY,
}


def secrets() -> dict[str, str]:
    """Return the secrets of the links by their variables: for this process, and for those that it starts."""
    return secrets_of(_links())


def secrets_of(links: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return the secrets of these links by their variables."""
    return {name: SECRETS[link["connector"]] for link in links for name in link["secrets"].values()}


def children() -> list[Child]:
    """Return the stand-ins as processes to be kept up, each with a crew that works a little."""
    options = ("--quiet", "--work-every", str(WORK_EVERY_SECONDS))
    return [Child(f"stand-in of {link['name']}", (*_program(link, RECORDS), *options)) for link in _links()]


def prepare(*, requests: bool = True) -> Iterator[str]:
    """Link what is not linked yet, bring in its history, and report what the story tells, saying each step."""
    for folder in demo.folders():
        if not (folder / "bridges" / "links.yaml").exists():
            continue
        city_id = yaml_files.read(folder / "jurisdiction.yaml")["id"]
        links = yaml_files.read(folder / "bridges" / "links.yaml")
        with walls.inside(city_id), _started(links, RECORDS if requests else 0) as addresses:
            for link in links:
                if not (address := addresses[link["code"]]):
                    yield f"{city_id}: the stand-in of {link['name']} did not start; it says why above"
                    continue
                text = (folder / "bridges" / f"{link['code']}.yaml").read_text(encoding="utf-8")
                joined = join(city_id, link, address, text)
                if joined.loaded_at is None:
                    tally = running.run(joined, now=clock.now())
                    yield f"{city_id}: {tally.created} requests of {link['name']}, {tally.held} to be understood"
        if requests:
            with walls.inside(city_id):
                demo.tell(city_id, yaml_files.read(folder / "bridges" / "story.yaml")["requests"], now=clock.now())


def join(city_id: str, link: Mapping[str, Any], address: str, mapping: str) -> Link:
    """Set up a link as an administrator would."""
    code, now = link["code"], clock.now()
    commands.save_link(
        jurisdiction_id=city_id,
        code=code,
        name=link["name"],
        connector=link["connector"],
        settings={**link["settings"], **_reached_at(address)},
        secrets=link["secrets"],
        every_seconds=link["every_seconds"],
        actor=SYSTEM,
    )
    commands.save_mapping(jurisdiction_id=city_id, code=code, text=mapping, seen=None, reason="", actor=SYSTEM, at=now)
    joined = Link.objects.get(jurisdiction_id=city_id, code=code)
    if not joined.loaded_at:
        commands.set_mode(jurisdiction_id=city_id, code=code, mode=Mode.BOTH, actor=SYSTEM, at=now)
    return joined


def _reached_at(address: str) -> dict[str, Any]:
    """Return the settings that an address stands for: `http://...`, `postgresql://...`, or `sftp://... HOST-KEY`."""
    where, _, key = address.partition(" ")
    parts = urlsplit(where)
    if parts.scheme == "http":
        return {"url": where}
    return {"host": parts.hostname, "port": parts.port} | ({"host_key": key} if key else {})


@contextmanager
def _started(links: list[dict[str, Any]], records: int) -> Iterator[dict[str, str]]:
    """Run the stand-ins for the block and yield their addresses; empty for one that did not start."""
    processes = {
        link["code"]: subprocess.Popen(_program(link, records), stdout=subprocess.PIPE, text=True)  # noqa: S603  ours
        for link in links
    }
    try:
        yield {code: (p.stdout.readline() if p.stdout else "").strip() for code, p in processes.items()}
    finally:
        for process in processes.values():
            process.terminate()
        for process in processes.values():
            process.communicate()


def _program(link: Mapping[str, Any], records: int) -> tuple[str, ...]:
    connector, home = link["connector"], HOME / link["code"]
    module = f"ombud.connect.legacy.{connector}.stand_in"
    options = ("--home", str(home), "--port", str(_ports()[link["code"]]), "--records", str(records))
    return (sys.executable, "-m", module, *options)


@cache
def _ports() -> dict[str, int]:
    """Return the port of each stand-in: the one it had, unless somebody else took it meanwhile."""
    HOME.mkdir(parents=True, exist_ok=True)
    kept = HOME / "ports.json"
    ports = json.loads(kept.read_text(encoding="utf-8")) if kept.exists() else {}
    held = []
    for link in _links():
        probe = socket.socket()
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.append(probe)
        try:
            probe.bind(("127.0.0.1", ports.get(link["code"], 0)))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        ports[link["code"]] = probe.getsockname()[1]
    for probe in held:
        probe.close()
    kept.write_text(json.dumps(ports, indent=2) + "\n", encoding="utf-8")
    return dict(ports)


def _links() -> list[dict[str, Any]]:
    found = [folder / "bridges" / "links.yaml" for folder in demo.folders()]
    return [link for path in found if path.exists() for link in yaml_files.read(path)]
