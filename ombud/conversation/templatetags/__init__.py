"""Template filters of the messages."""
