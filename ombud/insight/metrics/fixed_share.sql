-- question: Of those that were closed, how many were fixed or made safe?
-- unit: percent
-- counts: closed requests with the outcome fixed or made safe, of all closed whose outcome is known
-- caveats: Closings brought in from a system that did not say what was done are left out on both sides.
SELECT {part} AS part,
    100.0 * count(*) FILTER (WHERE outcome IN ('fixed', 'made_safe')) / count(*) AS value,
    count(*) AS n
FROM ombud_service_request
WHERE jurisdiction_id = %(city)s
    AND requested_at >= %(since)s AND requested_at < %(until)s
    AND status = 'closed' AND outcome <> 'unstated'
    AND {public}
GROUP BY 1
ORDER BY 1
