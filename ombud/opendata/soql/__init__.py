"""
SoQL, the query language of SODA 2.1: read, understood, and turned into SQL.

A text becomes tokens, tokens a syntax tree, and that a typed tree over the columns of one data set; only what the
allow-list knows gets that far. From the typed tree three dialects of SQL are built. Nothing of what a stranger wrote
stands in the SQL: literals are bound parameters, and inner names are numbered. No Django, no engine.
"""
