-- question: How many requests were received?
-- unit: requests
-- counts: requests by the moment they were asked, whatever became of them; contacts that needed no request are not in it
-- caveats: One thing may be reported by many people; each report counts. Some neighbourhoods report more than others.
SELECT {part} AS part,
    count(*)::float AS value,
    count(*) AS n
FROM ombud_service_request
WHERE jurisdiction_id = %(city)s
    AND requested_at >= %(since)s AND requested_at < %(until)s
    AND {public}
GROUP BY 1
ORDER BY 1
