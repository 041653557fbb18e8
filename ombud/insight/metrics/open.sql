-- question: How many of them are still open?
-- unit: requests
-- counts: requests asked in the period that have not ended now; a place on a waiting list is open
-- caveats: A request that the old system never closed counts as open.
SELECT {part} AS part,
    count(*)::float AS value,
    count(*) AS n
FROM ombud_service_request
WHERE jurisdiction_id = %(city)s
    AND requested_at >= %(since)s AND requested_at < %(until)s
    AND closed_at IS NULL
    AND {public}
GROUP BY 1
ORDER BY 1
