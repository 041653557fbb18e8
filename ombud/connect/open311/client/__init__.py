"""
The Open311 client: another city, a department or a contractor that speaks GeoReport v2, as a link of the bridge.

It reads wide and sends narrow; docs/reference/open311-client.md says what it does for whom.
"""
