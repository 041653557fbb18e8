"""What was said, and what is prepared to be said."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncMonth

from ombud.conversation.models import Contact, Message, ReplyTemplate


def templates_for(jurisdiction_id: str, service_code: str) -> list[ReplyTemplate]:
    """Return the prepared texts for a service, those for all services included."""
    return list(
        ReplyTemplate.objects.filter(
            Q(service_code=service_code) | Q(service_code=""), jurisdiction_id=jurisdiction_id, active=True
        ).order_by("code")
    )


def all_templates(jurisdiction_id: str) -> list[ReplyTemplate]:
    """Return the prepared texts as they are edited, retired ones too."""
    return list(ReplyTemplate.objects.filter(jurisdiction_id=jurisdiction_id).order_by("code"))


def template(jurisdiction_id: str, code: str) -> ReplyTemplate | None:
    """Return a prepared text, a retired one too."""
    return ReplyTemplate.objects.filter(jurisdiction_id=jurisdiction_id, code=code).first()


def messages_about(jurisdiction_id: str, request_id: int) -> list[Message]:
    """Return the messages sent about a request, oldest first."""
    return list(
        Message.objects.filter(jurisdiction_id=jurisdiction_id, request_id=request_id).order_by("created_at", "pk")
    )


def recent_contacts(jurisdiction_id: str, *, since: datetime | None = None, limit: int = 20) -> list[Contact]:
    """Return the newest contacts, where asked only those from an instant on."""
    return list(_contacts(jurisdiction_id, since).order_by("-at", "-pk")[:limit])


def wrap_ups(jurisdiction_id: str, *, since: datetime | None = None) -> dict[str, int]:
    """Return how many contacts ended with each wrap-up code."""
    return dict(_contacts(jurisdiction_id, since).values_list("wrap_up").annotate(n=Count("pk")))


def contacts_by_month(jurisdiction_id: str, *, zone: str) -> list[tuple[datetime, str, str, int]]:
    """Return how many contacts each month of the city had, by channel and wrap-up code."""
    month = TruncMonth("at", tzinfo=ZoneInfo(zone))
    rows = Contact.objects.filter(jurisdiction_id=jurisdiction_id).annotate(month=month)
    return list(rows.values_list("month", "channel", "wrap_up").annotate(n=Count("pk")).order_by("month", "channel"))


def _contacts(jurisdiction_id: str, since: datetime | None) -> QuerySet[Contact]:
    rows = Contact.objects.filter(jurisdiction_id=jurisdiction_id)
    return rows.filter(at__gte=since) if since else rows
