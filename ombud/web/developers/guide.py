"""The guide: one page that says what a program can call here, with examples that are true for this city."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from ombud.catalog import queries as catalog
from ombud.catalog.city import City
from ombud.catalog.rules.definition import Kind, ServiceDefinition, Visibility
from ombud.kernel import clock
from ombud.web.desk import webhook_words
from ombud.web.middleware import CityRequest


class AskForm(forms.Form):
    """What is needed for a key."""

    name = forms.CharField(label=gettext_lazy("Name of your program"), max_length=200)
    email = forms.CharField(
        label=gettext_lazy("Your e-mail address"),
        help_text=gettext_lazy("We send a link there; with it you see your key, what it did, and revoke it."),
        max_length=254,
    )


# By the specification of Standard Webhooks; the manual's page on webhooks has the same, and a test runs it there.
CHECK_SIGNATURE = """import base64, hmac

def is_genuine(secret, headers, body):
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
    return any(hmac.compare_digest(expected, given) for given in headers["webhook-signature"].split(" "))
"""


@dataclass(frozen=True, slots=True)
class Example:
    """Something to run as it is."""

    title: str
    code: str


@require_safe
def guide(request: CityRequest) -> HttpResponse:
    """Show the guide."""
    return render(request, "developers/guide.html", context(request, AskForm()))


def context(request: CityRequest, form: forms.Form) -> dict[str, Any]:
    """Return what the guide shows; the form for a key is shown again where it was refused."""
    city = request.city
    services = [s for s in city.offered() if s.kind is not Kind.HAND_OFF]
    # One that everybody knows, and that everybody may see again.
    known = [s for s in services if s.visibility is Visibility.PUBLIC and s.open311 == "realtime"]
    example = next((s for s in known if s.popular), known[0] if known else None)
    endpoint = request.build_absolute_uri(reverse("open311", args=["/"])).rstrip("/")
    api = request.build_absolute_uri(reverse("api:api-root"))
    sandbox = next((row.id for row in catalog.jurisdictions() if row.sandbox and row.id != city.id), "")
    return {
        "form": form,
        "endpoint": endpoint,
        "api": api.rstrip("/"),
        "services": [(s, city.text(s.name)) for s in services],
        "example": example,
        "examples": examples(city, endpoint, example) if example else [],
        "sandbox": sandbox,
        "events": list(webhook_words.NAMES.items()),
        "check_signature": CHECK_SIGNATURE,
    }


def examples(city: City, endpoint: str, service: ServiceDefinition) -> list[Example]:
    """Return examples for a city and one of its services."""
    lon, lat = city.settings.get("center", (0.0, 0.0))
    answers = {question.code: _some_answer(question) for question in service.questions if question.required}
    yesterday = clock.now() - timedelta(days=1)
    in_curl = "".join(f" \\\n  --data-urlencode 'attribute[{code}]={value}'" for code, value in answers.items())
    in_python = "".join(f'\n    "attribute[{code}]": "{value}",' for code, value in answers.items())
    return [
        Example(_("The services, with curl"), f"curl '{endpoint}/services.json'"),
        Example(
            _("A report, with curl"),
            f"curl '{endpoint}/requests.json' \\\n  --data-urlencode \"api_key=$OMBUD_KEY\" \\\n"
            f"  --data-urlencode 'service_code={service.code}' \\\n"
            f"  --data-urlencode 'lat={lat}' --data-urlencode 'long={lon}' \\\n"
            f"  --data-urlencode 'external_id=your-own-id-1' \\\n"
            f"  --data-urlencode 'description=It is as large as a door.'{in_curl}",
        ),
        Example(
            _("The same with Python"),
            "import requests\n\n"
            f'answer = requests.post("{endpoint}/requests.json", timeout=30, data={{\n'
            '    "api_key": "your-key",\n'
            f'    "service_code": "{service.code}",\n    "lat": {lat},\n    "long": {lon},\n'
            f'    "external_id": "your-own-id-1",\n    "description": "It is as large as a door.",{in_python}\n}})\n'
            "answer.raise_for_status()\n"
            'number = answer.json()[0]["service_request_id"]',
        ),
        Example(
            _("What changed since yesterday, with Python"),
            "import requests\n\n"
            f'changed = requests.get("{endpoint}/requests.json", timeout=30, params={{\n'
            f'    "updated_after": "{yesterday:%Y-%m-%dT%H:%M:%SZ}",\n    "page_size": 200,\n    "page": 1,\n'
            '    "extensions": "true",\n}).json()',
        ),
    ]


def _some_answer(question: Any) -> str:
    if question.choices:
        return str(question.choices[0])
    return {"number": "1", "date": "2026-11-24", "datetime": "2026-11-24T12:00:00Z", "time": "12:00"}.get(
        question.type, "..."
    )
