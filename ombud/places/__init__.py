"""Where things are: boundaries with their vintages, addresses, coarse cells. Knows nothing of services or people."""
