"""
What making photos safe needs of others: which areas of a picture must be covered.

`wiring` hands in who searches. Without one every photo waits for a person who looks and draws.
"""

import importlib
from dataclasses import dataclass
from typing import Protocol

from ombud.kernel.errors import N_, OmbudError
from ombud.service_requests.rules.photo_boxes import Box


@dataclass(frozen=True, slots=True)
class Found:
    """The areas found, and by what: its name and version."""

    boxes: tuple[Box, ...]
    detector: str


class NoDetector(OmbudError):
    """Nothing is installed that could search pictures."""


class DetectorFailed(OmbudError):
    """It took too long, ended before its time, or said what cannot be."""


class Detector(Protocol):
    """Who searches pictures."""

    def __call__(self, jpeg: bytes, /) -> Found:
        """
        Return the areas of a picture of ours that must be covered.

        Ends in bounded time and memory. Raises NoDetector and DetectorFailed, and nothing else.
        """


def nobody(jpeg: bytes, /) -> Found:
    """Search nothing, where nobody is handed in."""
    raise NoDetector(N_("Nothing is installed that searches photos for faces and plates."))


_detector: list[str | Detector] = [nobody]


def set_detector(detector: str | Detector) -> None:
    """Take who searches, or its dotted name, which is looked up when first asked."""
    _detector[0] = detector


def detector() -> Detector:
    """Return who searches."""
    held = _detector[0]
    if isinstance(held, str):
        module, _, name = held.rpartition(".")
        held = _detector[0] = getattr(importlib.import_module(module), name)
    return held
