-- question: How many ended by their target?
-- unit: percent
-- counts: requests whose target fell in the period and is past: ended by it, of all of them; open late ones are in the bottom
-- caveats: Requests of services without a target are not in it. A request taken back is left out.
SELECT {part} AS part,
    100.0 * count(*) FILTER (WHERE closed_at <= target_at) / count(*) AS value,
    count(*) AS n
FROM ombud_service_request
WHERE jurisdiction_id = %(city)s
    AND target_at >= %(since)s AND target_at < least(%(until)s, %(now)s)
    AND status <> 'withdrawn'
    AND {public}
GROUP BY 1
ORDER BY 1
