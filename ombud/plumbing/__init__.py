"""What any product needs and 311 does not change: the database, jobs, the walls between cities, live events, media, mail, limits."""
