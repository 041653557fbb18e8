-- The share still open after so many seconds, step by step (Kaplan-Meier); open requests count as "at least so long".
lived AS (
    SELECT {part} AS part,
        extract(epoch FROM coalesce(closed_at, %(now)s) - requested_at)::float AS seconds,
        closed_at IS NOT NULL AS ended
    FROM ombud_service_request
    WHERE jurisdiction_id = %(city)s
        AND requested_at >= %(since)s AND requested_at < %(until)s AND requested_at <= %(now)s
        AND coalesce(closed_at, %(now)s) >= requested_at
        AND status <> 'withdrawn' AND coalesce(outcome, '') NOT IN ('duplicate_of', 'not_eligible')
        AND {public}
), steps AS (
    SELECT part, seconds, count(*) FILTER (WHERE ended)::float AS ends, count(*) AS here FROM lived GROUP BY 1, 2
), at_risk AS (
    SELECT *, sum(here) OVER (PARTITION BY part ORDER BY seconds DESC)::float AS risk FROM steps
), surviving AS (
    SELECT part, seconds, risk,
        -- the product of (1 - ends / risk) as a sum of logarithms; nobody left is an e^-700, near enough to none
        exp(greatest(-700, sum(CASE WHEN ends = risk THEN -700 ELSE ln(1 - ends / risk) END)
            OVER (PARTITION BY part ORDER BY seconds))) AS share
    FROM at_risk
)
