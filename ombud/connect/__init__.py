"""Other people's software: imports from what a city has today, and the protocols we speak."""
