"""What a city has today: its old systems' exports, read with a mapping that an administrator edits."""
