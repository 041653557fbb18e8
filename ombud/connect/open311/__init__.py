"""
Open311 GeoReport v2: the standard door for everyone else's software.

Server here, client in `client/`. Its two statuses, its names and its dates are a projection made at this edge;
nothing further in knows them.
"""
