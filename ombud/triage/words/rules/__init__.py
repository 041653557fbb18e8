"""Decisions on texts as pure functions: no Django, no database."""
