"""The public record on disk: Iceberg tables whose every publication is a version that can be read for ever."""
