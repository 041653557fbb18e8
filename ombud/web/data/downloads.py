"""Downloads of a version, whole or by year, what it is made of, and what changes from one version to another."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from ombud.kernel import clock
from ombud.kernel.errors import N_, BadInput
from ombud.opendata.datasets import registry
from ombud.opendata.export import feed, manifest, store
from ombud.opendata.export.forms import MEDIA_TYPES, Delta, Form, Suffix
from ombud.opendata.export.store import Kept, Made
from ombud.opendata.lake import files, versions
from ombud.web.data.answering import Wanted, chosen, door, named, number, only, wanted, written
from ombud.web.data.sending import Sent, send
from ombud.web.limiting import limit

CHANGES_AT_MOST = 10_000
# Larger ones are not made anew for each of the versions that come by the minute, where none is named.
MADE_EACH_TIME = 300_000
OLD_ENOUGH_TO_MAKE_ANEW = timedelta(hours=1)
UNTIL_EARLIER = N_("since: version %(since)s is not before version %(until)s.")


@door()
def rows(request: HttpRequest, name: str, suffix: str, year: str = "") -> HttpResponseBase:
    """Send the rows of a version, or of one of its years."""
    only(request, "version", "asof", "year", "safe")
    asked = wanted(request, name)
    told_year = year or request.GET.get("year", "")
    safe = bool(request.GET.get("safe")) and chosen(request.GET["safe"], ("excel",), "safe") == "excel"
    form = Form(Suffix(suffix), number_of(told_year) if told_year else None, safe and suffix == Suffix.CSV)
    return sent(_at_hand(asked, form), form)


@door()
def delta(request: HttpRequest, name: str) -> HttpResponseBase:
    """Send all that changes from one version to another as a file."""
    only(request, "since", "until")
    asked, before = _between(request, name)
    return sent(asked, Delta(before))


@door()
def lake_file(request: HttpRequest, name: str, sha256: str) -> HttpResponseBase:
    """Send a file of those that versions are made of, as it lies."""
    only(request)
    city, dataset = named(request, name)
    file = manifest.lake_file(city.id, dataset.code, sha256)
    there = Kept(files.folder() / file.path, file.size, file.sha256)
    response = send(request, there, Sent(f"{name}-{file.month}.parquet", MEDIA_TYPES[Suffix.PARQUET]))
    response.headers["ETag"] = f'"{sha256}"'
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


@door()
def manifest_of(request: HttpRequest, name: str) -> HttpResponseBase:
    """Say what a version is made of."""
    only(request, "version", "asof")
    asked = wanted(request, name)
    told = manifest.manifest(asked.dataset, asked.snapshot, base=asked.base)
    response = written(told)
    response.headers["X-Data-Version"] = str(asked.snapshot.version)
    response.headers["Cache-Control"] = "public, max-age=60"
    return response


@door()
def versions_of(request: HttpRequest, name: str) -> HttpResponse:
    """List the versions."""
    only(request)
    asked = wanted(request, name)
    listed = manifest.listed(asked.city.id, asked.dataset.code, base=asked.base)
    return written({"id": asked.id, "name": asked.dataset.code, "versions": listed})


@door()
def changes(request: HttpRequest, name: str) -> HttpResponseBase:
    """Give a page of the change feed."""
    only(request, "since", "until", "after", "limit")
    size = number(request, "limit", 1_000, least=1, most=CHANGES_AT_MOST)
    asked, before = _between(request, name, or_equal=True)
    since = before.version if before else 0

    def page() -> HttpResponse:
        found = feed.changes(before, asked.snapshot, after=request.GET.get("after", ""), limit=size)
        return written(
            {
                "from": since,
                "to": asked.snapshot.version,
                "changes": found.changes,
                "taken_back": found.taken_back,
                "more": found.more,
                "next": f"{asked.base}/changes?{urlencode(_onward(asked, found, since, size))}",
                "file": f"{asked.base}/delta.parquet?since={since}&until={asked.snapshot.version}",
            }
        )

    return asked.unless_known("changes", page)


def _onward(asked: Wanted, found: feed.Changes, since: int, size: int) -> dict[str, Any]:
    """Return what asks for the next page, or, behind the last one, for what will have changed since."""
    if found.more:
        return {"since": since, "until": asked.snapshot.version, "after": found.changes[-1]["id"], "limit": size}
    return {"since": asked.snapshot.version, "limit": size}


def _between(request: HttpRequest, name: str, *, or_equal: bool = False) -> tuple[Wanted, Any]:
    """Return what is asked for until, and the version since; 0 stands before the first."""
    until = number(request, "until", 0, most=2**31) or None
    city, dataset = named(request, name)
    now = registry.snapshot(city, dataset, asof=until)
    since = number(request, "since", 0, most=2**31)
    if since > now.version or (since == now.version and not or_equal):
        raise BadInput(UNTIL_EARLIER, since=since, until=now.version)
    before = feed.before(city, dataset, since)
    return Wanted(request, city, dataset, now, until is not None), before


def number_of(year: str) -> int:
    """Return a year. Raises BadInput."""
    if not (year.isascii() and year.isdigit() and len(year) == 4):
        raise BadInput(N_("year: write four digits."))
    return int(year)


def _at_hand(asked: Wanted, form: Form) -> Wanted:
    """Return what is asked for, or a version of the last hour whose large download is there, where none is named."""
    large = asked.snapshot.rows > MADE_EACH_TIME and store.kept(asked.snapshot, form) is None
    if "version" in asked.request.GET or "asof" in asked.request.GET or not large:
        return asked
    for one in versions.publications(asked.city.id, asked.dataset.code, limit=500):
        if one.at < clock.now() - OLD_ENOUGH_TO_MAKE_ANEW:
            break
        path = store.folder(asked.city.id, asked.dataset.code) / store.version_name(one.version, one.sha256)
        if (path / form.file_name).exists():
            snapshot = registry.snapshot(asked.city, asked.dataset, asof=one.version)
            return Wanted(asked.request, asked.city, asked.dataset, snapshot, named=False)
    return asked


def sent(asked: Wanted, form: Made) -> HttpResponseBase:
    """Send a download, made now if it is not there."""

    def send_it() -> HttpResponseBase:
        if store.kept(asked.snapshot, form) is None:
            limit(asked.request, "downloads made", times=settings.OMBUD_DOWNLOADS_PER_HOUR)
        there = store.fetched(asked.snapshot, form)
        name = f"{asked.id}-v{asked.snapshot.version}-{form.file_name}"
        response = send(asked.request, there, Sent(name, MEDIA_TYPES[form.suffix]))
        version = f"version={asked.snapshot.version}"
        response.headers["Link"] = f'<{asked.base}/manifest.json?{version}>; rel="describedby"'
        return response

    return asked.unless_known(form.file_name, send_it)
