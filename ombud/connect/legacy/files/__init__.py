"""
Files of old requests: CSV and JSON, plain or gzipped, of any shape that a mapping describes.

`reading` opens them, `mapping` says what their columns and values mean and `columns` finds these in a header.
`rows` turns one row into a request: what it is about by `kinds`, when by `times`, where by `places_said`. `batches`
does so for thousands at a time, `districts` checks their districts against ours, `importing` does a whole file in
one transaction, `keeping` remembers what waits, `report` tells.
"""
