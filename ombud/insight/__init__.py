"""Figures: one SQL file a metric, read by pages and downloads alike."""
