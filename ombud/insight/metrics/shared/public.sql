-- Staff see all. Others what stands in lists: no services that are only counted, and nothing that a delay holds back.
(NOT %(public)s OR visibility = ANY(%(shown)s) AND NOT EXISTS (
        SELECT FROM unnest(%(held_visibilities)s::text[], %(held_services)s::text[], %(held_days)s::int[])
            AS held (of_visibility, of_service, days)
        WHERE held.of_visibility IN ('', visibility) AND held.of_service IN ('', service_code)
            AND requested_at > %(now)s - make_interval(days => held.days)
    ))
