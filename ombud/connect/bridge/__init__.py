"""
The bridge: requests that stand here and in another system at once, kept the same on both sides.

One folder in `connect/legacy` (or `connect/open311/client`) fills the ports for each kind of system; what differs
between cities is its mapping. The bridge itself knows no particular system.
"""
