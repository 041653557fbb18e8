"""Who takes part: staff accounts and roles, residents' contact data kept apart from the record, erasure."""
