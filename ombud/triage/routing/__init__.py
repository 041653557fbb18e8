"""Who does the work, how urgent it is and by when: the city's own rules, read in order. Never knows a city."""
