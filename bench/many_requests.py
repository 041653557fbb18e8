"""Many requests, made by PostgreSQL itself: dates over three years, a fifth open, all of them public."""

import time

from django.db import connection

from ombud.plumbing import walls

MAKE = """
INSERT INTO ombud_service_request (
    id, jurisdiction_id, number, client_id, old_number, version, status, outcome, service_code, service_version,
    agency, unit, priority, visibility, channel, awaiting_reporter, requested_at, updated_at, target_at, closed_at,
    referred_to, bounces, reopened, asset, lon, lat, address, area_tags)
SELECT nextval('ombud_request_serial'), 'springfield', 'B-' || n, gen_random_uuid(), '', 1,
    CASE WHEN n %% 5 = 0 THEN (ARRAY['received', 'accepted', 'scheduled'])[1 + n %% 3] ELSE 'closed' END,
    CASE WHEN n %% 5 = 0 THEN NULL ELSE 'fixed' END,
    (ARRAY['POTHOLE', 'STREETLIGHT', 'BULKY'])[1 + n %% 3], 1,
    (ARRAY['STREETS', 'STREETS', 'SANITATION'])[1 + n %% 3], '', 'normal', 'public', 'web', false,
    asked, asked, asked + interval '7 days', CASE WHEN n %% 5 = 0 THEN NULL ELSE asked + interval '3 days' END,
    '', 0, 0, '', -93.3 + (n %% 1000) * 0.0001, 37.2 + (n %% 997) * 0.0001, n || ' Main Street',
    ARRAY['city:springfield', 'ward:' || (1 + n %% 2)]
FROM (SELECT n, now() - (n * interval '94 seconds') AS asked FROM generate_series(1, %s) AS n) AS made
"""
FORMS = """
INSERT INTO ombud_request_form (request_id, jurisdiction_id, description, answers, language)
SELECT id, jurisdiction_id, 'Measured.', '[]', 'en' FROM ombud_service_request WHERE number LIKE 'B-%%'
"""
# What the public record reads; what was done about them later is left out.
EVENTS = """
INSERT INTO ombud_request_event (
    jurisdiction_id, request_id, seq, kind, at, actor_kind, actor_agency, audience, changes, facts)
SELECT jurisdiction_id, id, 1, 'submitted', requested_at, 'reporter', '', 'public', '{}', '{}'
FROM ombud_service_request WHERE number LIKE 'B-%%' ORDER BY requested_at
"""


def make_requests(count: int) -> None:
    """Make so many requests in Springfield, with their forms."""
    with walls.as_owner(), connection.cursor() as cursor:
        began = time.perf_counter()
        cursor.execute(MAKE, [count])
        cursor.execute(FORMS)
        cursor.execute("VACUUM ANALYZE ombud_service_request, ombud_request_form")
        print(f"{count:,} requests made in {time.perf_counter() - began:.0f} s", flush=True)


def begin_timelines() -> None:
    """Give them their first events, so that the public record takes them up."""
    with walls.as_owner(), connection.cursor() as cursor:
        cursor.execute(EVENTS)
        cursor.execute("VACUUM ANALYZE ombud_request_event")
