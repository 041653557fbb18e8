"""What a storm is and what it changes, in plain Python."""
