"""What the city says to people and they say back: messages, notices, templates, calls that asked only a question."""
