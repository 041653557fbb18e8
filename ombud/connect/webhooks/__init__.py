"""
Webhooks: what happens in public is sent on to the addresses that a city's administrators named.

At least once, signed, and in order within each request. `wiring` hands events in, pages manage the endpoints; it sends
by `plumbing.outgoing` only, and never more than `opendata` lets out.
"""
