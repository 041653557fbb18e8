"""Crews and their work: today the inspections and bookings that a request carries."""
