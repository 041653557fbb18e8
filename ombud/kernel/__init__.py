"""Words of the trade in plain Python: positions, lengths, public numbers, the clock, refusals. No Django, no database."""
