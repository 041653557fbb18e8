"""The doors of the public record for programs. Each answers in its own form whatever happens, and reads only."""
