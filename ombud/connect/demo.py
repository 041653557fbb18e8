"""
The demo: two real cities, their past requests, staff to sign in as, and a few requests of today.

Everything goes through the same commands that a city uses. Running it again adds nothing twice.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.management import call_command
from django.db import transaction

from ombud.catalog import queries as catalog_queries
from ombud.catalog.loading import load_folder
from ombud.connect import demo_analyses, demo_photos
from ombud.connect.open311 import sandbox
from ombud.conversation import commands as conversation
from ombud.intake import commands as intake
from ombud.intake import photos as intake_photos
from ombud.intake.commands import Submission
from ombud.intake.rules.place import Located
from ombud.kernel import clock, yaml_files
from ombud.kernel.geo import LonLat
from ombud.opendata import handlers as publishing
from ombud.opendata.archives import loading as archives
from ombud.opendata.archives.schema import read_schema, shipped
from ombud.opendata.datasets import registry
from ombud.opendata.datasets.dataset import id_of
from ombud.people import api_keys
from ombud.people import commands as people
from ombud.people.api_keys import Program
from ombud.people.models import Account
from ombud.people.rules.permissions import Grant, Role
from ombud.places import asset_loading, assets
from ombud.places import commands as places
from ombud.places import queries as places_queries
from ombud.plumbing import walls
from ombud.service_requests import timeline
from ombud.service_requests.commands import act, attach, closing, photos
from ombud.service_requests.commands.act import On
from ombud.service_requests.rules.photo_boxes import Looked
from ombud.service_requests.timeline import REPORTER, Actor
from ombud.triage.routing import loading as routing

DEMO = settings.OMBUD_DEMO_FOLDER
PASSWORD = "a city that answers"  # noqa: S105  a demo's sign-in, printed on purpose
OTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # noqa: S105
API_KEY = "ombud_demo-key-for-trying-things-out"
DONE = settings.OMBUD_HOME / "demo-loaded"


@dataclass(frozen=True, slots=True)
class SignIn:
    """Somebody of the demo to sign in as."""

    role: str
    user: str
    password: str = PASSWORD
    otp_secret: str = OTP_SECRET


def prepare(*, requests: bool = True) -> Iterator[str]:
    """Load what is not loaded yet, saying each step in a few words."""
    at = clock.now()
    for folder in folders():
        loaded = load_folder(folder, at=at)
        yield f"{loaded.jurisdiction_id}: {loaded.services} services, {loaded.new_versions} new versions"
        mark = Path(f"{DONE}-{loaded.jurisdiction_id}")
        with walls.inside(loaded.jurisdiction_id):
            if not places_queries.layers(loaded.jurisdiction_id):
                areas = places.load_boundaries(folder / "boundaries", jurisdiction_id=loaded.jurisdiction_id, at=at)
                yield f"{loaded.jurisdiction_id}: {areas} areas"
            if (folder / "assets").exists() and not assets.asset_layers(loaded.jurisdiction_id):
                for layer in asset_loading.load_assets(
                    folder / "assets", jurisdiction_id=loaded.jurisdiction_id, at=at
                ):
                    yield f"{loaded.jurisdiction_id}: {layer.loaded} {layer.layer}"
            _hire(loaded.jurisdiction_id, folder)
            for told in routing.load_folder(folder, jurisdiction_id=loaded.jurisdiction_id, at=at):
                yield f"{loaded.jurisdiction_id}: {told}"
            _prepare_texts(loaded.jurisdiction_id, folder, at)
            if mark.exists():
                continue
            if requests:
                yield from _bring_in(loaded.jurisdiction_id, folder)
                yield from _load_archives(loaded.jurisdiction_id, folder)
            stories = _tell_story(loaded.jurisdiction_id, folder, at)
            yield f"{loaded.jurisdiction_id}: {stories} requests of the last days"
        mark.touch()
    yield from _publish()
    yield from _tell_analyses(at)
    yield f"{sandbox.found(at=at)}: for programs to try things out"
    for row in catalog_queries.jurisdictions():
        _give_key(row.id, at)


def _load_archives(city_id: str, folder: Path) -> Iterator[str]:
    path = folder / "archives.yaml"
    for told in yaml_files.read(path) if path.exists() else ():
        files = [found for pattern in told["files"] for found in sorted(folder.glob(pattern))]
        schema = read_schema(shipped(told["schema"]))
        loaded = archives.load(catalog_queries.city(city_id), schema, files, now=clock.now())
        yield f"{city_id}: {loaded.rows} rows as the city published them before ({schema.code})"


def _publish() -> Iterator[str]:
    for publish in (publishing.publish_all, publishing.publish_whole_all, publishing.release_counts_all):
        for city_id, made in publish().items():
            if made:
                yield f"{city_id}: {len(made)} publications, the last of {made[-1]}"


def _tell_analyses(at: datetime) -> Iterator[str]:
    for folder in folders():
        story = yaml_files.read(folder / "story.yaml")
        if told := story.get("analyses"):
            city_id = yaml_files.read(folder / "jurisdiction.yaml")["id"]
            with walls.inside(city_id):
                publisher = next(person for person in story["staff"] if person["role"] == Role.ADMINISTRATOR)
                actor = _actor(city_id, publisher)
                yield from demo_analyses.tell(catalog_queries.city(city_id), told, actor=actor, now=at)


def write_sheet(url: str) -> Path:
    """Write `demo.json`, from which scripts learn addresses and sign-ins, and return its path."""
    sheet = {
        "url": url,
        "health": f"{url}/healthz",
        "mailbox": f"{url}/mailbox/",
        "jurisdictions": [
            {"id": row.id, "name": row.name.get("en", row.short_name), "url": f"{url}/{row.id}/"}
            for row in catalog_queries.jurisdictions()
            if not row.sandbox
        ],
        "sign_ins": [
            {"role": s.role, "user": s.user, "password": s.password, "otp_secret": s.otp_secret} for s in sign_ins()
        ],
        "open311": [
            {
                "url": f"{url}/{row.id}/open311/v2",
                "jurisdiction_id": row.id,
                "api_key": API_KEY,
                "sandbox": row.sandbox,
            }
            # The sandbox first: it is where scripts that only try things should go.
            for row in sorted(catalog_queries.jurisdictions(), key=lambda row: not row.sandbox)
        ],
        "soda": [entry for row in catalog_queries.jurisdictions() if not row.sandbox for entry in _soda(url, row.id)],
    }
    path: Path = settings.OMBUD_HOME / "demo.json"
    path.write_text(json.dumps(sheet, indent=2) + "\n", encoding="utf-8")
    return path


def _soda(url: str, city_id: str) -> Iterator[dict[str, str]]:
    with walls.inside(city_id):
        city = catalog_queries.city(city_id)
        for dataset in registry.of_city(city).values():
            yield {"url": f"{url}/{city_id}", "dataset_id": id_of(city, dataset), "app_token": API_KEY}


def _give_key(city_id: str, at: datetime) -> None:
    with walls.inside(city_id):
        if api_keys.program(city_id, API_KEY) is None:
            program = Program("Demo", "demo-program", frozenset(api_keys.RIGHTS), writes_per_hour=1_000_000)
            api_keys.grant(
                jurisdiction_id=city_id, program=program, email="developer@example.org", at=at, secret=API_KEY
            )


def sign_ins() -> list[SignIn]:
    """Return everybody one can sign in as."""
    return [
        SignIn(f"{person['role']} ({city_id})", _address(person, city_id))
        for folder in folders()
        for city_id, staff in [
            (yaml_files.read(folder / "jurisdiction.yaml")["id"], yaml_files.read(folder / "story.yaml")["staff"])
        ]
        for person in staff
    ]


def folders() -> list[Path]:
    """Return the folders of the demo's cities."""
    return sorted(path.parent for path in DEMO.glob("*/jurisdiction.yaml"))


