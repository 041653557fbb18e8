"""`/resource/ID`: queries over a data set, and single rows, as SODA 2.1 has them."""

import hashlib
import json
import re
import threading
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import http_date, parse_http_date_safe

from ombud.catalog.city import City
from ombud.kernel import clock
from ombud.kernel.errors import NotFound
from ombud.opendata import asking, saved
from ombud.opendata.datasets import registry
from ombud.opendata.datasets.dataset import DataSet
from ombud.opendata.engines.budget import Budget
from ombud.opendata.formats.format import Format
from ombud.opendata.formats.spool import Spool
from ombud.opendata.lake.versions import Snapshot
from ombud.opendata.soql.asked import Asked, asked
from ombud.opendata.soql.faults import TOO_MANY_ROWS, SoqlError
from ombud.opendata.soql.literals import NAMES
from ombud.opendata.soql.tree import Output, Query
from ombud.web.data.soda_answering import Refusal, answered
from ombud.web.data.soda_calls import FOUR_BY_FOUR, Caller, asof, caller, opened, parameters
from ombud.web.data.soda_turns import Kept, Turns

JSON_ROWS_AT_MOST = 50_000
HEADERS_AT_MOST = 4_096
# So much of a long answer is waited for before it is sent, so that what fails at once fails with a status.
FIRST_BYTES = 256 * 1024
_PATH = re.compile(rf"(?P<id>{FOUR_BY_FOUR})(?:/(?P<row>.+?))?(?:\.(?P<ending>[A-Za-z0-9]+))?/?", re.DOTALL)
_turns = Turns()
_kept = Kept()
_ACCEPTED = (
    ("text/csv", Format.CSV),
    ("application/vnd.geo+json", Format.GEOJSON),
    ("application/geo+json", Format.GEOJSON),
    ("application/json", Format.JSON),
)


@dataclass(frozen=True, slots=True)
class Question:
    """A query over one version, and how its answer is to be written."""

    query: Query
    snapshot: Snapshot
    form: Format
    options: dict[str, str]
    at: datetime

    @property
    def etag(self) -> str:
        """The same for the same answer, and for no other."""
        said = [
            self.snapshot.jurisdiction_id,
            self.snapshot.dataset,
            self.snapshot.version,
            self.snapshot.sha256,
            self.query.normal_form,
            [output.name for output in self.query.outputs],
            self.form,
            self.options.get("bom", ""),
        ]
        return f'W/"{hashlib.sha256(json.dumps(said).encode()).hexdigest()[:32]}"'


@answered
def resource(request: HttpRequest, path: str) -> HttpResponseBase:
    """Answer a query over a data set, or one row of it."""
    told = _PATH.fullmatch(path)
    if told is None:
        raise NotFound(registry.NO_SUCH, id=path[:40])
    form = form_of(request, told["ending"])
    with opened(request, told["id"]) as (city, dataset):
        pairs = parameters(request)
        who = caller(request, city, pairs)
        below = saved.soql_of(city, dataset, told["id"])
        if told["row"] is not None:
            if below:
                raise Refusal(
                    404, "row.missing", "A saved view has no rows of its own; ask the data set that it is of."
                )
            return _one_row(city, dataset, told["row"], pairs, who)
        read = asked(pairs, dataset.every_column, view=bool(below))
        question = _question(city, dataset, read, form, on_top_of=below)
        _refuse_too_many(question)
        return answer(request, question, who)


def form_of(request: HttpRequest, ending: str | None) -> Format:
    """Return the format: by the ending of the address, else by what is accepted. Raises Refusal."""
    if ending is not None:
        if ending.lower() not in list(Format):
            raise Refusal(404, "format.missing", f"There is no .{ending[:10]} here: .json, .csv and .geojson are.")
        return Format(ending.lower())
    accepted = request.headers.get("Accept", "").lower()
    first = sorted((accepted.find(name), form) for name, form in _ACCEPTED if name in accepted)
    return first[0][1] if first else Format.JSON


def _question(city: City, dataset: DataSet, read: Asked, form: Format, *, on_top_of: str = "") -> Question:
    snapshot = registry.snapshot(city, dataset, asof=asof(read.options.get("asof", "")))
    query = read.resolved(snapshot.columns, on_top_of=on_top_of)
    return Question(query, snapshot, form, read.options, clock.now())


def _refuse_too_many(question: Question) -> None:
    limit = question.query.stages[-1].limit
    if question.form is Format.JSON and (limit is None or limit > JSON_ROWS_AT_MOST):
        raise SoqlError(
            TOO_MANY_ROWS,
            f"JSON has {JSON_ROWS_AT_MOST:,} rows at most; page through them, or ask for .csv, which has no maximum.",
            maximum=str(JSON_ROWS_AT_MOST),
        )


