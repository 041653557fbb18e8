"""The page of alerts: what nobody has answered stands first, and one press says that one knows."""

from ombud.catalog.models import Jurisdiction
from ombud.triage.clocks.models import Alert
from tests.builders import CityBuilder
from tests.commands.test_alerts import NIGHT, PLAN, danger
from tests.desk import Staff

ALERTS = "/springfield/desk/alerts/"


def follow_plan(city: CityBuilder) -> None:
    row = Jurisdiction.objects.get(pk=city.id)
    row.settings |= PLAN
    row.catalogue_version += 1
    row.save()


def test_an_alert_is_shown_with_who_was_told_until_somebody_knows(city: CityBuilder, desk: Staff) -> None:
    desk.all_here()
    assert "Nobody is told" in desk.gus.get(ALERTS).content.decode()
    follow_plan(city)
    assert "No alerts" in desk.gus.get(ALERTS).content.decode()
    danger(city, NIGHT)
    page = desk.gus.get(ALERTS).content.decode()
    assert "Danger, and nobody was at work" in page
    assert "Bram" in page
    alert = Alert.objects.get(jurisdiction_id=city.id)
    answer = desk.gus.post(f"{ALERTS}{alert.pk}/known/", follow=True).content.decode()
    assert "It is written down that you know." in answer
    assert f"{alert.pk}/known/" not in answer


def test_only_who_works_here_sees_and_answers(city: CityBuilder, desk: Staff) -> None:
    desk.all_here()
    follow_plan(city)
    danger(city, NIGHT)
    alert = Alert.objects.get(jurisdiction_id=city.id)
    for who in (desk.nils, desk.cato, desk.outsider):
        assert who.get(ALERTS).status_code == 403
        assert who.post(f"{ALERTS}{alert.pk}/known/").status_code == 403
    assert desk.yara.post(f"{ALERTS}{alert.pk + 1}/known/").status_code == 404
    assert Alert.objects.get(pk=alert.pk).acknowledged_at is None
