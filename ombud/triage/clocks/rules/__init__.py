"""Decisions as pure functions: no Django, no database."""
