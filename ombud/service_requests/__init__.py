"""THE record: the service request, its incident, its lifecycle, its timeline and what the public may see of it."""
