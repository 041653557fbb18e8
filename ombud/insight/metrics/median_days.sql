-- question: How long does half of them take?
-- unit: days
-- counts: from asking to the end, for the share of 50 in 100; withdrawn, ineligible and duplicate reports are left out
-- caveats: Requests still open count as "at least so long" (Kaplan-Meier). Empty where too few have ended to say.
WITH {survival}
SELECT part,
    (min(seconds) FILTER (WHERE share <= 0.5 + 1e-9) / 86400)::float AS value,
    max(risk)::bigint AS n
FROM surviving
GROUP BY 1
ORDER BY 1
