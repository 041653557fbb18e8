-- question: Of those closed as fixed, how many stayed fixed?
-- unit: percent
-- counts: closings as fixed in the period that were neither said to be "not fixed" nor reported anew within 14 days, of all closings as fixed
-- caveats: Only people who look can say so. Closings brought in from an old system cannot be reopened and are left out.
SELECT {part} AS part,
    100.0 * count(*) FILTER (WHERE NOT EXISTS (
        SELECT 1 FROM ombud_request_event AS again
        WHERE again.request_id = closing.request_id AND again.kind = 'reopened'
            AND again.at >= closing.at AND again.at < closing.at + interval '14 days'
    ) AND NOT EXISTS (
        SELECT 1 FROM ombud_service_request AS back
        WHERE back.again_of_id = closing.request_id
            AND back.requested_at >= closing.at AND back.requested_at < closing.at + interval '14 days'
    )) / count(*) AS value,
    count(*) AS n
FROM ombud_request_event AS closing
JOIN ombud_service_request AS request ON request.id = closing.request_id
WHERE closing.jurisdiction_id = %(city)s AND request.jurisdiction_id = %(city)s
    AND closing.kind = 'closed' AND closing.actor_kind <> 'import' AND closing.changes ->> 'outcome' = 'fixed'
    AND closing.at >= %(since)s AND closing.at < %(until)s
    AND {public}
GROUP BY 1
ORDER BY 1
