"""The data sets of the public record: what columns each has and how its rows are made."""
