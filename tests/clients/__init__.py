"""Other people's Open311 clients, in an environment of their own, driving the running server."""
