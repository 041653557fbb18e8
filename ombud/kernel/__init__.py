"""Words of the trade in plain Python: positions, public numbers, the clock, refusals. No Django, no database."""
