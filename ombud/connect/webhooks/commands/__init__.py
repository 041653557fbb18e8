"""The only writes: what administrators do to endpoints, and what becomes of events on their way."""