def _address(person: Mapping[str, str], city_id: str) -> str:
    return f"{person['name'].split()[0].lower()}@{city_id}.example"


def _hire(city_id: str, folder: Path) -> None:
    for person in yaml_files.read(folder / "story.yaml")["staff"]:
        account = people.add_staff(
            jurisdiction_id=city_id,
            email=_address(person, city_id),
            name=person["name"],
            role=Role(person["role"]),
            agency=person.get("agency", ""),
        )
        if not Authenticator.objects.filter(user=account).exists():
            account.password = _hashed()
            account.save(update_fields=["password"])
            TOTP.activate(account, OTP_SECRET)


@cache
def _hashed() -> str:
    """Return what is kept of the password, one for all: to hash takes half a second, and this one is no secret."""
    return make_password(PASSWORD)


def _prepare_texts(city_id: str, folder: Path, at: datetime) -> None:
    for text in yaml_files.read(folder / "story.yaml").get("templates", []):
        conversation.load_template(jurisdiction_id=city_id, code=text["code"], raw=text, at=at)


def _bring_in(city_id: str, folder: Path) -> Iterator[str]:
    for mapping in sorted((folder / "import").glob("*.yaml")):
        files = [str(path) for path in sorted((folder / "requests").iterdir())]
        call_command("import", mapping.stem, *files, city=city_id, mapping=mapping)
        yield f"{city_id}: {len(files)} files of past requests"


