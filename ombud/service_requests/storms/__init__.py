"""A storm: so much at once that the city says so, asks for less, and sees to the worst first."""
