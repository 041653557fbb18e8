"""Answers as bytes: JSON, CSV and GeoJSON as SODA writes them, out of Arrow batches."""