def _tell_story(city_id: str, folder: Path, now: datetime) -> int:
    story = yaml_files.read(folder / "story.yaml")
    actors = {p["name"].split()[0]: _actor(city_id, p) for p in story["staff"]}
    return tell(city_id, story["requests"], now=now, actors=actors)


def tell(
    city_id: str, entries: Sequence[Mapping[str, Any]], *, now: datetime, actors: Mapping[str, Actor] | None = None
) -> int:
    """Report what is told, oldest first, and do what followed; what was reported already is left. Returns how many."""
    numbers: dict[str, str] = {}
    for entry in sorted(entries, key=lambda e: -float(e["hours_ago"])):
        with transaction.atomic():
            _tell_one(city_id, entry, now=now, actors=actors or {}, numbers=numbers)
    return len(entries)


def _actor(city_id: str, person: Mapping[str, str]) -> Actor:
    account = Account.objects.get(email=_address(person, city_id))
    return Actor("staff", account.pk, frozenset({Grant(Role(person["role"]), person.get("agency", ""))}))


def _tell_one(
    city_id: str, entry: Mapping[str, Any], *, now: datetime, actors: Mapping[str, Actor], numbers: dict[str, str]
) -> None:
    asked_at = now - timedelta(hours=entry["hours_ago"])
    point = LonLat(*entry["at"]) if "at" in entry else None
    received = intake.submit(
        jurisdiction_id=city_id,
        submission=Submission(
            client_id=uuid5(NAMESPACE_URL, f"ombud-demo:{city_id}:{entry['name']}"),
            service_code=entry["service"],
            channel=entry.get("channel", "web"),
            language=entry.get("language", "en"),
            description=entry.get("description", ""),
            answers={code: [a] if isinstance(a, str) else a for code, a in entry.get("answers", {}).items()},
            located=Located(method="pin", point=point, address=entry.get("address", "")),
            name=entry.get("reporter", ""),
            email=entry.get("email", ""),
            phone=entry.get("phone", ""),
            same_as=numbers.get(entry.get("same_as", ""), ""),
        ),
        at=asked_at,
    )
    numbers[entry["name"]] = received.number
    if received.again:
        return
    if stage := entry.get("photo"):
        _photo(On(city_id, received.request_id, REPORTER, asked_at), stage)
    for step in entry.get("then", []):
        at = asked_at + timedelta(hours=step["after_hours"])
        actor = actors.get(step.get("by", ""), REPORTER)
        _do(On(city_id, received.request_id, actor, at), step)


def _do(on: On, step: Mapping[str, Any]) -> None:
    text = step.get("text", "")
    match step["do"]:
        case "accept":
            act.accept(on)
        case "schedule":
            start = (on.at + timedelta(hours=step["in_hours"])).replace(minute=0, second=0, microsecond=0)
            act.schedule(on, start=start, end=start + timedelta(hours=4))
        case "ask":
            act.reply(on, text=text, question=True)
        case "reply":
            act.reply(on, text=text)
        case "note":
            act.note(on, text=text)
        case "answer":
            act.answer(on, text=text)
        case "inspect":
            act.inspect(on, finding=step["finding"], text=text)
        case "list":
            act.put_on_list(on, programme=step["programme"], position=step["position"], text=text)
        case "transfer":
            act.transfer(on, agency=step["agency"], text=text)
        case "close":
            closing.close(on, outcome=step["outcome"], text=text, referred_to=step.get("referred_to", ""))
        case "not_fixed":
            act.reopen(on, text=text)
        case "photo":
            _photo(on, step["stage"])
        case "rate":
            act.rate(on, score=step["score"])
        case unknown:
            raise ValueError(f"story.yaml: there is no step {unknown!r}")


def _photo(on: On, stage: str) -> None:
    photo = intake_photos.store_photo(demo_photos.drawn(stage), city_id=on.jurisdiction_id)
    photo_id = attach.add_photo(
        jurisdiction_id=on.jurisdiction_id,
        request_id=on.request_id,
        photo=photo,
        stage=stage,
        actor=on.actor,
        at=on.at,
    )
    # Nobody can be seen on what was drawn for the demo: it need not wait for the worker and a person.
    shown: dict[str, Any] = {"jurisdiction_id": on.jurisdiction_id, "photo_id": photo_id, "at": on.at}
    photos.keep_looked(**shown, looked=Looked.DONE, detector="")
    photos.show(**shown, shown=True, actor=timeline.SYSTEM)
