"""Graffiti: the job system of the beautification office and its contractors, JSON over HTTP with tokens that expire."""
