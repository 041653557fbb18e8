"""
Files of old requests: CSV and JSON, plain or gzipped, of any shape that a mapping describes.

`reading` opens them, `mapping` says what their columns and values mean, `rows` turns one row into a request,
`districts` checks their districts against ours, `importing` does a whole file in one transaction, `report` tells.
"""
