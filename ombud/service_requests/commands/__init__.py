"""The only writes to the record. Each is keyword-only, one transaction, and names the city it writes in."""
