"""How a version, or a query on it, is cited."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone

from ombud.kernel import clock
from ombud.opendata.rules import citation
from ombud.opendata.rules.citation import Cited
from ombud.web.data.answering import Wanted, door, wanted, word, written

FORMS = {
    "txt": ("text/plain; charset=utf-8", citation.in_words),
    "bib": ("application/x-bibtex; charset=utf-8", citation.bibtex),
    "cff": ("application/yaml; charset=utf-8", citation.cff),
}


@door()
def cite(request: HttpRequest, name: str, form: str) -> HttpResponseBase:
    """Cite; all parameters but `version` and `asof` are those of the query that is cited, as at `/resource/`."""
    asked = wanted(request, name)
    cited = cited_of(asked)
    if form == "json":
        told = {
            "text": citation.in_words(cited),
            "bibtex": citation.bibtex(cited),
            "csl": citation.csl(cited),
            "cff": citation.cff(cited),
            "pid": cited.pid,
        }
        return written(told)
    if form == "csl.json":
        return written(citation.csl(cited), media_type="application/vnd.citationstyles.csl+json")
    media_type, write = FORMS[form]
    return HttpResponse(write(cited), content_type=media_type)


def cited_of(asked: Wanted) -> Cited:
    """Return what a visit cites: always by the number of the version, however it was asked for."""
    own: list[tuple[str, str]] = [
        (name, str(value)) for name, value in asked.request.GET.items() if name not in ("version", "asof", "lang")
    ]
    version = asked.snapshot.version
    home = asked.base.removesuffix(f"/data/{asked.id}")
    query = citation.normalised(own)
    url = (
        f"{home}/resource/{asked.id}.json?{urlencode([*own, ('$$asof', str(version))])}"
        if query
        else (f"{asked.base}/manifest.json?version={version}")
    )
    return Cited(
        publisher=asked.city.name,
        title=word(asked.dataset.title),
        version=version,
        published_at=asked.snapshot.at,
        sha256=asked.snapshot.sha256,
        retrieved_on=timezone.localdate(clock.now()),
        url=url,
        query=query,
    )
