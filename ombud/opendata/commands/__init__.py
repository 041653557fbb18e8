"""Publishing: the only writes of the public record."""