def _one_row(city: City, dataset: DataSet, row: str, pairs: list[tuple[str, str]], who: Caller) -> HttpResponse:
    options = [(name, value) for name, value in pairs if name.startswith("$$")]
    read = asked([*options, (":id", row), ("$limit", "1")], dataset.every_column)
    question = _question(city, dataset, read, Format.JSON)
    rows = json.loads(b"".join(_pieces(question, who.budget, threading.Event())))
    if not rows:
        raise Refusal(404, "row.missing", "There is no such row.")
    response = HttpResponse(json.dumps(rows[0], ensure_ascii=False), content_type=Format.JSON.content_type)
    _describe(response, question, "")
    return response


def answer(request: HttpRequest, question: Question, who: Caller) -> HttpResponseBase:
    """Answer a question; what the caller has already is not sent again. Raises SoqlError, Busy and TookTooLong."""
    etag = "" if question.query.needs_now else question.etag
    if etag and _has_it(request, etag, question.snapshot.at):
        response: HttpResponseBase = HttpResponse(status=304)
    elif request.method == "HEAD":
        response = HttpResponse(content_type=question.form.content_type)
    elif (kept := _kept.find(etag)) is not None:
        response = HttpResponse(kept, content_type=question.form.content_type)
    else:
        response = _made(question, who, etag)
    _describe(response, question, etag)
    return response


def _made(question: Question, who: Caller, etag: str) -> HttpResponseBase:
    cancelled = threading.Event()
    spool = Spool(_turns.taken(who.key, _pieces(question, who.budget, cancelled)), cancelled=cancelled)
    # JSON is told whole or not at all; the others can be too long for that.
    spool.begun(size=None if question.form is Format.JSON else FIRST_BYTES)
    whole_answer = spool.whole()
    if whole_answer is None:
        return StreamingHttpResponse(spool, content_type=question.form.content_type)
    _kept.keep(etag, whole_answer)
    return HttpResponse(whole_answer, content_type=question.form.content_type)


def _pieces(question: Question, budget: Budget, cancelled: threading.Event) -> Generator[bytes, None, None]:
    from ombud.opendata.formats.rows import written

    found = asking.batches(question.query, question.snapshot, budget, now=question.at, cancelled=cancelled)
    bom = question.options.get("bom", "").lower() == "true"
    return written(found, question.query.outputs, question.form, bom=bom)


def _has_it(request: HttpRequest, etag: str, at: datetime) -> bool:
    if known := request.headers.get("If-None-Match"):
        return known.strip() == "*" or etag.removeprefix("W/") in re.findall(r'"[^"]*"', known)
    since = parse_http_date_safe(request.headers.get("If-Modified-Since", ""))
    return since is not None and int(at.timestamp()) <= since


def _describe(response: HttpResponseBase, question: Question, etag: str) -> None:
    snapshot, headers = question.snapshot, response.headers
    headers["X-SODA2-Legacy-Types"] = "false"
    headers["X-Data-Version"] = str(snapshot.version)
    names, types = _types(question.query.outputs)
    if len(names) + len(types) <= HEADERS_AT_MOST:
        headers["X-SODA2-Fields"], headers["X-SODA2-Types"] = names, types
    if not etag:
        headers["Cache-Control"] = "no-store" if question.query.needs_now else "public, max-age=60"
        return
    headers["ETag"] = etag
    # A second version may come within the same second; who asks by time alone must not miss it.
    if question.at - snapshot.at > timedelta(seconds=1):
        headers["Last-Modified"] = http_date(snapshot.at.timestamp())
    pinned = "asof" in question.options and re.fullmatch(r"[0-9]+", question.options["asof"])
    headers["Cache-Control"] = (
        "public, max-age=31536000, immutable" if pinned else "public, max-age=60, stale-while-revalidate=600"
    )


def _types(outputs: Sequence[Output]) -> tuple[str, str]:
    return (
        json.dumps([output.name for output in outputs]),
        json.dumps([NAMES[output.kind] for output in outputs]),
    )


@answered
def whole(request: HttpRequest, dataset_id: str, ending: str) -> HttpResponseBase:
    """Send a whole data set as a file: all of its own columns, every row, in the order of the version's files."""
    with opened(request, dataset_id) as (city, dataset):
        pairs = parameters(request)
        who = caller(request, city, pairs)
        form = form_of(request, ending)
        if form is Format.JSON:
            raise Refusal(404, "format.missing", "The whole is there as .csv and .geojson.")
        options = [(name, value) for name, value in pairs if name.startswith("$$")]
        below = saved.soql_of(city, dataset, dataset_id)
        question = _question(city, dataset, asked(options, dataset.every_column), form, on_top_of=below)
        *before, stage = question.query.stages
        stage = replace(stage, limit=None, order=stage.order if below else ())
        question = replace(question, query=replace(question.query, stages=(*before, stage)))
        response = answer(request, question, who)
        response.headers["Content-Disposition"] = f'attachment; filename="{dataset_id}.{form}"'
        return response
