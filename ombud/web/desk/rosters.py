"""Who is called when: the chain of what runs late, the rosters, and who it would be now, at night, on a holiday."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import formats
from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from ombud.catalog import queries as catalog
from ombud.catalog.city import City
from ombud.catalog.commands import Edit
from ombud.kernel import clock
from ombud.kernel.errors import N_, NotFound, OmbudError
from ombud.people import queries as people
from ombud.people.rules.permissions import Verb
from ombud.triage.clocks import commands, queries
from ombud.triage.clocks.rules.plan import ASSIGNEE, SUPERVISOR, Plan, Watch, read_roster
from ombud.web.desk.entry import own_account, staff_page
from ombud.web.desk.queue import rail
from ombud.web.middleware import CityRequest
from ombud.web.saying import put_on

NIGHT, NOON = time(2, 0), time(12, 0)
HOLIDAYS = {
    "too": gettext_lazy("on holidays too"),
    "only": gettext_lazy("on holidays only"),
    "never": gettext_lazy("not on holidays"),
}
# So many empty turns stand below those that are there.
SPARE = 2


class TurnForm(forms.Form):
    """One person's turn."""

    use_required_attribute = False
    place = forms.IntegerField(label=gettext_lazy("Place in the order"), min_value=1, max_value=99)
    who = forms.ChoiceField(label=gettext_lazy("Who"), required=False)
    since = forms.TimeField(label=gettext_lazy("From"), required=False, widget=forms.TimeInput({"type": "time"}))
    until = forms.TimeField(label=gettext_lazy("Until"), required=False, widget=forms.TimeInput({"type": "time"}))
    days = forms.MultipleChoiceField(
        label=gettext_lazy("Days on which it begins"), required=False, widget=forms.CheckboxSelectMultiple
    )
    holidays = forms.ChoiceField(label=gettext_lazy("Holidays"), choices=list(HOLIDAYS.items()))
    first = forms.DateField(
        label=gettext_lazy("First day"), required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )
    last = forms.DateField(
        label=gettext_lazy("Last day"), required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, staff: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["who"].choices = [("", _("Nobody: leave this turn out")), *staff]  # type: ignore[attr-defined]
        self.fields["days"].choices = [(str(n), str(WEEKDAYS_ABBR[n])) for n in range(7)]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Return the turn; one with somebody needs its hours and days."""
        told = super().clean() or self.cleaned_data
        if told.get("who"):
            for name in ("since", "until"):
                if name not in self.errors and told.get(name) is None:
                    self.add_error(name, _("Write a time of day, such as 18:00."))
            if not told.get("days"):
                self.add_error("days", _("Choose at least one day."))
        return told

    def turn(self) -> dict[str, Any]:
        """Return the turn as a roster keeps it."""
        told = self.cleaned_data
        hours = {"from": told["since"].isoformat("minutes"), "until": told["until"].isoformat("minutes")}
        dates = {name: told[name].isoformat() for name in ("first", "last") if told[name]}
        days = [int(day) for day in told["days"]]
        return {"who": told["who"], "hours": hours, "days": days, "holidays": told["holidays"], **dates}


class ReasonForm(forms.Form):
    """Why it changes, and the version that was seen."""

    use_required_attribute = False
    reason = forms.CharField(label=gettext_lazy("Why it changes"), max_length=300)
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=10**6)


@require_safe
@staff_page(Verb.WORK)
def page(request: CityRequest) -> HttpResponse:
    """Show the chain, the rosters, and who would be called at some moments."""
    city, now = request.city, clock.now()
    plan = queries.plan_of(city.id)
    names = _names(city)
    shown = [_shown(city, plan, name, names, now) for name in plan.rosters]
    context = {
        **rail(request, None, now=now),
        "steps": _steps(city, plan, names, now),
        "quiet": _hours(plan.escalation.quiet) if plan.escalation and plan.escalation.quiet else "",
        # Whoever is called at night comes first: that is what people look for here.
        "rosters": sorted(shown, key=lambda one: not one["pages"]),
        "may_change": request.actor.may(Verb.MANAGE_ROSTERS),
    }
    return render(request, "desk/rosters.html", context)


def _steps(city: City, plan: Plan, names: dict[str, str], now: datetime) -> list[dict[str, str]]:
    """Return the chain of what runs late, each step with who hears."""
    day = now.astimezone(city.zone).date()

    def hears(to: str) -> str:
        if to in (ASSIGNEE, SUPERVISOR):
            return str({ASSIGNEE: _("who works on it"), SUPERVISOR: _("the supervisors of its agency")}[to])
        turns = [watch for watch in plan.rosters.get(to, ()) if watch.is_current(day)]
        return f"{to}: {_people(dict.fromkeys(w.who for w in turns), names)}"

    steps = plan.escalation.steps if plan.escalation else ()
    return [
        {"share": f"{round(100 * step.share)}", "to": hears(step.to)} for step in sorted(steps, key=lambda s: s.share)
    ]


def _shown(city: City, plan: Plan, name: str, names: dict[str, str], now: datetime) -> dict[str, Any]:
    pages = plan.paging is not None and plan.paging.roster == name
    return {
        "name": name,
        "pages": pages,
        "tries": plan.paging.tries if plan.paging else 0,
        "minutes": plan.paging.minutes if plan.paging else 0,
        "turns": [_turn(watch, names) for watch in plan.rosters[name]],
        "moments": [_moment(city, plan, name, names, *moment) for moment in moments(city, now)] if pages else [],
        "changes": _changes(city, name, names),
    }


def moments(city: City, now: datetime) -> list[tuple[str, datetime]]:
    """Return the moments at which it is asked who would be called: now, the next night, weekend and holiday."""
    local = now.astimezone(city.zone)
    tonight = local.date() + timedelta(days=int(local.time() >= NIGHT))
    saturday = local.date() + timedelta(days=(5 - local.weekday()) % 7 or 7)
    found = [
        (_("now"), now),
        (_("in the night"), datetime.combine(tonight, NIGHT, city.zone)),
        (_("at the weekend"), datetime.combine(saturday, NOON, city.zone)),
    ]
    ahead = (local.date() + timedelta(days=n) for n in range(1, 366))
    holiday = next((day for day in ahead if city.holiday(day)), None)
    if holiday:
        found += [
            (_("on the next holiday"), datetime.combine(holiday, NOON, city.zone)),
            (_("in the night after it"), datetime.combine(holiday + timedelta(days=1), NIGHT, city.zone)),
        ]
    return found


def _moment(city: City, plan: Plan, name: str, names: dict[str, str], words: str, at: datetime) -> dict[str, Any]:
    duty = [who for who in queries.on_duty(city, plan, name, at) if who in names]
    day = at.astimezone(city.zone).date()
    return {
        "words": words,
        "at": at,
        "holiday": city.holiday(day),
        "is_at_work": city.is_at_work(at),
        "away": [city.agency(code).short_name for code in city.own_calendars if not city.is_at_work(at, code)],
        "called": [names[who] for who in duty],
    }


def _turn(watch: Watch, names: dict[str, str]) -> dict[str, Any]:
    return {
        "who": names.get(watch.who, watch.who),
        "is_here": watch.who in names,
        "days": _days(watch.days),
        "hours": _hours(watch.hours),
        "more": _dates(watch.first, watch.last) + ([str(HOLIDAYS[watch.holidays])] if watch.holidays != "too" else []),
    }


def _days(days: Sequence[int]) -> str:
    return _("every day") if len(set(days)) == 7 else ", ".join(str(WEEKDAYS[n]) for n in sorted(set(days)))


def _hours(hours: Any) -> str:
    since, until = (formats.time_format(at, "TIME_FORMAT") for at in (hours.since, hours.until))
    return _("from %(since)s to %(until)s") % {"since": since, "until": until}


def _dates(first: date | None, last: date | None) -> list[str]:
    said = []
    if first:
        said.append(_("from %(day)s on") % {"day": formats.date_format(first, "DATE_FORMAT")})
    if last:
        said.append(_("until %(day)s") % {"day": formats.date_format(last, "DATE_FORMAT")})
    return said


def _people(mails: Sequence[str] | dict[str, None], names: dict[str, str]) -> str:
    return ", ".join(names.get(mail, mail) for mail in mails) or str(_("nobody"))


def _names(city: City) -> dict[str, str]:
    """Return who can sign in here, by mail address."""
    return {g.account.email: g.account.name or g.account.email for g in people.staff(city.id) if g.account.is_active}


def _changes(city: City, name: str, names: dict[str, str]) -> list[dict[str, Any]]:
    """Return the versions of a roster, newest first, with who made them and why."""
    found = catalog.changes_of(city.id, queries.ROSTER, name)
    who = people.names_of(change.by_id for change in found)
    return [
        {
            "n": change.version,
            "at": change.at,
            "who": who.get(change.by_id or 0, ""),
            "why": change.reason,
            "turns": [_turn(watch, names) for watch in read_roster(change.content["turns"])],
        }
        for change in found
    ]


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(Verb.MANAGE_ROSTERS)
def roster(request: CityRequest, name: str) -> HttpResponse:
    """Change who is on a roster, when, and in which order."""
    city = request.city
    plan = queries.plan_of(city.id)
    if name not in plan.rosters:
        raise NotFound(N_("There is no such roster."))
    version = len(catalog.changes_of(city.id, queries.ROSTER, name))
    reason = ReasonForm(request.POST or None, initial={"seen": version})
    turns = _turn_forms(request, plan.rosters[name])
    if request.method == "POST" and all([reason.is_valid(), *(turn.is_valid() for turn in turns)]):
        told = sorted((t for t in turns if t.cleaned_data["who"]), key=lambda t: int(t.cleaned_data["place"]))
        try:
            changed = commands.save_roster(
                jurisdiction_id=city.id,
                name=name,
                turns=[turn.turn() for turn in told],
                actor=request.actor,
                edit=Edit(
                    clock.now(), own_account(request), reason.cleaned_data["reason"], reason.cleaned_data["seen"]
                ),
            )
        except OmbudError as refused:
            put_on(reason, refused)
        else:
            said = _("It is kept, and counts from now on.") if changed else _("Nothing is different.")
            messages.success(request, said)
            return redirect("desk_rosters")
    is_refused = bool(reason.errors) or any(turn.errors for turn in turns)
    context = {**rail(request, None, now=clock.now()), "name": name, "reason": reason, "turns": turns}
    return render(request, "desk/roster.html", context, status=422 if is_refused else 200)


def _turn_forms(request: CityRequest, kept: Sequence[Watch]) -> list[TurnForm]:
    names = _names(request.city)
    gone = [(w.who, _("%(who)s, who cannot sign in any more") % {"who": w.who}) for w in kept if w.who not in names]
    staff = [*sorted(names.items(), key=lambda pair: pair[1]), *gone]
    count = len(kept) + SPARE
    if request.method == "POST":
        count = min(50, sum(key.endswith("-who") for key in request.POST)) or count
    initial: list[dict[str, Any]] = [
        {
            "place": n,
            "who": watch.who,
            "since": watch.hours.since,
            "until": watch.hours.until,
            "days": [str(day) for day in watch.days],
            "holidays": watch.holidays,
            "first": watch.first,
            "last": watch.last,
        }
        for n, watch in enumerate(kept, start=1)
    ]
    empty = {"days": [str(n) for n in range(7)], "holidays": "too"}
    initial += [{**empty, "place": n} for n in range(len(initial) + 1, count + 1)]
    data = request.POST if request.method == "POST" else None
    return [TurnForm(data, prefix=str(n), staff=staff, initial=initial[n]) for n in range(count)]
