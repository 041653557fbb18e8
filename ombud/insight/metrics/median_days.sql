-- question: How long does half of them take?
-- unit: days
-- counts: from asking to the end, for the share of 50 in 100; withdrawn, ineligible and duplicate reports are left out
-- caveats: Requests still open count as "at least so long" (Kaplan-Meier). Empty where too few have ended to say.
WITH lived AS (
    SELECT CASE %(by)s
        WHEN 'service' THEN service_code
        WHEN 'agency' THEN agency
        WHEN 'outcome' THEN coalesce(outcome, '')
        WHEN 'week' THEN to_char(date_trunc('week', requested_at AT TIME ZONE %(zone)s), 'YYYY-MM-DD')
        WHEN 'area' THEN coalesce((SELECT t FROM unnest(area_tags) AS t WHERE t LIKE %(layer)s || ':%%' LIMIT 1), '')
        ELSE ''
    END AS part,
        extract(epoch FROM coalesce(closed_at, %(now)s) - requested_at) AS seconds,
        closed_at IS NOT NULL AS ended
    FROM ombud_service_request
    WHERE jurisdiction_id = %(city)s
        AND requested_at >= %(since)s AND requested_at < %(until)s AND requested_at <= %(now)s
        AND coalesce(closed_at, %(now)s) >= requested_at
        AND status <> 'withdrawn' AND coalesce(outcome, '') NOT IN ('duplicate_of', 'not_eligible')
        AND (NOT %(public)s OR visibility <> 'private')
), steps AS (
    SELECT part, seconds, count(*) FILTER (WHERE ended) AS ends, count(*) AS here FROM lived GROUP BY 1, 2
), at_risk AS (
    SELECT *, sum(here) OVER (PARTITION BY part ORDER BY seconds DESC) AS risk FROM steps
), surviving AS (
    SELECT part, seconds, risk,
        -- the product of (1 - ends / risk) as a sum of logarithms; nobody left is an e^-1000, near enough to none
        exp(sum(CASE WHEN ends = risk THEN -1000 ELSE ln(1 - ends / risk) END)
            OVER (PARTITION BY part ORDER BY seconds)) AS share
    FROM at_risk
)
SELECT part,
    (min(seconds) FILTER (WHERE share <= 0.5 + 1e-9) / 86400)::float AS value,
    max(risk)::bigint AS n
FROM surviving
GROUP BY 1
ORDER BY 1
