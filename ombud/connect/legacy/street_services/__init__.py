"""Street services: an old work-order system that speaks a dialect of Open311 in XML over HTTP."""
