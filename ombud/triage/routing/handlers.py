"""What routing does in jobs: the mail of an alarm, the replay of a draft."""

import logging

from django.core.mail import EmailMessage
from django.utils import translation
from django.utils.translation import gettext as _

from ombud.catalog import queries as catalog
from ombud.kernel import clock
from ombud.people import queries as people
from ombud.people.rules.permissions import Role
from ombud.plumbing import walls
from ombud.service_requests import past
from ombud.triage.routing import commands, live, queries, replaying
from ombud.triage.routing.models import RoutingAlarm, RuleSet
from ombud.triage.routing.rules.rule import kept_rules
from ombud.triage.routing.words import fault_words

log = logging.getLogger(__name__)
TOLD = (Role.ADMINISTRATOR.value, Role.SUPERVISOR.value)


def tell_alarm(alarm_id: int) -> None:
    """Write to administrators and supervisors that a rule could not be followed; once for each rule and day."""
    city = catalog.city(walls.current())
    alarm = queries.alarm(city.id, alarm_id)
    if alarm is None or alarm.mailed_at is not None:
        return
    # First, so that what goes wrong after this does not send it twice.
    RoutingAlarm.objects.filter(jurisdiction_id=city.id, pk=alarm.pk).update(mailed_at=clock.now())
    to = sorted({g.account.email for g in people.staff(city.id) if g.role in TOLD and g.account.is_active})
    if not to:
        log.warning("Rule %s of %s fails, and there is nobody to tell", alarm.rule, city.id)
        return
    with translation.override(city.default_language):
        rule = alarm.rule or _("the catalogue")
        subject = _("%(city)s: a routing rule could not be followed: %(rule)s") % {
            "city": city.short_name,
            "rule": rule,
        }
        body = _(
            "%(why)s\n\nWhat it was to send on lies in the triage queue of its agency. Nothing is lost, and the rule "
            "goes on being asked. Look at “Routing alarms” at the desk, and change the rule or what it names.\n"
        ) % {"why": fault_words(alarm.fault, alarm.what)}
    EmailMessage(subject=subject, body=body, to=to).send()


def run_replay(replay_id: int) -> None:
    """Try the draft on past requests and write down what would change."""
    city = catalog.city(walls.current())
    replay = queries.replay(city.id, replay_id)
    if replay is None or replay.finished_at is not None:
        return
    draft = RuleSet.objects.filter(jurisdiction_id=city.id, version=0).first()
    if draft is None or commands.digest_of(draft.rules) != replay.digest:
        return  # the draft went on; this run would be of rules that nobody has any more
    total = past.count(city.id, since=replay.since, until=replay.until, at_most=replaying.REQUESTS_AT_MOST)
    before = live.current(city)
    after = live.Kept.of(before.version, kept_rules(draft.rules))
    found = replaying.compared(
        city,
        before,
        after,
        since=replay.since,
        until=replay.until,
        tell=lambda done, result: commands.keep_replay(replay, done=done, total=total, result=result, finished_at=None),
    )
    commands.keep_replay(replay, done=found.n, total=total, result=found.told(), finished_at=clock.now())
