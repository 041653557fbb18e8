"""
Outside analyses: claims that others make of the public record, each pinned to a version and looked at again.

Pages call `submitting`, `reviewing` and `moderating`, the only writes besides `checking`, which the clock calls; and
`queries`, the only reads. Nothing here runs a notebook, and nothing is shown that the city has not let through.
"""
