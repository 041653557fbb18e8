"""`ombud bridge VERB LINK`: what the pages of the links do, for the command line."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from ombud.catalog import queries as catalog
from ombud.connect.bridge import checking, commands, queries, running
from ombud.connect.bridge.models import Link, Mode
from ombud.connect.bridge.opening import link_of
from ombud.kernel import clock
from ombud.kernel.errors import OmbudError
from ombud.plumbing import command, walls
from ombud.service_requests.timeline import SYSTEM

APART = 3


class Command(command.Command):
    """Load, read, compare and switch links to other systems."""

    help = (
        "Links to other systems. `add` and `mapping` make one from files; `load` and `run` read what is there, the "
        "first time everything; `check` holds both sides against each other; `mode` switches a link; `list` shows all. "
        "Each is safe to run twice. --dry-run with load or run keeps nothing and sends nothing. "
        "Ends with 0 when it was done; 1 when it was refused or the other side failed (what was read until then is "
        "kept, and the next turn goes on from there); 2 for a wrong command line; 3 when `check` found a difference."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take a verb, a link, and what the verb needs."""
        parser.add_argument("verb", choices=["list", "add", "mapping", "load", "run", "check", "mode"])
        parser.add_argument("link", nargs="?", default="", help="the link's code")
        parser.add_argument("value", nargs="?", default="", help="for `mode`: both, read_only or off")
        parser.add_argument("--city", default="", help="the city's id; not needed where there is only one")
        parser.add_argument("--file", type=Path, help="for `add`: JSON with name, connector, settings, secrets, "
                            "every_seconds; for `mapping`: the YAML")  # fmt: skip
        parser.add_argument("--dry-run", action="store_true", help="say what would change; keep and send nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it, and say what became of it."""
        try:
            city_id = _city(options["city"])
            with walls.inside(city_id):
                getattr(self, f"_{options['verb']}")(city_id, options)
        except OmbudError as refused:
            raise CommandError(refused.message) from refused

    def _list(self, city_id: str, options: dict[str, Any]) -> None:
        for standing in queries.links(city_id, now=clock.now()):
            link = standing.link
            self.stdout.write(
                f"{link.code}\t{link.connector}\t{link.mode}\tlast success {link.succeeded_at or 'never'}"
                f"\t{standing.backlog} to send, {standing.dead} given up, {standing.held} held, "
                f"{standing.conflicts} conflicts\t{link.trouble}"
            )

    def _add(self, city_id: str, options: dict[str, Any]) -> None:
        told = json.loads(_text(options))
        commands.save_link(
            jurisdiction_id=city_id,
            code=_code(options),
            name=told.get("name", options["link"]),
            connector=told.get("connector", ""),
            settings=told.get("settings", {}),
            secrets=told.get("secrets", {}),
            every_seconds=int(told.get("every_seconds", 300)),
            actor=SYSTEM,
        )
        self.stdout.write(f"{options['link']} is there. It is off until you switch it on.")

    def _mapping(self, city_id: str, options: dict[str, Any]) -> None:
        version = commands.save_mapping(
            jurisdiction_id=city_id,
            code=_code(options),
            text=_text(options),
            seen=None,
            reason="from the command line",
            actor=SYSTEM,
            at=clock.now(),
        )
        self.stdout.write(f"The mapping of {options['link']} is version {version}.")

    def _load(self, city_id: str, options: dict[str, Any]) -> None:
        self._run(city_id, options)

    def _run(self, city_id: str, options: dict[str, Any]) -> None:
        link = link_of(city_id, _code(options))
        if options["dry_run"]:
            told = checking.dry_run(link, now=clock.now())
            self._say(told)
            self.stdout.write("This was a dry run: nothing is kept, nothing was sent.")
            return
        if link.mode == Mode.OFF:
            raise CommandError(f"{link.code} is off. Switch it on first: ombud bridge mode {link.code} read_only")
        tally = running.run(link, now=clock.now())
        self.stdout.write(
            f"{tally.records} read: {tally.created} new, {tally.changed} changed, {tally.unchanged} unchanged, "
            f"{tally.held} held, {tally.gone} gone there, {tally.conflicts} in dispute, {tally.to_send} to send."
        )
        for (field, word), n in tally.unknown.most_common(20):
            self.stdout.write(f"  not known: {field} “{word}” ({n})")

    def _check(self, city_id: str, options: dict[str, Any]) -> None:
        report = checking.compare(link_of(city_id, _code(options)))
        self._say(report)
        if not report["alike"]:
            raise CommandError("The two sides differ.", returncode=APART)
        self.stdout.write("Both sides hold the same.")

    def _mode(self, city_id: str, options: dict[str, Any]) -> None:
        if options["value"] not in Mode.values:
            raise CommandError(f"Say one of {', '.join(Mode.values)}.", returncode=2)
        link: Link = link_of(city_id, _code(options))
        if options["dry_run"]:
            self.stdout.write(f"{link.code} is {link.mode} and would be {options['value']}.")
            return
        commands.set_mode(jurisdiction_id=city_id, code=link.code, mode=options["value"], actor=SYSTEM, at=clock.now())
        self.stdout.write(f"{link.code} is {options['value']}.")

    def _say(self, told: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(told, indent=2, ensure_ascii=False, default=str))


def _code(options: dict[str, Any]) -> str:
    if not options["link"]:
        raise CommandError("Say which link.", returncode=2)
    return str(options["link"])


def _text(options: dict[str, Any]) -> str:
    if not options["file"] or not options["file"].exists():
        raise CommandError("Give the file with --file.", returncode=2)
    return str(options["file"].read_text(encoding="utf-8"))


def _city(wanted: str) -> str:
    if wanted:
        return catalog.city(wanted).id
    cities = [row.id for row in catalog.jurisdictions()]
    if len(cities) != 1:
        raise CommandError("Say which city with --city.", returncode=2)
    return cities[0]
