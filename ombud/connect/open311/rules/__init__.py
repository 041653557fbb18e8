"""How Open311 reads and writes: pure functions."""
