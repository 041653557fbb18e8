"""What any product needs and 311 does not change: database, jobs, walls between cities, live events, media, limits."""
