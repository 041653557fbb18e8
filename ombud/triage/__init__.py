"""The right agency, the right urgency, one incident for many reports; the dispatcher's queue."""
