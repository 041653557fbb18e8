"""The data set of contacts: calls, chats and visits, counted. A contact is not a request."""

from collections import Counter
from datetime import datetime
from typing import Any

from ombud.catalog.city import City
from ombud.conversation import queries as conversation
from ombud.kernel.errors import N_
from ombud.opendata.datasets.dataset import DataSet
from ombud.opendata.rules.columns import MONTH, Column, Kind
from ombud.opendata.rules.rule_set import RuleSet

CODE = "contacts"
# Fewer than so many of a kind in a month are counted together with others.
FEWEST = 5
TOGETHER = "other"
_T, _N, _D = Kind.TEXT, Kind.NUMBER, Kind.CALENDAR_DATE
COLUMNS = (
    Column("month_begins", _D, N_("Month"), N_("Its first day.")),
    Column("channel", _T, N_("Channel"), N_("How people came: telephone, chat, counter.")),
    Column("wrap_up", _T, N_("How it ended"), N_("Other: kinds of which there were fewer than five that month.")),
    Column("contacts", _N, N_("Contacts"), "", unit=N_("contacts")),
)
ABOUT = N_("How many people called, wrote or came by, and how that ended. Most need an answer, not a request.")


def dataset(_city: City) -> DataSet:
    """Return the data set."""
    return DataSet(CODE, N_("Contacts, counted"), ABOUT, N_("the contacts of a kind in a month"), COLUMNS, ("calls",))


def made(city: City, _rules: RuleSet) -> list[dict[str, Any]]:
    """Return the counts; what is left over in a month that is fewer than five is not told."""
    counted: Counter[tuple[str, str, str]] = Counter()
    for month, channel, wrap_up, n in conversation.contacts_by_month(city.id, zone=str(city.zone)):
        small = n < FEWEST
        counted[month.strftime("%Y-%m"), TOGETHER if small else channel, TOGETHER if small else wrap_up] += n
    return [_row(*kind, n) for kind, n in sorted(counted.items()) if n >= FEWEST]


def _row(month: str, channel: str, wrap_up: str, n: int) -> dict[str, Any]:
    return {
        "_id": f"{month}:{channel}:{wrap_up}",
        MONTH: "all",
        "month_begins": datetime.strptime(month, "%Y-%m"),  # noqa: DTZ007  a month of the city has no zone
        "channel": channel,
        "wrap_up": wrap_up,
        "contacts": float(n),
    }
