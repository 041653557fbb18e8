"""
THE record.

A request's row is its timeline folded up. Contact data, free text, answers and photos lie in tables of their own, so
that they can be erased without touching history.
"""

from ombud.service_requests.models.beside import Follower, RequestEvent, RequestForm, RequestPhoto, RequestText
from ombud.service_requests.models.promises import ExpectedRange, PromiseKept
from ombud.service_requests.models.request import (
    Incident,
    InCity,
    RequestPlace,
    RequestQuerySet,
    ServiceRequest,
    past,
)
from ombud.service_requests.storms.models import Storm, StormEntry, StormReport

__all__ = [
    "ExpectedRange",
    "Follower",
    "InCity",
    "Incident",
    "PromiseKept",
    "RequestEvent",
    "RequestForm",
    "RequestPhoto",
    "RequestPlace",
    "RequestQuerySet",
    "RequestText",
    "ServiceRequest",
    "Storm",
    "StormEntry",
    "StormReport",
    "past",
]
