"""
Who answers a query: DuckDB over the Parquet files of one version, or PostgreSQL over the newest version's rows.

Both give Arrow batches with the same columns, and the same answers: tests ask both what a generator thinks of. What
reaches an engine came through the allow-list of SoQL; the engines' own locks are the second wall behind it.
"""
