"""What a reader has to know before believing a chart: lines that moved, days that differ, ends that have not come."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from ombud.kernel import clock
from ombud.opendata.datasets import requests
from ombud.opendata.datasets.crosswalk import changes_of, names_of
from ombud.opendata.rules import crosswalk
from ombud.opendata.rules.became import Became, touching
from ombud.opendata.rules.choice_soql import named, where_soql
from ombud.opendata.rules.exploring import RATE
from ombud.web.portal.answering import ask
from ombud.web.portal.labels import day, moment

if TYPE_CHECKING:
    from ombud.web.portal.exploring import Looked

# Periods whose days with rows differ by more than this share are not compared without a word.
DAYS_MAY_DIFFER = 0.1
FEW = 10
CHANGES_TOLD = 4
CENSORED = ("days_to_close", "on_time")


def of(looked: "Looked") -> list[str]:
    """Return the warnings that a choice needs, the gravest first."""
    choice = looked.choice
    said = [_("Not known here, and so left out: %s") % ", ".join(choice.unknown)] if choice.unknown else []
    said += _days_differ(looked) if choice.against else []
    said += _lines_moved(looked)
    said += _columns_changed(looked)
    said += _were_called(looked)
    said += _categories_changed(looked)
    if choice.show.column in CENSORED:
        said.append(
            _(
                "Only what has ended is counted: what takes longest is still open, so that the true figure is higher."
                " Closed does not say that it was fixed."
            )
        )
    if choice.show.how == RATE and choice.by:
        told = looked.populations[choice.by.column]
        said.append(
            _("Residents are those of %(year)s: %(source)s. Who reports is not who lives there.")
            % {"year": told.year or _("an unknown year"), "source": told.source or _("not stated")}
        )
    return said


def of_few(groups: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return a warning where most groups have so few rows that they differ by chance alone."""
    few = sum(group["n"] < FEW for group in groups)
    if len(groups) < 2 or few <= len(groups) / 2:
        return []
    told = _("%(few)s of %(all)s groups have fewer than %(n)s rows: they may differ by chance.")
    return [told % {"few": few, "all": len(groups), "n": FEW}]


def _days_differ(looked: "Looked") -> list[str]:
    """Warn where one of two compared periods has rows of fewer days."""
    choice = looked.choice
    if choice.since is None or choice.until is None or choice.against is None:
        return []
    on = named(choice.on)
    found = ask(
        looked.snapshot,
        f"SELECT date_extract_y({on}) AS year, count(distinct date_trunc_ymd({on})) AS days\n"
        f"{where_soql(choice)}\nGROUP BY year",
    ).rows
    days = {int(row["year"]): int(row["days"]) for row in found if row.get("year") is not None}
    now, then = days.get(choice.since.year, 0), days.get(choice.against, 0)
    if abs(now - then) <= DAYS_MAY_DIFFER * max(now, then):
        return []
    return [
        _(
            "The two years are not alike: the record holds %(now)s days of %(year)s and %(then)s of %(before)s in"
            " the days compared. Do not read the difference as a change."
        )
        % {"now": now, "year": choice.since.year, "then": then, "before": choice.against}
    ]


def _lines_moved(looked: "Looked") -> list[str]:
    """Warn where areas were drawn anew among the rows."""
    by = looked.choice.by
    column = f"{by.column}_vintage" if by else ""
    if column not in looked.profile.columns or looked.profile.columns[column].values < 2:
        return []
    key, where = named(column), where_soql(looked.choice)
    found = ask(looked.snapshot, f"SELECT {key}, count(*) AS n\n{where}\nGROUP BY {key}\nORDER BY {key}").rows
    vintages = [str(row[column]) for row in found if row.get(column)]
    if len(vintages) < 2:
        return []
    return [
        _("These areas were drawn anew: rows are counted by the lines of %s, whichever held when they were reported.")
        % ", ".join(vintages)
    ]


def _were_called(looked: "Looked") -> list[str]:
    """Tell what the chosen services were called in older records, in the days that are looked at."""
    choice = looked.choice
    codes = choice.chosen("service_code")
    if not codes or looked.dataset.code != requests.CODE:
        return []
    first = choice.days_before[0] if choice.days_before else choice.since
    old = crosswalk.called(names_of(looked.city), codes, since=first, until=choice.until)
    said = []
    for code in codes:
        names = [_old_name(name) for name in old if name.service_code == code]
        if names:
            told = _("Older records call it otherwise; their rows are counted with “%(service)s”: %(names)s.")
            said.append(told % {"service": looked.labels.value("service_code", code), "names": ", ".join(names)})
    return said


def _categories_changed(looked: "Looked") -> list[str]:
    """Warn where services that are looked at were renamed, split, merged, ended or began in the days looked at."""
    choice = looked.choice
    codes = choice.chosen("service_code")
    if not codes and choice.by and choice.by.column == "service_code":
        codes = tuple(looked.city.services)
    if not codes or looked.dataset.code != requests.CODE:
        return []
    zone = looked.city.zone
    first = choice.days_before[0] if choice.days_before else choice.since
    since = datetime.combine(first, time.min, zone) if first else None
    until = datetime.combine(choice.until, time.max, zone) if choice.until else clock.now()
    found: dict[tuple[str, str], list[Became]] = {}
    for one in touching(changes_of(looked.city), codes, since=since, until=until):
        found.setdefault((one.old_code or one.service_code, one.old_name), []).append(one)
    said = [_became(looked, rows) for rows in found.values()]
    if len(said) > CHANGES_TOLD:
        more = _("Categories changed in these days: %(n)s services. The old names of services say how.")
        return [more % {"n": len(said)}]
    return said


def _became(looked: "Looked", rows: Sequence[Became]) -> str:
    """Say what became of one name, or that a service is new."""
    one = rows[0]
    at = one.since if one.change == "new" else one.until
    sentence = {
        "renamed": _("“%(old)s” is called %(now)s since %(day)s; both are counted as one."),
        "replaced": _("%(now)s has taken the place of “%(old)s” (%(day)s); each is counted by itself."),
        "merged": _("“%(old)s” went into %(now)s, as others did (%(day)s); each is counted by itself."),
        "split": _("“%(old)s” was split into %(now)s (%(day)s); each is counted by itself."),
        "retired": _("“%(old)s” ended (%(day)s), and nothing has taken its place."),
        "new": _("%(now)s began on %(day)s; before, there was no such category."),
    }[one.change]
    told = sentence % {
        "old": one.old_name,
        "now": ", ".join(f"“{looked.labels.value('service_code', row.service_code)}”" for row in rows),
        "day": day(at.astimezone(looked.city.zone).date()) if at else _("nobody knows when"),
    }
    return _("Categories changed: %s") % told


def _old_name(name: crosswalk.OldName) -> str:
    how = {"exact": "", "merged": _("told apart then"), "split": _("held more then"), "guessed": _("as we guess")}
    return f"“{name.old_name}” ({', '.join(part for part in (name.source, how[name.certainty]) if part)})"


def _columns_changed(looked: "Looked") -> list[str]:
    """Warn where what a chosen column says has changed over the years."""
    choice = looked.choice
    named_columns = {name for name, _values in choice.filters} | {choice.show.column}
    named_columns |= {choice.by.column} if choice.by else set()
    return [
        f"{looked.labels.title(name)}, {day(at) if (at := moment(since)) else since}: {_(what)}"
        for name in sorted(named_columns)
        if name in looked.labels.columns
        for since, what in looked.labels.columns[name].history
    ]
