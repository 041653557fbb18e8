"""Where it is that somebody calls about, and what is open there already."""

from ombud.catalog.city import City
from ombud.catalog.rules.answers import read_answers
from ombud.catalog.rules.definition import ServiceDefinition
from ombud.intake.rules.place import Located
from ombud.kernel import clock
from ombud.kernel.geo import LonLat, Metres
from ombud.kernel.texts import cleaned
from ombud.places import queries as places
from ombud.service_requests import open_here
from ombud.triage.likeness import queries as likeness
from ombud.triage.likeness import seeing
from ombud.web.desk.call_forms import CallForm


def near(city: City, service: ServiceDefinition, form: CallForm) -> list[open_here.Near]:
    """Return the open reports that the caller may mean. Staff see them all, whatever the public may see."""
    point = located(city, form).point
    if point is None:
        return []
    return open_here.nearby(city.id, service_code=service.code, point=point, within=Metres(service.duplicate_radius_m))


def likeliest(
    city: City, service: ServiceDefinition, form: CallForm, open_there: list[open_here.Near]
) -> list[tuple[open_here.Near, likeness.Likely]]:
    """Return the open reports in the order in which the caller may mean them, with why."""
    where = located(city, form) if open_there else Located()
    if where.point is None:
        return []
    language = str(form.data.get("language", ""))
    answers, _problems = read_answers(service, form.answers(), language=language)
    new = seeing.begun(
        city,
        service.code,
        point=where.point,
        at=clock.now(),
        description=cleaned(str(form.data.get("description", ""))),
        language=language,
        answers=[answer.written() for answer in answers],
        address=where.address,
    )
    by_request = {one.request.pk: one for one in open_there}
    return [(by_request[one.row.pk], one) for one in likeness.likely(city, [n.request for n in open_there], new)]


def address_choices(city: City, form: CallForm) -> list[places.FoundAddress]:
    """Return the addresses the words may mean, where they are not one yet."""
    typed = cleaned(str(form.data.get("place", "")))
    if not typed or form.data.get("lon") or "pick" in form.data or "place" not in form.fields:
        return []
    found = places.find_addresses(city.id, typed)
    return [] if len(found) == 1 and found[0].label.casefold() == typed.casefold() else found


def located(city: City, form: CallForm) -> Located:
    """Return where it is, as far as it was told."""
    if "place" not in form.fields:
        return Located()
    typed, note = cleaned(form.cleaned_data["place"]), cleaned(form.cleaned_data["place_note"])
    point = LonLat.read(form.cleaned_data["lon"], form.cleaned_data["lat"])
    if point is not None:
        return Located(method="address", point=point, address=typed, note=note)
    wanted = cleaned(str(form.data.get("pick") or "")) or typed
    for found in places.find_addresses(city.id, wanted, limit=1) if wanted else ():
        if found.label.casefold() == wanted.casefold():
            return Located(method="address", point=found.point, address=found.label, note=note)
    return Located(method="words", words=typed, note=note)
