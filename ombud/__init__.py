"""An open-source 311: one record of what people asked their city and what the city did about it."""

__version__ = "0.1.0"
