"""Every part in every state on one page, to be looked at when something changes."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from ombud.web import standing

NOW = datetime(2026, 11, 24, 17, 12, tzinfo=UTC)


class Example(forms.Form):
    """One field of each kind."""

    description = forms.CharField(
        label="What is wrong?", widget=forms.Textarea, help_text="Two or three sentences are plenty."
    )
    phone = forms.CharField(
        label="Your mobile number",
        required=False,
        help_text="Only to tell you how it ends. Nobody else sees it.",
    )
    items = forms.IntegerField(label="How many items?", help_text="Up to ten in one pick-up.")
    side = forms.ChoiceField(
        label="Which side of the street?",
        choices=[("n", "North, even numbers"), ("s", "South, odd numbers"), ("", "I am not sure")],
        widget=forms.RadioSelect,
    )
    what = forms.MultipleChoiceField(
        label="What is there?",
        choices=[
            ("sofa", "Sofa or chair"),
            ("bed", "Mattress"),
            ("ice", "Fridge or freezer"),
            ("tv", "Television"),
        ],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    language = forms.ChoiceField(label="Write to me in", choices=[("en", "English"), ("es", "Español")])
    day = forms.DateField(label="Best day", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    follow = forms.BooleanField(
        label="Tell me what happens", required=False, help_text="By text message, at most three."
    )


QUEUE: list[dict[str, Any]] = [
    {"number": "LA-7K3M-92Q", "service": "Pothole", "place": "2nd St / Hill St", "age": "2 h", "elapsed": 40,
     "left": "4 h left", "meaning": "waiting", "now": True},
    {"number": "LA-2PX4-11B", "service": "Graffiti", "place": "4th St / Main St", "age": "5 h", "elapsed": 88,
     "left": "40 min left", "meaning": "waiting"},
    {"number": "LA-9RTD-40C", "service": "Street light out", "place": "1250 W Sunset Blvd", "age": "6 d",
     "elapsed": 140, "left": "2 d late", "meaning": "late"},
    {"number": "LA-3HWN-77F", "service": "Bulky items", "place": "418 S Boyle Ave", "age": "1 d",
     "elapsed": 30, "left": "Tue 8 to 12", "meaning": "booked"},
    {"number": "LA-5CVB-08J", "service": "Dead animal", "place": "Figueroa St / 39th St", "age": "3 h",
     "elapsed": 60, "left": "2 h left", "meaning": "waiting"},
]  # fmt: skip
BARS: list[dict[str, Any]] = [
    {"label": "Harbor", "value": 11.2, "low": 9.8, "high": 13.1, "n": 412, "here": True},
    {"label": "South Valley", "value": 7.9, "low": 7.1, "high": 8.6, "n": 1206},
    {"label": "Central", "value": 6.4, "low": 6.0, "high": 6.9, "n": 2310},
    {"label": "West Los Angeles", "value": 4.8, "low": 4.1, "high": 5.6, "n": 655},
]


# Longitude, latitude, meaning, title, words.
POINTS = [
    (-118.2470, 34.0522, "booked", "Pothole, 2nd St / Hill St", "Booked for Tuesday"),
    (-118.2440, 34.0480, "fixed", "Graffiti, 4th St / Main St", "Fixed yesterday"),
    (-118.2490, 34.0485, "waiting", "Bulky items, 5th St", "Received"),
    (-118.2610, 34.0740, "late", "Street light out, 1250 W Sunset Blvd", "2 days late"),
    (-118.2920, 34.0170, "waiting", "Dead animal, Figueroa St / 39th St", "Accepted"),
    (-118.3720, 34.0510, "ended", "Overgrown verge, US 101, exit 4", "Sent to Caltrans"),
    (-118.3400, 34.1010, "fixed", "Graffiti, Hollywood Blvd", "Fixed on Friday"),
    (-118.4510, 34.0300, "booked", "Bulky items, Sawtelle Blvd", "Booked for Wednesday"),
    (-118.2110, 34.0440, "late", "Dumping, Boyle Ave", "1 day late"),
]


def _features(points: list[tuple[float, float, str, str, str]]) -> dict[str, Any]:
    """Return the points as <city-map> takes them."""
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [lon, lat]},
                "properties": {"id": str(i), "meaning": meaning, "title": title, "words": words, "href": "#"},
            }
            for i, (lon, lat, meaning, title, words) in enumerate(points)
        ],
    }


def context() -> dict[str, Any]:
    """Return what parts/style_guide.html shows."""
    refused = Example({"phone": "555", "language": "en"})
    refused.is_valid()
    refused.add_error("phone", "Write the number with its area code, as in 213 555 0148.")
    return {
        "form": Example(),
        "refused": refused,
        "now": NOW,
        "hours_ago": NOW - timedelta(hours=5),
        "days_ago": NOW - timedelta(days=3),
        "statuses": list(standing.STATUSES),
        "outcomes": list(standing.OUTCOMES),
        "series": [4120, 4388, 4260, 4702, 4515, 4980, 4733, 4812],
        "series_days": [3.4, 3.6, 3.1, 3.9, 4.4, 4.1, 3.8, 3.2],
        "bars": BARS,
        "queue": QUEUE,
        "columns": ["Service", "Asked", "Ended", "Median days"],
        "rows": [["Bulky items", "18,204", "17,990", "2.1"], ["Graffiti", "9,412", "9,377", "1.4"],
                 ["Street light out", "2,655", "2,108", "8.7"]],
        "points": _features(POINTS),
        "cells": _features([]),
        "meanings": [pair for pair in standing.MEANINGS.items() if pair[0] != "note"],
    }  # fmt: skip


def style_guide(request: HttpRequest) -> HttpResponse:
    """Show every part in every state."""
    return render(request, "parts/style_guide.html", context())
