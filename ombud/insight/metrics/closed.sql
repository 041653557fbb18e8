-- question: How did requests end?
-- unit: requests
-- counts: closed requests asked in the period; by outcome, each class is one row
-- caveats: Closed is not fixed. "Unstated" means that the old system did not say.
SELECT {part} AS part,
    count(*)::float AS value,
    count(*) AS n
FROM ombud_service_request
WHERE jurisdiction_id = %(city)s
    AND requested_at >= %(since)s AND requested_at < %(until)s
    AND status = 'closed'
    AND {public}
GROUP BY 1
ORDER BY 1
