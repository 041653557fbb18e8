"""Sanitation: a route and pick-up system that is reached through its database only."""
