-- The part of a dimension that a request belongs to; all are one part where none is asked for.
CASE %(by)s
        WHEN 'service' THEN service_code
        WHEN 'agency' THEN agency
        WHEN 'outcome' THEN coalesce(outcome, '')
        WHEN 'week' THEN to_char(date_trunc('week', requested_at AT TIME ZONE %(zone)s), 'YYYY-MM-DD')
        WHEN 'area' THEN coalesce((SELECT t FROM unnest(area_tags) AS t WHERE t LIKE %(layer)s || ':%%' LIMIT 1), '')
        ELSE ''
    END
