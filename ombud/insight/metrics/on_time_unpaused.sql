-- question: How many would have ended by their target had no clock stood still?
-- unit: percent
-- counts: requests whose target fell in the period and is past: ended by the target that they had before any pause, of all of them; open late ones are in the bottom
-- caveats: The same requests as those of the share that ended by their target. Where both shares are far apart, look at the pauses.
SELECT {part} AS part,
    100.0 * count(*) FILTER (WHERE closed_at <= coalesce(unpaused_target_at, target_at)) / count(*) AS value,
    count(*) AS n
FROM ombud_service_request
WHERE jurisdiction_id = %(city)s
    AND target_at >= %(since)s AND target_at < least(%(until)s, %(now)s)
    AND status <> 'withdrawn'
    AND {public}
GROUP BY 1
ORDER BY 1
